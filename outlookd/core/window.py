"""The part of time that a calendar job keeps in step: one predicate for both sides (complaint 6).

A pair enters when it lies in the window and leaves only when all that is known of it lies outside a wider one, so that nothing
crosses an edge twice. Whether something is new is never concluded from "not in the other side's window", only from "no pair".
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from outlookd.core.model import Record, Span

MARGIN = timedelta(days=2)
"""How far outside the window a pair must lie before it is left alone. More than a day, because Graph compares the hidden instants
of all-day events, which may be half a day off in either direction (Graph trap 8)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Where new pairs come from: `inner`; where known ones are kept: `outer`. Occurrences of series enter until `series_end`.

    `occurrences` says whether they enter at all, `cap` how many of one series.
    """

    inner: Span
    series_end: datetime
    occurrences: bool = True
    cap: int = 500

    @property
    def outer(self) -> Span:
        """The inner window and a margin on either side."""
        return Span(start=self.inner.start - MARGIN, end=self.inner.end + MARGIN)

    def admits(self, record: Record) -> bool:
        """Whether a record without partner may become a pair."""
        if record.span is None or not overlap(record.span, self.inner):
            return False
        return not record.series or (self.occurrences and record.span.start < self.series_end)

    def keeps(self, *spans: Span | None) -> bool:
        """Whether a pair of which these spans are known is kept in step. One that has no time at all is."""
        known = [span for span in spans if span is not None]
        return not known or any(overlap(span, self.outer) for span in known)


@dataclass(frozen=True, slots=True, kw_only=True)
class Horizon:
    """How far a job looks from any moment; `series` is how far into the future occurrences of series are taken."""

    past: timedelta
    future: timedelta
    series: timedelta
    occurrences: bool = True
    cap: int = 500

    def at(self, now: datetime) -> Window:
        """The window at `now` (aware, UTC). It slides with time."""
        inner = Span(start=now - self.past, end=now + self.future)
        return Window(inner=inner, series_end=now + self.series, occurrences=self.occurrences, cap=self.cap)


def overlap(span: Span, other: Span) -> bool:
    """Whether two spans share an instant. A span without length counts as one instant."""
    return span.start < other.end and (span.end > other.start or (span.start == span.end and span.start >= other.start))
