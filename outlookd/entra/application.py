"""Access tokens of the application itself: ``mode = "application"``, where an administrator allowed it into all mailboxes at once.

One token opens every mailbox, so all users share one source. There is no refresh token: a new one costs the same as the first.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import structlog

from outlookd.entra.aadsts import Trouble, classify, operator_error, read_code, transient_error
from outlookd.entra.authority import Authority
from outlookd.entra.held import Held, hold
from outlookd.errors import CredentialsRefused, RemoteError
from outlookd.meter import SILENT, Meter
from outlookd.ports import Clock

__all__ = ["ApplicationTokens"]

log = structlog.get_logger()


class ApplicationTokens:
    """The token source of one registration in one directory: `ports.TokenSource`. Callers at the same time make one request."""

    def __init__(self, *, authority: Authority, clock: Clock, scope: str, meter: Meter = SILENT) -> None:
        self._authority = authority
        self._clock = clock
        self._scope = scope
        self._meter = meter
        self._lock = asyncio.Lock()
        self._held: Held | None = None

    async def token(self, *, claims: str = "", refresh: bool = False) -> str:
        """A bearer token for Graph; `refresh` and `claims` ask for another one than the token handed out last.

        Raises CredentialsRefused, Unreachable, Throttled, ServerTrouble, ConfigurationError or Unintelligible.
        """
        known = self._held
        if known is not None and not (refresh or claims) and known.serves(self._clock.now(), claims=claims):
            return known.access
        async with self._lock:
            newer = self._held
            # Somebody who waited in front of us has asked already.
            if newer is not None and newer is not known and newer.serves(self._clock.now(), claims=claims):
                return newer.access
            self._held = await self._ask(claims)
            return self._held.access

    async def _ask(self, claims: str) -> Held:
        try:
            result = await self._authority.client_token(self._scope, claims=claims)
            held = self._read(result, claims)
        except RemoteError as error:
            self._meter.token_renewed("client_refused" if isinstance(error, CredentialsRefused) else "transient")
            raise
        self._meter.token_renewed("success")
        return held

    def _read(self, result: Mapping[str, Any], claims: str) -> Held:
        if "error" in result:
            code = read_code(result)
            log.warning("entra.token.refused", code=code, trouble=classify(result).value)
            # No user stands behind it: whatever Entra does not like, the operator must act, or nobody.
            raise transient_error(result) if classify(result) is Trouble.TRANSIENT else operator_error(result)
        return hold(result, now=self._clock.now(), claims=claims)
