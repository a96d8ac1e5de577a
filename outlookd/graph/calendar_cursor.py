"""Where a calendar's change feed stands: its newest link, and the window that is frozen in it.

A feed answers for the window it was begun with, for as long as it lives; our window slides with time. Hence a feed is begun over
a much wider window than is needed, and lasts about two months: a new one for every poll would read the whole calendar each time
(complaint 35).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import orjson

from outlookd.core.model import Span
from outlookd.errors import WatermarkExpired

BEHIND: Final = timedelta(days=7)
"""How much earlier than needed a feed begins: the window moves forward, so this is for settings that grow a little."""
AHEAD: Final = timedelta(days=60)
"""How much later than needed it ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarCursor:
    """A delta link and the window of its feed."""

    link: str
    frozen: Span

    def covers(self, wanted: Span) -> bool:
        """Whether the feed tells of everything in `wanted`."""
        return self.frozen.start <= wanted.start and wanted.end <= self.frozen.end

    def dump(self) -> str:
        """The cursor as the store keeps it."""
        frozen = {"start": self.frozen.start.isoformat(), "end": self.frozen.end.isoformat()}
        return orjson.dumps({"link": self.link, **frozen}).decode()


def load_cursor(text: str) -> CalendarCursor:
    """The cursor that was dumped as `text`.

    Raises WatermarkExpired for anything else: the calendar is then read anew, as if Graph had forgotten the link.
    """
    try:
        match orjson.loads(text):
            case {"link": str(link), "start": str(start), "end": str(end)} if link:
                frozen = Span(start=datetime.fromisoformat(start), end=datetime.fromisoformat(end))
                if frozen.start.tzinfo and frozen.end.tzinfo:
                    return CalendarCursor(link=link, frozen=frozen)
    except ValueError as error:
        raise _unreadable() from error
    raise _unreadable()


def widened(wanted: Span) -> Span:
    """The window to begin a feed with, so that it covers `wanted` for weeks to come. Whole seconds, UTC."""
    start, end = wanted.start - BEHIND, wanted.end + AHEAD
    return Span(start=start.astimezone(UTC).replace(microsecond=0), end=end.astimezone(UTC).replace(microsecond=0))


def _unreadable() -> WatermarkExpired:
    return WatermarkExpired("The calendar's watermark cannot be read.", service="graph")
