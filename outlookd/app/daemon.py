"""The daemon: the pages, and every job at its interval, until it is told to stop.

Each job has its own phase, so that a thousand of them do not start in the same second; APScheduler's jitter is not used, because it
drifts. Stopping starts nothing new, lets running jobs finish for a while, and cuts off the rest: such a run recovers, but that
costs. Only when the last one has ended may connections and database be closed.
"""

from __future__ import annotations

import asyncio
import hashlib
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, timedelta

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from outlookd.app.composition import App
from outlookd.app.pages import pages
from outlookd.core.model import RunReport
from outlookd.settings import JobSettings

log = structlog.get_logger()

AT_ONCE = 8
"""Runs in flight. Each is mostly waiting, but holds its pages in memory."""

FIRST_WITHIN = timedelta(minutes=1)
"""After a start every job runs within this time, or within its interval if that is shorter."""

GRACE_SECONDS = 25.0
"""How long running jobs may go on after a signal; systemd kills after 45."""

Observer = Callable[[RunReport], None]


async def serve(app: App, stop: asyncio.Event) -> None:
    """Show the pages and run the jobs until `stop` is set. Raises OutlookdError when the address of the pages is taken."""
    async with pages(app), schedule(app):
        log.info("daemon.started", listen=str(app.settings.web.listen), jobs=len(app.jobs()), file=str(app.settings.file))
        await stop.wait()
        log.info("daemon.stopping")
    log.info("daemon.stopped")


@asynccontextmanager
async def schedule(app: App, observer: Observer | None = None, *, grace: float = GRACE_SECONDS) -> AsyncIterator[None]:
    """Every job at its interval, for as long as the block runs; `observer` sees each report.

    The end gives running jobs `grace` seconds, or none if the block was left by an exception. No run outlives it.
    """
    jobs = _Jobs(app, observer)
    try:
        jobs.start()
        yield
        await jobs.drain(grace)
    finally:
        await jobs.close()


def stop_on_signals(stop: asyncio.Event) -> None:
    """SIGTERM and SIGINT set `stop`; a second SIGINT interrupts as usual."""
    loop = asyncio.get_running_loop()

    def interrupted() -> None:
        stop.set()
        loop.remove_signal_handler(signal.SIGINT)

    loop.add_signal_handler(signal.SIGTERM, stop.set)
    loop.add_signal_handler(signal.SIGINT, interrupted)


class _Jobs:
    """The schedule, and the runs: tasks of our own, because APScheduler cancels its own at the end and waits for none."""

    def __init__(self, app: App, observer: Observer | None) -> None:
        self._app = app
        self._observer = observer
        self._places = asyncio.Semaphore(AT_ONCE)
        self._runs: set[asyncio.Task[None]] = set()
        self._stopping = False
        # A run that is late is still due (the default forgets it after one second), and a backlog is one run.
        defaults = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        self._scheduler = AsyncIOScheduler(timezone=UTC, job_defaults=defaults)

    def start(self) -> None:
        self._scheduler.start(paused=True)
        now = self._app.clock.now()
        for job in self._app.jobs():
            self._scheduler.add_job(
                self._run,
                "interval",
                args=[job],
                id=job.id,
                seconds=job.interval.total_seconds(),
                next_run_time=now + phase(job.id, min(job.interval, FIRST_WITHIN)),
            )
        self._scheduler.resume()

    async def drain(self, grace: float) -> None:
        """Start nothing new, and wait up to `grace` seconds for what runs."""
        self._stopping = True
        if self._runs:
            await asyncio.wait(self._runs, timeout=grace)

    async def close(self) -> None:
        """Cut off what still runs, and wait until it has ended."""
        self._stopping = True
        cut_off = list(self._runs)
        for run in cut_off:
            run.cancel()
        try:
            if cut_off:
                log.warning("daemon.runs.cut_off", runs=len(cut_off))
                await asyncio.wait(cut_off)
        finally:
            # Last, or APScheduler reports each of its tasks that still waits for one of these as failed.
            if self._scheduler.running:
                self._scheduler.shutdown(wait=False)

    async def _run(self, job: JobSettings) -> None:
        """What APScheduler calls."""
        run = asyncio.create_task(self._sync(job))
        self._runs.add(run)
        run.add_done_callback(self._runs.discard)
        await asyncio.wait([run])
        if not run.cancelled():
            run.result()

    async def _sync(self, job: JobSettings) -> None:
        async with self._places:
            # After the wait for a place, which may have been long.
            if self._stopping:
                return
            report = await self._app.sync(job)
        if self._observer is not None:
            self._observer(report)


def phase(name: str, within: timedelta) -> timedelta:
    """Where in its interval a job runs: always the same place, evenly spread over all jobs."""
    share = int.from_bytes(hashlib.blake2s(name.encode(), digest_size=4).digest()) / 2**32
    return within * share
