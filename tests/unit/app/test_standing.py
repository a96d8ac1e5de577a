"""Where a job stands, from what its runs left behind."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from outlookd.app.standing import standing_of
from outlookd.core.model import Commit, LinkStatus, Quarantined, RunReport, RunStatus, Side
from outlookd.testing import MemoryAccounts, MemoryStore
from outlookd.testing.samples import make_link

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
JOB = SimpleNamespace(id="claire/contact", user="claire", type="contact", interval=timedelta(minutes=5))


@pytest.fixture
def app():
    store = MemoryStore()
    store.accounts = MemoryAccounts()
    return SimpleNamespace(store=store, identities=SimpleNamespace(of_application=False))


async def ran(app, minute, status, **counts):
    started = NOON + timedelta(minutes=minute)
    await app.store.finish_run(
        RunReport(run=str(minute), job=JOB.id, user="claire", type="contact", status=status, started=started, **counts)
    )
    return started


async def test_a_run_that_found_its_folder_missing_is_no_success(app):
    good = await ran(app, 0, RunStatus.OK)
    await ran(app, 5, RunStatus.HELD, exit_status=3)
    standing = await standing_of(app, JOB)
    assert (standing.state, standing.last_success) == ("held", good)


async def test_a_run_whose_deletions_are_held_is_a_success(app):
    await ran(app, 0, RunStatus.OK)
    held = await ran(app, 5, RunStatus.HELD, exit_status=3, held=12)
    assert (await standing_of(app, JOB)).last_success == held


async def test_a_standing_names_what_is_quarantined(app):
    entry = Quarantined(side=Side.GOPAAS, id="k9", reason="no date", since=NOON, retry_at=NOON)
    await app.store.keep_quarantine(JOB.id, put=[entry])
    assert (await standing_of(app, JOB)).quarantine == [entry]


async def test_pairs_are_counted_by_how_they_are_kept(app):
    for number, status in enumerate([*LinkStatus, LinkStatus.FOLLOWER]):
        await app.store.commit([Commit(link=make_link(str(number), job=JOB.id, status=status))])
    standing = await standing_of(app, JOB)
    assert (standing.linked, standing.detached, standing.following) == (1, 1, 2)
