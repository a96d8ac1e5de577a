"""strace around the command: what it asks of the file system is written down, or fails as on a bad disk.

The tracer is put on the warm command and follows its children, so a call of the command costs no start of its own. Counts such as
``when=3`` are strace's: it counts per thread, and all that the state database is asked for happens in one thread.
"""

from __future__ import annotations

import asyncio
import shutil
import signal
import subprocess
from contextlib import asynccontextmanager
from functools import cache

from warm_calls import warm_process


@cache
def why_not() -> str:
    """Why nothing can be traced here; empty: it can."""
    if shutil.which("strace") is None:
        return "strace is not installed"
    with subprocess.Popen(["sleep", "60"]) as sleeper:
        tried = subprocess.run(
            ["timeout", "-s", "INT", "0.3", "strace", "-p", str(sleeper.pid), "-o", "/dev/null"],
            capture_output=True,
            text=True,
            check=False,
        )
        sleeper.kill()
    return "" if "attached" in tried.stderr else f"tracing another process is not allowed here ({tried.stderr.strip()})"


@asynccontextmanager
async def traced(*options):
    """Every call of the command during the block is traced with these options."""
    pid, _ = await asyncio.to_thread(warm_process)
    order = ["strace", "-f", *options, "-p", str(pid)]
    tracer = await asyncio.create_subprocess_exec(*order, stderr=asyncio.subprocess.PIPE)
    assert b"attached" in (said := await tracer.stderr.readline()), said
    try:
        yield
    finally:
        tracer.send_signal(signal.SIGINT)
        await tracer.communicate()
