"""A calendar in which everything is that a state can remember, and a backup of that state."""

from __future__ import annotations

from copy import deepcopy
from datetime import datetime

from outlookd.testing import MemoryStore
from sync.agenda import DAY, HOUR, MAP, AgendaWorld, make_agenda_job
from sync.claims import link_of, settle, titles

LATER = datetime(2026, 12, 3, 10, 15)
WITHOUT_COLUMN = {name: column for name, column in MAP.items() if name != "id"}


def kept(world: AgendaWorld) -> MemoryStore:
    """A backup of the state."""
    return deepcopy(world.store, {id(world.crasher): world.crasher})


async def full_house(**settings) -> AgendaWorld:
    """Pairs of every kind: born on either side, adopted, a series, an exception, an invitation, one with attendees."""
    world = AgendaWorld(job=make_agenda_job(**settings))
    for key in ("anna", "bruno", "chloe"):
        world.add_row(key)
    world.add_row("denis", LATER)
    world.outlook.add(LATER, subject="Denis")
    world.outlook.add(LATER + HOUR, subject="Dentist")
    series = world.outlook.add_series(LATER + 2 * HOUR, last=LATER.date() + 21 * DAY, subject="Weekly")
    world.outlook.receive_invitation(LATER + 3 * HOUR, organizer="boss@example.com", subject="Budget")
    await world.run()
    second = world.outlook.events[series].occurrence(LATER.date() + 7 * DAY)
    assert second is not None
    world.outlook.edit(second.id, subject="Special")
    world.outlook.invite((await link_of(world, "chloe")).outlook_id, "customer@example.test")
    await settle(world)
    assert titles(world) == ["Anna", "Bruno", "Budget", "Chloe", "Denis", "Dentist", "Special", *["Weekly"] * 3]
    return world
