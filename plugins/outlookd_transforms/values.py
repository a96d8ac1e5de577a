"""Applying a function of texts to a canonical value, whatever its kind. Knows no transform."""

from __future__ import annotations

from collections.abc import Callable

from outlookd import Value


def each_text(value: Value, change: Callable[[str], str]) -> Value:
    """`change` applied to a text, or to each text of a list. Numbers and truth values pass untouched."""
    match value:
        case str():
            return change(value) or None
        case tuple():
            return tuple(changed for item in value if (changed := change(item))) or None
        case _:
            return value
