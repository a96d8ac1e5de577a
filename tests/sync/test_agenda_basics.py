"""Single appointments, edited, moved, dated, given away, on either side: both sides agree in the end, and nothing is lost."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from outlookd.core.model import Direction, LinkStatus
from outlookd.core.policy import BUILT_IN
from sync.agenda import DAY, TOMORROW, AgendaWorld
from sync.claims import assert_peace, link_of, settle, subjects, titles, written

LATER = datetime(2026, 12, 3, 10, 15)


async def paired(**settings) -> AgendaWorld:
    """One row with its event, one event with its row."""
    world = AgendaWorld()
    world.set(**settings)
    world.add_row("anna", lieu="Lyon", note="Bring the plans")
    world.outlook.add(LATER, subject="Dentist", body="Second floor", location="Paris")
    await world.run()
    return world


def born_in_outlook(world: AgendaWorld) -> str:
    return next(key for key in world.crm.rows if key.startswith("ol-"))


async def test_rows_and_events_meet_and_the_next_run_asks_twice_and_writes_nothing():
    world = await paired()
    assert subjects(world) == titles(world) == ["Anna", "Dentist"]
    await assert_peace(world)


async def test_different_fields_changed_on_both_sides_are_both_kept():
    world = await paired()
    world.edit_row("anna", LATER)
    world.outlook.edit(world.event_of("anna"), location="Nantes")
    await settle(world)
    assert world.row_content("anna") == world.event_content(world.event_of("anna"))
    assert world.crm.rows["anna"]["lieu"] == "Nantes"
    assert world.crm.rows["anna"]["heure_debut"] == "10:15:00"
    assert await world.store.conflicts(world.job.id) == []
    await assert_peace(world)


@pytest.mark.parametrize(("policy", "winner"), [("newest", "Outlook"), ("gopaas", "GoPaaS"), ("outlook", "Outlook")])
async def test_the_loser_of_a_conflict_is_kept(policy, winner):
    world = await paired(policy=BUILT_IN[policy])
    world.edit_row("anna", intitule="GoPaaS")
    world.clock.advance(600)
    world.outlook.edit(world.event_of("anna"), subject="Outlook")
    await settle(world)
    assert world.crm.rows["anna"]["intitule"] == winner
    (conflict,) = await world.store.conflicts(world.job.id)
    assert {conflict.gopaas["subject"], conflict.outlook["subject"]} == {"GoPaaS", "Outlook"}
    await assert_peace(world)


async def test_a_held_conflict_leaves_both_values_and_lets_the_rest_of_the_pair_go_on():
    world = await paired(policy=BUILT_IN["hold"])
    event = world.event_of("anna")
    world.edit_row("anna", intitule="GoPaaS")
    world.outlook.edit(event, subject="Outlook", location="Nantes")
    await settle(world)
    assert (world.crm.rows["anna"]["intitule"], world.event_content(event)["intitule"]) == ("GoPaaS", "Outlook")
    assert world.crm.rows["anna"]["lieu"] == "Nantes"
    await assert_peace(world, apart=["anna"], held=["conflict"])
    world.edit_row("anna", intitule="Outlook")
    await settle(world)
    await assert_peace(world)


async def test_equal_edits_are_no_conflict():
    world = await paired()
    world.edit_row("anna", LATER, intitule="Both")
    world.outlook.edit(world.event_of("anna"), LATER, subject="Both")
    report = await world.run()
    assert (written(report), report.conflicts) == ({}, 0)
    await assert_peace(world)


async def test_start_and_end_are_never_mixed_from_two_sides():
    world = await paired()
    world.edit_row("anna", TOMORROW, TOMORROW + timedelta(hours=3))
    world.clock.advance(600)
    world.outlook.edit(world.event_of("anna"), TOMORROW - timedelta(hours=2), TOMORROW - timedelta(hours=1))
    await settle(world)
    row = world.crm.rows["anna"]
    assert (row["heure_debut"], row["heure_fin"]) == ("12:00:00", "13:00:00")
    await assert_peace(world)


# --- a row without a date, or of somebody else


async def test_a_row_without_a_date_waits_until_it_has_one():
    world = AgendaWorld()
    world.add_row("anna", date_debut="", heure_debut="", date_fin="", heure_fin="")
    await world.run()
    assert subjects(world) == []
    world.edit_row("anna", TOMORROW)
    await world.run()
    assert subjects(world) == ["Anna"]
    await assert_peace(world)


async def test_a_row_that_loses_its_date_leaves_its_event_and_finds_it_again():
    world = await paired()
    event = world.event_of("anna")
    world.edit_row("anna", date_debut="", heure_debut="", date_fin="", heure_fin="")
    await settle(world)
    assert subjects(world) == ["Anna", "Dentist"]
    world.edit_row("anna", LATER, intitule="Again")
    await settle(world)
    assert world.event_of("anna") == event
    assert subjects(world) == ["Again", "Dentist"]
    await assert_peace(world)


async def test_a_row_given_to_somebody_else_leaves_its_event_and_finds_it_again():
    world = await paired()
    world.edit_row("anna", utilisateur="paul", intitule="For Paul")
    await settle(world)
    assert subjects(world) == ["Anna", "Dentist"]
    world.edit_row("anna", utilisateur="claire")
    await settle(world)
    assert subjects(world) == ["Dentist", "For Paul"]
    await assert_peace(world)


async def test_a_row_of_somebody_else_is_never_shown_in_this_calendar():
    world = AgendaWorld()
    world.add_row("anna", utilisateur="paul")
    await world.run()
    assert subjects(world) == []
    await assert_peace(world)


async def test_an_event_edited_while_its_row_belonged_to_another_is_not_lost():
    world = await paired()
    event = world.event_of("anna")
    world.edit_row("anna", utilisateur="paul")
    await world.run()
    world.outlook.edit(event, location="Nantes")
    await world.run()
    world.edit_row("anna", utilisateur="claire")
    await settle(world)
    assert world.crm.rows["anna"]["lieu"] == "Nantes"
    await assert_peace(world)


# --- directions


async def test_a_job_that_only_exports_never_writes_to_gopaas():
    world = AgendaWorld()
    world.set(direction=Direction.TO_OUTLOOK)
    world.add_row("anna")
    world.outlook.add(LATER, subject="Dentist")
    await world.run()
    before = {key: dict(row) for key, row in world.crm.rows.items()}
    event = next(id for id, one in world.outlook.events.items() if one.content["subject"] == "Anna")
    world.outlook.edit(event, subject="Mine")
    await settle(world)
    assert world.crm.rows == before
    assert subjects(world) == ["Anna", "Dentist"]
    (conflict,) = await world.store.conflicts(world.job.id)
    assert conflict.outlook["subject"] == "Mine"
    plan = await world.plan()
    assert plan.actions == ()


async def test_a_job_that_only_imports_never_writes_to_outlook():
    world = await paired(direction=Direction.TO_GOPAAS)
    assert subjects(world) == ["Dentist"]
    key = born_in_outlook(world)
    world.edit_row(key, intitule="Changed in GoPaaS")
    tick = world.outlook.tick
    await settle(world)
    assert world.outlook.tick == tick
    assert titles(world) == ["Anna", "Dentist"]
    world.outlook.edit(world.event_of(key), LATER + DAY)
    await settle(world)
    await assert_peace(world)


# --- when it takes place


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (TOMORROW, TOMORROW),
        (datetime(2026, 11, 23, 23), datetime(2026, 11, 24, 1)),
        (datetime(2026, 11, 23, 9), datetime(2036, 11, 23, 9)),
        (date(2026, 12, 24), date(2026, 12, 24)),
        (date(2026, 12, 24), date(2027, 1, 2)),
        (datetime(2027, 3, 28, 1, 30), datetime(2027, 3, 28, 3, 30)),
        (datetime(2027, 10, 31, 1), datetime(2027, 10, 31, 4)),
        (datetime(2026, 11, 23, 0), datetime(2026, 11, 24, 0)),
        (date(2026, 2, 28), date(2028, 2, 29)),
    ],
)
async def test_a_row_of_any_length_becomes_the_same_event_and_stays_it(start, end):
    world = AgendaWorld()
    world.add_row("anna", start, end)
    await world.run()
    assert subjects(world) == ["Anna"]
    await assert_peace(world)
    world.outlook.edit(world.event_of("anna"), location="Nantes")
    world.edit_row("anna", note="More")
    await settle(world)
    await assert_peace(world)


@pytest.mark.parametrize("fields", [{"heure_fin": ""}, {"date_fin": ""}, {"date_fin": "", "heure_fin": ""}])
async def test_an_end_that_a_row_leaves_out_is_filled_in_outlook(fields):
    world = AgendaWorld()
    world.add_row("anna", **fields)
    await settle(world)
    times = world.outlook.found(world.event_of("anna")).times
    assert (times.start, times.end) == (TOMORROW, TOMORROW + timedelta(hours=1))
    await assert_peace(world, apart=["anna"])
    world.outlook.edit(world.event_of("anna"), LATER)
    await settle(world)
    await assert_peace(world)


@pytest.mark.parametrize("end", [{"date_fin": "2026-11-20"}, {"heure_fin": "soon"}])
async def test_a_row_whose_times_make_no_sense_waits_alone(end):
    world = AgendaWorld()
    world.add_row("anna", **end)
    world.add_row("bruno")
    report = await world.run()
    assert subjects(world) == ["Bruno"]
    assert report.quarantined == 1
    world.edit_row("anna", TOMORROW)
    await settle(world)
    assert subjects(world) == ["Anna", "Bruno"]
    await assert_peace(world)


async def test_a_whole_day_becomes_an_hour_and_a_whole_day_again():
    world = AgendaWorld()
    world.add_row("anna", date(2026, 12, 24))
    await world.run()
    event = world.event_of("anna")
    world.outlook.edit(event, datetime(2026, 12, 24, 9))
    await settle(world)
    assert world.crm.rows["anna"]["heure_debut"] == "09:00:00"
    world.edit_row("anna", date(2026, 12, 25))
    await settle(world)
    assert world.outlook.found(event).content["isAllDay"]
    await assert_peace(world)


# --- the past


async def test_an_event_that_is_over_stays_as_it_is_when_its_row_is_edited():
    world = await paired()
    world.clock.advance(3 * DAY.total_seconds())
    event = world.event_of("anna")
    world.edit_row("anna", note="A good talk")
    await settle(world)
    assert world.event_content(event)["note"] == "Bring the plans"
    assert world.crm.rows["anna"]["note"] == "A good talk"
    await assert_peace(world, apart=["anna"])


async def test_an_event_that_is_over_still_tells_gopaas_what_was_changed_in_outlook():
    world = await paired()
    world.clock.advance(3 * DAY.total_seconds())
    world.outlook.edit(world.event_of("anna"), location="Nantes")
    await settle(world)
    assert world.crm.rows["anna"]["lieu"] == "Nantes"
    await assert_peace(world)


async def test_a_past_appointment_moved_into_the_future_moves_its_event_with_what_was_written_since():
    world = await paired()
    world.clock.advance(3 * DAY.total_seconds())
    world.edit_row("anna", note="Not there")
    await settle(world)
    world.edit_row("anna", LATER)
    await settle(world)
    assert world.event_content(world.event_of("anna"))["note"] == "Not there"
    await assert_peace(world)


async def test_a_past_row_deleted_leaves_its_event():
    world = await paired()
    world.clock.advance(3 * DAY.total_seconds())
    world.delete_row("anna")
    await settle(world)
    assert subjects(world) == ["Anna", "Dentist"]
    assert titles(world) == ["Dentist"]
    await assert_peace(world)


async def test_rows_of_the_past_are_not_made_in_outlook_but_events_of_the_past_are_rows():
    world = AgendaWorld()
    world.add_row("anna", datetime(2026, 11, 10, 9))
    world.outlook.add(datetime(2026, 11, 10, 9), subject="Dentist")
    await world.run()
    assert subjects(world) == ["Dentist"]
    assert titles(world) == ["Anna", "Dentist"]
    await assert_peace(world)


# --- private and cancelled


@pytest.mark.parametrize("word", ["private", "confidential", "personal"])
async def test_what_is_private_is_not_copied_and_what_becomes_private_rests(word):
    world = await paired()
    world.outlook.add(TOMORROW, subject="Doctor", sensitivity=word)
    world.outlook.edit(world.event_of("anna"), sensitivity=word, subject="Secret")
    await settle(world)
    assert titles(world) == ["Anna", "Dentist"]
    world.edit_row("anna", note="Nobody knows")
    await settle(world)
    world.outlook.edit(world.event_of("anna"), sensitivity="normal", subject="No secret")
    await settle(world)
    assert titles(world) == ["Dentist", "No secret"]
    assert world.event_content(world.event_of("anna"))["note"] == "Nobody knows"
    await assert_peace(world)
    assert (await link_of(world, "anna")).status is LinkStatus.ACTIVE


async def test_events_in_another_calendar_are_nobody_s_business_and_come_back_as_they_were():
    world = await paired()
    event = world.event_of("anna")
    world.outlook.move(event, world.outlook.add_calendar("Private"))
    await settle(world)
    assert titles(world) == ["Anna", "Dentist"]
    world.outlook.edit(event, location="Nantes")
    world.edit_row("anna", note="Meanwhile")
    await settle(world)
    world.outlook.move(event, "calendar")
    await settle(world)
    assert world.crm.rows["anna"]["lieu"] == "Nantes"
    await assert_peace(world)
