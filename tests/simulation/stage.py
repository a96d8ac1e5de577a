"""Where a history plays: the sandbox's services on the wire, and one installation of outlookd that is opened, cut off and opened again.

Real here: `App`, the engine, both adapters with their HTTP clients, the plugins, `SqliteStore`, and the sandbox's applications. Not real: sockets,
time, threads, and the sign-in: tokens come from a twin (`_Tokens`), because MSAL would cost more than everything else together; it has its own
tests. The database is a real file, best in memory: that it survives a power failure has its own tests, too.
"""

from __future__ import annotations

import asyncio
import atexit
import base64
import json
import logging
import resource
import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from outlookd.app import App, load_installation
from outlookd.app.jobs.installation import Installation
from outlookd.app.parts.connections import Connections
from outlookd.app.parts.identity import Identities
from outlookd.core.model import RunReport
from outlookd.errors import SignInNeeded
from outlookd.ports import TokenSource
from outlookd.sandbox.configuration import (
    API_KEY_FILE,
    CLIENT_SECRET_FILE,
    STATE_KEY_FILE,
    Addresses,
    configuration_text,
    write_private,
)
from outlookd.sandbox.gopaas import gopaas_app
from outlookd.sandbox.graph import graph_app
from outlookd.sandbox.meetings import Meetings
from outlookd.sandbox.seed import CLIENT_ID, UPNS, seed
from outlookd.sandbox.tokens import GRAPH
from outlookd.sandbox.views import Equals, View
from outlookd.sandbox.world import World, empty_world
from outlookd.settings import JobSettings
from outlookd.sync.place import RECHECK
from outlookd.sync.untold import UNTOLD
from outlookd.testing import Crash
from simulation.circumstances import AGENDA_FIELDS, CONTACTS, FIELDS, Circumstances, Part
from simulation.loop import VirtualLoop
from simulation.wire import WireConnector

START = datetime(2026, 11, 23, 8, 2, 30, tzinfo=UTC)
"""A Monday in winter; the clocks of Paris go forward on 28 March 2027, inside the longer window."""
GRAPH_AT, GOPAAS_AT = "127.0.0.1:1081", "127.0.0.1:1082"
SCOPES = frozenset({"Contacts.ReadWrite", "Calendars.ReadWrite"})
_UNHEARD = logging.Logger("simulated services")  # noqa: LOG001 (a service that loses its caller says so; nobody is to hear it)
_UNHEARD.addHandler(logging.NullHandler())
PAGE = 40
"""Rows that we ask GoPaaS for at a time. What has pages is the services' `page_cap`."""


class SimulatedClock:
    """`ports.Clock` on the loop's time, `skew` seconds ahead of everybody else."""

    def __init__(self, loop: VirtualLoop, skew: float = 0.0) -> None:
        self._loop = loop
        self._skew = timedelta(seconds=skew)

    def now(self) -> datetime:
        return START + timedelta(seconds=self._loop.time()) + self._skew

    def monotonic(self) -> float:
        return self._loop.time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class _Tokens:
    """The sign-in of one user, or of the application. What `AccountTokens` would answer, without asking anybody."""

    def __init__(self, stage: Stage, login: str) -> None:
        self._stage, self._login = stage, login
        self._token = ""

    async def token(self, *, claims: str = "", refresh: bool = False) -> str:
        if self._login in self._stage.signed_out:
            raise SignInNeeded("The sign-in is dead.", user=self._login, code="AADSTS50173")
        if refresh or claims or not self._token:
            directory = self._stage.world.directory
            person = "" if self._stage.circumstances.of_application else directory.user(UPNS[self._login]).object_id
            self._token = directory.tokens.issue_access(
                client_id=CLIENT_ID, object_id=person, scopes=SCOPES, audience=GRAPH, life=timedelta(days=4000)
            )
        return self._token


class _Identities(Identities):
    """With the twin in place of MSAL."""

    source: Callable[[str], TokenSource]

    def tokens(self, login: str) -> TokenSource:
        return self.source(login)


class _Connections(Connections):
    """With the wire in place of sockets."""

    connector: Callable[[], aiohttp.BaseConnector]

    def session(self, ca_file: Path | None) -> aiohttp.ClientSession:
        if ca_file not in self._sessions:
            session = aiohttp.ClientSession(
                connector=self.connector(), cookie_jar=aiohttp.DummyCookieJar(), headers={"User-Agent": "outlookd"}
            )
            self._stack.push_async_callback(session.close)
            self._sessions[ca_file] = session
        return self._sessions[ca_file]


@cache
def _workshop() -> Path:
    """A directory of this process, in memory where there is such a thing, with a configuration to start from."""
    memory = Path("/dev/shm")
    directory = Path(tempfile.mkdtemp(prefix="outlookd-simulation-", dir=memory if memory.is_dir() else None))
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    addresses = Addresses(
        entra="https://login.test/5d2f9c1e",
        graph=f"http://{GRAPH_AT}/v1.0",
        gopaas=f"http://{GOPAAS_AT}/crm",
        ca_file=directory / "ca",
    )
    addresses.ca_file.write_text("")
    for name, text in (
        (API_KEY_FILE, "key"),
        (CLIENT_SECRET_FILE, "secret"),
        (STATE_KEY_FILE, base64.b64encode(bytes(32)).decode()),
    ):
        write_private(directory / name, text)
    (directory / "outlookd.toml").write_text(configuration_text(addresses, directory, web_listen="127.0.0.1:8080", jobs=()))
    return directory


@cache
def _blank() -> Installation:
    """An installation without jobs. The plugins are loaded once per process."""
    return load_installation(_workshop() / "outlookd.toml", {})


@cache
def empty_database(install: str = "simulation") -> bytes:
    """A new state database of an installation, to be copied: making one takes longer than a run. Not to be called from within a loop."""
    path = _workshop() / "template.db"

    async def make() -> None:
        async with App(_with_state(_blank(), path)):
            pass

    loop = VirtualLoop()
    loop.run_until_complete(make())
    loop.close()
    _alter(path, "UPDATE installation SET id = ?", install)
    return path.read_bytes()


def _alter(path: Path, statement: str, *values: str) -> None:
    """Change a database that nobody has open, and leave the change in the file itself."""
    with closing(sqlite3.connect(path)) as db, db:
        db.execute(statement, values)


def _with_state(installation: Installation, path: Path) -> Installation:
    state = installation.settings.state.model_copy(update={"url": f"sqlite:///{path}"})
    return replace(installation, settings=replace(installation.settings, state=state))


class Stage:
    """One history's world. `open` it, `run` jobs, `close` it."""

    def __init__(self, loop: VirtualLoop, circumstances: Circumstances) -> None:
        self.loop = loop
        self.circumstances = circumstances
        self.clock = SimulatedClock(loop, circumstances.skew)
        self.world: World = empty_world(SimulatedClock(loop).now)
        self.signed_out: set[str] = set()
        self.path = _workshop() / "state.db"
        self.jobs: dict[Part, JobSettings] = {}
        self.app: App | None = None
        self.restarts = 0
        self._runners: dict[str, web.AppRunner] = {}

    # --- building up, taking down ----------------------------------------------------------------------------------------

    async def open(self) -> None:
        """The services, and outlookd over an empty database."""
        seed(self.world, contacts=0, events=0)
        for table in ("contact", "action"):
            self.world.crm.table(table).rows.clear()
        self.meetings = Meetings(self.world.directory, self.world.mail_log)
        self.world.crm.quirks.turn(self.circumstances.quirks)
        self.world.directory.switches.turn(self.circumstances.switches)
        graph = graph_app(self.world.directory, self.world.mail_log, self.world.faults, requests=self.world.requests["graph"])
        gopaas = gopaas_app(self.world.crm, self.world.access, self.world.faults, self.world.requests["gopaas"])
        for place, application in ((GRAPH_AT, graph), (GOPAAS_AT, gopaas)):
            self._runners[place] = web.AppRunner(application, access_log=None, logger=_UNHEARD)
            await self._runners[place].setup()
        self.jobs = {part: self._job(part) for part in self.circumstances.parts}
        self._installation = self._install()
        self.lose_state()
        await self.start_app()

    async def close(self) -> None:
        """Everything that `open` opened."""
        await self.stop_app()
        for runner in self._runners.values():
            await runner.cleanup()

    async def start_app(self) -> None:
        """A process of outlookd, over whatever database there is."""
        app = App(self._installation, clock=self.clock)
        await app.__aenter__()
        app.connections = _Connections(app._stack, self.clock)
        app.connections.connector = lambda: WireConnector(self.loop, {place: run.server for place, run in self._runners.items()})
        app.identities = _Identities(app.settings, app.store.accounts, self.clock, app._stack)
        sources = {login: _Tokens(self, login) for login in self.circumstances.logins}
        app.identities.source = sources.__getitem__
        self.app = app

    async def stop_app(self) -> None:
        """An orderly end."""
        app, self.app = self.app, None
        if app is not None:
            await app.__aexit__(None, None, None)

    # --- runs ------------------------------------------------------------------------------------------------------------

    async def run(self, part: Part, **options: Any) -> RunReport:
        """One run of one job."""
        return await self.app.sync(self.jobs[part], **options)

    async def run_and_die(self, part: Part, moment: int, *, survives: bool) -> RunReport | None:
        """A run in a process that is killed at that moment, and the start of the next process. None: it was killed."""
        task = asyncio.ensure_future(self.run(part))
        self.loop.mortality.arm(moment, survives=survives, on_death=task.cancel)
        report = None
        with suppress(Crash, BaseExceptionGroup, asyncio.CancelledError):
            report = await task
        died = self.loop.mortality.is_dead
        self.loop.mortality.disarm()
        if died:
            self.restarts += 1
            await self.stop_app()
            self._bury_lease()
            await self.start_app()
            return None
        return report

    async def holds(self) -> bool:
        """Whether a run would hold anything back now."""
        return any([(await self.app.plan(job)).held for job in self.jobs.values()])

    async def missed(self) -> frozenset[str]:
        """Items that a run asked for in vain, once, and of which no change feed tells: only the next run knows that they are gone (design rule 3)."""
        found = set[str]()
        for job in self.jobs.values():
            notes = await self.app.store.notes(job.id)
            untold, absent = notes.get(UNTOLD, "").split(), json.loads(notes.get(RECHECK, "{}")).get("absent", ())
            if untold and absent:
                found |= {link.outlook_id for link in await self.app.store.links(job.id) if link.id in untold}.intersection(absent)
        return frozenset(found)

    def _bury_lease(self) -> None:
        """In the test nobody died: the lease would name a living process, this one."""
        _alter(self.path, "UPDATE lease SET instance = 'dead'")

    # --- the database ----------------------------------------------------------------------------------------------------

    def lose_state(self) -> None:
        """A new database. Nobody may have the old one open."""
        self._replace_state(empty_database())

    def keep_state(self) -> bytes:
        """The database as it is now, as a backup would have it."""
        with closing(sqlite3.connect(self.path)) as db:
            return db.serialize()

    async def restore_state(self, kept: bytes | None) -> None:
        """Restart over that copy; None: over nothing."""
        await self.stop_app()
        if kept is None:
            self.lose_state()
        else:
            self._replace_state(kept)
            self._bury_lease()
        await self.start_app()

    def _replace_state(self, content: bytes) -> None:
        for suffix in ("-wal", "-shm"):
            self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)
        self.path.unlink(missing_ok=True)
        self.path.write_bytes(content)
        self.path.chmod(0o600)

    def fill_disk(self, *, full: bool) -> None:
        """Let no file of this process grow beyond what the database's log has now, or lift that again.

        What SQLite is told differs from a full disk's in its number only; a really full one is met in tests/durability.
        """
        _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
        log = self.path.with_name(f"{self.path.name}-wal")
        room = log.stat().st_size if full and log.exists() else most
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, most))

    # --- settings --------------------------------------------------------------------------------------------------------

    def _install(self) -> Installation:
        installation = _with_state(_blank(), self.path)
        settings = installation.settings
        entra = settings.entra.model_copy(update={"mode": "application" if self.circumstances.of_application else "delegated"})
        gopaas = settings.gopaas.model_copy(update={"page_size": PAGE})
        return replace(installation, settings=replace(settings, jobs=tuple(self.jobs.values()), entra=entra, gopaas=gopaas))

    def _job(self, part: Part) -> JobSettings:
        table, fields = ("contact", FIELDS) if part.type == CONTACTS else ("action", AGENDA_FIELDS)
        view = f"{table}.{part.login}"
        self._add_view(view, table, part)
        return JobSettings(
            user=part.login,
            type=part.type,
            table=table,
            view=view,
            map=fields,
            user_field="utilisateur",
            mailbox=UPNS[part.login],
            api_key=self.world.access.key_of(part.login),
            **part.settings,
        )

    def _add_view(self, name: str, table: str, part: Part) -> None:
        """A view that shows one user's rows to anybody, under a name that tells whose requests those are."""
        crm = self.world.crm
        shown = crm.view("contact.outlook" if table == "contact" else "action.outlook")
        own = Equals(column="utilisateur", value=part.login)
        near = tuple(
            condition for condition in shown.conditions if not (isinstance(condition, Equals) and condition.column == "utilisateur")
        )
        number = 5000 + len(self.jobs)
        crm.add_view(View(number=number, key=name, table=table, columns=shown.columns, conditions=(*near, own)))
