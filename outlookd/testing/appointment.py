"""One event of the calendar in memory: a single one, or a series with its occurrences, and how Graph shows it.

Knows when it takes place and what a reader sees. Which calendar it is in, who changes it and who is told is `diary`'s and
`calendar`'s; what a write makes of it is `revision`'s.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from outlookd.core.model import Span
from outlookd.core.window import overlap

MARKER_KEY = "outlookd.marker"
"""Empty: there is no stamp. Without the key nothing is said about one, as in a change feed."""
NO_TIME = "0001-01-01T00:00:00Z"
ALWAYS = Span(start=datetime(2000, 1, 1, tzinfo=UTC), end=datetime(2050, 1, 1, tzinfo=UTC))
"""What a reader without a window sees."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """From when to when, on the clocks of one zone (an IANA name): naive, the end not included."""

    start: datetime
    end: datetime
    zone: str

    @property
    def span(self) -> Span:
        """The instants. Those of whole days are hidden from readers, and are what windows compare (Graph trap 8)."""
        return Span(start=instant(self.start, self.zone), end=instant(self.end, self.zone))

    def begun_on(self, day: date) -> Times:
        """The same times of day, beginning on another day."""
        start = datetime.combine(day, self.start.time())
        return replace(self, start=start, end=start + (self.end - self.start))


def instant(wall: datetime, zone: str) -> datetime:
    """A wall time of a zone as an aware time in UTC."""
    return wall.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """On which days a series takes place: every `step` days from `first` until `last` (itself included; None: for ever)."""

    first: date
    step: int
    last: date | None = None

    def days(self, low: date, high: date) -> Iterator[date]:
        """Its days between two others, both included."""
        skipped = max(0, -((self.first - low).days // self.step))
        day = self.first + timedelta(days=skipped * self.step)
        while day <= min(high, self.last or high):
            yield day
            day += timedelta(days=self.step)

    def has(self, day: date) -> bool:
        """Whether one of its days is this one."""
        return next(self.days(day, day), None) == day


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """What makes an exception of an occurrence: its own times, content that differs from the series', its own stamp."""

    times: Times
    content: Mapping[str, Any] = field(default_factory=dict)
    marker: str = ""


@dataclass(slots=True, kw_only=True)
class Appointment:
    """What the mailbox keeps. `mine`: the mailbox's owner organises it; `uid` is what all copies of a meeting share.

    A series and everything in it have one `etag` together. `turn` counts how often the ids of its occurrences changed.
    `content` holds Graph's properties, with `body` as HTML and `joinUrl` for ``onlineMeeting``; it is replaced, never altered.
    """

    id: str
    uid: str
    calendar: str
    content: Mapping[str, Any]
    times: Times
    etag: int
    modified: datetime
    organizer: str
    mine: bool = True
    marker: str = ""
    pattern: Pattern | None = None
    turn: int = 1
    overrides: dict[date, Override] = field(default_factory=dict)
    cancelled: set[date] = field(default_factory=set)

    @property
    def root(self) -> Instance:
        """The single event, or the series' master, which has the times of its first occurrence."""
        return Instance(appointment=self, times=self.times, content=self.content, marker=self.marker)

    def occurrence(self, day: date) -> Instance | None:
        """The occurrence that the pattern puts on `day`, wherever it was moved; None if it was cancelled or never was."""
        if self.pattern is None or day in self.cancelled or not self.pattern.has(day):
            return None
        return self._on(day)

    def instances(self, window: Span) -> Iterator[Instance]:
        """What a reader sees of it in a part of time."""
        if self.pattern is None:
            yield from (one for one in (self.root,) if overlap(one.times.span, window))
            return
        reach = (self.times.end - self.times.start) + timedelta(days=self.pattern.step + 2)
        for day in self.pattern.days((window.start - reach).date(), (window.end + reach).date()):
            if day not in self.cancelled and overlap((found := self._on(day)).times.span, window):
                yield found

    def neighbours(self, day: date) -> tuple[date, date]:
        """The days on which the occurrences before and after that of `day` begin now; the ends of time if there is none."""
        if self.pattern is None:
            return date.min, date.max
        step = timedelta(days=self.pattern.step)
        first, last = self.pattern.first, self.pattern.last or day + 1000 * step
        earlier, later = day - step, day + step
        while earlier in self.cancelled:
            earlier -= step
        while later in self.cancelled:
            later += step
        before = self._on(earlier).times.start.date() if earlier >= first else date.min
        after = self._on(later).times.start.date() if later <= last else date.max
        return before, after

    def _on(self, day: date) -> Instance:
        own = self.overrides.get(day)
        if own is None:
            return Instance(appointment=self, day=day, times=self.times.begun_on(day), content=self.content, marker=self.marker)
        return Instance(
            appointment=self, day=day, times=own.times, content={**self.content, **own.content}, marker=own.marker, changed=True
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """An event as a reader meets it. `day` is an occurrence's original one; `changed`: it is an exception."""

    appointment: Appointment
    times: Times
    content: Mapping[str, Any]
    marker: str
    day: date | None = None
    changed: bool = False

    @property
    def id(self) -> str:
        """The immutable id."""
        return self.appointment.id if self.day is None else f"{self.appointment.id}.{self.appointment.turn}.{self.day}"

    @property
    def attended(self) -> bool:
        """Whether others take part, as organiser or as guests."""
        return bool(self.content["attendees"]) or not self.appointment.mine

    def shown(self, *, marked: bool) -> dict[str, Any]:
        """The payload, times in UTC; `marked` with our stamp, which may be empty."""
        payload = {**_plain(self.content), **self._identity(), **self._moments()}
        return {**payload, MARKER_KEY: self.marker} if marked else payload

    def _identity(self) -> dict[str, Any]:
        appointment, day = self.appointment, self.day
        master = "singleInstance" if appointment.pattern is None else "seriesMaster"
        original = appointment.times.begun_on(day).span.start if day else None
        return {
            "@odata.etag": f'W/"{appointment.etag}"',
            "id": self.id,
            "type": master if day is None else "exception" if self.changed else "occurrence",
            "seriesMasterId": appointment.id if day else None,
            "originalStart": f"{original:%Y-%m-%dT%H:%M:%SZ}" if original else None,
            "iCalUId": f"{appointment.uid}-{day}" if day else appointment.uid,
            "isOrganizer": appointment.mine,
            "organizer": {"emailAddress": {"name": appointment.organizer.partition("@")[0], "address": appointment.organizer}},
            "lastModifiedDateTime": f"{appointment.modified:%Y-%m-%dT%H:%M:%SZ}",
        }

    def _moments(self) -> dict[str, Any]:
        """Start and end in UTC; those of whole days are midnights, whatever zone they were made in."""
        span = self.times.span
        edges = (self.times.start, self.times.end) if self.content["isAllDay"] else (span.start, span.end)
        return {name: _moment(edge) for name, edge in zip(("start", "end"), edges, strict=True)}


def _moment(edge: datetime) -> dict[str, str]:
    return {"dateTime": f"{edge:%Y-%m-%dT%H:%M:%S}.0000000", "timeZone": "UTC"}


def _plain(content: Mapping[str, Any]) -> dict[str, Any]:
    """The stored content as Graph spells it."""
    shown = dict(content)
    link = shown.pop("joinUrl")
    return {
        **shown,
        "body": {"contentType": "html", "content": shown["body"]},
        "location": {"displayName": shown["location"], "locationType": "default"},
        "categories": list(shown["categories"]),
        "attendees": [dict(attendee) for attendee in shown["attendees"]],
        "onlineMeeting": {"joinUrl": link} if link else None,
        "hasAttachments": False,
    }
