"""A new state key: nobody signs in again, whatever happens on the way."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from outlookd.errors import StoreError
from outlookd.ports import Binding
from outlookd.sealing import CACHE, RECORD, SIGN_IN, Seal, SealBroken
from outlookd.store import open_store
from outlookd.store.database import open_database
from outlookd.store.roster import StoredRecord
from outlookd.store.rotation import rotate
from outlookd.store.sealed import SEALED, count_opening

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
OLD, NEW = b"o" * 32, b"n" * 32
OPEN = 'import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute("SELECT * FROM link"); print("open", flush=True); sys.stdin.read()'


class KeyFile:
    """What the command writes, and a crash after so many writes."""

    def __init__(self, *keys, crash_at=0):
        self.keys, self.writes, self.crash_at = keys, 0, crash_at

    def write(self, keys):
        self.writes += 1
        if self.writes == self.crash_at:
            raise KeyboardInterrupt
        self.keys = tuple(keys)


@pytest.fixture
async def state(tmp_path):
    """One of everything that is sealed, with the old key."""
    path, seal = tmp_path / "state.db", Seal([OLD])
    async with open_store(f"sqlite:///{path}") as store:
        for login in ("claire", "hugo"):
            binding = Binding(login=login, tenant="t", object_id=login, home_account="h", bound_at=NOW)
            await store.accounts.bind(binding, seal.seal(login.encode(), purpose=CACHE, owner=login))
        cells = StoredRecord(record="r1", login="claire", fault="", sealed=seal.seal(b"{}", purpose=RECORD, owner="r1"))
        await store.roster.keep([cells], ())
        await store.accounts.keep_flow("d1", seal.seal(b"{}", purpose=SIGN_IN, owner="d1"), NOW + timedelta(minutes=10))
    return path


async def opening(path, *keys):
    """How many values these keys open."""
    async with open_database(path, read_only=True) as database:
        return sum(table.opened for table in await database.read(lambda db: count_opening(db, Seal(keys))))


def test_every_binary_column_of_the_schema_is_known_to_be_sealed(state):
    with closing(sqlite3.connect(state)) as connection:
        tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        blobs = {(t, row[1]) for t in tables for row in connection.execute(f"PRAGMA table_info({t})") if row[2] == "BLOB"}
    assert blobs == {(column.table, column.column) for column in SEALED}


async def test_everything_opens_with_the_new_key_alone(state):
    file = KeyFile(OLD)
    rotation = await rotate(state, file.keys, new=NEW, drop=False, write=file.write)
    assert (await opening(state, NEW), sum(table.opened for table in rotation.tables)) == (4, 4)


async def test_the_former_key_stays_in_the_file_until_it_is_dropped(state):
    file = KeyFile(OLD)
    await rotate(state, file.keys, new=NEW, drop=False, write=file.write)
    assert file.keys == (NEW, OLD)
    await rotate(state, file.keys, new=None, drop=True, write=file.write)
    assert (file.keys, await opening(state, NEW)) == ((NEW,), 4)


async def test_a_key_that_was_put_on_the_first_line_by_hand_is_taken_without_writing_the_file(state):
    file = KeyFile(NEW, OLD)
    await rotate(state, file.keys, new=None, drop=False, write=file.write)
    assert (await opening(state, NEW), file.writes) == (4, 0)


@pytest.mark.parametrize("crash_at", [1, 2])
async def test_cut_off_while_the_keys_are_written_the_keys_in_the_file_open_everything(state, crash_at):
    file = KeyFile(OLD, crash_at=crash_at)
    with pytest.raises(KeyboardInterrupt):
        await rotate(state, file.keys, new=NEW, drop=True, write=file.write)
    assert await opening(state, *file.keys) == 4


async def test_cut_off_while_rows_change_none_has_changed_and_both_keys_are_in_the_file(state):
    with closing(sqlite3.connect(state)) as connection:
        connection.execute("CREATE TRIGGER cut BEFORE UPDATE ON flow BEGIN SELECT RAISE(ABORT, 'cut'); END")
    file = KeyFile(OLD)
    with pytest.raises(StoreError):
        await rotate(state, file.keys, new=NEW, drop=True, write=file.write)
    assert (await opening(state, OLD), file.keys) == (4, (NEW, OLD))


async def test_beside_a_process_that_has_the_database_open_nothing_is_changed(state):
    """A daemon knows the former key only: it would take every sign-in for lost, and send mails about it."""
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", OPEN, state, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    file = KeyFile(OLD)
    try:
        assert await process.stdout.readline() == b"open\n"
        with pytest.raises(StoreError, match="systemctl stop outlookd"):
            await rotate(state, file.keys, new=NEW, drop=True, write=file.write)
    finally:
        await process.communicate(b"")
    assert (file.writes, await opening(state, OLD)) == (0, 4)


async def test_what_opens_with_no_key_is_counted_and_left_as_it_is(state):
    foreign = Seal([b"x" * 32]).seal(b"", purpose=CACHE, owner="claire")
    async with open_store(f"sqlite:///{state}") as store:
        await store.accounts.keep_cache("claire", foreign)
    rotation = await rotate(state, [OLD], new=None, drop=False, write=KeyFile().write)
    async with open_store(f"sqlite:///{state}") as store:
        assert (await store.accounts.cache("claire"), rotation.tables[0].closed) == (foreign, 1)


async def test_rows_that_were_exchanged_open_for_neither_of_the_two(state):
    """Each value is bound to its owner: whoever can write the file cannot hand one person's mailbox to another (threat T9)."""
    with closing(sqlite3.connect(state, isolation_level=None)) as connection:
        one, other = (row[0] for row in connection.execute("SELECT cache FROM account ORDER BY login").fetchall())
        connection.execute("UPDATE account SET cache = CASE login WHEN 'claire' THEN ? ELSE ? END", [other, one])
    async with open_store(f"sqlite:///{state}") as store:
        for login in ("claire", "hugo"):
            with pytest.raises(SealBroken):
                Seal([OLD]).open(await store.accounts.cache(login), purpose=CACHE, owner=login)


async def test_without_a_database_only_the_keys_change(tmp_path):
    file = KeyFile(OLD)
    rotation = await rotate(tmp_path / "state.db", file.keys, new=NEW, drop=True, write=file.write)
    assert (rotation.tables, file.keys, list(tmp_path.iterdir())) == ((), (NEW,), [])
