"""What its owner hides, busy blocks, and what goes to another calendar and comes back: no text leaves, nothing is lost or doubled."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import pytest

from outlookd.core.model import LinkStatus, Quarantined, Side
from sync.agenda import DAY, HOUR, AgendaWorld
from sync.claims import assert_peace, link_of, settle, subjects, titles

LATER = datetime(2026, 12, 3, 10, 15)
LAST = date(2026, 12, 24)


def busy() -> AgendaWorld:
    """A job that shows colleagues when somebody is busy, and nothing else."""
    world = AgendaWorld()
    world.job = replace(world.job, context=replace(world.job.context, private="busy"))
    world.add_row("ancre")
    return world


async def weekly(*, ids: bool = True) -> tuple[AgendaWorld, str]:
    """A row with its event, and four occurrences of a series with theirs; the id of the series."""
    world = AgendaWorld()
    world.outlook.new_ids = ids
    world.add_row("ancre")
    series = world.outlook.add_series(LATER, last=LAST, subject="Weekly")
    await settle(world)
    assert titles(world) == ["Ancre", *["Weekly"] * 4]
    return world, series


async def test_a_private_event_is_a_busy_block_without_any_text_of_its_own():
    world = busy()
    event = world.outlook.add(LATER, subject="Surgery", location="Clinic", body="Bring the papers", sensitivity="private")
    await settle(world)
    row = world.crm.rows[world.row_of(event)]
    assert (row["intitule"], row["lieu"], row["note"]) == ("Occupé", "", "")
    await assert_peace(world, apart=[world.row_of(event)])


async def test_a_busy_block_follows_its_event_and_never_writes_to_it():
    world = busy()
    event = world.outlook.add(LATER, subject="Surgery", sensitivity="private")
    await settle(world)
    key = world.row_of(event)
    world.edit_row(key, intitule="Mine", note="Mine")
    await settle(world)
    world.outlook.edit(event, LATER + DAY)
    await settle(world)
    assert world.crm.rows[key]["date_debut"] == "2026-12-04"
    content = world.outlook.events[event].content
    assert (content["subject"], content["body"]) == ("Surgery", "")
    await assert_peace(world, apart=[key])


async def test_a_private_event_that_a_person_entered_on_both_sides_is_made_on_neither_again():
    world = busy()
    world.add_row("visite", LATER, note="In the CRM", lieu="Lyon")
    event = world.outlook.add(LATER, subject="Visite", body="In Outlook", sensitivity="private")
    await settle(world)
    assert (subjects(world), titles(world), world.row_of(event)) == (["Ancre", "Visite"], ["Ancre", "Visite"], "visite")
    assert (world.crm.rows["visite"]["note"], world.crm.rows["visite"]["lieu"]) == ("In the CRM", "Lyon")
    assert "In Outlook" in world.outlook.events[event].content["body"]
    await assert_peace(world, apart=["visite"])


async def test_a_private_event_waits_with_the_row_of_its_texts_that_is_set_aside():
    world = busy()
    await settle(world)
    world.add_row("visite", LATER)
    now, later = world.clock.now(), world.clock.now() + DAY
    entry = Quarantined(side=Side.GOPAAS, id="visite", reason="refused", since=now, retry_at=later)
    await world.store.keep_quarantine(world.job.id, put=[entry])
    event = world.outlook.add(LATER, subject="Visite", sensitivity="private")
    await settle(world)
    assert titles(world) == ["Ancre", "Visite"]
    world.clock.advance(2 * 24 * 3600)
    await settle(world)
    assert (subjects(world), titles(world), world.row_of(event)) == (["Ancre", "Visite"], ["Ancre", "Visite"], "visite")
    await assert_peace(world)


async def test_a_busy_block_that_is_no_secret_any_more_shows_everything():
    world = busy()
    event = world.outlook.add(LATER, subject="Surgery", location="Clinic", sensitivity="private")
    await settle(world)
    world.outlook.edit(event, sensitivity="normal")
    await settle(world)
    assert world.row_content(world.row_of(event)) == world.event_content(event)
    await assert_peace(world)


async def test_an_appointment_hidden_for_a_while_has_the_texts_of_its_event_back():
    world = busy()
    world.add_row("anna", LATER, note="Plans", lieu="Lyon")
    await settle(world)
    event = world.event_of("anna")
    world.outlook.make_private(event)
    await settle(world)
    world.outlook.edit(event, sensitivity="normal")
    await settle(world)
    assert world.event_content(event) | {"intitule": "Anna", "note": "Plans", "lieu": "Lyon"} == world.event_content(event)
    assert world.row_content("anna") == world.event_content(event)
    await assert_peace(world)


@pytest.mark.parametrize("ids", [True, False])
@pytest.mark.parametrize("moved", [False, True])
async def test_a_series_hidden_for_a_while_keeps_its_rows(ids, moved):
    world, series = await weekly(ids=ids)
    world.outlook.make_private(series)
    await settle(world)
    if moved:
        world.outlook.move_series(series, HOUR)
        await settle(world)
    world.outlook.edit(series, sensitivity="normal", location="Nantes")
    await settle(world)
    assert [row["lieu"] for row in world.crm.rows.values() if row["intitule"] == "Weekly"] == ["Nantes"] * 4
    await assert_peace(world)


@pytest.mark.parametrize("ids", [True, False])
@pytest.mark.parametrize("moved", [False, True])
async def test_a_series_in_another_calendar_for_a_while_keeps_its_rows(ids, moved):
    world, series = await weekly(ids=ids)
    world.outlook.move(series, world.outlook.add_calendar("Private"))
    await settle(world)
    if moved:
        world.outlook.move_series(series, HOUR)
        await settle(world)
    world.outlook.edit(series, location="Nantes")
    world.outlook.move(series, "calendar")
    await settle(world)
    assert [row["lieu"] for row in world.crm.rows.values() if row["intitule"] == "Weekly"] == ["Nantes"] * 4
    await assert_peace(world)


async def test_one_hidden_occurrence_rests_alone():
    world, series = await weekly()
    second = world.outlook.events[series].occurrence(LATER.date() + 7 * DAY)
    assert second is not None
    key = world.row_of(second.id)
    world.outlook.edit(second.id, sensitivity="private", subject="Surgery")
    await settle(world)
    assert titles(world) == ["Ancre", *["Weekly"] * 4]
    assert (await link_of(world, key)).status is LinkStatus.DETACHED
    world.outlook.edit(second.id, sensitivity="normal", subject="Budget")
    await settle(world)
    assert world.crm.rows[key]["intitule"] == "Budget"
    await assert_peace(world)


async def test_a_hidden_event_deleted_leaves_its_row_and_brings_back_nothing():
    world = AgendaWorld()
    for key in ("ancre", "anna"):
        world.add_row(key)
    await settle(world)
    event = world.event_of("anna")
    world.outlook.make_private(event)
    await settle(world)
    world.outlook.delete(event)
    await settle(world)
    world.edit_row("anna", LATER)
    await settle(world)
    world.clock.advance(6 * 3600)
    await settle(world)
    assert titles(world) == ["Ancre", "Anna"]
    assert len(subjects(world)) <= 2
    await assert_peace(world)


async def test_the_row_of_a_hidden_event_deleted_leaves_the_event():
    world = AgendaWorld()
    for key in ("ancre", "anna"):
        world.add_row(key)
    await settle(world)
    world.outlook.make_private(world.event_of("anna"))
    await settle(world)
    world.delete_row("anna")
    await settle(world)
    world.clock.advance(6 * 3600)
    await settle(world)
    assert subjects(world) == ["Ancre", "Anna"]
    await assert_peace(world)


@pytest.mark.parametrize("said", [{"lieu": "Lyon"}, {"note": "In the CRM"}, {"lieu": "Lyon", "note": "In the CRM"}], ids=str)
async def test_a_private_event_that_was_found_and_is_deleted_does_not_come_back_for_what_its_row_alone_says(said):
    world = busy()
    world.add_row("anna", LATER, **said)
    event = world.outlook.add(LATER, subject="Anna", body="Mine", sensitivity="private")
    await settle(world)
    assert world.event_of("anna") == event
    world.outlook.delete(event)
    await settle(world)
    assert (subjects(world), titles(world)) == (["Ancre"], ["Ancre", "Anna"])
    await assert_peace(world)


async def test_the_row_of_a_private_event_that_was_found_and_is_deleted_makes_one_when_somebody_edits_it():
    world = busy()
    world.add_row("anna", LATER, lieu="Lyon")
    event = world.outlook.add(LATER, subject="Anna", sensitivity="private")
    await settle(world)
    world.outlook.delete(event)
    world.edit_row("anna", LATER + HOUR)
    await settle(world)
    assert subjects(world) == ["Ancre", "Anna"]
    await assert_peace(world)
