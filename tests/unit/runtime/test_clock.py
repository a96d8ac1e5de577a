"""The real clock keeps the promises of `ports.Clock`."""

from __future__ import annotations

from datetime import UTC

from outlookd.runtime.clock import SystemClock


def test_the_wall_clock_is_utc():
    assert SystemClock().now().tzinfo is UTC


async def test_the_monotonic_clock_does_not_run_backwards():
    clock = SystemClock()
    before = clock.monotonic()
    await clock.sleep(0)
    assert clock.monotonic() >= before
