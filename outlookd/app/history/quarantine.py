"""Records that were set aside because they could not be handled, and having one tried again at once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import structlog

from outlookd.core.model import Quarantined, Side
from outlookd.runtime.schedule import Trigger
from outlookd.settings import JobSettings

if TYPE_CHECKING:
    from outlookd.app.composition import App

log = structlog.get_logger()


async def set_aside(app: App, *, user: str | None = None, kind: str | None = None) -> tuple[tuple[JobSettings, Quarantined], ...]:
    """Every record in quarantine with its job, the one that waits longest first."""
    found = [(job, entry) for job in app.jobs(user, kind) for entry in await app.store.quarantine(job.id)]
    return tuple(sorted(found, key=lambda pair: (pair[1].since, pair[1].id)))


async def retry(app: App, job: str, side: Side, id: str) -> bool:
    """Have a record tried in the next run, which begins at once where a daemon turns. False: it is not set aside any more.

    It stays in quarantine until that run has handled it, and how often it was tried is not forgotten.
    """
    entries = [entry for entry in await app.store.quarantine(job) if (entry.side, entry.id) == (side, id)]
    if entries:
        await app.store.keep_quarantine(job, put=[replace(entry, retry_at=app.clock.now()) for entry in entries])
        log.info("quarantine.retry.asked", side=side)
    if entries and app.schedule is not None:
        app.schedule.wake(job, Trigger.MANUAL)
    return bool(entries)
