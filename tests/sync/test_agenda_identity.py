"""Which row is which event: adoption, copies, twins, lost and restored state. No appointment is doubled, none is lost."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from outlookd.core.model import LinkStatus
from outlookd.testing import MemoryStore
from sync.agenda import DAY, HOUR, TOMORROW, AgendaWorld
from sync.claims import assert_peace, link_of, settle, subjects, titles

LATER = datetime(2026, 12, 3, 10, 15)


# --- adoption


async def test_a_row_whose_column_names_an_event_takes_it_over_and_loses_nothing():
    world = AgendaWorld()
    event = world.outlook.add(LATER, subject="Dentist", location="Nantes")
    world.add_row("anna", TOMORROW, outlook_id=event, note="Bring the card")
    await settle(world)
    assert len(world.crm.rows) == len(world.outlook.events) == 1
    assert world.crm.rows["anna"]["lieu"] == "Nantes"
    assert world.event_content(event)["note"] == "Bring the card"
    values = {v for c in await world.store.conflicts(world.job.id) for side in (c.gopaas, c.outlook) for v in side.values()}
    assert {"Dentist", "Anna", "2026-11-23", "2026-12-03"} <= values
    await assert_peace(world)


async def test_an_older_id_in_the_column_is_translated_and_replaced():
    world = AgendaWorld()
    event = world.outlook.add(TOMORROW, subject="Anna")
    world.outlook.translations["AAMk-older"] = event
    world.add_row("anna", outlook_id="AAMk-older", note="Same")
    await settle(world)
    assert subjects(world) == titles(world) == ["Anna"]
    assert world.event_of("anna") == event
    await assert_peace(world)


@pytest.mark.parametrize("start", [TOMORROW, datetime(2026, 10, 1, 9), date(2026, 12, 24)])
async def test_a_past_or_present_pair_that_the_old_button_made_is_adopted_without_a_write_to_outlook(start):
    world = AgendaWorld()
    event = world.outlook.add(start, subject="Anna")
    world.add_row("anna", start, outlook_id=event)
    world.add_row("ancre")
    await world.run()
    tick = world.outlook.events[event].etag
    await settle(world)
    assert world.outlook.events[event].etag == tick == 1
    assert titles(world) == ["Ancre", "Anna"]
    await assert_peace(world)


async def test_a_wrong_id_in_the_column_is_replaced_by_that_of_the_row_s_own_event():
    world = AgendaWorld()
    world.add_row("anna", outlook_id="nonsense")
    await settle(world)
    assert subjects(world) == ["Anna"]
    assert world.event_of("anna") in world.outlook.events
    await assert_peace(world)


async def test_a_wrong_id_does_not_keep_an_equal_event_from_being_adopted():
    world = AgendaWorld()
    event = world.outlook.add(TOMORROW, subject="anna")
    world.add_row("anna", outlook_id="nonsense")
    await settle(world)
    assert subjects(world) in (["Anna"], ["anna"])
    assert world.event_of("anna") == event
    await assert_peace(world)


@pytest.mark.parametrize("first", [TOMORROW, datetime(2026, 9, 1, 9)])
async def test_a_row_that_names_a_whole_series_gets_an_event_of_its_own_and_leaves_the_series_alone(first):
    world = AgendaWorld()
    series = world.outlook.add_series(first, last=date(2026, 12, 24), subject="Weekly")
    before = world.outlook.events[series].etag
    world.add_row("anna", LATER, outlook_id=series)
    await settle(world)
    world.edit_row("anna", note="Bring the plans")
    await settle(world)
    assert world.outlook.events[series].etag == before
    assert subjects(world) == ["Anna", "Weekly"]
    await assert_peace(world)


async def test_a_past_row_with_a_wrong_id_stays_as_it_is():
    world = AgendaWorld()
    world.add_row("anna", datetime(2026, 10, 1, 9), outlook_id="nonsense")
    world.add_row("ancre")
    await settle(world)
    assert subjects(world) == ["Ancre"]
    await assert_peace(world)


async def test_an_event_of_the_same_times_and_subject_is_the_row_s():
    world = AgendaWorld()
    world.outlook.add(TOMORROW, subject="ANNA", location="Nantes")
    world.add_row("anna", note="Bring the plans")
    await settle(world)
    assert len(world.crm.rows) == len(world.outlook.events) == 1
    assert world.row_content("anna") | {"lieu": "Nantes", "note": "Bring the plans"} == world.row_content("anna")
    await assert_peace(world)


@pytest.mark.parametrize(("start", "subject"), [(TOMORROW + HOUR, "Anna"), (TOMORROW, "Annabelle"), (TOMORROW.date(), "Anna")])
async def test_what_only_resembles_a_row_is_another_appointment(start, subject):
    world = AgendaWorld()
    world.outlook.add(start, subject=subject)
    world.add_row("anna")
    await settle(world)
    assert len(world.crm.rows) == len(world.outlook.events) == 2
    await assert_peace(world)


async def test_an_occurrence_of_the_same_times_and_subject_is_the_row_s():
    world = AgendaWorld()
    world.outlook.add_series(TOMORROW, last=TOMORROW.date() + 14 * DAY, subject="Anna")
    world.add_row("anna")
    world.add_row("ancre")
    await settle(world)
    assert titles(world) == ["Ancre", "Anna", "Anna", "Anna"]
    await assert_peace(world)


@pytest.mark.parametrize(("rows", "events"), [(2, 1), (1, 2), (3, 2)])
async def test_twins_are_left_to_a_person_and_nothing_is_made_of_them(rows, events):
    world = AgendaWorld()
    world.add_row("ancre")
    for number in range(rows):
        world.add_row(f"row {number}", intitule="Anna")
    ids = [world.outlook.add(TOMORROW, subject="Anna") for _ in range(events)]
    await settle(world)
    assert (len(world.crm.rows), len(world.outlook.events)) == (rows + 1, events + 1)
    await assert_peace(world, held=["twins"])
    for number in range(1, rows):
        world.edit_row(f"row {number}", LATER + number * DAY)
    for number, id in enumerate(ids[1:]):
        world.outlook.edit(id, LATER + number * HOUR)
    await settle(world)
    assert len(world.crm.rows) == len(world.outlook.events) == rows + events
    await assert_peace(world)


async def test_as_many_rows_as_events_of_a_kind_are_paired():
    world = AgendaWorld()
    for number in range(2):
        world.add_row(f"row {number}", intitule="Anna", lieu=f"place {number}")
        world.outlook.add(TOMORROW, subject="Anna", location=f"place {1 - number}")
    await settle(world)
    assert len(world.crm.rows) == len(world.outlook.events) == 2
    assert await world.store.conflicts(world.job.id) == []
    await assert_peace(world)


# --- copies


async def test_a_copied_event_is_a_new_appointment_and_the_first_stays_the_row_s():
    world = AgendaWorld()
    world.add_row("anna")
    await settle(world)
    event = world.event_of("anna")
    copy = world.outlook.copy(event)
    world.outlook.edit(copy, LATER)
    await settle(world)
    assert world.event_of("anna") == event
    assert titles(world) == subjects(world) == ["Anna", "Anna"]
    assert world.crm.rows["anna"]["date_debut"] == "2026-11-23"
    await assert_peace(world)


async def test_a_copy_whose_original_is_deleted_does_not_take_its_row():
    world = AgendaWorld()
    world.add_row("ancre")
    world.add_row("anna")
    await settle(world)
    event = world.event_of("anna")
    copy = world.outlook.copy(event)
    world.outlook.edit(copy, LATER)
    await settle(world)
    world.outlook.delete(event)
    await settle(world)
    assert titles(world) == ["Ancre", "Anna", "Anna"]
    assert (await link_of(world, world.row_of(copy))).status is LinkStatus.ACTIVE
    await assert_peace(world)


async def test_a_row_copied_with_its_column_gets_an_event_of_its_own():
    world = AgendaWorld()
    world.add_row("anna")
    await settle(world)
    event = world.event_of("anna")
    world.crm.rows["copy"] = {**world.crm.rows["anna"], "intitule": "Copy"}
    await settle(world)
    assert world.event_of("anna") == event
    assert world.event_of("copy") not in ("", event)
    assert subjects(world) == ["Anna", "Copy"]
    await assert_peace(world)


async def test_two_rows_that_name_one_event_from_the_start_are_left_to_a_person():
    world = AgendaWorld()
    world.add_row("ancre")
    event = world.outlook.add(TOMORROW, subject="Anna")
    for key in ("anna", "bruno"):
        world.add_row(key, outlook_id=event)
    await settle(world)
    assert subjects(world) == ["Ancre", "Anna"]
    await assert_peace(world, held=["twins"])
    world.edit_row("bruno", outlook_id="")
    await settle(world)
    assert subjects(world) == ["Ancre", "Anna", "Bruno"]
    await assert_peace(world)


async def test_a_column_that_somebody_emptied_or_overwrote_is_repaired():
    world = AgendaWorld()
    for key in ("anna", "bruno"):
        world.add_row(key)
    await settle(world)
    events = {key: world.event_of(key) for key in world.crm.rows}
    world.edit_row("anna", outlook_id="")
    world.edit_row("bruno", outlook_id=events["anna"])
    await settle(world)
    assert {key: world.event_of(key) for key in world.crm.rows} == events
    await assert_peace(world)


# --- writes that were interrupted


async def test_an_event_whose_answer_was_lost_is_found_again_by_its_stamp():
    world = AgendaWorld()
    for key in ("anna", "bruno"):
        world.add_row(key)
    world.outlook.lose_answers = 1
    await settle(world)
    assert subjects(world) == ["Anna", "Bruno"]
    await assert_peace(world)


async def test_a_used_transaction_whose_event_is_gone_means_that_a_person_deleted_it():
    world = AgendaWorld()
    world.add_row("ancre")
    world.add_row("anna")
    world.outlook.lose_answers = 1
    await world.run()
    event = next(id for id, one in world.outlook.events.items() if one.content["subject"] == "Anna")
    world.store = MemoryStore(world.crasher)
    world.outlook.events.pop(event)
    await settle(world)
    assert (titles(world), subjects(world)) == (["Ancre", "Anna"], ["Ancre"])
    await assert_peace(world)


@pytest.mark.parametrize("lost", [1, 2, 3])
async def test_answers_of_gopaas_that_were_lost_double_nothing(lost):
    world = AgendaWorld()
    world.add_row("ancre")
    await world.run()
    for number in range(3):
        world.outlook.add(LATER + number * DAY, subject=f"event {number}")
    world.outlook.edit(world.event_of("ancre"), location="Nantes")
    world.crm.lose_answers = lost
    await settle(world, 4)
    assert titles(world) == ["Ancre", "event 0", "event 1", "event 2"]
    assert world.crm.rows["ancre"]["lieu"] == "Nantes"
    await assert_peace(world)
