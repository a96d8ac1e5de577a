"""A process may die at any moment, also in the middle of a calendar. The next runs end with nothing lost and nothing doubled."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from copy import deepcopy
from datetime import date, datetime

import pytest
from effort import stride

from outlookd.core.rules import OutlookDelete
from sync.agenda import DAY, HOUR, TOMORROW, AgendaWorld
from sync.claims import assert_peace, settle, subjects, titles
from sync.dying import die_at

LATER = datetime(2026, 12, 3, 10, 15)
NEW_YEAR = date(2026, 12, 31)


async def untouched() -> AgendaWorld:
    """Before the first run: rows, events, a series, a pair that the old button made."""
    world = AgendaWorld()
    for number in range(4):
        world.add_row(f"row {number}", TOMORROW + number * DAY)
        world.outlook.add(LATER + number * DAY, subject=f"event {number}")
    world.outlook.add_series(LATER + HOUR, last=NEW_YEAR, subject="Weekly")
    world.add_row("old", LATER + 2 * HOUR, outlook_id=world.outlook.add(LATER + 2 * HOUR, subject="Old", location="Nantes"))
    return world


async def after_first_run(world: AgendaWorld) -> None:
    assert titles(world) == ["Old", *(f"Row {n}" for n in range(4)), *["Weekly"] * 5, *(f"event {n}" for n in range(4))]
    assert subjects(world) == ["Old", *(f"Row {n}" for n in range(4)), "Weekly", *(f"event {n}" for n in range(4))]


async def edited() -> AgendaWorld:
    """Edits, creations and deletions on both sides, of which one pair has both."""
    world = await untouched()
    world.set(on_outlook_delete=OutlookDelete(field="etat", value="annulé"))
    await settle(world)
    ids = {event.content["subject"]: id for id, event in world.outlook.events.items()}
    world.edit_row("row 0", intitule="Row zero")
    world.outlook.edit(ids["Row 0"], location="Nantes")
    world.edit_row(world.row_of(ids["event 0"]), LATER - DAY)
    world.outlook.edit(ids["event 1"], subject="event one")
    world.delete_row("row 1")
    world.outlook.delete(ids["event 2"])
    world.add_row("eva", LATER + 8 * DAY)
    world.outlook.add(LATER + 9 * DAY, subject="Since")
    return world


async def after_edits(world: AgendaWorld) -> None:
    rows = {row["intitule"]: row for row in world.crm.rows.values()}
    names = ["Eva", "Old", "Row 2", "Row 3", "Row zero", "Since", "event 0", "event 3", "event one"]
    assert sorted(subjects(world)) == sorted([*names, "Weekly"])
    assert sorted(titles(world)) == sorted([*names, "event 2", *["Weekly"] * 5])
    assert rows["Row zero"]["lieu"] == "Nantes"
    assert rows["event 0"]["date_debut"] == "2026-12-02"
    assert rows["event 2"]["etat"] == "annulé"


async def serial() -> AgendaWorld:
    """A series moved by an hour, of which one record was edited, one occurrence changed and one is gone."""
    world = await untouched()
    await settle(world)
    series = next(id for id, event in world.outlook.events.items() if event.pattern is not None)
    world.outlook.move_series(series, HOUR)
    third, fourth = (world.outlook.events[series].occurrence(LATER.date() + 7 * n * DAY) for n in (2, 3))
    assert third is not None
    assert fourth is not None
    world.outlook.edit(third.id, subject="Special")
    world.outlook.delete(fourth.id)
    key = next(k for k, row in world.crm.rows.items() if row["intitule"] == "Weekly" and row["date_debut"] == "2026-12-10")
    world.edit_row(key, note="Bring the plans")
    return world


async def after_series(world: AgendaWorld) -> None:
    rows = sorted(
        (row["date_debut"], row["heure_debut"], row["intitule"], row["note"])
        for row in world.crm.rows.values()
        if row["intitule"] in ("Weekly", "Special")
    )
    assert rows == [
        ("2026-12-03", "12:15:00", "Weekly", ""),
        ("2026-12-10", "12:15:00", "Weekly", "Bring the plans"),
        ("2026-12-17", "12:15:00", "Special", ""),
        ("2026-12-24", "11:15:00", "Weekly", ""),
        ("2026-12-31", "12:15:00", "Weekly", ""),
    ]
    (series,) = (event for event in world.outlook.events.values() if event.pattern is not None)
    assert set(series.overrides) == {date(2026, 12, 10), date(2026, 12, 17)}


HISTORIES = [(untouched, after_first_run), (edited, after_edits), (serial, after_series)]


@pytest.mark.parametrize(("history", "claim"), HISTORIES)
async def test_a_run_may_die_at_any_moment(
    history: Callable[[], Awaitable[AgendaWorld]], claim: Callable[[AgendaWorld], Awaitable[None]]
):
    moment = 0
    died = True
    while died:
        moment += stride(3)
        world = await history()
        died = await die_at(world, moment)
        await settle(world, 3)
        await claim(world)
        await assert_peace(world)
    assert moment > 8


@pytest.mark.parametrize(("history", "claim"), HISTORIES)
async def test_a_run_may_die_twice(history: Callable[[], Awaitable[AgendaWorld]], claim: Callable[[AgendaWorld], Awaitable[None]]):
    for moment in range(2, 14, 3):
        world = await history()
        await die_at(world, moment)
        await die_at(world, 5)
        await settle(world, 3)
        await claim(world)
        await assert_peace(world)


@pytest.mark.parametrize(("history", "claim"), HISTORIES)
@pytest.mark.parametrize("lost", [1, 2, 3])
async def test_answers_lost_in_outlook_double_nothing(
    history: Callable[[], Awaitable[AgendaWorld]], claim: Callable[[AgendaWorld], Awaitable[None]], lost: int
):
    world = await history()
    world.outlook.lose_answers = lost
    for _ in range(4):
        world.clock.advance(3600)
        await world.run()
    await claim(world)
    await assert_peace(world)


@pytest.mark.parametrize(("history", "claim"), HISTORIES)
@pytest.mark.parametrize("lost", [1, 2, 3])
async def test_answers_lost_in_gopaas_double_nothing(
    history: Callable[[], Awaitable[AgendaWorld]], claim: Callable[[AgendaWorld], Awaitable[None]], lost: int
):
    world = await history()
    world.crm.lose_answers = lost
    for _ in range(4):
        world.clock.advance(3600)
        await world.run()
    await claim(world)
    await assert_peace(world)


@pytest.mark.parametrize(("history", "claim"), HISTORIES)
async def test_a_view_that_is_read_by_days_between_full_listings_comes_to_the_same(
    history: Callable[[], Awaitable[AgendaWorld]], claim: Callable[[AgendaWorld], Awaitable[None]]
):
    world = await history()
    world.crm.scans = True
    await settle(world)
    world.clock.advance(6 * 3600)
    await settle(world)
    await claim(world)
    await assert_peace(world)


@pytest.mark.parametrize(("history", "claim"), HISTORIES)
@pytest.mark.parametrize(("replays", "reorders"), [(True, False), (False, True), (True, True)])
async def test_a_feed_that_repeats_or_reorders_comes_to_the_same(
    history: Callable[[], Awaitable[AgendaWorld]], claim: Callable[[AgendaWorld], Awaitable[None]], replays: bool, reorders: bool
):
    world = await history()
    world.outlook.replays, world.outlook.reorders = replays, reorders
    await settle(world, 3)
    await claim(world)
    world.outlook.replays = False
    await settle(world)
    await assert_peace(world)


@pytest.mark.parametrize(("history", "claim"), HISTORIES)
async def test_forgotten_tokens_and_lagging_changes_come_to_the_same(
    history: Callable[[], Awaitable[AgendaWorld]], claim: Callable[[AgendaWorld], Awaitable[None]]
):
    world = await history()
    world.outlook.lagging |= set(world.outlook.events)
    await world.run()
    world.outlook.expire()
    await world.run()
    world.outlook.lagging.clear()
    await settle(world)
    await claim(world)
    await assert_peace(world)


@pytest.mark.parametrize(("history", "claim"), HISTORIES)
async def test_people_who_edit_between_death_and_recovery_lose_nothing(
    history: Callable[[], Awaitable[AgendaWorld]], claim: Callable[[AgendaWorld], Awaitable[None]]
):
    del claim
    for moment in range(1, 16, 2):
        world = await history()
        await die_at(world, moment)
        event = next(id for id, event in world.outlook.events.items() if event.content["subject"] == "event 3")
        world.edit_row("row 2", note="Typed in GoPaaS")
        world.edit_row("row 3", TOMORROW + 5 * DAY)
        world.outlook.edit(event, location="Typed in Outlook")
        await settle(world, 3)
        rows = {row["intitule"]: row for row in world.crm.rows.values()}
        assert rows["event 3"]["lieu"] == "Typed in Outlook"
        assert world.event_content(rows["Row 2"]["outlook_id"])["note"] == "Typed in GoPaaS"
        assert world.event_content(rows["Row 3"]["outlook_id"])["date_debut"] == "2026-11-28"
        await assert_peace(world)


@pytest.mark.parametrize(("history", "claim"), HISTORIES)
async def test_a_preview_changes_nothing_anywhere(
    history: Callable[[], Awaitable[AgendaWorld]], claim: Callable[[AgendaWorld], Awaitable[None]]
):
    del claim
    for moment in (None, 1, 3, 5, 8):
        world = await history()
        if moment is not None:
            await die_at(world, moment)
        await world.store.links(world.job.id)
        before = deepcopy(_everything(world), {id(world.crasher): world.crasher})
        plan = await world.plan()
        assert _everything(world) == before
        assert plan == await world.plan()


def _everything(world: AgendaWorld) -> tuple[object, ...]:
    """All that there is, on both sides and in the store."""
    return world.crm.rows, world.outlook.events, world.outlook.tick, world.outlook.used, vars(world.store)
