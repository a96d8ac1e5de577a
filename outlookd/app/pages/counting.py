"""What waits to be synchronised, per job, counted while somebody looks at the page: by a dry plan, in the background.

Knows when a count is due: at most once a minute, but at once where a run has held something back, which nobody can approve before
it is named; never beside a run, and not at all after a run that found nothing left to do. The plan is the engine's; what a page
shows of it is the desk's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextvars import Context
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog

from outlookd.app.composition import App
from outlookd.core.model import WRITES, Held, Plan, RunReport, RunStatus
from outlookd.errors import OutlookdError
from outlookd.runtime.loops import end
from outlookd.settings import JobSettings

log = structlog.get_logger()

EVERY: Final = 60.0
"""Seconds between two counts of a job."""

AT_ONCE: Final = 2
"""Counts under way: a page is worth less than a run, and whoever opens many pages gets no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """What waited at `at` (aware, UTC): records that a run would write, and what it would hold back."""

    records: int
    at: datetime
    held: tuple[Held, ...] = ()


class Counting:
    """The counts of all jobs that were asked for. Ends with `close`."""

    def __init__(self, app: App, *, busy: Callable[[str], bool]) -> None:
        """`busy` tells whether a job runs."""
        self._app = app
        self._busy = busy
        self._counts: dict[str, Count] = {}
        self._tried: dict[str, tuple[float, datetime]] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._places = asyncio.Semaphore(AT_ONCE)

    def latest(self, job: JobSettings, last: RunReport | None) -> Count | None:
        """What is known now, `last` being the latest run. Never waits."""
        known = self._counts.get(job.id)
        if last is None or last.status is not RunStatus.OK:
            return known
        ended = last.started + timedelta(seconds=last.seconds)
        # Such a run did all there was, and knows it for nothing: a plan would read both sides to find the same.
        return known if known is not None and known.at >= ended else Count(records=0, at=ended)

    def counts(self, job: str) -> bool:
        """Whether a count of the job is under way."""
        return job in self._tasks

    def ask(self, job: JobSettings, holding: RunReport | None) -> None:
        """Have the job counted if that is due, `holding` being the run that holds something back. Returns at once."""
        if job.id in self._tasks or self._busy(job.id) or not self._is_due(job.id, holding):
            return
        self._tried[job.id] = self._app.clock.monotonic(), self._app.clock.now()
        # A context of its own: its log lines are not the page's.
        task = asyncio.create_task(self._count(job), name="pages.count", context=Context())
        self._tasks[job.id] = task
        task.add_done_callback(lambda _: self._tasks.pop(job.id, None))

    def _is_due(self, job: str, holding: RunReport | None) -> bool:
        if job not in self._tried:
            return True
        monotonic, moment = self._tried[job]
        unnamed = holding is not None and moment < holding.started + timedelta(seconds=holding.seconds)
        return unnamed or self._app.clock.monotonic() - monotonic >= EVERY

    def forget(self, job: str) -> None:
        """What was counted is no longer so: count again when asked."""
        self._tried.pop(job, None)

    async def close(self) -> None:
        """End what is under way."""
        await end(list(self._tasks.values()))

    async def _count(self, job: JobSettings) -> None:
        began = self._app.clock.now()
        async with self._places:
            try:
                plan = await self._app.plan(job)
            except OutlookdError as error:
                # A run says what is wrong, and what to do about it; here there only is no number.
                log.info("pages.count.failed", job=job.id, error=type(error).__name__)
                return
        if self._busy(job.id) or await self._has_run_since(job, began):
            return
        self._counts[job.id] = Count(records=waiting_in(plan), at=self._app.clock.now(), held=plan.held)

    async def _has_run_since(self, job: JobSettings, moment: datetime) -> bool:
        """Whether a run began while we were counting: it may have done what the plan is about."""
        latest = await self._app.store.runs(job.id, 1)
        return bool(latest) and latest[0].started >= moment


def waiting_in(plan: Plan) -> int:
    """How many records the plan would write: a pair that is written on both sides is one."""
    return len({action.link.id for action in plan.actions if action.op in WRITES})
