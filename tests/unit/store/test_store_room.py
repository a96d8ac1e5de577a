"""Too little room: nothing is begun that could perhaps not be recorded, while what is under way still is."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from outlookd.core.model import Commit, IntentState
from outlookd.errors import StoreFull
from outlookd.store.database import Database
from outlookd.store.room import RESERVE, free_beside
from outlookd.store.sqlite import SqliteStore
from outlookd.testing.samples import NOON, make_intent, make_link


@dataclass
class Disk:
    """A disk with so many bytes left."""

    left: int = RESERVE

    def free(self, path):
        assert path.name == "state.db"
        return self.left


@pytest.fixture
def disk():
    return Disk()


@pytest.fixture
async def store(tmp_path, disk):
    database = Database(tmp_path / "state.db", free=disk.free)
    await database.open()
    yield SqliteStore(database)
    await database.close()


async def begin(store, run="run"):
    await store.begin_run(run=run, job="job", user="claire", type="Contact", started=NOON)


async def test_a_run_begins_with_just_enough_room_and_not_with_a_byte_less(store, disk):
    await begin(store, "first")
    disk.left = RESERVE - 1
    with pytest.raises(StoreFull):
        await begin(store, "second")


async def test_no_write_is_announced_without_room_and_nothing_of_the_attempt_stays(store, disk):
    intent = make_intent(make_link("a"))
    disk.left = 0
    with pytest.raises(StoreFull):
        await store.intend([intent])
    assert await store.open_intents(intent.job) == []


async def test_what_was_sent_while_there_was_room_is_recorded_without(store, disk):
    intent = make_intent(make_link("a"))
    await store.intend([intent])
    disk.left = 0
    await store.commit([Commit(intent=intent.id, link=intent.link, state=IntentState.VERIFIED)])
    assert await store.open_intents(intent.job) == []


async def test_the_trouble_lasts_until_something_is_written_with_room_to_spare(store, disk):
    disk.left = 0
    with pytest.raises(StoreFull):
        await begin(store)
    assert store.trouble == "full"
    await store.upkeep.try_writing(NOON)
    assert store.trouble == "full"
    disk.left = RESERVE
    await store.upkeep.try_writing(NOON)
    assert store.trouble == ""


async def test_the_refusal_says_which_file_and_what_to_do(store, disk):
    disk.left = 0
    with pytest.raises(StoreFull) as caught:
        await begin(store)
    assert "state.db" in caught.value.message
    assert "Free some space" in caught.value.hint


def test_the_room_is_that_of_the_files_directory(tmp_path):
    assert free_beside(tmp_path / "state.db") > 0


def test_a_directory_that_cannot_be_asked_is_tried_rather_than_refused():
    assert free_beside(Path("/proc/self/nowhere/state.db")) == RESERVE


def test_a_file_system_that_tells_no_size_is_tried_rather_than_refused():
    proc = Path("/proc/self")
    if not proc.is_dir():
        pytest.skip("needs a file system without a size: /proc")
    assert free_beside(proc / "state.db") == RESERVE


ON_A_FULL_DISK = """
import asyncio, pathlib, subprocess, sys
from outlookd.errors import OutlookdError
from outlookd.store import open_store
disk = pathlib.Path(sys.argv[1])
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk], check=True)
async def look(read_only):
    async with open_store(f"sqlite:///{disk}/state.db", read_only=read_only) as store:
        await store.install_id()
asyncio.run(look(False))
try:
    (disk / "ballast").write_bytes(bytes(2**21))
except OSError:
    pass
try:
    asyncio.run(look(True))
except OutlookdError as error:
    print(type(error).__name__, error.exit_status)
"""


def test_a_disk_without_a_byte_left_is_full_also_for_whoever_only_reads(tmp_path, unshared):
    command = [*unshared, sys.executable, "-c", ON_A_FULL_DISK, str(tmp_path)]
    answer = subprocess.run(command, capture_output=True, text=True, check=True)
    assert answer.stdout.splitlines()[-1] == "StoreFull 75"
