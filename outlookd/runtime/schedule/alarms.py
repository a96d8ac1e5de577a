"""APScheduler, typed, with the settings under which it loses nothing. It is imported nowhere else.

Knows when to ring, by the wall clock, and nothing of what is rung for. Its traps are answered here (dependencies.md 1.1): a late
ring is still a ring (`misfire_grace_time`), a backlog is one (`coalesce`), no jitter because it drifts, UTC because the local zone
is guessed, and nothing of ours ever runs inside one of its jobs, because those are cancelled at the end without being waited for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

Ring = Callable[[str], None]


class Alarms(Protocol):
    """Something that rings for a name, again and again. Moments are aware."""

    def start(self) -> None:
        """Begin to ring. What was set before is kept."""
        ...

    def put(self, name: str, *, interval: float, at: datetime) -> None:
        """Ring for `name` at this moment and every `interval` seconds from then on, instead of whatever was set."""
        ...

    def remove(self, name: str) -> None:
        """Ring for it no more. It need not be known."""
        ...

    def next_ring(self, name: str) -> datetime | None:
        """When it rings next."""
        ...

    async def close(self) -> None:
        """Never ring again."""
        ...


class ApsAlarms:
    """`Alarms` over APScheduler. Its wall clock is the machine's: a stepped one must be answered with `put`."""

    def __init__(self, ring: Ring) -> None:
        self._ring = ring
        defaults = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        self._scheduler = AsyncIOScheduler(timezone=UTC, job_defaults=defaults)

    def start(self) -> None:
        """Begin to ring. Must be called within the loop, and before the first `put`, which would search a list otherwise."""
        self._scheduler.start()

    def put(self, name: str, *, interval: float, at: datetime) -> None:
        """Ring for `name` at this moment and every `interval` seconds from then on."""
        self._scheduler.add_job(
            self._rung,
            IntervalTrigger(seconds=interval, start_date=at, timezone=UTC),
            args=[name],
            id=name,
            next_run_time=at,
            replace_existing=True,
        )

    def remove(self, name: str) -> None:
        """Ring for it no more."""
        if self._scheduler.get_job(name) is not None:
            self._scheduler.remove_job(name)

    def next_ring(self, name: str) -> datetime | None:
        """When it rings next."""
        job = self._scheduler.get_job(name)
        moment = job.next_run_time if job is not None else None
        return moment if isinstance(moment, datetime) else None

    async def close(self) -> None:
        """Never ring again. APScheduler ends in the loop's next turn, which must therefore come."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
            await asyncio.sleep(0)

    async def _rung(self, name: str) -> None:
        """Asynchronous only because APScheduler would call anything else in a thread."""
        self._ring(name)
