"""When something is due, tried with two clocks that a test can set apart: the one on the wall, and the one that nobody can set."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from outlookd.runtime.schedule.timetable import Timetable, phase

HOUR = 3600.0
START = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


class World:
    """Two clocks, alarms that go by the one on the wall as APScheduler does, and a timetable that is tried."""

    def __init__(self):
        self.elapsed, self.stepped = 0.0, 0.0
        self.rings = []
        self.alarms = {}
        self.timer = math.inf
        self.timetable = Timetable(self.ring, clock=self, make_alarms=self.make_alarms)
        self.timetable.start()

    def ring(self, name):
        self.rings.append((name, round(self.elapsed, 3)))

    # --- the clock

    def now(self):
        return START + timedelta(seconds=self.elapsed + self.stepped)

    def monotonic(self):
        return self.elapsed

    # --- the alarms

    def make_alarms(self, ring):
        self.tell = ring
        return self

    def start(self):
        pass

    def put(self, name, *, interval, at):
        self.alarms[name] = (at, interval)
        self.look()

    def remove(self, name):
        self.alarms.pop(name)

    def next_ring(self, name):
        return self.alarms[name][0] if name in self.alarms else None

    def look(self):
        """Set the timer, in monotonic seconds from now on: what the wall clock does later, APScheduler does not notice."""
        first = min((at for at, _ in self.alarms.values()), default=None)
        self.timer = math.inf if first is None else self.elapsed + max(0.0, (first - self.now()).total_seconds())

    def process(self):
        due = sorted(name for name, (at, _) in self.alarms.items() if at <= self.now())
        for name in due:
            at, interval = self.alarms[name]
            passed = math.floor((self.now() - at).total_seconds() / interval)
            self.alarms[name] = (at + timedelta(seconds=(passed + 1) * interval), interval)
        self.look()
        for name in due:
            self.tell(name)

    def live(self, seconds, pulse=0.5):
        """Let time pass, looking at the clocks every `pulse` seconds as the daemon does."""
        end, next_pulse = self.elapsed + seconds, self.elapsed + pulse
        while min(self.timer, next_pulse) <= end:
            if self.timer <= next_pulse:
                self.elapsed = max(self.elapsed, self.timer)
                self.process()
            else:
                self.elapsed, next_pulse = next_pulse, next_pulse + pulse
                self.timetable.mind_clock()
        self.elapsed = end

    def step(self, seconds):
        """Somebody sets the clock on the wall."""
        self.stepped += seconds

    def times(self, name):
        return [at for each, at in self.rings if each == name]


def gaps(times):
    return [round(later - earlier, 2) for earlier, later in pairwise(times)]


def test_a_job_rings_at_its_place_within_the_first_minute_and_every_interval_from_then_on():
    world = World()
    world.timetable.put("a", interval=60)
    world.live(300)
    times = world.times("a")
    assert times[0] == pytest.approx(phase("a", 60), abs=0.01)
    assert gaps(times) == [60.0] * (len(times) - 1)
    assert len(times) == 5


@given(st.text(), st.floats(61, 100_000))
def test_a_long_interval_begins_soon_and_then_keeps_its_own_place(name, interval):
    world = World()
    world.timetable.put(name, interval=interval)
    world.live(4 * interval, pulse=interval)
    first, second, *others = world.times(name)
    assert first <= 60.001
    assert 0.499 <= (second - first) / interval <= 1.501
    assert all(gap == pytest.approx(interval, abs=0.02) for gap in gaps([second, *others]))


def test_jobs_of_five_minutes_are_spread_over_five_minutes():
    world = World()
    for number in range(400):
        world.timetable.put(f"user{number}/contact", interval=300)
    world.live(60)
    assert len(world.rings) == 400
    world.live(900, pulse=60)
    minutes = [sum(1 for _, at in world.rings if 660 <= at < 960 and at // 60 == minute) for minute in range(11, 16)]
    assert sum(minutes) == 400
    assert max(minutes) < 1.5 * min(minutes)


@pytest.mark.parametrize("step", [-HOUR, HOUR, -30.0, 30.0, 7 * HOUR], ids=lambda step: f"{step:+.0f}s")
def test_a_clock_that_is_set_moves_no_run(step):
    world = World()
    for name in "abcdefgh":
        world.timetable.put(name, interval=60)
    world.live(200)
    with capture_logs() as logs:
        world.step(step)
        world.live(400)
    for name in "abcdefgh":
        assert all(gap == pytest.approx(60, abs=0.51) for gap in gaps(world.times(name))), name
    assert [entry["seconds"] for entry in logs if entry["event"] == "clock.jumped"] == [step]


def test_a_clock_set_back_between_two_looks_does_not_silence_a_job_that_is_due():
    world = World()
    world.timetable.put("a", interval=60)
    world.live(100)
    world.step(-HOUR)
    world.live(100, pulse=50)
    assert max(gaps(world.times("a"))) <= 60 + 50


def test_after_a_step_the_next_run_is_told_by_the_new_clock():
    world = World()
    world.timetable.put("a", interval=60)
    world.live(100)
    left = world.timetable.next_ring("a") - world.now()
    world.step(-HOUR)
    world.timetable.mind_clock()
    assert world.timetable.next_ring("a") - world.now() == pytest.approx(left, abs=timedelta(milliseconds=1))


def test_a_clock_that_is_pulled_slowly_costs_no_run():
    world = World()
    world.timetable.put("a", interval=6 * HOUR)
    world.live(7 * HOUR, pulse=60)
    for _ in range(24 * 60):
        world.live(60, pulse=60)
        world.stepped += 60 * 500e-6
    # Pulled by 500 millionths, the most that a kernel does: 11 seconds in six hours, each look 30 milliseconds more.
    assert len(world.times("a")) == 6


def test_a_job_that_keeps_its_interval_keeps_its_rings():
    world = World()
    world.timetable.put("a", interval=60)
    world.live(61)
    before = world.timetable.next_ring("a")
    world.timetable.put("a", interval=60)
    assert world.timetable.next_ring("a") == before


def test_a_job_with_another_interval_runs_soon():
    world = World()
    world.timetable.put("a", interval=6 * HOUR)
    world.live(120)
    world.rings.clear()
    world.timetable.put("a", interval=30)
    world.live(95)
    assert world.times("a")[0] <= 150
    assert set(gaps(world.times("a"))) == {30.0}


def test_a_removed_job_rings_no_more_even_if_it_was_about_to():
    world = World()
    world.timetable.put("a", interval=60)
    world.timetable.remove("a")
    world.tell("a")
    world.live(200)
    assert world.rings == []


def test_rings_that_are_to_be_left_alone_are_not_the_next_run():
    world = World()
    world.timetable.put("a", interval=60)
    world.live(100)
    soon = world.timetable.next_ring("a")
    assert world.timetable.next_ring("a", after=world.elapsed + 200) - soon in {timedelta(minutes=3), timedelta(minutes=4)}
    assert world.timetable.next_ring("b") is None


@given(st.text(), st.floats(1, 100_000))
def test_a_phase_is_inside_its_interval(name, within):
    assert 0 <= phase(name, within) <= within


def test_a_phase_is_the_same_in_every_process():
    """Unlike Python's own hash: a restart must not send everybody elsewhere."""
    assert phase("claire/contact", 60) == pytest.approx(23.698, abs=0.001)


def test_the_places_of_a_thousand_jobs_fill_the_minute():
    assert len({int(phase(f"user{number}/contact", 60)) for number in range(1000)}) == 60
