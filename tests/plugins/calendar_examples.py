"""Jobs, rows and events to try the calendar handler on, and an Outlook that stores what was sent: the sandbox's, without HTTP."""

from __future__ import annotations

import string
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

import outlookd_transforms
from outlookd import FieldMap, JobContext, Record, Side, TransformRegistry, Value
from outlookd.core.fieldmap import parse_map
from outlookd.sandbox.calendars import Calendars
from outlookd.sandbox.graph.event_views import Manner, event_view
from outlookd.sandbox.ids import Family
from outlookd_calendar.fields import CHOICES, SPECS, TIME
from outlookd_calendar.handler import CalendarHandler
from outlookd_calendar.values import read_field

HANDLER = CalendarHandler()
PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 11, 22, 12, 0, 30, tzinfo=UTC)
GOPAAS_MAP = {
    "id": "outlook_id",
    "subject": "intitule",
    "bodyPreview": "note",
    "startDate": "date_debut",
    "endDate": "date_fin",
    "startTime": "heure_debut",
    "endTime": "heure_fin",
}
"""The names of GoPaaS's own form, as its form writes them."""
WHOLE_MAP = {name: f"c_{index}" for index, name in enumerate(SPECS)}

_registry = TransformRegistry()
outlookd_transforms.register_transforms(_registry)


def fieldmap(entries: Mapping[str, str] = GOPAAS_MAP) -> FieldMap:
    return parse_map(entries, specs=HANDLER.fields, aliases=HANDLER.aliases, transforms=_registry.items, two_way=True)


def context(
    entries: Mapping[str, str] = GOPAAS_MAP, *, zone: ZoneInfo = PARIS, user_field: str = "", private: Any = "skip"
) -> JobContext:
    return JobContext(
        job="j", user="claire", zone=zone, fieldmap=fieldmap(entries), now=NOW, user_field=user_field, private=private
    )


ROW: Mapping[str, Any] = {
    "cle": "a1",
    "outlook_id": "AAMk1",
    "intitule": "Visite",
    "note": "Apporter le devis",
    "date_debut": "2026-11-24",
    "heure_debut": "09:00:00",
    "date_fin": "2026-11-24",
    "heure_fin": "10:30:00",
}


def from_row(job: JobContext | None = None, **cells: Any) -> Record:
    return HANDLER.normalize(Side.GOPAAS, {**ROW, **cells}, job or context())


def moment(text: str, zone: str = "UTC") -> dict[str, str]:
    return {"dateTime": text, "timeZone": zone}


EVENT: Mapping[str, Any] = {
    "@odata.etag": 'W/"7"',
    "id": "AAMk1",
    "changeKey": "7",
    "iCalUId": "040000008200E00074C5B7101A82E008",
    "type": "singleInstance",
    "subject": "Visite",
    "body": {"contentType": "html", "content": "<html><body><div>Apporter le devis</div></body></html>"},
    "bodyPreview": "Apporter le devis",
    "start": moment("2026-11-24T08:00:00.0000000"),
    "end": moment("2026-11-24T09:30:00.0000000"),
    "isAllDay": False,
    "isCancelled": False,
    "isOrganizer": True,
    "responseStatus": {"response": "organizer", "time": "0001-01-01T00:00:00Z"},
    "showAs": "busy",
    "sensitivity": "normal",
    "importance": "normal",
    "location": {"displayName": "", "locationType": "default", "uniqueIdType": "unknown", "address": {}, "coordinates": {}},
    "locations": [],
    "categories": [],
    "attendees": [],
    "organizer": {"emailAddress": {"name": "Claire", "address": "Claire@example.com"}},
    "isReminderOn": True,
    "reminderMinutesBeforeStart": 15,
    "isOnlineMeeting": False,
    "onlineMeeting": None,
    "hasAttachments": False,
    "recurrence": None,
    "lastModifiedDateTime": "2026-11-22T10:00:00Z",
}


def from_event(job: JobContext | None = None, **properties: Any) -> Record:
    return HANDLER.normalize(Side.OUTLOOK, {**EVENT, **properties}, job or context())


def times(record: Record) -> tuple[Value, ...]:
    """Start day, start time, last day, end time."""
    return tuple(record.fields[name] for name in TIME)


def fields_at(start_date: str, start_time: str | None, end_date: str | None, end_time: str | None) -> dict[str, Value]:
    return dict(zip(TIME, (start_date, start_time, end_date, end_time), strict=True))


class Outlook:
    """One mailbox of the sandbox: what is posted or patched, as Graph shows it to a caller who asks for UTC and for `zone`."""

    def __init__(self) -> None:
        self.calendars = Calendars("claire", {"name": "Claire", "address": "claire@example.com"})

    def post(self, body: Mapping[str, Any]) -> dict[str, Any]:
        return self._shown(self.calendars.create(body).immutable_id)

    def patch(self, id: str, body: Mapping[str, Any]) -> dict[str, Any]:
        self.calendars.update(id, body)
        return self._shown(id)

    def _shown(self, id: str) -> dict[str, Any]:
        manner = Manner(family=Family.IMMUTABLE, zone="UTC", text=False, custom_zone=False, applied=())
        return event_view(self.calendars.find(id), manner)


WORDS = st.text(string.ascii_letters + "éèàçœ '-ß0123456789<>&", min_size=1, max_size=12)
LINES = st.lists(st.text(min_size=0, max_size=12), max_size=5).map("\n".join)
DAYS = st.dates(date(1990, 1, 1), date(2060, 12, 30))
CLOCKS = st.builds(time, st.integers(0, 23), st.integers(0, 59), st.integers(0, 59))
ZONES = tuple(ZoneInfo(name) for name in ("Europe/Paris", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"))


@st.composite
def time_fields(draw: st.DrawFn) -> dict[str, Value]:
    """The four time fields of an event that has everything, in order."""
    first, last = sorted((draw(DAYS), draw(DAYS)))
    if draw(st.booleans()):
        return fields_at(first.isoformat(), None, last.isoformat(), None)
    start, end = draw(CLOCKS), draw(CLOCKS)
    if first == last:
        start, end = sorted((start, end))
    return fields_at(first.isoformat(), start.isoformat(), last.isoformat(), end.isoformat())


@st.composite
def contents(draw: st.DrawFn) -> dict[str, Value]:
    """Canonical values of every writable field, as the handler would have read them somewhere."""
    raw: dict[str, Value] = {
        "subject": draw(st.none() | WORDS),
        "body": draw(st.none() | LINES),
        "location.displayName": draw(st.none() | WORDS),
        "categories": draw(st.none() | st.lists(WORDS, max_size=3).map(tuple)),
        **{name: draw(st.none() | st.sampled_from(words)) for name, words in CHOICES.items()},
        "isReminderOn": draw(st.booleans()),
    }
    raw["reminderMinutesBeforeStart"] = draw(st.integers(0, 9999)) if raw["isReminderOn"] else None
    return {name: read_field(name, value) for name, value in raw.items()} | draw(time_fields())
