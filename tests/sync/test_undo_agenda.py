"""A run over a calendar that is taken back: both sides are as they were, nobody is mailed, and it stays so."""

from __future__ import annotations

import pytest

from outlookd.core.model import LinkStatus, Side
from outlookd.core.rules import Limits, OutlookDelete
from outlookd.core.standing import RETIRED, why_at_rest
from sync.agenda import DAY, HOUR, TOMORROW, AgendaWorld, make_agenda_job
from sync.dying import die_at
from sync.undoing import die_taking_back, goes_back, picture, rest, take_back

FREE = Limits(deletes_min=1000, shrink_percent=1000)
RETIRE = OutlookDelete(field="etat", value="annule")


async def agenda(**settings) -> AgendaWorld:
    """Three records with their events, and one event with its record."""
    world = AgendaWorld(job=make_agenda_job(limits=FREE, **settings))
    for number, key in enumerate(("anna", "bruno", "chloe")):
        world.add_row(key, TOMORROW + number * DAY, etat="prevu")
    world.outlook.add(TOMORROW + 5 * DAY, subject="Dentiste")
    await world.run()
    return world


async def test_updates_of_both_sides_go_back():
    world = await agenda()
    world.edit_row("anna", TOMORROW + 2 * HOUR, lieu="Lyon")
    world.outlook.edit(world.event_of("bruno"), subject="Visite")
    before = picture(world)
    run = (await world.run()).run
    assert picture(world) != before

    await goes_back(world, run, before)


async def test_an_event_that_was_made_goes_and_its_record_names_nothing():
    world = await agenda()
    world.add_row("denis", TOMORROW + 3 * DAY, etat="prevu")
    before = picture(world)
    run = (await world.run()).run
    assert world.event_of("denis")

    await goes_back(world, run, before)


async def test_an_event_that_was_taken_back_is_made_again_when_its_record_is_edited():
    world = await agenda()
    world.add_row("denis", TOMORROW + 3 * DAY)
    await take_back(world, (await world.run()).run)
    world.edit_row("denis", lieu="Lyon")

    report = await world.run()

    assert report.created.outlook == 1
    assert world.outlook.find_event(world.event_of("denis")) is not None
    await rest(world)


async def test_an_event_that_was_deleted_is_made_again_with_what_no_map_names():
    world = await agenda()
    world.outlook.edit(world.event_of("anna"), categories=["Rouge"], showAs="oof")
    await world.run()
    event = world.event_of("anna")
    content = dict(world.outlook.find_event(event).content)
    world.delete_row("anna")
    before = picture(world)
    run = (await world.run()).run
    assert world.outlook.find_event(event) is None

    _, undoing = await take_back(world, run)

    assert undoing.kept == []
    assert picture(world) == before
    (made,) = [e for e in world.outlook.events.values() if e.content["subject"] == "Anna"]
    assert (made.content["categories"], made.content["showAs"]) == (content["categories"], content["showAs"])
    await rest(world, full=True)
    assert picture(world) == before


async def test_a_record_whose_column_was_set_gets_its_value_back():
    world = await agenda(on_outlook_delete=RETIRE)
    world.outlook.delete(world.event_of("anna"))
    before = picture(world)
    run = (await world.run()).run
    assert world.crm.rows["anna"]["etat"] == "annule"

    await goes_back(world, run, before)


async def test_a_record_that_was_made_is_retired_and_the_undo_of_that_goes_on():
    world = await agenda(on_outlook_delete=RETIRE)
    world.crm.store_as = lambda row: {"etat": "", **row}
    id = world.outlook.add(TOMORROW + 6 * DAY, subject="Comptable")
    run = (await world.run()).run
    key = world.row_of(id)

    undone, undoing = await take_back(world, run)
    assert undoing.kept == []
    assert world.crm.rows[key]["etat"] == "annule"
    await rest(world, full=True)
    await take_back(world, undone.run)

    assert world.crm.rows[key]["etat"] == ""
    assert (await world.links())[key].status is LinkStatus.ACTIVE
    await rest(world, full=True)


async def test_a_later_edit_of_what_was_imported_stays_in_outlook_and_follows_once_the_undo_is_taken_back():
    world = await agenda(on_outlook_delete=RETIRE)
    world.crm.store_as = lambda row: {"etat": "", **row}
    world.crm.shows = lambda row: row.get("etat") != "annule"
    id = world.outlook.add(TOMORROW + 6 * DAY, subject="Comptable")
    run = (await world.run()).run
    key = world.row_of(id)
    undone, _ = await take_back(world, run)
    world.outlook.edit(id, subject="Comptable, plus tard")

    await rest(world, full=True)
    assert (world.crm.rows[key]["etat"], world.crm.rows[key]["intitule"]) == ("annule", "Comptable")
    assert why_at_rest((await world.links())[key]) == RETIRED
    _, undoing = await take_back(world, undone.run)
    await world.run(full=True)

    assert undoing.kept == []
    assert (world.crm.rows[key]["etat"], world.crm.rows[key]["intitule"]) == ("", "Comptable, plus tard")
    assert world.outlook.find_event(id) is not None


async def test_an_event_with_guests_stays_as_it_is():
    world = await agenda()
    world.edit_row("anna", lieu="Lyon")
    run = (await world.run()).run
    world.outlook.invite(world.event_of("anna"), "client@example.com")
    world.outlook.mails.clear()

    _, undoing = await take_back(world, run)

    assert [(kept.side, kept.reason) for kept in undoing.kept] == [("outlook", "other people would be told")]
    assert world.outlook.mails == []


async def test_what_is_over_stays_as_it_is():
    world = await agenda()
    world.edit_row("anna", lieu="Lyon")
    run = (await world.run()).run
    world.clock.advance(3 * 86400)

    _, undoing = await take_back(world, run)

    assert [kept.reason for kept in undoing.kept] == ["it is over"]
    assert world.event_content(world.event_of("anna"))["lieu"] == "Lyon"


async def test_an_event_that_has_begun_is_not_deleted():
    world = await agenda()
    world.add_row("denis", TOMORROW)
    run = (await world.run()).run
    world.clock.advance(29 * 3600 + 1800)

    _, undoing = await take_back(world, run)

    assert "it has begun" in {kept.reason for kept in undoing.kept}
    assert world.outlook.find_event(world.event_of("denis")) is not None


async def test_the_undo_of_an_undo_restores_what_the_run_had_done():
    world = await agenda(on_outlook_delete=RETIRE)
    world.edit_row("bruno", lieu="Lyon")
    world.outlook.edit(world.event_of("chloe"), subject="Visite")
    world.add_row("denis", TOMORROW + 3 * DAY, etat="prevu")
    world.delete_row("anna")
    run = (await world.run()).run
    after = picture(world, named=False)
    undone, _ = await take_back(world, run)

    _, undoing = await take_back(world, undone.run)

    assert undoing.kept == []
    assert picture(world, named=False) == after
    assert world.outlook.find_event(world.event_of("denis")) is not None
    await rest(world, full=True)
    assert world.outlook.mails == []


async def test_what_was_made_again_rests_although_a_listing_of_changes_does_not_mention_its_record():
    world = await agenda()
    world.crm.scans = True
    await rest(world, full=True, runs=1)
    world.delete_row("anna")
    before = picture(world)
    await take_back(world, (await world.run(full=True)).run)

    await rest(world, runs=3)
    await rest(world, full=True)

    assert picture(world) == before
    assert (await world.links())["anna"].status is LinkStatus.DETACHED


@pytest.mark.parametrize("moment", range(1, 10))
async def test_an_undo_that_died_anywhere_leaves_no_column_that_names_a_deleted_event_once_it_is_repeated(moment):
    world = await agenda()
    world.add_row("denis", TOMORROW + 3 * DAY)
    before = picture(world)
    run = (await world.run()).run
    assert await die_taking_back(world, run, moment)

    _, undoing = await take_back(world, run)

    assert undoing.kept == []
    await rest(world, full=True)
    assert picture(world) == before


async def test_a_deletion_that_was_found_done_after_a_crash_comes_back_with_what_no_map_names():
    world = await agenda()
    world.outlook.edit(world.event_of("anna"), categories=["Rouge"], showAs="oof")
    await world.run()
    event = world.event_of("anna")
    link = (await world.links())["anna"].id
    world.delete_row("anna")
    for moment in range(1, 12):
        await die_at(world, moment)
        if world.outlook.find_event(event) is None:
            break
    await world.run()
    line = (await world.store.history([link]))[-1]
    assert (line.reason, line.rule, line.seen[Side.GOPAAS]) == ("found done after an interruption", "3", "deleted")

    _, undoing = await take_back(world, line.run)

    (made,) = [e for e in world.outlook.events.values() if e.content["subject"] == "Anna"]
    assert (undoing.kept, made.content["categories"], made.content["showAs"]) == ([], ("Rouge",), "oof")
