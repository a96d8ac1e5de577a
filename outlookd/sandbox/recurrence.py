"""Patterns of repetition: what Graph accepts, on which dates they fall, and how they read back (Graph page, section 2.4).

Dates only. At what time of day, for how long, and which dates were moved or cancelled is the appointment's business.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import islice, takewhile
from typing import Any, TypeVar, assert_never

from outlookd.sandbox.moments import YEARS, Moment
from outlookd.sandbox.refusal import Refusal
from outlookd.sandbox.zones import same_zone

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
INDEXES = ("first", "second", "third", "fourth", "last")
PATTERN_PARTS = frozenset({"type", "interval", "month", "dayOfMonth", "daysOfWeek", "firstDayOfWeek", "index"})
RANGE_PARTS = frozenset({"type", "startDate", "endDate", "recurrenceTimeZone", "numberOfOccurrences"})
NO_DATE = "0001-01-01"

_Word = TypeVar("_Word", bound=StrEnum)


class Rhythm(StrEnum):
    """``pattern.type``."""

    DAILY = "daily"
    WEEKLY = "weekly"
    ABSOLUTE_MONTHLY = "absoluteMonthly"
    RELATIVE_MONTHLY = "relativeMonthly"
    ABSOLUTE_YEARLY = "absoluteYearly"
    RELATIVE_YEARLY = "relativeYearly"


class Ending(StrEnum):
    """``range.type``."""

    END_DATE = "endDate"
    NO_END = "noEnd"
    NUMBERED = "numbered"


NEEDED: Mapping[Rhythm, frozenset[str]] = {
    Rhythm.DAILY: frozenset(),
    Rhythm.WEEKLY: frozenset({"daysOfWeek", "firstDayOfWeek"}),
    Rhythm.ABSOLUTE_MONTHLY: frozenset({"dayOfMonth"}),
    Rhythm.RELATIVE_MONTHLY: frozenset({"daysOfWeek", "index"}),
    Rhythm.ABSOLUTE_YEARLY: frozenset({"dayOfMonth", "month"}),
    Rhythm.RELATIVE_YEARLY: frozenset({"daysOfWeek", "index", "month"}),
}
"""The parts that matter. The others are checked all the same, and read back as zeros."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recurrence:
    """A checked pattern. Weekdays count from Monday as 0; `index` is a position in `INDEXES`."""

    rhythm: Rhythm
    interval: int
    month: int
    day_of_month: int
    weekdays: tuple[int, ...]
    week_start: int
    index: int
    ending: Ending
    start: date
    end: date | None
    count: int
    zone: str

    def dates(self) -> Iterator[date]:
        """Every date, ascending: endless for a series without an end."""
        dates = (day for day in self._pattern() if day >= self.start)
        match self.ending:
            case Ending.NO_END:
                return dates
            case Ending.NUMBERED:
                return islice(dates, self.count)
            case Ending.END_DATE:
                end = self.end or self.start
                return takewhile(lambda day: day <= end, dates)
            case _:
                assert_never(self.ending)

    def shown(self) -> dict[str, Any]:
        """As Graph writes it, with zeros for what does not matter."""
        needed = NEEDED[self.rhythm]
        pattern: dict[str, Any] = {
            "type": self.rhythm.value,
            "interval": self.interval,
            "month": self.month if "month" in needed else 0,
            "dayOfMonth": self.day_of_month if "dayOfMonth" in needed else 0,
        }
        if "daysOfWeek" in needed:
            pattern["daysOfWeek"] = [WEEKDAYS[day] for day in self.weekdays]
        pattern["firstDayOfWeek"] = WEEKDAYS[self.week_start] if "firstDayOfWeek" in needed else "sunday"
        pattern["index"] = INDEXES[self.index] if "index" in needed else "first"
        ends = self.end if self.ending is Ending.END_DATE else None
        return {
            "pattern": pattern,
            "range": {
                "type": self.ending.value,
                "startDate": self.start.isoformat(),
                "endDate": ends.isoformat() if ends else NO_DATE,
                "recurrenceTimeZone": self.zone,
                "numberOfOccurrences": self.count if self.ending is Ending.NUMBERED else 0,
            },
        }

    def _pattern(self) -> Iterator[date]:
        """The dates of the pattern from some day at or before the start, up to what the store can hold."""
        match self.rhythm:
            case Rhythm.DAILY:
                return self._every(self.start, self.interval)
            case Rhythm.WEEKLY:
                offsets = sorted((day - self.week_start) % 7 for day in self.weekdays)
                monday = self.start - timedelta(days=(self.start.weekday() - self.week_start) % 7)
                weeks = self._every(monday, 7 * self.interval)
                return (week + timedelta(days=offset) for week in weeks for offset in offsets)
            case Rhythm.ABSOLUTE_MONTHLY | Rhythm.RELATIVE_MONTHLY:
                return (self._day_in(*divmod(number, 12)) for number in self._months(self.start.month, self.interval))
            case Rhythm.ABSOLUTE_YEARLY | Rhythm.RELATIVE_YEARLY:
                return (self._day_in(*divmod(number, 12)) for number in self._months(self.month, 12 * self.interval))
            case _:
                assert_never(self.rhythm)

    @staticmethod
    def _every(first: date, days: int) -> Iterator[date]:
        limit = date(YEARS[-1], 12, 1)
        while first < limit:
            yield first
            first += timedelta(days=days)

    def _months(self, month: int, step: int) -> Iterator[int]:
        """Numbers of months (year times twelve plus month from 0)."""
        return iter(range(self.start.year * 12 + month - 1, YEARS[-1] * 12, step))

    def _day_in(self, year: int, month_from_0: int) -> date:
        """The day of the pattern in one month. A month that is too short has it on its last day, as Outlook says."""
        month = month_from_0 + 1
        length = monthrange(year, month)[1]
        if "dayOfMonth" in NEEDED[self.rhythm]:
            return date(year, month, min(self.day_of_month, length))
        days = (date(year, month, day) for day in range(1, length + 1))
        fitting = [day for day in days if day.weekday() in self.weekdays]
        return fitting[-1 if INDEXES[self.index] == "last" else self.index]


def read_recurrence(body: Any, start: Moment) -> Recurrence:
    """The recurrence of a POST or PATCH for an event that starts at `start`. Raises Refusal."""
    sent = _object(body, {"pattern", "range"}, "patternedRecurrence")
    pattern = _object(sent.get("pattern"), PATTERN_PARTS, "recurrencePattern")
    bounds = _object(sent.get("range"), RANGE_PARTS, "recurrenceRange")
    rhythm, ending = _member(Rhythm, pattern.get("type")), _member(Ending, bounds.get("type"))
    zone = bounds.get("recurrenceTimeZone") or start.zone
    if not isinstance(zone, str) or not same_zone(zone, start.zone):
        raise _invalid("recurrenceTimeZone")
    weekdays = pattern.get("daysOfWeek") or []
    if not isinstance(weekdays, list):
        raise _invalid("daysOfWeek")
    recurrence = Recurrence(
        rhythm=rhythm,
        interval=_number(pattern, "interval", range(1, 1000)),
        month=_number(pattern, "month", range(13)),
        day_of_month=_number(pattern, "dayOfMonth", range(32)),
        weekdays=tuple(sorted({_position(WEEKDAYS, "daysOfWeek", day) for day in weekdays})),
        week_start=_position(WEEKDAYS, "firstDayOfWeek", pattern.get("firstDayOfWeek") or "sunday"),
        index=_position(INDEXES, "index", pattern.get("index") or "first"),
        ending=ending,
        start=_date(bounds, "startDate") or date.min,
        end=_date(bounds, "endDate"),
        count=_number(bounds, "numberOfOccurrences", range(1000)),
        zone=zone,
    )
    _check_parts(recurrence)
    _check_range(recurrence, start)
    return recurrence


def _check_parts(recurrence: Recurrence) -> None:
    values = {"dayOfMonth": recurrence.day_of_month, "month": recurrence.month, "daysOfWeek": recurrence.weekdays}
    for part in NEEDED[recurrence.rhythm]:
        if not values.get(part, True):
            raise _invalid(part)


def _check_range(recurrence: Recurrence, start: Moment) -> None:
    wrong = recurrence.start != start.wall.date()
    wrong |= recurrence.ending is Ending.END_DATE and (recurrence.end is None or recurrence.end < recurrence.start)
    wrong |= recurrence.ending is Ending.NUMBERED and not recurrence.count
    if wrong:
        raise Refusal("ErrorInvalidRecurrenceRange", "The recurrence range is invalid.")
    if next(recurrence.dates(), None) is None:
        raise Refusal("ErrorRecurrenceHasNoOccurrence", "The recurrence pattern has no occurrence in its range.")


def _invalid(part: str) -> Refusal:
    return Refusal("ErrorPropertyValidationFailure", f"At least one property failed validation: '{part}'.")


def _object(value: Any, parts: frozenset[str] | set[str], type_name: str) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise _invalid(type_name)
    sent = {name: content for name, content in value.items() if not name.startswith("@")}
    if unknown := sorted(sent.keys() - parts):
        raise Refusal("RequestBodyRead", f"The property '{unknown[0]}' does not exist on type 'microsoft.graph.{type_name}'.")
    return sent


def _member(kind: type[_Word], value: Any) -> _Word:
    try:
        return kind(value)
    except ValueError as error:
        raise _invalid("type") from error


def _number(sent: Mapping[str, Any], name: str, allowed: range) -> int:
    value = sent.get(name)
    value = 0 if value is None else value
    if type(value) is not int or value not in allowed:
        raise _invalid(name)
    return value


def _position(names: tuple[str, ...], part: str, value: Any) -> int:
    if value not in names:
        raise _invalid(part)
    return names.index(value)


def _date(sent: Mapping[str, Any], name: str) -> date | None:
    value = sent.get(name)
    if value in (None, NO_DATE):
        return None
    try:
        found = date.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise _invalid(name) from error
    if found.year not in YEARS:
        raise _invalid(name)
    return found
