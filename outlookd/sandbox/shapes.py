"""The shape of an event: its content, when it is, and how it repeats; and what a write makes of it (Graph page, 2.3, 2.4, 2.6).

Pure. Of which event in whose calendar this is the shape, it does not know.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Any

from outlookd.sandbox.events import blank, revised
from outlookd.sandbox.moments import Moment, read_moment
from outlookd.sandbox.recurrence import Recurrence, read_recurrence
from outlookd.sandbox.refusal import Refusal
from outlookd.sandbox.zones import same_zone


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What a write can change. `recurrence` is a series' only."""

    content: Mapping[str, Any]
    start: Moment
    end: Moment
    recurrence: Recurrence | None = None

    @property
    def length(self) -> timedelta:
        """From start to end on the clocks of the start's zone: an occurrence over a DST night keeps its wall times."""
        end = self.end if self.end.zone == self.start.zone else self.end.seen_in(self.start.zone)
        return end.wall - self.start.wall


def new_shape(body: Mapping[str, Any], join_url: str) -> Shape:
    """The shape of a new event. Raises Refusal for what Graph would not accept."""
    for name in ("start", "end"):
        if body.get(name) is None:
            raise Refusal("ErrorInvalidRequest", f"Missing parameters: Event.{name.capitalize()}.")
    content = revised(blank(), body, join_url)
    start, end = read_moment("start", body["start"]), read_moment("end", body["end"])
    _check_times(start, end, all_day=content["isAllDay"])
    shape = Shape(content=content, start=start, end=end)
    return shape if body.get("recurrence") is None else _repeating(shape, body["recurrence"])


def changed_shape(before: Shape, body: Mapping[str, Any], join_url: str) -> Shape:
    """The shape after a PATCH. Raises Refusal.

    A series keeps its zone and its first day unless its recurrence is sent along; without a recurrence it becomes its first
    occurrence.
    """
    content = revised(before.content, body, join_url)
    start, end = _changed_times(before, body, all_day=content["isAllDay"])
    shape = Shape(content=content, start=start, end=end, recurrence=before.recurrence)
    if "recurrence" in body:
        single = replace(shape, recurrence=None)
        return single if body["recurrence"] is None else _repeating(single, body["recurrence"])
    if before.recurrence is not None:
        if not same_zone(before.start.zone, start.zone) or not same_zone(before.end.zone, end.zone):
            raise Refusal("ErrorPropertyValidationFailure", "At least one property failed validation.")
        if before.start.wall.date() != start.wall.date():
            raise Refusal("ErrorInvalidRecurrenceRange", "The recurrence range does not begin on the day of the event.")
    return shape


def moved_shape(before: Shape, body: Mapping[str, Any], join_url: str) -> Shape:
    """The shape of one occurrence after a PATCH, which cannot give it a recurrence of its own. Raises Refusal."""
    if body.get("recurrence") is not None:
        raise Refusal("ErrorInvalidRequest", "The recurrence of a single occurrence cannot be set.")
    return changed_shape(before, {name: value for name, value in body.items() if name != "recurrence"}, join_url)


def _changed_times(before: Shape, body: Mapping[str, Any], *, all_day: bool) -> tuple[Moment, Moment]:
    turned = all_day != before.content["isAllDay"]
    for name in ("start", "end"):
        if (turned and body.get(name) is None) or (name in body and body[name] is None):
            raise Refusal("ErrorInvalidRequest", f"Missing parameters: Event.{name.capitalize()}.")
    start = read_moment("start", body["start"]) if "start" in body else before.start
    end = read_moment("end", body["end"]) if "end" in body else before.end
    if "start" in body or "end" in body:
        _check_times(start, end, all_day=all_day)
    return start, end


def _check_times(start: Moment, end: Moment, *, all_day: bool) -> None:
    """The order, and for whole days: midnights in one zone, the end exclusive."""
    if all_day:
        midnights = start.wall.time() == time.min == end.wall.time()
        if not midnights or not same_zone(start.zone, end.zone) or end.wall < start.wall + timedelta(days=1):
            message = "The Event.Start and Event.End of an all-day event must be midnights of one time zone, a day or more apart."
            raise Refusal("ErrorPropertyValidationFailure", message)
    elif end.instant < start.instant:
        raise Refusal("ErrorPropertyValidationFailure", "The end of the event is before its start.")


def _repeating(shape: Shape, body: Any) -> Shape:
    """`shape` with the recurrence `body`. A start that is not on the pattern moves to the first day that is."""
    recurrence = read_recurrence(body, shape.start)
    first = next(recurrence.dates())
    start = shape.start.at(datetime.combine(first, shape.start.wall.time()))
    return Shape(
        content=shape.content,
        start=start,
        end=start.at(start.wall + shape.length),
        recurrence=replace(recurrence, start=first),
    )
