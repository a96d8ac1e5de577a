"""What a process that stays is told from outside: to stop, to hurry, to read its configuration again. Signals, as events."""

from __future__ import annotations

import asyncio
import signal
from dataclasses import dataclass, field

import structlog

log = structlog.get_logger()

_ENDS = (signal.SIGTERM, signal.SIGINT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """`stop`: finish what runs, then end. `hurry`: end without finishing. `reload`: read the configuration again."""

    stop: asyncio.Event = field(default_factory=asyncio.Event)
    hurry: asyncio.Event = field(default_factory=asyncio.Event)
    reload: asyncio.Event = field(default_factory=asyncio.Event)


def take_orders(*, reload: bool = False) -> Orders:
    """Take orders from signals, for as long as the loop runs.

    The first SIGTERM or SIGINT means stop, the second one hurry, and a third one kills as it would any process. SIGHUP means
    `reload` where that is wanted, and ends the process otherwise: its terminal is gone.
    """
    orders, loop = Orders(), asyncio.get_running_loop()

    def end() -> None:
        if not orders.stop.is_set():
            orders.stop.set()
            return
        log.warning("daemon.stopping.at_once")
        orders.hurry.set()
        for number in _ENDS:
            loop.remove_signal_handler(number)

    for number in _ENDS:
        loop.add_signal_handler(number, end)
    if reload:
        loop.add_signal_handler(signal.SIGHUP, orders.reload.set)
    return orders
