"""A clock that stands still until somebody waits on it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta


class FakeClock:
    """Implements `ports.Clock`. Sleeping takes no time and moves the clock; `advance` moves it by hand.

    `sleeps` are the seconds asked for, in order: what a test of back-off or Retry-After asserts on. `slept` is their sum.
    """

    def __init__(self, start: datetime = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)) -> None:
        self.sleeps: list[float] = []
        self._now = start
        self._elapsed = 0.0

    @property
    def slept(self) -> float:
        """Seconds slept in all."""
        return sum(self.sleeps)

    def now(self) -> datetime:
        """Aware, UTC."""
        return self._now

    def monotonic(self) -> float:
        """Seconds since the clock was made."""
        return self._elapsed

    async def sleep(self, seconds: float) -> None:
        """Let the others run, then be that much later."""
        self.sleeps.append(seconds)
        self.advance(seconds)
        await asyncio.sleep(0)

    def advance(self, seconds: float) -> None:
        """Be that much later."""
        self._now += timedelta(seconds=seconds)
        self._elapsed += seconds
