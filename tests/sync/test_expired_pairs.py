"""A pair that was forgotten for its age comes back as nothing, and is made once when its row comes back."""

from __future__ import annotations

import pytest

from outlookd.core.model import Direction, LinkStatus
from outlookd.core.rules import ViewExit
from outlookd.store import open_store
from sync.agenda import AgendaWorld
from sync.test_agenda_basics import subjects
from sync.world import World, make_job


@pytest.fixture
async def store(tmp_path):
    async with open_store(f"sqlite:///{tmp_path}/state.db") as store:
        yield store


async def forget_what_ended(world):
    """As if years had passed. Returns how many pairs that ended are still known: by their ids, and by nothing else."""
    later = world.clock.now().replace(year=2100)
    await world.store.upkeep.expire_journal(0, before=later)
    await world.store.upkeep.expire_conflicts(0, before=later)
    await world.store.upkeep.expire_ends(0, before=later)
    left = [link for link in await world.store.links(world.job.id) if link.status is LinkStatus.TOMBSTONE]
    assert all((link.gopaas.fields, link.outlook.fields, link.outlook.span) == ({}, {}, None) for link in left)
    return len(left)


async def assert_nothing_moves(world):
    for _ in range(2):
        report = await world.run(full=True)
        assert (report.created, report.updated, report.deleted) == (type(report.created)(),) * 3


@pytest.mark.parametrize("direction", [Direction.TO_OUTLOOK, Direction.BOTH])
async def test_a_contact_whose_row_went_stays_away_and_is_made_once_for_a_row_that_is_back(store, direction):
    world = World(job=make_job(direction))
    world.store = store
    for key in ("anna", "bruno"):
        world.add_row(key)
    await world.run()
    row = world.crm.rows.pop("anna")
    await world.run(full=True)
    assert await forget_what_ended(world) == 0
    await assert_nothing_moves(world)
    world.crm.rows["anna"] = row
    await world.run(full=True)
    await assert_nothing_moves(world)
    assert sorted(body["givenName"] for body in world.contacts().values()) == ["Anna", "Bruno"]


async def test_an_event_whose_row_went_stays_away_and_is_made_once_for_a_row_that_is_back(store):
    world = AgendaWorld()
    world.set(on_view_exit=ViewExit.DELETE)
    world.store = store
    for key in ("anna", "bruno"):
        world.add_row(key)
    await world.run(full=True)
    row = world.crm.rows.pop("anna")
    for _ in range(2):
        await world.run(full=True)
    assert subjects(world) == ["Bruno"]
    assert await forget_what_ended(world) == 1
    await assert_nothing_moves(world)
    world.crm.rows["anna"] = row | {"outlook_id": ""}
    await world.run(full=True)
    assert subjects(world) == ["Anna", "Bruno"]
    await assert_nothing_moves(world)
