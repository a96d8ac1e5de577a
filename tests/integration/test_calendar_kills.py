"""SIGKILL at every write of a calendar's run, seen from outside: no appointment lost, none doubled, nobody mailed.

Design rules 6, 7 and 13. The ways to die are `killer.py`'s.
"""

from __future__ import annotations

import pytest
from busy_days import WEEKS, CalendarDay
from killer import ONE_MANNER, SOME_MANNERS, kill_and_recover, spare_waiting
from trial import Passage

MOST_WRITES = 40


@pytest.mark.parametrize("manner", ONE_MANNER)
async def test_a_first_run_killed_at_any_write_ends_with_every_appointment_once(tmp_path, manner):
    async with CalendarDay.populated(tmp_path) as day, Passage().open(day) as passage:
        spare_waiting(day, manner)
        day.keep_world()
        for fatal in range(1, MOST_WRITES):
            day.restore_world()
            lived = await kill_and_recover(day, passage, fatal, manner)
            await day.assert_paired(25 + 15 + WEEKS + 1)
            await day.assert_settled()
            if not lived:
                break
        # One batch of records for what Outlook brought, two of events for what GoPaaS did, one for the ids of these.
        assert fatal >= 1 + 2 + 1 + 1


@pytest.mark.parametrize("manner", SOME_MANNERS)
async def test_a_two_way_run_killed_at_any_write_ends_with_every_change_on_both_sides(tmp_path, manner):
    async with CalendarDay.ready(tmp_path) as day, Passage().open(day) as passage:
        spare_waiting(day, manner)
        day.keep_world()
        for fatal in range(1, MOST_WRITES):
            day.restore_world()
            day.disturb()
            lived = await kill_and_recover(day, passage, fatal, manner)
            await day.assert_whole()
            await day.assert_settled()
            if not lived:
                break
        # Records and events in one batch each, the ids of new events, the deletions.
        assert fatal >= 1 + 1 + 1 + 1 + 1
