"""Waiting for what comes true by itself, instead of for luck."""

from __future__ import annotations

import asyncio

DEADLINE = 60
"""Seconds. Only a test that fails waits so long, so it may be long enough for the busiest machine."""


async def until(condition):
    """Ask `condition`, which may be a coroutine function, until it says something true; that is returned."""
    async with asyncio.timeout(DEADLINE):
        while not (found := await _answered(condition())):  # noqa: ASYNC110 (it comes true elsewhere, perhaps in another process)
            await asyncio.sleep(0.02)
    return found


async def _answered(question):
    return await question if asyncio.iscoroutine(question) else question
