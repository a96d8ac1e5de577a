"""Graph's ``start`` and ``end`` as the four time fields, and back (graph.md 2.3, design rule 9)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from outlookd import BadRecord, Fields, Payload, Span, Value, read_day
from outlookd_calendar.fields import END_DATE, END_TIME, START_DATE, START_TIME, TIME
from outlookd_calendar.occasion import Occasion, read_occasion
from outlookd_calendar.values import LAST_YEAR
from outlookd_calendar.zones import instant, is_plain, zone_of

_DAY = timedelta(days=1)
_YEARS = range(1601, LAST_YEAR + 1)


def read_times(payload: Payload, zone: ZoneInfo) -> tuple[dict[str, Value], Span]:
    """The time fields of an event on the clocks of `zone`, and its instants. Raises BadRecord for times that are none."""
    if payload.get("isAllDay") is True:
        return _read_days(payload, zone)
    start, end = (_moment(payload, name, field) for name, field in (("start", START_DATE), ("end", END_DATE)))
    walls = [moment.astimezone(zone).replace(tzinfo=None) for moment in (start, end)]
    values = [text for wall in walls for text in (wall.date().isoformat(), wall.time().isoformat())]
    return dict(zip(TIME, values, strict=True)), Span(start=start, end=max(start, end))


def read_instant(given: object) -> datetime | None:
    """A Graph DateTimeOffset as an instant (UTC); None for nothing, and for the year 1 that Exchange shows for nothing."""
    try:
        moment = datetime.fromisoformat(given).astimezone(UTC) if isinstance(given, str) and given else None
    except (ValueError, OverflowError):
        return None
    return moment if moment and moment.year in _YEARS else None


def write_times(fields: Fields, mapped: Collection[str], zone: ZoneInfo, default: timedelta) -> dict[str, Any]:
    """``isAllDay``, ``start`` and ``end`` together: wall times with the zone's name.

    A night in which the clocks change is sent in UTC, since Exchange would have to guess (complaint 29). Raises BadRecord without a
    start.
    """
    occasion = read_occasion(_as_told(fields, mapped), zone, default)
    if occasion is None:
        raise BadRecord("an event needs a start date", field=START_DATE)
    return {"isAllDay": occasion.whole_days, **_start_and_end(occasion, zone)}


def _start_and_end(occasion: Occasion, zone: ZoneInfo) -> dict[str, Any]:
    plain = all(is_plain(wall, zone) and instant(wall, zone) == moment for wall, moment in _pairs(occasion))
    if occasion.whole_days or plain:
        return {name: _sent(wall, zone.key) for name, wall in (("start", occasion.start), ("end", occasion.end))}
    moments = (("start", occasion.span.start), ("end", occasion.span.end))
    return {name: _sent(moment.replace(tzinfo=None), "UTC") for name, moment in moments}


def _pairs(occasion: Occasion) -> tuple[tuple[datetime, datetime], ...]:
    return (occasion.start, occasion.span.start), (occasion.end, occasion.span.end)


def _as_told(fields: Fields, mapped: Collection[str]) -> dict[str, Value]:
    """The time fields without what only the old event said: an end that has no column would stay where the event was.

    Times of day without a column stay: a row that knows days only moves an event to another day.
    """
    old = {END_DATE} - set(mapped)
    if START_TIME in mapped:
        old |= {END_TIME} - set(mapped)
    return {name: fields.get(name) for name in TIME if name not in old}


def _sent(wall: datetime, zone: str) -> dict[str, str]:
    return {"dateTime": wall.isoformat(timespec="seconds"), "timeZone": zone}


def _read_days(payload: Payload, zone: ZoneInfo) -> tuple[dict[str, Value], Span]:
    """Days as they stand there: the zone beside them means nothing, and neither does the one that we asked for (complaint 30)."""
    first, behind = (_date(payload, name, field) for name, field in (("start", START_DATE), ("end", END_DATE)))
    last = max(first, behind - _DAY)
    span = Span(start=instant(datetime.combine(first, time()), zone), end=instant(datetime.combine(last + _DAY, time()), zone))
    return {START_DATE: first.isoformat(), START_TIME: None, END_DATE: last.isoformat(), END_TIME: None}, span


def _date(payload: Payload, name: str, field: str) -> date:
    day = read_day(_text(payload, name)[0], field=field)
    if day is None or int(day[:4]) > LAST_YEAR:
        raise BadRecord(f"the event's {name} is no date", field=field)
    return date.fromisoformat(day)


def _moment(payload: Payload, name: str, field: str) -> datetime:
    text, zone = _text(payload, name)
    try:
        given = datetime.fromisoformat(text)
        moment = (given if given.tzinfo else given.replace(tzinfo=zone_of(zone))).astimezone(UTC).replace(microsecond=0)
    except (ValueError, OverflowError) as error:
        raise BadRecord(f"the event's {name} is no time", field=field) from error
    if moment.year not in _YEARS:
        raise BadRecord(f"the event's {name} is outside what Outlook can hold", field=field)
    return moment


def _text(payload: Payload, name: str) -> tuple[str, str]:
    """The ``dateTime`` and ``timeZone`` of one end."""
    value = payload.get(name)
    parts = value if isinstance(value, Mapping) else {}
    text, zone = parts.get("dateTime"), parts.get("timeZone")
    return text if isinstance(text, str) else "", zone if isinstance(zone, str) else "UTC"
