"""What goes on for ever beside everything else: a background loop that one mistake does not end.

Knows when such a loop looks again and how long it rests after an exception. What it looks at is not known here. A loop that died in
silence would be missed by nobody until what it kept had run out, and one that took the daemon with it would do so again at each
start.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Coroutine
from typing import Any, NoReturn

import structlog

from outlookd.ports import Clock

log = structlog.get_logger()

LONGEST_REST = 60.0
"""Seconds. The rest after a mistake begins with one and doubles with each that follows it."""


async def every(
    seconds: float | Callable[[], float],
    look: Callable[[], Awaitable[object]],
    *,
    clock: Clock,
    name: str,
    wake: asyncio.Event | None = None,
) -> NoReturn:
    """Look at once, then after so many seconds or as soon as `wake` is set, until cancelled. `seconds` may change meanwhile."""

    async def step() -> None:
        if wake is not None:
            wake.clear()
        await look()
        rest = clock.sleep(seconds() if callable(seconds) else seconds)
        await (rest if wake is None else first_of(rest, wake.wait()))

    await repeat(step, clock=clock, name=name)


async def repeat(step: Callable[[], Awaitable[object]], *, clock: Clock, name: str) -> NoReturn:
    """Take the step, which does its own waiting, again and again until cancelled. One that fails is followed by a rest."""
    failures = 0
    while True:
        if await attempt(step, name=name):
            failures = 0
            continue
        await clock.sleep(min(LONGEST_REST, 2.0**failures))
        failures = min(failures + 1, 10)  # 2.0 ** 1024 is an OverflowError


async def attempt(step: Callable[[], Awaitable[object]], *, name: str) -> bool:
    """Take the step; whether it ended well. What it raises is a fault of ours: logged under `name`, and nobody else's trouble."""
    try:
        await step()
    except Exception:  # isolation point "background loop": what goes on beside the runs must not end, nor end them
        log.exception("loop.failed", loop=name)
        return False
    return True


async def first_of(one: Coroutine[Any, Any, object], other: Coroutine[Any, Any, object]) -> None:
    """Wait until one of them has ended, and cancel the other."""
    tasks = [asyncio.ensure_future(one), asyncio.ensure_future(other)]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        await end(tasks)


async def end(tasks: Collection[asyncio.Task[Any]]) -> None:
    """Cancel them all, and wait until they are over. What they came to is for whoever holds them."""
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks)
