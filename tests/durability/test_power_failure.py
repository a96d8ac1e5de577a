"""The power fails at any moment of a run: whatever the disk kept, the database is whole and knows all that was told to anybody.

The file system calls of the real process are traced, and from them every state is built that a power failure may have left
(`disk_model`). Each is opened; from some of them the day goes on, with both sides as they were at that moment.
"""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass, field
from random import Random
from typing import Any

import pytest
from busy_days import DAYS, ContactDay, assert_recorded
from disk_model import OPTIONS, Disk, read_trace, syncs
from effort import SOAK
from tracer import traced
from trial import Passage

SEED = int(os.environ.get("CRASH_SEED", "20261123"))
MOMENTS = None if SOAK else 30
"""So many moments are looked at; all of them in the soak."""
CHOICES = 6 if SOAK else 2
"""So often something is chosen of what may have been kept."""
RESUMED = 150 if SOAK else 2
"""From so many states the day goes on."""


@dataclass
class Witness:
    """Copies of both sides, each with the time at which the last write that it contains had set out."""

    day: Any
    copies: list[tuple[float, Any]] = field(default_factory=list)

    async def __call__(self, _number, _body, forward):
        began = time.time()
        answer = await forward()
        latest = max(began, self.copies[-1][0])
        self.copies.append((latest, self.day.copy_sides()))
        return answer

    def sides_at(self, moment: float):
        """Both sides with every write that had set out by then, and no other."""
        return [sides for latest, sides in self.copies if latest < moment][-1]


@dataclass
class Recorded:
    """A traced run of a busy day. `contents` are what the database showed after each sync of its log, by the number of steps."""

    disk: Disk
    witness: Witness
    contents: dict[int, str]

    def possible_at(self, count: int) -> set[str]:
        """What the database may show when the power fails after so many steps: the latest durable state, or the one on its way."""
        numbers = sorted(self.contents)
        done = [number for number in numbers if number <= count]
        coming = [number for number in numbers if number > count]
        return {self.contents[number] for number in (*done[-1:], *coming[:1])}


def put(directory, files):
    """The directory as the disk kept it; what outlookd does not write itself stays."""
    for path in directory.glob("state.db*"):
        path.unlink()
    for name, content in files.items():
        (directory / name).write_bytes(content)
        (directory / name).chmod(0o600)


def content_of(directory):
    """All that a sound database shows, as text."""
    with closing(sqlite3.connect(directory / "state.db")) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
        tables = [name for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")]
        return "\n".join(repr(row) for name in tables for row in db.execute(f'SELECT * FROM "{name}" ORDER BY 1, 2'))


async def record(day, passage, place):
    """One run of a busy day, written down."""
    day.disturb()
    witness = Witness(day, [(0.0, day.copy_sides())])
    passage.writes, passage.intervene = 0, witness
    before = {"state.db": day.state.read_bytes()}
    trace = day.config.parent / "trace"
    async with traced(*OPTIONS, "-o", str(trace)):
        ended = await day.call("sync")
        assert ended.status == 0, ended.said
    passage.intervene = None
    disk = Disk(before, read_trace(trace, day.state))
    contents = {}
    for number in (0, *syncs(disk.steps)["state.db-wal"]):
        put(place, disk.after(number).kept())
        contents[number] = content_of(place)
    assert len(set(contents.values())) > 10
    assert len(witness.copies) > 4
    return Recorded(disk, witness, contents)


def states_of(recorded, random):
    """What may be left, with the number of steps taken: at some moments, all of them in the soak."""
    counts = range(1, len(recorded.disk.steps) + 1)
    for count in counts if MOMENTS is None else sorted(random.sample(counts, MOMENTS)):
        moment = recorded.disk.after(count)
        yield count, moment.lost()
        yield count, moment.kept()
        for number in range(CHOICES):
            yield count, moment.chosen(random, torn=number % 2 == 1)


async def go_on(day, recorded, count, files):
    """The machine is on again, with these files. Both sides are as they were when the power failed after so many steps."""
    steps = recorded.disk.steps
    failed_at = steps[count].at if count < len(steps) else time.time()
    put(day.config.parent, files)
    day.restore_sides(recorded.witness.sides_at(failed_at))
    await assert_recorded(day)
    resumed = await day.call("sync")
    assert resumed.status == 0, resumed.said
    await day.assert_whole()
    await day.assert_settled()


@pytest.mark.parametrize("kind", DAYS)
async def test_whatever_a_power_failure_leaves_of_a_run_is_whole_and_nothing_is_lost_or_doubled(tmp_path, strace, kind):
    print(f"CRASH_SEED={SEED}")  # noqa: T201 (whoever sees a failure can repeat it)
    random, place = Random(SEED), tmp_path / "rebuilt"
    place.mkdir()
    async with kind.ready(tmp_path) as day, Passage().open(day) as passage:
        day.edit('recovery_wait = "1s"', 'recovery_wait = "0s"')
        recorded = await record(day, passage, place)
        built = (MOMENTS or len(recorded.disk.steps)) * (2 + CHOICES)
        resumed = set(random.sample(range(built), RESUMED))
        for number, (count, files) in enumerate(states_of(recorded, random)):
            put(place, files)
            assert content_of(place) in recorded.possible_at(count), count
            if number in resumed:
                await go_on(day, recorded, count, files)


async def test_a_backup_that_a_power_failure_interrupts_has_its_name_only_when_it_is_whole(tmp_path, strace):
    random, target = Random(SEED), tmp_path / "shelf" / "copy.db"
    target.parent.mkdir()
    async with ContactDay.ready(tmp_path) as day:
        first = await record_command(day, "backup", target, written=target)
        day.disturb()
        assert (await day.call("sync")).status == 0
        second = await record_command(day, "backup", target, written=target)
    for disk in (first, second):
        done = disk.after(len(disk.steps)).lost()
        possible = [done.get(target.name), disk.durable.get(target.name)]
        assert [count for count, files in all_states_of(disk, random) if files.get(target.name) not in possible] == []
        # What was reported as made is there for good, and nothing beside it.
        assert list(done) == [target.name]
    assert first.after(len(first.steps)).lost() == second.durable
    assert second.after(len(second.steps)).lost()[target.name] == target.read_bytes()


async def test_a_restore_that_a_power_failure_interrupts_leaves_one_of_the_two_databases_in_place(tmp_path, strace):
    random, backup = Random(SEED), tmp_path / "backup.db"
    place = tmp_path / "rebuilt"
    place.mkdir()
    async with ContactDay.ready(tmp_path) as day:
        assert (await day.call("backup", str(backup))).status == 0
        day.disturb()
        assert (await day.call("sync")).status == 0
        disk = await record_command(day, "restore", backup, written=day.state)
    end = disk.after(len(disk.steps)).lost()
    [former] = [name for name in end if "before-restore" in name]
    shown = {}
    for which, files in (("old", disk.durable), ("new", end)):
        put(place, files)
        shown[which] = content_of(place)
    assert shown["old"] != shown["new"]
    for count, files in all_states_of(disk, random):
        put(place, files)
        content = content_of(place)
        assert content in shown.values(), count
        if content == shown["new"]:
            put(place, {"state.db": files[former]})
            assert content_of(place) == shown["old"], count


def all_states_of(disk, random):
    """What may be left after every step, with its number. Each state once."""
    seen = set()
    for count in range(len(disk.steps) + 1):
        moment = disk.after(count)
        for files in (moment.lost(), moment.kept(), *(moment.chosen(random, torn=True) for _ in range(CHOICES))):
            state = hash(frozenset(files.items()))
            if state not in seen:
                seen.add(state)
                yield count, files


async def record_command(day, command, file, *, written):
    """A command about `file`, written down as far as it concerns the files whose names begin with that of `written`."""
    before = {written.name: written.read_bytes()} if written.exists() else {}
    trace = day.config.parent / f"trace-{command}-{len(before)}"
    async with traced(*OPTIONS, "-o", str(trace)):
        ended = await day.call(command, str(file))
        assert ended.status == 0, ended.said
    return Disk(before, read_trace(trace, written))
