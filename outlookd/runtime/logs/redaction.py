"""Keeping people and secrets out of log lines, as the last processor before the line is written.

It trusts nobody: whatever an event carries, by whatever name, is searched for what must not be logged (design rule 17). It does not
replace care at the call: names of people look like any other word, so nobody logs field values in the first place.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, MutableMapping
from typing import Any

from outlookd.runtime.logs.tracebacks import safe_text

_SECRET_KEY = re.compile(
    r"(?:^|_)(?:authorization|cookie|password|passwd|secret|token|api_?key|private_?key|assertion|nonce|code_verifier|auth_uri"
    r"|client_?state|client_info|delta_?link|next_?link|cursor|watermark)$",
    re.IGNORECASE,
)
_PEOPLE = frozenset({"user", "login", "job", "mailbox"})
"""Fields that name a person: written as a pseudonym, the same one everywhere."""

_OURS = frozenset({"timestamp", "level", "logger", "client_request_id", "request_id", "ms_request_id", "run", "lineno"})
"""Fields with machine-made values that a pattern could mistake for a phone number."""

_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\beyJ[\w-]{5,}\.[\w-]+(?:\.[\w-]*)*"), "[token]"),
    (re.compile(r"\b(Bearer|Basic)\s+[\w.~+/=-]{6,}", re.IGNORECASE), r"\1 [token]"),
    (
        re.compile(
            r"((?:\$|%24)?(?:deltatoken|skiptoken|code|state|session_state|client_secret|client_info|refresh_token|access_token|id_token"
            r"|code_verifier|nonce)(?:=|%3D))[^&\s\"'<>]+",
            re.IGNORECASE,
        ),
        r"\1[secret]",
    ),
    (re.compile(r"(/connect/)[\w-]{8,}"), r"\1[secret]"),
    (re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+(?:@|%40)[\w-]+(?:\.[\w-]+)+"), "[e-mail]"),
    # Nine digits or more as people write phone numbers; a date and the groups of an identifier are not one.
    (re.compile(r"(?<![\w.:/-])(?!\d{4}-\d\d-\d\d|\d{8}-[\da-f]{4}-)\+?\(?\d(?:[ .()/-]{0,2}\d){8,}(?![\w-])"), "[phone]"),
)


def pseudonym(text: str) -> str:
    """A short, stable name for a login or a job id: enough to follow it through the log, not to know who it is."""
    return hashlib.blake2s(text.encode(), digest_size=5, person=b"outlookd").hexdigest()


def redact(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The structlog processor. Numbers, booleans and None pass; everything else is text and is searched."""
    for key in list(event):
        event[key] = _field(key, event[key])
    return event


def _field(key: str, value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return _number(value)
    if _SECRET_KEY.search(key):
        return "[secret]"
    if key in _PEOPLE:
        return pseudonym(str(value))
    if key in _OURS and isinstance(value, str):
        return value
    return _value(value)


def _value(value: Any) -> Any:
    match value:
        case None | bool() | int() | float():
            return _number(value)
        case Mapping():
            return {clean(str(key)): _field(str(key), inner) for key, inner in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_value(inner) for inner in value]
        case bytes() | bytearray() | memoryview():
            return f"[{len(value)} bytes]"
        case BaseException():
            return clean(safe_text(value))
        case _:
            return clean(str(value))


def _number(value: Any) -> Any:
    """A number as it is; one that JSON readers would round, as text."""
    return str(value) if isinstance(value, int) and value.bit_length() > 63 else value


def clean(text: str) -> str:
    """`text` without anything that matches a pattern."""
    for pattern, mask in _PATTERNS:
        text = pattern.sub(mask, text)
    return text
