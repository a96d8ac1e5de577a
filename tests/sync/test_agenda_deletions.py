"""One half deleted, or out of the view: what becomes of the other one, and of what people wrote meanwhile."""

from __future__ import annotations

from datetime import datetime

import pytest

from outlookd.core.model import LinkStatus
from outlookd.core.rules import OutlookDelete, ViewExit
from outlookd.ports import Done
from outlookd.testing import MemoryCalendar
from sync.agenda import DAY, TOMORROW, AgendaWorld, make_agenda_job
from sync.claims import assert_peace, link_of, settle, subjects, titles, written
from sync.test_agenda_basics import born_in_outlook, paired

LATER = datetime(2026, 12, 3, 10, 15)


async def test_a_row_deleted_in_gopaas_takes_its_own_event_along():
    world = await paired()
    world.delete_row("anna")
    report = await world.run()
    assert written(report) == {"deleted outlook": 1}
    assert subjects(world) == ["Dentist"]
    await assert_peace(world)


async def test_a_deleted_row_that_was_born_in_outlook_leaves_the_event():
    world = await paired()
    world.delete_row(born_in_outlook(world))
    await settle(world)
    assert subjects(world) == ["Anna", "Dentist"]
    assert titles(world) == ["Anna"]
    await assert_peace(world)


async def test_an_edited_event_whose_row_was_deleted_is_made_a_row_again_where_it_was_born():
    world = await paired()
    key = born_in_outlook(world)
    world.outlook.edit(world.event_of(key), subject="Dentist, moved")
    world.delete_row(key)
    await settle(world)
    assert titles(world) == ["Anna", "Dentist, moved"]
    assert born_in_outlook(world) != key
    await assert_peace(world)


async def test_an_edited_event_that_gopaas_deleted_is_deleted_and_its_edit_kept():
    world = await paired()
    world.outlook.edit(world.event_of("anna"), location="Nantes")
    world.delete_row("anna")
    await settle(world)
    assert subjects(world) == ["Dentist"]
    (conflict,) = await world.store.conflicts(world.job.id)
    assert conflict.outlook["location.displayName"] == "Nantes"
    await assert_peace(world)


async def test_an_event_deleted_in_outlook_leaves_its_row():
    world = await paired()
    world.outlook.delete(world.event_of("anna"))
    await settle(world)
    assert titles(world) == ["Anna", "Dentist"]
    assert subjects(world) == ["Dentist"]
    await assert_peace(world)


async def test_an_event_deleted_in_outlook_sets_the_column_that_says_so():
    world = await paired(on_outlook_delete=OutlookDelete(field="etat", value="supprimé"))
    key = born_in_outlook(world)
    world.add_row("bruno")
    await world.run()
    for row in ("anna", key):
        world.outlook.delete(world.event_of(row))
    await settle(world)
    assert {row: columns.get("etat") for row, columns in world.crm.rows.items()} == {
        "anna": "supprimé",
        key: "supprimé",
        "bruno": None,
    }
    assert subjects(world) == ["Bruno"]
    await assert_peace(world)


async def test_an_edited_row_whose_event_was_deleted_where_it_was_born_is_set_and_its_edit_stays():
    world = await paired(on_outlook_delete=OutlookDelete(field="etat", value="supprimé"))
    key = born_in_outlook(world)
    world.edit_row(key, note="Important")
    world.outlook.delete(world.event_of(key))
    await settle(world)
    assert world.crm.rows[key] | {"etat": "supprimé", "note": "Important"} == world.crm.rows[key]
    await assert_peace(world)


async def test_a_past_row_with_a_report_whose_event_is_deleted_is_set_all_the_same():
    world = await paired(on_outlook_delete=OutlookDelete(field="etat", value="supprimé"))
    world.clock.advance(3 * DAY.total_seconds())
    world.edit_row("anna", note="A good talk")
    await settle(world)
    world.outlook.delete(world.event_of("anna"))
    await settle(world)
    assert world.crm.rows["anna"] | {"etat": "supprimé", "note": "A good talk"} == world.crm.rows["anna"]
    await assert_peace(world)


async def test_a_row_edited_while_its_event_was_deleted_makes_the_event_anew():
    world = await paired()
    world.outlook.delete(world.event_of("anna"))
    world.edit_row("anna", intitule="Still on")
    await settle(world)
    assert subjects(world) == ["Dentist", "Still on"]
    await assert_peace(world)


async def test_the_second_deletion_of_a_remade_event_is_for_good():
    world = await paired()
    for title in ("Still on", "Really"):
        world.outlook.delete(world.event_of("anna"))
        world.edit_row("anna", intitule=title)
        await settle(world)
    assert subjects(world) == ["Dentist"]
    assert world.crm.rows["anna"]["intitule"] == "Really"
    await assert_peace(world)


async def test_both_halves_deleted_at_once_is_the_end():
    world = await paired()
    world.outlook.delete(world.event_of("anna"))
    world.delete_row("anna")
    await settle(world)
    assert subjects(world) == titles(world) == ["Dentist"]
    await assert_peace(world)


async def test_a_row_put_back_from_the_trash_gets_its_event_back():
    world = await paired()
    row = world.crm.rows["anna"]
    world.delete_row("anna")
    await settle(world)
    world.crm.rows["anna"] = row
    await settle(world)
    assert subjects(world) == ["Anna", "Dentist"]
    await assert_peace(world)


def put_back(world: AgendaWorld, event: str, saved) -> None:
    """A person takes an event out of Deleted Items."""
    world.outlook.events[event] = saved
    world.outlook.churn(event)


async def test_an_event_put_back_of_which_the_feed_has_not_told_is_found_by_the_row_that_is_put_back_with_it():
    world = await paired()
    key = born_in_outlook(world)
    row, event = world.crm.rows[key], world.event_of(key)
    saved = world.outlook.events[event]
    world.outlook.delete(event)
    world.delete_row(key)
    await settle(world)
    world.outlook.lagging.add(event)
    put_back(world, event, saved)
    world.crm.rows[key] = row
    await settle(world)
    world.outlook.lagging.clear()
    await settle(world)
    assert subjects(world) == titles(world) == ["Anna", "Dentist"]
    await assert_peace(world)


@pytest.mark.parametrize("born", ["row", "event"])
async def test_an_event_put_back_from_the_bin_finds_its_row_with_all_that_was_written_there_since(born):
    world = await paired()
    key = "anna" if born == "row" else born_in_outlook(world)
    event = world.event_of(key)
    saved = world.outlook.events[event]
    world.outlook.delete(event)
    await settle(world)
    world.edit_row(key, note="Written since")
    await settle(world)
    put_back(world, event, saved)
    await settle(world)
    assert titles(world) == subjects(world) == ["Anna", "Dentist"]
    assert "Written since" in _all_values(world, await world.store.conflicts(world.job.id))
    assert (await link_of(world, key)).status is LinkStatus.ACTIVE
    await assert_peace(world)


def _all_values(world: AgendaWorld, conflicts) -> set[object]:
    """What rows show, and what was kept."""
    shown = {value for row in world.crm.rows.values() for value in row.values()}
    return shown | {value for conflict in conflicts for side in (conflict.gopaas, conflict.outlook) for value in side.values()}


# --- leaving the view


@pytest.mark.parametrize(("exit", "left"), [(ViewExit.DETACH, ["Anna", "Dentist"]), (ViewExit.DELETE, ["Dentist"])])
async def test_a_row_that_leaves_the_view_does_what_the_settings_say(exit, left):
    world = await paired(on_view_exit=exit)
    world.edit_row("anna", etat="clos")
    world.crm.shows = lambda row: row.get("etat") != "clos"
    await settle(world)
    assert subjects(world) == left
    world.edit_row("anna", etat="ouvert")
    await settle(world)
    assert subjects(world) == ["Anna", "Dentist"]
    await assert_peace(world)


async def test_a_row_that_left_the_view_because_its_date_is_none_deletes_nothing_and_is_reported():
    world = await paired(on_view_exit=ViewExit.DELETE)
    world.crm.shows = lambda row: row["date_debut"] != "2027-02-30"
    world.edit_row("anna", date_debut="2027-02-30")
    report = await world.run(full=True)
    assert (written(report), report.quarantined) == ({}, 1)
    assert subjects(world) == ["Anna", "Dentist"]
    world.edit_row("anna", LATER)
    await settle(world)
    assert subjects(world) == ["Anna", "Dentist"]
    await assert_peace(world)


async def annulled(world: AgendaWorld, key: str) -> bool:
    """Whether the row learns, in two runs, that its event came and went between two rounds of the feed: of that it tells nothing."""
    world.outlook.delete(world.event_of(key))
    world.outlook.gone.clear()
    world.outlook.lagging.clear()
    for _ in range(2):
        await world.run()
    return world.crm.rows[key].get("etat") == "annulé"


async def test_an_event_that_a_new_feed_did_not_know_yet_when_it_was_listed_is_known_to_be_gone():
    world = AgendaWorld(job=make_agenda_job(on_outlook_delete=OutlookDelete(field="etat", value="annulé")))
    event = world.outlook.add(TOMORROW, subject="Anna")
    world.outlook.add(TOMORROW + DAY, subject="Bruno")
    world.outlook.lagging.add(event)
    await world.run()
    assert await annulled(world, world.row_of(event))


class Slow(MemoryCalendar):
    """Its feed tells of nothing that was written, while it lags."""

    async def write(self, writes):
        results = await super().write(writes)
        self.lagging |= {result.id for result in results if isinstance(result, Done)}
        return results


async def test_an_event_that_we_made_and_only_a_full_listing_has_shown_is_known_to_be_gone():
    world = AgendaWorld(job=make_agenda_job(on_outlook_delete=OutlookDelete(field="etat", value="annulé")))
    world.outlook = Slow(crasher=world.crasher, clock=world.clock)
    for key in ("anna", "bruno"):
        world.add_row(key)
    await world.run()
    await world.run(full=True)
    assert await annulled(world, "anna")


async def test_what_a_new_feed_did_not_know_yet_is_asked_for_until_it_does():
    world = AgendaWorld()
    late = world.outlook.add(TOMORROW, subject="Anna")
    world.outlook.lagging.add(late)
    await world.run()
    asked = []
    for lagging in ({late}, set(), set()):
        world.outlook.lagging = lagging
        before = world.outlook.requests
        await world.run()
        asked.append(world.outlook.requests - before)
    assert asked == [2, 1, 1]
