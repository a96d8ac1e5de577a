"""What the pages show of the jobs, and what their buttons do: `web.desk.Desk` over an opened installation.

Knows where each figure comes from. Who may see it is decided in `web`; the texts are there too.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from importlib.metadata import version
from typing import Literal

import structlog

from outlookd.app.bars import Bars
from outlookd.app.composition import App
from outlookd.app.counting import Count, Counting
from outlookd.app.objections import direction_of
from outlookd.app.snapshot import limit_of
from outlookd.core.model import Direction, Held, Quarantined, RunReport, RunStatus
from outlookd.errors import OutlookdError
from outlookd.ports import Binding
from outlookd.runtime.schedule import Trigger, Turn
from outlookd.settings import JobSettings
from outlookd.store.figures import JobFigures
from outlookd.web.desk import Answer, Fault, HeldBack, Overview, Panel, Result, SetAside, Standing, Waiting, address_of

log = structlog.get_logger()

MOST_SET_ASIDE = 10
"""Records that a panel names; the rest is a number."""

LOOK_BACK = timedelta(days=90)
"""Successes before that are not told: a date of long ago helps nobody."""


class AppDesk:
    """Implements `web.desk.Desk`. Made by `open_desk`."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._bars = Bars(app.board)
        self._counting = Counting(app, busy=lambda job: self._turn(job).running_since is not None)
        self._addresses: Mapping[str, JobSettings] = {}
        self._addressed: tuple[JobSettings, ...] = ()

    async def close(self) -> None:
        """End what goes on in the background."""
        await self._counting.close()

    # --- which jobs ------------------------------------------------------------------------------------------------------

    def jobs_of(self, login: str) -> Sequence[str]:
        """The ids of that person's jobs."""
        return [job.id for job in self._app.jobs(login)]

    def find(self, address: str) -> tuple[str, str] | None:
        """The id and the login of the job with that address."""
        job = self._by_address.get(address)
        return (job.id, job.user) if job is not None else None

    @property
    def _by_address(self) -> Mapping[str, JobSettings]:
        jobs = self._app.roster.jobs
        if jobs is not self._addressed:
            self._addresses = {address_of(job.id): job for job in jobs}
            self._addressed = jobs
        return self._addresses

    # --- what a panel shows ----------------------------------------------------------------------------------------------

    async def panels(self, login: str) -> Sequence[Panel]:
        """One per job, calendars first, as GoPaaS's page has them."""
        jobs = sorted(self._app.jobs(login), key=lambda job: (not self._app.keeps_calendar(job), job.id))
        binding = await self._app.store.accounts.binding(login)
        return [await self._panel(job, binding) for job in jobs]

    async def _panel(self, job: JobSettings, binding: Binding | None) -> Panel:
        store, turn = self._app.store, self._turn(job.id)
        last = next(iter(await store.runs(job.id, 1)), None)
        set_aside = await store.quarantine(job.id)
        signed_out = self._signed_out(binding, last)
        count, bar = self._counting.latest(job, last), self._bars.of(job.id)
        if not signed_out:
            self._counting.ask(job)
        return Panel(
            job=job.id,
            login=job.user,
            resource=self._resource(job),
            direction=self._direction(job),
            folder=job.folder,
            waiting=Waiting(count=count.records, at=count.at) if count is not None else None,
            counting=self._counting.counts(job.id),
            bar=bar,
            # A run that has been started and has not got as far as the board yet is not over.
            due=bar is None and (turn.waiting or turn.running_since is not None),
            last=_result_of(last) if last is not None else None,
            last_success=await self._last_success(job, last),
            next_run=turn.next_run,
            held=_held_of(count),
            held_count=_held_by(last, count),
            set_aside=tuple(_set_aside_of(entry) for entry in set_aside[:MOST_SET_ASIDE]),
            set_aside_count=len(set_aside),
            sign_in=signed_out,
        )

    async def _last_success(self, job: JobSettings, last: RunReport | None) -> datetime | None:
        if last is None or last.status is RunStatus.OK:
            return last.started if last is not None else None
        figures = await self._app.store.figures([job.id], since=self._app.clock.now() - LOOK_BACK)
        return figures.jobs[job.id].last_success

    def _signed_out(self, binding: Binding | None, last: RunReport | None) -> bool:
        """Whether only a new sign-in helps: there was none, or the last run found it dead and there was no other since."""
        if self._app.identities.of_application:
            return False
        return binding is None or (last is not None and last.status is RunStatus.REAUTH and binding.bound_at <= last.started)

    def _resource(self, job: JobSettings) -> Literal["contacts", "events"]:
        return "events" if self._app.keeps_calendar(job) else "contacts"

    def _direction(self, job: JobSettings) -> Direction:
        handler = self._app.plugins.handlers.get(job.type)
        if handler is None:
            return job.direction or Direction.BOTH
        return direction_of(job, handler)

    def _turn(self, job: str) -> Turn:
        return self._app.schedule.turn(job) if self._app.schedule is not None else Turn()

    # --- what a button does ----------------------------------------------------------------------------------------------

    async def start(self, job: str) -> Answer:
        """Have the job run now, unless it runs already or is about to."""
        turn = self._turn(job)
        if turn.running_since is not None or turn.waiting:
            return Answer.RUNNING
        return Answer.STARTED if self._wake(job) else Answer.LATER

    async def approve(self, job: str, name: str) -> Answer:
        """Release what a guard holds under that name, and have the job run: once more, if it runs right now."""
        settings = next((each for each in self._app.jobs() if each.id == job), None)
        if settings is None:
            return Answer.CHANGED
        try:
            released = await self._app.approve(settings, name)
        except OutlookdError as error:
            log.warning("pages.approval.failed", job=job, error=type(error).__name__)
            return Answer.LATER
        self._counting.forget(job)
        log.info("pages.approval", job=job, released=released)
        if not released:
            return Answer.CHANGED
        self._wake(job)
        return Answer.APPROVED

    async def connect(self, login: str) -> str:
        """A one-time link with which that person connects a mailbox."""
        return (await self._app.connect(login)).url

    def _wake(self, job: str) -> bool:
        return self._app.schedule is not None and self._app.schedule.wake(job, Trigger.MANUAL)

    # --- everything ------------------------------------------------------------------------------------------------------

    async def overview(self) -> Overview:
        """Everything, in one reading of the database."""
        app = self._app
        jobs, now = app.jobs(), app.clock.now()
        figures = await app.store.figures([job.id for job in jobs], since=now - LOOK_BACK)
        return Overview(
            version=version("outlookd"),
            standings=tuple(self._standing(job, figures.jobs[job.id], figures.bound.get(job.user), now) for job in jobs),
            faults=tuple(Fault(record=fault.record, login=fault.login, text=fault.sentence) for fault in app.roster.faults),
            unread=str(app.roster.trouble or ""),
            plugins=tuple((record.name, record.state.value) for record in app.plugins.records),
            secret_expires=app.settings.entra.client_secret_expires,
        )

    def _standing(self, job: JobSettings, figures: JobFigures, bound: datetime | None, now: datetime) -> Standing:
        turn = self._turn(job.id)
        delegated = not self._app.identities.of_application
        dead = figures.status is RunStatus.REAUTH and figures.last_run is not None and (bound is None or bound <= figures.last_run)
        since = max((moment for moment in (figures.last_success, bound) if moment is not None), default=None)
        return Standing(
            job=job.id,
            login=job.user,
            resource=self._resource(job),
            state=figures.status,
            running=turn.running_since is not None,
            last_success=figures.last_success,
            next_run=turn.next_run,
            held=figures.held,
            set_aside=figures.quarantined.count,
            sign_in=delegated and (bound is None or dead),
            stale=figures.status is not None and (since is None or now - since > limit_of(job)),
        )


@asynccontextmanager
async def open_desk(app: App) -> AsyncIterator[AppDesk]:
    """The desk, for as long as the block runs."""
    desk = AppDesk(app)
    try:
        yield desk
    finally:
        await desk.close()


def _result_of(run: RunReport) -> Result:
    return Result(
        status=run.status,
        at=run.started,
        created=run.created,
        updated=run.updated,
        deleted=run.deleted,
        conflicts=run.conflicts,
        message=run.message,
    )


def _held_of(count: Count | None) -> tuple[HeldBack, ...]:
    return tuple(_held_back(held) for held in count.held) if count is not None else ()


def _held_back(held: Held) -> HeldBack:
    return HeldBack(guard=held.guard, count=len(held.actions) or len(held.links), name=held.hash, reason=held.reason)


def _held_by(last: RunReport | None, count: Count | None) -> int:
    """What the last run held back, until a count has told what that is, or that it is no longer so."""
    if last is None or last.status is not RunStatus.HELD:
        return 0
    return 0 if count is not None and count.at >= last.started else last.held


def _set_aside_of(entry: Quarantined) -> SetAside:
    return SetAside(side=entry.side, id=entry.id, reason=entry.reason, retry_at=entry.retry_at)
