"""The state database must stop growing, and must not forget what somebody may still ask for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from outlookd.app.daemon.upkeep import LOOK_EVERY, SWEEP_EVERY, Ages, Upkeep, ages_of
from outlookd.core.model import Commit, IntentState, RunReport, RunStatus, Tally
from outlookd.errors import StoreFull
from outlookd.store import SqliteStore, open_store
from outlookd.store.runs import finish_run
from outlookd.store.upkeep import PAGE
from outlookd.testing import FakeClock
from outlookd.testing.samples import make_entry, make_intent, make_link

WRITTEN = Tally(outlook=1)
AGES = Ages(journal=timedelta(days=90), conflicts=timedelta(days=365), ends=timedelta(days=850))
FAILED, HELD, OK = RunStatus.FAILED, RunStatus.HELD, RunStatus.OK


class House:
    """A store with its upkeep, and a clock that moves when the test says so."""

    def __init__(self, store: SqliteStore) -> None:
        self.store = store
        self.clock = FakeClock()
        self.upkeep = Upkeep(store, self.clock, lambda: AGES)

    async def ran(self, *runs: str, days_ago: float = 0, job: str = "job", apart: float = 1, **fields: Any) -> None:
        """Runs that ended, in this order and so many seconds apart."""
        first = self.clock.now() - timedelta(days=days_ago)
        reports = [report(run, job, first + timedelta(seconds=number * apart), **fields) for number, run in enumerate(runs)]
        await self.store._database.write(lambda db: [finish_run(db, each) for each in reports])

    async def begun(self, run: str, *, days_ago: float) -> None:
        """A run that was killed, and that no other run of its job has followed."""
        await self.store.begin_run(
            run=run, job=f"job of {run}", user="claire", type="contact", started=self.clock.now() - timedelta(days=days_ago)
        )

    async def left(self) -> set[str]:
        """Do what is due, and tell which runs are still there."""
        await self.upkeep.look()
        return await self.store._database.read(lambda db: {row["run"] for row in db.query("SELECT run FROM run")})

    async def pages(self) -> int:
        return await self.store._database.read(lambda db: int(db.execute("PRAGMA page_count").fetchone()[0]))


def report(run: str, job: str, started: datetime, **fields: Any) -> RunReport:
    return RunReport(run=run, job=job, user="claire", type="contact", started=started, **{"status": OK, **fields})


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_store(f"sqlite:///{tmp_path}/state.db") as store:
        yield House(store)


async def test_the_file_stops_growing(house: House) -> None:
    """Ten jobs run every hour for a quarter, find nothing to do and fail at night. The upkeep is restarted every month."""
    sizes = []
    for day in range(90):
        for job in range(10):
            runs = [f"{day}.{hour}.{job}" for hour in range(24)]
            await house.ran(runs[0], job=f"job {job}", status=FAILED)
            await house.ran(*runs[1:], job=f"job {job}", apart=SWEEP_EVERY)
        house.clock.advance(24 * SWEEP_EVERY)
        if day % 30 == 0:
            house.upkeep = Upkeep(house.store, house.clock, lambda: AGES)
        await house.upkeep.look()
        sizes.append(await house.pages())
    assert max(sizes[40:]) <= 1.05 * sizes[40]
    assert len(await house.left()) < 10 * (2 * 24 + 30 + 24)


async def test_a_run_that_found_nothing_to_do_goes_after_two_days_and_any_other_after_thirty(house: House) -> None:
    await house.ran("failed long ago", days_ago=31, status=FAILED)
    await house.ran("failed", days_ago=29, status=FAILED)
    await house.ran("held", days_ago=29, status=HELD, held=1)
    await house.ran("wrote", days_ago=29, updated=WRITTEN)
    await house.ran("quiet long ago", days_ago=2.1)
    await house.ran("quiet", "latest", days_ago=1.9)
    assert await house.left() == {"failed", "held", "wrote", "quiet", "latest"}


async def test_a_run_that_was_killed_long_ago_goes(house: House) -> None:
    await house.begun("killed long ago", days_ago=31)
    await house.begun("killed", days_ago=29)
    assert await house.left() == {"killed"}


async def test_the_latest_run_of_each_job_stays_however_old(house: House) -> None:
    await house.ran("before", "latest", days_ago=100)
    await house.ran("other", days_ago=200, job="other", status=FAILED)
    await house.begun("killed", days_ago=50)
    assert await house.left() == {"latest", "other"}


@pytest.mark.parametrize("success", [{"status": OK}, {"status": HELD, "held": 3}])
async def test_the_latest_success_of_each_job_stays_however_often_it_failed_since(house: House, success: Any) -> None:
    await house.ran("earlier", "success", days_ago=100, **success)
    await house.ran("failed", "failed again", days_ago=90, status=FAILED)
    assert await house.left() == {"success", "failed again"}


async def test_a_run_with_a_journal_line_stays(house: House) -> None:
    link = make_link("1", job="job")
    intent = make_intent(link, run="wrote")
    await house.store.intend([intent])
    entry = make_entry(link, run="wrote")
    await house.store.commit([Commit(link=link, journal=entry, intent=intent.id, state=IntentState.VERIFIED)])
    await house.ran("wrote", "latest", days_ago=100)
    assert await house.left() == {"wrote", "latest"}


async def test_a_run_with_a_write_that_nobody_answered_stays_until_that_is_cleared_up(house: House) -> None:
    intent = make_intent(make_link("1", job="job"), run="cut off")
    await house.store.intend([intent])
    await house.ran("cut off", "latest", days_ago=100)
    assert await house.left() == {"cut off", "latest"}
    await house.store.commit([Commit(link=None, journal=None, intent=intent.id, state=IntentState.VOID)])
    house.upkeep = Upkeep(house.store, house.clock, lambda: AGES)
    assert await house.left() == {"latest"}


async def test_many_runs_of_one_moment_are_all_looked_at(house: House) -> None:
    runs = [str(number) for number in range(3 * PAGE + 1)]
    await house.ran(*runs, days_ago=100, apart=0)
    assert await house.left() == {runs[-1]}


async def test_a_sweep_is_made_once_an_hour(house: House) -> None:
    await house.upkeep.look()
    await house.ran("old", "latest", days_ago=100)
    house.clock.advance(SWEEP_EVERY - LOOK_EVERY)
    assert await house.left() == {"old", "latest"}
    house.clock.advance(LOOK_EVERY)
    assert await house.left() == {"latest"}


async def test_sign_ins_links_and_sessions_whose_time_is_over_go(house: House) -> None:
    now = house.clock.now()
    hour_ago = now - timedelta(hours=1)
    for name, expires in (("ended", now), ("alive", now + timedelta(seconds=1))):
        await house.store.accounts.keep_flow(name, b"sealed", expires)
        await house.store.accounts.add_ticket(name, "claire", expires)
        await house.store.sessions.begin(name, "claire", now=hour_ago, expires=expires, idle_since=hour_ago - timedelta(hours=1))
    await house.upkeep.look()
    for table in ("flow", "ticket", "session"):
        found = await house.store._database.read(
            lambda db, table=table: [row["digest"] for row in db.query(f"SELECT digest FROM {table}")]
        )
        assert (table, found) == (table, ["alive"])


async def test_a_database_that_can_be_written_again_is_noticed_although_no_job_runs(house: House) -> None:
    async def limit(pages: int) -> None:
        await house.store._database.read(lambda db: db.execute(f"PRAGMA max_page_count = {pages}").fetchone())

    await house.upkeep.look()
    await limit(1)
    with pytest.raises(StoreFull):
        await house.store.note("job", "key", "x" * 100_000)
    await limit(1_000_000)
    assert house.store.trouble == "full"
    await house.upkeep.look()
    assert house.store.trouble == ""


# --- the journal and what ended --------------------------------------------------------------------------------------------


async def test_values_of_the_journal_go_after_their_time_and_are_swept_again_and_again(house: House) -> None:
    link = make_link("a")
    for days_ago, run in ((100, "old"), (89.99, "nearly"), (1, "young")):
        at = house.clock.now() - timedelta(days=days_ago)
        await house.store.commit([Commit(link=link, journal=make_entry(link, run=run, at=at))])
    left = []
    for _ in range(2):
        await house.upkeep.look()
        left.append([run for run in ("old", "nearly", "young") if await house.store.journal(run)])
        house.clock.advance(SWEEP_EVERY)
    assert left == [["nearly", "young"], ["young"]]


def ages(*, tombstones: float, past: float = 0, job_past: float = 0) -> Ages:
    """Of an installation with these settings, in days."""
    retention = SimpleNamespace(journal=timedelta(days=30), conflicts=timedelta(days=30), tombstones=timedelta(days=tombstones))
    windows = [SimpleNamespace(window_past=timedelta(days=days), window_future=timedelta()) for days in (past, job_past)]
    return ages_of(SimpleNamespace(retention=retention, sync=windows[0]), windows[1:])


@pytest.mark.parametrize(
    ("given", "days"),
    [
        ({"tombstones": 1000, "past": 100}, 1000),
        ({"tombstones": 1}, 90),
        ({"tombstones": 1, "past": 100}, 200),
        ({"tombstones": 1, "past": 100, "job_past": 300}, 600),
    ],
    ids=["as set", "never less than 90 days", "twice the window", "twice the widest window of any job"],
)
def test_what_is_left_of_an_ended_pair_outlasts_its_window(given: dict[str, float], days: int) -> None:
    assert ages(**given).ends == timedelta(days=days)
