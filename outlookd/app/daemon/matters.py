"""Matters that wait for an administrator, each remembered as one note: since when it lasts, and when it was told.

Knows when a matter is told by itself, when one notice stands for many, and when silence is right: nobody reads a thousand mails, or
ten a day about the same job. Reads no clock and keeps nothing; what a matter is about is the business of `notices`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Self

AGAIN_AFTER = timedelta(days=1)
"""Between two notices about one matter that ended and began again, and between two that stand for many."""
MANY = 5
"""From so many of a kind within that time: one notice for all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """Something that lasts `since` then; None: it is over, and remembered only because it was told a short while ago.

    `told_at` is when it was last told, `told` whether that was about this time or about an earlier one. That is not to be had by
    comparing times: a clock may have been set back. `about` are fields of its notice. Times are aware, UTC.
    """

    since: datetime | None
    told_at: datetime | None = None
    told: bool = False
    about: Mapping[str, str]

    def begun(self, now: datetime) -> Self:
        """It lasts, from now on if it did not before."""
        return self if self.since is not None else replace(self, since=now, told=False)

    def ended(self, now: datetime) -> Self | None:
        """It is over. None: there is nothing to remember either."""
        return replace(self, since=None, told=False) if is_recent(self.told_at, now) else None

    def announced(self, now: datetime) -> Self:
        """It was told just now."""
        return replace(self, told_at=now, told=True)

    def has_lasted(self, time: timedelta, now: datetime) -> bool:
        """Whether it lasts that long. What seems to begin in the future began before the clock was set back."""
        return self.since is not None and not now - time < self.since <= now

    def dump(self) -> str:
        """As a note."""
        since, told_at = (moment.isoformat() if moment else "" for moment in (self.since, self.told_at))
        return json.dumps({"since": since, "told_at": told_at, "told": self.told, "about": dict(self.about)})

    @classmethod
    def load(cls, note: str) -> Self:
        """Back from a note."""
        found = json.loads(note)
        since, told_at = (datetime.fromisoformat(found[key]) if found[key] else None for key in ("since", "told_at"))
        return cls(since=since, told_at=told_at, told=found["told"], about=found["about"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which matters are told now, by their keys: each by itself, or all by one notice that says how many there are."""

    keys: tuple[str, ...] = ()
    together: int = 0


def choose(matters: Mapping[str, Matter], *, after: timedelta, told_together: datetime | None, now: datetime) -> Choice:
    """What to tell of the matters of one kind. Each is told once it has lasted `after`; `told_together` is when many last were.

    So there are at most `MANY` notices of a kind within `AGAIN_AFTER`, however many matters there are.
    """
    due = tuple(
        key
        for key, matter in matters.items()
        if matter.has_lasted(after, now) and not matter.told and not is_recent(matter.told_at, now)
    )
    lately = sum(is_recent(matter.told_at, now) for matter in matters.values())
    if not due or lately + len(due) < MANY:
        return Choice(keys=due)
    if is_recent(told_together, now):
        return Choice()
    return Choice(keys=due, together=sum(matter.has_lasted(after, now) for matter in matters.values()))


def is_recent(moment: datetime | None, now: datetime) -> bool:
    """Whether that was less than `AGAIN_AFTER` ago. A moment in the future, of a clock that was set back, is not."""
    return moment is not None and timedelta(0) <= now - moment < AGAIN_AFTER
