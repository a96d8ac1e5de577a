"""Series: each occurrence in the window is a row of its own, through everything that a person can do to a series."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from outlookd.core.model import LinkStatus
from outlookd.core.rules import OutlookDelete
from sync.agenda import DAY, HORIZON, HOUR, TOMORROW, AgendaWorld
from sync.claims import assert_peace, link_of, settle, subjects, titles, written

FIRST = datetime(2026, 11, 24, 9)
LAST = date(2026, 12, 29)
DAYS = [FIRST + number * 7 * DAY for number in range(6)]


async def weekly(*, ids: bool = True, **settings) -> AgendaWorld:
    """A row with its event, and a weekly meeting of six occurrences with their rows. `ids`: they change with the pattern."""
    world = AgendaWorld()
    world.set(**settings)
    world.outlook.new_ids = ids
    world.add_row("anna")
    world.outlook.add_series(FIRST, last=LAST, subject="Weekly")
    await world.run()
    return world


def master(world: AgendaWorld) -> str:
    return next(id for id, event in world.outlook.events.items() if event.content["subject"] == "Weekly")


def occurrence(world: AgendaWorld, number: int) -> str:
    """The id of the occurrence that the pattern puts on that week."""
    series = world.outlook.events[master(world)]
    assert series.pattern is not None
    found = series.occurrence(series.pattern.first + number * timedelta(days=series.pattern.step))
    assert found is not None
    return found.id


def rows(world: AgendaWorld) -> dict[str, str]:
    """The starts of the rows born in Outlook, by key."""
    born = {key: row for key, row in world.crm.rows.items() if key.startswith("ol-")}
    return {key: f"{row['date_debut']} {row['heure_debut']}".strip() for key, row in born.items()}


def starts(world: AgendaWorld) -> list[str]:
    return sorted(rows(world).values())


def told(*moments: date) -> list[str]:
    return sorted(f"{moment}" for moment in moments)


async def test_each_occurrence_in_the_window_is_one_row():
    world = await weekly()
    assert starts(world) == told(*DAYS)
    assert len({row["outlook_id"] for row in world.crm.rows.values()}) == 7
    await assert_peace(world)


async def test_an_occurrence_moved_edited_or_deleted_in_outlook_concerns_its_row_alone():
    world = await weekly()
    before = rows(world)
    moved, edited, deleted = (world.row_of(occurrence(world, number)) for number in (1, 2, 3))
    world.outlook.edit(occurrence(world, 1), DAYS[1] + DAY)
    world.outlook.edit(occurrence(world, 2), subject="Special", location="Nantes")
    world.outlook.delete(occurrence(world, 3))
    await settle(world)
    assert rows(world) == {**before, moved: f"{DAYS[1] + DAY}"}
    assert world.crm.rows[edited]["intitule"] == "Special"
    assert (await link_of(world, deleted)).status is LinkStatus.DETACHED
    assert titles(world) == ["Anna", "Special", *["Weekly"] * 5]
    await assert_peace(world)


async def test_editing_the_record_of_an_occurrence_changes_that_occurrence_only():
    world = await weekly()
    key = world.row_of(occurrence(world, 1))
    world.edit_row(key, DAYS[1] + HOUR, note="Only today")
    await settle(world)
    series = world.outlook.events[master(world)]
    assert set(series.overrides) == {DAYS[1].date()}
    assert series.content["body"] == ""
    assert starts(world) == told(DAYS[0], DAYS[1] + HOUR, *DAYS[2:])
    await assert_peace(world)


async def test_a_record_of_an_occurrence_cannot_be_moved_over_its_neighbour_and_stops_nobody():
    world = await weekly()
    key = world.row_of(occurrence(world, 1))
    world.edit_row(key, DAYS[2] + DAY)
    world.edit_row("anna", intitule="Goes on")
    report = await world.run()
    assert report.quarantined == 1
    assert subjects(world) == ["Goes on", "Weekly"]
    world.edit_row(key, DAYS[1] + DAY)
    world.clock.advance(3600)
    await settle(world)
    await assert_peace(world)


@pytest.mark.parametrize("ids", [True, False])
@pytest.mark.parametrize("by", [HOUR, DAY, -3 * HOUR, timedelta(days=2), 10 * DAY])
async def test_a_series_moved_as_a_whole_moves_its_rows_and_makes_none(by, ids):
    world = await weekly(ids=ids)
    keys = set(rows(world))
    world.outlook.move_series(master(world), by)
    await settle(world)
    assert set(rows(world)) == keys
    assert starts(world) == told(*(day + by for day in DAYS))
    await assert_peace(world)


@pytest.mark.parametrize("ids", [True, False])
async def test_a_series_moved_by_a_whole_step_drops_its_first_row_and_gets_a_last_one(ids):
    world = await weekly(ids=ids)
    first = world.row_of(occurrence(world, 0))
    world.outlook.move_series(master(world), 7 * DAY)
    await settle(world)
    assert (await link_of(world, first)).status is LinkStatus.DETACHED
    assert starts(world) == told(*DAYS, DAYS[-1] + 7 * DAY)
    await assert_peace(world)


async def test_a_series_moved_while_its_first_rows_are_being_made_has_one_row_an_occurrence():
    world = AgendaWorld()
    world.outlook.new_ids = True
    world.add_row("anna")
    world.outlook.add_series(FIRST, last=LAST, subject="Weekly")

    def made(row):
        if starts(world) == []:
            world.outlook.move_series(master(world), DAY)
        return dict(row)

    world.crm.store_as = made
    await world.run()
    assert starts(world) == told(*(day + DAY for day in DAYS))
    await assert_peace(world)


@pytest.mark.parametrize("ids", [True, False])
async def test_what_gopaas_says_of_an_occurrence_survives_the_move_of_its_series(ids):
    world = await weekly(ids=ids)
    key = world.row_of(occurrence(world, 1))
    world.outlook.move_series(master(world), HOUR)
    world.edit_row(key, note="Bring the plans")
    await settle(world)
    assert world.event_content(world.event_of(key))["note"] == "Bring the plans"
    assert starts(world) == told(*(day + HOUR for day in DAYS))
    await assert_peace(world)


@pytest.mark.parametrize("change", ["moved", "turned back into a single event"])
async def test_an_occurrence_whose_stamp_went_with_a_change_of_its_series_gets_it_again_with_the_next_content(change):
    world = await weekly()
    key = world.row_of(occurrence(world, 0))
    world.edit_row(key, note="Bring the plans")
    await settle(world)
    if change == "moved":
        world.outlook.move_series(master(world), HOUR)
    else:
        world.outlook.events[master(world)].pattern = None
        world.outlook.churn(master(world))
    await settle(world)
    assert world.outlook.found(world.event_of(key)).marker == ""
    world.edit_row(key, note="Bring the contract")
    await settle(world)
    assert world.outlook.found(world.event_of(key)).marker == (await link_of(world, key)).marker
    await assert_peace(world)


async def test_a_series_moved_while_one_of_its_occurrences_was_an_exception_keeps_one_row_each():
    world = await weekly()
    world.outlook.edit(occurrence(world, 1), DAYS[1] + DAY, subject="Special")
    world.outlook.delete(occurrence(world, 4))
    await settle(world)
    world.outlook.move_series(master(world), HOUR)
    await settle(world)
    living = [key for key, link in (await world.links()).items() if link.status is LinkStatus.ACTIVE and key in rows(world)]
    assert sorted(rows(world)[key] for key in living) == told(*(day + HOUR for day in DAYS))
    await assert_peace(world)


@pytest.mark.parametrize("ids", [True, False])
@pytest.mark.parametrize("target", [OutlookDelete(), OutlookDelete(field="etat", value="annulé")], ids=["let go", "set"])
@pytest.mark.parametrize("by", [HOUR, DAY, -DAY])
async def test_a_deleted_occurrence_that_the_move_of_its_series_brings_back_has_its_row_again(ids, target, by):
    world = await weekly(ids=ids, on_outlook_delete=target)
    world.outlook.delete(occurrence(world, 2))
    await settle(world)
    world.outlook.move_series(master(world), by)
    await settle(world)
    assert starts(world) == told(*(day + by for day in DAYS))
    await assert_peace(world)


@pytest.mark.parametrize("ids", [True, False])
async def test_a_deleted_occurrence_that_the_move_of_its_series_brings_back_has_a_new_row_where_its_own_was_deleted(ids):
    world = await weekly(ids=ids)
    key = world.row_of(occurrence(world, 2))
    world.outlook.delete(occurrence(world, 2))
    await settle(world)
    world.delete_row(key)
    await settle(world)
    world.outlook.move_series(master(world), DAY)
    await settle(world)
    assert starts(world) == told(*(day + DAY for day in DAYS))
    await assert_peace(world)


async def test_a_deleted_occurrence_that_is_back_waits_for_its_row_while_the_view_does_not_show_it():
    world = await weekly()
    key = world.row_of(occurrence(world, 2))
    world.outlook.delete(occurrence(world, 2))
    await settle(world)
    world.crm.shows = lambda row: row.get("etat") != "lost"
    world.edit_row(key, etat="lost")
    await settle(world)
    world.outlook.move_series(master(world), DAY)
    await settle(world)
    assert len(starts(world)) == 6
    world.edit_row(key, etat="")
    await settle(world)
    assert starts(world) == told(*(day + DAY for day in DAYS))
    await assert_peace(world)


@pytest.mark.parametrize("ids", [True, False])
async def test_a_series_ended_earlier_leaves_the_rows_of_what_is_cut_off(ids):
    world = await weekly(ids=ids)
    world.outlook.end_series(master(world), date(2026, 12, 9))
    await settle(world)
    links = await world.links()
    assert starts(world) == told(*DAYS)
    active = [key for key, link in links.items() if link.status is LinkStatus.ACTIVE and key in rows(world)]
    assert sorted(rows(world)[key] for key in active) == told(*DAYS[:3])
    await assert_peace(world)


@pytest.mark.parametrize("ids", [True, False])
async def test_a_series_ended_earlier_and_prolonged_again_has_its_rows_back_and_no_others(ids):
    world = await weekly(ids=ids)
    world.outlook.end_series(master(world), date(2026, 12, 9))
    await settle(world)
    world.outlook.end_series(master(world), LAST)
    await settle(world)
    assert titles(world) == ["Anna", *["Weekly"] * 6]
    await assert_peace(world)


@pytest.mark.parametrize("ids", [True, False])
async def test_a_series_prolonged_gets_the_new_rows_only(ids):
    world = await weekly(ids=ids)
    before = rows(world)
    world.outlook.end_series(master(world), LAST + 14 * DAY)
    await settle(world)
    assert before.items() <= rows(world).items()
    assert starts(world) == told(*DAYS, DAYS[-1] + 7 * DAY, DAYS[-1] + 14 * DAY)
    await assert_peace(world)


async def test_a_series_deleted_counts_as_one_deletion_and_sets_every_row():
    world = await weekly(on_outlook_delete=OutlookDelete(field="etat", value="annulé"))
    world.outlook.delete(master(world))
    report = await world.run()
    assert report.held == 0
    assert [row.get("etat") for key, row in world.crm.rows.items() if key.startswith("ol-")] == ["annulé"] * 6
    assert len(world.crm.rows) == 7
    await assert_peace(world)


@pytest.mark.parametrize("ids", [True, False])
async def test_a_row_whose_event_is_made_to_repeat_stays_the_first_of_them(ids):
    world = await weekly(ids=ids)
    event = world.event_of("anna")
    world.outlook.repeat(event, 7, last=date(2026, 12, 21))
    await settle(world)
    assert titles(world) == [*["Anna"] * 5, *["Weekly"] * 6]
    assert world.crm.rows["anna"]["date_debut"] == "2026-11-23"
    await assert_peace(world)
    world.edit_row("anna", intitule="Anna, the first")
    await settle(world)
    assert titles(world).count("Anna") == 4
    await assert_peace(world)


async def test_a_series_turned_back_into_a_single_event_keeps_one_row_of_it_alive():
    world = await weekly()
    event = world.outlook.events[master(world)]
    event.pattern = None
    world.outlook.churn(event.id)
    await settle(world)
    assert len(world.crm.rows) == 7
    assert [link.status for link in (await world.links()).values()].count(LinkStatus.ACTIVE) == 2
    await assert_peace(world)


async def test_a_row_s_event_made_to_repeat_and_turned_back_is_the_row_s_again():
    world = await weekly()
    event = world.event_of("anna")
    world.outlook.repeat(event, 7, last=date(2026, 12, 21))
    await settle(world)
    world.outlook.events[event].pattern = None
    world.outlook.churn(event)
    await settle(world)
    assert world.event_of("anna") == event
    assert (await link_of(world, "anna")).status is LinkStatus.ACTIVE
    assert len(world.crm.rows) == 11
    await assert_peace(world)


@pytest.mark.parametrize("by", [HOUR, DAY])
async def test_this_and_following_cuts_the_series_and_the_rest_is_another_one(by):
    world = await weekly()
    series = master(world)
    world.outlook.end_series(series, date(2026, 12, 9))
    world.outlook.add_series(DAYS[3] + by, last=LAST + by, subject="Weekly, later")
    await settle(world)
    live = [key for key, link in (await world.links()).items() if link.status is LinkStatus.ACTIVE and key in rows(world)]
    assert sorted(rows(world)[key] for key in live) == told(*DAYS[:3], *(day + by for day in DAYS[3:]))
    await assert_peace(world)


# --- which occurrences


async def test_a_job_that_skips_series_takes_single_events_only():
    world = await weekly(horizon=HORIZON.__class__(past=60 * DAY, future=365 * DAY, series=90 * DAY, occurrences=False))
    world.outlook.add(TOMORROW + DAY, subject="Dentist")
    await settle(world)
    assert titles(world) == ["Anna", "Dentist"]
    await assert_peace(world)


async def test_series_that_are_skipped_from_now_on_leave_what_is_there_in_step():
    world = await weekly()
    world.set(horizon=HORIZON.__class__(past=60 * DAY, future=365 * DAY, series=90 * DAY, occurrences=False))
    world.outlook.edit(occurrence(world, 1), location="Nantes")
    world.outlook.end_series(master(world), LAST + 14 * DAY)
    await settle(world)
    assert titles(world) == ["Anna", *["Weekly"] * 6]
    await assert_peace(world)


async def test_no_more_of_a_series_than_the_cap_and_the_earliest_first():
    world = await weekly(horizon=HORIZON.__class__(past=60 * DAY, future=365 * DAY, series=90 * DAY, cap=3))
    assert starts(world) == told(*DAYS[:3])
    await assert_peace(world)
    world.outlook.move_series(master(world), HOUR)
    await settle(world)
    assert starts(world) == told(*(day + HOUR for day in DAYS[:3]))
    await assert_peace(world)


@pytest.mark.parametrize("ids", [True, False])
async def test_a_capped_series_does_not_take_up_another_occurrence_for_a_deleted_one_that_still_has_a_row(ids):
    world = await weekly(ids=ids, horizon=HORIZON.__class__(past=60 * DAY, future=365 * DAY, series=90 * DAY, cap=3))
    world.outlook.delete(occurrence(world, 0))
    await settle(world)
    assert len(rows(world)) == len(set(starts(world)))
    await assert_peace(world)


async def test_a_series_without_end_brings_one_row_a_week_as_time_goes_by():
    world = AgendaWorld()
    world.add_row("anna")
    world.outlook.add_series(FIRST, subject="Weekly")
    await world.run()
    count = len(rows(world))
    for _ in range(10):
        world.clock.advance(7 * DAY.total_seconds())
        await world.run()
        count += 1
        assert len(rows(world)) == len(set(starts(world))) == count
    await assert_peace(world)


async def test_occurrences_keep_their_hour_when_the_clocks_change():
    world = AgendaWorld()
    world.clock.advance(100 * DAY.total_seconds())
    world.add_row("anna", datetime(2027, 3, 10, 9))
    world.outlook.add_series(datetime(2027, 3, 11, 9), last=date(2027, 4, 15), subject="Weekly")
    await world.run()
    assert {start.split()[1] for start in starts(world)} == {"09:00:00"}
    assert len(rows(world)) == 6
    await assert_peace(world)


async def test_a_daily_series_of_whole_days_is_one_row_a_day():
    world = AgendaWorld()
    world.add_row("anna")
    world.outlook.add_series(date(2026, 11, 26), step=1, last=date(2026, 12, 5), subject="Weekly")
    await world.run()
    assert starts(world) == [f"2026-11-{day}" for day in range(26, 31)] + [f"2026-12-0{day}" for day in range(1, 6)]
    await assert_peace(world)
    world.outlook.move_series(master(world), 10 * DAY)
    await settle(world)
    assert starts(world) == [f"2026-12-{day:02}" for day in range(6, 16)]
    await assert_peace(world)


async def test_a_copied_series_is_a_second_series():
    world = await weekly()
    world.outlook.copy(master(world))
    await settle(world)
    assert len(rows(world)) == 12
    await assert_peace(world)


async def test_the_copy_of_a_series_that_began_as_a_row_is_new_rows():
    world = await weekly()
    event = world.event_of("anna")
    world.outlook.repeat(event, 7, last=date(2026, 12, 21))
    await settle(world)
    world.outlook.copy(event)
    await settle(world)
    assert titles(world) == [*["Anna"] * 10, *["Weekly"] * 6]
    await assert_peace(world)


async def test_churn_on_a_series_writes_nothing():
    world = await weekly()
    world.outlook.churn(master(world))
    assert written(await world.run()) == {}
    await assert_peace(world)
