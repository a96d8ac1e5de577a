"""The daemon: the pages, and every job at its interval, until it is told to stop.

Stopping starts nothing new, lets running jobs finish for a while, and cuts off the rest: such a run recovers, but that costs.
Only when the last one has ended may connections and database be closed, which is the business of whoever opened the `App`.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from functools import partial

import structlog

from outlookd.app.composition import App
from outlookd.app.daemon.mark import marked_as_running
from outlookd.app.daemon.notices import notices_of
from outlookd.app.daemon.orders import Orders
from outlookd.app.daemon.rounds import Rounds, schedule
from outlookd.app.daemon.upkeep import Upkeep, ages_of
from outlookd.app.jobs.reload import reread
from outlookd.app.notifications.needs import subscriptions
from outlookd.app.pages.rooms import pages
from outlookd.errors import ConfigurationError, StoreError
from outlookd.runtime.loops import every, repeat
from outlookd.runtime.schedule import BEAT, Trigger
from outlookd.runtime.systemd import Notifier
from outlookd.store import SqliteStore, open_store
from outlookd.store.files import path_of

log = structlog.get_logger()

SIGN_INS_EVERY = 5.0
"""Seconds between two looks whether somebody whose jobs are stopped has signed in: another process may have done that."""


async def serve(app: App, orders: Orders, *, environ: Mapping[str, str] = os.environ) -> None:
    """Show the pages and run the jobs until told to stop. Raises OutlookdError when the address of the pages is taken."""
    # To ask whether the database answers, on a connection of its own: behind the writes of eight runs, which another process can
    # hold up for ten seconds each, the question would come too late for the watchdog, and a restart mends no lock.
    async with pages(app), open_store(app.settings.state.url, read_only=True) as probe:
        daemon = Daemon(app, orders, Notifier(environ), environ, probe)
        with marked_as_running(path_of(app.settings.state.url)) as app.previous_shutdown_unclean:
            await daemon.stay()
    log.info("daemon.stopped")


class Daemon:
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
                    beside.create_task(Upkeep(app.store, app.clock, lambda: ages_of(app.settings, app.jobs())).keep()),
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
        await repeat(partial(self._obey_reload, rounds), clock=self._app.clock, name="reloads")

    async def _obey_reload(self, rounds: Rounds) -> None:
        await self._orders.reload.wait()
        self._orders.reload.clear()
        self._notifier.reloading()
        ok = False
        try:
            ok = await self._reload(rounds)
        finally:  # whatever happened: a service manager that waits for the end of a reload kills us
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
        async def look() -> None:
            await self._app.roster.refresh()
            # Whether or not this reading found something new: saving a map reads the records too.
            rounds.follow_roster()

        await every(self._settings_interval, look, clock=self._app.clock, name="roster", wake=self._reloaded)

    def _settings_interval(self) -> float:
        return self._app.settings.gopaas.settings_interval.total_seconds()

    async def _watch_sign_ins(self, rounds: Rounds) -> None:
        async def look() -> None:
            try:
                await rounds.wake_signed_in()
            except StoreError as error:
                log.warning("daemon.sign_ins.failed", code=error.code)

        await every(SIGN_INS_EVERY, look, clock=self._app.clock, name="sign-ins")
