"""The owner thread: transactions, cancellation, a full disk, and files that are not what they should be."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import stat
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from outlookd.errors import ConfigurationError, StoreError, StoreFull
from outlookd.store.database import open_database

NOBODY = 65534
ADD = "INSERT INTO note (job, key, value) VALUES ('job', ?, ?)"


def add(key, value=""):
    return lambda db: db.execute(ADD, [key, value]).rowcount


def keys(db):
    return [row["key"] for row in db.query("SELECT key FROM note ORDER BY key")]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "state.db"


@pytest.fixture
async def database(path):
    async with open_database(path) as database:
        yield database


@pytest.fixture
def unprivileged():
    """A directory of a user whom file modes bind: root may write what is read-only."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        is_root = os.geteuid() == 0
        if is_root:
            os.chown(directory, NOBODY, NOBODY)
            os.seteuid(NOBODY)
        try:
            yield directory
        finally:
            directory.chmod(0o700)
            if is_root:
                os.seteuid(0)


# --- transactions --------------------------------------------------------------------------------------------------------


async def test_a_failed_write_leaves_nothing(database):
    def work(db):
        add("half")(db)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await database.write(work)
    assert await database.read(keys) == []


async def test_a_write_after_a_failed_one_works(database):
    with pytest.raises(StoreError):
        await database.write(lambda db: db.execute("INSERT INTO nowhere VALUES (1)"))
    await database.write(add("next"))
    assert await database.read(keys) == ["next"]


async def test_a_cancelled_writer_does_not_tear_its_transaction(database):
    """Ctrl-C while a write that has happened on a side is being recorded."""
    started, finish = threading.Event(), threading.Event()

    def work(db):
        add("a")(db)
        started.set()
        finish.wait(5)
        add("b")(db)

    writer = asyncio.create_task(database.write(work))
    await asyncio.to_thread(started.wait, 5)
    writer.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writer
    finish.set()
    assert await database.read(keys) == ["a", "b"]


async def test_a_write_that_waits_its_turn_survives_the_cancelling_of_its_caller(database):
    go_on = threading.Event()
    first = asyncio.create_task(database.write(lambda db: go_on.wait(5)))
    second = asyncio.create_task(database.write(add("queued")))
    await asyncio.sleep(0)
    second.cancel()
    with pytest.raises(asyncio.CancelledError):
        await second
    go_on.set()
    await first
    assert await database.read(keys) == ["queued"]


async def test_the_failure_of_a_write_that_nobody_waits_for_is_logged(database):
    go_on = threading.Event()

    def work(db):
        go_on.wait(5)
        db.execute("INSERT INTO nowhere VALUES (1)")

    with capture_logs() as logs:
        writer = asyncio.create_task(database.write(work))
        await asyncio.sleep(0)
        writer.cancel()
        with pytest.raises(asyncio.CancelledError):
            await writer
        go_on.set()
        await database.read(keys)
        await asyncio.sleep(0)
    assert [entry["event"] for entry in logs] == ["store.write.abandoned"]


async def test_two_processes_writing_wait_for_each_other(path):
    async with open_database(path) as one, open_database(path) as other:
        await asyncio.gather(
            *(database.write(add(f"{name}{i}")) for i in range(20) for name, database in (("a", one), ("b", other)))
        )
        assert len(await one.read(keys)) == 40


async def test_a_reader_is_not_held_up_by_a_writer(database, path):
    """`outlookd status` while the daemon writes."""
    await database.write(add("before"))
    started, finish = threading.Event(), threading.Event()

    def work(db):
        add("during")(db)
        started.set()
        finish.wait(5)

    writer = asyncio.create_task(database.write(work))
    await asyncio.to_thread(started.wait, 5)
    async with open_database(path, read_only=True) as reader:
        assert await reader.read(keys) == ["before"]
        finish.set()
        await writer
        assert await reader.read(keys) == ["before", "during"]


def kill_amid_writes(path):
    """What a process had acknowledged when it was killed: it names each row once its write has returned."""
    script = f"""
import asyncio, pathlib
from outlookd.store.database import open_database
async def main():
    async with open_database(pathlib.Path({str(path)!r})) as database:
        for i in range(100000):
            await database.write(lambda db: db.execute({ADD!r}, [f"{{i:06}}", ""]).rowcount)
            print(f"{{i:06}}", flush=True)
asyncio.run(main())
"""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, env=environment) as child:
        lines = [child.stdout.readline().strip() for _ in range(40)]
        child.send_signal(signal.SIGKILL)
    return {line for line in lines if line.isdigit()}


async def test_what_was_acknowledged_survives_a_kill(path):
    acknowledged = kill_amid_writes(path)
    async with open_database(path) as database:
        kept = await database.read(keys)
        assert await database.read(lambda db: db.execute("PRAGMA integrity_check").fetchone()[0]) == "ok"
    assert len(acknowledged) > 10
    assert acknowledged <= set(kept)


async def test_a_closed_database_refuses(path):
    async with open_database(path) as database:
        pass
    with pytest.raises(StoreError, match="closed"):
        await database.read(keys)


# --- a full disk ---------------------------------------------------------------------------------------------------------


async def fill(database):
    """Leave the file no more pages than it has, as a full disk would, and write until it is noticed."""
    await database.read(lambda db: db.execute("PRAGMA max_page_count = 1").fetchone())
    with pytest.raises(StoreFull) as caught:
        await database.write(add("big", "x" * 100_000))
    return caught.value


async def test_a_full_disk_names_the_file_and_what_to_do(database, path):
    error = await fill(database)
    assert (error.code, error.retryable, str(path) in error.message, bool(error.hint)) == ("SQLITE_FULL", True, True, True)


async def test_a_full_disk_can_still_be_read(database):
    await database.write(add("kept"))
    await fill(database)
    assert await database.read(keys) == ["kept"]


async def test_writing_works_again_once_there_is_room(database):
    await fill(database)
    await database.read(lambda db: db.execute("PRAGMA max_page_count = 1073741823").fetchone())
    await database.write(add("big", "x" * 100_000))
    assert await database.read(keys) == ["big"]


async def test_what_keeps_it_from_being_written_is_remembered_until_something_is_written(database):
    assert database.trouble == ""
    await fill(database)
    assert database.trouble == "full"
    await database.write(lambda db: db.execute("DELETE FROM note WHERE key = 'nothing'").rowcount)
    with pytest.raises(StoreError):
        await database.write(lambda db: db.execute("INSERT INTO nowhere VALUES (1)"))
    assert database.trouble == "full"
    await database.read(lambda db: db.execute("PRAGMA max_page_count = 1073741823").fetchone())
    await database.write(add("big", "x" * 100_000))
    assert database.trouble == ""


async def test_a_write_that_is_wrong_in_itself_says_nothing_about_the_file(database):
    with pytest.raises(StoreError):
        await database.write(lambda db: db.execute("INSERT INTO nowhere VALUES (1)"))
    assert database.trouble == ""


async def test_a_lock_that_is_gone_is_forgotten_with_the_next_write_whatever_it_changes(database, path):
    await database.read(lambda db: db.execute("PRAGMA busy_timeout = 1").fetchone())
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError):
        await database.write(add("late"))
    assert database.trouble == "locked"
    other.close()
    await database.write(lambda db: db.execute("DELETE FROM note WHERE key = 'nothing'").rowcount)
    assert database.trouble == ""


# --- files ---------------------------------------------------------------------------------------------------------------


async def test_only_the_owner_may_read_the_files(database, path):
    """It holds personal data; and the -wal and -shm files hold the same."""
    await database.write(add("a"))
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    assert modes == {"state.db": 0o600, "state.db-wal": 0o600, "state.db-shm": 0o600}


async def test_a_file_that_others_could_read_is_closed_to_them(path):
    path.touch()
    path.chmod(0o644)
    async with open_database(path):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("suffix", ["-wal", "-shm"])
async def test_a_companion_that_others_could_read_is_closed_to_them(path, suffix):
    """Such as one that came with an old copy."""
    async with open_database(path) as database:
        await database.write(add("a"))
        companion = path.with_name(path.name + suffix)
        companion.chmod(0o666)
        async with open_database(path):
            assert stat.S_IMODE(companion.stat().st_mode) == 0o600


async def test_a_directory_that_everybody_may_write_to_is_refused_with_the_chmod(tmp_path):
    place = tmp_path / "open"
    place.mkdir()
    place.chmod(0o777)
    with pytest.raises(ConfigurationError) as caught:
        async with open_database(place / "state.db"):
            pass
    assert "chmod 0700" in caught.value.faults[0]


async def test_a_missing_directory_is_a_matter_of_configuration(tmp_path):
    with pytest.raises(ConfigurationError) as caught:
        async with open_database(tmp_path / "nowhere" / "state.db"):
            pass
    assert "state.url" in caught.value.faults[0]
    assert str(tmp_path / "nowhere") in caught.value.faults[0]


async def test_a_file_that_is_no_database_is_left_alone(path):
    path.write_bytes(b"certainly not a database, " * 100)
    with pytest.raises(StoreError) as caught:
        async with open_database(path):
            pass
    assert (caught.value.code, path.read_bytes()[:9]) == ("SQLITE_NOTADB", b"certainly")
    assert caught.value.hint


async def test_the_database_of_another_program_is_left_alone(path):
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE bookmarks (url TEXT)")
    other.close()
    with pytest.raises(StoreError, match="another program"):
        async with open_database(path):
            pass
    with sqlite3.connect(path) as other:
        assert other.execute("SELECT name FROM sqlite_master").fetchall() == [("bookmarks",)]
    other.close()


async def test_a_directory_in_place_of_the_file_says_so(tmp_path):
    with pytest.raises(StoreError) as caught:
        async with open_database(tmp_path):
            pass
    assert (caught.value.code, bool(caught.value.hint)) == ("SQLITE_CANTOPEN", True)


async def test_a_file_that_may_only_be_read_says_so(unprivileged):
    theirs = unprivileged / "state.db"
    async with open_database(theirs):
        pass
    unprivileged.chmod(0o500)
    theirs.chmod(0o400)
    with pytest.raises(StoreError) as caught:
        async with open_database(theirs) as database:
            await database.write(add("a"))
    assert "user that runs outlookd" in caught.value.hint
    assert stat.S_IMODE(theirs.stat().st_mode) == 0o400


async def test_a_directory_that_may_not_be_written_says_so(unprivileged):
    unprivileged.chmod(0o500)
    with pytest.raises(StoreError) as caught:
        async with open_database(unprivileged / "state.db"):
            pass
    assert "user that runs outlookd" in caught.value.hint


async def test_a_damaged_database_says_to_restore_the_backup(path):
    async with open_database(path) as database:
        await database.write(add("a", "x" * 20_000))
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (path.stat().st_size - 4096))
    with pytest.raises(StoreError) as caught:
        async with open_database(path) as database:
            await database.read(keys)
    assert (caught.value.code[:14], "backup" in caught.value.hint) == ("SQLITE_CORRUPT", True)


async def test_an_identifier_that_is_not_unicode_is_refused_without_being_shown(database):
    with pytest.raises(StoreError) as caught:
        await database.write(add("secret\ud800"))
    assert "secret" not in str(caught.value)


async def test_a_duplicate_is_refused_without_showing_values(database):
    await database.write(add("secret"))
    with pytest.raises(StoreError) as caught:
        await database.write(add("secret"))
    assert ("duplicate" in caught.value.message, "secret" in str(caught.value)) == (True, False)


# --- reading only --------------------------------------------------------------------------------------------------------


async def test_a_reader_does_not_make_the_file(path):
    with pytest.raises(StoreError) as caught:
        async with open_database(path, read_only=True):
            pass
    assert (caught.value.code, path.exists()) == ("SQLITE_CANTOPEN", False)


async def test_a_reader_cannot_write(path):
    async with open_database(path):
        pass
    async with open_database(path, read_only=True) as reader:
        with pytest.raises(StoreError) as caught:
            await reader.write(add("a"))
    assert caught.value.code == "SQLITE_READONLY"
