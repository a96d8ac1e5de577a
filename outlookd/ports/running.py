"""What every part takes from outside itself: the time, and access tokens."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Time, so that tests can bend it."""

    def now(self) -> datetime:
        """The wall clock: aware, UTC. For records of what happened, never for measuring."""
        ...

    def monotonic(self) -> float:
        """Seconds that never jump. For measuring and waiting."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait without blocking the loop."""
        ...


class TokenSource(Protocol):
    """Access tokens for one mailbox."""

    async def token(self, *, claims: str = "", refresh: bool = False) -> str:
        """A bearer token for Graph. `refresh` skips the cached one; `claims` is a decoded claims challenge (CAE).

        Raises SignInNeeded, CredentialsRefused or Unreachable.
        """
        ...
