"""The state lost, or restored from an older copy: pairs are found again, nothing is doubled, deleted or overwritten."""

from __future__ import annotations

from copy import deepcopy

import pytest

from outlookd.core.model import Direction, LinkStatus
from outlookd.testing import MemoryStore
from sync.agenda import DAY, HOUR, MAP, AgendaWorld, make_agenda_job
from sync.claims import assert_peace, settle, subjects, titles, written
from sync.houses import LATER, WITHOUT_COLUMN, full_house, kept


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
