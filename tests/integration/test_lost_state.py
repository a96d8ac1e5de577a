"""The state deleted, or put back from a copy a week old, in a populated sandbox with the installed command: no duplicate, no delete,
no mail; and afterwards what a person deletes is deleted as ever.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from copy import deepcopy

import pytest
from agenda_trial import Agenda, at, days, event, guests, moment, row, weekly
from cryptography.fernet import Fernet
from trial import Trial

from outlookd.sandbox.seed import PAUL, UPNS

ROWS = 24
WAYS = ["deleted twice", "copied back", "restored"]


async def lose(trial, way):
    """What happens to the state. `keep_state` has made the copy."""
    if way == "copied back":
        trial.restore_state()
    elif way == "restored":
        ended = await trial.call("restore", str(trial.state.with_suffix(".kept")))
        assert ended.status == 0, ended.said
    else:
        _delete(trial)
    await trial.sign_in()
    if way == "deleted twice":
        await run(trial)
        _delete(trial)
        await trial.sign_in()


def _delete(trial):
    for path in trial.state.parent.glob("state.db*"):
        if path.suffix != ".kept":
            path.unlink()


async def run(trial):
    """One run that deletes nothing and mails nobody."""
    ended = await trial.call("sync", "--json")
    assert ended.status == 0, ended.said
    (report,) = ended.runs
    assert (report["deleted"], report["mail_writes"]) == ({"gopaas": 0, "outlook": 0}, 0)
    return report


# --- contacts --------------------------------------------------------------------------------------------------------------


@asynccontextmanager
async def exported(directory, *, both):
    """Contacts in Outlook, one with notes of a person's, one that is a person's own."""
    async with Trial.start(directory, contacts=ROWS) as trial:
        trial.edit('interval = "5s"', 'interval = "5s"\nrecovery_wait = "1s"\ndirection = "both"' if both else 'interval = "5s"')
        await trial.sign_in()
        await run(trial)
        touched, *_ = trial.exported
        trial.mailbox.update_contact(touched.immutable_id, {"personalNotes": "Met in Lyon"})
        if not both:
            trial.mailbox.create_contact({"givenName": "Private", "surname": "Friend"}, folder_id=trial.folder.id)
        await run(trial)
        trial.keep_state()
        yield trial


def shown(trial):
    return {contact.immutable_id: contact.properties for contact in trial.exported}


def a_week_of_contacts(trial):
    keys = sorted(trial.shown_rows)
    trial.edit_row(keys[2], {"fonction": "Archiviste"})
    trial.sandbox.crm.create("contact", {"prenom": "Ysoline", "nom": "Nouvelle", "synchroniser": "oui"}, by="paul")
    trial.sandbox.crm.delete("contact", keys[3])


@pytest.mark.parametrize(
    ("way", "both"),
    [("deleted", False), ("copied back", False), ("restored", False), ("deleted twice", True), ("copied back", True)],
)
async def test_contacts_survive_a_state_that_was(tmp_path, way, both):
    async with exported(tmp_path, both=both) as trial:
        a_week_of_contacts(trial)
        assert (await trial.call("sync")).status == 0
        before, rows = deepcopy(shown(trial)), deepcopy(trial.table.rows)
        await lose(trial, way)
        for _ in range(3):
            await run(trial)
        assert (shown(trial), trial.table.rows) == (before, rows)
        gone = sorted(trial.shown_rows)[6]
        trial.sandbox.crm.delete("contact", gone)
        # A copy that nobody spoke of is noticed with the first write: that run deletes nothing yet.
        reports = [(await trial.call("sync", "--json")).runs[0] for _ in range(2)]
        assert sum(report["deleted"]["outlook"] for report in reports) == 1
        assert len(shown(trial)) == len(before) - 1
        assert len(trial.sandbox.mail_log) == 0


async def test_check_names_the_other_installation_and_writes_nothing(tmp_path):
    async with exported(tmp_path, both=False) as trial:
        _delete(trial)
        (tmp_path / "state-key").write_bytes(Fernet.generate_key())
        await trial.sign_in()
        before = trial.sandbox.world.dump()["outlook"]
        ended = await trial.call("check")
        assert ended.status == 3, ended.said
        assert "another outlookd installation" in ended.said
        assert "--take-over" in ended.said
        assert (await trial.call("sync")).status == 3
        assert trial.sandbox.world.dump()["outlook"] == before


# --- calendars -------------------------------------------------------------------------------------------------------------


@asynccontextmanager
async def in_step(directory):
    """Appointments of every kind on either side, past ones and meetings included."""
    async with Agenda.ready(directory) as agenda:
        for number in range(4):
            agenda.enter(row(f"Visite {number}", at(1 + number), note=f"Plan {number}"))
            agenda.plan_event(event(f"Repas {number}", at(1 + number, 12)))
        agenda.enter(row("Hier", at(-1)))
        agenda.plan_event(event("Jadis", at(-3)))
        agenda.enter(days("Salon", at(9, 0), at(10, 0)))
        agenda.plan_event(event("Tour", at(1, 8), recurrence=weekly(at(1), 4)))
        agenda.plan_event(event("Projet", at(3, 15), attendees=guests(UPNS[PAUL], "achats@bois-charpente.test")))
        agenda.plan_event(event("Comité", at(4, 15), attendees=guests(UPNS["claire"])), login=PAUL)
        await run(agenda)
        await run(agenda)
        agenda.keep_state()
        yield agenda


def everything(agenda):
    """Both sides, without the seals of calendars, which say who keeps them."""
    dump = agenda.sandbox.world.dump()
    for user in dump["outlook"]["users"]:
        for calendar in user["calendar"]["calendars"]:
            calendar["extended"] = {}
    return dump


def a_week_of_appointments(agenda):
    keys = {cells["intitule"]: key for key, cells in agenda.rows.items()}
    agenda.amend(keys["Visite 0"], {"lieu": "Quai 3"})
    agenda.change_event(agenda.rows[keys["Visite 1"]]["outlook_id"], {"subject": "Visite remise"})
    agenda.enter(row("Nouvelle", at(11)))
    agenda.plan_event(event("Neuf", at(12)))
    second = sorted(id for id, item in agenda.events.items() if item.shape.content["subject"] == "Tour")[1]
    agenda.change_event(second, {"start": moment(at(8, 10)), "end": moment(at(8, 11))})
    agenda.delete_event(agenda.rows[keys["Repas 3"]]["outlook_id"])


@pytest.mark.parametrize("way", WAYS)
async def test_a_calendar_survives_a_state_that_was(tmp_path, way):
    async with in_step(tmp_path) as agenda:
        a_week_of_appointments(agenda)
        await run(agenda)
        await run(agenda)
        before = everything(agenda)
        await lose(agenda, way)
        for _ in range(3):
            await run(agenda)
        after = everything(agenda)
        assert (after["outlook"], after["gopaas"]) == (before["outlook"], before["gopaas"])
        key = next(key for key, cells in agenda.rows.items() if cells["intitule"] == "Repas 2")
        agenda.delete_event(agenda.rows[key]["outlook_id"])
        await run(agenda)
        assert next(link for link in await agenda.links() if link.gopaas_id == key).outlook_id == ""
        assert after["mails"] == before["mails"]
