"""A place to try the command in: a sandbox here, the command in processes of its own, and a passage between them that can intervene.

Shared by the tests of kills, scale, mishaps and log hygiene.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import sys
from contextlib import asynccontextmanager
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

import aiohttp
from aiohttp import web
from outbox import Outbox, watched
from warm_calls import Ended, WarmCommand, plain_environment

from outlookd.app import App, load_installation, pages
from outlookd.cli.demo import sign_in
from outlookd.cli.sandbox import free_port
from outlookd.sandbox.seed import CLAIRE, UPNS
from outlookd.sandbox.server import Sandbox, write_configuration
from outlookd.store import open_store

COMMAND = Path(sys.executable).with_name("outlookd")
JOB = "claire/contact/contact/GoPaaS"

MEASURE = """
import os, sys
pid = os.posix_spawn(sys.argv[2], sys.argv[2:], os.environ)
_, status, usage = os.wait4(pid, 0)
open(sys.argv[1], "w").write(str(usage.ru_maxrss))
sys.exit(os.waitstatus_to_exitcode(status))
"""
"""A process starts with the peak memory of whoever started it, so a small one must stand between this one and the measured one."""


@dataclass
class Trial:
    """A sandbox, a configuration for it in a directory of its own, and the command."""

    sandbox: Sandbox
    config: Path
    outbox: Outbox
    warm: WarmCommand

    JOBS = ("contact",)

    @classmethod
    @asynccontextmanager
    async def start(cls, directory, *, contacts=0, may_mail=False):
        """`may_mail` is for tests of ``allow_mail``: all others fail when our application made Exchange send anything."""
        async with await Sandbox.start(directory, contacts=contacts, events=0) as sandbox:
            with watched(sandbox, may_mail=may_mail) as outbox:
                config = write_configuration(sandbox, directory, web_listen=f"127.0.0.1:{free_port()}", jobs=cls.JOBS)
                yield cls(sandbox, config, outbox, WarmCommand(directory))

    # --- the command ------------------------------------------------------------------------------------------------------

    async def call(self, *arguments, **options):
        """The command in a process of its own that starts at once."""
        return await self.warm.call(*arguments, "--config", str(self.config), **options)

    async def run(self, *arguments, **environ):
        """The installed command as a shell would start it, measured."""
        usage = self.config.parent / "usage"
        order = [sys.executable, "-S", "-c", MEASURE, str(usage), str(COMMAND), *arguments]
        environment = {**plain_environment(), "OUTLOOKD_CONFIG": str(self.config), **environ}
        process = await asyncio.create_subprocess_exec(*order, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment)
        out, err = await process.communicate()
        return Ended(process.returncode, out.decode(), err.decode(), peak=int(usage.read_text()) / 1024)

    async def start_daemon(self):
        """`outlookd run` as the service manager would start it."""
        environment = {**plain_environment(), "OUTLOOKD_CONFIG": str(self.config)}
        return await asyncio.create_subprocess_exec(COMMAND, "run", stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment)

    async def sign_in(self, login=CLAIRE):
        async with App(load_installation(self.config, {})) as app, pages(app):
            await sign_in(app, self.sandbox, login)

    # --- the configuration and the state ----------------------------------------------------------------------------------

    @property
    def state(self):
        return self.config.parent / "state.db"

    def edit(self, old, new):
        text = self.config.read_text()
        assert old in text
        self.config.write_text(text.replace(old, new))

    def keep_state(self):
        """Remember the database as it is, for `restore_state`. Nobody may have it open."""
        shutil.copy(self.state, self.state.with_suffix(".kept"))

    def restore_state(self):
        for name in ("state.db-wal", "state.db-shm"):
            self.state.with_name(name).unlink(missing_ok=True)
        shutil.copy(self.state.with_suffix(".kept"), self.state)

    async def links(self):
        async with open_store(f"sqlite:///{self.state}", read_only=True) as store:
            return await store.links(JOB)

    # --- the world --------------------------------------------------------------------------------------------------------

    @property
    def table(self):
        return self.sandbox.crm.table("contact")

    @property
    def shown_rows(self):
        """What the view shows, by key."""
        crm = self.sandbox.crm
        return {row["cle"]: row for row in crm.rows_of(crm.view("contact.outlook"), caller="outlookd")}

    @property
    def mailbox(self):
        return self.sandbox.directory.user(UPNS[CLAIRE]).mailbox

    @property
    def folder(self):
        """The exported folder."""
        return next(folder for folder in self.mailbox.all_folders() if folder.name == "GoPaaS")

    @property
    def exported(self):
        return self.mailbox.contacts(self.folder.id)

    def edit_row(self, key, cells):
        """As a colleague at the CRM would."""
        self.sandbox.crm.edit("contact", key, cells, by="paul")

    def forget_requests(self):
        for log in self.sandbox.requests.values():
            log.clear()

    def remember_rows(self):
        return deepcopy(self.table.rows)


@dataclass
class Passage:
    """What stands between the command and a service. Every request passes, and `intervene` sees the writes.

    `intervene(number, forward)` is awaited for the writes of all services, counted from 1; it returns the answer or None to hang up.
    """

    intervene: object = None
    writes: int = 0

    @asynccontextmanager
    async def open(self, trial):
        """Put the passage in front of Graph and GoPaaS, and into the trial's configuration."""
        async with aiohttp.ClientSession(auto_decompress=False) as self.session:
            runners = []
            for url in (trial.sandbox.addresses.graph, trial.sandbox.addresses.gopaas):
                origin = url[: url.index("/", 8)]
                app = web.Application(client_max_size=2**26)
                app.router.add_route("*", "/{path:.*}", self._passing(origin))
                runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
                await runner.setup()
                runners.append(runner)
                await web.TCPSite(runner, "127.0.0.1", 0).start()
                trial.edit(origin, f"http://127.0.0.1:{runner.addresses[0][1]}")
            try:
                yield self
            finally:
                for runner in runners:
                    await runner.cleanup()

    def _passing(self, origin):
        async def passing(request):
            body = await request.read()

            async def forward(content=body):
                headers = {name: value for name, value in request.headers.items() if name.lower() != "content-length"}
                url = aiohttp.client.URL(origin + request.raw_path, encoded=True)
                async with self.session.request(request.method, url, headers=headers, data=content or None) as answer:
                    kept = {name: value for name, value in answer.headers.items() if name.lower() not in HOP}
                    return web.Response(status=answer.status, headers=kept, body=await answer.read())

            if not is_write(request, body) or self.intervene is None:
                return await forward()
            self.writes += 1
            answer = await self.intervene(self.writes, body, forward)
            if answer is None:
                if request.transport is not None:
                    request.transport.abort()
                return web.Response(status=500)
            return answer

        return passing


HOP = frozenset({"content-length", "transfer-encoding", "connection", "keep-alive"})


def is_write(request, body):
    """Whether a request changes something at the other end. A batch of reads does not."""
    if request.method == "GET":
        return False
    if request.path.endswith("/$batch"):
        return any(item["method"] != "GET" for item in json.loads(body)["requests"])
    return True
