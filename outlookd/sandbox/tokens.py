"""What Entra has handed out and still honours: codes, access tokens, refresh tokens, device codes.

All are random and opaque; what they stand for is remembered here, so that a token can be taken back. Knows no HTTP.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from outlookd.sandbox.clock import Now

GRAPH = "https://graph.microsoft.com"
"""The audience of tokens for Graph, in whatever cloud and on whatever port the sandbox listens."""

CODE_LIFE = timedelta(minutes=10)
DEVICE_LIFE = timedelta(minutes=15)
REFRESH_IDLE = timedelta(days=90)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What an access token allows. Without `object_id` it is the application's own (`scopes` are then roles)."""

    client_id: str
    object_id: str
    scopes: frozenset[str]
    audience: str
    expires: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """An authorization code, waiting to be redeemed once."""

    client_id: str
    object_id: str
    redirect_uri: str
    scopes: frozenset[str]
    nonce: str
    challenge: str
    expires: datetime
    spent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Refresh:
    """A refresh token. `used` says that a newer one was issued in exchange, `public` that it works without the client's secret."""

    client_id: str
    object_id: str
    scopes: frozenset[str]
    last_used: datetime
    revoked: bool = False
    used: bool = False
    public: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A device code; `object_id` appears once somebody has signed in with its `user_code`, `declined` if they said no.

    `asked` is when the application last wanted to know; `spent` says that it got its tokens.
    """

    client_id: str
    user_code: str
    scopes: frozenset[str]
    expires: datetime
    object_id: str = ""
    declined: bool = False
    asked: datetime | None = None
    spent: bool = False


Held = TypeVar("Held")


class Drawer(Generic[Held]):
    """Random keys and what they stand for. Kept for ever: an expired or spent key must be told from an unknown one."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._held: dict[str, Held] = {}

    def put(self, item: Held) -> str:
        """Keep `item` and return its new key."""
        key = f"{self._prefix}.{secrets.token_urlsafe(48)}"
        self._held[key] = item
        return key

    def get(self, key: str) -> Held | None:
        """What the key stands for."""
        return self._held.get(key)

    def swap(self, key: str, item: Held) -> None:
        """Let the key stand for `item` from now on."""
        self._held[key] = item

    def each(self, change: Callable[[Held], Held]) -> None:
        """Put everything through `change`."""
        for key, item in self._held.items():
            self._held[key] = change(item)

    def items(self) -> list[tuple[str, Held]]:
        """Every key with what it stands for."""
        return list(self._held.items())


class Tokens:
    """All that one Entra has issued."""

    def __init__(self, now: Now) -> None:
        self._now = now
        self.codes: Drawer[Code] = Drawer("0.code")
        self.access: Drawer[Grant] = Drawer("eyJ0")
        self.refresh: Drawer[Refresh] = Drawer("1.refresh")
        self.devices: Drawer[Device] = Drawer("2.device")

    def issue_access(self, *, client_id: str, object_id: str, scopes: frozenset[str], audience: str, life: timedelta) -> str:
        """A new access token, good for `life`."""
        expires = self._now() + life
        return self.access.put(Grant(client_id=client_id, object_id=object_id, scopes=scopes, audience=audience, expires=expires))

    def issue_refresh(self, *, client_id: str, object_id: str, scopes: frozenset[str], public: bool = False) -> str:
        """A new refresh token, good until 90 days pass without its use."""
        return self.refresh.put(
            Refresh(client_id=client_id, object_id=object_id, scopes=scopes, last_used=self._now(), public=public)
        )

    def revoke(self, object_id: str) -> None:
        """Take back every refresh token of a user, as an administrator's "revoke sessions" does."""
        self.refresh.each(lambda item: replace(item, revoked=item.revoked or item.object_id == object_id))

    def expire_access(self) -> None:
        """Let every access token issued so far be expired."""
        self.access.each(lambda item: replace(item, expires=self._now()))
