"""A daemon whose state database is in trouble, or old: it stays alive, says so, and looks after it."""

from __future__ import annotations

import asyncio
import socket
import sqlite3
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from datetime import timedelta

import pytest_asyncio
from waiting import until

from outlookd.app import App, Orders, load_installation, serve
from outlookd.store.files import path_of
from outlookd.testing.samples import make_report


@asynccontextmanager
async def serving(app, environ):
    """The daemon, in this process."""
    orders = Orders()
    task = asyncio.create_task(serve(app, orders, environ=environ))
    try:
        yield
    finally:
        orders.stop.set()
        await task


@pytest_asyncio.fixture
async def manager(tmp_path):
    """What the service manager hears."""
    told = []
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.bind(str(tmp_path / "notify"))
        channel.setblocking(False)
        asyncio.get_running_loop().add_reader(channel, lambda: told.append(channel.recv(4096).decode()))
        yield told
        asyncio.get_running_loop().remove_reader(channel)


async def test_the_watchdog_hears_of_a_daemon_whose_writes_wait_for_another_process(place, manager):
    environ = {"NOTIFY_SOCKET": str(place.config.parent / "notify"), "WATCHDOG_USEC": "300000"}
    async with App(load_installation(place.config, {})) as app, serving(app, environ):
        await until(lambda: "WATCHDOG=1" in manager)
        with closing(sqlite3.connect(path_of(app.settings.state.url), isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            waiting = asyncio.create_task(app.store.note("job", "key", "value"))
            manager.clear()
            await until(lambda: manager.count("WATCHDOG=1") > 3)
            assert not waiting.done()
        await waiting


async def test_a_daemon_forgets_old_runs(place):
    async with App(load_installation(place.config, {})) as app:
        reports = [replace(make_report(run), started=app.clock.now() - timedelta(days=days)) for run, days in RUNS.items()]
        for report in reports:
            await app.store.finish_run(report)
        async with serving(app, {}):
            await until(lambda: len(runs_in(path_of(app.settings.state.url))) < len(RUNS))
            assert runs_in(path_of(app.settings.state.url)) == {"latest"}


RUNS = {"old": 31, "latest": 30}


def runs_in(path):
    with closing(sqlite3.connect(path)) as reader:
        return {run for (run,) in reader.execute("SELECT run FROM run")}


def age(path):
    """Make the file one of the version before: as it was before its last migration."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        for index in ("journal_by_gopaas_id", "journal_by_outlook_id", "link_by_row", "run_open"):
            db.execute(f"DROP INDEX {index}")
        for table, columns in ADDED.items():
            for column in columns:
                db.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
        db.execute("CREATE TABLE plan (hash TEXT PRIMARY KEY) STRICT")
        db.execute("DELETE FROM _sqlite_migrations WHERE name = 'm004_trust'")


ADDED = {
    "journal": ["seen", "image", "undone"],
    "intent": ["undoes", "resolves", "longer", "rule", "mails", "seen", "image"],
    "conflict": ["resolved", "resolved_at"],
    "run": ["kind"],
}


def schema_of(path):
    with closing(sqlite3.connect(path)) as db:
        return db.execute("SELECT sql FROM sqlite_schema ORDER BY name").fetchall(), db.execute(MIGRATIONS).fetchall()


MIGRATIONS = "SELECT name FROM _sqlite_migrations ORDER BY name"


async def test_a_look_leaves_the_database_of_an_earlier_version_to_the_daemon_that_runs(signed_in):
    state = signed_in.config.parent / "state.db"
    assert (await signed_in.call("sync")).status == 0
    age(state)
    before, files = schema_of(state), sorted(signed_in.config.parent.iterdir())
    planned = await signed_in.call("plan")
    checked = await signed_in.call("check", "--json")
    assert (planned.status, checked.status) == (0, 0)
    assert "nothing to write, 12 unchanged" in planned.out
    [warning] = [finding["text"] for finding in checked.json["findings"] if finding["level"] != "ok"]
    assert "will be brought up to date by the first run" in warning
    assert (schema_of(state), sorted(signed_in.config.parent.iterdir())) == (before, files)
    assert (await signed_in.call("sync")).status == 0
    assert schema_of(state) != before
    assert (await signed_in.call("check")).status == 0
