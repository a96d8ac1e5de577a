"""When jobs run, and what happens to them at the end.

The clock of most tests is behind, so that every first run is due at once; only where an interval matters it is a millisecond.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outlookd.app.daemon import AT_ONCE, phase, schedule
from outlookd.runtime.clock import SystemClock
from outlookd.testing import FakeClock

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
ONCE = timedelta(days=36500)
AGAIN = timedelta(milliseconds=1)


class App:
    """Counts runs. A run ends when the test says so (`may_end`), or at once."""

    def __init__(self, *names, interval=ONCE, held=False):
        self.settings = SimpleNamespace(jobs=[SimpleNamespace(id=name, interval=interval) for name in names])
        self.clock = SystemClock() if interval is AGAIN else FakeClock(LONG_AGO)
        self.started, self.finished, self.cut_off = [], [], []
        self.may_end = asyncio.Event()
        if not held:
            self.may_end.set()
        self._news = asyncio.Condition()

    async def sync(self, job):
        async with self._news:
            self.started.append(job.id)
            self._news.notify_all()
        try:
            await self.may_end.wait()
        except asyncio.CancelledError:
            await let_the_others_run()
            self.cut_off.append(job.id)
            raise
        self.finished.append(job.id)
        return job.id

    async def until(self, condition):
        async with asyncio.timeout(5), self._news:
            await self._news.wait_for(lambda: condition(self))


async def let_the_others_run():
    for _ in range(20):
        await asyncio.sleep(0)


async def stopped(app, stop, **options):
    async with schedule(app, **options):
        await stop.wait()


@pytest.fixture
async def skipped_run():
    """Set when APScheduler left a run out because the one before still ran."""
    happened = asyncio.Event()

    class Listener(logging.Handler):
        def emit(self, record):
            if "maximum number of running instances" in record.getMessage():
                happened.set()

    listener = Listener()
    logger = logging.getLogger("apscheduler.scheduler")
    logger.addHandler(listener)
    yield happened
    logger.removeHandler(listener)


async def test_every_job_runs_again_and_again():
    app = App("a", "b", interval=AGAIN)
    async with schedule(app):
        await app.until(lambda app: min(app.started.count("a"), app.started.count("b")) >= 3)


async def test_each_report_is_seen():
    seen = asyncio.Queue()
    async with schedule(App("a"), observer=seen.put_nowait):
        assert await asyncio.wait_for(seen.get(), 5) == "a"


async def test_a_job_never_runs_beside_itself(skipped_run):
    app = App("a", interval=AGAIN, held=True)
    async with schedule(app):
        await asyncio.wait_for(skipped_run.wait(), 5)
        assert app.started == ["a"]
        app.may_end.set()
        await app.until(lambda app: len(app.started) > 1)


async def test_no_more_than_eight_run_at_a_time():
    app = App(*"abcdefghij", held=True)
    async with schedule(app):
        await app.until(lambda app: len(app.started) == AT_ONCE)
        await let_the_others_run()
        assert len(app.started) == AT_ONCE == 8
        app.may_end.set()
        await app.until(lambda app: len(app.started) == 10)


async def test_the_end_waits_for_what_runs():
    app, stop = App("a", held=True), asyncio.Event()
    ending = asyncio.create_task(stopped(app, stop))
    await app.until(lambda app: app.started)
    stop.set()
    await let_the_others_run()
    assert not ending.done()
    app.may_end.set()
    await ending
    assert (app.finished, app.cut_off) == (["a"], [])


async def test_what_still_waits_for_a_place_at_the_end_is_not_started():
    app, stop = App(*"abcdefghij", held=True), asyncio.Event()
    ending = asyncio.create_task(stopped(app, stop))
    await app.until(lambda app: len(app.started) == AT_ONCE)
    stop.set()
    await let_the_others_run()
    app.may_end.set()
    await ending
    assert len(app.started) == len(app.finished) == AT_ONCE


async def test_what_becomes_due_at_the_end_is_not_started():
    app, stop = App("a", "b", interval=AGAIN, held=True), asyncio.Event()
    ending = asyncio.create_task(stopped(app, stop))
    await app.until(lambda app: len(app.started) == 2)
    stop.set()
    await let_the_others_run()
    app.may_end.set()
    await ending
    assert sorted(app.started) == ["a", "b"]


async def test_what_outlasts_the_grace_is_cut_off_and_has_ended_when_the_schedule_has(caplog):
    app = App(*"abcdefghij", held=True)
    async with schedule(app, grace=0.0):
        await app.until(lambda app: len(app.started) == AT_ONCE)
    assert sorted(app.cut_off) == sorted(app.started)
    assert len(app.started) == AT_ONCE
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


async def test_a_run_has_ended_before_an_interruption_goes_on():
    app = App("a", held=True)

    async def interrupted():
        async with schedule(app):
            await app.until(lambda app: app.started)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await interrupted()
    assert app.cut_off == ["a"]


async def test_an_impatient_second_interruption_cuts_the_grace_short():
    app, stop = App("a", held=True), asyncio.Event()
    ending = asyncio.create_task(stopped(app, stop))
    await app.until(lambda app: app.started)
    stop.set()
    await let_the_others_run()
    ending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await ending
    assert app.cut_off == ["a"]


@given(st.text(), st.timedeltas(min_value=timedelta(seconds=1), max_value=timedelta(days=1)))
def test_a_phase_is_inside_its_interval_and_always_the_same(name, within):
    assert timedelta(0) <= phase(name, within) <= within
    assert phase(name, within) == phase(name, within)


def test_a_thousand_jobs_are_spread_over_the_minute():
    seconds = {int(phase(f"user{number}/contact", timedelta(minutes=1)).total_seconds()) for number in range(1000)}
    assert len(seconds) == 60
