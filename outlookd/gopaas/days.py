"""Days: which ones a view must be asked for, and whether asking by day may be trusted. Pure: rows and moments in, verdicts out.

GoPaaS has no change feed. What comes nearest is a search for one day of modification (``equal`` is documented, comparing dates
is not), so it is believed only where a listing has shown that it works. Knows no request and no meaning of a row.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from outlookd.gopaas.reading import key_of

MODIFIED = "date_modification"
"""The system column with the day of the last modification. Whoever writes sets it, not the server."""

LONGEST_GAP = timedelta(days=7)
"""After a longer time without a scan the whole view is asked for: one request a day would not be fewer."""

SKEW = timedelta(hours=1)
"""How far the clock of whoever writes a row may be from ours, in either direction."""

NEVER = "never"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanMark:
    """What a watermark's cursor says about scans by day.

    `question` stands for what was asked for (view, search, columns, zone): an answer to another question is worth nothing.
    `at` is when the last reading began (aware, UTC); None: a scan was tried and does not work here.
    """

    question: str
    at: datetime | None

    @property
    def cursor(self) -> str:
        """The mark as text, for the store."""
        return f"{self.question} {NEVER if self.at is None else self.at.isoformat()}"

    def usable_at(self, now: datetime) -> datetime | None:
        """From when on rows must be looked for, if days suffice. A mark from the future came from a clock that was wrong."""
        return self.at if self.at is not None and timedelta(0) <= now - self.at <= LONGEST_GAP else None


def parse_mark(cursor: str, question: str) -> ScanMark | None:
    """The mark that `cursor` holds, or None when it holds none, or one for another question."""
    about, _, moment = cursor.partition(" ")
    if about != question:
        return None
    if moment == NEVER:
        return ScanMark(question=question, at=None)
    try:
        at = datetime.fromisoformat(moment)
    except ValueError:
        return None
    return ScanMark(question=question, at=at.astimezone(UTC)) if at.tzinfo is not None else None


def days_between(start: datetime, end: datetime, zone: ZoneInfo) -> list[str]:
    """The days on which a row may have been written between two moments (aware), as GoPaaS writes them, oldest first.

    The oldest first, because a row that is edited meanwhile moves to a later day and must not slip past.
    """
    first, last = ((moment.astimezone(zone)).date() for moment in (start - SKEW, end + SKEW))
    return [(first + timedelta(days=n)).isoformat() for n in range((last - first).days + 1)]


class NewestDay:
    """The newest day of modification in a listing, and the keys of the rows that have it: what a trial scan must show."""

    def __init__(self) -> None:
        self.day = ""
        self._keys: set[str] = set()

    def add(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Take in more rows. Those without a day as the API writes it count for nothing (dd/mm/yyyy, 0000-00-00, no column)."""
        for row in rows:
            day, key = _day_of(row), key_of(row)
            if not day or not key or day < self.day:
                continue
            if day > self.day:
                self.day, self._keys = day, set()
            self._keys.add(key)

    def fault(self, rows: Iterable[Mapping[str, Any]]) -> str:
        """Why a trial scan for this day, which showed `rows`, proves that scans do not work; empty: it proves that they do."""
        keys = set()
        for row in rows:
            if _day_of(row) != self.day:
                return "a search for one day shows rows of another"
            keys.add(key_of(row))
        return "a search for one day does not show that day's rows" if keys.isdisjoint(self._keys) else ""


def _day_of(row: Mapping[str, Any]) -> str:
    """The day in ``yyyy-mm-dd``, which sorts as text; empty for anything else."""
    cell = row.get(MODIFIED)
    try:
        return cell if isinstance(cell, str) and date.fromisoformat(cell).isoformat() == cell else ""
    except ValueError:
        return ""
