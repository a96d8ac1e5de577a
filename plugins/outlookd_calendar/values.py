"""One canonical value per field of an event, the same on both sides. Times that belong together are judged in `occasion.py`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import time

from outlookd import BadRecord, Value, read_day, read_text, read_unordered, read_words
from outlookd_calendar.body import read_body
from outlookd_calendar.fields import ATTENDEES, BODY, CATEGORIES, CHOICES, END_TIME, ORGANIZER, SPECS, START_TIME

LAST_YEAR = 4500
"""Where Exchange's count of time ends."""

_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\.\d+)?")
_MINUTES = re.compile(r"[0-9]{1,7}")
_WORDS_FOR: Mapping[str, bool] = {
    **dict.fromkeys(("1", "true", "yes", "on", "oui", "vrai"), True),
    **dict.fromkeys(("0", "false", "no", "off", "non", "faux"), False),
}


def read_field(name: str, value: Value) -> Value:
    """`value` in canonical form for the field `name`. Idempotent. Raises BadRecord for what is no value of this kind."""
    if reader := _READERS.get(name):
        return reader(value)
    if name in CHOICES:
        return _choice(name, value)
    match SPECS[name].kind:
        case "date":
            return _day(name, value)
        case "bool":
            return _switch(name, value)
        case "number":
            return _number(name, value)
        case _:
            return _clock(name, value) if name in {START_TIME, END_TIME} else read_line(value)


def read_line(value: Value) -> str | None:
    """Text on one line: Outlook's subjects and places have no line ends."""
    text = read_text(value)
    return " ".join(text.split()) if text else None


def _day(name: str, value: Value) -> str | None:
    day = read_day(value, field=name)
    if day is not None and int(day[:4]) > LAST_YEAR:
        raise BadRecord(f"Outlook holds no date after {LAST_YEAR}", field=name)
    return day


def _clock(name: str, value: Value) -> str | None:
    raw = read_text(value)
    if raw is None:
        return None
    match = _CLOCK.fullmatch(raw)
    if match is None:
        raise BadRecord("this is not a time of day", field=name)
    hour, minute, second = (int(part or 0) for part in match.groups())
    try:
        return time(hour, minute, second).isoformat()
    except ValueError as error:
        raise BadRecord("this time of day does not exist", field=name) from error


def _choice(name: str, value: Value) -> str | None:
    raw = read_line(value)
    if raw is None:
        return None
    default, *others = CHOICES[name]
    word = raw.replace(" ", "").casefold()
    if word == default.casefold():
        return None
    for other in others:
        if word == other.casefold():
            return other
    raise BadRecord(f"Outlook knows no such word here, only {', '.join(CHOICES[name])}", field=name)


def _switch(name: str, value: Value) -> bool | None:
    raw = read_text(value)
    if raw is None:
        return None
    found = _WORDS_FOR.get(raw.casefold())
    if found is None:
        raise BadRecord("this is neither yes nor no", field=name)
    return found


def _number(name: str, value: Value) -> int | None:
    raw = read_text(value)
    if raw is None:
        return None
    if not _MINUTES.fullmatch(raw):
        raise BadRecord("this is not a whole number of minutes", field=name)
    return int(raw)


def _address(value: Value) -> str | None:
    line = read_line(value)
    return line.lower() if line else None


def _addresses(value: Value) -> tuple[str, ...] | None:
    return tuple(sorted({word.lower() for word in read_words(value) or ()})) or None


_READERS: Mapping[str, Callable[[Value], Value]] = {
    BODY: read_body,
    CATEGORIES: read_unordered,
    ATTENDEES: _addresses,
    ORGANIZER: _address,
}
