"""What the plan page asks of the rest of the house, and the values that it shows. `app.pages.plans` implements it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from outlookd.core.model import Op, Side
from outlookd.web.history.errands import Errand
from outlookd.web.history.lines import Known, Line
from outlookd.web.jobs.desk import HeldBack

__all__ = ["HeldPart", "Planned", "Plans"]


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldPart:
    """What a guard withholds: the writes, or records that were not even decided."""

    held: HeldBack
    lines: tuple[Line, ...]
    records: tuple[Known, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """What the next run would do, if nothing changed until then. `hash` is the plan's name, the same as `outlookd plan` says."""

    hash: str
    lines: tuple[Line, ...]
    held: tuple[HeldPart, ...]
    unchanged: int
    waiting: int

    @property
    def mails(self) -> int:
        """How many of its writes could make Outlook send mail: none, unless an administrator allowed that (design rule 7)."""
        return sum(line.mails for line in self.lines)

    def count(self, op: Op, side: Side) -> int:
        """How many writes of that kind."""
        return sum(line.op is op and line.side is side for line in self.lines)


class Plans(Protocol):
    """The plans that pages asked for, by job id."""

    def look(self, job: str) -> Errand[Planned] | None:
        """The latest one, while it is worth showing. Never waits."""
        ...

    def ask(self, job: str) -> bool:
        """Have one made, unless that is going on. Returns at once. False: too much is asked for already."""
        ...

    def forget(self, job: str) -> None:
        """The latest one is no longer so."""
        ...
