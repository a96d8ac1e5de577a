"""The pulse: how late the loop is, and that nothing ends the telling."""

from __future__ import annotations

import asyncio

from structlog.testing import capture_logs
from waiting import DEADLINE

from outlookd.runtime.schedule.pulse import EVERY, Pulse
from outlookd.testing import FakeClock


class Clock(FakeClock):
    """Each sleep is too long by what `late` says next; then whoever sleeps is left asleep."""

    def __init__(self, *late):
        super().__init__()
        self._late = list(late)
        self.done = asyncio.Event()

    async def sleep(self, seconds):
        if not self._late:
            self.done.set()
            await asyncio.Event().wait()
        await super().sleep(seconds + self._late.pop(0))


async def told(clock, beat=lambda: None):
    lags = []
    pulse = Pulse(clock=clock, lagged=lags.append, beat=beat)
    pulse.start()
    async with asyncio.timeout(DEADLINE):
        await clock.done.wait()
    await pulse.close()
    return lags


async def test_each_wake_is_told_by_how_much_too_late_it_is():
    assert await told(Clock(0.0, 0.25, 0.0)) == [0.0, 0.25, 0.0]


async def test_a_mistake_is_told_and_the_pulse_goes_on():
    beats = []

    def beat():
        beats.append(None)
        if len(beats) == 2:
            raise RuntimeError("a mistake of ours")

    with capture_logs() as lines:
        await told(Clock(0.0, 0.0, 0.0), beat)
    assert ([line["event"] for line in lines], len(beats)) == (["loop.failed"], 4)


async def test_the_rest_after_a_mistake_is_no_lateness_of_the_loop():
    beats = iter([True, False])

    def beat():
        assert next(beats, True)

    with capture_logs():
        assert await told(Clock(0.0, 5.0 - EVERY, 0.0), beat) == [0.0, 0.0]
