"""Copies in a user's folder: found for a person to see, taken away when that person says so."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

import structlog

from outlookd.core.copies import Cluster
from outlookd.core.model import RunReport
from outlookd.settings import JobSettings
from outlookd.sync.dedupe import find_copies, remove_copies
from outlookd.sync.job import Progress, silent

if TYPE_CHECKING:
    from outlookd.app.composition import App


async def find(app: App, job: JobSettings, *, progress: Progress = silent) -> Sequence[Cluster]:
    """What stands more than once in the job's folder. Writes nothing. Raises OutlookdError."""
    with structlog.contextvars.bound_contextvars(job=job.id, user=job.user):
        return await find_copies(*app.prepare(job, progress))


async def remove(app: App, job: JobSettings, ids: Collection[str], *, progress: Progress = silent) -> RunReport:
    """Take away those of `ids` that may still go. What goes wrong is in the report. Raises ConfigurationError."""
    with structlog.contextvars.bound_contextvars(job=job.id, user=job.user):
        return await remove_copies(*app.prepare(job, progress), ids)
