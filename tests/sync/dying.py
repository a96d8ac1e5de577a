"""Processes that die at a chosen moment."""

from __future__ import annotations

from collections.abc import Awaitable

from outlookd.testing import Crash
from sync.agenda import AgendaWorld
from sync.world import World


async def die_at(world: World | AgendaWorld, moment: int, work: Awaitable[object] | None = None) -> bool:
    """Run, or do the `work`, dying at that moment. Returns whether it was long enough to die."""
    world.crasher.arm(moment)
    died = False
    try:
        await (world.run() if work is None else work)
    except* Crash:
        died = True
    world.crasher.arm(None)
    return died
