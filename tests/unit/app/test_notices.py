"""Who is told what, when, and how often: never before it has lasted, never twice, never one by one when all are struck."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from outlookd.app.notices import Circumstances, Notices
from outlookd.core.model import RunReport, RunStatus
from outlookd.errors import StoreError
from outlookd.ports import Binding
from outlookd.runtime.notices import NoticeKind, NotTold
from outlookd.testing import FakeClock, MemoryAccounts, MemoryStore

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
HOUR, DAY = 3600, 86400
EVERYBODY = frozenset(f"user{number}" for number in range(20))


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
        self.around = Circumstances(logins=EVERYBODY)
        self.restart()

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
        job = job or f"{user}/contact/contact/GoPaaS"
        report = RunReport(run="r", job=job, user=user, type="contact", status=status, started=self.clock.now())
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
    await house.run()


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
    faulty, sound = Circumstances(logins=EVERYBODY, records=frozenset({"42"})), Circumstances(logins=EVERYBODY)
    told = []
    for around in (faulty, faulty, sound, faulty):
        house.around = around
        told.append([kind for kind, _ in await house.after(60)])
    assert told == [[NoticeKind.RECORD], [], [], [NoticeKind.RECORD]]


async def test_what_a_guard_holds_is_told_once_until_it_is_released(house):
    told = []
    for status in (RunStatus.HELD, RunStatus.HELD, RunStatus.FAILED, RunStatus.OK, RunStatus.HELD):
        await house.run(status=status)
        told += await house.after(60)
    assert told == [(NoticeKind.HELD, "user0")] * 2
    assert house.post.carried[-1].type == "contact"
