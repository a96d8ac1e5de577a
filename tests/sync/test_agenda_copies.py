"""Copies that people made, and occurrences whose series was moved, after the state was lost: each has the record that it had."""

from __future__ import annotations

from copy import deepcopy

import pytest

from outlookd.core.rules import ViewExit
from outlookd.testing import MemoryStore
from sync.agenda import DAY, TOMORROW, AgendaWorld
from sync.claims import assert_peace, settle, subjects, titles

LATER = TOMORROW + 8 * DAY


async def test_a_copy_becomes_a_record_of_its_own_in_the_run_after_the_one_that_finds_the_first_again():
    world = AgendaWorld()
    world.add_row("anna")
    world.add_row("ancre")
    await world.run()
    world.outlook.copy(world.event_of("anna"))
    world.store = MemoryStore(world.crasher)
    await settle(world)
    assert (titles(world), subjects(world)) == (["Ancre", "Anna", "Anna"], ["Ancre", "Anna", "Anna"])
    await settle(world)
    await assert_peace(world)


async def lost_out_of_view(world: AgendaWorld) -> dict[str, str]:
    """The view shows nothing but one row, the state is lost and found again. Returns which event each record was of."""
    before = {key: link.outlook_id for key, link in (await world.links()).items()}
    world.set(on_view_exit=ViewExit.KEEP)
    world.crm.shows = lambda row: row["intitule"] == "Ancre"
    await settle(world)
    world.store = MemoryStore(world.crasher)
    for _ in range(3):
        await world.run(full=True)
    return before


def copied(world: AgendaWorld, event: str, *, first: bool) -> str:
    """A person copies an event or a series; `first`: the copy's id comes before the other's, which tells nothing."""
    copy = world.outlook.copy(event)
    if first:
        world.outlook.events["copy"] = world.outlook.events.pop(copy)
        world.outlook.events["copy"].id = copy = "copy"
    return copy


@pytest.mark.parametrize("first", [True, False])
async def test_a_copied_event_and_its_original_find_each_its_own_record_outside_the_view(first):
    world = AgendaWorld()
    world.add_row("ancre")
    world.add_row("anna", LATER)
    await world.run()
    original = world.event_of("anna")
    copy = copied(world, original, first=first)
    await settle(world)
    rows = deepcopy(world.crm.rows)
    before = await lost_out_of_view(world)
    after = {key: link.outlook_id for key, link in (await world.links()).items()}
    assert (after, set(before.values()) >= {original, copy}) == (before, True)
    assert world.crm.rows == rows


async def test_an_occurrence_of_a_moved_series_is_found_by_its_stamp_though_it_stands_where_another_was():
    world = AgendaWorld()
    world.add_row("ancre")
    series = world.outlook.add_series(LATER, last=LATER.date() + 21 * DAY, step=7, subject="Weekly")
    await settle(world)
    for days in (3, 3, 1):
        world.outlook.move_series(series, days * DAY)
        await settle(world)
    for number, key in enumerate(sorted(world.crm.rows.keys() - {"ancre"})):
        world.edit_row(key, lieu=f"Room {number}")
    await settle(world)
    before = await lost_out_of_view(world)
    assert {key: link.outlook_id for key, link in (await world.links()).items()} == before


@pytest.mark.parametrize("first", [True, False])
async def test_an_occurrence_of_a_copied_series_is_not_the_one_whose_stamp_was_copied_with_it(first):
    world = AgendaWorld()
    world.add_row("ancre")
    series = world.outlook.add_series(LATER, last=LATER.date() + 14 * DAY, step=7, subject="Weekly")
    await settle(world)
    for key in world.crm.rows.keys() - {"ancre"}:
        world.edit_row(key, lieu="Room 1")
    await settle(world)
    copied(world, series, first=first)
    await settle(world)
    before = await lost_out_of_view(world)
    assert {key: link.outlook_id for key, link in (await world.links()).items()} == before
    assert len(before) == 7
