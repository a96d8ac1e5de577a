"""A small task that wakes twice a second: how late the event loop is, and whether somebody has set the clock.

It measures the loop that everything else runs in. What is done about a late one or a stepped clock is others' business.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from outlookd.ports import Clock
from outlookd.runtime.loops import end, every

EVERY = 0.5
"""Seconds. A stepped clock is noticed within this time at the latest."""


class Pulse:
    """Tells `lagged` how many seconds too late it woke each time, and calls `beat`."""

    def __init__(self, *, clock: Clock, lagged: Callable[[float], None], beat: Callable[[], object]) -> None:
        self._clock = clock
        self._lagged = lagged
        self._beat = beat
        self._due: float | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin, within the running loop."""
        self._task = asyncio.create_task(every(EVERY, self._look, clock=self._clock, name="pulse"), name="schedule.pulse")

    async def close(self) -> None:
        """End."""
        if self._task is not None:
            await end([self._task])

    async def _look(self) -> None:
        """After a mistake it is not known when this should have come, and so nothing is late."""
        due, self._due = self._due, None
        if due is not None:
            self._lagged(max(0.0, self._clock.monotonic() - due))
        self._beat()
        self._due = self._clock.monotonic() + EVERY
