"""SIGKILL at any instant, again and again, while people go on working: in the end everything is on both sides, once.

`tests/integration/test_kills.py` kills at every write; this kills anywhere, also while the database is being written, while nothing
happens, and while the run before is still being recovered.
"""

from __future__ import annotations

import asyncio
import os
from random import Random, randrange
from time import monotonic

import pytest
from busy_days import DAYS
from effort import SOAK
from killer import KILLED

SEED = int(os.environ.get("CRASH_SEED", randrange(2**32) if SOAK else 20260504))
ROUNDS = 60 if SOAK else 1
KILLS = 6 if SOAK else 4
"""So many kills are tried in each round, and then the day must come to its end."""


async def length_of_a_run(day):
    """How many seconds the day's run takes here and now."""
    day.disturb()
    began = monotonic()
    assert (await day.call("sync")).status == 0
    return monotonic() - began


@pytest.mark.parametrize("kind", DAYS)
async def test_whatever_is_killed_again_and_again_ends_with_everything_once(tmp_path, kind):
    print(f"CRASH_SEED={SEED}")  # noqa: T201 (whoever sees a failure can repeat it)
    random, killed = Random(SEED), 0
    async with kind.ready(tmp_path) as day:
        day.edit('recovery_wait = "1s"', 'recovery_wait = "0s"')
        day.keep_world()
        length = await length_of_a_run(day)
        for _ in range(ROUNDS):
            day.restore_world()
            day.disturb()
            for _ in range(KILLS):
                run = asyncio.create_task(day.call("sync"))
                await asyncio.sleep(random.uniform(0, length))
                day.warm.kill(day.warm.pid)
                killed += (await run).status == KILLED
            ended = await day.call("sync")
            assert ended.status == 0, ended.said
            await day.assert_whole()
            await day.assert_settled()
    assert killed >= ROUNDS
