"""The keeper of subscriptions over a Graph of its own, with a clock that is turned by hand."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs
from waiting import until

from outlookd.app.notifications.keeper import Keeper
from outlookd.app.parts.register import Register
from outlookd.core.subscriptions import LIFE, Wanted, digest_of
from outlookd.errors import NotFound, Rejected, SignInNeeded, StoreError, Throttled
from outlookd.graph.subscriptions import Made
from outlookd.meter import SILENT
from outlookd.store import open_store
from outlookd.testing import FakeClock
from outlookd.web.doors.notifications import Announcement

START = datetime(2026, 11, 23, 8, tzinfo=UTC)
CLAIRE, PAUL = Wanted(login="claire", resource="me/events"), Wanted(login="paul", resource="me/events")
HOUR = 3600.0


@dataclass
class Graph:
    """What Graph has, and how it answers. `failure` is raised instead of the next answers."""

    held: dict[str, datetime] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    failure: Exception | None = None
    calls_us: object = None

    def desk(self, login):
        return Desk(self, login)


@dataclass
class Desk:
    graph: Graph
    login: str

    def ask(self, what):
        self.graph.asked.append(f"{what} {self.login}")
        if self.graph.failure is not None:
            raise self.graph.failure

    async def create(self, resource, *, expires):
        self.ask("create")
        if self.graph.calls_us is not None:
            self.graph.calls_us()
        id = f"{self.login}-{len(self.graph.asked)}"
        self.graph.held[id] = expires
        return Made(id=id, client_state=f"secret of {id}", expires=expires)

    async def renew(self, id, *, expires):
        self.ask("renew")
        if id not in self.graph.held:
            raise NotFound("gone", service="graph", status=404)
        self.graph.held[id] = expires
        return expires

    async def delete(self, id):
        self.ask("delete")
        self.graph.held.pop(id, None)


@dataclass
class Needs:
    """What is needed: every entry of `wanted` wakes the job of its login. Who has no job has no desk."""

    graph: Graph
    wanted: list[Wanted]
    jobless: set[str] = field(default_factory=set)

    def demand(self, circumstances):
        return {want: [f"{want.login}/calendar"] for want in self.wanted}

    def desk(self, login):
        return None if login in self.jobless else self.graph.desk(login)


@dataclass
class Counts:
    seen: Counter = field(default_factory=Counter)
    waited = SILENT.waited
    token_renewed = SILENT.token_renewed
    sign_in = SILENT.sign_in
    notified = SILENT.notified

    def subscription_renewed(self, outcome):
        self.seen[outcome] += 1


class Clock(FakeClock):
    """Whoever sleeps wakes when `rested` is set."""

    def __init__(self, start):
        super().__init__(start)
        self.rested = asyncio.Event()

    async def sleep(self, seconds):
        await self.rested.wait()
        self.rested.clear()


class House:
    """A keeper, and everything around it. `woken` are the jobs that were run because of a subscription."""

    def __init__(self, store):
        self.store = store
        self.clock = Clock(START)
        self.graph = Graph()
        self.needs = Needs(self.graph, [CLAIRE])
        self.counts = Counts()
        self.woken = []
        self.restart()

    def restart(self):
        """The process ends, and another begins."""
        self.register = Register()
        self.keeper = Keeper(self.store.subscriptions, self.register, self.needs, self.clock, meter=self.counts)

    async def look(self, after=0.0):
        self.clock.advance(after)
        await self.keeper.reconcile(self.woken.append)

    async def kept(self):
        return (await self.store.subscriptions.circumstances()).held

    async def only(self):
        (one,) = await self.kept()
        return one


@pytest.fixture
async def house(tmp_path):
    async with open_store(f"sqlite:///{tmp_path}/state.db") as store:
        yield House(store)


async def test_what_is_needed_is_ordered_remembered_and_its_jobs_run_at_once(house):
    await house.look()
    one = await house.only()
    assert (one.login, one.resource, one.expires) == ("claire", "me/events", START + LIFE)
    assert one.client_state == digest_of(f"secret of {one.id}")
    assert house.register.find(one.id) == one
    assert (house.woken, house.counts.seen) == (["claire/calendar"], {"created": 1})


async def test_the_secret_itself_is_kept_nowhere(house, tmp_path):
    with capture_logs() as lines:
        await house.look()
    assert not any(b"secret of" in file.read_bytes() for file in tmp_path.iterdir())
    assert "secret of" not in repr(lines)


async def test_a_second_look_has_nothing_to_ask(house):
    await house.look()
    await house.look(after=HOUR)
    assert house.graph.asked == ["create claire"]


async def test_two_weeks_without_a_gap_cost_a_renewal_every_day_and_a_half(house):
    for _ in range(14 * 24):
        await house.look(after=HOUR)
        assert min(house.graph.held.values()) > house.clock.now() + timedelta(hours=20)
    first, *others = house.graph.asked
    assert (first, set(others)) == ("create claire", {"renew claire"})
    assert 7 <= len(others) <= 12


async def test_a_new_process_knows_the_subscriptions_of_the_one_before(house):
    await house.look()
    house.restart()
    assert not house.register.is_open
    await house.look()
    assert house.register.is_open
    assert house.register.find((await house.only()).id) is not None
    assert house.graph.asked == ["create claire"]


async def test_one_that_graph_dropped_without_a_word_is_made_again_at_its_renewal_and_its_jobs_run(house):
    await house.look()
    old = await house.only()
    house.graph.held.clear()
    await house.look(after=LIFE.total_seconds() * 0.6)
    assert house.woken == ["claire/calendar"] * 2
    assert (await house.only()).id != old.id
    assert house.register.find(old.id) is None
    assert house.counts.seen == {"created": 2, "gone": 1}


async def test_one_that_expired_while_we_were_away_is_made_again(house):
    await house.look()
    house.restart()
    house.graph.held.clear()
    await house.look(after=LIFE.total_seconds())
    assert house.graph.asked == ["create claire"] * 2
    assert house.counts.seen == {"created": 2, "gone": 1}


async def test_what_is_no_longer_needed_is_ended(house):
    await house.look()
    house.needs.wanted = []
    await house.look()
    assert (house.graph.held, await house.kept()) == ({}, [])


async def test_what_nobody_can_end_any_more_is_forgotten(house):
    await house.look()
    house.needs.wanted, house.needs.jobless = [], {"claire"}
    await house.look()
    assert (house.graph.asked, await house.kept()) == (["create claire"], [])


async def test_one_login_that_fails_stops_no_other(house):
    house.needs.wanted = [CLAIRE, PAUL]
    paul = house.graph.desk("paul")
    house.needs.desk = lambda login: paul if login == "paul" else Refusing()
    await house.look()
    assert [one.login for one in await house.kept()] == ["paul"]
    assert house.counts.seen == {"created": 1, "failed": 1}


class Refusing:
    async def create(self, resource, *, expires):
        raise Rejected("Graph answered 400.", service="graph", status=400, hint="Check web.public_url.")


async def test_a_failure_is_repeated_after_longer_and_longer_pauses(house):
    house.graph.failure = Rejected("Graph answered 400.", service="graph", status=400)
    for _ in range(16):
        await house.look(after=60.0)
    assert len(house.graph.asked) == 5  # after 1, 2, 4 and 8 minutes
    house.graph.failure = None
    await house.look(after=HOUR)
    assert (await house.only()).login == "claire"


async def test_a_wait_that_graph_asks_for_is_kept(house):
    house.graph.failure = Throttled("Graph answered 429.", service="graph", status=429, retry_after=600.0)
    await house.look()
    await house.look(after=590.0)
    assert len(house.graph.asked) == 1
    await house.look(after=20.0)
    assert len(house.graph.asked) == 2


async def test_a_dead_sign_in_is_neither_counted_nor_logged_here_and_a_new_one_is_tried_at_once(house):
    house.graph.failure = SignInNeeded("dead", user="claire")
    with capture_logs() as lines:
        await house.look()
    assert (lines, house.counts.seen) == ([], {})
    house.graph.failure = None
    house.needs.wanted = [Wanted(login="claire", resource="me/events", bound_at=house.clock.now())]
    await house.look()
    assert house.counts.seen == {"created": 1}


@pytest.mark.parametrize("called", [True, False])
async def test_the_log_says_whether_graph_reached_us_before_it_refused(house, called):
    class Trying(Refusing):
        async def create(self, resource, *, expires):
            assert not called or house.register.shake_hands()
            await super().create(resource, expires=expires)

    house.needs.desk = lambda login: Trying()
    with capture_logs() as lines:
        await house.look()
    (line,) = lines
    assert (line["event"], line["called"]) == ("subscription.failed", called)
    assert "web.public_url" in line["reason"]


async def test_a_handshake_is_expected_while_we_ask_and_at_no_other_time(house):
    seen = []
    house.graph.calls_us = lambda: seen.append(house.register.shake_hands())
    assert not house.register.shake_hands()
    await house.look()
    assert (seen, house.register.shake_hands()) == ([True], False)


async def test_a_renewal_that_fails_keeps_what_there_is(house):
    await house.look()
    one = await house.only()
    house.graph.failure = Throttled("Graph answered 429.", service="graph", status=429)
    await house.look(after=LIFE.total_seconds() * 0.6)
    assert await house.only() == one
    house.graph.failure = None
    await house.look(after=HOUR)
    assert (await house.only()).expires == house.clock.now() + LIFE


# --- what Graph says about a subscription --------------------------------------------------------------------------------


async def test_a_demand_to_authorise_is_answered_with_a_renewal_once_and_then_jobs_run(house):
    await house.look()
    house.woken.clear()
    house.register.announced(await house.only(), Announcement.REAUTHORIZE)
    assert house.woken == []  # what Graph did not tell meanwhile is found when it tells again
    await house.look()
    await house.look()
    assert house.graph.asked == ["create claire", "renew claire"]
    assert house.woken == ["claire/calendar"]


async def test_one_that_is_said_to_be_removed_is_made_again_and_its_jobs_run(house):
    await house.look()
    house.woken.clear()
    old = await house.only()
    house.graph.held.clear()
    house.register.announced(old, Announcement.REMOVED)
    await house.look()
    assert house.graph.asked == ["create claire", "renew claire", "create claire"]
    assert (await house.only()).id != old.id
    assert house.woken == ["claire/calendar"]


async def test_one_that_is_said_to_be_removed_and_is_not_is_kept(house):
    await house.look()
    old = await house.only()
    house.register.announced(old, Announcement.REMOVED)
    await house.look()
    assert (await house.only()).id == old.id


async def test_missed_notifications_run_the_jobs_and_ask_graph_nothing(house):
    await house.look()
    house.woken.clear()
    house.register.announced(await house.only(), Announcement.MISSED)
    await house.look()
    assert (house.woken, house.graph.asked) == (["claire/calendar"], ["create claire"])


async def test_a_failed_answer_to_a_demand_is_tried_again(house):
    await house.look()
    house.register.announced(await house.only(), Announcement.REAUTHORIZE)
    house.graph.failure = Throttled("Graph answered 429.", service="graph", status=429)
    await house.look()
    house.graph.failure = None
    await house.look(after=61.0)
    await house.look(after=61.0)
    assert house.graph.asked == ["create claire", "renew claire", "renew claire"]


# --- for ever ------------------------------------------------------------------------------------------------------------


@asynccontextmanager
async def keeping(house):
    task = asyncio.create_task(house.keeper.keep(house.woken.append))
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.wait([task])


async def test_an_announcement_is_seen_to_without_waiting_for_the_next_look(house):
    async with keeping(house):
        await until(lambda: house.graph.asked == ["create claire"])
        await until(lambda: house.register.find("claire-1") is not None)
        house.register.announced(house.register.find("claire-1"), Announcement.REAUTHORIZE)
        await until(lambda: house.graph.asked == ["create claire", "renew claire"])


async def test_a_mistake_of_ours_ends_nothing(house):
    house.graph.failure = RuntimeError("a mistake of ours")
    with capture_logs() as lines:
        async with keeping(house):
            await until(lambda: lines)
            house.graph.failure = None
            house.clock.rested.set()
            await until(lambda: house.woken)
    assert lines[0]["event"] == "loop.failed"


class Unreadable:
    """A state that cannot be read the first time."""

    def __init__(self, store):
        self._store = store
        self.keep = store.keep
        self.failures = [StoreError("the disk is gone")]

    async def circumstances(self):
        if self.failures:
            raise self.failures.pop()
        return await self._store.circumstances()


async def test_a_state_that_cannot_be_read_ends_nothing(house):
    store = Unreadable(house.store.subscriptions)
    house.keeper = Keeper(store, house.register, house.needs, house.clock)
    with capture_logs() as lines:
        async with keeping(house):
            await until(lambda: lines)
            house.register.stirred.set()
            await until(lambda: house.woken)
    assert lines[0]["event"] == "subscriptions.unreadable"
