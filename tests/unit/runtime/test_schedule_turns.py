"""Who is next, tried with invented times: laws over any history first, then single rules."""

from __future__ import annotations

import pytest
from effort import examples
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from outlookd.runtime.schedule.turns import DEBOUNCE, LONGEST_WAIT, STOPPED_FOR, Ending, Trigger, Turns

OK = Ending(outcome="ok")
FAILED = Ending(outcome="failed")
STOPPED = Ending(outcome="stopped")
URGENCY = [Trigger.SCHEDULE, Trigger.NOTIFICATION, Trigger.MANUAL]

names = st.sampled_from("abcdef")
endings = st.sampled_from([OK, OK, FAILED, STOPPED, Ending(outcome="failed", retry_after=90)])


class AnyHistory(RuleBasedStateMachine):
    """Whatever happens in whatever order. `owed` is what has been promised: the triggers of each job since its last start."""

    @initialize(at_once=st.integers(1, 4))
    def begin_empty(self, at_once):
        self.now, self.at_once = 100.0, at_once
        self.turns = Turns(at_once=at_once)
        self.owed, self.running, self.groups = {}, {}, {}

    @rule(name=names, interval=st.sampled_from([1, 60, 300]), group=st.sampled_from(["p", "q", "r"]))
    def put(self, name, interval, group):
        self.turns.put(name, interval=interval, group=group)
        self.groups[name] = group

    @rule(name=names)
    def remove(self, name):
        self.turns.remove(name)
        self.groups.pop(name, None)
        self.owed.pop(name, None)

    @rule(name=names, trigger=st.sampled_from(URGENCY))
    def wake(self, name, trigger):
        stopped = self.turns.is_stopped(name)
        known = self.turns.wake(name, trigger, self.now)
        assert known == (name in self.groups and not (stopped and trigger is Trigger.NOTIFICATION))
        if known:
            self.owed.setdefault(name, []).append(trigger)

    @rule(name=names)
    def tick(self, name):
        if self.turns.tick(name, self.now) == "due":
            self.owed.setdefault(name, []).append(Trigger.SCHEDULE)

    @rule(seconds=st.sampled_from([0.1, DEBOUNCE, 30, 4000]))
    def advance(self, seconds):
        self.now += seconds

    @rule(at_once=st.integers(1, 4))
    def allow(self, at_once):
        self.turns.at_once = self.at_once = at_once

    @rule()
    def fill(self):
        while (start := self.turns.begin(self.now)) is not None:
            assert start.name not in self.running
            assert self.groups[start.name] not in self.running.values()
            assert len(self.running) < self.at_once
            assert start.trigger is max(self.owed.pop(start.name), key=URGENCY.index)
            assert 0 <= start.waited < self.now
            self.running[start.name] = self.groups[start.name]
        self.nobody_waits_for_nothing()

    def nobody_waits_for_nothing(self):
        """A person's wake begins at once where there is room."""
        if len(self.running) < self.at_once:
            for name, triggers in self.owed.items():
                free = name not in self.running and self.groups[name] not in self.running.values()
                assert not (free and Trigger.MANUAL in triggers)

    @precondition(lambda self: self.running)
    @rule(data=st.data(), ending=endings)
    def end(self, data, ending):
        name = data.draw(st.sampled_from(sorted(self.running)))
        del self.running[name]
        self.turns.ended(name, ending, self.now)

    @invariant()
    def it_knows_what_runs_and_what_is_owed(self):
        assert self.turns._busy == set(self.running.values())
        assert self.turns.names() == self.groups.keys()
        for name in self.groups:
            assert self.turns.is_owed(name) == (name in self.owed)

    def teardown(self):
        """Whatever was promised is kept, in the end."""
        for _ in range(20):
            for name in list(self.running):
                del self.running[name]
                self.turns.ended(name, OK, self.now)
            self.now = max(self.now, self.turns.next_at() or 0.0)
            self.fill()
            if not (self.owed or self.running):
                return
        raise AssertionError(f"never ran: {self.owed}")


TestAnyHistory = AnyHistory.TestCase
TestAnyHistory.settings = settings(max_examples=examples(60), stateful_step_count=40)


def turns_of(*names, at_once=8, interval=60.0):
    turns = Turns(at_once=at_once)
    for name in names:
        turns.put(name, interval=interval, group=name)
    return turns


def started(turns, now):
    found = []
    while (start := turns.begin(now)) is not None:
        found.append(start.name)
    return found


def run(turns, name, ending, now):
    """One run from a person's wake to its end, which takes no time."""
    turns.wake(name, Trigger.MANUAL, now)
    assert started(turns, now) == [name]
    turns.ended(name, ending, now)


def test_people_go_first_then_notifications_then_what_is_due_the_longest():
    turns = turns_of(*"xabcd", at_once=1)
    turns.wake("x", Trigger.MANUAL, 0)
    turns.begin(0)
    turns.tick("a", 1)
    turns.tick("b", 2)
    turns.wake("c", Trigger.NOTIFICATION, 3)
    turns.wake("d", Trigger.MANUAL, 4)
    order = []
    for now in range(5, 9):
        turns.ended((["x", *order])[-1], OK, now)
        order += started(turns, now)
    assert order == ["d", "c", "a", "b"]


def test_notifications_do_not_keep_what_is_only_polled_waiting_for_ever():
    turns = turns_of(*"xab", at_once=1)
    turns.wake("x", Trigger.MANUAL, 0)
    turns.begin(0)
    turns.tick("a", 1)
    turns.wake("b", Trigger.NOTIFICATION, 100)
    turns.ended("x", OK, 101)
    assert started(turns, 101) == ["a"]


def test_two_jobs_of_a_mailbox_run_one_after_the_other():
    turns = Turns(at_once=8)
    for name in "ab":
        turns.put(name, interval=60, group="claire")
        turns.tick(name, 0)
    assert started(turns, 0) == ["a"]
    turns.ended("a", OK, 5)
    assert started(turns, 5) == ["b"]


def test_a_job_that_moves_to_another_mailbox_while_it_runs_still_occupies_the_old_one():
    turns = turns_of("a", "b")
    turns.wake("a", Trigger.MANUAL, 0)
    turns.begin(0)
    turns.put("a", interval=60, group="elsewhere")
    turns.put("b", interval=60, group="a")
    turns.wake("b", Trigger.MANUAL, 1)
    assert started(turns, 1) == []
    turns.ended("a", OK, 2)
    assert started(turns, 2) == ["b"]


def test_a_job_that_moves_to_a_free_mailbox_does_not_wait_for_the_busy_one_it_leaves():
    turns = Turns(at_once=8)
    for name in "ab":
        turns.put(name, interval=60, group="claire")
        turns.wake(name, Trigger.MANUAL, 0)
    assert started(turns, 0) == ["a"]
    turns.put("b", interval=60, group="paul")
    assert started(turns, 1) == ["b"]


def test_a_thousand_wakes_of_a_job_are_one_run_and_one_place_in_the_queue():
    turns = turns_of("a")
    for now in range(1000):
        turns.wake("a", Trigger.MANUAL, now)
    assert len(turns._queues.ready) == 1
    assert started(turns, 1000) == ["a"]


def test_notifications_run_a_job_at_most_every_two_seconds():
    turns = turns_of("a")
    times = []
    for tenth in range(100):
        now = tenth / 10
        turns.wake("a", Trigger.NOTIFICATION, now)
        if started(turns, now):
            times.append(now)
            turns.ended("a", OK, now)
    assert times == [0.0, 2.0, 4.0, 6.0, 8.0]


def test_the_last_notification_of_many_is_followed_by_a_run_within_two_seconds():
    turns = turns_of("a")
    run(turns, "a", OK, 10.0)
    turns.wake("a", Trigger.NOTIFICATION, 10.5)
    assert (started(turns, 10.5), turns.next_at()) == ([], 12.0)
    assert started(turns, 12.0) == ["a"]


def test_a_person_does_not_wait_because_a_notification_does():
    turns = turns_of("a")
    run(turns, "a", OK, 10.0)
    turns.wake("a", Trigger.NOTIFICATION, 10.5)
    turns.wake("a", Trigger.MANUAL, 10.6)
    assert started(turns, 10.6) == ["a"]
    turns.ended("a", OK, 10.7)
    assert (started(turns, 99), turns.next_at()) == ([], None)


def test_a_wake_during_a_run_is_one_more_run_right_after_it():
    turns = turns_of("a")
    turns.wake("a", Trigger.MANUAL, 0)
    turns.begin(0)
    turns.wake("a", Trigger.MANUAL, 1)
    turns.wake("a", Trigger.MANUAL, 2)
    assert started(turns, 3) == []
    turns.ended("a", OK, 4)
    assert started(turns, 4) == ["a"]
    turns.ended("a", OK, 5)
    assert started(turns, 5) == []


def test_an_alarm_during_a_run_is_an_overlap_and_no_further_run():
    turns = turns_of("a")
    turns.tick("a", 0)
    turns.begin(0)
    assert turns.tick("a", 60) == "overlap"
    turns.ended("a", OK, 61)
    assert started(turns, 61) == []


def test_an_alarm_for_what_has_waited_since_the_one_before_is_a_missed_run():
    turns = turns_of("a", "b", at_once=1)
    for name in "ab":
        turns.tick(name, 0)
    turns.begin(0)
    assert turns.tick("b", 60) == "missed"


def alarms_until_next_run(turns, name, now, interval=60.0):
    """How many intervals pass from a run at `now` to the next one."""
    for number in range(1, 1000):
        if turns.tick(name, now + number * interval) == "due":
            return number
    return None


@pytest.mark.parametrize(("failures", "intervals"), [(1, 1), (2, 2), (3, 4), (4, 8), (6, 32), (7, 60), (50, 60)])
def test_a_job_that_fails_waits_twice_as_long_each_time_up_to_an_hour(failures, intervals):
    turns = turns_of("a")
    for _ in range(failures):
        run(turns, "a", FAILED, 1000.0)
    assert alarms_until_next_run(turns, "a", 999.0) == intervals


def test_an_hour_is_not_longer_than_the_interval_of_a_job_that_runs_once_a_day():
    turns = turns_of("a", interval=24 * LONGEST_WAIT)
    for _ in range(5):
        run(turns, "a", FAILED, 0.0)
    assert alarms_until_next_run(turns, "a", -1.0, interval=24 * LONGEST_WAIT) == 1


def test_a_success_ends_the_back_off():
    turns = turns_of("a")
    for ending in (FAILED, FAILED, FAILED, OK, FAILED):
        run(turns, "a", ending, 1000.0)
    assert (turns.failures("a"), alarms_until_next_run(turns, "a", 999.0)) == (1, 1)


def test_nobody_but_a_person_runs_a_job_before_it_may_ask_again():
    turns = turns_of("a")
    run(turns, "a", Ending(outcome="failed", retry_after=600), 0.0)
    turns.wake("a", Trigger.NOTIFICATION, 10)
    assert (started(turns, 599), turns.next_at()) == ([], 600)
    turns.wake("a", Trigger.MANUAL, 599)
    assert started(turns, 599) == ["a"]


def test_a_notification_during_a_run_that_fails_waits_as_the_job_does():
    turns = turns_of("a")
    turns.tick("a", 0)
    turns.begin(0)
    turns.wake("a", Trigger.NOTIFICATION, 1)
    turns.ended("a", Ending(outcome="failed", retry_after=600), 2)
    assert (started(turns, 601), started(turns, 602)) == ([], ["a"])


def test_a_stopped_job_waits_for_a_person():
    turns = turns_of("a")
    run(turns, "a", STOPPED, 0.0)
    assert turns.is_stopped("a")
    assert alarms_until_next_run(turns, "a", 0.0) is None  # within 999 intervals, sixteen hours
    assert not turns.wake("a", Trigger.NOTIFICATION, 7.0)
    run(turns, "a", OK, 8.0)
    assert (turns.is_stopped("a"), alarms_until_next_run(turns, "a", 8.0)) == (False, 1)


def test_a_stopped_job_tries_once_a_day_and_runs_on_when_that_goes_well():
    """An account that was enabled again, or a policy that was put right: nobody signs in for that."""
    turns = turns_of("a", interval=3600.0)
    run(turns, "a", STOPPED, 0.0)
    assert alarms_until_next_run(turns, "a", 1.0, interval=3600.0) * 3600 == STOPPED_FOR
    assert started(turns, STOPPED_FOR + 1) == ["a"]
    turns.ended("a", STOPPED, STOPPED_FOR + 1)
    assert turns.is_stopped("a")
    assert turns.tick("a", STOPPED_FOR + 3601) == "quiet"
    run(turns, "a", OK, 2 * STOPPED_FOR)
    assert turns.tick("a", 2 * STOPPED_FOR + 3600) == "due"


def test_a_notification_during_the_run_that_stops_a_job_is_not_owed_for_a_day():
    turns = turns_of("a")
    turns.tick("a", 0)
    turns.begin(0)
    turns.wake("a", Trigger.NOTIFICATION, 1)
    turns.ended("a", STOPPED, 3)
    assert started(turns, 3) == ["a"]


def test_a_job_that_comes_back_while_its_last_run_still_goes_on_does_not_run_beside_it():
    turns = turns_of("a")
    turns.wake("a", Trigger.MANUAL, 0)
    turns.begin(0)
    turns.remove("a")
    turns.put("a", interval=60, group="other")
    turns.wake("a", Trigger.MANUAL, 1)
    assert started(turns, 1) == []
    turns.ended("a", OK, 2)
    assert started(turns, 2) == ["a"]
