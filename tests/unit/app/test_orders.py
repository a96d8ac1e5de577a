"""What signals mean, sent for real to this very process."""

from __future__ import annotations

import asyncio
import os
import signal

import pytest
from waiting import DEADLINE

from outlookd.app.daemon.orders import take_orders


@pytest.fixture
async def orders():
    taken = take_orders(reload=True)
    yield taken
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        asyncio.get_running_loop().remove_signal_handler(number)


async def tell(number, heard):
    os.kill(os.getpid(), number)
    async with asyncio.timeout(DEADLINE):
        await heard.wait()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_the_first_signal_stops_and_the_second_one_hurries(orders, number):
    await tell(number, orders.stop)
    assert (orders.stop.is_set(), orders.hurry.is_set()) == (True, False)
    await tell(signal.SIGTERM, orders.hurry)


async def test_after_that_a_signal_ends_the_process_as_any_other(orders):
    await tell(signal.SIGTERM, orders.stop)
    await tell(signal.SIGTERM, orders.hurry)
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


async def test_a_hangup_only_reads_the_configuration_again(orders):
    await tell(signal.SIGHUP, orders.reload)
    assert (orders.reload.is_set(), orders.stop.is_set()) == (True, False)
