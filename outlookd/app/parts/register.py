"""Our subscriptions in memory: whom a notification wakes, and what Graph wants done about a subscription.

Filled by `app.notifications.keeper`, asked by the web room. Reads nothing and calls nobody, so that a notification is answered at
once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TypeAlias, assert_never

import structlog

from outlookd.core.subscriptions import Purpose, Subscription
from outlookd.web.doors.notifications import Announcement

log = structlog.get_logger()

Wake: TypeAlias = Callable[[str], object]
"""Runs a job soon, by its id."""


class Register:
    """Implements `web.doors.notifications.Switchboard`. Closed until somebody says which subscriptions there are."""

    def __init__(self) -> None:
        self.stirred = asyncio.Event()
        """Set when a subscription needs looking after at once."""
        self.handshakes = 0
        """How often Graph has tried our address and was answered."""
        self._wake: Wake | None = None
        self._known: dict[str, Subscription] = {}
        self._jobs: Mapping[Purpose, Sequence[str]] = {}
        self._urgent: set[str] = set()
        self._asking = 0

    # --- for the room ----------------------------------------------------------------------------------------------------

    @property
    def is_open(self) -> bool:
        """Whether our subscriptions are known."""
        return self._wake is not None

    def shake_hands(self) -> bool:
        """Whether we are asking Graph for a subscription right now."""
        self.handshakes += self._asking > 0
        return self._asking > 0

    def find(self, id: str) -> Subscription | None:
        """A subscription of ours."""
        return self._known.get(id)

    def changed(self, subscription: Subscription) -> None:
        """Run the jobs that read what it watches."""
        self.wake_jobs(subscription.purpose)

    def announced(self, subscription: Subscription, event: Announcement) -> None:
        """Look for what was missed; or have the subscription looked after, and look for it afterwards.

        A demand to authorise it and the word that it was removed are answered in the same way: it is renewed, and made again if
        it is gone.
        """
        log.info("subscription.announced", user=subscription.login, announcement=str(event))
        match event:
            case Announcement.MISSED:
                self.changed(subscription)
            case Announcement.REAUTHORIZE | Announcement.REMOVED:
                self._urgent.add(subscription.id)
                self.stirred.set()
            case _:
                assert_never(event)

    # --- for whoever keeps the subscriptions -----------------------------------------------------------------------------

    def open(self, wake: Wake) -> None:
        """From now on notifications are believed, and wake jobs."""
        self._wake = wake

    def close(self) -> None:
        """From now on Graph is told to come again."""
        self._wake = None

    def know(self, subscriptions: Iterable[Subscription]) -> None:
        """Know these, and no others."""
        self._known = {each.id: each for each in subscriptions}

    def learn(self, subscription: Subscription) -> None:
        """Know this one too, or know it as it is now."""
        self._known[subscription.id] = subscription

    def forget(self, id: str) -> None:
        """Know this one no longer."""
        self._known.pop(id, None)
        self._urgent.discard(id)

    def assign(self, jobs: Mapping[Purpose, Sequence[str]]) -> None:
        """Which jobs each subscription wakes."""
        self._jobs = jobs

    def wake_jobs(self, purpose: Purpose) -> None:
        """Run the jobs that a subscription is for."""
        if self._wake is not None:
            for job in self._jobs.get(purpose, ()):
                self._wake(job)

    @property
    def urgent(self) -> Collection[str]:
        """Subscriptions that Graph wants looked after."""
        return frozenset(self._urgent)

    def look_after(self, id: str) -> bool:
        """Nothing is wanted of this one any more. Returns whether it was."""
        wanted = id in self._urgent
        self._urgent.discard(id)
        return wanted

    @contextmanager
    def asking(self) -> Iterator[None]:
        """While the block runs we are asking Graph for a subscription, and expect it to try our address."""
        self._asking += 1
        try:
            yield
        finally:
            self._asking -= 1
