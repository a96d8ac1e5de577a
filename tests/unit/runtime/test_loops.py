"""Background loops: what ends them, and what does not."""

from __future__ import annotations

import asyncio

import pytest
from structlog.testing import capture_logs

from outlookd.runtime.loops import LONGEST_REST, attempt, every
from outlookd.testing import FakeClock


class Enough(BaseException):
    """Ends a loop from within; a mistake would not."""


class Looks:
    """What a loop looks at: raises each of `mistakes` in turn, None for none, and then has had enough."""

    def __init__(self, *mistakes):
        self._mistakes = list(mistakes)
        self.taken = 0

    async def take(self):
        self.taken += 1
        if not self._mistakes:
            raise Enough
        if (mistake := self._mistakes.pop(0)) is not None:
            raise mistake


async def watched(looks, *, seconds=30.0, **options):
    clock = FakeClock()
    with capture_logs() as lines, pytest.raises(Enough):
        await every(seconds, looks.take, clock=clock, name="trial", **options)
    return clock, lines


async def test_a_loop_looks_at_once_and_then_after_every_interval():
    clock, lines = await watched(Looks(None, None))
    assert (clock.sleeps, lines) == ([30.0, 30.0], [])


async def test_a_mistake_is_told_with_its_traceback_and_the_loop_goes_on():
    looks = Looks(RuntimeError("a mistake of ours"), None)
    _, lines = await watched(looks)
    assert lines == [{"event": "loop.failed", "log_level": "error", "loop": "trial", "exc_info": True}]
    assert looks.taken == 3


async def test_mistakes_in_a_row_are_followed_by_longer_and_longer_rests_up_to_a_minute():
    clock, _ = await watched(Looks(*[ValueError()] * 8))
    assert clock.sleeps == [1, 2, 4, 8, 16, 32, LONGEST_REST, LONGEST_REST]


async def test_a_mistake_after_a_good_look_is_the_first_again():
    clock, _ = await watched(Looks(ValueError(), ValueError(), None, ValueError()))
    assert clock.sleeps == [1, 2, 30.0, 1]


async def test_a_thousand_mistakes_end_no_loop():
    clock, _ = await watched(Looks(*[ValueError()] * 1100))
    assert clock.sleeps[-1] == LONGEST_REST


async def test_the_interval_is_asked_for_each_time():
    intervals = iter([5.0, 7.0])
    clock, _ = await watched(Looks(None, None), seconds=lambda: next(intervals))
    assert clock.sleeps == [5.0, 7.0]


class Frozen(FakeClock):
    """A clock whose sleepers never wake."""

    async def sleep(self, seconds):
        await asyncio.Event().wait()


async def test_a_wake_ends_the_rest_and_is_used_up():
    wake, looks = asyncio.Event(), []
    loop = asyncio.create_task(every(30.0, lambda: asyncio.sleep(0, looks.append(None)), clock=Frozen(), name="trial", wake=wake))
    for _ in range(20):
        await asyncio.sleep(0)
    wake.set()
    for _ in range(20):
        await asyncio.sleep(0)
    loop.cancel()
    await asyncio.wait([loop])
    assert len(looks) == 2


async def test_a_cancellation_ends_a_loop_in_its_look_and_in_its_rest():
    for look in (asyncio.Event().wait, lambda: asyncio.sleep(0)):
        loop = asyncio.create_task(every(30.0, look, clock=Frozen(), name="trial"))
        for _ in range(5):
            await asyncio.sleep(0)
        loop.cancel()
        await asyncio.wait([loop])
        assert loop.cancelled()


async def test_an_attempt_says_whether_it_ended_well():
    looks = Looks(None, ValueError())
    with capture_logs():
        assert [await attempt(looks.take, name="trial") for _ in range(2)] == [True, False]
