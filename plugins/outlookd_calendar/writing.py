"""Canonical fields as the body of a POST or PATCH of an event. People and online meetings are never in it (design rule 7)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from outlookd import Fields, Value
from outlookd_calendar.fields import BODY, CATEGORIES, CHOICES, LOCATION, REMINDER, REMINDER_MINUTES, REMINDER_ON, SUBJECT, TIME
from outlookd_calendar.moments import write_times


def write_event(fields: Fields, mapped: Collection[str], zone: ZoneInfo, default: timedelta, *, new: bool) -> dict[str, Any]:
    """What makes the event show `fields`, and nothing of what is not in them.

    A `new` event leaves out what is empty; of an existing one it is cleared. Raises BadRecord for times that cannot be expressed.
    """
    body: dict[str, Any] = {}
    if any(name in fields for name in TIME):
        body |= write_times(fields, mapped, zone, default)
    for name in (SUBJECT, BODY, LOCATION, CATEGORIES, *CHOICES):
        if name in fields and not (new and fields[name] is None):
            body[name.partition(".")[0]] = _written(name, fields[name])
    if any(name in fields for name in REMINDER):
        body |= _reminder(fields.get(REMINDER_ON), fields.get(REMINDER_MINUTES), new=new)
    return body


def _written(name: str, value: Value) -> Any:
    text = "" if value is None else str(value)
    match name:
        case "body":
            return {"contentType": "text", "content": text.replace("\n", "\r\n")}
        case "location.displayName":
            return {"displayName": text}
        case "categories":
            return list(value) if isinstance(value, tuple) else []
        case _:
            return text or (CHOICES[name][0] if name in CHOICES else "")


def _reminder(on: Value, minutes: Value, *, new: bool) -> dict[str, Any]:
    """Minutes alone mean a reminder. None at all: a new event gets what Outlook gives any, an existing one loses its reminder."""
    if on is None and minutes is None:
        return {} if new else {REMINDER_ON: False}
    wanted = on is not False
    return {REMINDER_ON: wanted} | ({REMINDER_MINUTES: minutes} if wanted and minutes is not None else {})
