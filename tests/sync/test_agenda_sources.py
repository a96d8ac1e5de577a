"""From where a run reads: what is held stays told, what is interrupted goes on, a calendar that was lost may be replaced."""

from __future__ import annotations

from datetime import datetime

import pytest

from outlookd.core.model import RunStatus
from sync.agenda import DAY, TOMORROW, AgendaWorld
from sync.claims import settle
from sync.dying import die_at

LATER = datetime(2026, 12, 10, 9)


async def test_what_a_guard_holds_is_told_by_every_run_until_it_is_settled():
    world = AgendaWorld()
    world.crm.scans = True
    for key in ("anna", "ancre"):
        world.add_row(key)
    await settle(world)
    world.outlook.invite(world.event_of("anna"), "customer@example.test")
    await world.run()
    world.edit_row("anna", LATER)
    held = []
    for _ in range(4):
        world.clock.advance(DAY.total_seconds() / 8)
        held.append((await world.run()).status)
    world.clock.advance(DAY.total_seconds())
    held.append((await world.run()).status)
    assert held == [RunStatus.HELD] * 5


async def interrupted(moment: int) -> tuple[AgendaWorld, bool]:
    """Yesterday's appointment, moved in the CRM while its place was changed in Outlook; the run that carries both dies."""
    world = AgendaWorld()
    for key in ("anna", "ancre"):
        world.add_row(key)
    await settle(world)
    world.clock.advance(3 * DAY.total_seconds())
    await settle(world)
    world.edit_row("anna", LATER)
    world.outlook.edit(world.event_of("anna"), location="Salle 2")
    died = await die_at(world, moment)
    return world, died


@pytest.mark.parametrize("moment", range(16))
async def test_a_past_appointment_that_was_rescheduled_moves_whenever_the_run_dies(moment):
    world, _ = await interrupted(moment)
    await settle(world, 3)
    assert await world.agree() == {}
    assert world.crm.rows["anna"] | {"date_debut": f"{LATER:%Y-%m-%d}", "lieu": "Salle 2"} == world.crm.rows["anna"]


async def test_a_calendar_made_again_under_its_name_is_filled_when_a_person_says_so():
    world = AgendaWorld()
    old = world.outlook.add_calendar("Ventes")
    world.set(folder="Ventes")
    world.add_row("anna")
    world.add_row("passé", TOMORROW - 10 * DAY)
    await settle(world)
    world.outlook.delete_calendar(old)
    new = world.outlook.add_calendar("Ventes")
    refused = await world.run(full=True)
    assert refused.status is RunStatus.HELD
    assert "--recreate-folder" in refused.message
    await world.run(recreate_folder=True)
    await settle(world)
    assert [event.calendar for event in world.outlook.events.values()] == [new]
    assert await world.agree() == {}
