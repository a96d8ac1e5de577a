"""The store has no room from its n-th call of a run on, for every n: the run stops, and with room the next ones end with everything once.

In memory, so that every n can be tried. What SQLite and the real process do on a full disk is in `test_bad_disk.py`.
"""

from __future__ import annotations

from datetime import datetime

import pytest
from sync.agenda import DAY, TOMORROW, AgendaWorld
from sync.world import World, make_job

from outlookd.core.model import Direction, RunStatus
from outlookd.errors import StoreFull

LATER = datetime(2026, 12, 3, 10, 15)
LOOKS = frozenset({"conflicts", "container", "install_id", "journal", "links", "notes", "open_intents", "others", "quarantine"})
LOOKS |= {"report", "runs", "sightings", "watermark"}
"""A full disk can still be read. What is not named here is taken for a write."""


class FullStore:
    """A store that has room for so many writes."""

    def __init__(self, store, room):
        self._store, self._room = store, room
        self.refused = False

    def __getattr__(self, name):
        method = getattr(self._store, name)
        if name in LOOKS or name == "lease":
            return method

        async def write(*arguments, **named):
            if self._room == 0:
                self.refused = True
                raise StoreFull("no room left", code="SQLITE_FULL")
            self._room -= 1
            return await method(*arguments, **named)

        return write


async def contacts():
    """Both sides edited, with a contact to make on each."""
    world = World(job=make_job(Direction.BOTH))
    for key in ("anna", "bruno", "chloe", "dora"):
        world.add_row(key)
    await world.run()
    world.outlook.add(world.folder, {"givenName": "Denis", "surname": "X", "emailAddresses": [{"address": "d@example.com"}]})
    world.outlook.edit(world.contact_of("anna"), companyName="Exemple")
    world.crm.rows["bruno"]["telephone"] = "0199"
    world.add_row("eva")
    del world.crm.rows["dora"]
    return world


def assert_contacts(world):
    assert sorted(row["prenom"] for row in world.crm.rows.values()) == ["Anna", "Bruno", "Chloe", "Denis", "Eva"]
    assert sorted(body["givenName"] for body in world.contacts().values()) == ["Anna", "Bruno", "Chloe", "Denis", "Eva"]
    assert world.crm.rows["anna"]["societe"] == "Exemple"
    assert world.outlook.items[world.contact_of("bruno")].body["mobilePhone"] == "0199"


async def agenda():
    """The same of a calendar."""
    world = AgendaWorld()
    for number in range(3):
        world.add_row(f"row {number}", TOMORROW + number * DAY)
        world.outlook.add(LATER + number * DAY, subject=f"event {number}")
    await world.run()
    ids = {event.content["subject"]: id for id, event in world.outlook.events.items()}
    world.outlook.edit(ids["Row 0"], location="Nantes")
    world.edit_row(world.row_of(ids["event 0"]), LATER - DAY)
    world.delete_row("row 1")
    world.add_row("eva", LATER + 8 * DAY)
    world.outlook.add(LATER + 9 * DAY, subject="Since")
    return world


def assert_agenda(world):
    rows = {row["intitule"]: row for row in world.crm.rows.values()}
    names = sorted(["Eva", "Row 0", "Row 2", "Since", "event 0", "event 1", "event 2"])
    assert sorted(row["intitule"] for row in world.crm.rows.values()) == names
    assert sorted(event.content["subject"] for event in world.outlook.events.values()) == names
    assert (rows["Row 0"]["lieu"], rows["event 0"]["date_debut"]) == ("Nantes", "2026-12-02")


@pytest.mark.parametrize(("prepare", "assert_whole"), [(contacts, assert_contacts), (agenda, assert_agenda)])
async def test_a_store_that_is_full_from_any_write_on_stops_the_run_and_loses_and_doubles_nothing(prepare, assert_whole):
    room, stopped = 0, True
    while stopped:
        world = await prepare()
        whole, world.store = world.store, FullStore(world.store, room)
        report = await world.run()
        stopped = world.store.refused
        assert (report.status is RunStatus.FAILED) == stopped, report.message
        world.store = whole
        for _ in range(2):
            assert (await world.run()).status is RunStatus.OK
        assert_whole(world)
        assert await world.store.open_intents(world.job.id) == []
        room += 1
    assert room > 10
