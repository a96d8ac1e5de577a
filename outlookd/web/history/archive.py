"""What the history pages ask of the rest of the house, and the values that they show. `app.pages.archive` implements it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from outlookd.core.model import RunReport, Side
from outlookd.web.history.errands import Errand
from outlookd.web.history.lines import Known, Line
from outlookd.web.troubles import Problem

__all__ = ["Archive", "Left", "Shelf", "Takeback", "Takebacks"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """Some runs that wrote or held something, newest first. `earlier`: there are more."""

    runs: tuple[RunReport, ...]
    earlier: bool


class Archive(Protocol):
    """What was done. Raises StoreError."""

    async def shelf(self, job: str, number: int) -> Shelf:
        """A page of the job's runs; `number` counts from 1."""
        ...

    async def report(self, job: str, run: str) -> RunReport | None:
        """A run of that job; None for any other."""
        ...

    async def lines(self, job: str, run: str) -> Sequence[Line]:
        """What the run wrote and decided, in order."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What stays as it is. `field` is the key that a map has for it, empty for the whole record; `reason` is English, of ours."""

    side: Side
    record: Known
    field: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Takeback:
    """What goes back and what stays. `report` is the run that did it, None while it is only proposed; `problem` what ended it."""

    lines: tuple[Line, ...]
    left: tuple[Left, ...]
    report: RunReport | None
    problem: Problem | None = None
    seen: str = ""
    overtaken: bool = False


class Takebacks(Protocol):
    """Taking back what a run wrote: of one record where `item` names one by an id of it, else of all of them."""

    def look(self, job: str, run: str, item: str) -> Errand[Takeback] | None:
        """The latest that was asked for, while it is worth showing. Never waits."""
        ...

    def preview(self, job: str, run: str, item: str) -> bool:
        """Have it worked out, and nothing written. Returns at once. False: too much is asked for already."""
        ...

    def undo(self, job: str, run: str, item: str, seen: str) -> bool:
        """Have it done if it still is what has the name `seen`, else show it anew. Returns at once. False as above.

        Nothing happens while that is going on: a double click is one (threat T21).
        """
        ...
