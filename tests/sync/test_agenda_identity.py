"""Which row is which event: adoption, copies, twins, lost and restored state. No appointment is doubled, none is lost."""

from __future__ import annotations

from copy import deepcopy
from datetime import date, datetime

import pytest

from outlookd.core.model import Direction, LinkStatus
from outlookd.testing import MemoryStore
from sync.agenda import DAY, HOUR, MAP, TOMORROW, AgendaWorld, make_agenda_job
from sync.claims import assert_peace, link_of, settle, subjects, titles, written

LATER = datetime(2026, 12, 3, 10, 15)
WITHOUT_COLUMN = {name: column for name, column in MAP.items() if name != "id"}


def kept(world: AgendaWorld) -> MemoryStore:
    """A backup of the state."""
    return deepcopy(world.store, {id(world.crasher): world.crasher})


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


# --- the state lost, or restored from an older copy


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


@pytest.mark.parametrize("entries", [MAP, WITHOUT_COLUMN])
async def test_a_lost_state_is_rebuilt_without_a_write_to_outlook(entries):
    world = await full_house(entries=entries)
    before, rows = world.outlook.tick, deepcopy(world.crm.rows)
    world.store = MemoryStore(world.crasher)
    report = await world.run()
    assert written(report) == {}
    assert (world.outlook.tick, world.crm.rows) == (before, rows)
    assert len([link for link in (await world.links()).values() if link.status is LinkStatus.ACTIVE]) == 10
    if entries is MAP:
        await assert_peace(world)


@pytest.mark.parametrize("entries", [MAP, WITHOUT_COLUMN])
async def test_edits_made_while_the_state_was_lost_are_on_both_sides_or_kept(entries):
    world = await full_house(entries=entries)
    ids = {event.content["subject"]: id for id, event in world.outlook.events.items()}
    world.edit_row("anna", note="In GoPaaS")
    world.edit_row("bruno", LATER + 5 * DAY)
    world.outlook.edit(ids["Dentist"], location="Nantes")
    world.outlook.edit(ids["Bruno"], location="Lyon")
    world.store = MemoryStore(world.crasher)
    await settle(world)
    assert len(world.crm.rows) == 10
    assert world.event_content(ids["Anna"])["note"] == "In GoPaaS"
    assert world.crm.rows["bruno"]["lieu"] == "Lyon"
    assert await world.agree() == {}
    values = {v for c in await world.store.conflicts(world.job.id) for side in (c.gopaas, c.outlook) for v in side.values()}
    assert {world.crm.rows["bruno"]["date_debut"]} | values >= {"2026-12-08", "2026-11-23"}
    assert world.outlook.mails == []
    assert (await world.plan()).actions == ()


async def test_what_was_deleted_while_the_state_was_lost_is_never_deleted_on_the_other_side():
    world = await full_house()
    ids = {event.content["subject"]: id for id, event in world.outlook.events.items()}
    world.delete_row("anna")
    world.delete_row(world.row_of(ids["Dentist"]))
    world.outlook.delete(ids["Bruno"])
    world.store = MemoryStore(world.crasher)
    await settle(world)
    assert subjects(world).count("Anna") == subjects(world).count("Dentist") == 1
    assert "Bruno" in titles(world)
    assert len(titles(world)) == len(set(titles(world))) + 2
    await assert_peace(world)


@pytest.mark.parametrize("entries", [MAP, WITHOUT_COLUMN])
async def test_an_older_copy_of_the_state_doubles_and_loses_nothing(entries):
    world = await full_house(entries=entries)
    backup = kept(world)
    ids = {event.content["subject"]: id for id, event in world.outlook.events.items()}
    world.edit_row("anna", LATER + 9 * DAY)
    world.outlook.edit(ids["Dentist"], location="Nantes")
    world.add_row("eva", LATER + 10 * DAY)
    world.outlook.add(LATER + 11 * DAY, subject="Since")
    world.outlook.move_series(ids["Weekly"], HOUR)
    await settle(world)
    world.outlook.edit(ids["Dentist"], location="Lyon")
    await settle(world)
    assert await world.agree() == {}
    before = (titles(world), subjects(world))
    world.store = backup
    await settle(world)
    assert (titles(world), subjects(world)) == before
    assert await world.agree() == {}
    assert world.crm.rows["anna"]["date_debut"] == "2026-12-12"
    assert world.row_content(next(k for k, r in world.crm.rows.items() if r["intitule"] == "Dentist"))["lieu"] == "Lyon"
    if entries is MAP:
        await assert_peace(world)


async def test_an_event_deleted_while_the_state_was_lost_is_not_made_again_of_the_row_that_it_had_become():
    world = await full_house()
    ids = {event.content["subject"]: id for id, event in world.outlook.events.items()}
    key = world.row_of(ids["Dentist"])
    world.outlook.delete(ids["Dentist"])
    second = world.outlook.events[ids["Weekly"]].occurrence(LATER.date() + 14 * DAY)
    assert second is not None
    world.outlook.delete(second.id)
    before = (titles(world), subjects(world))
    world.store = MemoryStore(world.crasher)
    await settle(world)
    assert (titles(world), subjects(world)) == before
    await assert_peace(world)
    world.edit_row(key, LATER + 9 * DAY)
    await settle(world)
    assert "Dentist" not in subjects(world)


@pytest.mark.parametrize("by", [HOUR, 2 * HOUR])
async def test_a_series_moved_while_the_state_was_lost_keeps_one_row_each(by):
    world = await full_house()
    series = next(id for id, event in world.outlook.events.items() if event.content["subject"] == "Weekly")
    world.outlook.move_series(series, by)
    world.store = MemoryStore(world.crasher)
    await settle(world)
    assert len(titles(world)) == 10
    await assert_peace(world)


async def test_an_older_copy_of_the_state_does_not_bring_back_what_was_deleted_since():
    world = await full_house()
    backup = kept(world)
    ids = {event.content["subject"]: id for id, event in world.outlook.events.items()}
    world.delete_row("anna")
    world.outlook.delete(ids["Dentist"])
    await settle(world)
    before = (titles(world), subjects(world))
    world.store = backup
    await settle(world)
    assert (titles(world), subjects(world)) == before
    await assert_peace(world)


async def test_a_backup_of_gopaas_brought_back_takes_outlook_s_word_and_keeps_its_own():
    world = await full_house()
    rows = deepcopy(world.crm.rows)
    world.edit_row("anna", note="New")
    await settle(world)
    world.crm.rows = rows
    await settle(world)
    assert await world.agree() == {}
    await assert_peace(world)


@pytest.mark.parametrize("anchored", [True, False])
async def test_rows_that_the_view_does_not_show_are_not_overwritten_after_the_state_was_lost(anchored):
    world = AgendaWorld()
    world.crm.shows = lambda row: row.get("etat") == "ok"
    if anchored:
        world.add_row("ancre", etat="ok")
    for number in range(5):
        world.outlook.add(LATER + number * DAY, subject=f"event {number}")
    await settle(world)
    for key in world.crm.rows:
        world.edit_row(key, note="Written in GoPaaS")
    world.store = MemoryStore(world.crasher)
    await settle(world)
    assert {row["note"] for row in world.crm.rows.values()} == {"Written in GoPaaS"}
    assert len(world.crm.rows) == 5 + anchored


async def test_another_installation_s_events_are_never_a_source():
    world = AgendaWorld()
    world.add_row("anna")
    await settle(world)
    other = AgendaWorld()
    other.outlook = world.outlook
    other.store = MemoryStore(other.crasher, install="feedbeef")
    other.add_row("ancre")
    await settle(other)
    assert titles(other) == ["Ancre"]


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


@pytest.mark.parametrize("direction", list(Direction))
async def test_a_changed_map_makes_nothing_new_of_known_pairs(direction):
    world = await full_house(direction=Direction.BOTH)
    before = (len(world.crm.rows), len(world.outlook.events))
    world.set(direction=direction)
    await settle(world)
    job = make_agenda_job({**MAP, "showAs": "dispo"}, direction=direction)
    world.job = job
    await settle(world)
    assert (len(world.crm.rows), len(world.outlook.events)) == before
    assert (await world.plan()).actions == ()
