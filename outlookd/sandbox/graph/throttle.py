"""Graph's limits for one application on one mailbox (Graph page, section 6.1). Refused requests count as well."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import TypeAlias, assert_never

from outlookd.sandbox.clock import Now
from outlookd.sandbox.graph.errors import GraphError
from outlookd.sandbox.switches import Switches

WINDOW = timedelta(minutes=10)
CONCURRENCY_WAIT = 1.0
Key: TypeAlias = tuple[str, str]
"""Application and mailbox."""


class Throttle:
    """Counts what is in work and what came in the last ten minutes. `most` remembers the greatest overlap seen per key."""

    def __init__(self, switches: Switches, now: Now) -> None:
        self._switches = switches
        self._now = now
        self._in_work: defaultdict[Key, int] = defaultdict(int)
        self._arrivals: defaultdict[Key, deque[datetime]] = defaultdict(deque)
        self.most: defaultdict[Key, int] = defaultdict(int)

    @contextmanager
    def slot(self, client_id: str, mailbox: str) -> Iterator[None]:
        """Hold one of the places in work. Raises GraphError 429 (or 503, by switch) when there is none."""
        key = (client_id, mailbox)
        self._count(key)
        if self._in_work[key] >= self._switches.concurrency:
            raise self._refusal(
                CONCURRENCY_WAIT, "Application is over its MailboxConcurrency limit.", self._switches.throttle_status
            )
        self._in_work[key] += 1
        self.most[key] = max(self.most[key], self._in_work[key])
        try:
            yield
        finally:
            self._in_work[key] -= 1

    def _count(self, key: Key) -> None:
        arrivals, now = self._arrivals[key], self._now()
        while arrivals and arrivals[0] <= now - WINDOW:
            arrivals.popleft()
        arrivals.append(now)
        if len(arrivals) > self._switches.requests_per_window:
            wait = (arrivals[0] + WINDOW - now).total_seconds()
            raise self._refusal(wait, "Application is over its MailboxRequests limit.", 429)

    def _refusal(self, seconds: float, message: str, status: int) -> GraphError:
        return GraphError(status, "ApplicationThrottled", message, headers=self._retry_after(seconds))

    def _retry_after(self, seconds: float) -> dict[str, str]:
        match self._switches.retry_after:
            case "integer":
                return {"Retry-After": str(int(seconds) or 1)}
            case "decimal":
                return {"Retry-After": f"{seconds:.3f}"}
            case "date":
                return {"Retry-After": format_datetime(self._now() + timedelta(seconds=seconds), usegmt=True)}
            case "none":
                return {}
            case _:
                assert_never(self._switches.retry_after)
