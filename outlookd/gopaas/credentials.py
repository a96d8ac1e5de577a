"""The two ways to be let in: a user's API key, or tokens from the client-credentials grant.

Knows the token call and the life of a token. Does not know what the token is used for. Secrets are never part of a message,
a log line or a `repr`.
"""

from __future__ import annotations

import asyncio
import random as randomness
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlencode

import aiohttp
import structlog

from outlookd.errors import ConfigurationError, CredentialsRefused
from outlookd.gopaas.address import base_address
from outlookd.gopaas.header import carried
from outlookd.gopaas.reading import Token, read_token, refusal
from outlookd.gopaas.retry import Retry
from outlookd.gopaas.wire import SERVICE, Answer, Wire
from outlookd.meter import SILENT, Meter
from outlookd.ports import Clock

log = structlog.get_logger()

UNSAID_LIFE = 60.0
"""Seconds a token is taken to live when GoPaaS does not say: its documentation's own example."""


class Credentials(Protocol):
    """What the client needs to be let in. One object may serve many clients: that is how they share one token."""

    family: str
    """The endpoints it opens: ``api`` or ``api/oauth2``."""

    async def bearer(self, *, refused: str = "") -> str:
        """The value behind ``Bearer``. `refused` is the one GoPaaS has just answered 401 to: another one is needed.

        Raises CredentialsRefused when there is no other, and whatever keeps a new one from being fetched.
        """
        ...


class ApiKey:
    """A user's API key. It sees what that user sees, and `(-me-)` in a view means that user.

    `setting` is the key of the configuration that names its file, for messages.
    """

    family = "api"

    def __init__(self, key: str, *, setting: str = "gopaas.api_key_file") -> None:
        alone = f"The file that {setting} names must hold the key and nothing else."
        try:
            carried("the GoPaaS API key", key)
        except ConfigurationError as error:
            raise ConfigurationError(error.message, hint=alone) from error
        if not key or not key.isascii():
            raise ConfigurationError("the GoPaaS API key is empty or not plain text.", hint=alone)
        self._key = key
        self._setting = setting

    async def bearer(self, *, refused: str = "") -> str:
        """The key. A refused key is final: there is no other."""
        if refused:
            raise CredentialsRefused(
                "GoPaaS refused the API key.",
                service=SERVICE,
                status=401,
                hint=f"Check {self._setting}, and that this machine's address is on the key's list of addresses.",
            )
        return self._key


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A token and, in the clock's monotonic seconds, until when it is used and not renewed."""

    token: Token
    renew_at: float


class ClientCredentials:
    """Tokens of a service account, one at a time for all who share this object.

    `grant` is a setting because GoPaaS's documentation writes ``Client Credentials`` where the standard says
    ``client_credentials``. Raises ConfigurationError for an unusable address or an empty id or secret.
    """

    family = "api/oauth2"

    def __init__(
        self,
        session: aiohttp.ClientSession,
        url: str,
        client_id: str,
        client_secret: str,
        clock: Clock,
        *,
        grant: str = "client_credentials",
        random: Callable[[], float] = randomness.random,
        timeout: float = 60.0,
        meter: Meter = SILENT,
    ) -> None:
        if not client_id or not client_secret:
            raise ConfigurationError(
                "the GoPaaS client id or secret is empty.", hint="Check gopaas.client_id and client_secret_file."
            )
        self._wire = Wire(session, timeout=timeout)
        self._url = base_address(url) / "api" / "oauth2" / "access_token" / ""
        self._form = urlencode({"grant_type": grant, "client_id": client_id, "client_secret": client_secret}).encode()
        self._clock = clock
        self._retry = Retry(clock=clock, random=random, meter=meter)
        self._one_at_a_time = asyncio.Lock()
        self._held: Held | None = None

    @property
    def requests(self) -> int:
        """How many token requests were sent."""
        return self._wire.requests

    async def bearer(self, *, refused: str = "") -> str:
        """The token in hand while it is good for long enough, else a new one, fetched once for all who wait.

        Raises CredentialsRefused, Unreachable, ServerTrouble, Throttled or Unintelligible.
        """
        async with self._one_at_a_time:
            held = self._held
            if held is None or held.token.text == refused or self._clock.monotonic() >= held.renew_at:
                held = self._held = await self._fetch()
            return held.token.text

    async def _fetch(self) -> Held:
        asked_at = self._clock.monotonic()
        answer = await self._retry.repeat("access_token", self._ask)
        token = read_token(answer, "token call")
        log.debug("gopaas.token.renewed", life=token.life)
        return Held(token=token, renew_at=asked_at + useful_life(UNSAID_LIFE if token.life is None else token.life))

    async def _ask(self) -> Answer:
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        answer = await self._wire.send("POST", self._url, headers=headers, data=self._form)
        if answer.status >= 500 or answer.status == 429:
            raise refusal(answer, "token call")
        return answer


def useful_life(life: float) -> float:
    """For how many of its `life` seconds a token is used: all but the last 10, or the last fifth if that is more.

    At least half of it, though: administrators may set lives so short that a fixed margin would ask for a token per request.
    """
    return max(life - max(10.0, life / 5), life / 2, 0.0)
