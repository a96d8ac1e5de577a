"""What the pages of records and of conflicts ask of the rest of the house, and the values that they show.

`app.pages.records` implements it. Everything is asked for a job that `Visitor.may_see` has allowed: nothing here knows who asks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from outlookd.core.model import Side, Value
from outlookd.core.story import Chapter, Scene, Story
from outlookd.web.history.archive import Left
from outlookd.web.history.errands import Errand
from outlookd.web.history.lines import Known
from outlookd.web.jobs.desk import SetAside
from outlookd.web.troubles import Problem

__all__ = ["Case", "Records", "Settled", "Told", "Verdict"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One field group that two people changed: what GoPaaS and Outlook said, field by field, and whose values count.

    `kept` is whose the policy took, None where it left that to a person; `chosen` is whose a person took. `settled`: nobody has to
    choose any more, because people made both sides agree. `at` is aware UTC, None where it is not known.
    """

    number: int
    record: Known
    at: datetime | None
    values: tuple[tuple[str, Value, Value], ...]
    kept: Side | None
    chosen: Side | None
    settled: bool

    @property
    def holds(self) -> Side | None:
        """Whose value counts now."""
        return self.chosen or self.kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """The story of one pair, with what can be done about it: its conflicts, and its halves that were set aside.

    `keys` are what maps call the fields of its scenes. `problem` is what keeps a side from saying how it stands now.
    """

    record: Known
    story: Story
    keys: Mapping[str, str]
    cases: tuple[Case, ...]
    set_aside: tuple[SetAside, ...]
    problem: Problem | None = None

    def rows(self, scene: Scene) -> Sequence[tuple[str, Value, Value]]:
        """The fields of a scene as rows of a table. An echo that was no other than what was sent needs none."""
        changes = scene.fields.items()
        if scene.chapter is Chapter.ECHO:
            changes = {name: change for name, change in changes if change.before != change.after}.items()
        return [(self.keys.get(name, name), change.before, change.after) for name, change in changes]


class Verdict(StrEnum):
    """What became of a choice. LEFT: something could not be written. CHANGED: somebody changed it since, and nothing was written.

    GONE: there is no such conflict of this job.
    """

    SETTLED = "settled"
    LEFT = "left"
    CHANGED = "changed"
    GONE = "gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What became of a choice. `left` is what could not be written, and why.

    Of something CHANGED, `values` are what GoPaaS and Outlook show now, field by field, and `seen` is their name, with which a
    person may insist on the values of `side`.
    """

    verdict: Verdict
    side: Side
    record: Known | None = None
    left: tuple[Left, ...] = ()
    values: tuple[tuple[str, Value, Value], ...] = ()
    seen: str = ""


class Records(Protocol):
    """Records one by one. Raises StoreError."""

    async def tell(self, job: str, id: str) -> Sequence[Told]:
        """Everything that is remembered of the job's user under that key or id; nothing for what nobody knows."""
        ...

    def look(self, job: str, id: str) -> Errand[Sequence[Told]] | None:
        """The same with how both sides stand, as somebody asked for it lately. Never waits."""
        ...

    def inquire(self, job: str, id: str) -> bool:
        """Have both sides read for it, unless that is going on: it takes as long as a plan. Returns at once.

        False: too much is asked for already.
        """
        ...

    async def cases(self, job: str) -> Sequence[Case]:
        """Every conflict of the job, the latest first."""
        ...

    def choice(self, job: str, number: int) -> Errand[Settled] | None:
        """What became of the latest choice about that conflict, while it is worth telling. Never waits."""
        ...

    def choose(self, job: str, number: int, side: Side, seen: str = "") -> bool:
        """Have the values of `side` on both sides, with `seen` also over what was changed since, if it still is what has that name.

        Returns at once. False: too much is asked for already.
        """
        ...

    async def aside(self, job: str) -> Sequence[SetAside]:
        """Every record of the job that was set aside, the one that waits longest first."""
        ...

    async def retry(self, job: str, side: Side, id: str) -> bool:
        """Have a record that was set aside tried in the next run, which comes at once. False: it is not set aside any more."""
        ...
