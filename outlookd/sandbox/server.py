"""Starts the whole sandbox on local ports, and writes the configuration with which a daemon finds it.

Three listeners: Entra (TLS, as MSAL demands), Graph and GoPaaS. The latter two also carry their side's page and the control API.
What the services answer is decided elsewhere.
"""

from __future__ import annotations

import base64
import secrets
import ssl
from collections.abc import Collection, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from aiohttp import web
from aiohttp.typedefs import Handler

from outlookd.sandbox import gopaas
from outlookd.sandbox.access import Access
from outlookd.sandbox.clock import Now, utc_now
from outlookd.sandbox.configuration import (
    API_KEY_FILE,
    CLIENT_SECRET_FILE,
    JOBS,
    OWN_KEY_FILE,
    REDIRECT_PATH,
    STATE_KEY_FILE,
    Addresses,
    configuration_text,
    write_private,
)
from outlookd.sandbox.control import control_app
from outlookd.sandbox.crm import Crm
from outlookd.sandbox.crm_pages import crm_pages
from outlookd.sandbox.crowd import Member, add_crowd
from outlookd.sandbox.directory import Directory
from outlookd.sandbox.entra import entra_app
from outlookd.sandbox.faults import Faults
from outlookd.sandbox.gopaas import gopaas_app
from outlookd.sandbox.graph import graph_app
from outlookd.sandbox.maillog import MailLog
from outlookd.sandbox.outlook_pages import outlook_pages
from outlookd.sandbox.requests import RequestLog
from outlookd.sandbox.seed import CLAIRE, CLIENT_ID, SERVICE_ACCOUNT, seed
from outlookd.sandbox.tls import issue
from outlookd.sandbox.world import World, empty_world

CONTROL = "/sandbox"
OUTLOOK = "/outlook"
GRACE = 1.0
"""Seconds that a request in work is given when the sandbox stops."""


class Sandbox:
    """A running sandbox. Make one with `start`; leave it with `stop`, or use it as an asynchronous context manager."""

    def __init__(self, world: World, addresses: Addresses, running: AsyncExitStack, members: tuple[Member, ...] = ()) -> None:
        self.world = world
        self.addresses = addresses
        self.members = members
        self._running = running

    @classmethod
    async def start(
        cls,
        directory: Path,
        *,
        contacts: int = 32,
        events: int = 9,
        appointments: bool = False,
        users: int = 0,
        host: str = "127.0.0.1",
        entra_port: int = 0,
        graph_port: int = 0,
        gopaas_port: int = 0,
        now: Now = utc_now,
    ) -> Self:
        """Seed a new world and put it on ports; 0 means any free one. `directory` (made if missing) receives the CA's certificate.

        `users` more people come with `crowd.py`; they are in `members`.

        Raises OSError when a port is taken; nothing keeps running then.
        """
        world = empty_world(now)
        seed(world, contacts=contacts, events=events, appointments=appointments)
        members = add_crowd(world, users) if users else ()
        tls, ca_file = _issue(directory)
        async with AsyncExitStack() as stack:
            entra = entra_app(world.directory, world.faults, requests=world.requests["entra"])
            entra_at = await _serve(stack, entra, host, entra_port, tls)
            graph_at = await _serve(stack, _graph_side(world), host, graph_port)
            gopaas_at = await _serve(stack, _gopaas_side(world), host, gopaas_port)
            addresses = Addresses(
                entra=f"https://localhost:{entra_at}/{world.directory.tenant_id}",
                graph=f"http://127.0.0.1:{graph_at}/v1.0",
                gopaas=f"http://127.0.0.1:{gopaas_at}{gopaas.PREFIX}",
                ca_file=ca_file,
            )
            running = stack.pop_all()
        return cls(world, addresses, running, members)

    async def stop(self) -> None:
        """Close the listeners. A second call does nothing."""
        await self._running.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.stop()

    @property
    def directory(self) -> Directory:
        """The tenant with its people and mailboxes."""
        return self.world.directory

    @property
    def crm(self) -> Crm:
        """The CRM's tables and views."""
        return self.world.crm

    @property
    def access(self) -> Access:
        """The CRM's API keys and tokens."""
        return self.world.access

    @property
    def mail_log(self) -> MailLog:
        """What Exchange would have sent."""
        return self.world.mail_log

    @property
    def faults(self) -> Faults:
        """The misfortunes on order, for every service."""
        return self.world.faults

    @property
    def requests(self) -> Mapping[str, RequestLog]:
        """The request logs of ``entra``, ``graph`` and ``gopaas``."""
        return self.world.requests


def write_configuration(
    sandbox: Sandbox,
    directory: Path,
    *,
    web_listen: str,
    jobs: Collection[str] = JOBS,
    records: bool = False,
    crowd: bool = False,
    interval: str = "5s",
) -> Path:
    """Write ``outlookd.toml`` and its secret files (mode 0600) into `directory`, and return the former's path.

    `web_listen` is the ``host:port`` on which the daemon will serve its sign-in; it becomes a redirect URI of the registration.
    `jobs` are those of claire that it will run; with `records` it runs those of the settings records as well. Hers are among these,
    so `jobs` should then be empty. With `crowd` it runs one job for each of the sandbox's `members` instead, as an application that
    needs nobody to sign in. `interval` is what it waits between two runs of a job. A state key that is already there stays,
    or a state kept with it could not be read any more.
    """
    directory = directory.resolve()
    directory.mkdir(parents=True, exist_ok=True)
    client = sandbox.directory.client(CLIENT_ID)
    if client is None:
        raise LookupError("the seeded registration was removed")
    client.redirect_uris = tuple(dict.fromkeys((*client.redirect_uris, f"http://{web_listen}{REDIRECT_PATH}")))
    _write_secrets(sandbox, directory, client.secret)
    path = directory / "outlookd.toml"
    text = configuration_text(
        sandbox.addresses,
        directory,
        web_listen=web_listen,
        jobs=() if crowd else jobs,
        records=records,
        crowd=sandbox.members if crowd else (),
        interval=interval,
    )
    path.write_text(text, encoding="utf-8")
    return path


def _write_secrets(sandbox: Sandbox, directory: Path, client_secret: str) -> None:
    write_private(directory / API_KEY_FILE, sandbox.access.key_of(SERVICE_ACCOUNT))
    write_private(directory / OWN_KEY_FILE, sandbox.access.key_of(CLAIRE))
    write_private(directory / CLIENT_SECRET_FILE, client_secret)
    if not (directory / STATE_KEY_FILE).exists():
        write_private(directory / STATE_KEY_FILE, base64.b64encode(secrets.token_bytes(32)).decode())


def _issue(directory: Path) -> tuple[ssl.SSLContext, Path]:
    directory = directory.resolve()
    directory.mkdir(parents=True, exist_ok=True)
    return issue(directory)


def _graph_side(world: World) -> web.Application:
    app = graph_app(world.directory, world.mail_log, world.faults, requests=world.requests["graph"])
    app.add_subapp(OUTLOOK, outlook_pages(world.directory, world.mail_log, root=OUTLOOK))
    return _with_controls(app, world, home=f"{OUTLOOK}/")


def _gopaas_side(world: World) -> web.Application:
    app = gopaas_app(world.crm, world.access, world.faults, world.requests["gopaas"])
    app.add_subapp(gopaas.PREFIX, crm_pages(world.crm, root=gopaas.PREFIX, person=CLAIRE))
    return _with_controls(app, world, home=f"{gopaas.PREFIX}/")


def _with_controls(app: web.Application, world: World, *, home: str) -> web.Application:
    app.add_subapp(CONTROL, control_app(world))
    app.router.add_get("/", _sends_to(home))
    return app


def _sends_to(place: str) -> Handler:
    async def redirect(_request: web.Request) -> web.StreamResponse:
        raise web.HTTPSeeOther(place)

    return redirect


async def _serve(stack: AsyncExitStack, app: web.Application, host: str, port: int, tls: ssl.SSLContext | None = None) -> int:
    """Put an application on a port, to be taken off by `stack`. Returns the port."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=GRACE)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    await web.TCPSite(runner, host, port, ssl_context=tls).start()
    return int(runner.addresses[0][1])
