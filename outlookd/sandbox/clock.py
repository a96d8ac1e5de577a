"""The sandbox's idea of time: one function that tests replace. It does not wait for anything."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

Now: TypeAlias = Callable[[], datetime]
"""Answers the current instant: aware, UTC."""


def utc_now() -> datetime:
    """The machine's clock, as an aware UTC instant."""
    return datetime.now(UTC)


def timestamp(instant: datetime) -> str:
    """`instant` as Graph writes it: UTC, to the second, with a ``Z``."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class HandClock:
    """A clock that stands still until somebody moves it. Call it like any other `Now`."""

    def __init__(self, start: datetime) -> None:
        self.instant = start

    def __call__(self) -> datetime:
        return self.instant

    def advance(self, **delta: float) -> None:
        """Move on by a timedelta given as keywords (``minutes=10``)."""
        self.instant += timedelta(**delta)
