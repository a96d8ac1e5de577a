"""What a job would be told by the seal of its folder or calendar, asked without writing."""

from __future__ import annotations

from copy import deepcopy

import pytest

from outlookd.errors import ContainerMissing, KeptElsewhere
from outlookd.sync.footing import find_footing
from outlookd.sync.guardian import FORGOTTEN, LOST
from outlookd.testing import MemoryStore
from sync.agenda import AgendaWorld
from sync.world import World


async def contacts() -> World:
    world = World()
    world.add_row("anna")
    await world.run()
    world.crm.rows["anna"]["telephone"] = "0601"
    await world.run()
    return world


async def events() -> AgendaWorld:
    world = AgendaWorld()
    world.add_row("anna")
    await world.run()
    return world


async def footing(world) -> str:
    """As it is, with nothing written: neither on the folder nor in the state."""
    places = world.outlook.folders if isinstance(world, World) else world.outlook.calendars
    before = dict(places), deepcopy(await world.store.notes(world.job.id))
    try:
        return await find_footing(world.job, world.deps, await world.outlook.containers())
    finally:
        assert (dict(places), await world.store.notes(world.job.id)) == before


@pytest.mark.parametrize("house", [contacts, events])
async def test_a_folder_of_ours_says_nothing(house):
    assert await footing(await house()) == ""


@pytest.mark.parametrize("house", [contacts, events])
async def test_another_installation_is_named_before_anything_is_written(house):
    world = await house()
    world.store, world.keys = MemoryStore(world.crasher, install="feedbeef"), ("their key",)
    with pytest.raises(KeptElsewhere, match="0123abcd"):
        await footing(world)


@pytest.mark.parametrize("house", [contacts, events])
@pytest.mark.parametrize(("install", "reason"), [("feedbeef", LOST), ("0123abcd", FORGOTTEN)])
async def test_what_is_not_remembered_is_named_with_its_reason(house, install, reason):
    world = await house()
    world.store = MemoryStore(world.crasher, install=install)
    assert await footing(world) == reason


async def test_a_folder_s_name_that_is_somebody_else_s_is_said():
    world = World()
    world.outlook.add_folder(world.job.folder, marker="outlookd/1/feedbeef/folder/somebody/contact/contact/GoPaaS")
    with pytest.raises(ContainerMissing, match="belongs to another job"):
        await footing(world)


@pytest.mark.parametrize("world", [World(), AgendaWorld()])
async def test_where_nothing_was_written_yet_nothing_is_said(world):
    assert await footing(world) == ""
