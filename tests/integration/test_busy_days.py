"""The days that all interruptions are tried on hold every kind of write: without that, those tests would prove little."""

from __future__ import annotations

import pytest
from busy_days import DAYS


@pytest.mark.parametrize("kind", DAYS)
async def test_a_busy_day_makes_every_kind_of_write_necessary(tmp_path, kind):
    async with kind.ready(tmp_path) as day:
        day.disturb()
        (run,) = (await day.call("sync", "--json")).runs
        await day.assert_whole()
        await day.assert_settled()
        assert run["created"]["gopaas"] > 1
        assert run["created"]["outlook"] > 1
        assert run["updated"]["gopaas"] > 1
        assert run["updated"]["outlook"] > 1
        # Nothing can be deleted in GoPaaS.
        assert (run["deleted"]["gopaas"], run["deleted"]["outlook"] > 1) == (0, True)
