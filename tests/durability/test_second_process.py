"""Two processes on one database: one of them writes to the sides, the other is refused or takes over, and never both.

What one was doing when it was killed, the next run takes over at once: every test that kills shows that.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import time
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest
from busy_days import CalendarDay, ContactDay
from daemon_process import DaemonProcess, Hold
from trial import Passage
from warm_calls import WarmCommand

FAKETIME = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1")
BUSY = 75


@asynccontextmanager
async def disturbed(kind, directory):
    """A day with work to do behind a passage, and a second caller of the same command."""
    other = directory / "other"
    other.mkdir()
    async with kind.ready(directory) as day, Passage().open(day) as passage:
        day.edit('recovery_wait = "1s"', 'recovery_wait = "0s"')
        day.disturb()
        yield day, passage, WarmCommand(other)


def assert_refused(ended):
    assert (ended.status, "is running this job" in ended.said) == (BUSY, True), ended.said


async def test_of_two_runs_at_once_the_second_is_refused_and_writes_nothing(tmp_path):
    async with disturbed(ContactDay, tmp_path) as (day, passage, second):
        hold = Hold(passage)
        first = asyncio.create_task(day.call("sync"))
        await hold.caught()
        sent = passage.writes
        assert_refused(await second.call("sync", "--config", str(day.config)))
        assert passage.writes == sent
        hold.may_go.set()
        assert (await first).status == 0
        await day.assert_whole()
        await day.assert_settled()


async def test_two_runs_that_begin_in_the_same_instant_do_everything_once(tmp_path):
    async with disturbed(CalendarDay, tmp_path) as (day, _passage, second):
        both = await asyncio.gather(day.call("sync"), second.call("sync", "--config", str(day.config)))
        # Whichever came second was refused, or found the first one done.
        assert {ended.status for ended in both} <= {0, BUSY}, [ended.said for ended in both]
        assert (await day.call("sync")).status == 0
        await day.assert_whole()
        await day.assert_settled()


async def test_a_run_beside_a_daemon_that_is_at_work_is_refused_and_the_daemon_goes_on(tmp_path):
    async with disturbed(ContactDay, tmp_path) as (day, passage, _second):
        day.edit('interval = "5s"', 'interval = "1s"')
        hold = Hold(passage, number=1)
        async with DaemonProcess.running(day) as daemon:
            await hold.caught()
            assert_refused(await day.call("sync"))
            assert passage.writes == 1
            hold.may_go.set()
            await daemon.logged("sync.run.finished", status="ok")
            assert await daemon.stop() == 0
        await day.assert_whole()
        await day.assert_settled()


@pytest.mark.skipif(not FAKETIME.exists(), reason="needs libfaketime (Debian: faketime)")
async def test_a_clock_set_forward_does_not_let_a_second_process_in(tmp_path):
    async with disturbed(ContactDay, tmp_path) as (day, passage, _second):
        hold = Hold(passage)
        first = asyncio.create_task(day.call("sync"))
        await hold.caught()
        sent = passage.writes
        clock = {"LD_PRELOAD": str(FAKETIME), "FAKETIME": "+2h", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
        assert_refused(await day.run("sync", **clock))
        assert passage.writes == sent
        hold.may_go.set()
        assert (await first).status == 0
        await day.assert_whole()


class Freeze:
    """Stops the process that runs when its first write has been carried out and not yet been answered, as a laptop does when it is closed."""

    def __init__(self, day, passage):
        self.pid, self.frozen = 0, asyncio.Event()
        self._day = day
        passage.writes, passage.intervene = 0, self

    async def __call__(self, number, _body, forward):
        answer = await forward()
        if number == 1:
            self.pid = self._day.warm.pid
            os.kill(self.pid, signal.SIGSTOP)
            self.frozen.set()
        return answer


def let_leases_end(day):
    """As if the holder had not renewed them for a minute."""
    with closing(sqlite3.connect(day.state)) as db, db:
        assert db.execute("UPDATE lease SET expires = ?", [time.monotonic() - 1]).rowcount == 1


@pytest.mark.parametrize("kind", [ContactDay, CalendarDay])
async def test_a_frozen_process_whose_job_was_taken_over_sends_nothing_more_when_it_thaws(tmp_path, kind):
    async with disturbed(kind, tmp_path) as (day, passage, second):
        freeze = Freeze(day, passage)
        first = asyncio.create_task(day.call("sync"))
        await freeze.frozen.wait()
        let_leases_end(day)
        taken_over = await second.call("sync", "--config", str(day.config))
        assert taken_over.status == 0, taken_over.said
        await day.assert_whole()
        sent = passage.writes
        os.kill(freeze.pid, signal.SIGCONT)
        thawed = await first
        assert thawed.status in {1, BUSY}, thawed.said
        assert passage.writes == sent
        await day.assert_whole()
        await day.assert_settled()
