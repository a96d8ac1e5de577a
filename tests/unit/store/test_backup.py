"""A backup is whole, or it is not there."""

from __future__ import annotations

import os
import resource
import sqlite3
import stat
import subprocess
import sys
import threading
from contextlib import closing, contextmanager
from datetime import timedelta

import pytest

from outlookd.errors import StoreError, StoreFull, StoreTooNew
from outlookd.store.backup import REMEMBERED, back_up, name_of
from outlookd.store.database import open_database
from outlookd.store.files import copy_database
from outlookd.testing.clock import FakeClock

ADD = "INSERT INTO note (job, key, value) VALUES (?, 'half', ?)"
ORPHAN = "INSERT INTO conflict (link, field_group, gopaas, outlook, base, rule) VALUES ('gone', 'name', '', '', '', '')"


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
async def state(tmp_path):
    """A database of about a megabyte, which somebody has used."""
    path = tmp_path / "live" / "state.db"
    path.parent.mkdir()
    async with open_database(path) as database:
        await database.write(lambda db: db.execute(ADD, ["first", "x" * 2**20]).rowcount)
    return path


@pytest.fixture
def shelf(tmp_path):
    directory = tmp_path / "backups"
    directory.mkdir()
    return directory


def rows(path, sql="SELECT job FROM note"):
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
        return connection.execute(sql).fetchall()


def change(path, sql, *parameters):
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(sql, parameters)


def names(directory):
    return sorted(path.name for path in directory.iterdir())


# --- a good one ----------------------------------------------------------------------------------------------------------


async def test_a_backup_holds_what_the_database_holds(state, shelf, clock):
    backup = await back_up(state, shelf / name_of(clock.now()), clock=clock)
    assert rows(backup.path) == [("first",)]


async def test_only_the_owner_may_read_it(state, shelf, clock):
    backup = await back_up(state, shelf / name_of(clock.now()), clock=clock)
    assert stat.S_IMODE(backup.path.stat().st_mode) == 0o600


async def test_nothing_is_left_beside_it(state, shelf, clock):
    await back_up(state, shelf / name_of(clock.now()), clock=clock)
    assert names(shelf) == ["outlookd-20261123T080000Z.db"]


async def test_a_file_is_replaced_by_the_new_backup(state, shelf, clock):
    target = shelf / "own.db"
    target.write_text("yesterday's")
    backup = await back_up(state, target, clock=clock)
    assert (backup.path, rows(target), names(shelf)) == (target, [("first",)], ["own.db"])


async def test_the_database_remembers_its_backups(state, shelf, clock):
    backup = await back_up(state, shelf / name_of(clock.now()), clock=clock)
    expected = ("2026-11-23T08:00:00.000000+00:00", backup.path.stat().st_size)
    assert rows(state, "SELECT at, bytes FROM backup") == [expected]


async def test_it_remembers_the_last_ones_only(state, shelf, clock):
    before = ", ".join(f"('2026-01-01T00:00:00.{number:06}+00:00', 0, 0)" for number in range(REMEMBERED))
    change(state, f"INSERT INTO backup VALUES {before}")
    await back_up(state, shelf / name_of(clock.now()), clock=clock)
    [(count, oldest)] = rows(state, "SELECT count(*), min(at) FROM backup")
    assert (count, oldest) == (REMEMBERED, "2026-01-01T00:00:00.000001+00:00")


async def test_a_busy_writer_is_neither_torn_nor_stopped(state, shelf, clock):
    """Every transaction writes two halves: a backup that shows one of them has seen two moments."""
    stop, written = threading.Event(), []

    def write():
        with closing(sqlite3.connect(state, isolation_level=None, timeout=10)) as connection:
            while not stop.wait(0.002):
                connection.execute("BEGIN IMMEDIATE")
                for half in ("a", "b"):
                    connection.execute(ADD, [f"{half}{len(written)}", "y" * 500])
                connection.execute("COMMIT")
                written.append(1)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        seen = []
        for _ in range(3):
            clock.advance(1)
            before = len(written)
            backup = await back_up(state, shelf / name_of(clock.now()), clock=clock)
            seen.append((before, {job for (job,) in rows(backup.path)} - {"first"}))
    finally:
        stop.set()
        writer.join()
    torn = [jobs for _, jobs in seen if {f"{other}{job[1:]}" for job in jobs for other in "ab"} != jobs]
    lost = [before for before, jobs in seen if len(jobs) < 2 * before]
    assert (torn, lost, len(written) > seen[0][0]) == ([], [], True)


# --- a bad one -----------------------------------------------------------------------------------------------------------


def truncated(db, target):
    copy_database(db, target)
    os.truncate(target, target.stat().st_size // 2)


def scribbled(db, target):
    copy_database(db, target)
    with target.open("r+b") as file:
        file.seek(4096 * 3)
        file.write(b"\xa5" * 4096)


def empty(db, target):
    target.touch()


def foreign(db, target):
    change(target, "CREATE TABLE theirs (a TEXT)")


def older(db, target):
    copy_database(db, target)
    change(target, "DELETE FROM _sqlite_migrations WHERE name = 'm004_trust'")


def orphaned(db, target):
    copy_database(db, target)
    change(target, ORPHAN)


@pytest.mark.parametrize("broken", [truncated, scribbled, empty, foreign, older, orphaned])
async def test_a_broken_copy_never_gets_the_name(state, shelf, clock, broken):
    target = shelf / "own.db"
    target.write_text("yesterday's")
    with pytest.raises(StoreError, match="did not pass"):
        await back_up(state, target, clock=clock, copy=broken)
    assert (names(shelf), target.read_text()) == (["own.db"], "yesterday's")


async def test_a_failed_backup_is_not_noted(state, shelf, clock):
    with pytest.raises(StoreError):
        await back_up(state, shelf / name_of(clock.now()), clock=clock, copy=truncated)
    assert rows(state, "SELECT * FROM backup") == []


async def test_a_failed_backup_removes_no_older_one(state, shelf, clock):
    await back_up(state, shelf / name_of(clock.now()), clock=clock)
    clock.advance(60)
    with pytest.raises(StoreError):
        await back_up(state, shelf / name_of(clock.now()), clock=clock, keep=1, copy=truncated)
    assert names(shelf) == ["outlookd-20261123T080000Z.db"]


async def test_damage_in_the_database_is_not_blamed_on_the_backup(state, shelf, clock):
    pages = state.stat().st_size // 4096
    with state.open("r+b") as file:
        for page in range(3, pages):
            file.seek(4096 * page)
            file.write(b"\xa5" * 4096)
    with pytest.raises(StoreError, match=r"state\.db") as caught:
        await back_up(state, shelf / name_of(clock.now()), clock=clock)
    assert (names(shelf), "outlookd-2026" in str(caught.value)) == ([], False)


# --- no room -------------------------------------------------------------------------------------------------------------


@contextmanager
def files_up_to(size):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def test_a_write_that_fails_half_way_leaves_nothing(state, shelf, clock):
    with files_up_to(300_000), pytest.raises(StoreError, match=r"outlookd-20261123T080000Z\.db"):
        await back_up(state, shelf / name_of(clock.now()), clock=clock)
    assert names(shelf) == []


ON_A_TINY_DISK = """
import asyncio, pathlib, subprocess, sys
from outlookd.errors import OutlookdError
from outlookd.store.backup import back_up
from outlookd.testing.clock import FakeClock
state, disk = map(pathlib.Path, sys.argv[1:])
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", disk], check=True)
try:
    asyncio.run(back_up(state, disk / "own.db", clock=FakeClock(), reserve=-2**40))
except OutlookdError as error:
    print(type(error).__name__, error.exit_status, sorted(path.name for path in disk.iterdir()), "own.db" in str(error))
"""


def test_a_full_disk_is_worth_another_try_later(state, shelf, unshared):
    command = [*unshared, sys.executable, "-c", ON_A_TINY_DISK, str(state), str(shelf)]
    answer = subprocess.run(command, capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "StoreFull 75 [] True"


async def test_a_backup_does_not_take_the_daemons_last_room(state, shelf, clock):
    with pytest.raises(StoreFull, match="must stay free"):
        await back_up(state, shelf / name_of(clock.now()), clock=clock, reserve=2**62)
    assert names(shelf) == []


# --- older ones ----------------------------------------------------------------------------------------------------------


async def test_the_newest_ones_are_kept(state, shelf, clock):
    for _ in range(4):
        clock.advance(86400)
        backup = await back_up(state, shelf / name_of(clock.now()), clock=clock, keep=2)
    assert names(shelf) == ["outlookd-20261126T080000Z.db", "outlookd-20261127T080000Z.db"]
    assert [path.name for path in backup.removed] == ["outlookd-20261125T080000Z.db"]


async def test_the_new_one_stays_after_the_clock_was_set_back(state, shelf, clock):
    await back_up(state, shelf / name_of(clock.now()), clock=clock)
    clock.advance(-86400)
    backup = await back_up(state, shelf / name_of(clock.now()), clock=clock, keep=1)
    assert names(shelf) == [backup.path.name]


async def test_files_of_other_names_are_not_ours_to_remove(state, shelf, clock):
    others = ["outlookd-20200101T000000Z.db.gz", "outlookd.db", "state.db"]
    for name in others:
        (shelf / name).touch()
    backup = await back_up(state, shelf / name_of(clock.now()), clock=clock, keep=1)
    assert names(shelf) == sorted([*others, backup.path.name])


async def test_what_a_killed_backup_left_goes_after_a_day(state, shelf, clock):
    old, young = (shelf / f"{name_of(clock.now() - timedelta(days=days))}.77.unchecked.unfinished" for days in (2, 0))
    for path in (old, young):
        path.touch()
        os.utime(path, (clock.now().timestamp(),) * 2)
    os.utime(old, ((clock.now() - timedelta(days=2)).timestamp(),) * 2)
    backup = await back_up(state, shelf / name_of(clock.now()), clock=clock)
    assert names(shelf) == sorted([backup.path.name, young.name])


# --- in the way ----------------------------------------------------------------------------------------------------------


async def test_a_missing_directory_is_named(state, shelf, clock):
    with pytest.raises(StoreError, match="nowhere does not exist"):
        await back_up(state, shelf / "nowhere" / "own.db", clock=clock)


async def test_without_a_database_there_is_nothing_to_back_up(tmp_path, shelf, clock):
    with pytest.raises(StoreError, match="no state database"):
        await back_up(tmp_path / "none.db", shelf / "own.db", clock=clock)
    assert (tmp_path / "none.db").exists() is False


async def test_a_newer_database_is_left_to_its_own_version(state, shelf, clock):
    change(state, "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('outlookd', 'm999', '')")
    with pytest.raises(StoreTooNew):
        await back_up(state, shelf / name_of(clock.now()), clock=clock)


async def test_a_backup_that_cannot_be_noted_is_told_of_all_the_same(state, shelf, clock):
    change(state, "CREATE TRIGGER no BEFORE INSERT ON backup BEGIN SELECT RAISE(ABORT, 'no'); END")
    with pytest.raises(StoreError, match=r"outlookd-20261123T080000Z\.db is complete"):
        await back_up(state, shelf / name_of(clock.now()), clock=clock)
    assert names(shelf) == ["outlookd-20261123T080000Z.db"]
