"""A sandbox in this process, and the installed command in processes of its own."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from outbox import watched
from restoring import logs_restored

from outlookd.app import App, load_installation, pages
from outlookd.cli import main
from outlookd.cli.demo import sign_in
from outlookd.cli.sandbox import free_port
from outlookd.sandbox.server import Sandbox, write_configuration

COMMAND = Path(sys.executable).with_name("outlookd")


@dataclass
class Ended:
    """How a command ended."""

    status: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)


def called(arguments):
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), pytest.raises(SystemExit) as ended:
        main(arguments)
    return Ended(ended.value.code, out.getvalue(), err.getvalue())


@dataclass
class Place:
    """A sandbox and a directory with the configuration for it."""

    sandbox: Sandbox
    config: Path
    contacts: int

    async def start(self, *arguments, **environ):
        environment = {key: value for key, value in os.environ.items() if not key.startswith("OUTLOOKD_")}
        return await asyncio.create_subprocess_exec(
            COMMAND,
            *arguments,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={**environment, "OUTLOOKD_CONFIG": str(self.config), **environ},
        )

    async def run(self, *arguments, **environ):
        """The installed command, in a process of its own."""
        process = await self.start(*arguments, **environ)
        out, err = await process.communicate()
        return Ended(process.returncode, out.decode(), err.decode())

    async def call(self, *arguments):
        """The same command in a thread of this process: what it says is the same, and it starts ten times as fast."""
        return await asyncio.to_thread(called, [*arguments, "--config", str(self.config)])

    async def sign_in(self):
        async with App(load_installation(self.config, {})) as app, pages(app):
            await sign_in(app, self.sandbox, "claire")

    def edit(self, old, new):
        text = self.config.read_text()
        assert old in text
        self.config.write_text(text.replace(old, new))


@pytest.fixture
def untouched_logs():
    with logs_restored():
        yield


@pytest_asyncio.fixture
async def place(tmp_path, untouched_logs):
    if not COMMAND.exists():
        pytest.skip("outlookd is not installed in this environment")
    async with await Sandbox.start(tmp_path, contacts=12) as sandbox:
        with watched(sandbox):
            config = write_configuration(sandbox, tmp_path, web_listen=f"127.0.0.1:{free_port()}", jobs=["contact"])
            yield Place(sandbox, config, 12)


@pytest_asyncio.fixture
async def signed_in(place):
    await place.sign_in()
    return place
