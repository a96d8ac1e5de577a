"""What others left behind: the old button's folder, a person's contact, a lost state."""

from __future__ import annotations

import pytest

from outlookd.core.container import Container
from outlookd.core.model import Direction, Origin, Tally
from outlookd.testing import MemoryStore
from sync.world import World, make_job

ANNA = {"givenName": "Anna", "surname": "Durand", "emailAddresses": [{"address": "Anna@example.com"}], "mobilePhone": "0102"}


@pytest.fixture
def world() -> World:
    world = World()
    for key in ("anna", "bruno"):
        world.add_row(key)
    return world


def _old_folder(world: World, name: str = "GoPaaS") -> str:
    world.outlook.folders["old"] = Container(id="old", name=name, parent="root")
    return "old"


async def test_a_contact_of_the_old_button_is_adopted_not_doubled(world):
    folder = _old_folder(world)
    id = world.outlook.add(folder, ANNA)
    report = await world.run()
    assert report.created == Tally(outlook=1)
    assert len(world.contacts(folder)) == 2
    assert world.outlook.items[id].marker.endswith("/anna")


async def test_adopting_erases_nothing_that_gopaas_does_not_know(world):
    id = world.outlook.add(_old_folder(world), ANNA)
    await world.run()
    assert world.outlook.items[id].body["mobilePhone"] == "0102"


async def test_adopting_takes_what_gopaas_knows_better_and_keeps_the_other_value(world):
    world.crm.rows["anna"]["telephone"] = "0999"
    id = world.outlook.add(_old_folder(world), ANNA)
    await world.run()
    assert world.outlook.items[id].body["mobilePhone"] == "0999"
    assert (await world.store.conflicts(world.job.id))[0].outlook["mobilePhone"] == "0102"


async def test_an_adopted_contact_is_never_deleted(world):
    id = world.outlook.add(_old_folder(world), ANNA)
    await world.run()
    world.crm.shows = lambda row: row["prenom"] != "Anna"
    await world.run()
    assert id in world.outlook.items


async def test_a_persons_folder_of_the_same_name_is_not_taken_over(world):
    folder = _old_folder(world)
    world.outlook.add(folder, {"givenName": "Tante", "surname": "Exemple", "emailAddresses": [{"address": "tante@example.org"}]})
    await world.run()
    assert world.folder != folder
    assert world.outlook.folders[world.folder].name == "GoPaaS (2)"
    assert len(world.contacts(folder)) == 1


async def test_a_row_that_appears_later_adopts_a_stranger_seen_long_ago(world):
    await world.run()
    id = world.outlook.add(world.folder, {**ANNA, "givenName": "Zoe", "emailAddresses": [{"address": "zoe@example.com"}]})
    await world.run()
    world.add_row("zoe")
    report = await world.run()
    assert report.created == Tally()
    assert world.outlook.items[id].marker.endswith("/zoe")


async def test_twins_left_by_a_tool_are_not_multiplied(world):
    folder = _old_folder(world)
    for _ in range(2):
        world.outlook.add(folder, ANNA)
    await world.run()
    assert sum(body["givenName"] == "Anna" for body in world.contacts(folder).values()) == 2


@pytest.mark.parametrize("direction", [Direction.TO_OUTLOOK, Direction.BOTH])
async def test_a_lost_state_is_rebuilt_from_the_markers(direction):
    world = World(job=make_job(direction))
    for key in ("anna", "bruno", "chloe"):
        world.add_row(key)
    await world.run()
    if direction is Direction.BOTH:
        world.outlook.add(world.folder, {"givenName": "Denis", "surname": "X", "emailAddresses": []})
        await world.run()
    rows, contacts = len(world.crm.rows), len(world.contacts())
    world.store = MemoryStore(world.crasher)
    report = await world.run()
    assert (report.created, report.deleted) == (Tally(), Tally())
    assert (len(world.crm.rows), len(world.contacts())) == (rows, contacts)
    assert {link.origin for link in (await world.links()).values()} <= {Origin.GOPAAS, Origin.OUTLOOK}


@pytest.mark.parametrize(
    ("edits", "stays"),
    [({}, False), ({"personalNotes": "Met in Lyon"}, True), ({"mobilePhone": "0199"}, True), ({"jobTitle": "Baker"}, True)],
)
async def test_a_rebuilt_pair_goes_with_its_row_only_if_its_contact_is_a_mere_copy(world, edits, stays):
    await world.run()
    anna = world.contact_of("anna")
    world.outlook.edit(anna, **edits)
    world.store = MemoryStore(world.crasher)
    await world.run()
    world.crm.shows = lambda row: row["prenom"] != "Anna"
    await world.run()
    assert (anna in world.outlook.items) is stays
