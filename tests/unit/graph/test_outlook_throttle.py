"""How fast a mailbox may be asked, and how long a refusal is respected."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from waiting import DEADLINE

from outlookd.errors import Rejected, ServerTrouble, Throttled, Unreachable
from outlookd.graph.errors import NotSent
from outlookd.graph.throttle import LONGEST_WAIT, TRIES, MailboxLimit, Patience, parse_retry_after
from outlookd.testing import FakeClock

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7.0),
        ("2.128", 2.128),
        (" 3 ", 3.0),
        ("0", 0.0),
        ("-5", 0.0),
        ("Sun, 22 Nov 2026 12:01:30 GMT", 90.0),
        ("Sun, 22 Nov 2026 12:01:30 -0000", 90.0),
        ("Sun, 22 Nov 2026 11:00:00 GMT", 0.0),
        (None, None),
        ("", None),
        ("soon", None),
        ("nan", None),
        ("inf", None),
    ],
)
def test_every_form_of_retry_after_is_understood(value, seconds):
    assert parse_retry_after(value, NOW) == seconds


@given(st.floats(0, 1), st.integers(1, 50))
def test_a_delay_is_never_negative_and_never_beyond_a_minute(chance, failures):
    assert 0 <= Patience(lambda: chance).delay(failures) <= 60


def test_delays_grow_with_each_failure():
    patience = Patience(lambda: 1.0)
    delays = [patience.delay(failures) for failures in range(1, 5)]
    assert delays == sorted(set(delays))


@pytest.mark.parametrize("kind", [Unreachable, ServerTrouble])
def test_only_a_read_is_repeated_after_an_ambiguous_failure(kind):
    patience = Patience(lambda: 0.5)
    error = kind("x", service="graph")
    assert patience.before_repeating(error, 1, repeatable=True) is not None
    assert patience.before_repeating(error, 1, repeatable=False) is None


@pytest.mark.parametrize("kind", [Throttled, NotSent])
def test_a_write_is_repeated_when_nothing_can_have_happened(kind):
    assert Patience(lambda: 0.5).before_repeating(kind("x", service="graph"), 1, repeatable=False) is not None


def test_a_refusal_for_good_is_not_repeated():
    assert Patience(lambda: 0.5).before_repeating(Rejected("x", service="graph"), 1, repeatable=True) is None


def test_the_number_of_tries_is_bounded():
    error = Throttled("x", service="graph", retry_after=1)
    assert Patience(lambda: 0.5).before_repeating(error, TRIES, repeatable=True) is None


def test_a_long_wait_is_given_back_to_the_caller():
    error = Throttled("x", service="graph", retry_after=LONGEST_WAIT + 1)
    assert Patience(lambda: 0.5).before_repeating(error, 1, repeatable=True) is None


async def test_no_more_than_the_configured_number_is_in_flight():
    limit = MailboxLimit(FakeClock(), concurrency=3)
    inside, most = 0, 0

    async def ask():
        nonlocal inside, most
        async with limit.slot():
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0)
            inside -= 1

    await asyncio.gather(*(ask() for _ in range(12)))
    assert most == 3


async def test_a_cancelled_request_gives_its_place_back():
    limit = MailboxLimit(FakeClock(), concurrency=1)

    async def hold_for_ever():
        async with limit.slot():
            await asyncio.Event().wait()

    task = asyncio.create_task(hold_for_ever())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with asyncio.timeout(DEADLINE), limit.slot():
        pass


async def test_a_pause_holds_back_whoever_comes_next():
    clock = FakeClock()
    limit = MailboxLimit(clock)
    limit.pause(30)
    limit.pause(10)
    async with limit.slot():
        assert clock.sleeps == [30]


async def test_a_long_pause_is_raised_and_not_slept_through():
    clock = FakeClock()
    limit = MailboxLimit(clock)
    limit.pause(600)
    with pytest.raises(Throttled) as caught:
        async with limit.slot():
            pass
    assert caught.value.retry_after == 600
    assert clock.sleeps == []


async def test_ten_minutes_never_see_more_requests_than_allowed():
    clock = FakeClock()
    limit = MailboxLimit(clock, requests=100, window=600)
    for _ in range(5):
        async with limit.slot(20):
            clock.advance(100)
    async with limit.slot(20):  # the first twenty were sent 500 s ago
        assert clock.sleeps == [100]


async def test_a_batch_counts_as_many_requests_as_it_has_items():
    clock = FakeClock()
    limit = MailboxLimit(clock, requests=30, window=600)
    async with limit.slot(20):
        pass
    with pytest.raises(Throttled) as caught:
        async with limit.slot(20):
            pass
    assert caught.value.retry_after == 600


async def test_a_wide_request_has_the_mailbox_to_itself():
    limit, inside = MailboxLimit(FakeClock(NOW), concurrency=3), []

    async def hold(name, width):
        async with limit.slot(width=width):
            inside.append(name)
            seen.append(sorted(inside))
            await asyncio.sleep(0.001)
            inside.remove(name)

    seen: list[list[str]] = []
    await asyncio.gather(*(hold(f"narrow-{number}", 1) for number in range(5)), hold("wide", 4), hold("narrow-9", 1))
    assert ["wide"] in seen
    assert not [names for names in seen if "wide" in names and len(names) > 1]


async def test_requests_of_every_width_at_once_all_get_their_turn():
    limit = MailboxLimit(FakeClock(NOW), concurrency=3)

    async def hold(width):
        async with limit.slot(width=width):
            await asyncio.sleep(0)

    async with asyncio.timeout(DEADLINE):
        await asyncio.gather(*(hold(width % 4 + 1) for width in range(40)))


async def test_a_wide_request_that_is_given_up_while_it_waits_leaves_its_places_to_others():
    limit = MailboxLimit(FakeClock(NOW), concurrency=3)

    async def hold_wide():
        async with limit.slot(width=4):
            raise AssertionError("one place is taken for as long as this test runs")

    async with limit.slot():
        waiting = asyncio.create_task(hold_wide())
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        async with asyncio.timeout(DEADLINE), limit.slot(width=2):
            pass
