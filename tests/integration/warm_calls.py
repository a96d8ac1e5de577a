"""Calls of the installed command that start at once, and can be killed: a process that has imported it, asked to fork itself.

One such process serves every test of this interpreter (`warm_command.py`). It keeps nothing of a call, which is a child of its own.
"""

from __future__ import annotations

import asyncio
import atexit
import json
import os
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

SCRIPT = Path(__file__).with_name("warm_command.py")


@dataclass
class Ended:
    """How a command ended. `peak` is its largest resident memory in MB, when it was measured."""

    status: int
    out: str
    err: str
    peak: float = 0.0

    @property
    def runs(self):
        return json.loads(self.out)["runs"]

    @property
    def plans(self):
        return json.loads(self.out)["plans"]

    @property
    def said(self):
        return self.out + self.err


@cache
def warm_process():
    """The id of the process that forks itself, and where it listens. Started by the first who asks, gone when this interpreter is."""
    address = Path(tempfile.mkdtemp(prefix="warm-")) / "door"
    # A sandbox has an authority of its own, and the system's hundred take longer to read than a quiet run.
    environment = {**plain_environment(), "SSL_CERT_FILE": os.devnull}
    order = [sys.executable, SCRIPT, address]
    process = subprocess.Popen(order, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)
    assert process.stdout.readline() == b"ready\n"
    atexit.register(_leave, process, address)
    return process.pid, address


def _leave(process, address):
    process.communicate()
    address.unlink()
    address.parent.rmdir()


@dataclass
class WarmCommand:
    """Calls whose answers go through files of one directory. One at a time; others may call from other directories meanwhile."""

    directory: Path
    pid: int = 0
    _busy: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def call(self, *arguments, largest_file=None):
        async with self._busy:
            out, err = self.directory / "out", self.directory / "err"
            order = {"arguments": arguments, "out": str(out), "err": str(err), "environ": {}, "largest_file": largest_file}
            answer, orders = await asyncio.open_unix_connection((await asyncio.to_thread(warm_process))[1])
            orders.write(json.dumps(order).encode() + b"\n")
            self.pid = int(await answer.readline())
            status = int(await answer.readline())
            self.pid = 0
            orders.close()
            await orders.wait_closed()
            return Ended(status, out.read_text(), err.read_text())

    def kill(self, pid):
        """As the kernel does when memory is short: no handler, no farewell. Nothing happens once the call with this pid has ended."""
        if pid and pid == self.pid:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def plain_environment():
    return {name: value for name, value in os.environ.items() if not name.startswith("OUTLOOKD_")}
