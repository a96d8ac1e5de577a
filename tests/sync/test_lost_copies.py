"""A copy of a state that was lost meanwhile: what its successor made again, at the same generation, is found and not made a third time."""

from __future__ import annotations

from collections import Counter
from copy import deepcopy
from dataclasses import replace

import pytest

from outlookd.core.model import Direction, RunStatus
from outlookd.core.rules import Limits
from outlookd.core.seal import parse_seal
from outlookd.sync.engine import approve
from outlookd.testing import MemoryStore
from sync.agenda import AgendaWorld
from sync.claims import settle, subjects, titles
from sync.houses import LATER
from sync.houses import kept as copied
from sync.world import World, make_job

DIRECTIONS = [Direction.TO_OUTLOOK, Direction.BOTH]


def kept(world: World) -> MemoryStore:
    """A backup of the state."""
    return deepcopy(world.store, {id(world.crasher): world.crasher})


async def exported(direction: Direction) -> World:
    world = World(job=make_job(direction))
    for number in range(12):
        world.add_row(f"k{number:02}")
    for _ in range(2):
        await world.run()
    return world


async def live_without(world: World, install: str, *gone: str, **options: bool) -> None:
    """The state is lost or forgotten, contacts are deleted meanwhile, and their rows are exported again."""
    ids = [world.contact_of(key) for key in gone]
    world.store = MemoryStore(world.crasher, install=install)
    for id in ids:
        world.outlook.delete(id)
    for _ in range(3):
        await world.run(**options)
    for key in gone:
        world.crm.rows[key]["telephone"] = "0600"
    await world.run()


def once_each(world: World) -> bool:
    return Counter(body["givenName"] for body in world.contacts().values()) == Counter(f"K{number:02}" for number in range(12))


async def assert_keeps_step(world: World, key: str) -> None:
    world.crm.rows[key]["telephone"] = "0700"
    assert (await world.run()).status is RunStatus.OK
    assert world.outlook.items[world.contact_of(key)].body["mobilePhone"] == "0700"
    assert once_each(world)


@pytest.mark.parametrize("direction", DIRECTIONS)
async def test_what_was_made_again_after_a_loss_is_known_to_the_copy_from_before_it(direction):
    world = await exported(direction)
    backup = kept(world)
    await live_without(world, "feedbeef", "k04")
    assert once_each(world)
    world.store = backup
    assert (await world.run(take_over=True)).status is not RunStatus.FAILED
    for _ in range(2):
        await world.run()
    assert once_each(world)
    await assert_keeps_step(world, "k04")


@pytest.mark.parametrize("direction", DIRECTIONS)
async def test_what_was_made_again_after_a_forgetting_is_known_to_the_copy_from_before_it(direction):
    world = await exported(direction)
    backup = kept(world)
    await live_without(world, "0123abcd", "k04")
    assert once_each(world)
    world.store = backup
    await world.store.note(world.job.id, "restored", "1")
    for _ in range(3):
        await world.run()
    assert once_each(world)
    await assert_keeps_step(world, "k04")


async def test_a_whole_folder_that_was_filled_again_is_known_to_the_copy_from_before_it():
    world = await exported(Direction.TO_OUTLOOK)
    backup = kept(world)
    await live_without(world, "feedbeef", *(f"k{number:02}" for number in range(12)))
    assert once_each(world)
    world.store = backup
    report = await world.run(take_over=True)
    for held in (await world.plan()).held:
        await approve(world.job, world.deps, held.hash)
    for _ in range(3):
        report = await world.run()
    assert report.status is RunStatus.OK
    assert once_each(world)
    await assert_keeps_step(world, "k04")


@pytest.mark.parametrize("lost", [False, True])
async def test_a_folder_that_was_made_again_is_known_to_the_copy_from_before_it(lost):
    world = await exported(Direction.TO_OUTLOOK)
    backup = kept(world)
    world.outlook.delete_folder(world.folder)
    if lost:
        world.store = MemoryStore(world.crasher, install="feedbeef")
    await world.run(recreate_folder=True)
    for _ in range(2):
        await world.run()
    folder = world.folder
    assert once_each(world)
    world.store = backup
    await world.run(take_over=True, recreate_folder=True)
    for _ in range(2):
        await world.run()
    assert world.folder == folder
    assert once_each(world)
    assert len(world.outlook.folders) == 1


async def test_an_event_made_again_after_a_loss_is_known_to_the_copy_from_before_it():
    world = AgendaWorld()
    world.add_row("anna")
    world.add_row("bruno", LATER)
    await settle(world)
    backup = copied(world)
    gone = world.event_of("anna")
    world.store = MemoryStore(world.crasher, install="feedbeef")
    world.outlook.delete(gone)
    await settle(world, 3)
    assert subjects(world) == ["Anna", "Bruno"]
    world.edit_row("anna", intitule="Anna again")
    await settle(world, 2)
    world.store = backup
    await world.run(take_over=True)
    await settle(world, 3)
    assert titles(world) == subjects(world) == ["Anna again", "Bruno"]


@pytest.mark.parametrize("take_over", [False, True])
async def test_many_new_records_ask_where_somebody_kept_the_folder_before(take_over):
    world = await exported(Direction.TO_OUTLOOK)
    world.set(limits=Limits(creates_min=5))
    world.store = MemoryStore(world.crasher, install="feedbeef")
    await world.run()
    seal = parse_seal(world.outlook.folders[world.folder].seal)
    assert seal is not None
    # As an heir sealed it that knew no ancestry: nothing tells that the contacts are ours.
    await world.outlook.seal_container(world.folder, str(replace(seal, former=())))
    world.store = MemoryStore(world.crasher, install="cafecafe")
    for _ in range(3):
        report = await world.run(take_over=take_over)
    assert report.status is RunStatus.HELD
    assert once_each(world)
    (held,) = (await world.plan()).held
    assert (held.guard, len(held.actions)) == ("creates", 12)
