"""The roster on the schedule: which jobs run, what a report means for the next run, and what the end waits for."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from waiting import DEADLINE

from outlookd.app.daemon.rounds import ending_of, schedule
from outlookd.app.parts.board import Board
from outlookd.core.model import RunReport, RunStatus
from outlookd.errors import StoreError, StoreFull
from outlookd.ports import Binding
from outlookd.runtime.clock import SystemClock
from outlookd.runtime.schedule import Ending, Trigger

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def job(name, user="claire", **more):
    return SimpleNamespace(id=name, user=user, mailbox_name=user, interval=timedelta(hours=1), **more)


def report(name="a", user="claire", status=RunStatus.OK, **more):
    return RunReport(run="r", job=name, user=user, type="contact", status=status, started=NOON, **more)


class App:
    """As much of the app as a run needs. A run ends when the test says so (`may_end`), or at once."""

    def __init__(self, *jobs, grace=25, held=False, alone=False):
        self.listed = list(jobs)
        self.roster = SimpleNamespace(find=lambda name: next((each for each in self.listed if each.id == name), None))
        daemon = SimpleNamespace(parallel=8, grace=timedelta(seconds=grace))
        self.settings = SimpleNamespace(daemon=daemon)
        self.clock, self.metrics, self.board, self.schedule = SystemClock(), None, Board(), None
        self.bound_at = NOON
        self.store = SimpleNamespace(accounts=self)
        self.known = set()
        self.identities = SimpleNamespace(forget_others=self.known.intersection_update, of_application=alone)
        self.status = RunStatus.OK
        self.ran, self.live, self.recreating = [], [], []
        self.may_end = asyncio.Event()
        if not held:
            self.may_end.set()

    def jobs(self):
        return self.listed

    async def sync(self, job, *, recreate_folder, impatient, progress, trigger):
        progress("gopaas", 1, 2)
        self.recreating.append(recreate_folder)
        self.ran.append((job, impatient, trigger))
        self.live.append(self.board.live(job.id))
        await self.may_end.wait()
        return report(job.id, job.user, self.status)

    async def binding(self, login):
        if self.bound_at is None:
            return None
        return Binding(login=login, tenant="t", object_id="o", home_account="h", bound_at=self.bound_at)

    def wake(self, login):
        for each in self.listed:
            if each.user == login:
                self.schedule.wake(each.id, Trigger.MANUAL)


def into(seen):
    async def after_run(report):
        seen.append(report)

    return after_run


async def let_the_others_run():
    for _ in range(20):
        await asyncio.sleep(0)


async def test_a_word_that_a_folder_may_be_made_again_counts_for_one_run():
    app = App(job("a"))
    async with schedule(app):
        for allowed in (True, False):
            if allowed:
                app.board.allow_folder("a")
            app.schedule.wake("a", Trigger.MANUAL)
            await let_the_others_run()
    assert app.recreating == [True, False]


async def test_a_run_by_hand_is_impatient_and_is_shown_while_it_lasts():
    app = App(job("a"), held=True)
    async with schedule(app):
        app.schedule.wake("a", Trigger.MANUAL)
        await let_the_others_run()
        [(_, impatient, trigger)] = app.ran
        assert (impatient, trigger) == (True, "manual")
        live = app.board.live("a")
        assert (live.trigger, live.stage, live.done, live.total) == ("manual", "gopaas", 1, 2)
        app.may_end.set()
        await let_the_others_run()
        assert app.board.live("a") is None


async def test_each_report_is_seen():
    app, seen = App(job("a")), []
    async with schedule(app, after_run=into(seen)):
        app.schedule.wake("a", Trigger.NOTIFICATION)
        await let_the_others_run()
    assert [(each.job, app.ran[0][1:]) for each in seen] == [("a", (False, "webhook"))]


async def test_jobs_come_change_and_go_while_the_others_run_on():
    app = App(job("a"), job("b", user="paul"), held=True)
    async with schedule(app) as rounds:
        for name in "ab":
            app.schedule.wake(name, Trigger.MANUAL)
        await let_the_others_run()
        changed = job("a", note="other map")
        app.listed = [changed, job("c", user="zoe")]
        rounds.follow_roster()
        assert app.schedule.names() == {"a", "c"}
        app.schedule.wake("a", Trigger.MANUAL)
        app.may_end.set()
        await let_the_others_run()
    assert [each.id for each, _, _ in app.ran] == ["a", "b", "a"]
    assert app.ran[-1][0] is changed


async def test_whoever_has_no_job_any_more_is_forgotten():
    app = App(job("a"), job("b", user="paul"))
    app.known |= {"claire", "paul", "zoe"}
    async with schedule(app) as rounds:
        app.listed = app.listed[:1]
        rounds.follow_roster()
    assert app.known == {"claire"}


async def test_jobs_of_one_mailbox_do_not_run_side_by_side():
    app = App(job("a"), job("b"), held=True)
    async with schedule(app):
        for name in "ab":
            app.schedule.wake(name, Trigger.MANUAL)
        await let_the_others_run()
        assert len(app.ran) == 1
        app.may_end.set()


async def test_a_new_sign_in_wakes_every_job_of_its_user():
    app = App(job("a"), job("b"), job("c", user="paul"))
    app.status = RunStatus.REAUTH
    async with schedule(app) as rounds:
        for name in "abc":
            app.schedule.wake(name, Trigger.MANUAL)
        await let_the_others_run()
        assert all(app.schedule.turn(name).stopped for name in "abc")
        app.ran.clear()
        await rounds.wake_signed_in()
        await let_the_others_run()
        assert app.ran == []
        app.status, app.bound_at = RunStatus.OK, NOON + timedelta(seconds=1)
        await rounds.wake_signed_in()
        await let_the_others_run()
    assert sorted(each.id for each, _, _ in app.ran) == ["a", "b", "c"]


@pytest.mark.parametrize("step", [timedelta(seconds=1), -timedelta(hours=1)], ids=["later", "clock set back"])
@pytest.mark.parametrize("before", [NOON, None], ids=["dead", "never"])
async def test_a_new_sign_in_is_seen_whatever_the_clock_says(before, step):
    app = App(job("a"))
    app.status, app.bound_at = RunStatus.REAUTH, before
    async with schedule(app) as rounds:
        app.schedule.wake("a", Trigger.MANUAL)
        await let_the_others_run()
        app.ran.clear()
        app.status, app.bound_at = RunStatus.OK, NOON + step
        await rounds.wake_signed_in()
        await let_the_others_run()
    assert len(app.ran) == 1


async def test_a_sign_in_while_the_run_that_finds_it_dead_goes_on_is_not_missed():
    app = App(job("a"), held=True)
    app.status = RunStatus.REAUTH
    async with schedule(app) as rounds:
        app.schedule.wake("a", Trigger.MANUAL)
        await let_the_others_run()
        app.bound_at = NOON - timedelta(seconds=1)
        app.may_end.set()
        await let_the_others_run()
        app.status = RunStatus.OK
        await rounds.wake_signed_in()
        await let_the_others_run()
    assert len(app.ran) == 2


async def test_one_job_that_was_run_by_hand_after_a_new_sign_in_leaves_the_others_to_be_woken():
    app = App(job("a"), job("b"))
    app.status = RunStatus.REAUTH
    async with schedule(app) as rounds:
        for name in "ab":
            app.schedule.wake(name, Trigger.MANUAL)
        await let_the_others_run()
        app.status, app.bound_at = RunStatus.OK, NOON + timedelta(seconds=1)
        app.schedule.wake("a", Trigger.MANUAL)
        await let_the_others_run()
        app.ran.clear()
        await rounds.wake_signed_in()
        await let_the_others_run()
    assert "b" in [each.id for each, _, _ in app.ran]


async def test_an_application_is_woken_by_no_visitor():
    app = App(job("a"), alone=True)
    app.status = RunStatus.REAUTH
    async with schedule(app) as rounds:
        app.schedule.wake("a", Trigger.MANUAL)
        await let_the_others_run()
        app.bound_at = NOON + timedelta(hours=1)
        await rounds.wake_signed_in()
        await let_the_others_run()
    assert len(app.ran) == 1


async def test_a_job_of_somebody_who_has_never_signed_in_waits_for_that_without_a_run():
    app, seen = App(job("a")), []
    app.bound_at = None
    async with schedule(app, after_run=into(seen)) as rounds:
        app.schedule.wake("a", Trigger.MANUAL)
        await let_the_others_run()
        assert (app.ran, seen, app.schedule.turn("a").stopped) == ([], [], True)
        app.bound_at = datetime.now(UTC) + timedelta(seconds=1)
        await rounds.wake_signed_in()
        await let_the_others_run()
    assert len(app.ran) == 1


async def test_an_application_runs_for_people_who_never_sign_in():
    app = App(job("a"), alone=True)
    app.bound_at = None
    async with schedule(app):
        app.schedule.wake("a", Trigger.MANUAL)
        await let_the_others_run()
    assert len(app.ran) == 1


async def ran_once(app, **endings):
    """Each job has run once, and ended so."""
    for name, status in endings.items():
        app.status = status
        app.schedule.wake(name, Trigger.MANUAL)
        await let_the_others_run()
    app.ran.clear()


def ran_again(app):
    return [(each.id, trigger) for each, _, trigger in app.ran]


async def test_what_failed_or_stopped_is_tried_at_once_after_the_configuration_was_read_again():
    app = App(job("a"), job("b", user="paul"), job("c", user="zoe"))
    async with schedule(app) as rounds:
        await ran_once(app, a=RunStatus.FAILED, b=RunStatus.REAUTH, c=RunStatus.OK)
        rounds.try_all_again()
        await let_the_others_run()
    assert ran_again(app) == [("a", "schedule"), ("b", "schedule")]


@pytest.mark.parametrize("status", [RunStatus.FAILED, RunStatus.REAUTH])
async def test_a_repaired_record_does_not_wait_out_the_back_off(status):
    app = App(job("a"), job("b", user="paul"))
    async with schedule(app) as rounds:
        await ran_once(app, a=status, b=status)
        app.listed = [job("a", view="the right one"), job("b", user="paul")]
        rounds.follow_roster()
        await let_the_others_run()
    assert ran_again(app) == [("a", "schedule")]


async def test_a_healthy_job_with_other_settings_keeps_its_time():
    app = App(job("a"))
    async with schedule(app) as rounds:
        await ran_once(app, a=RunStatus.OK)
        app.listed = [job("a", view="another one")]
        rounds.follow_roster()
        await let_the_others_run()
    assert ran_again(app) == []


async def ended(app, stop, **options):
    async with schedule(app, **options):
        app.schedule.wake("a", Trigger.MANUAL)
        await stop.wait()


async def test_the_end_waits_for_a_run_until_somebody_is_in_a_hurry():
    app, stop, hurry = App(job("a"), held=True), asyncio.Event(), asyncio.Event()
    ending = asyncio.create_task(ended(app, stop, hurry=hurry))
    await let_the_others_run()
    stop.set()
    await let_the_others_run()
    assert not ending.done()
    hurry.set()
    await asyncio.wait_for(ending, DEADLINE)
    assert app.board.live("a") is None
    assert app.schedule is None


async def test_the_end_cuts_off_what_outlasts_the_grace():
    app, stop = App(job("a"), held=True, grace=0), asyncio.Event()
    stop.set()
    await asyncio.wait_for(ended(app, stop), DEADLINE)
    assert app.board.live("a") is None


async def test_a_run_has_ended_before_an_interruption_goes_on():
    app = App(job("a"), held=True)

    async def interrupted():
        async with schedule(app):
            app.schedule.wake("a", Trigger.MANUAL)
            await let_the_others_run()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await interrupted()
    assert app.board.live("a") is None


@pytest.mark.parametrize(
    ("seen", "ending"),
    [
        (report(), Ending(outcome="ok")),
        (report(status=RunStatus.HELD), Ending(outcome="ok")),
        (report(status=RunStatus.FAILED), Ending(outcome="failed")),
        (report(status=RunStatus.FAILED, retry_after=90.0), Ending(outcome="failed", retry_after=90.0)),
        (report(status=RunStatus.REAUTH), Ending(outcome="stopped")),
        (report(status=RunStatus.FAILED, busy=True, exit_status=75), Ending(outcome="ok")),
        (report(status=RunStatus.FAILED, error=StoreFull("no room")), Ending(outcome="ok")),
        (report(status=RunStatus.FAILED, error=StoreError("the disk fails")), Ending(outcome="failed")),
    ],
)
def test_a_report_means_this_for_the_next_run(seen, ending):
    assert ending_of(seen) == ending


def test_an_application_goes_on_trying_because_nobody_signs_in_for_it():
    assert ending_of(report(status=RunStatus.REAUTH), alone=True) == Ending(outcome="failed")
