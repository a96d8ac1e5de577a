"""What a recovery finds may have been edited since, where no listing shows it."""

from __future__ import annotations

from datetime import datetime

from outlookd.testing import MemoryStore
from sync.agenda import AgendaWorld

FAR = datetime(2031, 5, 6, 9)


async def test_an_event_of_an_earlier_life_far_outside_the_window_is_a_conflict_and_nothing_of_it_is_lost():
    world = AgendaWorld()
    world.add_row("anna")
    world.add_row("ancre")
    await world.run()
    event = world.event_of("anna")
    world.outlook.edit(event, FAR, subject="Repoussé")
    world.store = MemoryStore(world.crasher)
    world.edit_row("anna", outlook_id="")
    for _ in range(3):
        await world.run()
    assert await world.agree() == {}
    kept = [conflict.outlook for conflict in await world.store.conflicts(world.job.id)]
    assert {"Repoussé", f"{FAR:%Y-%m-%d}"} <= {value for fields in kept for value in fields.values()}
