"""When an event takes place: the four time fields together, with what they leave out, as wall times and as instants.

The only module that knows what a missing end means. Whole days are dates without a zone, the last one included (complaint 30).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from outlookd import BadRecord, Fields, Span, Value
from outlookd_calendar.fields import END_DATE, END_TIME, START_DATE, START_TIME
from outlookd_calendar.zones import instant

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """Wall times (naive) of the application's zone, the end excluded: midnights when `whole_days`. `span` are the instants."""

    start: datetime
    end: datetime
    whole_days: bool
    span: Span

    def fields(self) -> dict[str, Value]:
        """The four time fields that say the same, with nothing left out."""
        if self.whole_days:
            last = self.end - _DAY
            return {START_DATE: _day(self.start), START_TIME: None, END_DATE: _day(last), END_TIME: None}
        return {START_DATE: _day(self.start), START_TIME: _clock(self.start), END_DATE: _day(self.end), END_TIME: _clock(self.end)}


def read_occasion(fields: Fields, zone: ZoneInfo, default: timedelta) -> Occasion | None:
    """What the time fields (canonical) mean on the clocks of `zone`; None without a start date: a to-do.

    Without times it is whole days. A start without an end lasts as long as `default`, on its last day if it has one. An end time
    without a day is that of the start, or of the next one when it would be before the start.

    Raises BadRecord for an end before the start, and for an end time without a start time.
    """
    given = {name: value for name in (START_DATE, START_TIME, END_DATE, END_TIME) if isinstance(value := fields.get(name), str)}
    if START_DATE not in given:
        return None
    first = date.fromisoformat(given[START_DATE])
    last = date.fromisoformat(given.get(END_DATE, given[START_DATE]))
    if last < first:
        raise BadRecord("the end is before the start", field=END_DATE)
    if START_TIME not in given:
        if END_TIME in given:
            raise BadRecord("there is an end time without a start time", field=END_TIME)
        return _whole_days(first, last, zone)
    start = datetime.combine(first, time.fromisoformat(given[START_TIME]))
    return _timed(start, _end(start, last, given, default), zone)


def complete_row(fields: Mapping[str, Value], occasion: Occasion) -> dict[str, Value]:
    """`fields` of a row with the last day that it means but does not say, where it has a column for it.

    An end that no cell tells stays open: it was never agreed.
    """
    told = START_TIME not in fields or fields[START_TIME] is None or fields.get(END_TIME) is not None
    if END_DATE in fields and fields[END_DATE] is None and told:
        return {**fields, END_DATE: occasion.fields()[END_DATE]}
    return dict(fields)


def _end(start: datetime, last: date, given: Mapping[str, str], default: timedelta) -> datetime:
    if END_TIME not in given:
        return datetime.combine(last, start.time()) + default
    end = datetime.combine(last, time.fromisoformat(given[END_TIME]))
    return end + _DAY if end < start and END_DATE not in given else end


def _timed(start: datetime, end: datetime, zone: ZoneInfo) -> Occasion:
    """In a night in which the clocks change, wall times may be in order and instants not, or the other way round."""
    begins, ends = instant(start, zone), instant(end, zone)
    if ends <= begins and end > start:
        # The start was skipped and moved onto the end or over it: the event keeps its length.
        ends = begins + (end - start)
    elif end < start:
        # From the first 02:45 of an autumn night to its second 02:15; anything else is a mistake.
        ends = instant(end, zone, second=True)
        if ends < begins:
            raise BadRecord("the end is before the start", field=END_TIME)
    return Occasion(start=start, end=end, whole_days=False, span=Span(start=begins, end=ends))


def _whole_days(first: date, last: date, zone: ZoneInfo) -> Occasion:
    start, end = datetime.combine(first, time()), datetime.combine(last + _DAY, time())
    return Occasion(start=start, end=end, whole_days=True, span=Span(start=instant(start, zone), end=instant(end, zone)))


def _day(wall: datetime) -> str:
    return wall.date().isoformat()


def _clock(wall: datetime) -> str:
    return wall.time().isoformat(timespec="seconds")
