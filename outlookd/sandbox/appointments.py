"""One event as the store keeps it, and as it appears: a single event, or a series with its occurrences (Graph page, 2.3 to 2.5).

Only the series is stored, with what differs on single days. Knows no calendar, no other mailbox and no HTTP.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from outlookd.sandbox.ids import Family
from outlookd.sandbox.moments import Moment
from outlookd.sandbox.shapes import Shape

OCCURRENCE = re.compile(r"(?P<stem>.+)-EAAI(?P<day>\d{8})AA=")
UID_STEM = "040000008200E00074C5B7101A82E008"
"""With which every iCalUId of Exchange begins."""


class EventType(StrEnum):
    """``type`` of an event."""

    SINGLE = "singleInstance"
    MASTER = "seriesMaster"
    OCCURRENCE = "occurrence"
    EXCEPTION = "exception"


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A span of time, its end exclusive. All-day events count by their hidden instants (Graph trap 8)."""

    start: datetime
    end: datetime

    def meets(self, instance: Instance) -> bool:
        """Whether the event overlaps the span; one without length must begin in it."""
        start, end = instance.shape.start.instant, instance.shape.end.instant
        return start < self.end and (end > self.start or start == end == self.start)


@dataclass(slots=True, kw_only=True)
class Override:
    """What makes an exception of an occurrence: the content that differs from the series', its own times, its own properties."""

    content: dict[str, Any]
    start: Moment
    end: Moment
    extended: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Appointment:
    """A single event or a series. `uid` is what all participants' copies share; `overrides` and `cancelled` are by original day."""

    immutable_id: str
    classic_id: str
    calendar_id: str
    uid: str
    created: datetime
    modified: datetime
    revision: int
    shape: Shape
    organizer: Mapping[str, str]
    is_organizer: bool = True
    overrides: dict[date, Override] = field(default_factory=dict)
    cancelled: set[date] = field(default_factory=set)
    extended: dict[str, str] = field(default_factory=dict)
    transaction_id: str | None = None
    attachments: list[str] = field(default_factory=list)

    def id(self, family: Family) -> str:
        """The id that a caller of this family sees."""
        return self.immutable_id if family is Family.IMMUTABLE else self.classic_id

    @property
    def change_key(self) -> str:
        """Exchange's version of the item; a series and everything in it have one together."""
        return "DwAAABYAAAC" + b64encode(self.revision.to_bytes(21, "big")).decode()

    @property
    def etag(self) -> str:
        """The change key as an HTTP entity tag."""
        return f'W/"{self.change_key}"'

    @property
    def root(self) -> Instance:
        """The single event, or the series as a whole, which has the times of its first occurrence."""
        kind = EventType.MASTER if self.shape.recurrence else EventType.SINGLE
        return Instance(appointment=self, kind=kind, day=None, shape=self.shape, extended=self.extended)

    def days(self) -> Iterator[date]:
        """The days of the series that were not cancelled, by the pattern; endless for a series without an end."""
        recurrence = self.shape.recurrence
        return (day for day in recurrence.dates() if day not in self.cancelled) if recurrence else iter(())

    def occurrence(self, day: date) -> Instance | None:
        """The occurrence that the pattern puts on `day`, wherever it was moved; None if there is none or it was cancelled."""
        for found in self.days():
            if found >= day:
                return self._instance(day) if found == day else None
        return None

    def instances(self, window: Window) -> Iterator[Instance]:
        """What a calendar view shows of the event in a span of time."""
        if self.shape.recurrence is None:
            yield from (root for root in (self.root,) if window.meets(root))
            return
        # A day later than the window's last, by any zone's clock, can only be in it if it was moved.
        last = max([(window.end + timedelta(days=2)).date(), *self.overrides])
        for day in self.days():
            if day > last:
                return
            if window.meets(instance := self._instance(day)):
                yield instance

    def exceptions(self) -> Iterator[Instance]:
        """The occurrences that differ from the series."""
        return (self._instance(day) for day in sorted(self.overrides))

    def neighbours(self, day: date) -> tuple[date | None, date | None]:
        """The days on which the occurrences before and after that of `day` begin now."""
        before = None
        for found in self.days():
            if found > day:
                return before, self._instance(found).shape.start.wall.date()
            if found < day:
                before = self._instance(found).shape.start.wall.date()
        return before, None

    def regular_times(self, day: date) -> tuple[Moment, Moment]:
        """When the pattern has the occurrence of `day` begin and end."""
        start = self.shape.start.at(datetime.combine(day, self.shape.start.wall.time()))
        return start, start.at(start.wall + self.shape.length)

    def _instance(self, day: date) -> Instance:
        override = self.overrides.get(day)
        if override is None:
            start, end = self.regular_times(day)
            shape = Shape(content=self.shape.content, start=start, end=end)
            return Instance(appointment=self, kind=EventType.OCCURRENCE, day=day, shape=shape, extended=self.extended)
        shape = Shape(content={**self.shape.content, **override.content}, start=override.start, end=override.end)
        return Instance(appointment=self, kind=EventType.EXCEPTION, day=day, shape=shape, extended=override.extended)


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """An event as a caller meets it. `day` is an occurrence's original one; `shape` has no recurrence then."""

    appointment: Appointment
    kind: EventType
    day: date | None
    shape: Shape
    extended: Mapping[str, str]

    def id(self, family: Family) -> str:
        """The id that a caller of this family sees; an occurrence's is made of its series' and its original day."""
        id = self.appointment.id(family)
        return id if self.day is None else occurrence_id(id, self.day)

    @property
    def uid(self) -> str:
        """``iCalUId``: each occurrence has its own, with its day inside (docs PR 7497)."""
        day = f"{self.day.year:04X}{self.day.month:02X}{self.day.day:02X}" if self.day else "00000000"
        return f"{UID_STEM}{day}{self.appointment.uid}"

    @property
    def original_start(self) -> datetime | None:
        """When the pattern had it begin; None for a single event and for a series."""
        return self.appointment.regular_times(self.day)[0].instant if self.day else None


def occurrence_id(series_id: str, day: date) -> str:
    """The id of one occurrence."""
    return f"{series_id.removesuffix('=')}-EAAI{day:%Y%m%d}AA="


def split_id(id: str) -> tuple[str, date | None]:
    """The id of the stored event behind `id`, and the day if it is that of an occurrence."""
    found = OCCURRENCE.fullmatch(id)
    if found is None:
        return id, None
    try:
        return f"{found['stem']}=", date.fromisoformat(found["day"])
    except ValueError:
        return id, None
