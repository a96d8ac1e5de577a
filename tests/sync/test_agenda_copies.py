"""A copy that a person made, after the state was lost."""

from __future__ import annotations

from outlookd.testing import MemoryStore
from sync.agenda import AgendaWorld
from sync.claims import assert_peace, settle, subjects, titles


async def test_a_copy_becomes_a_record_of_its_own_in_the_run_after_the_one_that_finds_the_first_again():
    world = AgendaWorld()
    world.add_row("anna")
    world.add_row("ancre")
    await world.run()
    world.outlook.copy(world.event_of("anna"))
    world.store = MemoryStore(world.crasher)
    await settle(world)
    assert (titles(world), subjects(world)) == (["Ancre", "Anna", "Anna"], ["Ancre", "Anna", "Anna"])
    await settle(world)
    await assert_peace(world)
