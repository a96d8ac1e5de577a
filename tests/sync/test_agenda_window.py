"""The window slides with time, and people move appointments across its edges: nothing is lost, doubled, made or deleted by that."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from outlookd.core.model import Direction, LinkStatus
from outlookd.core.rules import ViewExit
from outlookd.core.window import Horizon
from outlookd.sync.engine import approve
from sync.agenda import DAY, TOMORROW, ZONE, AgendaWorld
from sync.claims import assert_peace, link_of, settle, subjects, titles, written

NEVER = timedelta(days=5000)
SMALL = Horizon(past=10 * DAY, future=30 * DAY, series=20 * DAY)
FAR = datetime(2028, 5, 4, 11)
PAST = datetime(2025, 5, 5, 11)


def small_world(*, full_interval: timedelta) -> AgendaWorld:
    world = AgendaWorld()
    world.set(horizon=SMALL, full_interval=full_interval)
    return world


async def live_one(world: AgendaWorld, days: int) -> None:
    """One day after the other, with a run in each. Nothing is ever deleted, and what was made stays one."""
    for _ in range(days):
        world.clock.advance(DAY.total_seconds() - 300)
        report = await world.run()
        assert not {word for word in written(report) if word.startswith("deleted")}
        assert report.held == report.quarantined == 0
        assert len(set(titles(world))) == len(titles(world))
        assert len(set(subjects(world))) == len(subjects(world))


def view_of(world: AgendaWorld, past: timedelta, future: timedelta):
    """A view's condition on dates, as administrators write it."""

    def shows(row: dict[str, str]) -> bool:
        today = world.clock.now().astimezone(ZONE).date()
        return f"{today - past}" <= row["date_fin"] and row["date_debut"] <= f"{today + future}"

    return shows


def fill(world: AgendaWorld) -> int:
    """Appointments of every kind on both sides, from before the window until long after it; how many there are."""
    count = 0
    for number, days in enumerate(range(-20, 90, 7)):
        start = TOMORROW + timedelta(days=days, hours=number % 12 - 6)
        whole = start.date()
        world.add_row(f"row {days}", start if number % 2 else whole)
        world.outlook.add(whole if number % 2 else start, subject=f"event {days}")
        count += 1
    return count


async def test_sliding_by_days_makes_each_appointment_once_and_deletes_none():
    world = small_world(full_interval=timedelta(hours=6))
    count = fill(world)
    await world.run()
    await live_one(world, 70)
    assert len(titles(world)) == 2 * count - 2, "only the events before the window have no row"
    await assert_peace(world)


@pytest.mark.parametrize("exit", [ViewExit.DETACH, ViewExit.DELETE])
@pytest.mark.parametrize("narrower", [-3, 0, 3])
async def test_a_view_with_dates_of_its_own_deletes_nothing_when_time_passes(exit, narrower):
    world = small_world(full_interval=timedelta(hours=6))
    world.set(on_view_exit=exit)
    world.crm.shows = view_of(world, SMALL.past - narrower * DAY, SMALL.future - narrower * DAY)
    fill(world)
    await world.run()
    await live_one(world, 25)
    await assert_peace(world)


@pytest.mark.parametrize("full_interval", [timedelta(hours=6), NEVER])
async def test_a_quiet_year_writes_nothing(full_interval):
    world = AgendaWorld()
    world.set(full_interval=full_interval)
    for days in (-61, -60, -59, -58, 0, 363, 364, 365):
        world.add_row(f"row {days}", TOMORROW + timedelta(days=days))
        world.add_row(f"whole row {days}", TOMORROW.date() + timedelta(days=days))
        world.outlook.add(TOMORROW + timedelta(days=days), subject=f"event {days}")
        world.outlook.add(TOMORROW.date() + timedelta(days=days), subject=f"whole event {days}")
    await world.run()
    world.clock.advance(2 * DAY.total_seconds())
    await world.run(full=True)
    before = (titles(world), subjects(world), world.outlook.tick)
    for _ in range(54):
        world.clock.advance(7 * DAY.total_seconds())
        assert written(await world.run()) == {}
    assert (titles(world), subjects(world), world.outlook.tick) == before


@pytest.mark.parametrize("full_interval", [timedelta(hours=6), NEVER])
@pytest.mark.parametrize("away", [FAR, PAST, FAR.date(), PAST.date()])
@pytest.mark.parametrize("mover", ["row", "event"])
@pytest.mark.parametrize("returner", ["row", "event"])
async def test_an_appointment_moved_far_away_and_back_is_the_same_one(full_interval, away, mover, returner):
    world = AgendaWorld()
    world.set(full_interval=full_interval)
    world.add_row("anna")
    world.add_row("ancre")
    await world.run()
    event = world.event_of("anna")

    def move(who: str, start: date) -> None:
        if who == "row":
            world.edit_row("anna", start)
        else:
            world.outlook.edit(event, start)

    move(mover, away)
    await settle(world)
    assert (titles(world), subjects(world)) == (["Anna", "Ancre"][::-1], ["Ancre", "Anna"])
    world.clock.advance(2 * DAY.total_seconds())
    await settle(world)
    move(returner, TOMORROW + 9 * DAY)
    await settle(world)
    assert world.event_of("anna") == event
    assert world.crm.rows["anna"]["date_debut"] == "2026-12-02"
    assert (titles(world), subjects(world)) == (["Ancre", "Anna"], ["Ancre", "Anna"])
    await assert_peace(world)


async def test_an_appointment_moved_far_away_follows_before_it_rests():
    world = AgendaWorld()
    for key in ("anna", "bruno", "ancre"):
        world.add_row(key)
    await world.run()
    world.edit_row("anna", FAR)
    world.outlook.edit(world.event_of("bruno"), FAR)
    await settle(world)
    assert await world.agree() == {}
    assert world.crm.rows["bruno"]["date_debut"] == "2028-05-04"
    await assert_peace(world)


@pytest.mark.parametrize("full_interval", [timedelta(hours=6), NEVER])
async def test_edits_of_an_appointment_far_away_meet_when_it_is_near_again(full_interval):
    world = AgendaWorld()
    world.set(full_interval=full_interval)
    world.add_row("anna")
    world.add_row("ancre")
    await world.run()
    event = world.event_of("anna")
    world.outlook.edit(event, FAR)
    await settle(world)
    world.outlook.edit(event, location="Nantes")
    world.edit_row("anna", note="Meanwhile")
    await settle(world)
    world.clock.advance(300 * DAY.total_seconds())
    world.add_row("near", datetime(2027, 9, 20, 10))
    await settle(world)
    assert world.crm.rows["anna"]["lieu"] == "Nantes"
    assert world.event_content(event)["note"] == "Meanwhile"
    await assert_peace(world)


async def test_an_event_deleted_far_away_is_not_made_again_when_its_row_comes_near():
    world = AgendaWorld()
    world.set(full_interval=NEVER)
    world.add_row("anna")
    world.add_row("ancre")
    await world.run()
    world.outlook.edit(world.event_of("anna"), FAR)
    await settle(world)
    world.outlook.delete(world.event_of("anna"))
    await settle(world)
    world.clock.advance(300 * DAY.total_seconds())
    world.add_row("near", datetime(2027, 9, 20, 10))
    await settle(world)
    # Nothing else that is known is near, so that its absence is not believed by itself.
    (held,) = (await world.plan()).held
    assert await approve(world.job, world.deps, held.hash)
    await settle(world)
    assert subjects(world) == ["Ancre", "Near"]
    assert (await link_of(world, "anna")).status is LinkStatus.DETACHED
    await assert_peace(world)


async def test_a_row_moved_from_the_past_into_the_window_becomes_an_event_once():
    world = AgendaWorld()
    world.add_row("anna", PAST)
    world.add_row("ancre")
    await world.run()
    assert subjects(world) == ["Ancre"]
    world.edit_row("anna", TOMORROW)
    await settle(world)
    assert subjects(world) == ["Ancre", "Anna"]
    await assert_peace(world)


@pytest.mark.parametrize("exit", [ViewExit.DETACH, ViewExit.DELETE])
@pytest.mark.parametrize("days", [364, 365, 366, 367, 368, 400])
async def test_an_event_moved_out_of_the_view_s_dates_in_outlook_is_not_deleted(exit, days):
    world = AgendaWorld()
    world.set(on_view_exit=exit)
    world.crm.shows = view_of(world, 60 * DAY, 365 * DAY)
    world.add_row("anna")
    world.add_row("ancre")
    await world.run()
    event = world.event_of("anna")
    world.outlook.edit(event, TOMORROW + timedelta(days=days))
    await settle(world, 3)
    assert event in world.outlook.events
    world.outlook.edit(event, TOMORROW)
    await settle(world)
    assert subjects(world) == ["Ancre", "Anna"]
    await settle(world)
    await assert_peace(world)


async def test_events_wholly_at_the_edge_enter_on_one_day_only():
    world = small_world(full_interval=timedelta(hours=6))
    world.add_row("ancre", TOMORROW + 3 * DAY)
    world.outlook.add(date(2026, 12, 24), date(2027, 1, 3), subject="Holidays")
    runs = []
    for _ in range(60):
        world.clock.advance(DAY.total_seconds() - 300)
        runs.append(written(await world.run()).get("created gopaas", 0))
    assert sum(runs) == 1
    assert titles(world) == ["Ancre", "Holidays"]


async def test_a_series_across_both_edges_brings_each_occurrence_once():
    world = small_world(full_interval=timedelta(hours=6))
    world.add_row("ancre", TOMORROW + 3 * DAY)
    world.outlook.add_series(datetime(2026, 10, 5, 9), step=1, subject="Daily")
    await world.run()
    for _ in range(20):
        world.clock.advance(DAY.total_seconds() - 300)
        report = await world.run()
        assert written(report) == {"created gopaas": 1}
        starts = [row["date_debut"] for row in world.crm.rows.values() if row["intitule"] == "Daily"]
        assert len(starts) == len(set(starts))


@pytest.mark.parametrize("direction", list(Direction))
async def test_sliding_writes_nothing_in_any_direction(direction):
    world = small_world(full_interval=timedelta(hours=6))
    world.set(direction=direction)
    fill(world)
    await world.run()
    await live_one(world, 25)
    plan = await world.plan()
    assert plan.actions == ()
