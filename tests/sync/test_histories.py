"""Histories that once lost something, doubled something, or never settled. Each was found by a person who tried."""

from __future__ import annotations

import pytest

from outlookd.core.container import Container
from outlookd.core.model import Direction, LinkStatus, RunStatus, Tally
from outlookd.core.rules import OutlookDelete
from outlookd.errors import AccessDenied, Rejected, Throttled
from outlookd.ports import Failed, Unreadable
from outlookd.sync.engine import approve
from outlookd.testing import MemoryGopaas, MemoryOutlook, MemoryStore
from sync.dying import die_at
from sync.world import MAP, World, make_job


def _world(direction: Direction = Direction.TO_OUTLOOK, count: int = 6, **settings) -> World:
    world = World(job=make_job(direction, **settings))
    for number in range(count):
        world.add_row(f"k{number:02}")
    return world


@pytest.mark.parametrize("direction", [Direction.TO_OUTLOOK, Direction.BOTH])
async def test_a_folder_made_again_is_filled_and_deletes_nothing(direction):
    world = _world(direction, on_outlook_delete=OutlookDelete(field="statut", value="supprimé"))
    await world.run()
    world.outlook.delete_folder(world.folder)
    await world.run()
    await world.run(recreate_folder=True)
    assert len(world.contacts()) == 6
    assert all("statut" not in row for row in world.crm.rows.values())


async def test_a_folder_deleted_while_a_write_was_open_can_be_made_again():
    world = _world(count=45)
    assert await die_at(world, 7)
    world.outlook.delete_folder(world.folder)
    assert (await world.run()).status is RunStatus.HELD
    await world.run(recreate_folder=True)
    assert len(world.contacts()) == 45


@pytest.mark.parametrize("direction", [Direction.TO_OUTLOOK, Direction.BOTH])
async def test_a_newly_mapped_field_overwrites_nothing_that_was_never_read(direction):
    world = _world(direction)
    await world.run()
    id = world.contact_of("k00")
    world.outlook.edit(
        id,
        personalNotes="aime le thé",
        homeAddress={"street": "Rue A", "city": "", "state": "", "countryOrRegion": "", "postalCode": "1"},
    )
    await world.run()
    world.crm.rows["k00"] |= {"note": "", "ville_perso": "Lille"}
    world.job = make_job(direction, {**MAP, "personalNotes": "note", "homeAddress.city": "ville_perso"})
    await world.run()
    body = world.outlook.items[id].body
    assert body["personalNotes"] == "aime le thé"
    assert (body["homeAddress"]["street"], body["homeAddress"]["postalCode"]) == ("Rue A", "1")


async def test_an_edit_made_while_a_column_was_not_mapped_is_not_taken_for_old():
    world = _world(Direction.BOTH)
    await world.run()
    id, without = world.contact_of("k00"), {name: column for name, column in MAP.items() if name != "companyName"}
    world.job = make_job(Direction.BOTH, without)
    await world.run()
    world.outlook.edit(id, companyName="Exemple")
    await world.run()
    world.job = make_job(Direction.BOTH)
    await world.run()
    assert world.crm.rows["k00"]["societe"] == "Exemple"


async def test_notes_typed_between_an_update_and_its_recovery_keep_the_contact():
    for moment in range(1, 6):
        world = _world()
        await world.run()
        id = world.contact_of("k00")
        world.crm.rows["k00"]["societe"] = "Exemple"
        await die_at(world, moment)
        world.outlook.edit(id, personalNotes="important")
        await world.run()
        world.crm.shows = lambda row: row["prenom"] != "K00"
        await world.run()
        assert id in world.outlook.items


async def test_an_unedited_contact_whose_creation_was_recovered_still_leaves_with_its_row():
    world = _world()
    world.outlook.lose_answers = 1
    report = await world.run()
    assert report.created == Tally(outlook=6)
    world.crm.shows = lambda row: row["prenom"] != "K00"
    assert (await world.run()).deleted == Tally(outlook=1)


class Racing(MemoryGopaas):
    """A colleague saves a row just after it was listed."""

    after_listing = None

    async def changes(self, since, *, full=False):
        async for page in super().changes(since, full=full):
            yield page
        if self.after_listing:
            self.after_listing()
            self.after_listing = None


async def test_a_row_edited_after_it_was_listed_is_not_overwritten():
    world = _world(Direction.BOTH)
    world.crm = Racing(world.crasher)
    world.add_row("k00")
    world.add_row("k01")
    await world.run()
    world.outlook.edit(world.contact_of("k00"), companyName="Outlook")
    world.crm.after_listing = lambda: world.crm.rows["k00"].update(societe="Collègue")
    report = await world.run()
    assert world.crm.rows["k00"]["societe"] == "Collègue"
    assert report.conflicts == 1


async def test_half_a_name_edited_after_it_was_listed_is_not_overwritten_by_the_name_that_outlook_changed_in_its_other_half():
    world = _world(Direction.BOTH)
    world.crm = Racing(world.crasher)
    world.add_row("k00")
    world.add_row("k01")
    await world.run()
    world.outlook.edit(world.contact_of("k00"), surname="Outlook")
    world.crm.after_listing = lambda: world.crm.rows["k00"].update(prenom="Collègue")
    report = await world.run()
    assert (world.crm.rows["k00"]["prenom"], report.conflicts) == ("Collègue", 1)


async def test_a_write_that_gopaas_acknowledged_and_dropped_is_made_again():
    world = _world(Direction.BOTH)
    await world.run()
    before = dict(world.crm.rows["k00"])
    world.crm.store_as = lambda row: dict(before) if row.get("prenom") == "K00" else dict(row)
    world.outlook.edit(world.contact_of("k00"), companyName="Exemple")
    await world.run()
    world.crm.store_as = dict
    await world.run()
    assert world.crm.rows["k00"]["societe"] == "Exemple"


async def test_what_moves_up_into_a_free_place_is_shown_and_kept():
    world = _world(Direction.BOTH)
    world.crm.rows["k00"]["email"] = "a@x.test, b@x.test, c@x.test, d@x.test"
    await world.run()
    id = world.contact_of("k00")
    world.outlook.edit(id, emailAddresses=[{"address": "a@x.test"}, {"address": "c@x.test"}])
    await world.run()
    await world.run()
    assert [entry["address"] for entry in world.outlook.items[id].body["emailAddresses"]] == ["a@x.test", "c@x.test", "d@x.test"]
    assert world.crm.rows["k00"]["email"] == "a@x.test, c@x.test, d@x.test"


async def test_text_beside_an_address_stays_in_the_cell():
    world = _world(Direction.BOTH)
    world.crm.rows["k00"]["email"] = "a@x.test (jusque 2027)"
    await world.run()
    world.outlook.edit(world.contact_of("k00"), emailAddresses=[{"address": "neuf@x.test"}])
    await world.run()
    assert "jusque 2027" in world.crm.rows["k00"]["email"]


async def test_the_guard_on_deletions_counts_the_whole_run():
    world = _world(count=2100)
    await world.run()
    world.crm.shows = lambda row: row["prenom"] >= "K380"
    hidden = sum(row["prenom"] < "K380" for row in world.crm.rows.values())
    assert hidden > 210
    report = await world.run()
    assert report.deleted == Tally()
    assert report.status is RunStatus.HELD


async def test_a_view_that_shows_other_rows_deletes_nothing_of_the_old_ones():
    world = _world(count=40)
    await world.run()
    old = set(world.contacts())
    for number in range(400):
        world.add_row(f"n{number:03}")
    world.crm.shows = lambda row: row["prenom"].startswith("N")
    await world.run()
    assert old <= set(world.contacts())


class Shy(MemoryOutlook):
    """Cannot read one contact by its id just now."""

    hidden = ""

    async def read(self, ids):
        error = Throttled("wait", service="graph")
        return {id: Unreadable(error=error) if id == self.hidden else found for id, found in (await super().read(ids)).items()}


async def test_a_contact_whose_stamp_cannot_be_read_now_is_not_taken_for_a_strangers():
    world = _world()
    world.outlook = Shy(crasher=world.crasher)
    await world.run()
    id = world.contact_of("k00")
    world.store = MemoryStore(world.crasher)
    world.outlook.edit(id, emailAddresses=[{"address": "other@example.com"}])
    world.outlook.hidden = id
    await world.run()
    world.outlook.hidden = ""
    await world.run()
    assert sum(body["givenName"] == "K00" for body in world.contacts().values()) == 1


async def test_an_exported_contact_makes_no_second_row_when_its_own_is_out_of_the_view():
    world = _world(Direction.BOTH)
    await world.run()
    world.store = MemoryStore(world.crasher)
    world.crm.shows = lambda row: row["prenom"] != "K00"
    await world.run()
    assert len(world.crm.rows) == 6
    assert (await world.links())["k00"].status is LinkStatus.DETACHED


async def test_an_incomplete_listing_makes_no_rows():
    world = _world(Direction.BOTH)
    await world.run()
    world.outlook.add(world.folder, {"givenName": "Neuf", "surname": "X", "emailAddresses": [{"address": "neuf@x.test"}]})
    world.crm.complete = False
    await world.run()
    assert len(world.crm.rows) == 6
    world.crm.complete = True
    await world.run()
    assert len(world.crm.rows) == 7


@pytest.mark.parametrize("key", [" k ", "0", "\u00a0k"])
async def test_an_odd_key_makes_one_contact(key):
    world = _world(count=1)
    world.add_row(key)
    for _ in range(3):
        await world.run()
    assert len(world.contacts()) == 2


async def test_a_restored_contact_is_taken_up_again_with_its_row():
    world = _world()
    await world.run()
    id = world.contact_of("k00")
    item = world.outlook.items[id]
    world.crm.shows = lambda row: row["prenom"] != "K00"
    await world.run()
    world.outlook.items[id] = item
    world.outlook.churn(id)
    world.crm.shows = bool
    await world.run()
    assert sum(body["givenName"] == "K00" for body in world.contacts().values()) == 1


async def test_a_contact_moved_out_and_back_is_kept_in_step_again_without_an_edit():
    world = _world()
    await world.run()
    id = world.contact_of("k00")
    world.outlook.move(id, "elsewhere")
    await world.run()
    world.outlook.move(id, world.folder)
    await world.run()
    assert (await world.links())["k00"].status is LinkStatus.ACTIVE


class Forbidding(MemoryOutlook):
    """Refuses every single write for want of a permission."""

    forbids = True

    def _write(self, write):
        if self.forbids:
            return Failed(ref=write.ref, error=AccessDenied("no permission", service="graph", status=403, code="ErrorAccessDenied"))
        return super()._write(write)


async def test_a_missing_permission_is_a_sick_side_not_thirty_bad_records():
    world = _world()
    world.outlook = Forbidding(crasher=world.crasher)
    report = await world.run()
    assert (report.status, report.quarantined) == (RunStatus.FAILED, 0)
    world.outlook.forbids = False
    assert (await world.run()).created == Tally(outlook=6)


async def test_a_contact_that_never_gets_an_answer_is_set_aside():
    world = _world()

    class Deaf(MemoryOutlook):
        def _write(self, write):
            if write.payload.get("givenName") == "K00":
                return Failed(ref=write.ref, error=Throttled("?", service="graph"), ambiguous=True)
            return super()._write(write)

    world.outlook = Deaf(crasher=world.crasher)
    for _ in range(2):
        report = await world.run()
    assert (report.quarantined, report.exit_status) == (1, 3)
    assert len(world.contacts()) == 5


async def test_an_approval_is_good_for_one_run():
    world = _world(count=40)
    await world.run()
    for row in world.crm.rows.values():
        row["societe"] = "Oups"
    assert await approve(world.job, world.deps, (await world.plan()).held[0].hash)
    saved = {key: dict(row) for key, row in world.crm.rows.items()}
    for row in world.crm.rows.values():
        row["societe"] = ""
    await world.run()
    world.crm.rows = saved
    assert (await world.run()).updated == Tally()


async def test_records_made_from_outlook_that_the_view_does_not_show_are_mentioned():
    world = _world(Direction.BOTH)
    await world.run()
    world.crm.shows = lambda row: row.get("synchroniser", "oui" if row["prenom"].startswith("K") else "") == "oui"
    world.outlook.add(world.folder, {"givenName": "Neuf", "surname": "X", "emailAddresses": [{"address": "neuf@x.test"}]})
    report = await world.run()
    assert "let its conditions include them" in report.message


async def test_a_column_that_keeps_nothing_is_not_written_for_ever():
    world = _world(Direction.BOTH)
    await world.run()
    world.crm.store_as = lambda row: {**row, "societe": ""}
    world.outlook.edit(world.contact_of("k00"), companyName="Exemple")
    written = [(await world.run()).updated.gopaas for _ in range(5)]
    assert sum(written) <= 3
    assert (await world.store.quarantine(world.job.id))[0].id == "k00"


async def test_text_that_gopaas_would_evaluate_is_agreed_as_it_is_stored_even_when_its_answer_is_lost():
    world = _world(Direction.BOTH)
    await world.run()
    id = world.outlook.add(world.folder, {"givenName": "Neuf", "surname": "X", "emailAddresses": []})
    await world.run()
    world.outlook.edit(id, companyName="$$NULL")
    world.crm.lose_answers = 1
    for _ in range(3):
        await world.run()
    report = await world.run()
    assert (report.updated, report.quarantined) == (Tally(), 0)


@pytest.mark.parametrize("moment", range(1, 12))
async def test_a_folder_that_is_being_filled_again_may_die_at_any_moment(moment):
    world = _world(Direction.BOTH, 45, on_outlook_delete=OutlookDelete(field="statut", value="supprimé"))
    await world.run()
    world.outlook.delete_folder(world.folder)
    await die_at(world, moment, world.run(recreate_folder=True))
    await world.run(recreate_folder=True)
    await world.run(full=True)
    assert len(world.contacts()) == 45
    assert all("statut" not in row for row in world.crm.rows.values())


async def test_a_row_that_was_out_of_the_view_when_its_folder_was_lost_is_exported_when_it_is_back():
    world = _world()
    await world.run()
    world.outlook.edit(world.contact_of("k00"), personalNotes="important")
    world.crm.shows = lambda row: row["prenom"] != "K00"
    await world.run()
    world.outlook.delete_folder(world.folder)
    await world.run(recreate_folder=True)
    world.crm.shows = bool
    await world.run()
    assert len(world.contacts()) == 6


@pytest.mark.parametrize("direction", [Direction.TO_OUTLOOK, Direction.BOTH])
async def test_a_newly_mapped_empty_field_costs_nothing_once_it_is_known(direction):
    world = _world(direction)
    await world.run()
    world.job = make_job(direction, {**MAP, "personalNotes": "note"})
    await world.run()
    assert (await world.run()).requests == {"gopaas": 1, "graph": 1}


async def test_a_refused_record_is_tried_once_in_a_run():
    world = _world()

    class Refusing(MemoryOutlook):
        tries = 0

        def _write(self, write):
            if write.payload.get("givenName") == "K00":
                Refusing.tries += 1
                return Failed(ref=write.ref, error=Rejected("no", service="graph", status=400))
            return super()._write(write)

    world.outlook = Refusing(crasher=world.crasher)
    await world.run()
    assert Refusing.tries == 1


async def test_a_row_edited_after_it_was_listed_is_not_marked_as_deleted():
    world = _world(Direction.BOTH, on_outlook_delete=OutlookDelete(field="statut", value="supprimé"))
    world.crm = Racing(world.crasher)
    for number in range(3):
        world.add_row(f"k{number:02}")
    await world.run()
    world.outlook.delete(world.contact_of("k00"))
    world.crm.after_listing = lambda: world.crm.rows["k00"].update(societe="Collègue")
    await world.run()
    assert "statut" not in world.crm.rows["k00"]


async def test_adopting_a_folder_full_of_contacts_is_no_mass_change():
    world = _world(Direction.BOTH, 20)
    world.outlook.folders["old"] = Container(id="old", name="GoPaaS", parent="root")
    for key, row in world.crm.rows.items():
        who = {"givenName": row["prenom"], "surname": row["nom"], "emailAddresses": [{"address": f"{key}@example.com"}]}
        world.outlook.add("old", who | {"mobilePhone": "0199"})
    report = await world.run()
    assert (report.status, report.updated.gopaas) == (RunStatus.OK, 20)


async def test_a_contact_that_waits_for_its_row_costs_nothing():
    world = _world()
    await world.run()
    id = world.contact_of("k00")
    world.outlook.move(id, "elsewhere")
    await world.run()
    world.crm.shows = lambda row: row["prenom"] != "K00"
    world.outlook.move(id, world.folder)
    await world.run()
    assert (await world.run()).requests == {"gopaas": 1, "graph": 1}
    world.crm.shows = bool
    await world.run()
    assert (await world.links())["k00"].outlook_id == id


async def test_a_stranger_with_the_name_of_a_pair_that_lost_its_contact_is_not_read_in_every_run():
    world = _world(Direction.BOTH, 3)
    await world.run()
    id = world.contact_of("k00")
    world.outlook.add(world.folder, world.outlook.items[id].body)
    await world.run()
    world.outlook.delete(id)
    await world.run()
    assert (await world.run()).requests == {"gopaas": 1, "graph": 1}
