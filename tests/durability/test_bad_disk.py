"""A disk that fails in the middle of a run: full from some write on, or a sync that reports an error. A real process, real SQLite.

What must hold after any of it (design rule 13, operations 5.5): a clear refusal, nothing on a side that the store does not know, the
database sound, and a next run with a good disk that ends with everything once.
"""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from contextlib import closing
from random import Random

import pytest
from busy_days import DAYS, assert_recorded
from effort import SOAK
from tracer import traced

SEED = 20261123
SAMPLE = 1
"""At so many moments of a run the disk is full, and at so many a sync fails; at all of them in the soak."""


AFTERWARDS = 2
"""Giving the job back, and copying the log into the file: they come when the run has been recorded, and fail no run."""


def assert_told(ended, *, after_the_run):
    assert ended.status in ({0, 1, 75} if after_the_run else {1, 75}), ended.said
    assert ended.status == 0 or "state.db" in ended.said
    assert "Traceback" not in ended.said


def assert_sound(day):
    with closing(sqlite3.connect(f"file:{day.state}?mode=ro", uri=True)) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


async def moments_of(day):
    """Each transaction of the day's run: how many calls of each kind the store's thread had made when it became durable."""
    trace = day.config.parent / "trace"
    async with traced("-e", "trace=pwrite64,fdatasync", "-y", "-o", str(trace)):
        day.disturb()
        ended = await day.call("sync")
        assert ended.status == 0, ended.said
    made, moments = Counter(), []
    for line in trace.read_text().splitlines():
        made.update(call for call in ("pwrite64", "fdatasync") if f" {call}(" in line)
        if re.search(r" fdatasync\(.*state\.db-wal>", line):
            moments.append(dict(made))
    return moments


async def fail_and_mend(day, call, fault, *, after_the_run):
    """A run whose `call` fails as `fault` says, and one with a good disk."""
    day.restore_world()
    day.disturb()
    async with traced("-e", f"trace={call}", "-e", f"inject={call}:{fault}", "-o", "/dev/null"):
        ended = await day.call("sync")
    assert_told(ended, after_the_run=after_the_run)
    assert_sound(day)
    await assert_recorded(day)
    mended = await day.call("sync")
    assert mended.status == 0, mended.said
    await day.assert_whole()
    await day.assert_settled()


@pytest.mark.parametrize("kind", DAYS)
async def test_a_disk_that_fails_at_any_moment_of_a_run_loses_and_doubles_nothing(tmp_path, strace, kind):
    random = Random(SEED)
    async with kind.ready(tmp_path) as day:
        day.edit('recovery_wait = "1s"', 'recovery_wait = "0s"')
        day.keep_world()
        moments = await moments_of(day)
        for call, error, lasts in (("pwrite64", "ENOSPC", "+"), ("fdatasync", "EIO", "")):
            for moment in moments if SOAK else random.sample(moments, SAMPLE):
                fault = f"error={error}:when={moment[call]}{lasts}"
                await fail_and_mend(day, call, fault, after_the_run=moment in moments[-AFTERWARDS:])
