"""Carries notifications to the addresses that subscribed, and asks an address whether it wants them (Graph page, 7.2 and 7.3).

Waits are real, deadlines are the world's clock: a letter leaves some milliseconds after its change even while a test holds the
clock, and is given up when that clock has moved on by four hours. Not simulated: the states "slow" and "drop" of an endpoint.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import TypeAlias, assert_never
from urllib.parse import quote_plus

import aiohttp
from aiohttp import web
from yarl import URL

from outlookd.sandbox.clock import Now
from outlookd.sandbox.faults import Faults, Kind
from outlookd.sandbox.subscriptions import Letter, Subscriptions, nobody_delivers
from outlookd.sandbox.switches import Switches

SERVICE = "graph.notification"
"""The name under which faults of deliveries are ordered."""

HANDSHAKE_WITHIN = 10.0
REPLY_WITHIN = 3.0
GIVE_UP = timedelta(hours=4)
LONGEST_PAUSE = 600.0
AT_ONCE = 100
"""Notifications in one POST."""

Sleep: TypeAlias = Callable[[float], Awaitable[None]]


class Courier:
    """The outgoing side of one Graph. `sleep` is how it waits; tests replace it."""

    def __init__(
        self, subscriptions: Subscriptions, faults: Faults, switches: Switches, now: Now, *, sleep: Sleep = asyncio.sleep
    ) -> None:
        self._subscriptions = subscriptions
        self._faults = faults
        self._switches = switches
        self._now = now
        self._sleep = sleep
        self._waiting: dict[tuple[str, float], list[Letter]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._session: aiohttp.ClientSession | None = None

    async def at_work(self, _app: web.Application) -> AsyncIterator[None]:
        """Accept letters from any thread while the application runs; afterwards let go of everything under way."""
        loop = asyncio.get_running_loop()
        self._subscriptions.deliver = lambda letter: loop.call_soon_threadsafe(self.take, letter)
        yield
        self._subscriptions.deliver = nobody_delivers
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    async def shake_hands(self, url: str) -> str:
        """Ask an address to repeat a text. Returns what was wrong with its answer, nothing if it may be used."""
        token = f"Validation: Testing client application reachability for subscription Request-Id: {uuid.uuid4()}"
        target = URL(f"{url}{'&' if '?' in url else '?'}validationToken={quote_plus(token)}", encoded=True)
        headers, patience = {"Content-Type": "text/plain; charset=utf-8"}, _within(HANDSHAKE_WITHIN)
        try:
            async with self._open().post(target, headers=headers, timeout=patience, allow_redirects=False) as answer:
                said = (await answer.content.read(4096)).decode(errors="replace")
                if answer.status != 200 or answer.content_type != "text/plain" or said != token:
                    return "Notification endpoint must respond with 200 OK to validation request, with the token as text/plain."
        except TimeoutError:
            return "Subscription validation request timed out."
        except (aiohttp.ClientError, OSError):
            return "The underlying connection was closed."
        return ""

    def take(self, letter: Letter) -> None:
        """Send the letter in a moment, or do with it what a fault says: lose it, send it late, send it twice."""
        fault = self._faults.take(SERVICE, letter.what, letter.about)
        latency, again = self._switches.notification_latency, self._switches.notification_retry
        if fault is None:
            for _ in range(self._switches.notification_copies):
                self._file(letter, latency)
            return
        latency += fault.seconds
        match fault.kind:
            case Kind.SLOW:
                self._file(letter, latency)
            case Kind.DROP_BEFORE:
                pass
            case Kind.STATUS:
                self._file(letter, latency + again)
            case Kind.STATUS_AFTER | Kind.DROP_AFTER:
                self._file(letter, latency)
                self._file(letter, latency + again)
            case _:
                assert_never(fault.kind)

    def _file(self, letter: Letter, delay: float) -> None:
        """Put the letter with those for the same address that leave after as long a time."""
        waiting = self._waiting.setdefault((letter.url, delay), [])
        waiting.append(letter)
        if len(waiting) == 1:
            task = asyncio.get_running_loop().create_task(self._round(letter.url, delay))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _round(self, url: str, delay: float) -> None:
        """Collect for a while, then send everything, each POST until it is accepted or nobody wants it any more."""
        await self._sleep(delay)
        letters = self._waiting.pop((url, delay))
        await asyncio.gather(*(self._persist(url, letters[at : at + AT_ONCE]) for at in range(0, len(letters), AT_ONCE)))

    async def _persist(self, url: str, letters: Sequence[Letter]) -> None:
        pause = self._switches.notification_retry
        while letters := [letter for letter in letters if self._is_due(letter)]:
            if await self._post(url, letters):
                return
            await self._sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    def _is_due(self, letter: Letter) -> bool:
        return self._now() - letter.written < GIVE_UP and self._subscriptions.is_wanted(letter)

    async def _post(self, url: str, letters: Sequence[Letter]) -> bool:
        """Whether the address accepted them."""
        body = {"value": [letter.content for letter in letters]}
        with suppress(aiohttp.ClientError, OSError, TimeoutError):
            target = URL(url, encoded=True)
            async with self._open().post(target, json=body, timeout=_within(REPLY_WITHIN), allow_redirects=False) as answer:
                return 200 <= answer.status < 300
        return False

    def _open(self) -> aiohttp.ClientSession:
        """The session, made when it is first needed: most sandboxes never notify anybody."""
        if self._session is None:
            self._session = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
        return self._session


def _within(seconds: float) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(total=seconds)
