"""`outlookd export` and `outlookd forget --all` over a mailbox that was really synchronised."""

from __future__ import annotations

import json
import stat
from datetime import UTC, datetime

import pytest
from trial import JOB, Trial

from outlookd.app import App, forget_person, load_installation
from outlookd.core.subscriptions import Subscription
from outlookd.errors import JobBusy
from outlookd.store import open_store
from outlookd.store.personal import PERSONAL

TOLD = Subscription(
    id="s-1",
    login="claire",
    resource="me/contacts",
    client_state="hash",
    expires=datetime(2030, 1, 1, tzinfo=UTC),
    made_at=datetime(2026, 1, 1, tzinfo=UTC),
)


@pytest.fixture
async def trial(tmp_path):
    async with Trial.start(tmp_path, contacts=6) as trial:
        await trial.sign_in()
        assert (await trial.call("sync")).status == 0
        yield trial


async def test_the_export_is_private_readable_and_without_a_token(trial, tmp_path):
    target = tmp_path / "claire.json"
    ended = await trial.call("export", "claire", "--to", str(target), "--json")
    document = json.loads(target.read_text())
    assert (ended.status, stat.S_IMODE(target.stat().st_mode), document["signed_in"]) == (0, 0o600, True)
    assert json.loads(ended.out)["rows"] == {table: len(rows) for table, rows in document["tables"].items()}
    assert len(document["tables"]["link"]) == len(trial.shown_rows)
    assert next(iter(trial.shown_rows.values()))["nom"] in target.read_text()
    assert not any(mark in target.read_text() for mark in ("eyJ0.", "1.refresh."))
    # It never takes the place of another file, and a stranger is a mistake that is said.
    before = trial.config.read_bytes()
    assert ((await trial.call("export", "claire", "--to", str(trial.config))).status, trial.config.read_bytes()) == (2, before)
    assert (await trial.call("export", "clarie", "--to", str(tmp_path / "x.json"))).status == 1


async def test_whoever_is_forgotten_is_found_again_by_our_stamps_without_a_write(trial):
    """Nothing is made twice, nothing is deleted, and neither forgetting nor finding touches what was synchronised."""
    contacts, rows = {contact.id for contact in trial.exported}, trial.remember_rows()
    await refuse_to_forget(trial)
    ended = await trial.call("forget", "claire", "--all", "--yes", "--although-configured", "--json")
    removed = json.loads(ended.out)["removed"]
    assert (ended.status, removed.keys()) == (0, {holding.table for holding in PERSONAL})
    assert (removed["link"], removed["account"], removed["subscription"]) == (len(trial.shown_rows), 1, 1)
    assert ("DELETE", f"/v1.0/subscriptions/{TOLD.id}") in {(r.method, r.path) for r in trial.sandbox.requests["graph"]}
    await trial.sign_in()
    [run] = (await trial.call("sync", "--json")).runs
    assert (run["status"], run["created"], run["deleted"]) == ("ok", {"gopaas": 0, "outlook": 0}, {"gopaas": 0, "outlook": 0})
    assert ({contact.id for contact in trial.exported}, trial.table.rows) == (contacts, rows)
    assert len(await trial.links()) == len(trial.shown_rows)


async def refuse_to_forget(trial):
    """Without a yes, for somebody who still has a job, for a stranger, and while a job runs: nothing goes."""
    for login, options, told in (
        ("claire", ("--yes",), "give --although-configured"),
        ("claire", ("--although-configured",), "cannot be undone"),
        ("clarie", ("--yes",), "letter by letter"),
    ):
        ended = await trial.call("forget", login, "--all", *options)
        assert (ended.status in {1, 130}, told in ended.err) == (True, True)
    async with open_store(f"sqlite:///{trial.state}") as store, App(load_installation(trial.config, {})) as app:
        await store.subscriptions.keep(TOLD)
        async with store.lease(JOB):
            with pytest.raises(JobBusy):
                await forget_person(app, "claire")
        assert len(await store.links(JOB)) == len(trial.shown_rows)
