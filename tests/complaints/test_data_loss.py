"""Complaints 1 to 10: appointments and contacts that were lost."""

from __future__ import annotations

from datetime import date, datetime
from itertools import count

from sync.agenda import TOMORROW, AgendaWorld, make_agenda_job
from sync.dying import die_at

from outlookd.core.model import RunStatus
from outlookd.core.rules import OutlookDelete, ViewExit
from outlookd.sync.engine import approve

CANCELS = OutlookDelete(field="statut", value="annulé")


def agenda(*keys: str, **settings) -> AgendaWorld:
    world = AgendaWorld(job=make_agenda_job(**settings))
    for key in keys:
        world.add_row(key)
    return world


async def test_complaint_01_a_view_that_shows_nothing_deletes_nothing():
    world = agenda(*(f"visit {number}" for number in range(12)), on_view_exit=ViewExit.DELETE)
    await world.run()
    world.crm.shows = lambda row: False
    reports = [await world.run() for _ in range(2)]
    assert len(world.outlook.events) == 12
    assert [report.status for report in reports] == [RunStatus.HELD, RunStatus.HELD]


async def test_complaint_02_a_row_that_cannot_be_read_is_not_a_row_that_is_gone():
    world = agenda("anna", "bruno", on_view_exit=ViewExit.DELETE)
    await world.run()
    event = world.event_of("anna")
    world.edit_row("anna", date_debut="32/13/2026")
    await world.run()
    assert event in world.outlook.events
    world.edit_row("anna", datetime(2026, 11, 25, 9))
    await world.run()
    assert world.event_content(event)["date_debut"] == "2026-11-25"


async def test_complaint_03_a_run_that_was_killed_anywhere_doubles_nothing_and_takes_nobodys_edit_for_its_own():
    for moment in count(1):
        world = agenda("anna")
        world.edit_row("anna", lieu="Salle 1")
        if not await die_at(world, moment):
            break
        made = list(world.outlook.events)
        for event in made:
            world.outlook.edit(event, location="")
        for _ in range(2):
            await world.run()
        (event,) = world.outlook.events
        place = "" if made else "Salle 1"
        assert (world.event_content(event)["lieu"], world.row_content("anna")["lieu"]) == (place, place)
        assert world.event_of("anna") == event
    assert moment > 4


async def test_complaint_04_what_left_the_view_is_not_cancelled():
    world = agenda("anna", "bruno")
    world.crm.shows = lambda row: row["utilisateur"] == "claire"
    await world.run()
    event = world.event_of("anna")
    world.edit_row("anna", utilisateur="paul")
    for _ in range(2):
        await world.run()
    assert event in world.outlook.events


async def test_complaint_05_what_moved_out_of_the_window_is_not_deleted():
    world = agenda("anna", "bruno", on_outlook_delete=CANCELS)
    await world.run()
    world.outlook.edit(world.event_of("anna"), datetime(2031, 5, 6, 9))
    await world.run()
    assert world.crm.rows["anna"].get("statut") is None
    assert world.row_content("anna")["date_debut"] == "2031-05-06"


async def test_complaint_06_an_event_that_touches_the_edge_of_the_window_is_one_event():
    world = AgendaWorld()
    edge = date(2027, 11, 22)
    world.add_row("foire", edge)
    # Whole days begin at a midnight that nobody shows: here half a day later than in Paris, behind the edge.
    world.outlook.zone = "Pacific/Honolulu"
    world.outlook.add(edge, subject="Foire")
    for _ in range(3):
        await world.run()
        world.clock.advance(24 * 3600)
    assert (len(world.outlook.events), len(world.crm.rows)) == (1, 1)


async def test_complaint_07_a_copy_is_an_appointment_of_its_own_and_the_original_stays():
    world = agenda("anna", "bruno")
    await world.run()
    original = world.event_of("anna")
    copy = world.outlook.copy(original)
    world.outlook.edit(copy, datetime(2026, 11, 27, 9))
    await world.run()
    world.edit_row("anna", lieu="Salle 1")
    await world.run()
    assert world.event_content(original)["lieu"] == "Salle 1"
    assert world.event_content(copy)["lieu"] == ""
    assert world.row_content(world.row_of(copy))["date_debut"] == "2026-11-27"


async def test_complaint_08_an_approved_emptiness_is_asked_about_once():
    world = agenda("anna", "bruno", "chloe")
    await world.run()
    for event in list(world.outlook.events):
        world.outlook.delete(event)
    assert (await world.run()).status is RunStatus.HELD
    (held,) = (await world.plan()).held
    assert await approve(world.job, world.deps, held.hash)
    assert [(await world.run()).status for _ in range(3)] == [RunStatus.OK] * 3


async def test_complaint_10_an_event_that_we_did_not_make_outlives_its_row():
    world = agenda("anna", "bruno")
    own = world.outlook.add(TOMORROW, subject="Anna")
    await world.run()
    assert world.event_of("anna") == own
    world.edit_row("anna", lieu="Salle 1")
    await world.run()
    world.delete_row("anna")
    for _ in range(2):
        await world.run()
    assert own in world.outlook.events
