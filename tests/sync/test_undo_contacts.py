"""A run over contacts that is taken back: both sides are as they were, and stay so."""

from __future__ import annotations

import pytest

from outlookd import Refuse, hookimpl
from outlookd.core.model import Direction, LinkStatus, Op, RunStatus, Side
from outlookd.core.rules import Limits, OutlookDelete, ViewExit
from outlookd.errors import StateOutdated
from outlookd.hooks import Hooks, create_manager
from outlookd.sync.dedupe import find_copies, remove_copies
from outlookd.sync.undo import preview_undo, undo
from sync.undoing import die_taking_back, goes_back, picture, rest, take_back, would_take_back
from sync.world import World, make_job

FREE = Limits(deletes_min=1000, shrink_percent=1000)
"""Guards have their own tests."""


async def both_ways(**settings) -> World:
    world = World(job=make_job(Direction.BOTH, limits=FREE, **settings))
    for key in ("anna", "bruno", "chloe", "denis"):
        world.add_row(key, telephone="0100")
    await world.run()
    return world


async def one_way() -> World:
    world = World(job=make_job(limits=FREE))
    for key in ("anna", "bruno", "chloe", "denis"):
        world.add_row(key, telephone="0100")
    await world.run()
    return world


async def test_an_update_of_either_side_goes_back():
    world = await both_ways()
    world.crm.rows["anna"]["telephone"] = "0199"
    world.outlook.edit(world.contact_of("bruno"), companyName="Alpha")
    before = picture(world)
    run = (await world.run()).run
    assert picture(world) != before

    await goes_back(world, run, before)


async def test_an_export_that_restored_its_mirror_gives_the_persons_value_back():
    world = await one_way()
    world.outlook.edit(world.contact_of("anna"), mobilePhone="0666")
    before = picture(world)
    run = (await world.run()).run

    await goes_back(world, run, before)


async def test_what_was_created_goes_and_stays_away():
    world = await one_way()
    world.add_row("emma")
    before = picture(world)
    run = (await world.run()).run

    await goes_back(world, run, before)


async def test_a_contact_that_was_taken_back_is_made_again_when_its_row_is_edited():
    world = await one_way()
    world.add_row("emma")
    await take_back(world, (await world.run()).run)
    world.crm.rows["emma"]["societe"] = "Alpha"

    report = await world.run()

    assert report.created.outlook == 1
    assert world.outlook.items[world.contact_of("emma")].body["companyName"] == "Alpha"
    await rest(world)


async def test_a_contact_that_a_person_edited_since_stays():
    world = await one_way()
    world.add_row("emma")
    run = (await world.run()).run
    world.outlook.edit(world.contact_of("emma"), personalNotes="Met in Lyon")

    _, undoing = await take_back(world, run)

    assert [(kept.side, kept.reason) for kept in undoing.kept] == [("outlook", "a person edited it")]
    await rest(world)
    assert "emma" in {key for key, link in (await world.links()).items() if link.status is LinkStatus.ACTIVE}


async def test_a_contact_with_a_photo_stays():
    world = await one_way()
    world.add_row("emma")
    run = (await world.run()).run
    world.outlook.items[world.contact_of("emma")].photo = True

    _, undoing = await take_back(world, run)

    assert [kept.reason for kept in undoing.kept] == ["a person added a photo or a file"]
    assert world.contact_of("emma")


async def test_what_was_deleted_is_made_again_and_stays():
    world = await one_way()
    del world.crm.rows["anna"]
    before = picture(world)
    run = (await world.run()).run

    await goes_back(world, run, before)


async def test_a_contact_made_again_goes_on_when_its_row_is_back():
    world = await one_way()
    world.crm.shows = lambda row: row["societe"] != "hidden"
    world.crm.rows["anna"]["societe"] = "hidden"
    await take_back(world, (await world.run()).run)
    world.crm.rows["anna"] |= {"societe": "Beta"}

    report = await world.run()

    assert report.created.outlook == 0
    assert world.outlook.items[world.contact_of("anna")].body["companyName"] == "Beta"


async def test_a_column_set_for_a_deletion_goes_back():
    world = await both_ways(on_outlook_delete=OutlookDelete(field="statut", value="parti"))
    for row in world.crm.rows.values():
        row["statut"] = "client"
    world.outlook.delete(world.contact_of("anna"))
    before = picture(world)
    run = (await world.run()).run
    assert world.crm.rows["anna"]["statut"] == "parti"

    await goes_back(world, run, before)


async def test_a_row_that_was_made_is_retired_by_the_column_for_deletions():
    world = await both_ways(on_outlook_delete=OutlookDelete(field="statut", value="parti"))
    world.crm.shows = lambda row: row.get("statut") != "parti"
    id = world.outlook.add(world.folder, {"givenName": "Emma", "surname": "Petit"})
    run = (await world.run()).run
    (key,) = world.crm.rows.keys() - {"anna", "bruno", "chloe", "denis"}

    _, undoing = await take_back(world, run)

    assert undoing.kept == []
    assert world.crm.rows[key]["statut"] == "parti"
    await rest(world, full=True)
    assert id in world.outlook.items


async def test_a_row_that_was_made_stays_where_nothing_stands_for_a_deletion():
    world = await both_ways()
    world.outlook.add(world.folder, {"givenName": "Emma", "surname": "Petit"})
    run = (await world.run()).run

    _, undoing = await take_back(world, run)

    assert [(kept.side, kept.field) for kept in undoing.kept] == [("gopaas", "")]
    assert len(world.crm.rows) == 5
    await rest(world)


async def test_a_list_longer_than_outlook_can_hold_comes_back_whole():
    world = World(job=make_job(Direction.BOTH, limits=FREE))
    world.add_row("anna", email="a@x.test, b@x.test, c@x.test, d@x.test")
    await world.run()
    world.outlook.edit(world.contact_of("anna"), emailAddresses=[{"address": "a@x.test", "name": "a@x.test"}])
    before = world.crm.rows["anna"]["email"]
    run = (await world.run()).run
    assert world.crm.rows["anna"]["email"] != before

    _, undoing = await take_back(world, run)

    assert undoing.kept == []
    assert world.crm.rows["anna"]["email"] == before
    await rest(world)


async def test_what_was_changed_since_stays_and_is_named():
    world = await both_ways()
    world.crm.rows["anna"] |= {"telephone": "0199", "societe": "Alpha"}
    run = (await world.run()).run
    world.outlook.edit(world.contact_of("anna"), mobilePhone="0777")

    _, undoing = await take_back(world, run)

    body = world.outlook.items[world.contact_of("anna")].body
    assert [(kept.field, kept.reason) for kept in undoing.kept] == [("mobilePhone", "it was changed since")]
    assert (body["mobilePhone"], body.get("companyName")) == ("0777", None)


async def test_an_edit_that_came_since_is_still_carried_over():
    world = await both_ways()
    world.crm.rows["anna"]["telephone"] = "0199"
    run = (await world.run()).run
    world.crm.rows["anna"]["societe"] = "Alpha"

    await take_back(world, run)
    await world.run()

    body = world.outlook.items[world.contact_of("anna")].body
    assert (body["mobilePhone"], body["companyName"]) == ("0100", "Alpha")


async def test_a_preview_says_what_an_undo_then_does_and_does_nothing():
    world = await both_ways()
    world.crm.rows["anna"]["telephone"] = "0199"
    world.add_row("emma")
    run = (await world.run()).run
    before = picture(world)

    foreseen = await would_take_back(world, run)
    assert picture(world) == before
    assert await world.store.open_intents(world.job.id) == []
    _, undoing = await take_back(world, run)

    assert [(a.op, a.side, a.changes) for a in foreseen.actions] == [(a.op, a.side, a.changes) for a in undoing.actions]
    assert foreseen.kept == undoing.kept == []


async def test_one_item_alone_goes_back():
    world = await both_ways()
    for key in ("anna", "bruno"):
        world.crm.rows[key]["telephone"] = "0199"
    run = (await world.run()).run

    await take_back(world, run, item="anna")

    phones = {key: world.outlook.items[world.contact_of(key)].body["mobilePhone"] for key in ("anna", "bruno")}
    assert phones == {"anna": "0100", "bruno": "0199"}


async def test_an_undo_that_is_repeated_does_nothing():
    world = await both_ways()
    world.crm.rows["anna"]["telephone"] = "0199"
    run = (await world.run()).run
    await take_back(world, run)

    report, undoing = await take_back(world, run)

    assert (undoing.actions, undoing.kept, report.updated.outlook) == ([], [], 0)


@pytest.mark.parametrize("world_of", [one_way, both_ways])
async def test_the_undo_of_an_undo_restores_what_the_run_had_done(world_of):
    world = await world_of()
    world.crm.rows["anna"]["telephone"] = "0199"
    world.add_row("emma")
    if world_of is one_way:
        del world.crm.rows["chloe"]
    run = (await world.run()).run
    after = picture(world)
    undone, _ = await take_back(world, run)

    await goes_back(world, undone.run, after)


@pytest.mark.parametrize("moment", range(1, 14))
async def test_an_undo_that_dies_is_recovered_and_can_be_repeated(moment):
    world = await both_ways()
    world.crm.rows["anna"]["telephone"] = "0199"
    world.outlook.edit(world.contact_of("bruno"), companyName="Alpha")
    world.set(on_view_exit=ViewExit.DELETE)
    world.crm.shows = lambda row: row["societe"] != "hidden"
    before = picture(world)
    world.add_row("emma")
    run = (await world.run()).run
    await die_taking_back(world, run, moment)

    _, undoing = await take_back(world, run)

    del world.crm.rows["emma"]
    assert undoing.kept == []
    assert picture(world) == before
    await rest(world, full=True)


async def test_a_contact_that_was_taken_back_and_is_restored_from_the_bin_is_the_same_pair():
    world = await both_ways()
    world.add_row("emma")
    run = (await world.run()).run
    deleted = world.outlook.items[world.contact_of("emma")]
    await take_back(world, run)
    world.outlook.add(world.folder, deleted.body, marker=deleted.marker)

    report = await world.run()

    assert (report.created.gopaas, report.created.outlook) == (0, 0)
    assert (await world.links())["emma"].status is LinkStatus.ACTIVE
    await rest(world, full=True)


async def test_copies_that_were_taken_away_come_back_and_rest():
    world = await both_ways()
    body = world.outlook.items[world.contact_of("anna")].body
    copy = world.outlook.add(world.folder, body)
    before = picture(world)
    run = (await remove_copies(world.job, world.deps, [copy])).run
    assert picture(world) != before

    await goes_back(world, run, before)


@pytest.mark.parametrize("note", ["suspended", "restored"])
async def test_nothing_is_taken_back_while_the_state_is_in_doubt(note):
    world = await both_ways()
    world.crm.rows["anna"]["telephone"] = "0199"
    run = (await world.run()).run
    before = picture(world)
    await world.store.note(world.job.id, note, "1")

    report, undoing = await undo(world.job, world.deps, run)

    assert (report.status, undoing.actions) == (RunStatus.FAILED, [])
    assert picture(world) == before
    with pytest.raises(StateOutdated):
        await preview_undo(world.job, world.deps, run)
    with pytest.raises(StateOutdated):
        await find_copies(world.job, world.deps)


def refusing(reason):
    """The hooks of a plugin that lets nothing happen."""

    class Calendar:
        @hookimpl
        def check_action(self, action, link):
            return Refuse(reason=reason)

    manager = create_manager()
    manager.register(Calendar(), name="calendar")
    return Hooks(manager)


async def test_a_plugin_may_refuse_an_undo():
    world = await both_ways()
    world.crm.rows["anna"]["telephone"] = "0199"
    run = (await world.run()).run
    world.hooks = refusing("not on a Monday")

    _, undoing = await take_back(world, run)

    assert [kept.reason for kept in undoing.kept] == ["calendar: not on a Monday"]


async def test_an_item_that_is_not_made_again_is_named_by_its_record():
    world = await one_way()
    del world.crm.rows["anna"]
    run = (await world.run()).run
    world.hooks = refusing("not on a Monday")

    _, undoing = await take_back(world, run)

    assert [(kept.side, kept.id) for kept in undoing.kept] == [(Side.OUTLOOK, "anna")]


@pytest.mark.parametrize("moment", range(1, 6))
async def test_a_column_that_was_put_back_by_an_undo_that_died_is_no_exception(moment):
    world = await both_ways(on_outlook_delete=OutlookDelete(field="statut", value="parti"))
    for row in world.crm.rows.values():
        row["statut"] = "client"
    world.outlook.delete(world.contact_of("anna"))
    run = (await world.run()).run
    await die_taking_back(world, run, moment)

    _, undoing = await take_back(world, run)

    assert undoing.kept == []
    assert world.crm.rows["anna"]["statut"] == "client"
    assert [line.undone != "" for line in await world.store.journal(run) if line.op is Op.UPDATE] == [True]
