"""Leases: renewed while their holder lives, taken over when it does not, never moved by a clock."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
from contextlib import asynccontextmanager, suppress
from dataclasses import replace

import pytest
from waiting import DEADLINE

from outlookd.core.model import Commit
from outlookd.errors import JobBusy
from outlookd.store.database import open_database
from outlookd.store.lease import LIFE, Leases, Owner, this_process
from outlookd.store.sqlite import SqliteStore
from outlookd.testing.samples import JOB, make_entry, make_intent, make_link

HERE = this_process()
ELSEWHERE = Owner(host="another-host", pid=1, instance="x")


class Time:
    """Monotonic seconds that pass when told to; sleepers wake when theirs have passed."""

    def __init__(self):
        self.now = 5000.0
        self._sleepers = []
        self._asleep = asyncio.Event()

    def monotonic(self):
        return self.now

    async def sleep(self, seconds):
        waking = asyncio.get_running_loop().create_future()
        self._sleepers.append((self.now + seconds, waking))
        self._asleep.set()
        await waking

    async def pass_in_turns(self, seconds):
        """Let time pass while the renewal runs: it is asleep again afterwards."""
        for _ in range(int(seconds // (LIFE / 3))):
            await asyncio.wait_for(self._asleep.wait(), DEADLINE)
            self._asleep.clear()
            self.now += LIFE / 3
            [(_, waking)], self._sleepers = self._sleepers, []
            waking.set_result(None)
            await asyncio.wait_for(self._asleep.wait(), DEADLINE)


@pytest.fixture
async def database(tmp_path):
    async with open_database(tmp_path / "state.db") as database:
        yield database


@pytest.fixture
async def time():
    return Time()


@pytest.fixture
def leases(database, time):
    """Makes the leases of a process on the shared database and clock."""
    return lambda owner=HERE: Leases(database, owner=owner, monotonic=time.monotonic, sleep=time.sleep)


@asynccontextmanager
async def left_behind(leases):
    """A lease whose holder is gone, or seems to be, without having given it back."""
    with suppress(JobBusy):
        async with leases.hold(JOB):
            yield


async def take(leases):
    async with leases.hold(JOB):
        pass


def dead_pid():
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    return child.pid


async def test_a_long_run_keeps_its_lease(leases, time):
    async with leases(ELSEWHERE).hold(JOB):
        await time.pass_in_turns(3 * LIFE)
        with pytest.raises(JobBusy):
            await take(leases())


async def test_a_lease_that_was_not_renewed_is_taken_over(leases, time):
    async with left_behind(leases(ELSEWHERE)):
        time.now += LIFE + 0.1
        await take(leases())


async def test_a_lease_within_its_life_is_not_taken_over(leases, time):
    async with left_behind(leases(ELSEWHERE)):
        time.now += LIFE - 0.1
        with pytest.raises(JobBusy):
            await take(leases())


async def test_a_dead_processs_lease_is_taken_over_at_once(leases):
    async with left_behind(leases(replace(HERE, pid=dead_pid(), instance="x"))):
        await take(leases())


async def test_a_live_processs_lease_is_respected(leases):
    async with left_behind(leases(replace(HERE, pid=os.getppid(), instance="x"))):
        with pytest.raises(JobBusy):
            await take(leases())


async def test_a_pid_of_another_host_says_nothing_about_its_life(leases):
    async with left_behind(leases(replace(ELSEWHERE, pid=dead_pid()))):
        with pytest.raises(JobBusy):
            await take(leases())


async def test_an_earlier_process_with_the_same_pid_is_dead(leases):
    """A container's first process is always number 1."""
    async with left_behind(leases(replace(HERE, instance="the one before"))):
        await take(leases())


async def test_a_lease_from_before_a_reboot_is_void(leases, time):
    """The machine's seconds start again, so it seems to last for hours."""
    async with left_behind(leases(ELSEWHERE)):
        time.now = 30.0
        await take(leases())


async def test_a_busy_job_names_its_holder(leases):
    async with left_behind(leases(replace(ELSEWHERE, pid=4242))):
        with pytest.raises(JobBusy, match="process 4242 on another-host"):
            await take(leases())


async def test_a_holder_that_lost_its_lease_learns_it_at_the_end(leases, time):
    late = leases(ELSEWHERE).hold(JOB)
    await late.__aenter__()
    time.now += LIFE + 1
    async with leases().hold(JOB):
        with pytest.raises(JobBusy):
            await late.__aexit__(None, None, None)


async def test_a_holder_that_lost_its_lease_does_not_end_the_others(leases, time):
    async with left_behind(leases(ELSEWHERE)):
        time.now += LIFE + 1
        other = leases().hold(JOB)
        await other.__aenter__()
    with pytest.raises(JobBusy):
        await take(leases(replace(ELSEWHERE, host="a third")))
    await other.__aexit__(None, None, None)


async def test_a_holder_that_lost_its_lease_announces_nothing_more(database, leases, time):
    """Two processes that write to one mailbox would make duplicates."""
    theirs = leases(ELSEWHERE)
    frozen = SqliteStore(database, leases=theirs)
    async with left_behind(theirs):
        time.now += LIFE + 1
        async with leases().hold(JOB):
            with pytest.raises(JobBusy):
                await frozen.intend([make_intent(make_link("1"))])
    assert not await frozen.open_intents(JOB)


async def test_what_was_done_is_recorded_whoever_holds_the_lease(database, leases, time):
    theirs, link = leases(ELSEWHERE), make_link("1")
    frozen = SqliteStore(database, leases=theirs)
    async with left_behind(theirs):
        await frozen.intend([make_intent(link)])
        time.now += LIFE + 1
        async with leases().hold(JOB):
            await frozen.commit([Commit(intent=make_intent(link).id, link=link, journal=make_entry(link))])
    assert (list(await frozen.links(JOB)), len(await frozen.open_intents(JOB))) == ([link], 0)


async def test_a_lease_that_cannot_be_written_does_not_end_its_run(database, leases, time):
    """A full disk, say: neither renewing nor giving back is possible then, and the run has its own troubles to report."""
    async with leases().hold(JOB):
        await database.read(lambda db: db.execute("PRAGMA query_only = ON").fetchone())
        await time.pass_in_turns(LIFE)
    await database.read(lambda db: db.execute("PRAGMA query_only = OFF").fetchone())
    time.now += LIFE + 1
    await take(leases())


async def test_a_lease_whose_taker_was_cancelled_is_given_back(database, leases):
    """The transaction is carried through, and nobody would ever end it."""
    go_on = threading.Event()
    busy = asyncio.create_task(database.write(lambda db: go_on.wait(5)))
    taker = asyncio.create_task(take(leases(ELSEWHERE)))
    await asyncio.sleep(0)
    taker.cancel()
    await asyncio.sleep(0)
    go_on.set()
    await asyncio.wait([busy, taker])
    await take(leases())


async def test_the_renewal_ends_with_the_block(leases):
    await take(leases())
    assert [task.get_name() for task in asyncio.all_tasks() if task.get_name() == "store.lease.renewal"] == []
