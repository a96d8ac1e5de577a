"""An opened installation: database, connections, sign-in, and one set of adapters per run.

Knows who needs what. What a run means is the engine's, when runs happen is `daemon`'s.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Self

import structlog
from aiohttp import TraceConfig

from outlookd.app.jobs.installation import Installation, compose_job
from outlookd.app.jobs.roster import Roster
from outlookd.app.parts.board import Board
from outlookd.app.parts.connections import Connections
from outlookd.app.parts.identity import Identities
from outlookd.app.parts.register import Register
from outlookd.core.model import Plan, RunReport, RunStatus
from outlookd.entra import HttpClient, Ticket
from outlookd.errors import ConfigurationError, OutlookdError
from outlookd.gopaas.adapter import GopaasAdapter
from outlookd.gopaas.settings_records import SettingsRecords
from outlookd.graph import ContactsAdapter, EventsAdapter, GraphClient, MailboxLimit
from outlookd.meter import SILENT, Meter
from outlookd.ports import Clock, FolderAdapter
from outlookd.runtime.clock import SystemClock
from outlookd.runtime.metrics import Metrics, counted_run
from outlookd.runtime.metrics.upstream import MeasuredClient, trace_requests
from outlookd.runtime.schedule import Schedule, Trigger
from outlookd.settings import JobSettings, Settings
from outlookd.store import SqliteStore, open_store
from outlookd.store.files import path_of
from outlookd.store.older import copy_if_older
from outlookd.sync.engine import approve, preview, run
from outlookd.sync.job import Deps, Job, Progress, silent

log = structlog.get_logger()


class App:
    """Everything that a command or the daemon works with, for as long as the ``async with`` block runs.

    Entering opens the database (and makes it, unless `read_only`) and starts the plugins. It calls nobody outside.
    Raises ConfigurationError, StoreTooNew, StoreFull or StoreError.
    """

    store: SqliteStore
    identities: Identities
    connections: Connections
    roster: Roster
    schedule: Schedule | None = None
    """Set for as long as the daemon runs: where pages and notifications wake jobs and see when the next run is."""
    ready: bool = False
    """Whether the daemon turns and is not about to end."""
    of_copy: bool = False
    """Whether the database is a copy of one that an earlier version made, brought up to date."""
    previous_shutdown_unclean: bool = False
    """Whether the daemon before this one was cut off. It only informs: what was interrupted recovers either way."""

    def __init__(
        self,
        installation: Installation,
        *,
        clock: Clock | None = None,
        read_only: bool = False,
        state_url: str = "",
        metrics: Metrics | None = None,
    ) -> None:
        """`state_url` puts the database elsewhere than the settings say. Commands end before anybody could look at `metrics`."""
        self.installation = installation
        self.settings = installation.settings
        self.plugins = installation.plugins
        self.clock = clock or SystemClock()
        self.metrics = metrics
        self.meter: Meter = SILENT if metrics is None else metrics
        self.board = Board()
        self.register = Register()
        self._read_only = read_only
        self._state_url = state_url or self.settings.state.url
        self._stack = AsyncExitStack()
        self._limits: dict[str, MailboxLimit] = {}

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as opening:
            opening.push_async_exit(self._stack)
            await self._open()
            opening.pop_all()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._stack.__aexit__(kind, error, trace)

    async def _open(self) -> None:
        self.store = await self._stack.enter_async_context(open_store(self._state_url, read_only=self._read_only))
        self.connections = Connections(self._stack, self.clock, traces=self._traces(), meter=self.meter)
        self.roster = Roster(
            self.settings,
            self.plugins,
            shelf=self.store.roster,
            source=self._settings_records,
            seal=lambda: self.identities.seal,
            clock=self.clock,
        )
        self.identities = Identities(
            self.settings,
            self.store.accounts,
            self.clock,
            self._stack,
            meter=self.meter,
            measured=self._measured,
            registration_of=self.roster.registration_of,
        )
        if self.metrics is not None:
            self.plugins.hooks.count_with(self.metrics.hook)
        await self.plugins.start()
        self._stack.push_async_callback(self.plugins.hooks.shutdown)
        await self.roster.load()

    # --- what is done ----------------------------------------------------------------------------------------------------

    def jobs(self, user: str | None = None, type: str | None = None) -> Sequence[JobSettings]:
        """Every job there is, those of one user or type only when asked."""
        return [job for job in self.roster.jobs if user in (None, job.user) and type in (None, job.type)]

    def adopt(self, settings: Settings) -> None:
        """Go on with other settings, and the same plugins. Runs under way keep theirs."""
        self.installation = Installation(settings=settings, plugins=self.plugins)
        self.settings = settings
        self.roster.adopt(settings)

    def wake(self, login: str, trigger: Trigger = Trigger.MANUAL) -> int:
        """Run every job of a user as soon as possible: they have just signed in, say. Returns how many; 0 without a daemon."""
        if self.schedule is None:
            return 0
        return sum(self.schedule.wake(job.id, trigger) for job in self.jobs(login))

    async def sync(
        self,
        job: JobSettings,
        *,
        full: bool = False,
        recreate_folder: bool = False,
        take_over: bool = False,
        impatient: bool = False,
        progress: Progress = silent,
        trigger: str = "manual",
    ) -> RunReport:
        """Run one job once. Never raises for what goes wrong in it: the report says what, and the next job goes on.

        `impatient` tries quarantined records at once, whatever their next try is.
        """
        with structlog.contextvars.bound_contextvars(job=job.id, user=job.user):
            with counted_run(self.metrics, resource=self.resource_of(job), trigger=trigger) as count:
                try:
                    composed, deps = self.prepare(job, progress)
                    report = await run(
                        composed, deps, full=full, recreate_folder=recreate_folder, impatient=impatient, take_over=take_over
                    )
                except OutlookdError as error:
                    report = self._failed(job, str(error), error.exit_status)
                count(report)
            return report

    async def plan(self, job: JobSettings, *, progress: Progress = silent) -> Plan:
        """What a run would do. Writes nothing anywhere. Raises OutlookdError."""
        with structlog.contextvars.bound_contextvars(job=job.id, user=job.user):
            return await preview(*self.prepare(job, progress))

    async def approve(self, job: JobSettings, name: str, *, progress: Progress = silent) -> bool:
        """Release what a guard of this job holds under the hash `name`. False: nothing is held under it. Raises OutlookdError."""
        with structlog.contextvars.bound_contextvars(job=job.id, user=job.user):
            return await approve(*self.prepare(job, progress), name)

    async def connect(self, login: str, *, replace: bool = False) -> Ticket:
        """A one-time link with which the person behind `login` signs in at Microsoft."""
        return await self.identities.signin.issue_ticket(login, replace=replace)

    def keeps_calendar(self, job: JobSettings) -> bool:
        """Whether the job's handler keeps events in step, and not contacts."""
        handler = self.plugins.handlers.get(job.type)
        return handler is not None and handler.resource == "events"

    def resource_of(self, job: JobSettings) -> str:
        """What the metrics call the job's kind of record."""
        return "calendar" if self.keeps_calendar(job) else "contacts"

    # --- what it is done with --------------------------------------------------------------------------------------------

    def gopaas(self, job: JobSettings, columns: frozenset[str]) -> GopaasAdapter:
        """The job's GoPaaS side. `columns` are those that its map needs.

        Only calendars ask for the days since the last reading: an export of contacts must notice rows that left the view at once.
        """
        settings = self.settings.gopaas
        client = self.connections.gopaas(settings, job, place=self.roster.place_of(job))
        own_rows = (job.user_field, job.user) if job.filter_by_user and job.user_field else None
        return GopaasAdapter(
            client,
            table=job.table,
            view=job.view,
            columns=columns,
            page_size=settings.page_size,
            filter=own_rows,
            zone=settings.timezone if self.keeps_calendar(job) else None,
            setting=self.roster.place_of(job),
        )

    def outlook(self, job: JobSettings) -> FolderAdapter:
        """The job's Outlook side: a calendar or a folder of contacts."""
        client = self.graph(job)
        return EventsAdapter(client) if self.keeps_calendar(job) else ContactsAdapter(client)

    def graph(self, job: JobSettings) -> GraphClient:
        """Graph, as the job calls it for its mailbox; jobs of one mailbox share its limit. Raises ConfigurationError."""
        return self._graph(job.user, job.mailbox_name, self._mailbox_of(job))

    def graph_as(self, login: str) -> GraphClient:
        """Graph, for what concerns a login and no mailbox: it need not have a job any more. Raises ConfigurationError."""
        return self._graph(login, login.casefold(), "me")

    def _graph(self, login: str, limited: str, mailbox: str) -> GraphClient:
        settings = self.settings.graph
        limit = self._limits.setdefault(limited, MailboxLimit(self.clock, concurrency=settings.concurrency))
        return GraphClient(
            self.connections.session(settings.ca_file),
            settings.url,
            self.identities.tokens(login),
            self.clock,
            mailbox=mailbox,
            random=random.random,
            limit=limit,
            meter=self.meter,
        )

    def _mailbox_of(self, job: JobSettings) -> str:
        """What the job's mailbox is called in Graph's addresses: an application has none of its own, and must name it."""
        if not self.identities.of_application:
            return "me"
        if not job.mailbox or "/" in job.mailbox:
            fault = (
                f'{self.roster.place_of(job)}.mailbox: must be the mailbox\'s address or object id, with entra.mode = "application"'
            )
            raise ConfigurationError("This job does not say which mailbox it is for.", faults=[fault])
        return f"users/{job.mailbox}"

    def prepare(self, job: JobSettings, progress: Progress = silent) -> tuple[Job, Deps]:
        """The job as the engine takes it, and the doors it works through. Raises ConfigurationError."""
        composed = compose_job(job, self.installation)
        return composed, Deps(
            store=self.store,
            clock=self.clock,
            gopaas=self.gopaas(job, composed.context.fieldmap.columns),
            outlook=self.outlook(job),
            hooks=self.plugins.hooks,
            progress=progress,
            keys=self.identities.seal.fingerprints,
        )

    def _traces(self) -> Sequence[TraceConfig]:
        """What measures our requests to Graph and GoPaaS."""
        if self.metrics is None:
            return ()
        return (trace_requests(self.metrics, lambda: {"graph": self.settings.graph.url, "gopaas": self.settings.gopaas.url}),)

    def _settings_records(self) -> SettingsRecords | None:
        """Where the roster reads; None: there are only ``[[job]]`` tables. Registrations may stay hidden where [entra] has one."""
        optional = ("client_id", "id_secret") if self.settings.entra.registration else ()
        return self.connections.settings_records(self.settings.gopaas, optional)

    def _measured(self, client: HttpClient) -> HttpClient:
        """What MSAL speaks through, measured."""
        return client if self.metrics is None else MeasuredClient(client, self.metrics)

    def _failed(self, job: JobSettings, message: str, exit_status: int) -> RunReport:
        return RunReport(
            run="",
            job=job.id,
            user=job.user,
            type=job.type,
            status=RunStatus.FAILED,
            started=self.clock.now(),
            message=message,
            exit_status=exit_status,
        )


@asynccontextmanager
async def open_existing(installation: Installation, *, read_only: bool = False) -> AsyncIterator[App]:
    """The app over the database that there is, or over an empty one that is thrown away.

    For commands that only look: a database that they made would belong to whoever looked, and the daemon could not write it. One
    that an earlier version made is left as it is, because that version may be running: a copy is brought up to date and looked at
    (`App.of_copy`), and thrown away as well. A `read_only` app refuses it instead.
    """
    path = path_of(installation.settings.state.url)
    if not path.exists():
        async with open_empty(installation) as app:
            yield app
    elif read_only:
        async with App(installation, read_only=True) as app:
            yield app
    else:
        with TemporaryDirectory(prefix="outlookd-") as directory:
            copy = Path(directory, "state.db")
            older = await asyncio.to_thread(copy_if_older, path, copy)
            async with App(installation, state_url=f"sqlite:///{copy}" if older else "") as app:
                app.of_copy = older
                yield app


@asynccontextmanager
async def open_empty(installation: Installation) -> AsyncIterator[App]:
    """The app over a new database that is thrown away."""
    with TemporaryDirectory(prefix="outlookd-") as directory:
        async with App(installation, state_url=f"sqlite:///{directory}/state.db") as app:
            yield app
