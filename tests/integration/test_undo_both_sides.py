"""``outlookd undo`` over the sandbox: runs that created, changed and deleted on both sides, and then both sides as they were."""

from __future__ import annotations

import json

import pytest
from agenda_trial import QUIET, Agenda, as_row, at, event, guests, row

from outlookd.sandbox.ids import Family
from outlookd.sandbox.seed import CLAIRE
from outlookd.sandbox.views import Column

STAMPS = {"date_modification", "heure_modification"}
CUSTOMER = "achats@bois-charpente.test"


class Both(Agenda):
    """Contacts and calendar, both ways."""

    JOBS = ("contact", "calendar")


@pytest.fixture
async def agenda(tmp_path):
    async with Both.ready(tmp_path, contacts=8) as agenda:
        table = agenda.sandbox.crm.table("action")
        table.columns |= {"etat": Column(name="etat", label="État")}  # which no view shows
        agenda.edit('type = "Contact"', 'type = "Contact"\ndirection = "both"\non_outlook_delete = "set:fonction=parti"')
        agenda.edit('type = "Calendar"', 'type = "Calendar"\non_outlook_delete = "set:etat=annulé"')
        yield agenda


def populate(agenda):
    for number in range(6):
        agenda.enter(row(f"Visite {number}", at(1 + number), etat="prévu"))
        agenda.plan_event(event(f"Repas {number}", at(1 + number, 12)))
    agenda.plan_event(event("Projet", at(3, 15), attendees=guests(CUSTOMER)))


def keys_of(agenda):
    return {cells["intitule"]: key for key, cells in agenda.rows.items()}


def move_on(agenda):
    """A day's worth of edits: every kind of write, on either side, but none that only an exception can answer."""
    keys = keys_of(agenda)
    agenda.amend(keys["Visite 0"], {"lieu": "Quai 3"})
    agenda.amend(keys["Repas 0"], row("Repas 0", at(1, 13)))
    agenda.change_event(agenda.rows[keys["Visite 1"]]["outlook_id"], {"subject": "Visite remise"})
    agenda.delete_event(agenda.rows[keys["Repas 2"]]["outlook_id"])
    agenda.change_event(agenda.rows[keys["Visite 3"]]["outlook_id"], {"categories": ["rouge"]})
    agenda.act("delete_row", table="action", cle=keys["Visite 3"])
    agenda.enter(row("Nouvelle", at(11), etat="prévu"))


def move_contacts(agenda):
    """The same for contacts, which both sides may change: one is new, one leaves the view, one is deleted in Outlook."""
    keys = sorted(key for key, cells in agenda.table.rows.items() if cells["synchroniser"] == "oui")
    names = {key: agenda.table.rows[key]["nom"] for key in keys}
    ids = {
        key: next(c.id(Family.IMMUTABLE) for c in agenda.exported if c.properties["surname"] == name) for key, name in names.items()
    }
    agenda.edit_row(keys[0], {"societe": "Scierie Nord", "ville": "Annecy"})
    agenda.mailbox.update_contact(ids[keys[1]], {"companyName": "Menuiserie Sud"})
    agenda.edit_row(keys[2], {"synchroniser": "non"})
    agenda.mailbox.delete_contact(ids[keys[3]])
    agenda.act("create_row", table="contact", cells={"nom": "Valmorin", "prenom": "Odile", "synchroniser": "oui"}, by=CLAIRE)


def picture(agenda):
    """Both sides as people see them: an empty cell is an empty cell, and what was made again has another id."""
    return {
        "agenda": rows_of(agenda.rows),
        "events": sorted(repr(as_row(item)) for item in agenda.events.values()),
        "people": rows_of(agenda.table.rows),
        "contacts": sorted(repr(sorted((n, v) for n, v in contact.properties.items() if v)) for contact in agenda.exported),
    }


def rows_of(table):
    return {key: {name: cell or "" for name, cell in cells.items() if name not in STAMPS} for key, cells in table.items()}


async def test_runs_that_wrote_on_both_sides_go_back(agenda):
    populate(agenda)
    await agenda.call("sync")
    move_on(agenda)
    move_contacts(agenda)
    before = picture(agenda)
    contact, calendar = (await agenda.call("sync", "--json")).runs
    for run in (contact, calendar):
        assert (run["created"]["outlook"], run["deleted"]["outlook"]) == (1, 1), run
        assert min(run["updated"].values()) >= 2 - (run is contact), run

    foreseen = await agenda.call("undo", calendar["run"][:8], "--preview", "--json")
    undone = [
        await agenda.call("undo", "last", "--type", "calendar", "--yes", "--json"),
        await agenda.call("undo", contact["run"], "--yes", "--json"),
    ]

    said = [json.loads(ended.out)["undo"] for ended in undone]
    assert [(ended.status, each["kept"]) for ended, each in zip(undone, said, strict=True)] == [(0, [])] * 2, undone[0].said
    assert brief(json.loads(foreseen.out)["undo"]) == brief(said[0])
    assert picture(agenda) == before
    for run in (await agenda.call("sync", "--full", "--json")).runs:
        assert {word: run[word] for word in QUIET} == QUIET
    assert picture(agenda) == before


def brief(undone):
    return [(action["op"], action["side"], action["key"], action["fields"]) for action in undone["actions"]]
