"""One way, GoPaaS to Outlook: what a first run, a second run and every kind of edit lead to."""

from __future__ import annotations

import pytest

from outlookd.core.model import Op, RunStatus, Side, Tally
from outlookd.core.plan import plan_hash
from outlookd.core.rules import Limits
from outlookd.errors import Unreachable
from outlookd.sync.engine import approve
from outlookd.testing import MemoryOutlook
from sync.world import World, make_job


@pytest.fixture
async def world() -> World:
    world = World()
    for key in ("anna", "bruno", "chloe"):
        world.add_row(key)
    await world.run()
    return world


async def test_a_first_run_creates_one_contact_per_row(world):
    assert {body["givenName"] for body in world.contacts().values()} == {"Anna", "Bruno", "Chloe"}


async def test_a_second_run_writes_nothing_and_asks_outlook_once(world):
    report = await world.run()
    assert (report.created, report.updated, report.deleted) == (Tally(), Tally(), Tally())
    assert report.requests == {"gopaas": 1, "graph": 1}
    assert report.unchanged == 3


async def test_an_edited_row_changes_only_its_contact(world):
    world.crm.rows["anna"]["societe"] = "Menuiserie Exemple"
    report = await world.run()
    assert report.updated == Tally(outlook=1)
    assert world.outlook.items[world.contact_of("anna")].body["companyName"] == "Menuiserie Exemple"


async def test_a_cleared_cell_clears_the_contact(world):
    world.crm.rows["anna"]["email"] = ""
    await world.run()
    assert world.outlook.items[world.contact_of("anna")].body["emailAddresses"] == []


async def test_what_a_person_typed_into_a_mapped_field_is_restored_and_kept_as_a_conflict(world):
    world.outlook.edit(world.contact_of("anna"), givenName="Annette")
    report = await world.run()
    assert world.outlook.items[world.contact_of("anna")].body["givenName"] == "Anna"
    assert report.conflicts == 1
    assert (await world.store.conflicts(world.job.id))[0].outlook["givenName"] == "Annette"


async def test_a_number_that_a_person_adds_where_the_crm_has_none_is_left_alone(world):
    world.outlook.edit(world.contact_of("anna"), mobilePhone="+33 6 39 98 00 01")
    report = await world.run()
    assert report.updated == Tally()
    assert world.outlook.items[world.contact_of("anna")].body["mobilePhone"] == "+33 6 39 98 00 01"


async def test_notes_of_a_person_survive_an_update(world):
    id = world.contact_of("anna")
    world.outlook.edit(id, personalNotes="aime le thé")
    world.crm.rows["anna"]["ville"] = "Lille"
    await world.run()
    assert world.outlook.items[id].body["personalNotes"] == "aime le thé"
    assert world.outlook.items[id].body["businessAddress"]["city"] == "Lille"


async def test_unmapped_parts_of_an_address_survive_an_update_of_the_mapped_ones(world):
    id = world.contact_of("anna")
    world.outlook.edit(id, businessAddress={"street": "", "city": "", "state": "Nord", "countryOrRegion": "", "postalCode": ""})
    await world.run()
    world.crm.rows["anna"]["ville"] = "Lille"
    await world.run()
    assert world.outlook.items[id].body["businessAddress"]["state"] == "Nord"


async def test_a_touched_etag_without_a_change_writes_nothing(world):
    world.outlook.churn(world.contact_of("anna"))
    report = await world.run()
    assert report.updated == Tally()


async def test_an_update_after_a_touched_etag_is_not_refused_for_ever(world):
    world.outlook.churn(world.contact_of("anna"))
    await world.run()
    world.crm.rows["anna"]["societe"] = "Exemple"
    await world.run()
    assert world.outlook.items[world.contact_of("anna")].body["companyName"] == "Exemple"


async def test_an_edit_that_outlook_has_not_told_about_yet_is_read_before_it_is_overwritten(world):
    id = world.contact_of("anna")
    world.outlook.edit(id, personalNotes="nouveau")
    world.outlook.lagging.add(id)
    world.crm.rows["anna"]["societe"] = "Exemple"
    report = await world.run()
    assert report.updated == Tally(outlook=1)
    assert world.outlook.items[id].body["personalNotes"] == "nouveau"


async def test_a_contact_that_a_person_deletes_comes_back(world):
    world.outlook.delete(world.contact_of("anna"))
    report = await world.run()
    assert report.created == Tally(outlook=1)
    assert len(world.contacts()) == 3


async def test_a_contact_that_a_person_moves_away_is_not_made_again(world):
    world.outlook.move(world.contact_of("anna"), "elsewhere")
    report = await world.run()
    assert report.created == Tally()
    assert len(world.contacts()) == 2


async def test_a_contact_that_a_person_moves_back_is_kept_in_step_again(world):
    id = world.contact_of("anna")
    world.outlook.move(id, "elsewhere")
    await world.run()
    world.outlook.move(id, world.folder)
    world.crm.rows["anna"]["societe"] = "Exemple"
    await world.run()
    assert world.outlook.items[id].body["companyName"] == "Exemple"
    assert len(world.contacts()) == 3


async def test_a_row_that_leaves_the_view_takes_its_untouched_contact_along(world):
    world.crm.shows = lambda row: row["prenom"] != "Anna"
    report = await world.run()
    assert report.deleted == Tally(outlook=1)
    assert len(world.contacts()) == 2


@pytest.mark.parametrize("touch", [{"personalNotes": "important"}, {"categories": ["VIP"]}, {"mobilePhone": "+33 6 39 98 00 02"}])
async def test_a_row_that_leaves_the_view_leaves_a_touched_contact(world, touch):
    id = world.contact_of("anna")
    world.outlook.edit(id, **touch)
    world.crm.shows = lambda row: row["prenom"] != "Anna"
    report = await world.run()
    assert report.deleted == Tally()
    assert id in world.contacts()


async def test_a_contact_touched_long_before_its_row_was_updated_counts_as_touched(world):
    id = world.contact_of("anna")
    world.outlook.edit(id, personalNotes="important")
    world.crm.rows["anna"]["societe"] = "Exemple"
    await world.run()
    world.crm.shows = lambda row: row["prenom"] != "Anna"
    await world.run()
    assert id in world.contacts()


async def test_a_contact_with_a_photo_is_not_deleted(world):
    id = world.contact_of("anna")
    world.outlook.items[id].photo = True
    world.crm.shows = lambda row: row["prenom"] != "Anna"
    await world.run()
    assert id in world.contacts()


async def test_a_row_that_comes_back_into_the_view_takes_its_kept_contact_up_again(world):
    id = world.contact_of("anna")
    world.outlook.edit(id, personalNotes="important")
    world.crm.shows = lambda row: row["prenom"] != "Anna"
    await world.run()
    world.crm.shows = bool
    world.crm.rows["anna"]["societe"] = "Exemple"
    await world.run()
    assert world.contacts()[id]["companyName"] == "Exemple"
    assert len(world.contacts()) == 3


async def test_a_row_that_comes_back_after_its_contact_was_deleted_gets_a_new_one(world):
    world.crm.shows = lambda row: row["prenom"] != "Anna"
    await world.run()
    world.crm.shows = bool
    report = await world.run()
    assert report.created == Tally(outlook=1)
    assert len(world.contacts()) == 3


async def test_a_deleted_row_takes_its_untouched_contact_along(world):
    del world.crm.rows["anna"]
    report = await world.run()
    assert report.deleted == Tally(outlook=1)


async def test_a_contact_that_a_person_made_in_our_folder_is_never_touched(world):
    id = world.outlook.add(world.folder, {"givenName": "Paul", "emailAddresses": [{"address": "paul@example.org"}]})
    before = dict(world.outlook.items[id].body)
    await world.run()
    world.crm.shows = lambda row: row["prenom"] == "Chloe"
    await world.run()
    assert world.outlook.items[id].body == before
    assert world.outlook.items[id].marker == ""


async def test_a_copy_of_an_exported_contact_stays_a_strangers(world):
    id = world.contact_of("anna")
    copy = world.outlook.add(world.folder, world.outlook.items[id].body, marker=world.outlook.items[id].marker)
    await world.run()
    world.crm.rows["anna"]["societe"] = "Exemple"
    await world.run()
    assert "companyName" not in world.contacts()[copy] or world.contacts()[copy]["companyName"] is None
    assert world.contacts()[id]["companyName"] == "Exemple"


async def test_an_incomplete_listing_deletes_nothing_and_says_so(world):
    world.crm.complete = False
    world.crm.shows = lambda row: row["prenom"] != "Anna"
    report = await world.run()
    assert report.deleted == Tally()
    assert report.status is RunStatus.HELD
    assert "incomplete" in report.message


async def test_an_empty_view_deletes_nothing_and_says_so(world):
    world.crm.shows = lambda row: False
    report = await world.run()
    assert report.deleted == Tally()
    assert len(world.contacts()) == 3
    assert "shows nothing of 3" in report.message


async def test_an_expired_watermark_is_a_full_read_and_nothing_else(world):
    world.outlook.expire()
    report = await world.run()
    assert report.status is RunStatus.OK
    assert (report.created, report.updated, report.deleted) == (Tally(), Tally(), Tally())


async def test_a_deleted_folder_stops_the_job_and_asks(world):
    world.outlook.delete_folder(world.folder)
    report = await world.run()
    assert report.status is RunStatus.HELD
    assert "--recreate-folder" in report.message
    assert world.outlook.folders == {}


async def test_a_folder_made_again_on_request_holds_every_contact_once(world):
    world.outlook.delete_folder(world.folder)
    await world.run()
    report = await world.run(recreate_folder=True)
    assert report.created == Tally(outlook=3)
    assert len(world.contacts()) == 3
    assert (await world.run()).created == Tally()


async def test_a_renamed_folder_is_still_ours(world):
    folder = world.folder
    old = world.outlook.folders[folder]
    world.outlook.folders[folder] = type(old)(id=old.id, name="Clients", marker=old.marker, parent=old.parent)
    report = await world.run(full=True)
    assert report.status is RunStatus.OK
    assert set(world.outlook.folders) == {folder}


async def test_a_preview_writes_nothing_anywhere(world):
    world.add_row("denis")
    links, contacts = await world.links(), world.contacts()
    plan = await world.plan()
    assert [(action.op, action.side, action.link.gopaas_id) for action in plan.actions] == [(Op.CREATE, Side.OUTLOOK, "denis")]
    assert (await world.links(), world.contacts()) == (links, contacts)


async def test_a_run_that_changed_the_folder_is_followed_by_one_that_asks_once(world):
    world.add_row("denis")
    await world.run()
    assert (await world.run()).requests == {"gopaas": 1, "graph": 1}


async def test_an_approved_shrinking_is_carried_out_with_one_approval():
    world = World()
    for number in range(40):
        world.add_row(f"k{number:02}")
    await world.run()
    world.crm.shows = lambda row: row["prenom"] < "K03"
    held = await world.run()
    assert held.deleted == Tally()
    name = (await world.plan()).held[0].hash
    assert await approve(world.job, world.deps, name)
    report = await world.run()
    assert (report.status, report.deleted) == (RunStatus.OK, Tally(outlook=37))


async def test_an_approval_releases_only_what_was_seen():
    world = World()
    for number in range(40):
        world.add_row(f"k{number:02}")
    await world.run()
    world.crm.shows = lambda row: row["prenom"] < "K03"
    assert await approve(world.job, world.deps, (await world.plan()).held[0].hash)
    world.crm.shows = lambda row: row["prenom"] < "K02"
    later = world.contact_of("k02")
    report = await world.run()
    assert (report.status, report.deleted) == (RunStatus.HELD, Tally(outlook=37))
    assert later in world.contacts()


class FailingOnce(MemoryOutlook):
    """The second batch that is sent meets a service that is down."""

    calls = -10

    async def write(self, writes):
        self.calls += 1
        if self.calls == 2:
            raise Unreachable("down", service="graph")
        return await super().write(writes)


async def test_an_approved_shrinking_that_failed_in_the_middle_goes_on_with_the_same_approval():
    world = World()
    world.outlook = FailingOnce(crasher=world.crasher)
    for number in range(60):
        world.add_row(f"k{number:02}")
    await world.run()
    world.crm.shows = lambda row: row["prenom"] < "K03"
    assert await approve(world.job, world.deps, (await world.plan()).held[0].hash)
    world.outlook.calls = 0
    failed = await world.run()
    assert failed.status is RunStatus.FAILED
    report = await world.run()
    assert (report.status, failed.deleted.outlook + report.deleted.outlook) == (RunStatus.OK, 57)
    assert len(world.contacts()) == 3


async def test_an_approval_outlives_a_run_that_could_not_read_the_view():
    world = World()
    for number in range(40):
        world.add_row(f"k{number:02}")
    await world.run()
    world.crm.shows = lambda row: row["prenom"] < "K03"
    assert await approve(world.job, world.deps, (await world.plan()).held[0].hash)
    world.crm.complete = False
    assert (await world.run()).deleted == Tally()
    world.crm.complete = True
    assert (await world.run()).deleted == Tally(outlook=37)


async def test_many_new_records_can_be_approved_while_more_arrive():
    world = World(job=make_job(limits=Limits(creates_min=50, creates_percent=20)))
    for number in range(60):
        world.add_row(f"k{number:02}")
    await world.run()
    for number in range(60):
        world.add_row(f"m{number:02}")
    assert (await world.run()).created == Tally()
    assert await approve(world.job, world.deps, (await world.plan()).held[0].hash)
    world.add_row("late")
    report = await world.run()
    assert (report.created, report.held) == (Tally(outlook=60), 1)
    assert (await world.run()).created == Tally(outlook=1)


async def test_a_column_that_changes_everywhere_is_held_until_approved():
    world = World()
    for number in range(40):
        world.add_row(f"k{number:02}")
    await world.run()
    for row in world.crm.rows.values():
        row["societe"] = "Oups"
    report = await world.run()
    assert (report.updated, report.held) == (Tally(), 40)
    assert await approve(world.job, world.deps, plan_hash(await world.plan()))
    assert (await world.run()).updated == Tally(outlook=40)
    for row in world.crm.rows.values():
        row["societe"] = "Encore"
    assert (await world.run()).updated == Tally()


async def test_a_row_that_comes_back_after_its_kept_contact_was_deleted_gets_a_new_one(world):
    id = world.contact_of("anna")
    world.outlook.edit(id, personalNotes="important")
    world.crm.shows = lambda row: row["prenom"] != "Anna"
    await world.run()
    world.outlook.delete(id)
    await world.run()
    world.crm.shows = bool
    report = await world.run()
    assert report.created == Tally(outlook=1)
    assert (await world.links())["anna"].outlook_id in world.contacts()


async def test_what_a_full_read_did_not_show_is_not_forgotten_while_a_guard_holds_it(world):
    world.outlook.lagging |= set(world.contacts())
    world.outlook.delete(world.contact_of("anna"))
    world.outlook.expire()
    for id in world.contacts():
        world.outlook.churn(id)
    await world.run()
    world.outlook.lagging.clear()
    assert (await world.run()).status is RunStatus.HELD
    (held,) = (await world.plan()).held
    assert await approve(world.job, world.deps, held.hash)
    assert (await world.run()).created == Tally(outlook=1)
    assert len(world.contacts()) == 3
