"""Writes that go round in circles end by themselves, with what both sides show left as it is, and go on once the cause is gone."""

from __future__ import annotations

from outlookd.core.model import Direction, Side
from sync.world import World, make_job


async def test_a_contact_that_something_changes_back_each_time_is_set_aside_and_tried_again_later():
    world = World()
    world.add_row("anna", ville="Lyon")
    world.add_row("bruno")
    await world.run()
    anna = world.contact_of("anna")
    written = 0
    for number in range(8):
        world.outlook.edit(anna, homeAddress={"city": "Nantes"}, businessAddress={"city": "Nantes"})
        report = await world.run()
        written += report.updated.outlook
        if number > 3:
            assert report.quarantined == 1
    assert written == 2
    (entry,) = await world.store.quarantine(world.job.id)
    assert (entry.side, entry.id) == (Side.GOPAAS, "anna")
    assert entry.reason.startswith("loop suspected")
    world.crm.rows["bruno"]["ville"] = "Paris"
    assert (await world.run()).updated.outlook == 1
    for _ in range(30):
        await world.run()
    assert await world.store.quarantine(world.job.id) == []


async def test_two_sides_that_answer_each_other_for_ever_are_stopped():
    world = World(job=make_job(Direction.BOTH))
    world.add_row("anna", societe="a")
    await world.run()
    anna = world.contact_of("anna")
    written = []
    for number in range(12):
        if number % 2:
            world.crm.rows["anna"]["societe"] += "a"
        else:
            world.outlook.edit(anna, companyName=world.outlook.items[anna].body["companyName"] + "a")
        report = await world.run()
        written.append(report.updated.gopaas + report.updated.outlook)
    assert sum(written) == 5
    (entry,) = await world.store.quarantine(world.job.id)
    assert entry.reason.startswith("loop suspected")
