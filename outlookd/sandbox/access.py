"""Who may call the simulated GoPaaS: API keys, OAuth clients and their short-lived tokens.

Knows no HTTP. Two families that do not accept each other's credentials (gopaas.md, REST API): a key is one user's, and may be
restricted to a list of addresses; a token is a client's, acts as that client's service account, and dies by time or by use.
"""

from __future__ import annotations

import hmac
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

GRANTS = ("client_credentials", "Client Credentials")
"""How the grant may be written: as OAuth does, and as GoPaaS's documentation does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A user's key. `addresses` are the only ones it works from; empty means any."""

    login: str
    addresses: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiClient:
    """An OAuth client of the CRM, and the service account that its calls run as."""

    secret: str
    login: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Token:
    login: str
    expires: float
    uses_left: int


class Access:
    """The keys, the clients and the live tokens.

    `token_seconds` is the life of the tokens issued from now on, one second or more; `token_uses` limits the requests each one is
    good for (0: no limit), which makes a token die in the middle of a paged read at a known place. `monotonic` is in seconds.
    """

    def __init__(self, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.keys: dict[str, ApiKey] = {}
        self.clients: dict[str, ApiClient] = {}
        self.token_seconds = 60
        self.token_uses = 0
        self._tokens: dict[str, _Token] = {}
        self._monotonic = monotonic

    def key_of(self, login: str) -> str:
        """A key of this user. Raises KeyError when there is none."""
        for key, entry in self.keys.items():
            if entry.login == login:
                return key
        raise KeyError(login)

    def login_of_key(self, key: str, address: str) -> str | None:
        """Whose key this is, or None: unknown, or not allowed from that address."""
        entry = self.keys.get(key)
        if entry is None or (entry.addresses and address not in entry.addresses):
            return None
        return entry.login

    def login_of_token(self, token: str) -> str | None:
        """Which service account this token acts as, or None when it is unknown or dead. Counts as one use."""
        entry = self._tokens.get(token)
        if entry is None or entry.expires <= self._monotonic() or entry.uses_left == 0:
            self._tokens.pop(token, None)
            return None
        self._tokens[token] = replace(entry, uses_left=entry.uses_left - 1)
        return entry.login

    def grant(self, grant_type: str, client_id: str, client_secret: str) -> str | None:
        """A new token, or None when the grant, the client or the secret is wrong."""
        client = self.clients.get(client_id)
        if client is None or grant_type not in GRANTS or not hmac.compare_digest(client.secret.encode(), client_secret.encode()):
            return None
        token = secrets.token_urlsafe(32)
        expires = self._monotonic() + self.token_seconds
        # A negative count never reaches zero: no limit.
        self._tokens[token] = _Token(login=client.login, expires=expires, uses_left=self.token_uses or -1)
        return token

    def turn(self, changes: Mapping[str, int]) -> None:
        """Set `token_seconds` or `token_uses`, or both. Raises ValueError for another name or a senseless number."""
        for name, value in changes.items():
            least = {"token_seconds": 1, "token_uses": 0}.get(name)
            if least is None or type(value) is not int or value < least:
                raise ValueError(f"{name!r} is no switch or {value!r} no value for it")
        self.token_seconds = changes.get("token_seconds", self.token_seconds)
        self.token_uses = changes.get("token_uses", self.token_uses)
