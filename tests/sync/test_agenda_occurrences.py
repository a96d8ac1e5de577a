"""The record of one occurrence: deleted, hidden, edited while its series changes, copied with it."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from outlookd.core.rules import OutlookDelete, ViewExit
from outlookd.testing import MemoryStore
from sync.agenda import DAY, HOUR, AgendaWorld
from sync.claims import assert_peace, link_of, settle, titles
from sync.test_agenda_series import master, occurrence, rows, starts, told, weekly

FIRST = datetime(2026, 11, 24, 9)
LAST = date(2026, 12, 29)
DAYS = [FIRST + number * 7 * DAY for number in range(6)]


@pytest.mark.parametrize("exit", list(ViewExit))
async def test_the_record_of_an_occurrence_deleted_in_gopaas_leaves_the_series_alone(exit):
    world = await weekly(on_view_exit=exit)
    world.delete_row(world.row_of(occurrence(world, 2)))
    await settle(world)
    assert world.outlook.events[master(world)].cancelled == set()
    assert starts(world) == told(*DAYS[:2], *DAYS[3:])
    await assert_peace(world)


async def test_the_record_of_an_occurrence_that_left_the_view_rests_and_comes_back():
    world = await weekly()
    key = world.row_of(occurrence(world, 2))
    world.crm.shows = lambda row: row.get("etat") != "clos"
    world.edit_row(key, etat="clos")
    await settle(world)
    world.outlook.edit(occurrence(world, 2), location="Nantes")
    await settle(world)
    assert world.crm.rows[key]["lieu"] == ""
    world.edit_row(key, etat="")
    await settle(world)
    assert world.crm.rows[key]["lieu"] == "Nantes"
    assert len(world.crm.rows) == 7
    await assert_peace(world)


async def test_a_record_out_of_the_view_follows_its_series_to_new_ids():
    world = await weekly()
    key = world.row_of(occurrence(world, 2))
    world.crm.shows = lambda row: row.get("etat") != "clos"
    world.edit_row(key, etat="clos")
    await settle(world)
    world.outlook.move_series(master(world), HOUR)
    await settle(world)
    world.edit_row(key, etat="")
    await settle(world)
    assert starts(world) == told(*(day + HOUR for day in DAYS))
    await assert_peace(world)


@pytest.mark.parametrize("ids", [True, False])
async def test_a_deleted_occurrence_that_comes_back_does_not_overwrite_what_was_noted_in_its_row(ids):
    world = await weekly(ids=ids)
    key = world.row_of(occurrence(world, 3))
    world.outlook.delete(occurrence(world, 3))
    await settle(world)
    world.edit_row(key, note="Was called off, call the customer")
    await settle(world)
    world.outlook.move_series(master(world), HOUR)
    await settle(world)
    assert "Was called off, call the customer" in world.crm.rows[key]["note"]
    assert len(world.crm.rows) == 7
    await assert_peace(world)


@pytest.mark.parametrize("ids", [True, False])
async def test_a_record_edited_before_the_move_of_its_series_was_told_keeps_its_edit(ids):
    world = await weekly(ids=ids)
    key = world.row_of(occurrence(world, 1))
    world.outlook.lagging.add(master(world))
    world.outlook.move_series(master(world), HOUR)
    world.edit_row(key, note="Bring the plans")
    await world.run()
    world.outlook.lagging.clear()
    await settle(world)
    assert starts(world) == told(*(day + HOUR for day in DAYS))
    assert world.crm.rows[key]["note"] == "Bring the plans"
    await assert_peace(world)


async def test_the_copy_of_a_series_with_an_occurrence_that_gopaas_edited_is_new_rows_also_after_the_state_was_lost():
    world = await weekly()
    key = world.row_of(occurrence(world, 1))
    world.edit_row(key, note="Only today")
    await settle(world)
    original = occurrence(world, 1)
    world.outlook.copy(master(world))
    await settle(world)
    assert len(rows(world)) == 12
    assert (await link_of(world, key)).outlook_id == original
    await assert_peace(world)
    world.store = MemoryStore(world.crasher)
    await settle(world)
    assert len(rows(world)) == 12
    assert (await link_of(world, key)).outlook_id == original
    await assert_peace(world)


@pytest.mark.parametrize("ids", [True, False])
async def test_what_is_cut_off_a_series_is_marked_and_nothing_else(ids):
    world = await weekly(ids=ids, on_outlook_delete=OutlookDelete(field="etat", value="annulé"))
    world.outlook.end_series(master(world), date(2026, 12, 9))
    await settle(world)
    assert sorted(row["date_debut"] for row in world.crm.rows.values() if row.get("etat")) == [f"{day.date()}" for day in DAYS[3:]]
    await assert_peace(world)


async def test_a_renamed_series_renames_every_row_but_that_of_an_exception():
    world = await weekly()
    series = master(world)
    world.outlook.edit(occurrence(world, 1), subject="Special")
    await settle(world)
    world.outlook.edit(series, subject="Renamed")
    await settle(world)
    assert titles(world) == ["Anna", *["Renamed"] * 5, "Special"]
    await assert_peace(world)


async def test_a_series_that_ended_and_one_that_took_its_place_do_not_mix():
    world = await weekly()
    world.outlook.delete(master(world))
    world.outlook.add_series(FIRST + HOUR, last=LAST, subject="Successor")
    await settle(world)
    assert titles(world) == ["Anna", *["Successor"] * 6, *["Weekly"] * 6]
    await assert_peace(world)


async def test_edits_on_both_sides_of_two_occurrences_and_of_the_series_meet():
    world = await weekly()
    first, second = (world.row_of(occurrence(world, number)) for number in (1, 2))
    world.edit_row(first, note="In GoPaaS")
    world.outlook.edit(occurrence(world, 2), location="Nantes")
    world.outlook.edit(master(world), body="For all")
    world.edit_row(second, DAYS[2] + HOUR)
    await settle(world)
    assert world.crm.rows[second]["lieu"] == "Nantes"
    assert world.crm.rows[second]["heure_debut"] == "10:00:00"
    assert {row["note"] for key, row in rows_of(world).items() if key not in (first, second)} == {"For all"}
    kept = {v for c in await world.store.conflicts(world.job.id) for side in (c.gopaas, c.outlook) for v in side.values()}
    assert {"In GoPaaS", "For all"} <= kept | {world.crm.rows[first]["note"]}
    await assert_peace(world)


def rows_of(world: AgendaWorld) -> dict[str, dict[str, str]]:
    """The rows born in Outlook."""
    return {key: row for key, row in world.crm.rows.items() if key.startswith("ol-")}
