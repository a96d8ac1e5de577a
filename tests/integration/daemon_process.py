"""`outlookd run` as a process of its own: signals, what it logs, and a passage that can hold up one of its writes."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from contextlib import asynccontextmanager, suppress

from trial import Passage, Trial, plain_environment
from waiting import DEADLINE

from outlookd.sandbox.seed import CLAIRE


class DaemonProcess:
    """A running daemon. `events` are its log lines."""

    def __init__(self, process):
        self.process = process
        self.events = []
        self._news = asyncio.Event()
        self._reading = asyncio.create_task(self._read())

    @classmethod
    @asynccontextmanager
    async def running(cls, trial, **environ):
        """The daemon, killed at the end of the block if it still lives."""
        arguments = (sys.executable, "-m", "outlookd.cli", "run", "--config", str(trial.config))
        environment = {**plain_environment(), **environ}
        process = await asyncio.create_subprocess_exec(*arguments, stderr=asyncio.subprocess.PIPE, env=environment, limit=2**20)
        daemon = cls(process)
        try:
            await daemon.logged("daemon.started")
            yield daemon
        finally:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
            await daemon._reading

    async def _read(self):
        while line := await self.process.stderr.readline():
            self.events.append(json.loads(line))
            self._news.set()
        self._news.set()

    def told(self, event, **fields):
        """The lines about it so far."""
        return [line for line in self.events if line["event"] == event and fields.items() <= line.items()]

    async def logged(self, event, *, times=1, **fields):
        """Wait until it has been logged so often."""
        async with asyncio.timeout(DEADLINE):
            while len(found := self.told(event, **fields)) < times:
                assert not self._reading.done(), self.events[-5:]
                self._news.clear()
                await self._news.wait()
        return found

    def tell(self, number):
        self.process.send_signal(number)

    async def ended(self):
        """Its exit status."""
        async with asyncio.timeout(DEADLINE):
            return await self.process.wait()

    async def stop(self):
        self.tell(signal.SIGTERM)
        return await self.ended()


class Hold:
    """Holds up one write on its way, until the test lets it go on."""

    def __init__(self, passage, number=2):
        self.arrived, self.may_go = asyncio.Event(), asyncio.Event()
        self._number = number
        passage.writes, passage.intervene = 0, self

    async def __call__(self, number, _body, forward):
        if number == self._number:
            self.arrived.set()
            await self.may_go.wait()
        return await forward()

    async def caught(self):
        async with asyncio.timeout(DEADLINE):
            await self.arrived.wait()


@asynccontextmanager
async def ready(directory, *, contacts=25, interval="1s"):
    """A trial whose user has signed in, behind a passage."""
    async with Trial.start(directory, contacts=contacts) as trial, Passage().open(trial) as passage:
        trial.edit('interval = "5s"', f'interval = "{interval}"\nrecovery_wait = "1s"')
        await trial.sign_in(CLAIRE)
        yield trial, passage
