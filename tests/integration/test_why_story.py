"""`why`, `conflicts` and `quarantine` against the sandbox: what somebody does who asks where a value has gone."""

from __future__ import annotations

import pytest_asyncio

from outlookd.sandbox.seed import CLAIRE, UPNS


@pytest_asyncio.fixture
async def both_ways(signed_in):
    """A two-way job that has run once."""
    signed_in.edit("[[job]]", '[[job]]\ndirection = "both"\npolicy = "gopaas"')
    ended = await signed_in.call("sync")
    assert ended.status == 0, ended.out + ended.err
    return signed_in


def rows(place):
    return place.sandbox.crm.table("contact").rows


def edit_row(place, key, **cells):
    place.sandbox.crm.edit("contact", key, cells, by="paul")


def mailbox(place):
    return place.sandbox.directory.user(UPNS[CLAIRE]).mailbox


def contact_of(place, key):
    folder = next(folder for folder in mailbox(place).all_folders() if folder.name == "GoPaaS")
    names = rows(place)[key]["prenom"], rows(place)[key]["nom"]
    return next(
        c for c in mailbox(place).contacts(folder.id) if (c.properties.get("givenName"), c.properties.get("surname")) == names
    )


def edit_contact(place, key, **properties):
    mailbox(place).update_contact(contact_of(place, key).immutable_id, properties)


async def test_a_value_that_lost_is_explained_and_brought_back(both_ways):
    key = next(iter(rows(both_ways)))
    edit_contact(both_ways, key, jobTitle="Ici")
    edit_row(both_ways, key, fonction="Là")
    await both_ways.call("sync")

    told = await both_ways.call("why", key, "--language", "fr")
    assert told.status == 0, told.err
    assert "La même chose a été modifiée des deux côtés." in told.out
    assert "jobTitle: Là | Ici" in told.out
    assert told.out.rstrip().endswith("Les deux côtés concordent\u202f: il n’y a rien à faire.")

    listed = await both_ways.call("conflicts", "--json")
    [conflict] = listed.json["conflicts"]
    assert (listed.status, conflict["key"], conflict["kept"], conflict["waits"]) == (0, key, "gopaas", False)

    chosen = await both_ways.call("conflicts", "resolve", str(conflict["number"]), "--keep", "outlook")
    assert chosen.status == 0, chosen.out + chosen.err
    assert (rows(both_ways)[key]["fonction"], contact_of(both_ways, key).properties["jobTitle"]) == ("Ici", "Ici")
    quiet = (await both_ways.call("sync", "--json")).json["runs"][0]
    assert quiet["updated"] == {"gopaas": 0, "outlook": 0}
    assert (await both_ways.call("conflicts", "--json")).json["conflicts"][0]["chosen"] == "outlook"


async def test_what_waits_for_a_person_is_listed_until_somebody_decides(both_ways):
    both_ways.edit('policy = "gopaas"', 'policy = "hold"')
    key = next(iter(rows(both_ways)))
    edit_contact(both_ways, key, jobTitle="Ici")
    edit_row(both_ways, key, fonction="Là")
    assert (await both_ways.call("sync")).status == 3
    waiting = await both_ways.call("conflicts")
    assert waiting.status == 3
    number = waiting.out.split()[0]
    edit_contact(both_ways, key, jobTitle="Ailleurs")
    refused = await both_ways.call("conflicts", "resolve", number, "--keep", "gopaas", "--json")
    assert (refused.status, refused.json["shown_before"]["outlook"]["jobTitle"]) == (3, "Ailleurs")
    assert contact_of(both_ways, key).properties["jobTitle"] == "Ailleurs"
    insisted = await both_ways.call("conflicts", "resolve", number, "--keep", "gopaas", "--force")
    assert insisted.status == 0, insisted.out
    assert contact_of(both_ways, key).properties["jobTitle"] == "Là"
    assert (await both_ways.call("sync")).status == 0
    assert (await both_ways.call("conflicts")).status == 0


async def test_a_record_that_cannot_be_handled_is_listed_explained_and_tried_again(both_ways):
    key = next(iter(rows(both_ways)))
    edit_row(both_ways, key, date_naissance="pas une date")
    assert (await both_ways.call("sync")).status == 3
    listed = await both_ways.call("quarantine", "--json")
    assert listed.status == 3
    [entry] = listed.json["quarantine"]
    assert (entry["key"], entry["cure"], entry["attempts"]) == (key, "correct", 1)
    assert "It was set aside: Birthday: This is not a date." in (await both_ways.call("why", key, "--language", "en")).out
    asked = await both_ways.call("quarantine", "retry", key)
    assert (asked.status, asked.out.split()[0]) == (0, "1")
    edit_row(both_ways, key, date_naissance="1980-02-29")
    assert (await both_ways.call("sync")).status == 0
    assert (await both_ways.call("quarantine")).status == 0
    gone = await both_ways.call("quarantine", "retry", key)
    assert (gone.status, "not set aside" in gone.err) == (1, True)


async def test_what_nobody_knows_says_where_it_was_looked_for_and_one_that_was_never_paired_says_why(both_ways):
    nobody = await both_ways.call("why", "nobody-knows-this")
    assert nobody.status == 1
    assert "GoPaaS and Outlook" in nobody.err
    stranger = mailbox(both_ways).create_contact({"givenName": "Denis", "surname": "Exemple"})
    told = await both_ways.call("why", stranger.immutable_id, "--json")
    assert told.status == 0, told.err
    [story] = told.json["stories"]
    assert (story["status"], story["scenes"][-1]["reason"]) == (None, "it exists, but not in the folder or calendar of this job")
    offline = await both_ways.call("why", stranger.immutable_id, "--offline")
    assert (offline.status, "--offline" in offline.err) == (1, True)
