"""The upkeep of the state database, for as long as the daemon runs: what is old goes, and a file that refused is tried again.

Knows how long runs are remembered. Which rows that concerns, and what must stay, is `store.upkeep`'s knowledge. Subscriptions that
nobody needs are the keeper's.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import Final

import structlog

from outlookd.errors import StoreError
from outlookd.ports import Clock
from outlookd.runtime.loops import every
from outlookd.store import SqliteStore
from outlookd.store.upkeep import Place

log = structlog.get_logger()

LOOK_EVERY: Final = 60.0
"""Seconds between two looks whether anything is to be done. It is also how long a database that was mended may go unnoticed."""

SWEEP_EVERY: Final = 3600.0
"""Seconds between two sweeps. Each goes on where the one before ended, so it is as much work as the runs of an hour."""

RUNS_FOR: Final = timedelta(days=30)
"""How long a run is remembered that has no line in the journal."""

QUIET_RUNS_FOR: Final = timedelta(days=2)
"""The same for runs that found nothing to do: nearly all of them."""


class Upkeep:
    """The upkeep. `look` does what is due, `keep` looks until cancelled."""

    def __init__(self, store: SqliteStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._swept_at: float | None = None
        self._places = {QUIET_RUNS_FOR: Place(), RUNS_FOR: Place()}

    async def keep(self) -> None:
        """Look every minute until cancelled."""
        await every(LOOK_EVERY, self._look_again, clock=self._clock, name="upkeep")

    async def look(self) -> None:
        """Do what is due. Raises StoreError when a sweep cannot be made; the next one is then due as if it had been."""
        if self._store.trouble:
            with suppress(StoreError):  # said by readiness, and by every run
                await self._store.upkeep.try_writing(self._clock.now())
        now = self._clock.monotonic()
        if self._swept_at is None or now - self._swept_at >= SWEEP_EVERY:
            self._swept_at = now
            await self._sweep()

    async def _look_again(self) -> None:
        try:
            await self.look()
        except StoreError as error:
            log.warning("upkeep.failed", code=error.code)

    async def _sweep(self) -> None:
        await self._store.upkeep.remove_ended(self._clock.now())
        removed = 0
        for age in self._places:
            removed += await self._sweep_runs(age)
        if removed:
            log.info("upkeep.swept", runs=removed)

    async def _sweep_runs(self, age: timedelta) -> int:
        """Go on to the runs that are `age` old by now. Returns how many went."""
        before, removed = self._clock.now() - age, 0
        while True:
            page = await self._store.upkeep.remove_runs(self._places[age], before=before, quiet=age == QUIET_RUNS_FOR)
            self._places[age] = page.place
            removed += page.removed
            if page.last:
                return removed
