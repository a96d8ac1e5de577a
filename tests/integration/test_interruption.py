"""Ctrl-C while the demo exports: a real signal to a real process."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

import pytest

COMMAND = Path(sys.executable).with_name("outlookd")


async def test_the_first_ctrl_c_ends_a_demo_that_runs_once():
    if not COMMAND.exists():
        pytest.skip("outlookd is not installed in this environment")
    pipe = asyncio.subprocess.PIPE
    demo = await asyncio.create_subprocess_exec(COMMAND, "demo", "--once", "--contacts", "800", stdout=pipe, stderr=pipe)
    said = ""
    while "writing" not in said:
        line = await demo.stderr.readline()
        assert line, f"the demo ended before it wrote: {said}"
        said += line.decode()
    demo.send_signal(signal.SIGINT)
    out, rest = await asyncio.wait_for(demo.communicate(), 30)
    assert (demo.returncode, out) == (130, b"")
    assert rest.endswith(b"Interrupted.\n")
    assert b"Traceback" not in rest
