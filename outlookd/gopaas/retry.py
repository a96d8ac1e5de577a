"""How long to wait before a request is repeated, and how often. Knows nothing of HTTP; only safe calls may be given to it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

import structlog

from outlookd.errors import RemoteError
from outlookd.meter import SILENT, Meter, wait_reason
from outlookd.ports import Clock

log = structlog.get_logger()

T = TypeVar("T")

FIRST_WAIT = 0.5
LONGEST_WAIT = 30.0
"""Seconds. A server that asks for more is left to the scheduler: no run sits waiting for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """Exponential back-off with full jitter. `random` gives numbers in [0, 1)."""

    clock: Clock
    random: Callable[[], float]
    tries: int = 4
    meter: Meter = SILENT

    async def repeat(self, what: str, call: Callable[[], Awaitable[T]]) -> T:
        """`call`, again while it raises a retryable RemoteError, at most `tries` times.

        Full jitter, so that many jobs which failed in the same second do not come back in the same second.
        Raises what the last try raised.
        """
        for attempt in range(1, self.tries):
            try:
                return await call()
            except RemoteError as error:
                wait = self._wait(attempt, error)
                if wait is None:
                    raise
                log.info("gopaas.request.retried", what=what, attempt=attempt, status=error.status, wait=round(wait, 2))
                self.meter.waited("gopaas", wait_reason(error), wait)
            await self.clock.sleep(wait)
        return await call()

    def _wait(self, attempt: int, error: RemoteError) -> float | None:
        """Seconds, or None when this error is not to be waited for."""
        if not error.retryable or (error.retry_after or 0.0) > LONGEST_WAIT:
            return None
        backoff = min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** (attempt - 1)) * self.random()
        return max(backoff, error.retry_after or 0.0)
