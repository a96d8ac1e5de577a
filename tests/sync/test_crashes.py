"""A process may die at any moment. Whatever was going on, the next run ends with nothing lost and nothing doubled."""

from __future__ import annotations

import pytest

from outlookd.core.model import Direction
from sync.dying import die_at
from sync.world import World, make_job


async def _settle(world: World) -> None:
    for _ in range(2):
        await world.run()


def _names(bodies) -> list[str]:
    return sorted(body["givenName"] for body in bodies)


def _export() -> World:
    world = World()
    for number in range(45):
        world.add_row(f"k{number:02}")
    return world


async def _assert_mirrors(world: World) -> None:
    assert _names(world.contacts().values()) == sorted(row["prenom"] for row in world.crm.rows.values())
    links = await world.links()
    assert {link.outlook_id for link in links.values()} == set(world.contacts())
    assert set(links) == set(world.crm.rows)
    assert await world.store.open_intents(world.job.id) == []


async def test_a_first_export_may_die_at_any_moment():
    moment = 0
    died = True
    while died:
        moment += 1
        world = _export()
        died = await die_at(world, moment)
        await _settle(world)
        await _assert_mirrors(world)
    assert moment > 10


async def test_a_run_of_updates_and_deletes_may_die_at_any_moment():
    moment = 0
    died = True
    while died:
        moment += 1
        world = _export()
        await world.run()
        for number in range(4):
            world.crm.rows.pop(f"k{number:02}")
        for number in range(10, 20):
            world.crm.rows[f"k{number}"]["societe"] = "Exemple"
        world.add_row("nouveau")
        died = await die_at(world, moment)
        await _settle(world)
        await _assert_mirrors(world)
        assert sum(body.get("companyName") == "Exemple" for body in world.contacts().values()) == 10
    assert moment > 8


async def test_a_two_way_run_may_die_at_any_moment():
    moment = 0
    died = True
    while died:
        moment += 1
        world = World(job=make_job(Direction.BOTH))
        for key in ("anna", "bruno", "chloe"):
            world.add_row(key)
        await world.run()
        world.outlook.add(world.folder, {"givenName": "Denis", "surname": "X", "emailAddresses": [{"address": "d@example.com"}]})
        world.outlook.edit(world.contact_of("anna"), companyName="Exemple")
        world.crm.rows["bruno"]["telephone"] = "0199"
        died = await die_at(world, moment)
        await _settle(world)
        await _assert_mirrors(world)
        assert world.crm.rows["anna"]["societe"] == "Exemple"
        assert world.outlook.items[world.contact_of("bruno")].body["mobilePhone"] == "0199"
        assert len(world.crm.rows) == 4
    assert moment > 8


async def test_an_export_whose_answers_are_lost_makes_every_contact_once():
    world = _export()
    world.outlook.lose_answers = 2
    await _settle(world)
    await _assert_mirrors(world)


async def test_a_create_that_never_arrived_is_given_time_before_it_is_sent_again():
    world = _export()
    await die_at(world, 6)
    before = world.clock.slept
    world.clock.advance(-300)
    await _settle(world)
    assert 0 < world.clock.slept - before <= world.job.recovery_wait.total_seconds()


@pytest.mark.parametrize("moment", [1, 2, 3, 4, 5, 6])
async def test_a_preview_after_a_crash_still_writes_nothing(moment):
    world = _export()
    await die_at(world, moment)
    items = dict(world.outlook.items)
    await world.plan()
    assert world.outlook.items == items


async def test_a_copy_that_a_person_made_is_not_taken_for_the_contact_whose_creation_was_interrupted():
    world = World()
    for key in ("ancre", "anna"):
        world.add_row(key)
    await world.run()
    first = world.contact_of("anna")
    copy = world.outlook.add(world.folder, world.outlook.items[first].body, marker=world.outlook.items[first].marker)
    world.outlook.delete(first)
    world.crm.rows["anna"]["societe"] = "Exemple"
    world.outlook.lose_answers = 1
    await _settle(world)
    link = (await world.links())["anna"]
    assert link.outlook_id != copy
    assert world.outlook.items[link.outlook_id].body["companyName"] == "Exemple"


async def test_what_a_person_types_into_a_contact_before_its_creation_was_recovered_is_not_lost():
    world = World(job=make_job(Direction.BOTH))
    for key in ("ancre", "anna"):
        world.add_row(key)
    await world.run()
    world.add_row("bruno")
    assert await die_at(world, 7)
    world.outlook.edit(world.contact_of("bruno"), companyName="Exemple")
    await _settle(world)
    assert world.crm.rows["bruno"]["societe"] == "Exemple"
