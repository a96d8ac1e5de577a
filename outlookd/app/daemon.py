"""The daemon: the pages, and every job at its interval, until it is told to stop.

Stopping starts nothing new, lets running jobs finish for a while, and cuts off the rest: such a run recovers, but that costs.
Only when the last one has ended may connections and database be closed, which is the business of whoever opened the `App`.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, assert_never

import structlog

from outlookd.app.composition import App
from outlookd.app.notices import notices_of
from outlookd.app.orders import Orders
from outlookd.app.pages import pages
from outlookd.app.reload import reread
from outlookd.app.running import marked_as_running
from outlookd.app.subscriptions import subscriptions
from outlookd.core.model import RunReport, RunStatus
from outlookd.errors import ConfigurationError, StoreError
from outlookd.ports import Binding
from outlookd.runtime.notify import Notifier
from outlookd.runtime.schedule import BEAT, Ending, Schedule, Trigger
from outlookd.settings import JobSettings
from outlookd.store import SqliteStore, open_store
from outlookd.store.files import path_of

log = structlog.get_logger()

Observer = Callable[[RunReport], None]
AfterRun = Callable[[RunReport], Awaitable[None]]

SIGN_INS_EVERY = 5.0
"""Seconds between two looks whether somebody whose jobs are stopped has signed in: another process may have done that."""


async def serve(app: App, orders: Orders, *, environ: Mapping[str, str] = os.environ) -> None:
    """Show the pages and run the jobs until told to stop. Raises OutlookdError when the address of the pages is taken."""
    # To ask whether the database answers, on a connection of its own: behind the writes of eight runs, which another process can
    # hold up for ten seconds each, the question would come too late for the watchdog, and a restart mends no lock.
    async with pages(app), open_store(app.settings.state.url, read_only=True) as probe:
        daemon = _Daemon(app, orders, Notifier(environ), environ, probe)
        with marked_as_running(path_of(app.settings.state.url)) as app.previous_shutdown_unclean:
            await daemon.stay()
    log.info("daemon.stopped")


@asynccontextmanager
async def schedule(
    app: App,
    observer: Observer | None = None,
    *,
    after_run: AfterRun | None = None,
    hurry: asyncio.Event | None = None,
    on_turn: Callable[[], Coroutine[Any, Any, None]] | None = None,
    beat: float = BEAT,
) -> AsyncIterator[Rounds]:
    """Every job at its interval, for as long as the block runs; `observer` sees each report, `after_run` may write about it.

    The end gives running jobs ``daemon.grace``, or none when `hurry` is set or the block was left by an exception. No run
    outlives it.
    """
    rounds = Rounds(app, observer, after_run=after_run, on_turn=on_turn, beat=beat)
    app.schedule = rounds.schedule
    try:
        rounds.schedule.start()
        rounds.follow_roster()
        yield rounds
        await _first(rounds.schedule.drain(app.settings.daemon.grace.total_seconds()), (hurry or asyncio.Event()).wait())
    finally:
        await rounds.schedule.close()
        app.schedule = None


class Rounds:
    """The jobs of the roster on a schedule: which there are, and what one of their runs is."""

    def __init__(
        self,
        app: App,
        observer: Observer | None,
        *,
        after_run: AfterRun | None,
        on_turn: Callable[[], Coroutine[Any, Any, None]] | None,
        beat: float,
    ) -> None:
        self._app = app
        self._observer = observer
        self._after_run = after_run
        self._jobs: dict[str, JobSettings] = {}
        self._signed_out: dict[str, Binding | None] = {}
        self.schedule = Schedule(
            self._work, clock=app.clock, at_once=app.settings.daemon.parallel, meter=app.metrics, on_turn=on_turn, beat=beat
        )

    def follow_roster(self) -> None:
        """Take over the jobs as they are now. Runs under way go on as they began.

        A job that failed or stopped and has other settings now is run: whoever repaired its record need not wait for the back-off.
        """
        before, self._jobs = self._jobs, {job.id: job for job in self._app.jobs()}
        for name in self.schedule.names() - self._jobs.keys():
            self.schedule.remove(name)
        logins = {job.user for job in self._jobs.values()}
        self._app.identities.forget_others(logins)
        for login in self._signed_out.keys() - logins:
            del self._signed_out[login]
        for job in self._jobs.values():
            self.schedule.put(job.id, interval=job.interval, group=(job.mailbox or job.user).casefold())
        self._try_again(name for name, job in self._jobs.items() if before.get(name, job) != job)

    def try_all_again(self) -> None:
        """Run every job that failed or stopped: what an administrator has just changed, here or in Entra, may have mended it."""
        self._try_again(self._jobs)

    def _try_again(self, names: Iterable[str]) -> None:
        for name in names:
            turn = self.schedule.turn(name)
            if turn.failures or turn.stopped:
                self.schedule.wake(name, Trigger.SCHEDULE)

    async def wake_signed_in(self) -> None:
        """Run the jobs of everybody whose sign-in was dead and who has signed in since. Raises StoreError.

        Another binding than the dead one is a new sign-in, whichever is the later: a clock may have been set back.
        """
        for login, dead in list(self._signed_out.items()):
            binding = await self._app.store.accounts.binding(login)
            if binding is not None and binding != dead and login in self._signed_out:
                del self._signed_out[login]
                self._app.wake(login)

    async def _work(self, name: str, trigger: Trigger) -> Ending:
        job = next((job for job in self._app.jobs() if job.id == name), None)  # as it is now: its map may just have been saved
        if job is None:
            return Ending(outcome="ok")
        alone = self._app.settings.entra.mode == "application"
        binding, missing = (None, False) if alone else await self._sign_in_of(job)
        if missing:
            self._signed_out[job.user] = None
            return Ending(outcome="stopped")
        with self._app.board.running(name, started=self._app.clock.now(), trigger=trigger) as progress:
            asked = trigger is Trigger.MANUAL
            recreate = self._app.board.take_folder(name)
            report = await self._app.sync(
                job, recreate_folder=recreate, impatient=asked, progress=progress, trigger=trigger
            )
        if self._observer is not None:
            self._observer(report)
        if self._after_run is not None:
            await self._after_run(report)
        if not alone:
            self._note_sign_in(report, binding)
        return ending_of(report, alone=alone)

    async def _sign_in_of(self, job: JobSettings) -> tuple[Binding | None, bool]:
        """What a run would sign in with, and whether that is missing: nobody has connected a mailbox to the job's user yet.

        No run, then, and no failure either.
        """
        try:
            binding = await self._app.store.accounts.binding(job.user)
        except StoreError:
            return None, False  # the run meets the same trouble, and reports it
        return binding, binding is None

    def _note_sign_in(self, report: RunReport, binding: Binding | None) -> None:
        """`binding` is the one that the run began with: somebody may have signed in while it went on."""
        if report.status is RunStatus.REAUTH:
            self._signed_out[report.user] = binding
        elif report.status is RunStatus.OK and self._signed_out.get(report.user) == binding:
            self._signed_out.pop(report.user, None)  # it works again, by itself


class _Daemon:
    """What goes on beside the runs: the service manager, the roster, orders from outside."""

    def __init__(self, app: App, orders: Orders, notifier: Notifier, environ: Mapping[str, str], probe: SqliteStore) -> None:
        self._app = app
        self._probe = probe
        self._orders = orders
        self._notifier = notifier
        self._environ = environ
        self._reloaded = asyncio.Event()

    async def stay(self) -> None:
        """Work until told to stop."""
        app = self._app
        beat = min(BEAT, self._notifier.watchdog_every or BEAT)
        notices = notices_of(app)
        async with (
            schedule(app, after_run=notices.after_run, hurry=self._orders.hurry, on_turn=self._turned, beat=beat) as rounds,
            subscriptions(app, partial(rounds.schedule.wake, trigger=Trigger.NOTIFICATION)),
        ):
            log.info("daemon.started", listen=str(app.settings.web.listen), jobs=len(app.jobs()), file=str(app.settings.file))
            async with asyncio.TaskGroup() as beside:
                tasks = [
                    beside.create_task(self._obey_reloads(rounds)),
                    beside.create_task(self._keep_roster(rounds)),
                    beside.create_task(self._watch_sign_ins(rounds)),
                    beside.create_task(notices.watch()),
                ]
                await self._orders.stop.wait()
                rounds.schedule.allow(0)
                for task in tasks:
                    task.cancel()
            app.ready = False
            log.info("daemon.stopping", running=rounds.schedule.running)
            self._notifier.stopping("finishing what runs")

    # --- the service manager ---------------------------------------------------------------------------------------------------

    async def _turned(self) -> None:
        """Alive means: the schedule turns, and the state database can be read (operations.md 3.3)."""
        try:
            await self._probe.install_id()
        except StoreError as error:
            log.warning("daemon.store.silent", code=error.code)
            return
        self._notifier.watchdog()
        if self._orders.stop.is_set():
            return
        if self._app.ready:
            self._notifier.status(self._status())
        else:
            self._app.ready = True
            self._notifier.ready(self._status())

    def _status(self) -> str:
        running = self._app.schedule.running if self._app.schedule is not None else 0
        return f"{len(self._app.jobs())} jobs, {running} running"

    # --- what may change -------------------------------------------------------------------------------------------------------

    async def _obey_reloads(self, rounds: Rounds) -> None:
        while True:
            await self._orders.reload.wait()
            self._orders.reload.clear()
            self._notifier.reloading()
            ok = await self._reload(rounds)
            if self._app.metrics is not None:
                self._app.metrics.config_reloaded(ok=ok, at=self._app.clock.now())
            self._notifier.ready(self._status())

    async def _reload(self, rounds: Rounds) -> bool:
        app = self._app
        try:
            found = await asyncio.to_thread(reread, app.installation, self._environ)
        except ConfigurationError as error:
            log.warning("daemon.reload.refused", faults=error.faults, reason=error.message)
            return False
        for warning in found.settings.warnings:
            log.warning("settings.warning", text=warning)
        if found.kept:
            log.warning("daemon.reload.restart_needed", keys=found.kept)
        app.adopt(found.settings)
        rounds.schedule.allow(app.settings.daemon.parallel)
        rounds.follow_roster()
        rounds.try_all_again()
        self._reloaded.set()
        log.info("daemon.reloaded", jobs=len(app.jobs()))
        return True

    async def _keep_roster(self, rounds: Rounds) -> None:
        while True:
            self._reloaded.clear()
            await self._app.roster.refresh()
            # Whether or not this reading found something new: saving a map reads the records too.
            rounds.follow_roster()
            every = self._app.settings.gopaas.settings_interval.total_seconds()
            await _first(self._app.clock.sleep(every), self._reloaded.wait())

    async def _watch_sign_ins(self, rounds: Rounds) -> None:
        while True:
            await self._app.clock.sleep(SIGN_INS_EVERY)
            try:
                await rounds.wake_signed_in()
            except StoreError as error:
                log.warning("daemon.sign_ins.failed", code=error.code)


def ending_of(report: RunReport, *, alone: bool = False) -> Ending:
    """What a report means for the next run.

    A dead sign-in stops the job: only its user can mend that. Where outlookd signs in `alone`, as an application, nobody would
    wake it, so it goes on trying. A job that another process runs has not failed, and one that a guard holds back has not either.
    """
    match report.status:
        case RunStatus.OK | RunStatus.HELD:
            return Ending(outcome="ok")
        case RunStatus.REAUTH:
            return Ending(outcome="failed" if alone else "stopped")
        case RunStatus.FAILED:
            return Ending(outcome="ok" if report.busy else "failed", retry_after=report.retry_after)
    assert_never(report.status)


async def _first(one: Coroutine[Any, Any, object], other: Coroutine[Any, Any, object]) -> None:
    """Wait until one of them has ended, and cancel the other."""
    tasks = [asyncio.ensure_future(one), asyncio.ensure_future(other)]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
