"""Who is told what, when, and how often: never before it has lasted, never twice, never one by one when all are struck."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from outlookd.app.daemon.matters import MANY, Matter, choose
from outlookd.app.daemon.notices import Circumstances, Notices
from outlookd.core.model import RunReport, RunStatus
from outlookd.errors import StoreError
from outlookd.ports import Binding
from outlookd.runtime.notices import NoticeKind, NotTold
from outlookd.testing import FakeClock, MemoryAccounts, MemoryStore

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
HOUR, DAY = 3600, 86400
EVERYBODY = frozenset(f"user{number}" for number in range(20))
HALF_AN_HOUR = 1800


def job_of(login):
    return f"{login}/contact/contact/GoPaaS"


class Post:
    """A courier that keeps what it carries, and may be out of order."""

    name = "post"

    def __init__(self):
        self.carried = []
        self.broken = False

    async def carry(self, notice):
        if self.broken:
            raise NotTold("The road is closed.")
        self.carried.append(notice)


class House:
    def __init__(self):
        self.store, self.accounts, self.clock, self.post = MemoryStore(), MemoryAccounts(), FakeClock(NOON), Post()
        self.couriers = [self.post]
        self.counted = []
        self.employ(EVERYBODY)
        self.restart()

    def employ(self, logins, **more):
        """Each has one job. `more` are other circumstances."""
        self.around = Circumstances(logins=frozenset(logins), jobs=frozenset(map(job_of, logins)), **more)

    def restart(self):
        self.notices = Notices(
            store=self.store,
            accounts=self.accounts,
            clock=self.clock,
            circumstances=lambda: self.around,
            couriers=lambda: self.couriers,
            count=lambda channel, outcome: self.counted.append((channel, outcome)),
        )

    async def run(self, user="user0", status=RunStatus.REAUTH, job=""):
        report = RunReport(run="r", job=job or job_of(user), user=user, type="contact", status=status, started=self.clock.now())
        await self.notices.after_run(report)

    async def after(self, seconds):
        """What is told once these have passed."""
        self.clock.advance(seconds)
        before = len(self.post.carried)
        await self.notices.look()
        return [(notice.kind, notice.login) for notice in self.post.carried[before:]]


@pytest.fixture
def house():
    return House()


TOLD = [(NoticeKind.SIGN_IN, "user0")]


async def test_a_dead_sign_in_is_told_after_an_hour_and_not_before(house):
    await house.run()
    assert await house.after(HOUR - 1) == []
    assert await house.after(1) == TOLD


async def test_each_courier_is_counted_by_whether_it_got_through(house):
    await house.run()
    house.post.broken = True
    await house.after(HOUR)
    house.post.broken = False
    await house.after(HOUR)
    assert house.counted == [("post", "failed"), ("post", "told")]


async def test_it_is_told_once_whatever_runs_and_restarts_follow(house):
    await house.run()
    await house.after(HOUR)
    await house.run()
    house.restart()
    await house.run()
    assert await house.after(DAY) == []


async def test_it_is_told_again_after_three_days_and_after_seven_and_then_no_more(house):
    await house.run()
    told = {}
    for hour in range(24 * 30):
        for _ in await house.after(HOUR):
            told[hour + 1] = house.post.carried[-1].reminder
    assert told == {1: 0, 3 * 24: 1, 7 * 24: 2}


async def test_after_a_long_sleep_one_notice_stands_for_all_that_were_missed(house):
    await house.run()
    assert await house.after(10 * DAY) == TOLD
    assert await house.after(30 * DAY) == []


@pytest.mark.parametrize("status", [RunStatus.OK, RunStatus.HELD])
async def test_a_run_that_gets_in_ends_it_and_the_next_loss_is_news(house, status):
    await house.run()
    await house.run(status=status)
    assert (NoticeKind.SIGN_IN, "user0") not in await house.after(HOUR)
    await house.run()
    assert (NoticeKind.SIGN_IN, "user0") in await house.after(HOUR)


async def test_a_run_that_failed_otherwise_says_nothing_about_the_sign_in(house):
    await house.run()
    await house.run(status=RunStatus.FAILED)
    assert await house.after(HOUR) == TOLD


async def test_whoever_signed_in_meanwhile_is_not_reported(house):
    await house.run()
    house.clock.advance(HOUR)
    moment = house.clock.now() - timedelta(minutes=1)
    binding = Binding(login="user0", tenant="t", object_id="o", home_account="h", bound_at=moment)
    house.accounts.bindings["user0"] = binding
    assert await house.after(0) == []


async def test_a_new_sign_in_ends_it_though_the_clock_was_set_back(house):
    house.accounts.bindings["user0"] = dead = Binding(login="user0", tenant="t", object_id="o", home_account="h", bound_at=NOON)
    await house.run()
    house.accounts.bindings["user0"] = replace(dead, bound_at=NOON - timedelta(hours=2))
    assert await house.after(HOUR) == []


async def test_the_sign_in_that_died_does_not_end_it_whatever_time_it_bears(house):
    later = NOON + timedelta(hours=2)
    house.accounts.bindings["user0"] = Binding(login="user0", tenant="t", object_id="o", home_account="h", bound_at=later)
    await house.run()
    assert await house.after(HOUR) == TOLD


async def test_whoever_left_the_roster_is_not_reported(house):
    await house.run()
    house.around = Circumstances(logins=EVERYBODY - {"user0"})
    assert await house.after(HOUR) == []


async def test_many_at_once_are_one_notice(house):
    for number in range(5):
        await house.run(f"user{number}")
    assert await house.after(HOUR) == [(NoticeKind.MANY_SIGN_INS, "")]
    assert house.post.carried[-1].count == 5


async def test_the_many_are_told_once_though_more_join_them_and_reminders_fall_due(house):
    for number in range(5):
        await house.run(f"user{number}")
    await house.after(HOUR)
    await house.run("user9")
    assert [kind for day in range(8) for kind in await house.after(DAY)] == []


@pytest.mark.parametrize(("lost", "logins"), [(4, 5), (5, 25)], ids=["few", "a fifth"])
async def test_few_or_a_small_share_are_told_one_by_one(house, lost, logins):
    house.around = Circumstances(logins=frozenset(f"user{number}" for number in range(logins)))
    for number in range(lost):
        await house.run(f"user{number}")
    assert len(await house.after(HOUR)) == lost


async def test_once_most_are_back_a_new_wave_is_news_again(house):
    for _ in range(2):
        for number in range(6):
            await house.run(f"user{number}")
        assert (NoticeKind.MANY_SIGN_INS, "") in await house.after(HOUR)
        for number in range(6):
            await house.run(f"user{number}", RunStatus.OK)
        await house.after(60)


async def test_a_notice_that_nobody_took_is_tried_again_after_a_rest(house):
    await house.run()
    house.post.broken = True
    await house.after(HOUR)
    house.post.broken = False
    assert await house.after(60) == []
    assert await house.after(900) == TOLD


async def test_one_courier_that_got_through_is_enough(house):
    broken = Post()
    broken.broken = True
    house.couriers = [broken, house.post]
    await house.run()
    assert await house.after(HOUR) == TOLD
    assert await house.after(HOUR) == []


async def test_without_couriers_the_log_is_told_once(house):
    house.couriers = []
    await house.run()
    with capture_logs() as lines:
        await house.after(HOUR)
        await house.after(HOUR)
    due = [line for line in lines if line["event"] == "notices.due"]
    assert [(line["log_level"], line["kind"], line["user"]) for line in due] == [("warning", "sign_in_needed", "user0")]


async def test_somebody_who_signs_in_while_the_mail_is_sent_stays_signed_in(house):
    class Slow(Post):
        async def carry(self, notice):
            await house.run(status=RunStatus.OK)
            await super().carry(notice)

    house.couriers = [Slow()]
    await house.run()
    await house.after(HOUR)
    house.couriers = [house.post]
    await house.run()
    assert await house.after(HOUR - 1) == []
    assert await house.after(1) == TOLD


async def test_a_database_that_is_full_disturbs_no_run(house, monkeypatch):
    async def full(*_args):
        raise StoreError("no room", code="SQLITE_FULL")

    monkeypatch.setattr(house.store, "note", full)
    with capture_logs() as lines:
        await house.run()
    assert [(line["event"], line["code"]) for line in lines] == [("notices.note.failed", "SQLITE_FULL")]


async def test_a_look_that_fails_is_logged_and_the_next_one_comes(house, monkeypatch):
    looks = []

    async def fails(_job):
        looks.append(house.clock.now())
        if len(looks) == 3:
            raise asyncio.CancelledError
        raise StoreError("no database", code="SQLITE_IOERR")

    monkeypatch.setattr(house.store, "notes", fails)
    with capture_logs() as lines, pytest.raises(asyncio.CancelledError):
        await house.notices.watch()
    assert [line["event"] for line in lines] == ["notices.look.failed"] * 2
    assert looks[1] - looks[0] == timedelta(minutes=1)


async def test_what_nobody_foresaw_reaches_no_run(house, monkeypatch):
    async def fails(*_note):
        raise RuntimeError("a mistake of ours")

    monkeypatch.setattr(house.store, "note", fails)
    with capture_logs() as lines:
        await house.run()
    assert [(line["event"], line["loop"]) for line in lines] == [("loop.failed", "notices")]


async def test_a_mistake_of_ours_does_not_end_the_watch(house, monkeypatch):
    looks = []

    async def fails(_job):
        looks.append(None)
        if len(looks) == 3:
            raise asyncio.CancelledError
        raise ValueError("a note that nobody can read")

    monkeypatch.setattr(house.store, "notes", fails)
    with capture_logs() as lines, pytest.raises(asyncio.CancelledError):
        await house.notices.watch()
    assert [line["event"] for line in lines] == ["loop.failed"] * 2


async def test_a_note_that_nobody_can_read_does_not_end_the_watch(house):
    await house.store.note("notices", "dead:user1", "no JSON")

    def around():
        if len(house.clock.sleeps) == 3:
            raise asyncio.CancelledError
        return house.around

    notices = Notices(
        store=house.store,
        accounts=house.accounts,
        clock=house.clock,
        circumstances=around,
        couriers=lambda: house.couriers,
        count=lambda *_: None,
    )
    with capture_logs() as lines, pytest.raises(asyncio.CancelledError):
        await notices.watch()
    assert [line["event"] for line in lines] == ["loop.failed"] * 3


# --- the client secret -------------------------------------------------------------------------------------------------------


async def test_the_end_of_the_secret_is_told_thirty_seven_and_one_day_before_and_when_it_came(house):
    house.around = Circumstances(logins=EVERYBODY, secret_ends=date(2027, 1, 2))
    told = []
    for _ in range(60):
        told += [(notice.days, notice.kind) for notice in house.post.carried]
        house.post.carried.clear()
        await house.after(DAY)
    assert told == [(30, "client_secret_ends"), (7, "client_secret_ends"), (1, "client_secret_ends"), (0, "client_secret_ended")]


async def test_a_restart_repeats_nothing_and_a_new_secret_starts_anew(house):
    house.around = Circumstances(logins=EVERYBODY, secret_ends=date(2026, 11, 28))
    assert await house.after(0) == [(NoticeKind.EXPIRING, "")]
    house.restart()
    assert await house.after(0) == []
    house.around = Circumstances(logins=EVERYBODY, secret_ends=date(2026, 12, 20))
    assert await house.after(0) == [(NoticeKind.EXPIRING, "")]


async def test_a_secret_that_entra_refuses_is_told_at_once_and_again_only_after_it_worked(house):
    refused, fine = Circumstances(logins=EVERYBODY, refused=frozenset({"AADSTS7000222"})), Circumstances(logins=EVERYBODY)
    told = []
    for around in (refused, refused, fine, refused):
        house.around = around
        told.append([kind for kind, _ in await house.after(60)])
    assert told == [[NoticeKind.REFUSED], [], [], [NoticeKind.REFUSED]]


async def test_another_refusal_is_no_expiry(house):
    house.around = Circumstances(logins=EVERYBODY, refused=frozenset({"AADSTS700016"}))
    assert await house.after(60) == []


# --- what waits for a person -------------------------------------------------------------------------------------------------


async def test_a_faulty_record_is_told_once_until_it_was_mended(house):
    told = []
    for records in ("42", "42", "", "42"):
        house.employ(EVERYBODY, records=frozenset(records.split()))
        told.append([(kind, house.post.carried[-1].record) for kind, _ in await house.after(DAY)])
    assert told == [[(NoticeKind.RECORD, "42")], [], [], [(NoticeKind.RECORD, "42")]]


async def test_a_record_that_is_mended_and_broken_all_the_time_is_told_once_a_day(house):
    told = []
    for minute in range(3 * 24 * 60 // 10):
        house.employ(EVERYBODY, records=frozenset({"42"} if minute % 2 else ()))
        told += await house.after(600)
    assert len(told) == 3


async def test_a_thousand_faulty_records_are_one_notice(house):
    house.employ(EVERYBODY, records=frozenset(map(str, range(1000))))
    assert await house.after(0) == [(NoticeKind.MANY_RECORDS, "")]
    assert house.post.carried[-1].count == 1000


HELD = [(NoticeKind.HELD, "user0")]


async def test_what_a_guard_holds_is_told_after_half_an_hour_and_not_before(house):
    await house.run(status=RunStatus.HELD)
    assert await house.after(HALF_AN_HOUR - 1) == []
    assert await house.after(1) == HELD
    assert house.post.carried[-1].type == "contact"


async def test_what_is_released_in_time_is_not_told(house):
    await house.run(status=RunStatus.HELD)
    await house.after(HALF_AN_HOUR - 1)
    await house.run(status=RunStatus.OK)
    assert await house.after(DAY) == []


@pytest.mark.parametrize("status", [RunStatus.HELD, RunStatus.FAILED, RunStatus.REAUTH])
async def test_what_stays_held_is_told_once_whatever_runs_and_restarts_follow(house, status):
    await house.run(status=RunStatus.HELD)
    await house.after(HALF_AN_HOUR)
    for _ in range(5):
        house.restart()
        await house.run(status=status)
        assert HELD[0] not in await house.after(DAY)


async def test_what_is_held_again_after_its_release_is_news(house):
    for _ in range(2):
        await house.run(status=RunStatus.HELD)
        assert await house.after(DAY) == HELD
        await house.run(status=RunStatus.OK)


async def test_a_job_that_is_held_and_released_all_the_time_is_told_once_a_day(house):
    told = []
    for _ in range(24):
        for status in (RunStatus.HELD, RunStatus.OK):
            await house.run(status=status)
            told += await house.after(HOUR)
    assert told == HELD * 2


async def test_what_is_held_again_on_the_same_day_and_stays_so_is_told_when_the_day_is_over(house):
    await house.run(status=RunStatus.HELD)
    await house.after(HALF_AN_HOUR)
    await house.run(status=RunStatus.OK)
    await house.run(status=RunStatus.HELD)
    assert await house.after(DAY - 1) == []
    assert await house.after(1) == HELD


async def test_a_shared_view_that_breaks_is_one_notice_however_slowly_its_jobs_find_out(house):
    crowd = [f"user{number}" for number in range(100)]
    house.employ(crowd)
    told = []
    for login in crowd:
        await house.run(login, RunStatus.HELD)
        told += await house.after(10)
    told += await house.after(HALF_AN_HOUR)
    assert len(told) <= MANY
    assert told[-1] == (NoticeKind.MANY_HELD, "")


async def test_what_joins_the_many_is_told_with_all_others_a_day_later(house):
    for number in range(6):
        await house.run(f"user{number}", RunStatus.HELD)
    assert await house.after(HALF_AN_HOUR) == [(NoticeKind.MANY_HELD, "")]
    for number in range(6, 16):
        await house.run(f"user{number}", RunStatus.HELD)
    assert await house.after(DAY - 1) == []
    assert await house.after(1) == [(NoticeKind.MANY_HELD, "")]
    assert house.post.carried[-1].count == 16


async def test_a_held_job_that_leaves_the_roster_and_comes_back_is_told_again(house):
    await house.run(status=RunStatus.HELD)
    assert await house.after(DAY) == HELD
    house.employ(EVERYBODY - {"user0"})
    await house.after(60)
    house.employ(EVERYBODY)
    await house.run(status=RunStatus.HELD)
    assert await house.after(DAY) == HELD


async def test_of_a_job_that_has_left_nothing_is_remembered_a_day_later(house):
    await house.run(status=RunStatus.HELD)
    await house.after(HALF_AN_HOUR)
    house.employ(())
    await house.after(DAY)
    assert not any(value for value in (await house.store.notes("notices")).values())


async def test_a_clock_that_was_set_back_silences_nothing(house):
    await house.run(status=RunStatus.HELD)
    assert await house.after(HALF_AN_HOUR) == HELD
    await house.run(status=RunStatus.OK)
    house.clock = FakeClock(NOON - timedelta(days=400))
    house.restart()
    await house.run(status=RunStatus.HELD)
    assert await house.after(HALF_AN_HOUR) == HELD


# --- the law of all that waits -----------------------------------------------------------------------------------------------

steps = st.lists(st.tuples(st.integers(0, 11), st.booleans(), st.integers(0, 12)), max_size=60)


@given(steps)
def test_never_more_than_a_handful_of_notices_of_a_kind_within_a_day(story):
    """Twelve matters begin and end at any hours: `choose` is asked after each step."""
    matters, told, together, now = {}, [], None, NOON
    for number, lasts, hours in story:
        now += timedelta(hours=hours)
        matter = matters.pop(str(number), Matter(since=None, about={}))
        kept = matter.begun(now) if lasts else matter.ended(now)
        if kept is not None:
            matters[str(number)] = kept
        choice = choose(matters, after=timedelta(hours=1), told_together=together, now=now)
        together = now if choice.together else together
        told += [now] * (1 if choice.together else len(choice.keys))
        matters |= {key: matters[key].announced(now) for key in choice.keys}
        assert sum(now - moment < timedelta(days=1) for moment in told) <= MANY
