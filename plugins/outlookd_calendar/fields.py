"""Every property of a Graph event as canonical fields: names, groups, what may be written, and other spellings that maps may use.

Source: graph.md 2.2. The four fields of `TIME` stand for Graph's ``start``, ``end`` and ``isAllDay`` together: days and times of
day on the clocks of the application, a last day that is included, and no times for whole days (design rule 9).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from outlookd import FieldKind, FieldSpec, Spellings

START_DATE, START_TIME, END_DATE, END_TIME = TIME = ("startDate", "startTime", "endDate", "endTime")
SUBJECT = "subject"
BODY = "body"
LOCATION = "location.displayName"
CATEGORIES = "categories"
ATTENDEES = "attendees"
ORGANIZER = "organizer.emailAddress.address"
JOIN_URL = "onlineMeeting.joinUrl"
REMINDER_ON, REMINDER_MINUTES = REMINDER = ("isReminderOn", "reminderMinutesBeforeStart")

CHOICES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "showAs": ("busy", "free", "tentative", "oof", "workingElsewhere", "unknown"),
        "sensitivity": ("normal", "personal", "private", "confidential"),
        "importance": ("normal", "low", "high"),
    }
)
"""The words that Graph knows. The first one is its default, which an empty cell means too: both are canonically nothing."""

_READ_ONLY: Mapping[str, FieldKind] = MappingProxyType(
    {
        ATTENDEES: "list",
        ORGANIZER: "text",
        JOIN_URL: "text",
        "responseStatus.response": "text",
        "webLink": "text",
        "iCalUId": "text",
        "type": "text",
        "isAllDay": "bool",
        "isCancelled": "bool",
        "createdDateTime": "text",
        "lastModifiedDateTime": "text",
    }
)


def _specs() -> Iterator[FieldSpec]:
    yield FieldSpec(name="id", group="id", read_only=True, identity=True)
    for name in TIME:
        yield FieldSpec(name=name, group="time", kind="date" if name in {START_DATE, END_DATE} else "text")
    for name in (SUBJECT, BODY, LOCATION, *CHOICES):
        yield FieldSpec(name=name, group=name)
    yield FieldSpec(name=CATEGORIES, group=CATEGORIES, kind="list")
    yield FieldSpec(name=REMINDER_ON, group="reminder", kind="bool")
    yield FieldSpec(name=REMINDER_MINUTES, group="reminder", kind="number")
    for name, kind in _READ_ONLY.items():
        yield FieldSpec(name=name, group=name, kind=kind, read_only=True)


SPECS: Mapping[str, FieldSpec] = MappingProxyType({spec.name: spec for spec in _specs()})
WRITABLE = frozenset(name for name, spec in SPECS.items() if not spec.read_only)

ALIASES = Spellings(
    SPECS,
    {
        # GoPaaS's own form calls it so; what is meant is the whole text (design rule 8, Graph trap 33).
        "bodyPreview": BODY,
        "location": LOCATION,
        "organizer": ORGANIZER,
        "onlineMeetingUrl": JOIN_URL,
        "joinUrl": JOIN_URL,
        "responseStatus": "responseStatus.response",
        "response": "responseStatus.response",
        "reminder": REMINDER_ON,
        "reminderMinutes": REMINDER_MINUTES,
    },
)
