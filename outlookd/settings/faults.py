"""From pydantic's error list to sentences for an administrator: origin, key, what is wrong, the nearest right name.

Never repeats a value that could be a secret or a person: only words out of closed sets are shown.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from outlookd.settings.sections import Section
from outlookd.settings.values import nearest

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_TYPES = {
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "string_type": "must be text in quotes",
    "string_too_short": "must not be empty",
    "too_short": "must not be empty",
    "tuple_type": "must be a list, such as [\"name\"]",
    "mapping_type": "must be a table",
    "dict_type": "must be a table",
    "model_type": "must be a table",
    "path_type": "must be the path of a file",
}  # fmt: skip


def section_faults(error: ValidationError, model: type[Section]) -> Iterator[tuple[str, str]]:
    """Each fault of one table as (key, sentence). The key is empty when the fault is about the table as a whole."""
    for detail in error.errors(include_url=False, include_context=True):
        yield _key(detail["loc"], model), _sentence(detail, model)


def _key(location: Sequence[int | str], model: type[Section]) -> str:
    first, *rest = [str(part) for part in location] or [""]
    if first in model.SECRETS:
        first = f"{first}_file"
    # pydantic names the branch of a union it tried; that is not a key that anybody wrote.
    return ".".join([first, *(part for part in rest if not part.startswith(("function-", "is-instance", "literal")))])


def _sentence(detail: ErrorDetails, model: type[Section]) -> str:
    context: dict[str, Any] = detail.get("ctx", {})
    kind = detail["type"]
    if kind == "extra_forbidden":
        return f"unknown key{nearest(str(detail['loc'][0]), model.keys())}"
    if kind == "missing":
        return "is missing"
    if kind == "value_error":
        return str(context["error"])
    if kind in {"literal_error", "enum"}:
        return f"must be {context['expected']}{_nearest_choice(detail, str(context['expected']))}"
    if kind in _TYPES:
        return _TYPES[kind]
    return detail["msg"][:1].lower() + detail["msg"][1:]


def _nearest_choice(detail: ErrorDetails, expected: str) -> str:
    """The nearest of the allowed words. The word found is short and was meant for a closed set: it may be shown."""
    choices = [word.strip(" '") for word in expected.replace(" or ", ",").split(",")]
    given = detail["input"]
    return nearest(given.strip().lower(), choices) if isinstance(given, str) else ""


def quoted(text: str) -> str:
    """A name for a fault, control characters escaped: what stands in a file may end on a terminal."""
    return json.dumps(text, ensure_ascii=False)
