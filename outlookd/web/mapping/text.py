"""A map as text: the JSON that GoPaaS's form writes, the line of a ``[[job]]``, and a short name for what it says. Pure."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping

__all__ = ["as_json", "as_toml", "version_of"]

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_DIGITS = 16


def as_json(entries: Mapping[str, str]) -> str:
    """What belongs into the record's field: one line, no blanks, in the order given."""
    return json.dumps(dict(entries), ensure_ascii=False, separators=(",", ":"))


def as_toml(entries: Mapping[str, str]) -> str:
    """What belongs into the ``[[job]]``."""
    inside = ", ".join(f"{_toml_key(key)} = {_toml_text(value)}" for key, value in entries.items())
    return f"map = {{ {inside} }}" if inside else "map = {}"


def version_of(entries: Mapping[str, str]) -> str:
    """The same for maps with the same entries, in whatever order: has somebody else changed it meanwhile?"""
    return hashlib.sha256(json.dumps(dict(entries), sort_keys=True).encode()).hexdigest()[:_DIGITS]


def _toml_key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _toml_text(key)


def _toml_text(text: str) -> str:
    # JSON's strings are TOML's, but for one character that JSON leaves as it is.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007F")
