"""What a page asked for and cannot have at once: reading both sides takes seconds, or a minute. Pure values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from outlookd.web.troubles import Problem

__all__ = ["Errand", "Ongoing"]

_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ongoing:
    """How far it is. `stage` is a key of `words.sync.stages`, empty before the first.

    `total` is None while nobody knows.
    """

    stage: str = ""
    done: int = 0
    total: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand(Generic[_Result]):
    """One thing that was asked for: under way, or done with a result or a problem. `at` is aware UTC."""

    at: datetime
    ongoing: Ongoing | None = None
    result: _Result | None = None
    problem: Problem | None = None
