"""When jobs run, and what happens to them at the end. Intervals of milliseconds stand for minutes."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from types import SimpleNamespace

from hypothesis import given
from hypothesis import strategies as st

from outlookd.app.daemon import phase, schedule
from outlookd.runtime.clock import SystemClock


class App:
    """Counts runs; each takes `seconds`."""

    def __init__(self, *names, seconds=0.0):
        jobs = [SimpleNamespace(id=name, interval=timedelta(milliseconds=20)) for name in names]
        self.settings = SimpleNamespace(jobs=jobs)
        self.clock = SystemClock()
        self.started, self.finished = [], []
        self._seconds = seconds

    async def sync(self, job):
        self.started.append(job.id)
        await asyncio.sleep(self._seconds)
        self.finished.append(job.id)
        return job.id


async def until(condition):
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110 - the fake app has no event to wait for
            await asyncio.sleep(0.005)


async def test_every_job_runs_again_and_again():
    app = App("a", "b")
    async with schedule(app):
        await until(lambda: min(app.started.count("a"), app.started.count("b")) >= 2)


async def test_each_report_is_seen():
    seen = []
    async with schedule(App("a"), observer=seen.append):
        await until(lambda: seen)
    assert set(seen) == {"a"}


async def test_the_end_waits_for_what_runs():
    app = App("a", seconds=0.1)
    async with schedule(app):
        await until(lambda: app.started)
    assert app.finished == app.started


async def test_a_job_never_runs_beside_itself():
    app = App("a", seconds=0.05)
    async with schedule(app):
        for _ in range(30):
            assert len(app.started) - len(app.finished) <= 1
            await asyncio.sleep(0.005)


@given(st.text(), st.timedeltas(min_value=timedelta(seconds=1), max_value=timedelta(days=1)))
def test_a_phase_is_inside_its_interval_and_always_the_same(name, within):
    assert timedelta(0) <= phase(name, within) <= within
    assert phase(name, within) == phase(name, within)


def test_a_thousand_jobs_are_spread_over_the_minute():
    seconds = {int(phase(f"user{number}/contact", timedelta(minutes=1)).total_seconds()) for number in range(1000)}
    assert len(seconds) == 60
