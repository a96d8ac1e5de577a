"""Two copies of one state at work at the same time: whoever finds out makes nothing new, whoever is overtaken stops."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from copy import deepcopy
from dataclasses import replace

import pytest

from outlookd.core.model import Direction, RunStatus, Tally
from outlookd.core.seal import parse_seal
from outlookd.errors import Unreachable
from outlookd.testing import FakeClock, MemoryOutlook
from sync.claims import written
from sync.world import World, make_job

DIRECTIONS = [Direction.TO_OUTLOOK, Direction.BOTH]

Event = Callable[[], Awaitable[object]]


async def nothing() -> None:
    """Happens."""


class Slow(MemoryOutlook):
    """Every batch takes its time; something happens `meanwhile`, once, after the first one or when the folder is read."""

    clock_on_the_wall: FakeClock
    seconds = 0.0
    meanwhile: Event = staticmethod(nothing)
    looks = 0
    deaf = False

    async def write(self, writes):
        results = await super().write(writes)
        self.clock_on_the_wall.advance(self.seconds)
        await self.happen()
        return results

    async def read_seal(self, id):
        self.looks += 1
        if self.deaf:
            raise Unreachable("no answer", service="graph")
        return await super().read_seal(id)

    async def happen(self) -> None:
        event, self.meanwhile = self.meanwhile, nothing
        await event()


async def exported(direction: Direction = Direction.TO_OUTLOOK, *, rows: int = 40) -> World:
    world = World(job=make_job(direction))
    world.outlook = Slow(crasher=world.crasher)
    world.outlook.clock_on_the_wall = world.clock
    for number in range(rows):
        world.add_row(f"k{number:02}")
    for _ in range(2):
        await world.run()
    world.outlook.looks = 0
    return world


def cloned(world: World) -> World:
    """The same machine once more: one mailbox, one GoPaaS, two states."""
    clone = World(job=world.job, clock=world.clock, crasher=world.crasher)
    clone.crm, clone.outlook = world.crm, world.outlook
    clone.store = deepcopy(world.store, {id(world.crasher): world.crasher})
    return clone


def once_each(world: World) -> bool:
    contacts = Counter(body["givenName"] for body in world.contacts().values())
    rows = Counter(row["prenom"] for row in world.crm.rows.values())
    return contacts == rows and set(contacts.values()) == {1}


async def seal_elsewhere(world: World, **changes: object) -> None:
    """Another copy of the state puts its seal there."""
    seal = parse_seal(world.outlook.folders[world.folder].seal)
    assert seal is not None
    await world.outlook.seal_container(world.folder, str(replace(seal, **changes)))


async def suspended(world: World) -> bool:
    return bool((await world.store.notes(world.job.id)).get("suspended"))


@pytest.mark.parametrize("direction", DIRECTIONS)
async def test_a_clone_that_runs_while_the_first_one_writes_doubles_nothing(direction):
    world = await exported(direction)
    clone = cloned(world)
    for number in range(90):
        world.add_row(f"n{number:02}")
    reports = []

    async def the_clone_runs() -> None:
        reports.append(await clone.run())

    world.outlook.meanwhile = the_clone_runs
    reports.append(await world.run())
    for _ in range(3):
        reports += [await world.run(), await clone.run()]
    assert reports[0].created == Tally()
    assert (reports[1].status, reports[1].exit_status) == (RunStatus.FAILED, 75)
    assert "another copy of this state" in reports[1].message
    assert len(world.contacts()) == 130
    assert once_each(world)


@pytest.mark.parametrize("direction", DIRECTIONS)
async def test_what_is_new_follows_one_run_after_the_state_was_put_back(direction):
    world = await exported(direction)
    await world.store.note(world.job.id, "restored", "1")
    world.add_row("new")
    first = await world.run()
    assert (first.status, written(first), first.held) == (RunStatus.HELD, {}, 1)
    assert (await world.run()).created == Tally(outlook=1)
    assert once_each(world)


async def test_a_suspension_does_not_end_while_another_copy_puts_its_seal_there():
    world = await exported()
    await world.store.note(world.job.id, "restored", "1")
    world.crm.rows["k02"]["telephone"] = "0202"

    async def the_other_begins() -> None:
        await seal_elsewhere(world, epoch=9, nonce="other")

    world.outlook.meanwhile = the_other_begins
    assert written(await world.run()) == {"updated outlook": 1}
    assert await suspended(world)


async def test_a_suspension_goes_on_when_the_seal_cannot_be_read_in_the_end():
    world = await exported()
    await world.store.note(world.job.id, "restored", "1")
    world.crm.rows["k02"]["telephone"] = "0202"

    async def silence() -> None:
        world.outlook.deaf = True

    world.outlook.meanwhile = silence
    assert (await world.run()).status is RunStatus.OK
    assert await suspended(world)
    world.outlook.deaf = False
    await world.run()
    assert not await suspended(world)


async def test_two_copies_that_counted_alike_are_told_apart():
    world = await exported()
    world.crm.rows["k02"]["telephone"] = "0202"
    await world.run()
    await seal_elsewhere(world, nonce="other")
    world.add_row("new")
    report = await world.run()
    assert (report.created, report.suspended != "") == (Tally(), True)


async def test_a_run_that_is_overtaken_sends_nothing_more():
    world = await exported()
    for number in range(200):
        world.add_row(f"n{number:03}")

    async def the_other_begins() -> None:
        world.clock.advance(61)
        await seal_elsewhere(world, epoch=9, nonce="other")

    world.outlook.meanwhile = the_other_begins
    report = await world.run()
    # Batches that were under way are finished.
    assert (report.status, report.created.outlook <= 60) == (RunStatus.FAILED, True)
    assert len(world.contacts()) == 40 + report.created.outlook


async def test_a_run_that_cannot_look_at_the_seal_sends_nothing_more():
    world = await exported()
    for number in range(200):
        world.add_row(f"n{number:03}")

    async def silence() -> None:
        world.clock.advance(61)
        world.outlook.deaf = True

    world.outlook.meanwhile = silence
    report = await world.run()
    assert (report.status, report.created.outlook <= 60) == (RunStatus.FAILED, True)


@pytest.mark.parametrize(("seconds", "looks"), [(5, 1), (20, 3)])
async def test_a_run_looks_at_the_seal_once_a_minute(seconds, looks):
    world = await exported()
    for number in range(200):
        world.add_row(f"n{number:03}")
    world.outlook.seconds = seconds
    assert (await world.run()).created == Tally(outlook=200)
    assert world.outlook.looks == looks
