"""SIGKILL at every write of a run, seen from outside: whatever was cut off, the next run finishes it without loss and without doubles.

Design rules 6 and 13. The ways to die are `killer.py`'s; kills at any other instant are in `tests/durability`.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from copy import deepcopy
from random import Random

import pytest
from busy_days import ContactDay
from killer import ONE_MANNER, SOME_MANNERS, kill_and_recover, spare_waiting
from trial import Passage, Trial

ROWS = 50
MOST_WRITES = 40


@asynccontextmanager
async def signed_in(directory):
    async with Trial.start(directory, contacts=ROWS) as trial, Passage().open(trial) as passage:
        trial.edit('interval = "5s"', 'interval = "5s"\nrecovery_wait = "1s"')
        await trial.sign_in()
        trial.keep_state()
        yield trial, passage


async def assert_whole(trial, *, strangers=()):
    """Every row once, nothing lost, nobody else touched, links one to one, and no mail."""
    rows = trial.shown_rows
    links = [link for link in await trial.links() if link.status == "active"]
    contacts = {contact.immutable_id: contact for contact in trial.exported}
    ours = set(contacts) - {contact.immutable_id for contact in strangers}
    assert {link.gopaas_id for link in links} == set(rows)
    assert len({link.outlook_id for link in links}) == len(links) == len(rows)
    assert {link.outlook_id for link in links} == ours
    for link in links:
        shown, row = contacts[link.outlook_id].properties, rows[link.gopaas_id]
        for name, column in (("givenName", "prenom"), ("surname", "nom"), ("jobTitle", "fonction")):
            assert (shown[name] or "") == str(row[column] or "").strip()
    assert [name for folder in trial.mailbox.all_folders() if (name := folder.name).startswith("GoPaaS")] == ["GoPaaS"]
    assert len(trial.sandbox.mail_log) == 0
    assert trial.sandbox.crm.injections == []


async def assert_settled(trial):
    """Nothing is left to do."""
    (run,) = (await trial.call("sync", "--json")).runs
    assert run["status"] == "ok"
    assert run["unchanged"] == len(trial.shown_rows)
    for word in ("created", "updated", "deleted"):
        assert run[word] == {"gopaas": 0, "outlook": 0}, word


@pytest.mark.parametrize("manner", ONE_MANNER)
async def test_a_first_export_killed_at_any_write_ends_with_every_row_once(tmp_path, manner):
    async with signed_in(tmp_path) as (trial, passage):
        spare_waiting(trial, manner)
        own = deepcopy(trial.mailbox.contacts())
        for fatal in range(1, MOST_WRITES):
            trial.restore_state()
            lived = await kill_and_recover(trial, passage, fatal, manner)
            await assert_whole(trial)
            await assert_settled(trial)
            assert trial.mailbox.contacts() == own
            trial.mailbox.delete_folder(trial.folder.id)
            if not lived:
                break
        # The folder, and a batch for each twenty rows.
        assert fatal == 1 + 3 + 1


def disturb(trial, random):
    """What people do in a day: rows change, come, go and leave the view; somebody makes a contact of their own in our folder."""
    keys = random.sample(sorted(trial.shown_rows), 16)
    for key in keys[:12]:
        trial.edit_row(key, {"fonction": f"Archiviste {random.random()}"})
    for key in keys[12:14]:
        trial.sandbox.crm.delete("contact", key)
    for key in keys[14:]:
        trial.edit_row(key, {"synchroniser": "non"})
    for number in range(25):
        new = {"prenom": "Ysoline", "nom": f"Nouvelle {number} {random.random()}", "fonction": "Vigie", "synchroniser": "oui"}
        trial.sandbox.crm.create("contact", new, by="paul")


def strangers_of(trial):
    """Two contacts that the user makes in the exported folder."""
    people = ({"givenName": "Cousine", "surname": f"Étrangère {number}"} for number in range(2))
    return [trial.mailbox.create_contact(person, folder_id=trial.folder.id) for person in people]


@pytest.mark.parametrize("manner", ONE_MANNER)
async def test_a_second_run_killed_at_any_write_ends_with_every_change_once(tmp_path, manner):
    async with signed_in(tmp_path) as (trial, passage):
        spare_waiting(trial, manner)
        random, rows = Random(7), trial.remember_rows()
        for fatal in range(1, MOST_WRITES):
            trial.restore_state()
            trial.table.rows = deepcopy(rows)
            assert (await trial.call("sync")).status == 0
            strangers = strangers_of(trial)
            untouched = deepcopy(strangers)
            disturb(trial, random)
            lived = await kill_and_recover(trial, passage, fatal, manner)
            await assert_whole(trial, strangers=strangers)
            await assert_settled(trial)
            assert strangers == untouched
            trial.mailbox.delete_folder(trial.folder.id)
            if not lived:
                break
        # The seal of the folder's owner, two batches for the 37 creates and updates, one for the deletes.
        assert fatal == 1 + 3 + 1


@pytest.mark.parametrize("manner", SOME_MANNERS)
async def test_a_two_way_run_killed_at_any_write_ends_with_every_change_on_both_sides(tmp_path, manner):
    async with ContactDay.ready(tmp_path) as day, Passage().open(day) as passage:
        spare_waiting(day, manner)
        day.keep_world()
        for fatal in range(1, MOST_WRITES):
            day.restore_world()
            day.disturb()
            lived = await kill_and_recover(day, passage, fatal, manner)
            await day.assert_whole()
            await day.assert_settled()
            if not lived:
                break
        # Records in one batch, contacts in two, one for the deletions.
        assert fatal >= 1 + 2 + 1 + 1
