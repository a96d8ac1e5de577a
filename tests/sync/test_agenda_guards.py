"""Too much at once is not believed, part of a listing is not taken for all of it, odd values and hours do not trouble anybody."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from outlookd.core.model import LinkStatus, RunStatus
from outlookd.core.rules import Limits, OutlookDelete, ViewExit
from outlookd.sync.engine import approve
from sync.agenda import DAY, HOUR, TOMORROW, AgendaWorld, make_agenda_job
from sync.claims import assert_peace, settle, subjects, titles, written
from sync.dying import die_at

NEXT_WEEK = TOMORROW + 7 * DAY
MARK = OutlookDelete(field="etat", value="annulé")


async def many(count: int, **settings) -> AgendaWorld:
    """So many rows with their events, one an hour from next week on."""
    world = AgendaWorld()
    world.set(**settings)
    for number in range(count):
        world.add_row(f"row {number:03}", NEXT_WEEK + number * HOUR)
    await world.run()
    return world


async def test_thirty_rows_deleted_at_once_delete_nothing_until_a_person_agrees():
    world = await many(100, on_view_exit=ViewExit.DELETE)
    for number in range(30):
        world.delete_row(f"row {number:03}")
    for _ in range(3):
        report = await world.run()
        assert report.status is RunStatus.HELD
    assert len(world.outlook.events) == 100
    (held,) = (await world.plan()).held
    assert await approve(world.job, world.deps, held.hash)
    await settle(world)
    assert len(world.outlook.events) == 70
    await assert_peace(world)


async def test_thirty_events_deleted_at_once_mark_no_row_until_a_person_agrees():
    world = await many(100, on_outlook_delete=MARK)
    for number in range(30):
        world.outlook.delete(world.event_of(f"row {number:03}"))
    for _ in range(3):
        await world.run()
    assert [row for row in world.crm.rows.values() if row.get("etat")] == []
    (held,) = (await world.plan()).held
    assert await approve(world.job, world.deps, held.hash)
    await settle(world)
    assert len([row for row in world.crm.rows.values() if row.get("etat")]) == 30
    await assert_peace(world)


async def test_a_long_series_deleted_is_one_deletion():
    world = await many(20, on_outlook_delete=MARK)
    series = world.outlook.add_series(NEXT_WEEK + 30 * HOUR, step=1, last=date(2027, 1, 20), subject="Daily")
    await settle(world)
    assert titles(world).count("Daily") > 50
    world.outlook.delete(series)
    report = await world.run()
    assert report.held == 0
    assert {row.get("etat") for row in world.crm.rows.values() if row["intitule"] == "Daily"} == {"annulé"}
    await assert_peace(world)


async def test_a_long_series_moved_is_one_change():
    world = await many(20)
    series = world.outlook.add_series(NEXT_WEEK + 30 * HOUR, step=1, last=date(2027, 1, 20), subject="Daily")
    await settle(world)
    world.outlook.move_series(series, HOUR)
    report = await world.run()
    assert report.held == 0
    await assert_peace(world)


async def test_a_view_that_shows_three_rows_of_many_deletes_and_detaches_nothing():
    world = await many(90, on_view_exit=ViewExit.DELETE)
    shown = {f"row {number:03}" for number in range(3)}
    world.crm.shows = lambda row: row["intitule"].lower() in shown
    for _ in range(3):
        report = await world.run()
        assert report.status is RunStatus.HELD
    assert len(world.outlook.events) == 90
    assert {link.status for link in (await world.links()).values()} == {LinkStatus.ACTIVE}
    world.crm.shows = bool
    await settle(world)
    await assert_peace(world)


async def test_an_empty_view_deletes_nothing_and_outlook_goes_on_being_read():
    world = await many(10, on_view_exit=ViewExit.DELETE)
    rows, world.crm.rows = world.crm.rows, {}
    world.outlook.edit(next(iter(world.outlook.events)), location="Nantes")
    for _ in range(3):
        await world.run()
    assert len(world.outlook.events) == 10
    world.crm.rows = rows | world.crm.rows
    await settle(world)
    assert "Nantes" in {row["lieu"] for row in world.crm.rows.values()}
    await assert_peace(world)


async def test_a_view_that_shows_only_a_row_whose_pair_was_let_go_is_not_empty():
    world = await many(2)
    world.outlook.move(world.event_of("row 000"), world.outlook.add_calendar("Archive"))
    await world.run()
    world.delete_row("row 001")
    report = await world.run(full=True)
    assert (report.status, report.deleted.outlook) == (RunStatus.OK, 1)
    await assert_peace(world)


async def test_an_empty_calendar_marks_no_row():
    world = await many(10, on_outlook_delete=MARK)
    events, world.outlook.events = world.outlook.events, {}
    for _ in range(3):
        report = await world.run(full=True)
        assert report.status is RunStatus.HELD
    assert [row for row in world.crm.rows.values() if row.get("etat")] == []
    world.outlook.events = events
    await world.run(full=True)
    await assert_peace(world)


async def test_one_field_that_changes_in_every_row_is_held():
    world = await many(40)
    for key in world.crm.rows:
        world.edit_row(key, lieu="Renamed column")
    report = await world.run()
    assert report.status is RunStatus.HELD
    assert {event.content["location"] for event in world.outlook.events.values()} == {""}


async def test_an_incomplete_listing_of_rows_makes_and_deletes_nothing():
    world = await many(10, on_view_exit=ViewExit.DELETE)
    world.crm.complete = False
    world.crm.shows = lambda row: row["intitule"] != "Row 003"
    world.outlook.add(TOMORROW + 40 * HOUR, subject="Dentist")
    await settle(world)
    assert "Dentist" not in titles(world)
    assert len(world.outlook.events) == 11
    world.crm.complete, world.crm.shows = True, bool
    await settle(world)
    assert titles(world).count("Dentist") == 1
    await assert_peace(world)


# --- rows read by days


async def scanned(**settings) -> AgendaWorld:
    world = await many(5, **settings)
    world.crm.scans = True
    world.outlook.add(TOMORROW + 20 * HOUR, subject="Dentist")
    await settle(world)
    world.clock.advance(DAY.total_seconds())
    await settle(world)
    return world


async def test_a_scan_by_days_sees_an_edit_and_takes_no_silence_for_a_deletion():
    world = await scanned(on_view_exit=ViewExit.DELETE)
    world.edit_row("row 001", note="Scanned")
    await settle(world)
    assert world.event_content(world.event_of("row 001"))["note"] == "Scanned"
    assert len(world.outlook.events) == 6
    await assert_peace(world)


async def test_a_scan_by_days_does_not_see_a_deletion_and_the_full_listing_does():
    world = await scanned()
    world.delete_row("row 001")
    await world.run()
    assert len(world.outlook.events) == 6
    world.clock.advance(6 * 3600)
    await settle(world)
    assert len(world.outlook.events) == 5
    await assert_peace(world)


async def test_between_full_listings_an_event_edited_whose_row_was_deleted_does_not_bring_back_a_torso():
    world = await scanned()
    event = world.event_of("row 001")
    world.delete_row("row 001")
    world.outlook.edit(event, location="Nantes")
    await settle(world)
    world.clock.advance(6 * 3600)
    await settle(world)
    if "row 001" in world.crm.rows:
        assert world.crm.rows["row 001"]["intitule"] == "Row 001"
        assert world.crm.rows["row 001"]["date_debut"]
    await assert_peace(world)


async def test_a_new_event_between_full_listings_is_a_row_at_once_and_only_once():
    world = await scanned()
    world.outlook.add(TOMORROW + 60 * HOUR, subject="Since")
    await world.run()
    await settle(world)
    assert titles(world).count("Since") == 1
    await assert_peace(world)


async def test_a_row_edited_between_listing_and_write_is_not_overwritten():
    world = await scanned()
    world.outlook.edit(world.event_of("row 001"), subject="Outlook")
    world.edit_row("row 001", lieu="Nantes")
    await settle(world)
    assert world.row_content("row 001") | {"intitule": "Outlook", "lieu": "Nantes"} == world.row_content("row 001")
    await assert_peace(world)


async def test_a_row_whose_modification_date_was_not_bumped_is_found_by_the_next_full_listing():
    world = await scanned()
    world.crm.rows["row 001"]["lieu"] = "Nantes"
    await world.run()
    world.outlook.edit(world.event_of("row 001"), subject="Outlook")
    await settle(world)
    world.clock.advance(6 * 3600)
    await settle(world)
    assert world.row_content("row 001") | {"intitule": "Outlook", "lieu": "Nantes"} == world.row_content("row 001")
    await assert_peace(world)


# --- what GoPaaS or Outlook make of a value


@pytest.mark.parametrize(
    "text", ["$$NULL", " two  spaces ", "line\nbreak", "<b>not bold</b>", "a & b", "é\u0301", "x" * 300, "=1+1", "|", "\u200b", "0"]
)
async def test_any_text_settles_in_two_runs(text):
    world = await many(2)
    world.outlook.add(TOMORROW + 60 * HOUR, subject=f"A {text}", body=text, location=text)
    world.edit_row("row 001", note=text, lieu=text)
    await settle(world)
    await assert_peace(world, apart=set(world.crm.rows))


async def test_gopaas_that_cuts_what_it_stores_is_not_written_to_for_ever():
    world = await many(2)
    world.crm.store_as = lambda row: {**row, "intitule": row["intitule"][:10].rstrip()}
    world.outlook.add(TOMORROW + 60 * HOUR, subject="A very long subject indeed")
    await settle(world, 3)
    assert "A very lon" in titles(world)
    assert "A very long subject indeed" in subjects(world)
    await assert_peace(world, apart=set(world.crm.rows))


async def test_gopaas_that_drops_seconds_is_not_written_to_for_ever():
    world = await many(2)
    world.crm.store_as = lambda row: {**row, **{name: row[name][:5] for name in ("heure_debut", "heure_fin") if row.get(name)}}
    world.outlook.add(datetime(2026, 11, 27, 9, 30), subject="Dentist")
    world.outlook.add(datetime(2026, 11, 27, 9, 30, 20), datetime(2026, 11, 27, 9, 50, 40), subject="Odd")
    await settle(world, 3)
    await assert_peace(world, apart=set(world.crm.rows))


async def test_one_event_that_cannot_be_read_waits_alone():
    world = await many(3)
    world.edit_row("row 001", date_fin="2020-01-01")
    world.outlook.edit(world.event_of("row 001"), location="Nantes")
    world.edit_row("row 002", note="Goes on")
    await settle(world)
    assert world.event_content(world.event_of("row 002"))["note"] == "Goes on"
    world.edit_row("row 001", TOMORROW)
    await settle(world)
    assert world.crm.rows["row 001"]["lieu"] == "Nantes"
    await assert_peace(world)


# --- the night in which the clocks change


@pytest.mark.parametrize("day", [date(2027, 3, 28), date(2027, 10, 31)])
@pytest.mark.parametrize("minutes", range(0, 241, 30))
async def test_a_row_in_the_night_of_the_clocks_settles_and_is_one_event(day, minutes):
    world = AgendaWorld()
    start = datetime(day.year, day.month, day.day) + timedelta(minutes=minutes)
    world.add_row("anna", start, start + timedelta(minutes=45))
    await world.run()
    before = dict(world.crm.rows["anna"])
    await settle(world)
    assert world.crm.rows["anna"] == before
    assert subjects(world) == ["Anna"]
    assert written(await world.run()) == {}
    world.outlook.edit(world.event_of("anna"), location="Nantes")
    await settle(world)
    assert world.crm.rows["anna"] | {"lieu": "Nantes", "heure_debut": before["heure_debut"]} == world.crm.rows["anna"]
    assert (await world.plan()).actions == ()


@pytest.mark.parametrize("utc", range(5))
async def test_an_event_in_the_doubled_hour_settles_and_keeps_its_instant(utc):
    world = AgendaWorld()
    world.add_row("ancre")
    world.outlook.zone = "UTC"
    start = datetime(2027, 10, 30, 23) + timedelta(minutes=30 * utc + 15)
    event = world.outlook.add(start, start + timedelta(minutes=20), subject="Night")
    await settle(world)
    assert titles(world) == ["Ancre", "Night"]
    world.edit_row(world.row_of(event), note="Tired")
    await settle(world)
    assert world.outlook.found(event).times.start == start
    assert (await world.plan()).actions == ()


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Tokyo", "Pacific/Auckland", "Pacific/Honolulu"])
async def test_whole_days_and_series_made_far_away_are_the_same_days_here(zone):
    world = AgendaWorld()
    world.add_row("ancre")
    world.outlook.zone = zone
    event = world.outlook.add(date(2026, 12, 3), subject="Day")
    world.outlook.add_series(date(2026, 12, 1), last=date(2026, 12, 22), subject="Days")
    night = world.outlook.add_series(datetime(2026, 12, 1, 23, 30), last=date(2026, 12, 22), subject="Night")
    await settle(world)
    key = world.row_of(event)
    assert (world.crm.rows[key]["date_debut"], world.crm.rows[key]["date_fin"]) == ("2026-12-03", "2026-12-03")
    await assert_peace(world)
    world.edit_row(key, date(2026, 12, 5), date(2026, 12, 6))
    world.outlook.move_series(night, HOUR)
    await settle(world)
    assert len(world.crm.rows) == 10
    await assert_peace(world)


# --- many new records ------------------------------------------------------------------------------------------------------

CAP = Limits(creates_min=50, creates_percent=20)
"""A tenth of the usual limit, and fewer rows to make."""


async def test_many_new_rows_at_once_wait_for_a_person_and_become_events_once_one_agrees():
    world = await many(20)
    world.set(limits=CAP)
    for number in range(51):
        world.add_row(f"new {number:03}", NEXT_WEEK + (40 + number) * HOUR)
    for _ in range(2):
        report = await world.run()
        assert (report.status, len(world.outlook.events)) == (RunStatus.HELD, 20)
    (held,) = (await world.plan()).held
    assert (held.guard, len(held.actions)) == ("creates", 51)
    assert await approve(world.job, world.deps, held.hash)
    await settle(world)
    assert len(world.outlook.events) == 71
    await assert_peace(world)


async def test_an_imported_calendar_waits_for_a_person_too():
    world = await many(20)
    world.set(limits=CAP)
    for number in range(51):
        world.outlook.add(NEXT_WEEK + (40 + number) * HOUR, subject=f"imported {number:03}")
    await settle(world)
    assert len(world.crm.rows) == 20
    (held,) = (await world.plan()).held
    assert await approve(world.job, world.deps, held.hash)
    await settle(world)
    assert len(world.crm.rows) == 71
    await assert_peace(world)


async def test_fifty_new_rows_are_made_without_a_question_and_so_is_one_long_series():
    world = await many(20)
    world.set(limits=CAP)
    for number in range(49):
        world.add_row(f"new {number:03}", NEXT_WEEK + (40 + number) * HOUR)
    world.outlook.add_series(NEXT_WEEK + 30 * HOUR, step=1, last=date(2027, 1, 30), subject="Daily")
    await settle(world)
    assert (await world.plan()).held == ()
    assert len(world.crm.rows) > 120


async def test_a_first_run_that_broke_off_is_finished_without_a_question():
    world = AgendaWorld(job=make_agenda_job(limits=CAP))
    for number in range(90):
        world.add_row(f"row {number:03}", NEXT_WEEK + number * HOUR)
    assert await die_at(world, 12)
    assert 0 < len(world.outlook.events) < 90
    await settle(world)
    assert len(world.outlook.events) == 90
    await assert_peace(world)
