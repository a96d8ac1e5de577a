"""Two ways: the same engine, with the person at Outlook allowed to speak."""

from __future__ import annotations

import pytest

from outlookd.core.model import Direction, LinkStatus, RunStatus, Tally
from outlookd.core.policy import BUILT_IN
from outlookd.core.rules import OutlookDelete
from outlookd.sync.engine import approve
from sync.world import World, make_job


@pytest.fixture
async def world() -> World:
    world = World(job=make_job(Direction.BOTH))
    for key in ("anna", "bruno", "chloe"):
        world.add_row(key)
    await world.run()
    return world


async def test_an_edit_in_outlook_reaches_the_row(world):
    world.outlook.edit(world.contact_of("anna"), companyName="Menuiserie Exemple")
    report = await world.run()
    assert report.updated == Tally(gopaas=1)
    assert world.crm.rows["anna"]["societe"] == "Menuiserie Exemple"


async def test_edits_of_different_groups_on_both_sides_both_survive(world):
    world.outlook.edit(world.contact_of("anna"), companyName="Menuiserie Exemple")
    world.crm.rows["anna"]["telephone"] = "+33 6 39 98 00 03"
    await world.run()
    assert world.crm.rows["anna"]["societe"] == "Menuiserie Exemple"
    assert world.outlook.items[world.contact_of("anna")].body["mobilePhone"] == "+33 6 39 98 00 03"
    assert (await world.run()).updated == Tally()


async def test_the_same_edit_on_both_sides_is_no_conflict(world):
    world.outlook.edit(world.contact_of("anna"), companyName="Exemple")
    world.crm.rows["anna"]["societe"] = "Exemple"
    report = await world.run()
    assert (report.updated, report.conflicts) == (Tally(), 0)


async def test_a_true_conflict_goes_to_the_side_of_birth_and_keeps_the_loser(world):
    world.outlook.edit(world.contact_of("anna"), companyName="Perdu")
    world.crm.rows["anna"]["societe"] = "Gagné"
    report = await world.run()
    assert world.outlook.items[world.contact_of("anna")].body["companyName"] == "Gagné"
    assert report.conflicts == 1
    assert (await world.store.conflicts(world.job.id))[0].outlook["companyName"] == "Perdu"


async def test_a_held_conflict_stays_as_it_is_on_both_sides_and_is_said(world):
    world.set(policy=BUILT_IN["hold"])
    world.outlook.edit(world.contact_of("anna"), companyName="Ici")
    world.crm.rows["anna"]["societe"] = "Là"
    for _ in range(2):
        report = await world.run()
        assert report.status is RunStatus.HELD
    assert world.outlook.items[world.contact_of("anna")].body["companyName"] == "Ici"
    assert world.crm.rows["anna"]["societe"] == "Là"


async def test_a_contact_born_in_outlook_becomes_one_row_and_gets_our_marker(world):
    id = world.outlook.add(
        world.folder, {"givenName": "Denis", "surname": "Exemple", "emailAddresses": [{"address": "denis@example.com"}]}
    )
    report = await world.run()
    assert report.created == Tally(gopaas=1)
    links = await world.links()
    key = next(link.gopaas_id for link in links.values() if link.outlook_id == id)
    assert world.crm.rows[key]["prenom"] == "Denis"
    assert world.outlook.items[id].marker.endswith(key)
    again = await world.run()
    assert (again.created, again.updated) == (Tally(), Tally())
    assert len(world.crm.rows) == 4


async def test_a_value_that_gopaas_normalises_is_not_written_again_and_again(world):
    world.crm.store_as = lambda row: {**row, "societe": row.get("societe", "").upper()}
    world.outlook.edit(world.contact_of("anna"), companyName="Exemple")
    await world.run()
    report = await world.run()
    assert (report.updated, world.crm.rows["anna"]["societe"]) == (Tally(), "EXEMPLE")


async def test_a_deletion_in_outlook_detaches_by_default(world):
    world.outlook.delete(world.contact_of("anna"))
    report = await world.run()
    assert report.deleted == Tally()
    assert "anna" in world.crm.rows
    assert (await world.run()).created == Tally()
    assert (await world.links())["anna"].status is LinkStatus.DETACHED


async def test_a_deletion_in_outlook_may_set_a_column(world):
    world.set(on_outlook_delete=OutlookDelete(field="statut", value="supprimé"))
    world.outlook.delete(world.contact_of("anna"))
    await world.run()
    assert world.crm.rows["anna"]["statut"] == "supprimé"
    assert (await world.run()).updated == Tally()


async def test_an_edit_where_the_pair_was_born_beats_a_deletion_once(world):
    world.outlook.delete(world.contact_of("anna"))
    world.crm.rows["anna"]["societe"] = "Exemple"
    report = await world.run()
    assert report.created == Tally(outlook=1)
    assert world.outlook.items[world.contact_of("anna")].body["companyName"] == "Exemple"


async def test_a_lost_answer_of_gopaas_is_found_out_and_written_once(world):
    world.crm.lose_answers = 1
    world.outlook.edit(world.contact_of("anna"), companyName="Exemple")
    await world.run()
    report = await world.run()
    assert world.crm.rows["anna"]["societe"] == "Exemple"
    assert report.updated == Tally()


async def test_text_that_gopaas_would_evaluate_arrives_as_text(world):
    world.outlook.edit(world.contact_of("anna"), companyName="$$NULL")
    await world.run()
    assert not world.crm.rows["anna"]["societe"].startswith("$$")


async def test_addresses_beyond_what_outlook_holds_stay_in_the_row(world):
    world.crm.rows["anna"]["email"] = "a@example.com, b@example.com, c@example.com, d@example.com"
    await world.run()
    id = world.contact_of("anna")
    world.outlook.edit(id, emailAddresses=[{"address": "neuf@example.com"}, {"address": "b@example.com"}])
    await world.run()
    assert world.crm.rows["anna"]["email"] == "neuf@example.com, b@example.com, d@example.com"
    assert (await world.run()).updated == Tally()


async def test_a_row_that_comes_back_after_its_kept_contact_was_deleted_stays_without_one(world):
    id = world.contact_of("anna")
    world.outlook.edit(id, personalNotes="important")
    world.crm.shows = lambda row: row["prenom"] != "Anna"
    await world.run()
    world.outlook.delete(id)
    await world.run()
    world.crm.shows = bool
    report = await world.run()
    assert report.created == Tally()
    link = (await world.links())["anna"]
    assert (link.status, link.outlook_id) == (LinkStatus.DETACHED, "")


async def test_an_edit_in_outlook_that_is_held_is_still_known_after_other_writes_of_the_same_run(world):
    world.set(policy=BUILT_IN["hold"])
    world.outlook.edit(world.contact_of("anna"), companyName="Ici")
    world.crm.rows["anna"]["societe"] = "Là"
    world.crm.rows["bruno"]["societe"] = "Exemple"
    for _ in range(2):
        assert (await world.run()).status is RunStatus.HELD
    world.crm.rows["anna"]["societe"] = ""
    world.set(policy=BUILT_IN["outlook"])
    await world.run()
    assert world.crm.rows["anna"]["societe"] == "Ici"


def _forty(**settings) -> World:
    world = World(job=make_job(Direction.BOTH, **settings))
    for number in range(40):
        world.add_row(f"k{number:02}")
    return world


async def test_a_folder_that_lost_nearly_everything_stays_held_until_it_is_approved():
    world = _forty(on_outlook_delete=OutlookDelete(field="statut", value="archive"))
    await world.run()
    for number in range(30):
        world.outlook.delete(world.contact_of(f"k{number:02}"))
    for _ in range(3):
        report = await world.run()
        assert (report.status, report.held) == (RunStatus.HELD, 30)
    assert all("statut" not in row for row in world.crm.rows.values())
    assert await approve(world.job, world.deps, report.message.split("`outlookd approve ")[1].split("`")[0])
    assert (await world.run()).updated == Tally(gopaas=30)


async def test_columns_set_for_deletions_count_as_deletions():
    world = _forty(on_outlook_delete=OutlookDelete(field="statut", value="archive"))
    await world.run()
    for number in range(7):
        world.outlook.delete(world.contact_of(f"k{number:02}"))
    for _ in range(2):
        report = await world.run()
        assert (report.updated, report.held) == (Tally(), 7)


async def test_two_approvals_before_one_run_both_count():
    world = _forty(on_outlook_delete=OutlookDelete(field="statut", value="archive"))
    await world.run()
    for number in range(7):
        world.outlook.delete(world.contact_of(f"k{number:02}"))
    for number in range(20, 40):
        world.crm.rows[f"k{number}"]["societe"] = "Partout"
    for held in (await world.plan()).held:
        assert await approve(world.job, world.deps, held.hash)
    assert (await world.run()).updated == Tally(gopaas=7, outlook=20)


async def test_a_write_to_gopaas_whose_answer_was_lost_is_not_taken_back_in_the_same_run():
    world = World(job=make_job(Direction.BOTH))
    world.add_row("anna")
    world.add_row("bruno")
    await world.run()
    world.outlook.edit(world.contact_of("anna"), companyName="Exemple")
    world.crm.rows["anna"]["telephone"] = "0123456789"
    world.crm.lose_answers = 1
    await world.run()
    assert world.crm.rows["anna"]["societe"] == "Exemple"
    assert world.contacts()[world.contact_of("anna")]["companyName"] == "Exemple"
