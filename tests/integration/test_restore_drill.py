"""A backup put back over a mailbox that has gone on: nothing made twice, nothing deleted, no mail; and sign-ins that still hold."""

from __future__ import annotations

from agenda_trial import Agenda, at, event, row
from trial import Trial

from outlookd.sandbox.seed import CLAIRE


async def put_back(trial, backup):
    """As the page about operations says."""
    ended = await trial.call("restore", str(backup))
    assert ended.status == 0, ended.said
    assert (await trial.call("plan")).status in {0, 3}


async def test_contacts_are_found_again_after_a_restore(tmp_path):
    async with Trial.start(tmp_path, contacts=6) as trial:
        await trial.sign_in()
        assert (await trial.call("sync")).status == 0
        assert (await trial.call("backup", str(tmp_path / "old.db"))).status == 0
        first, second, *_ = trial.shown_rows
        trial.edit_row(first, {"fonction": "Directrice"})
        trial.sandbox.crm.delete("contact", second)
        trial.sandbox.crm.create(
            "contact", {"nom": "Neuf", "prenom": "Zoé", "email": "zoe@example.com", "synchroniser": "oui"}, by="paul"
        )
        assert (await trial.call("sync")).status == 0
        before = {contact.id: dict(contact.properties) for contact in trial.exported}, trial.remember_rows()
        await put_back(trial, tmp_path / "old.db")
        for _ in range(3):
            ended = await trial.call("sync", "--json")
            assert [run["deleted"] for run in ended.runs] == [{"gopaas": 0, "outlook": 0}]
        assert ({contact.id: dict(contact.properties) for contact in trial.exported}, trial.table.rows) == before
        assert len(trial.exported) == len(trial.shown_rows)


async def test_appointments_are_found_again_after_a_restore(tmp_path):
    async with Agenda.ready(tmp_path) as agenda:
        kept = agenda.enter(row("Before", at(2)))
        agenda.plan_event(event("From Outlook", at(3)))
        await agenda.sync()
        assert (await agenda.call("backup", str(tmp_path / "old.db"))).status == 0
        agenda.enter(row("After", at(4)))
        agenda.plan_event(event("From Outlook, later", at(5)))
        agenda.amend(kept, row("Before, moved", at(6)))
        await agenda.sync()
        before = set(agenda.events), {key: cells["intitule"] for key, cells in agenda.rows.items()}
        await put_back(agenda, tmp_path / "old.db")
        for _ in range(3):
            for run in (await agenda.call("sync", "--json")).runs:
                assert (run["user"], run["deleted"], run["mail_writes"]) == (CLAIRE, {"gopaas": 0, "outlook": 0}, 0)
        assert (set(agenda.events), {key: cells["intitule"] for key, cells in agenda.rows.items()}) == before
        await agenda.assert_settled()
