"""How fast one mailbox may be asked, and how long to wait when it says no.

Graph allows an application 4 requests at a time and 10,000 in ten minutes for each mailbox (graph.md 6.1); batch items count
one by one. Exceeding one mailbox's limit does not touch the others, so there is one `MailboxLimit` per mailbox, shared by all
clients that talk to it. Refused requests count too: hence one pause for everybody, not one per request.

A wait longer than `LONGEST_WAIT` is not slept through here but raised as Throttled with `retry_after`: the scheduler can use
the time for another user.
"""

from __future__ import annotations

import asyncio
import math
from collections import deque
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final

from outlookd.errors import RemoteError, ServerTrouble, Throttled, Unreachable, later
from outlookd.graph.errors import NotSent

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from outlookd.ports import Clock

LONGEST_WAIT: Final = 120.0
"""Seconds that a call may sleep at a stretch before it gives the wait back to its caller."""
TRIES: Final = 5
"""How often one request is sent at most."""

_FIRST_DELAY = 2.0
_LONGEST_DELAY = 60.0


def parse_retry_after(value: str | None, now: datetime) -> float | None:
    """Seconds to wait, from a whole number, a decimal number (Exchange: ``2.128``) or an HTTP date; None when it says nothing.

    A date is compared with `now` (aware); one in the past means 0.
    """
    text = (value or "").strip()
    try:
        seconds = float(text)
    except ValueError:
        try:
            moment = parsedate_to_datetime(text)
        except ValueError:
            return None
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        seconds = (aware - now).total_seconds()
    return max(0.0, seconds) if math.isfinite(seconds) else None


class Patience:
    """Decides whether a failed request is sent again, and when. `random` yields numbers from 0 to 1, as `random.random`."""

    def __init__(self, random: Callable[[], float]) -> None:
        self._random = random

    def delay(self, failures: int) -> float:
        """Seconds before the next try after `failures` failed ones: exponential with full jitter, so that mailboxes spread out."""
        return self._random() * min(_LONGEST_DELAY, _FIRST_DELAY * 2.0 ** (failures - 1))

    def before_repeating(self, error: RemoteError, failures: int, *, repeatable: bool) -> float | None:
        """Seconds to wait before the same request is sent again, or None when it must not be.

        What was refused before anything was done may always be repeated. Anything else is repeated only when the request is
        `repeatable`, that is a read: a write may have happened, and resending it makes the duplicate (design rule 13).
        """
        if failures >= TRIES:
            return None
        match error:
            case Throttled():
                wait = error.retry_after if error.retry_after is not None else self.delay(failures)
            case NotSent():
                wait = self.delay(failures)
            case Unreachable() | ServerTrouble() if repeatable:
                wait = max(self.delay(failures), error.retry_after or 0.0)
            case _:
                return None
        return wait if wait <= LONGEST_WAIT else None


class MailboxLimit:
    """The gate in front of one mailbox: so many requests at a time, so many in ten minutes, none during a pause.

    `requests` stays under Graph's 10,000, because the same application may run a second process.
    """

    def __init__(self, clock: Clock, *, concurrency: int = 3, requests: int = 9_600, window: float = 600.0) -> None:
        self._clock = clock
        self._concurrency = concurrency
        self._slots = asyncio.Semaphore(concurrency)
        self._door = asyncio.Lock()
        self._allowed = requests
        self._window = window
        self._sent: deque[tuple[float, int]] = deque()
        self._spent = 0
        self._closed_until = -math.inf

    @asynccontextmanager
    async def slot(self, cost: int = 1, *, width: int = 1) -> AsyncIterator[None]:
        """Wait for free places, then hold them for as long as the block runs. `cost` is how many requests Graph will count.

        `width` is how many of them run at the same time; never more places are taken than there are, so a batch that is wider
        than the limit has the mailbox to itself. Raises Throttled when the wait would be longer than `LONGEST_WAIT`.
        """
        async with self._places(min(width, self._concurrency)):
            while (wait := self._wait(cost)) > 0:
                if wait > LONGEST_WAIT:
                    raise Throttled(
                        "The mailbox asked for a long pause.",
                        service="graph",
                        retry_after=wait,
                        hint=f"Nothing is lost; a run {later(wait)} goes on where this one stopped.",
                    )
                await self._clock.sleep(wait)
            self._sent.append((self._clock.monotonic(), cost))
            self._spent += cost
            yield

    @asynccontextmanager
    async def _places(self, count: int) -> AsyncIterator[None]:
        """Hold `count` places at once.

        One caller at a time collects: two that had half of what they need each would wait for one another for ever.
        """
        taken = 0
        try:
            async with self._door:
                while taken < count:
                    await self._slots.acquire()
                    taken += 1
            yield
        finally:
            for _ in range(taken):
                self._slots.release()

    def pause(self, seconds: float) -> None:
        """Send nothing more to this mailbox for so long, whoever asks."""
        self._closed_until = max(self._closed_until, self._clock.monotonic() + seconds)

    def _wait(self, cost: int) -> float:
        now = self._clock.monotonic()
        return max(self._closed_until - now, self._until_affordable(cost, now))

    def _until_affordable(self, cost: int, now: float) -> float:
        while self._sent and self._sent[0][0] <= now - self._window:
            self._spent -= self._sent.popleft()[1]
        excess = self._spent + cost - self._allowed
        for moment, count in self._sent:
            if excess <= 0:
                break
            excess -= count
            if excess <= 0:
                return moment + self._window - now
        return 0.0
