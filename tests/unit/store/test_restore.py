"""A restore puts a whole backup in place, or changes nothing."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from outlookd.errors import ConfigurationError, StoreError, StoreFull, StoreTooNew
from outlookd.ports import Binding, Container
from outlookd.sealing import CACHE, Seal
from outlookd.store import open_store
from outlookd.store.backup import back_up
from outlookd.store.restore import RESTORED, restore
from outlookd.testing.clock import FakeClock

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
SEAL = Seal([b"k" * 32])
JOB = "claire/contact/contact/GoPaaS"
FOLDER = Container(id="f1", name="GoPaaS", marker="m", parent="")
BINDING = Binding(login="claire", tenant="t", object_id="o", home_account="h", bound_at=NOW)

OPEN = """
import sqlite3, sys
connection = sqlite3.connect(f"file:{sys.argv[1]}?mode=rw", uri=True)
connection.execute("SELECT COUNT(*) FROM link").fetchone()
print("open", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def state(tmp_path):
    (tmp_path / "live").mkdir(mode=0o700)
    return tmp_path / "live" / "state.db"


@pytest.fixture
async def backup(state, tmp_path):
    """A copy of a database that somebody used; afterwards somebody went on using it."""
    target = tmp_path / "backup.db"
    async with open_store(f"sqlite:///{state}") as store:
        await store.keep_container(JOB, FOLDER)
        await store.accounts.bind(BINDING, SEAL.seal(b"tokens", purpose=CACHE, owner="claire"))
        await store.accounts.add_ticket("spent-later", "claire", NOW + timedelta(days=1))
        await store.sessions.begin("signed-out-later", "claire", now=NOW, expires=NOW + timedelta(days=1), idle_since=NOW)
    await back_up(state, target, clock=FakeClock())
    async with open_store(f"sqlite:///{state}") as store:
        await store.keep_container(JOB, replace(FOLDER, id="f2"))
        await store.note(JOB, "later", "yes")
    return target


def put_back(backup, state, **options):
    return restore(backup, state, **{"seal": SEAL, "now": NOW, **options})


def rows(path, sql):
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        return connection.execute(sql).fetchall()


def change(path, *statements):
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


def contents(directory):
    return {path.name: path.read_bytes() for path in directory.iterdir()}


# --- a good one ----------------------------------------------------------------------------------------------------------


async def test_afterwards_the_database_holds_what_the_backup_holds(backup, state):
    put_back(backup, state)
    async with open_store(f"sqlite:///{state}") as store:
        assert await store.container(JOB) == FOLDER
        assert SEAL.open(await store.accounts.cache("claire"), purpose=CACHE, owner="claire") == b"tokens"


async def test_every_known_job_learns_that_its_state_is_older_than_its_mailbox(backup, state):
    assert put_back(backup, state).jobs == [JOB]
    async with open_store(f"sqlite:///{state}") as store:
        assert (await store.notes(JOB)) == {RESTORED: "1"}


def test_links_and_sessions_that_ended_since_do_not_come_back(backup, state):
    put_back(backup, state)
    assert rows(state, "SELECT (SELECT COUNT(*) FROM ticket) + (SELECT COUNT(*) FROM session)") == [(0,)]


def test_the_former_database_is_kept_whole_and_can_be_put_back(backup, state):
    former = put_back(backup, state).former
    assert rows(former, "SELECT key FROM note") == [("later",)]
    put_back(former, state, now=NOW + timedelta(seconds=1))
    assert rows(state, "SELECT key FROM note ORDER BY key") == [("later",), (RESTORED,)]


def test_only_the_owner_may_read_what_is_there_afterwards(backup, state):
    backup.chmod(0o644)
    put_back(backup, state)
    assert {stat.S_IMODE(path.stat().st_mode) for path in state.parent.iterdir()} == {0o600}


def test_nothing_is_left_beside_the_two(backup, state):
    former = put_back(backup, state).former
    assert sorted(state.parent.iterdir()) == [state, former]


def test_the_backup_itself_is_not_changed(backup, state):
    before = backup.read_bytes()
    put_back(backup, state)
    assert backup.read_bytes() == before


def test_a_lost_database_needs_no_former_one(backup, state):
    state.unlink()
    assert put_back(backup, state).former is None


def test_commits_that_are_only_in_the_wal_are_kept_with_the_former_database(backup, state):
    crash = "import os, sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None); "
    crash += "c.execute(\"INSERT INTO note VALUES ('j', 'in', 'wal')\"); os._exit(0)"
    subprocess.run([sys.executable, "-c", crash, state], check=True)
    assert state.with_name("state.db-wal").stat().st_size
    assert ("in",) in rows(put_back(backup, state).former, "SELECT key FROM note")


def test_a_damaged_database_is_kept_with_its_companions_and_none_of_them_stays(backup, state):
    state.write_bytes(b"not a database" * 1000)
    wal = state.with_name("state.db-wal")
    wal.write_bytes(b"of the damaged one")
    former = put_back(backup, state).former
    assert (former.read_bytes()[:14], former.with_name(f"{former.name}-wal").read_bytes()) == (
        b"not a database",
        b"of the damaged one",
    )
    assert (wal.exists(), rows(state, "SELECT id FROM container")) == (False, [("f1",)])


def test_a_backup_of_an_earlier_version_is_taken_as_it_is(backup, state):
    """What is missing in it is added by the next start, as for any older database."""
    change(backup, "DROP TABLE session", "DELETE FROM _sqlite_migrations WHERE name > 'm002_events'")
    assert put_back(backup, state).jobs == [JOB]


# --- refused -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spoil", "error"),
    [
        (lambda path: path.unlink(), StoreError),
        (lambda path: path.write_bytes(b"" * 10), StoreError),
        (lambda path: path.write_bytes(b"no database" * 999), StoreError),
        (lambda path: path.write_bytes(path.read_bytes()[:-8192]), StoreError),
        (
            lambda path: change(path, "INSERT INTO conflict VALUES (1, 'gone', '', '', '', '', '', '', '', '', NULL, NULL)"),
            StoreError,
        ),
        (lambda path: change(path, "DELETE FROM _sqlite_migrations"), StoreError),
        (lambda path: change(path, "UPDATE _sqlite_migrations SET name = 'm999' WHERE name = 'm001_first_schema'"), StoreTooNew),
        (lambda path: path.with_name("backup.db-wal").write_bytes(b"latest commits"), StoreError),
    ],
    ids=["missing", "empty", "no database", "cut off", "orphan", "another program's", "newer", "in use"],
)
def test_what_is_no_sound_backup_changes_nothing(backup, state, spoil, error):
    before = contents(state.parent)
    spoil(backup)
    with pytest.raises(error):
        put_back(backup, state)
    assert contents(state.parent) == before


def test_beside_a_process_that_has_the_database_open_nothing_is_changed(backup, state):
    process = subprocess.Popen([sys.executable, "-c", OPEN, state], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert process.stdout.readline() == b"open\n"
        with pytest.raises(StoreError, match="systemctl stop outlookd") as caught:
            put_back(backup, state)
        assert (caught.value.code, rows(state, "SELECT key FROM note")) == ("SQLITE_BUSY", [("later",)])
    finally:
        process.communicate()


def test_the_database_is_never_its_own_backup(backup, state, tmp_path):
    (tmp_path / "link").symlink_to(state.parent)
    with pytest.raises(StoreError, match="itself"):
        put_back(tmp_path / "link" / "state.db", state)


def test_sign_ins_of_another_key_are_refused_and_may_be_accepted(backup, state):
    other = Seal([b"x" * 32])
    with pytest.raises(StoreError, match=r"state\.key_file"):
        put_back(backup, state, seal=other)
    assert put_back(backup, state, seal=other, closed_too=True).closed == 1


def test_sign_ins_of_a_former_key_are_good_while_that_is_in_the_file(backup, state):
    assert put_back(backup, state, seal=Seal([b"x" * 32, b"k" * 32])).closed == 0


def test_without_room_nothing_is_begun(backup, state):
    free = shutil.disk_usage(state.parent).free
    with pytest.raises(StoreFull):
        put_back(backup, state, reserve=free)


def test_a_place_that_does_not_exist_is_a_fault_of_the_configuration(backup, tmp_path):
    with pytest.raises(ConfigurationError):
        put_back(backup, tmp_path / "nowhere" / "state.db")


# --- interrupted -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", range(1, 5))
def test_cut_off_anywhere_one_of_the_two_databases_is_there_whole(backup, state, monkeypatch, number):
    """At each call that changes names: the state answers as before or as after, and the former one is never lost."""
    calls = iter(range(1, 99))

    def cut(call):
        def counted(*arguments, **options):
            if next(calls) == number:
                raise KeyboardInterrupt
            return call(*arguments, **options)

        return counted

    for name in ("link", "replace", "fsync"):
        monkeypatch.setattr(os, name, cut(getattr(os, name)))
    with pytest.raises(KeyboardInterrupt):
        put_back(backup, state)
    keys = {key for path in state.parent.glob("state.db*") for (key,) in rows(path, "SELECT key FROM note")}
    assert "later" in keys
    assert rows(state, "SELECT key FROM note") in ([("later",)], [(RESTORED,)])
