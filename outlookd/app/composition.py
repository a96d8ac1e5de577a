"""An opened installation: database, connections, sign-in, and one set of adapters per run.

Knows who needs what. What a run means is the engine's, when runs happen is `daemon`'s.
"""

from __future__ import annotations

import random
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Self

import aiohttp
import structlog
from pydantic import SecretStr

from outlookd.app.installation import Installation, compose_job
from outlookd.core.model import Plan, RunReport, RunStatus
from outlookd.entra import AccountTokens, Authority, Seal, SignIn, Ticket, delegated_scopes, read_key
from outlookd.errors import ConfigurationError, OutlookdError
from outlookd.gopaas.adapter import GopaasAdapter
from outlookd.gopaas.client import GopaasClient
from outlookd.gopaas.credentials import ApiKey, ClientCredentials, Credentials
from outlookd.graph import ContactsAdapter, EventsAdapter, GraphClient, MailboxLimit
from outlookd.ports import Clock, FolderAdapter
from outlookd.runtime.clock import SystemClock
from outlookd.settings import JobSettings
from outlookd.store import SqliteStore, open_store
from outlookd.store.files import path_of
from outlookd.sync.engine import approve, preview, run
from outlookd.sync.job import Deps, Job, Progress, silent

log = structlog.get_logger()


class App:
    """Everything that a command or the daemon works with, for as long as the ``async with`` block runs.

    Entering opens the database (and makes it, unless `read_only`) and starts the plugins. It calls nobody outside.
    Raises ConfigurationError, StoreTooNew, StoreFull or StoreError.
    """

    def __init__(
        self, installation: Installation, *, clock: Clock | None = None, read_only: bool = False, state_url: str = ""
    ) -> None:
        """`state_url` puts the database elsewhere than the settings say."""
        self.installation = installation
        self.settings = installation.settings
        self.plugins = installation.plugins
        self.clock = clock or SystemClock()
        self.store: SqliteStore
        self._read_only = read_only
        self._state_url = state_url or self.settings.state.url
        self._stack = AsyncExitStack()
        self._sessions: dict[Path | None, aiohttp.ClientSession] = {}
        self._credentials: dict[str, Credentials] = {}
        self._tokens: dict[str, AccountTokens] = {}
        self._limits: dict[str, MailboxLimit] = {}

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            self.store = await stack.enter_async_context(open_store(self._state_url, read_only=self._read_only))
            await self.plugins.start()
            stack.push_async_callback(self.plugins.hooks.shutdown)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._stack.__aexit__(kind, error, trace)

    # --- what is done ----------------------------------------------------------------------------------------------------

    def jobs(self, user: str | None = None, type: str | None = None) -> Sequence[JobSettings]:
        """The configured jobs, those of one user or type only when asked."""
        return [job for job in self.settings.jobs if user in (None, job.user) and type in (None, job.type)]

    async def sync(
        self,
        job: JobSettings,
        *,
        full: bool = False,
        recreate_folder: bool = False,
        impatient: bool = False,
        progress: Progress = silent,
    ) -> RunReport:
        """Run one job once. Never raises for what goes wrong in it: the report says what, and the next job goes on.

        `impatient` tries quarantined records at once, whatever their next try is.
        """
        with structlog.contextvars.bound_contextvars(job=job.id, user=job.user):
            try:
                composed = compose_job(job, self.installation)
                deps = self._deps(job, composed, progress)
                return await run(composed, deps, full=full, recreate_folder=recreate_folder, impatient=impatient)
            except OutlookdError as error:
                return self._failed(job, str(error), error.exit_status)

    async def plan(self, job: JobSettings, *, progress: Progress = silent) -> Plan:
        """What a run would do. Writes nothing anywhere. Raises OutlookdError."""
        with structlog.contextvars.bound_contextvars(job=job.id, user=job.user):
            composed = compose_job(job, self.installation)
            return await preview(composed, self._deps(job, composed, progress))

    async def approve(self, job: JobSettings, name: str) -> bool:
        """Release what a guard of this job holds under the hash `name`. False: nothing is held under it. Raises OutlookdError."""
        with structlog.contextvars.bound_contextvars(job=job.id, user=job.user):
            composed = compose_job(job, self.installation)
            return await approve(composed, self._deps(job, composed, silent), name)

    async def connect(self, login: str, *, replace: bool = False) -> Ticket:
        """A one-time link with which the person behind `login` signs in at Microsoft."""
        return await self.signin.issue_ticket(login, replace=replace)

    def keeps_calendar(self, job: JobSettings) -> bool:
        """Whether the job's handler keeps events in step, and not contacts."""
        handler = self.plugins.handlers.get(job.type)
        return handler is not None and handler.resource == "events"

    # --- what it is done with --------------------------------------------------------------------------------------------

    @cached_property
    def seal(self) -> Seal:
        """The state key: one per line of its file, newest first. Raises ConfigurationError."""
        lines = self.settings.state.key.get_secret_value().split()
        return Seal([read_key(line) for line in lines])

    @cached_property
    def authority(self) -> Authority:
        """Entra, as our registration sees it. Closed with the app."""
        entra = self.settings.entra
        authority = Authority(
            entra.authority,
            client_id=entra.client_id,
            client_secret=entra.client_secret.get_secret_value(),
            ca_file=entra.ca_file,
            instance_discovery=entra.instance_discovery,
        )
        self._stack.push_async_callback(authority.close)
        return authority

    @cached_property
    def signin(self) -> SignIn:
        """The sign-in of users."""
        return SignIn(
            accounts=self.store.accounts,
            authority=self.authority,
            seal=self.seal,
            clock=self.clock,
            scopes=self.scopes,
            public_url=self.settings.web.public_url,
            redirect_path=self.settings.web.redirect_path,
            tenants=self.settings.entra.tenants,
        )

    @property
    def scopes(self) -> tuple[str, ...]:
        """The permissions users are asked for."""
        return delegated_scopes(self.settings.graph.url)

    def tokens(self, login: str) -> AccountTokens:
        """The one token source of a login: two of them would renew the same token twice."""
        if login not in self._tokens:
            self._tokens[login] = AccountTokens(
                login,
                accounts=self.store.accounts,
                authority=self.authority,
                seal=self.seal,
                clock=self.clock,
                scopes=self.scopes,
            )
        return self._tokens[login]

    def gopaas(self, job: JobSettings, columns: frozenset[str]) -> GopaasAdapter:
        """The job's GoPaaS side. `columns` are those that its map needs.

        Only calendars ask for the days since the last reading: an export of contacts must notice rows that left the view at once.
        """
        settings = self.settings.gopaas
        client = GopaasClient(self._session(settings.ca_file), settings.url, self._credentials_of(job), self.clock)
        own_rows = (job.user_field, job.user) if job.filter_by_user and job.user_field else None
        return GopaasAdapter(
            client,
            table=job.table,
            view=job.view,
            columns=columns,
            page_size=settings.page_size,
            filter=own_rows,
            zone=settings.timezone if self.keeps_calendar(job) else None,
            setting=self.place_of(job),
        )

    def outlook(self, job: JobSettings) -> FolderAdapter:
        """The job's Outlook side: a calendar or a folder of contacts. Jobs of one user share the mailbox's limit."""
        settings = self.settings.graph
        limit = self._limits.setdefault(job.user, MailboxLimit(self.clock, concurrency=settings.concurrency))
        client = GraphClient(
            self._session(settings.ca_file),
            settings.url,
            self.tokens(job.user),
            self.clock,
            mailbox="me",
            random=random.random,
            limit=limit,
        )
        return EventsAdapter(client) if self.keeps_calendar(job) else ContactsAdapter(client)

    def _deps(self, job: JobSettings, composed: Job, progress: Progress) -> Deps:
        return Deps(
            store=self.store,
            clock=self.clock,
            gopaas=self.gopaas(job, composed.context.fieldmap.columns),
            outlook=self.outlook(job),
            hooks=self.plugins.hooks,
            progress=progress,
        )

    def _credentials_of(self, job: JobSettings) -> Credentials:
        """The job's own key, or everybody's. One object per secret, so that jobs share a token."""
        settings = self.settings.gopaas
        secret = job.api_key or settings.api_key or settings.client_secret or SecretStr("")
        owner = self.place_of(job) if job.api_key else "gopaas"
        name = secret.get_secret_value()
        if name not in self._credentials:
            self._credentials[name] = (
                ClientCredentials(
                    self._session(settings.ca_file),
                    settings.url,
                    settings.client_id or "",
                    name,
                    self.clock,
                    grant=settings.grant_type,
                )
                if secret is settings.client_secret
                else ApiKey(name, setting=f"{owner}.api_key_file")
            )
        return self._credentials[name]

    def place_of(self, job: JobSettings) -> str:
        """How the configuration calls the job, as its faults do."""
        return f"job[{self.settings.jobs.index(job) + 1}]"

    def _session(self, ca_file: Path | None) -> aiohttp.ClientSession:
        """One pool of connections per certificate authority. `ca_file` is trusted in addition to the system's."""
        if ca_file not in self._sessions:
            session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(ssl=_trust(ca_file), limit=64),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": "outlookd"},
            )
            self._stack.push_async_callback(session.close)
            self._sessions[ca_file] = session
        return self._sessions[ca_file]

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

    For commands that only look: a database that they made would belong to whoever looked, and the daemon could not write it.
    """
    if not path_of(installation.settings.state.url).exists():
        async with open_empty(installation) as app:
            yield app
        return
    async with App(installation, read_only=read_only) as app:
        yield app


@asynccontextmanager
async def open_empty(installation: Installation) -> AsyncIterator[App]:
    """The app over a new database that is thrown away."""
    with TemporaryDirectory(prefix="outlookd-") as directory:
        async with App(installation, state_url=f"sqlite:///{directory}/state.db") as app:
            yield app


def _trust(ca_file: Path | None) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context()
        if ca_file is not None:
            context.load_verify_locations(ca_file)
    except (OSError, ssl.SSLError) as error:
        fault = f"ca_file: {ca_file} is not a certificate file (PEM)"
        raise ConfigurationError("A certificate authority cannot be read.", faults=[fault]) from error
    return context
