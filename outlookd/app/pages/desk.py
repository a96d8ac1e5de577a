"""What the pages show of the jobs, and what their buttons do: `web.jobs.desk.Desk` over an opened installation.

Knows where each figure comes from. Who may see it is decided in `web`; the texts are there too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from importlib.metadata import version
from typing import Literal, assert_never

import structlog

from outlookd.app.composition import App
from outlookd.app.figures.snapshot import limit_of
from outlookd.app.figures.standing import is_signed_out, succeeded
from outlookd.app.jobs.objections import direction_of, read_map
from outlookd.app.pages.bars import Bars
from outlookd.app.pages.counting import Count, Counting
from outlookd.app.pages.telling import name_of_pair
from outlookd.core.fieldmap import FieldMap
from outlookd.core.model import Direction, Held, Quarantined, RunKind, RunReport, RunStatus, Side
from outlookd.errors import ConfigurationError, OutlookdError, StoreFull
from outlookd.ports import Binding
from outlookd.runtime.schedule import Trigger, Turn
from outlookd.settings import JobSettings
from outlookd.store.figures import JobFigures
from outlookd.store.journal import Decided
from outlookd.web.history.about import About
from outlookd.web.jobs.desk import (
    Answer,
    Disputed,
    Fault,
    HeldBack,
    Overview,
    Panel,
    Remedy,
    Result,
    SetAside,
    Standing,
    Waiting,
    address_of,
)

log = structlog.get_logger()

MOST_SET_ASIDE = 10
"""Records that a panel names; the rest is a number."""

MOST_DISPUTED = 20
DISPUTED_FOR = timedelta(days=7)
"""So many conflicts are told, for so long: whoever lost a change notices it soon, or never."""

ONE_PRESS = 60.0
"""Seconds in which a second approval of the same thing is the first one pressed again: a double click, or another window."""

MOST_RUNS = 50
"""Runs among which the last one that saw everything is looked for. Failing ever more rarely, a job makes as many in two days."""

_COMES_BACK = StoreFull.exit_status
"""How a run ends that may succeed later without anybody acting."""

LOOK_BACK = timedelta(days=90)
"""Successes before that are not told: a date of long ago helps nobody."""


class AppDesk:
    """Implements `web.jobs.desk.Desk`."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._bars = Bars(app.board)
        self._counting = Counting(app, busy=lambda job: self._turn(job).running_since is not None)
        self._disputed: dict[str, tuple[str, tuple[Disputed, ...]]] = {}
        self._approved: dict[tuple[str, str], float] = {}
        self._addresses: Mapping[str, JobSettings] = {}
        self._addressed: tuple[JobSettings, ...] = ()

    async def aclose(self) -> None:
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

    def about(self, job: str) -> About | None:
        """What the pages of that job say at their top."""
        settings = self._app.roster.find(job)
        if settings is None:
            return None
        return About(
            job=settings.id,
            login=settings.user,
            resource=self._resource(settings),
            direction=self._direction(settings),
            folder=settings.folder,
        )

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
        last = await self._last(job.id)
        set_aside = await store.quarantine(job.id)
        holding = await self._holding(job, last)
        bound = binding.bound_at if binding else None
        signed_out = self._signed_out(bound, last.status if last else None, last.started if last else None)
        count, bar = self._counting.latest(job, last), self._bars.of(job.id)
        if not signed_out:
            self._counting.ask(job, holding)
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
            held_count=_held_by(holding, count),
            set_aside=tuple(self._set_aside(job, entry) for entry in set_aside[:MOST_SET_ASIDE]),
            set_aside_count=len(set_aside),
            sign_in=signed_out,
            connected=binding is not None,
            remedy=await self._remedy(job, last),
            disputed=await self._disputes(job),
        )

    async def _last(self, job: str) -> RunReport | None:
        """The latest run that kept the job in step: what a person takes back or settles says nothing of how things stand."""
        return next((run for run in await self._app.store.runs(job, MOST_RUNS) if run.kind is RunKind.SYNC), None)

    async def _disputes(self, job: JobSettings) -> tuple[Disputed, ...]:
        """The latest conflicts, read once per run: a page asks every second, and only runs decide conflicts, of whatever kind."""
        last = next(iter(await self._app.store.runs(job.id, 1)), None)
        if last is None:
            return ()
        since = self._app.clock.now() - DISPUTED_FOR
        run, known = self._disputed.get(job.id, ("", ()))
        if run != last.run:
            found = await self._app.store.decided(job.id, since=since, limit=MOST_DISPUTED)
            columns = self._columns(job) if found else {}
            known = tuple(_disputed_of(decided, columns) for decided in found)
            self._disputed[job.id] = last.run, known
        return tuple(one for one in known if one.at >= since)

    async def _holding(self, job: JobSettings, last: RunReport | None) -> RunReport | None:
        """The run that holds something back: the last one that saw both sides. One that failed since has released nothing."""
        if last is None or succeeded(last):
            runs = [last] if last is not None else []
        else:
            runs = [run for run in await self._app.store.runs(job.id, MOST_RUNS) if run.kind is RunKind.SYNC and succeeded(run)]
        return next((run for run in runs[:1] if run.held), None)

    async def _remedy(self, job: JobSettings, last: RunReport | None) -> Remedy | None:
        """What helps after the last run. A run that is held for nothing in particular has not found its folder."""
        if last is None or succeeded(last):
            return None
        match last.status:
            case RunStatus.OK | RunStatus.HELD:
                if self._app.keeps_calendar(job):
                    return Remedy.CALENDAR
                return Remedy.FOLDER if await self._app.store.container(job.id) is not None else Remedy.NAME
            case RunStatus.FAILED:
                return Remedy.WAIT if last.exit_status == _COMES_BACK else Remedy.ADMIN
            case RunStatus.REAUTH:
                return Remedy.ADMIN
        assert_never(last.status)

    def _set_aside(self, job: JobSettings, entry: Quarantined) -> SetAside:
        """The entry, its field under the name that people know from that side: of a row, the column."""
        field, colon, reason = entry.reason.partition(": ")
        if not colon or " " in field:
            field, reason = "", entry.reason
        elif entry.side is Side.GOPAAS:
            field = self._columns(job).get(field, field)
        return SetAside(side=entry.side, id=entry.id, field=field, reason=reason, retry_at=entry.retry_at)

    def _columns(self, job: JobSettings) -> Mapping[str, str]:
        """The GoPaaS column of each field of ours. Nothing for a map that cannot be read, which is told where it is edited."""
        handler = self._app.plugins.handlers.get(job.type)
        try:
            fieldmap = read_map(job, handler, self._app.plugins) if handler is not None else FieldMap()
        except ConfigurationError:
            return {}
        return {rule.outlook: rule.gopaas for rule in fieldmap.rules}

    async def _last_success(self, job: JobSettings, last: RunReport | None) -> datetime | None:
        if last is None or last.status is RunStatus.OK:
            return last.started if last is not None else None
        figures = await self._app.store.figures([job.id], since=self._app.clock.now() - LOOK_BACK)
        return figures.jobs[job.id].last_success

    def _signed_out(self, bound: datetime | None, status: RunStatus | None, last_run: datetime | None) -> bool:
        """The same as `is_signed_out`; never so where the application signs in by itself."""
        return not self._app.identities.of_application and is_signed_out(bound, status, last_run)

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
        settings = self._app.roster.find(job)
        if settings is None:
            return Answer.CHANGED
        try:
            released = await self._app.approve(settings, name)
        except OutlookdError as error:
            log.warning("pages.approval.failed", job=job, error=type(error).__name__)
            return Answer.LATER
        self._counting.forget(job)
        log.info("pages.approval", job=job, released=released)
        now = self._app.clock.monotonic()
        self._approved = {key: at for key, at in self._approved.items() if now - at < ONE_PRESS}
        if not released:
            return Answer.APPROVED if (job, name) in self._approved else Answer.CHANGED
        self._approved[job, name] = now
        self._wake(job)
        return Answer.APPROVED

    async def recreate(self, job: str) -> Answer:
        """Have the job run now, and make its folder again if that is what is missing: a page may be older than what it shows."""
        settings = self._app.roster.find(job)
        if settings is None:
            return Answer.LATER
        last = await self._last(job)
        if await self._remedy(settings, last) is Remedy.FOLDER:
            self._app.board.allow_folder(job)
            log.info("pages.folder.allowed", job=job)
        return await self.start(job)

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
            sign_in=self._signed_out(bound, figures.status, figures.last_run),
            stale=figures.status is not None and (since is None or now - since > limit_of(job)),
        )


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


def _held_by(holding: RunReport | None, count: Count | None) -> int:
    """What a run holds back, until a count has told what that is, or that it is no longer so."""
    if holding is None or (count is not None and count.at >= holding.started):
        return 0
    return holding.held


def _disputed_of(decided: Decided, columns: Mapping[str, str]) -> Disputed:
    conflict, link = decided.conflict, decided.link
    values = [(columns.get(name, name), value, conflict.outlook.get(name)) for name, value in conflict.gopaas.items()]
    return Disputed(
        at=decided.at,
        name=name_of_pair(link) or link.gopaas_id,
        values=tuple((name, one, other) for name, one, other in values if one != other),
        kept=conflict.resolved or decided.kept,
    )
