"""The schedule with its real alarms and real runs, in milliseconds: what begins, what ends, and what is told about it."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
import structlog
from structlog.testing import capture_logs
from waiting import DEADLINE, until

from outlookd.runtime.clock import SystemClock
from outlookd.runtime.schedule import Ending, Schedule, Trigger

OK = Ending(outcome="ok")
OFTEN = timedelta(milliseconds=20)
RARELY = timedelta(days=36500)
"""By its phase such a job is first due within a minute, which no test lasts."""


class Tally:
    """A meter."""

    def __init__(self):
        self.counts = Counter()
        self.lags, self.beats, self.waits = [], [], []

    def fired(self, outcome):
        self.counts[outcome] += 1

    def waited_in_queue(self, seconds):
        self.waits.append(seconds)

    def heartbeat(self, at):
        self.beats.append(at)

    def lagged(self, seconds):
        self.lags.append(seconds)


class Office:
    """Does the work. A run ends when the test says so, or at once."""

    def __init__(self, *, held=False):
        self.started, self.finished, self.cut_off = [], [], []
        self.ending = OK
        self.may_end = asyncio.Event()
        if not held:
            self.may_end.set()
        self._news = asyncio.Condition()

    async def work(self, name, trigger):
        self.started.append((name, trigger))
        async with self._news:
            self._news.notify_all()
        try:
            await self.may_end.wait()
        except asyncio.CancelledError:
            await let_the_others_run()
            self.cut_off.append(name)
            raise
        self.finished.append(name)
        return self.ending

    @property
    def names(self):
        return [name for name, _ in self.started]

    async def until(self, condition):
        async with asyncio.timeout(DEADLINE), self._news:
            await self._news.wait_for(lambda: condition(self))


@pytest.fixture
def office():
    return Office()


@pytest.fixture
def busy_office():
    return Office(held=True)


@pytest.fixture
def tally():
    return Tally()


@pytest.fixture
async def open_schedule():
    """Makes schedules that are closed at the end of the test."""
    made = []

    def make(work, *names, interval=RARELY, **options):
        schedule = Schedule(work, clock=SystemClock(), debounce=0.05, **options)
        made.append(schedule)
        schedule.start()
        for name in names:
            schedule.put(name, interval=interval, group=name)
        return schedule

    yield make
    for schedule in made:
        await schedule.close()


async def let_the_others_run():
    for _ in range(20):
        await asyncio.sleep(0)


async def test_every_job_runs_again_and_again(office, open_schedule):
    open_schedule(office.work, "a", "b", interval=OFTEN)
    await office.until(lambda office: min(office.names.count("a"), office.names.count("b")) >= 3)
    assert {trigger for _, trigger in office.started} == {Trigger.SCHEDULE}


async def test_a_wake_runs_a_job_at_once_and_says_why(office, open_schedule):
    schedule = open_schedule(office.work, "a")
    assert schedule.wake("a", Trigger.MANUAL)
    await office.until(lambda office: office.started)
    assert office.started == [("a", Trigger.MANUAL)]
    assert not schedule.wake("b", Trigger.MANUAL)


async def test_a_wake_during_a_run_is_one_more_run(busy_office, open_schedule):
    schedule = open_schedule(busy_office.work, "a")
    schedule.wake("a", Trigger.MANUAL)
    await busy_office.until(lambda office: office.started)
    for _ in range(5):
        schedule.wake("a", Trigger.NOTIFICATION)
    assert schedule.turn("a").waiting
    busy_office.may_end.set()
    await busy_office.until(lambda office: len(office.started) == 2)
    await let_the_others_run()
    assert busy_office.started == [("a", Trigger.MANUAL), ("a", Trigger.NOTIFICATION)]
    assert not schedule.turn("a").waiting


async def test_a_notification_soon_after_a_run_is_heard_a_moment_later(office, open_schedule):
    schedule = open_schedule(office.work, "a")
    schedule.wake("a", Trigger.NOTIFICATION)
    await let_the_others_run()
    schedule.wake("a", Trigger.NOTIFICATION)
    await let_the_others_run()
    assert len(office.started) == 1
    await office.until(lambda office: len(office.started) == 2)


async def test_no_more_run_at_a_time_than_is_allowed(busy_office, open_schedule, tally):
    schedule = open_schedule(busy_office.work, *"abcdef", at_once=2, meter=tally)
    for name in "abcdef":
        schedule.wake(name, Trigger.MANUAL)
    await let_the_others_run()
    assert (len(busy_office.started), schedule.running) == (2, 2)
    schedule.allow(3)
    await let_the_others_run()
    assert schedule.running == 3
    busy_office.may_end.set()
    await busy_office.until(lambda office: len(office.started) == 6)
    assert len(tally.waits) == 6


async def test_a_changed_interval_drops_neither_the_run_under_way_nor_the_one_that_is_owed(busy_office, open_schedule):
    schedule = open_schedule(busy_office.work, "a")
    schedule.wake("a", Trigger.MANUAL)
    await busy_office.until(lambda office: office.started)
    schedule.wake("a", Trigger.MANUAL)
    schedule.put("a", interval=timedelta(hours=1), group="a")
    busy_office.may_end.set()
    await busy_office.until(lambda office: len(office.started) == 2)
    assert busy_office.finished[0] == "a"


async def test_the_run_of_a_removed_job_ends_by_itself_and_is_the_last_one(busy_office, open_schedule):
    schedule = open_schedule(busy_office.work, "a")
    schedule.wake("a", Trigger.MANUAL)
    await busy_office.until(lambda office: office.started)
    schedule.wake("a", Trigger.MANUAL)
    schedule.remove("a")
    busy_office.may_end.set()
    await let_the_others_run()
    assert (busy_office.names, busy_office.finished, schedule.names()) == (["a"], ["a"], frozenset())


async def test_what_a_run_raises_is_logged_and_costs_that_job_only(open_schedule, tally):
    async def work(name, trigger):
        raise ZeroDivisionError

    schedule = open_schedule(work, "a", meter=tally)
    with capture_logs() as logs:
        schedule.wake("a", Trigger.MANUAL)
        await let_the_others_run()
    assert [entry["event"] for entry in logs if entry["log_level"] == "error"] == ["schedule.run.crashed"]
    assert (schedule.turn("a").failures, tally.counts["failed"]) == (1, 1)


async def test_a_run_knows_nothing_of_the_request_that_asked_for_it(open_schedule):
    seen = {}

    async def work(name, trigger):
        seen.update(structlog.contextvars.get_contextvars())
        return OK

    schedule = open_schedule(work, "a")
    with structlog.contextvars.bound_contextvars(request="of somebody"):
        schedule.wake("a", Trigger.MANUAL)
    await let_the_others_run()
    assert seen == {}


async def test_each_ending_and_each_overlap_is_counted(busy_office, open_schedule, tally):
    schedule = open_schedule(busy_office.work, "a", interval=OFTEN, meter=tally)
    await busy_office.until(lambda office: office.started)
    await until(lambda: tally.counts["overlap"])
    assert (tally.counts["ok"], busy_office.names) == (0, ["a"])
    busy_office.ending = Ending(outcome="stopped")
    busy_office.may_end.set()
    await let_the_others_run()
    assert tally.counts["stopped"] == 1
    assert schedule.turn("a").stopped


async def test_a_turn_tells_when_the_next_run_is_and_since_when_one_goes_on(busy_office, open_schedule):
    schedule = open_schedule(busy_office.work, "a", interval=timedelta(minutes=10))
    before = datetime.now(UTC)
    turn = schedule.turn("a")
    assert before < turn.next_run <= before + timedelta(seconds=61)
    assert (turn.running_since, turn.failures, turn.stopped) == (None, 0, False)
    schedule.wake("a", Trigger.MANUAL)
    await busy_office.until(lambda office: office.started)
    assert before <= schedule.turn("a").running_since <= datetime.now(UTC)
    assert schedule.turn("nobody").next_run is None


async def test_the_next_run_of_a_job_that_fails_is_told_with_its_back_off(office, open_schedule):
    office.ending = Ending(outcome="failed", retry_after=7200)
    schedule = open_schedule(office.work, "a", interval=timedelta(minutes=10))
    schedule.wake("a", Trigger.MANUAL)
    await let_the_others_run()
    wait = schedule.turn("a").next_run - datetime.now(UTC)
    assert timedelta(hours=2) <= wait <= timedelta(hours=2, minutes=10)


async def test_a_stopped_job_has_no_next_run(office, open_schedule):
    office.ending = Ending(outcome="stopped")
    schedule = open_schedule(office.work, "a")
    schedule.wake("a", Trigger.MANUAL)
    await let_the_others_run()
    assert schedule.turn("a").next_run is None


# --- the schedule's own turn -------------------------------------------------------------------------------------------------


async def test_the_schedule_turns_at_once_and_then_again_and_again(office, open_schedule, tally):
    turned = []

    async def turn():
        turned.append(None)

    open_schedule(office.work, on_turn=turn, beat=0.01, meter=tally)
    await let_the_others_run()
    assert turned
    await until(lambda: len(turned) > 3)
    assert len(tally.beats) >= 4


async def test_a_turn_that_hangs_is_not_joined_by_another(office, open_schedule, tally):
    begun = []

    async def turn():
        begun.append(None)
        await asyncio.Event().wait()

    open_schedule(office.work, on_turn=turn, beat=0.005, meter=tally)
    await until(lambda: begun and len(tally.beats) > 3)
    assert len(begun) == 1


async def test_the_schedule_turns_on_while_it_waits_for_what_runs(busy_office, open_schedule, tally):
    schedule = open_schedule(busy_office.work, "a", beat=0.005, meter=tally)
    schedule.wake("a", Trigger.MANUAL)
    await let_the_others_run()
    ending = asyncio.create_task(schedule.drain(30))
    await let_the_others_run()
    before = len(tally.beats)
    await until(lambda: len(tally.beats) > before + 2)
    busy_office.may_end.set()
    await ending


# --- the end -----------------------------------------------------------------------------------------------------------------


async def drained(schedule, grace=30):
    await schedule.drain(grace)
    await schedule.close()


async def test_the_end_waits_for_what_runs_and_starts_nothing_that_is_owed(busy_office, open_schedule):
    schedule = open_schedule(busy_office.work, "a", "b", at_once=1)
    for name in "ab":
        schedule.wake(name, Trigger.MANUAL)
    await busy_office.until(lambda office: office.started)
    ending = asyncio.create_task(drained(schedule))
    await let_the_others_run()
    assert not ending.done()
    schedule.wake("a", Trigger.MANUAL)
    busy_office.may_end.set()
    await ending
    assert (busy_office.names, busy_office.finished, busy_office.cut_off) == (["a"], ["a"], [])


async def test_what_becomes_due_at_the_end_is_not_started(busy_office, open_schedule):
    schedule = open_schedule(busy_office.work, "a", interval=OFTEN)
    await busy_office.until(lambda office: office.started)
    ending = asyncio.create_task(drained(schedule))
    await let_the_others_run()
    due = schedule.turn("a").next_run
    await until(lambda: schedule.turn("a").next_run > due)
    await let_the_others_run()
    busy_office.may_end.set()
    await ending
    assert busy_office.names == ["a"]


async def test_what_outlasts_the_grace_is_cut_off_and_has_ended_when_the_schedule_has(busy_office, open_schedule, caplog):
    schedule = open_schedule(busy_office.work, *"abc")
    for name in "abc":
        schedule.wake(name, Trigger.MANUAL)
    await busy_office.until(lambda office: len(office.started) == 3)
    await drained(schedule, grace=0.0)
    assert sorted(busy_office.cut_off) == ["a", "b", "c"]
    assert not caplog.records


async def test_an_impatient_second_interruption_cuts_the_grace_short(busy_office, open_schedule):
    schedule = open_schedule(busy_office.work, "a")
    schedule.wake("a", Trigger.MANUAL)
    await busy_office.until(lambda office: office.started)
    ending = asyncio.create_task(schedule.drain(30))
    await let_the_others_run()
    ending.cancel()
    await asyncio.wait([ending])
    await schedule.close()
    assert busy_office.cut_off == ["a"]


async def test_a_thousand_jobs_cost_next_to_nothing(office, open_schedule):
    loop = asyncio.get_running_loop()
    began = loop.time()
    schedule = open_schedule(office.work, *(f"user{number}/contact" for number in range(1000)), interval=timedelta(minutes=1))
    for name in schedule.names():
        schedule.wake(name, Trigger.MANUAL)
    await office.until(lambda office: len(office.started) == 1000)
    assert loop.time() - began < 3
