"""One write as a page tells it, planned, done or to be taken back. Personal: shown to those who may see the job, never logged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from outlookd.core.model import WRITES, Op, Side, Value

__all__ = ["Altered", "Known", "Line"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Altered:
    """One field. `name` is the key that a map has for it; `before` and `after` are None for nothing."""

    name: str
    before: Value
    after: Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A record: an id to ask for its story with, and what people call it."""

    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One write to one side, or a decision that changed only what is remembered.

    `reason` is English text of ours. `at` is aware UTC and None for what has not happened. `number` is the journal's, 0 for none;
    `undone` names the run that took it back.
    """

    op: Op
    side: Side
    record: Known
    reason: str
    rule: str
    altered: tuple[Altered, ...]
    mails: bool
    at: datetime | None = None
    number: int = 0
    undone: str = ""

    @property
    def rows(self) -> Sequence[tuple[str, Value, Value]]:
        """The fields as rows of a table."""
        return [(one.name, one.before, one.after) for one in self.altered]

    @property
    def writes(self) -> bool:
        """Whether a side was, or would be, changed."""
        return self.op in WRITES
