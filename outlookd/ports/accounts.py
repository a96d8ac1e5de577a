"""Who is signed in, as it is remembered. Nothing here is readable without the state key."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """The mailbox that a GoPaaS login signed in with: tenant and object id, never the mail address (it can change)."""

    login: str
    tenant: str
    object_id: str
    home_account: str
    bound_at: datetime


class Accounts(Protocol):
    """Who is signed in. Token caches go in and out as bytes that the caller has encrypted."""

    async def binding(self, login: str) -> Binding | None: ...

    async def owner(self, tenant: str, object_id: str) -> str | None:
        """The login that this account is bound to."""
        ...

    async def bind(self, binding: Binding, cache: bytes) -> None:
        """Store both together. Raises AccessDenied when this mailbox already belongs to another login."""
        ...

    async def forget(self, login: str) -> bool:
        """Forget the login's mailbox with its tokens, and whatever lets a browser in as this login. False: there was none."""
        ...

    async def cache(self, login: str) -> bytes | None: ...

    async def keep_cache(self, login: str, cache: bytes) -> None: ...

    async def add_ticket(self, digest: str, login: str, expires: datetime) -> None:
        """A one-time connect link, by the hash of its secret."""
        ...

    async def peek_ticket(self, digest: str, now: datetime) -> str | None:
        """The login a live ticket is for."""
        ...

    async def take_ticket(self, digest: str, now: datetime) -> str | None:
        """The same, and the ticket is spent."""
        ...

    async def keep_flow(self, digest: str, flow: bytes, expires: datetime) -> None:
        """A sign-in in progress, by the hash of its state; `flow` is encrypted by the caller."""
        ...

    async def take_flow(self, digest: str, now: datetime) -> bytes | None:
        """The same, once only."""
        ...
