"""Where a job stands, from what its runs left behind."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from outlookd.app.figures.standing import standing_of
from outlookd.core.model import Commit, LinkStatus, Quarantined, RunKind, RunReport, RunStatus, Side
from outlookd.ports import Binding
from outlookd.testing import FakeClock, MemoryAccounts, MemoryStore
from outlookd.testing.samples import make_link

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
JOB = SimpleNamespace(id="claire/contact", user="claire", type="contact", interval=timedelta(minutes=5))


@pytest.fixture
def app():
    store = MemoryStore()
    store.accounts = MemoryAccounts()
    return SimpleNamespace(store=store, identities=SimpleNamespace(of_application=False), clock=FakeClock(NOON))


async def sign_in(app):
    await app.store.accounts.bind(Binding(login="claire", tenant="t", object_id="o", home_account="h", bound_at=NOON), b"")


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


async def test_taking_a_run_back_says_nothing_of_how_the_job_stands(app):
    held = await ran(app, 0, RunStatus.HELD, held=12)
    await ran(app, 5, RunStatus.OK, kind=RunKind.UNDO)
    standing = await standing_of(app, JOB)
    assert (standing.state, standing.held, standing.last_run) == ("held", 12, held)
    assert (standing.run, standing.kind) == ("5", RunKind.UNDO)


async def test_a_standing_names_what_is_quarantined(app):
    entry = Quarantined(side=Side.GOPAAS, id="k9", reason="no date", since=NOON, retry_at=NOON)
    await app.store.keep_quarantine(JOB.id, put=[entry])
    assert (await standing_of(app, JOB)).quarantine == [entry]


async def test_pairs_are_counted_by_how_they_are_kept(app):
    for number, status in enumerate([*LinkStatus, LinkStatus.FOLLOWER]):
        await app.store.commit([Commit(link=make_link(str(number), job=JOB.id, status=status))])
    standing = await standing_of(app, JOB)
    # What a person took back rests like what is detached.
    assert (standing.linked, standing.detached, standing.following) == (1, 2, 2)


async def next_minute(app):
    """Minutes from noon to the next run, as it is told."""
    told = (await standing_of(app, JOB)).next_run
    return None if told is None else (told - NOON) / timedelta(minutes=1)


async def test_the_next_run_is_an_interval_after_the_last_one(app):
    await sign_in(app)
    assert await next_minute(app) is None
    await ran(app, 0, RunStatus.OK)
    assert await next_minute(app) == 5


async def test_the_next_run_of_a_failing_job_is_told_with_its_back_off(app):
    await sign_in(app)
    for minute, status in enumerate([RunStatus.FAILED, RunStatus.OK, *[RunStatus.FAILED] * 3]):
        await ran(app, minute, status)
    assert await next_minute(app) == 4 + 20


async def test_who_must_sign_in_has_no_next_run(app):
    await sign_in(app)
    await ran(app, 0, RunStatus.REAUTH)
    assert await next_minute(app) is None


async def test_no_next_run_is_told_that_should_have_been_long_ago(app):
    await sign_in(app)
    await ran(app, 0, RunStatus.OK)
    app.clock.advance(301)
    assert await next_minute(app) is None
