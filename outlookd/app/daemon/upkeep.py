"""The upkeep of the state database, for as long as the daemon runs: what is old goes, and a file that refused is tried again.

Knows how long what is remembered. Which rows that concerns, and what must stay, is `store.upkeep`'s knowledge. Subscriptions that
nobody needs are the keeper's.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Final

import structlog

from outlookd.errors import StoreError
from outlookd.ports import Clock
from outlookd.runtime.loops import every
from outlookd.settings import JobSettings, Settings
from outlookd.store import SqliteStore
from outlookd.store.retention import Stretch
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


ENDS_FOR: Final = timedelta(days=90)
"""What is left of a pair that ended is kept for as long at least, whatever the settings say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ages:
    """How long lines of the journal, settled conflicts and what is left of ended pairs are kept."""

    journal: timedelta
    conflicts: timedelta
    ends: timedelta


def ages_of(settings: Settings, jobs: Iterable[JobSettings]) -> Ages:
    """As the settings have it. An ended pair outlasts its journal, and everything that its job's window may still bring back."""
    retention = settings.retention
    windows = [2 * (window.window_past + window.window_future) for window in (settings.sync, *jobs)]
    ends = max(retention.tombstones, retention.journal, ENDS_FOR, *windows)
    return Ages(journal=retention.journal, conflicts=retention.conflicts, ends=ends)


class Upkeep:
    """The upkeep. `look` does what is due, `keep` looks until cancelled."""

    def __init__(self, store: SqliteStore, clock: Clock, ages: Callable[[], Ages]) -> None:
        """`ages` is asked before each sweep: settings may be read again."""
        self._store = store
        self._clock = clock
        self._ages = ages
        self._swept_at: float | None = None
        self._places = {QUIET_RUNS_FOR: Place(), RUNS_FOR: Place()}
        self._journal_at = 0
        self._ends_at = 0

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
        lines = await self._sweep_journal(self._ages())
        if removed or lines:
            log.info("upkeep.swept", runs=removed, lines=lines)

    async def _sweep_journal(self, ages: Ages) -> int:
        """Go on to the lines, conflicts and ended pairs that are old by now. Returns how many lines and conflicts went."""
        now, old = self._clock.now(), self._store.upkeep
        self._journal_at, lines = await _sweep(partial(old.expire_journal, before=now - ages.journal), self._journal_at)
        _, conflicts = await _sweep(partial(old.expire_conflicts, before=now - ages.conflicts), 0)
        self._ends_at, ends = await _sweep(partial(old.expire_ends, before=now - ages.ends), self._ends_at)
        return lines + conflicts + ends

    async def _sweep_runs(self, age: timedelta) -> int:
        """Go on to the runs that are `age` old by now. Returns how many went."""
        before, removed = self._clock.now() - age, 0
        while True:
            page = await self._store.upkeep.remove_runs(self._places[age], before=before, quiet=age == QUIET_RUNS_FOR)
            self._places[age] = page.place
            removed += page.removed
            if page.last:
                return removed


async def _sweep(expire: Callable[[int], Awaitable[Stretch]], seq: int) -> tuple[int, int]:
    """One page after the other, from the line `seq` on. Returns how far that led, and how many rows went."""
    removed = 0
    while True:
        stretch = await expire(seq)
        seq, removed = stretch.seq, removed + stretch.removed
        if stretch.last:
            return seq, removed
