"""A Graph event as canonical fields, and back.

Reading is tolerant: a word that Graph may add one day is nothing here, since a record that only Microsoft can repair must not wait.
Only an event without id or times is refused. Builds JSON by hand: SDKs drop nulls (Graph trap 17).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from outlookd import BadRecord, Payload, Span, Value
from outlookd_calendar.body import read_body, read_html
from outlookd_calendar.fields import (
    ATTENDEES,
    BODY,
    REMINDER,
    REMINDER_MINUTES,
    REMINDER_ON,
    SPECS,
    SUBJECT,
    TIME,
    WRITABLE,
)
from outlookd_calendar.moments import read_times
from outlookd_calendar.values import read_field

_ALSO_EDITABLE = ("hasAttachments", "isOnlineMeeting", "hideAttendees", "recurrence")
"""What a person can change on an event and no map can name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """An event as read: every canonical field, and when it takes place."""

    id: str
    fields: Mapping[str, Value]
    span: Span


def read_event(payload: Payload, zone: ZoneInfo) -> Event:
    """All fields of an event. Raises BadRecord without id or times, and for a stub of an occurrence (Graph trap 1)."""
    identity = payload.get("id")
    if not isinstance(identity, str) or not identity:
        raise BadRecord("the event has no id", field="id")
    if payload.get("seriesMasterId") and SUBJECT not in payload and BODY not in payload:
        raise BadRecord("of this occurrence there is only a stub", field=SUBJECT)
    times, span = read_times(payload, zone)
    fields: dict[str, Value] = {name: _read(payload, name) for name in SPECS if name not in TIME}
    if fields[REMINDER_ON] is False:
        # Outlook goes on showing the minutes of a reminder that is switched off.
        fields[REMINDER_MINUTES] = None
    return Event(id=identity, fields=fields | times, span=span)


def digest(payload: Payload, event: Event) -> str:
    """A fingerprint of everything a person can edit on an event, mapped or not.

    Exchange's own marks (etag, dates) and other people's answers are left out; the body counts as text, because Exchange rewrites
    its HTML (complaint 26).
    """
    seen: dict[str, object] = {name: event.fields[name] for name in WRITABLE | {ATTENDEES}}
    seen |= {name: payload.get(name) for name in _ALSO_EDITABLE}
    shown = {name: value for name, value in seen.items() if value}
    return hashlib.blake2b(json.dumps(shown, sort_keys=True).encode(), digest_size=16).hexdigest()


def has_extra(payload: Payload, event: Event, mapped: Collection[str]) -> bool:
    """Whether the event holds something that no mapped field covers. Times and reminders that Exchange fills in do not count."""
    names = WRITABLE - {*mapped, *TIME, *REMINDER}
    return any(event.fields[name] for name in {*names, ATTENDEES}) or any(payload.get(name) for name in _ALSO_EDITABLE)


def _read(payload: Payload, name: str) -> Value:
    if name == BODY:
        return _body(payload.get(BODY))
    if name == ATTENDEES:
        return read_field(name, tuple(addresses(payload)))
    raw: object = payload
    for part in name.split("."):
        raw = raw.get(part) if isinstance(raw, Mapping) else None
    return _tolerant(name, _value(raw))


def addresses(payload: Payload) -> list[str]:
    """The addresses of the attendees; an entry may lack its address (Graph trap 19)."""
    entries = payload.get(ATTENDEES)
    emails = (entry.get("emailAddress") for entry in entries if isinstance(entry, Mapping)) if isinstance(entries, list) else ()
    texts = (email.get("address") for email in emails if isinstance(email, Mapping))
    return [text for text in texts if isinstance(text, str) and text]


def _tolerant(name: str, value: Value) -> Value:
    try:
        return read_field(name, value)
    except BadRecord:
        return None


def _value(raw: object) -> Value:
    match raw:
        case None | str() | bool() | int():
            return raw
        case list():
            return tuple(item for item in raw if isinstance(item, str))
        case _:
            return None


def _body(raw: object) -> str | None:
    parts = raw if isinstance(raw, Mapping) else {}
    content, kind = parts.get("content"), parts.get("contentType")
    if not isinstance(content, str):
        return None
    return read_body(content) if isinstance(kind, str) and kind.casefold() == "text" else read_html(content)
