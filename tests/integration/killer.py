"""Kills the command at its n-th write. A passage between the command and the services counts the writes; there are four ways:

before   the write never left
after    it was carried out, and the process died before the answer
half     the first half of a batch was carried out
late     the process died, and the write arrives while the next run is already looking for it
"""

from __future__ import annotations

import asyncio
import json

from effort import SOAK

LATE = 0.4
"""Seconds; less than `recovery_wait`, which is how long an unanswered create is given."""

KILLED = -9

MANNERS = ("before", "after", "half", "late")
SOME_MANNERS = MANNERS if SOAK else ("half", "late")
"""Where not every manner is tried in each test run: the two that leave something behind in Outlook."""
ONE_MANNER = MANNERS if SOAK else ("late",)
"""Where another run tries the others: the one of which nobody knows what it leaves behind."""


class Killer:
    """Kills the command at its n-th write, in one of the four ways."""

    def __init__(self, trial, fatal, manner):
        self.trial, self.fatal, self.manner = trial, fatal, manner
        self.travelling = None
        self.struck = False

    async def __call__(self, number, body, forward):
        pid = self.trial.warm.pid
        if number < self.fatal:
            return await forward()
        if number == self.fatal:
            self.struck = True
            await getattr(self, self.manner)(body, forward)
        self.trial.warm.kill(pid)
        return None

    async def before(self, _body, _forward):
        return

    async def after(self, _body, forward):
        await forward()

    async def half(self, body, forward):
        order = json.loads(body)
        if isinstance(order, list):
            # GoPaaS does not say that it stores all rows of a request or none.
            await forward(json.dumps(order[: len(order) // 2]).encode())
        elif "requests" in order:
            order["requests"] = order["requests"][: len(order["requests"]) // 2]
            await forward(json.dumps(order).encode())

    async def late(self, _body, forward):
        async def arrive():
            await asyncio.sleep(LATE)
            await forward()

        self.travelling = asyncio.create_task(arrive())


def spare_waiting(trial, manner):
    """Where no write can be on its way any more, the recovery need not give it time: only ``late`` has something to wait for."""
    if manner != "late":
        trial.edit('recovery_wait = "1s"', 'recovery_wait = "0s"')


async def kill_and_recover(trial, passage, fatal, manner):
    """One killed run and the run after it. Returns whether the run lived long enough to be killed."""
    killer = Killer(trial, fatal, manner)
    passage.writes, passage.intervene = 0, killer
    killed = await trial.call("sync", "--json")
    passage.intervene = None
    if not killer.struck:
        assert killed.status == 0, killed.said
        return False
    assert killed.status == KILLED
    recovered = await trial.call("sync", "--json")
    assert recovered.status == 0, recovered.said
    if killer.travelling is not None:
        await killer.travelling
    return True
