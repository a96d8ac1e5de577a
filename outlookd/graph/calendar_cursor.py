"""Where a calendar's change feed stands: its newest link, and the window that is frozen in it.

A feed answers for the window it was begun with, for as long as it lives; our window slides with time. Hence a feed is begun over
a much wider window than is needed, and lasts about two months. Every feed that is begun leaves something behind in the mailbox, and
mailboxes were filled that way (complaint 35). So the cursor also remembers when its feed was begun, and no other one follows within
a day: until then the cursor has no link, and the calendar is listed instead.
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
PAUSE: Final = timedelta(days=1)
"""How long after one feed the next may be begun at the earliest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarCursor:
    """The link of a feed, its window, and when it was begun (aware).

    No link: Graph refused the feed, or its window was outgrown, and it is too early for another. No date: begun before dates were
    kept.
    """

    link: str
    frozen: Span
    begun: datetime | None = None

    def covers(self, wanted: Span) -> bool:
        """Whether there is a feed, and it tells of everything in `wanted`."""
        return bool(self.link) and self.frozen.start <= wanted.start and wanted.end <= self.frozen.end

    def is_replaceable(self, now: datetime) -> bool:
        """Whether another feed may be begun. A date in the future is none: a wrong clock must not forbid feeds for ever."""
        return self.begun is None or not timedelta(0) <= now - self.begun < PAUSE

    def dump(self) -> str:
        """The cursor as the store keeps it."""
        dates = {"start": self.frozen.start, "end": self.frozen.end, "begun": self.begun}
        return orjson.dumps({"link": self.link, **{name: date.isoformat() for name, date in dates.items() if date}}).decode()


def load_cursor(text: str) -> CalendarCursor:
    """The cursor that was dumped as `text`, by this version or one that kept no date.

    Raises WatermarkExpired for anything else: the calendar is then read anew, as if there had been no cursor.
    """
    try:
        match orjson.loads(text):
            case {"link": str(link), "start": str(start), "end": str(end), "begun": str(begun)}:
                return CalendarCursor(link=link, frozen=Span(start=_aware(start), end=_aware(end)), begun=_aware(begun))
            case {"link": str(link), "start": str(start), "end": str(end)} if link:
                return CalendarCursor(link=link, frozen=Span(start=_aware(start), end=_aware(end)))
    except ValueError as error:
        raise _unreadable() from error
    raise _unreadable()


def widened(wanted: Span) -> Span:
    """The window to begin a feed with, so that it covers `wanted` for weeks to come. Whole seconds, UTC."""
    start, end = wanted.start - BEHIND, wanted.end + AHEAD
    return Span(start=start.astimezone(UTC).replace(microsecond=0), end=end.astimezone(UTC).replace(microsecond=0))


def _aware(text: str) -> datetime:
    """A date of ours. Raises ValueError, also for one without a zone."""
    date = datetime.fromisoformat(text)
    if date.tzinfo is None:
        raise ValueError("a date of a cursor names no zone")
    return date


def _unreadable() -> WatermarkExpired:
    return WatermarkExpired("The calendar's watermark cannot be read.", service="graph")
