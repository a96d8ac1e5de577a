"""The signed-in accounts in memory: what `outlookd.store` keeps in SQLite, with the same promises and the same refusals."""

from __future__ import annotations

import asyncio
from datetime import datetime

from outlookd.errors import AccessDenied, SignInNeeded
from outlookd.ports import Binding


class MemoryAccounts:
    """Implements `ports.Accounts`. `events` tells the order in which things became durable: ``bound``, ``stored``."""

    def __init__(self) -> None:
        self.bindings: dict[str, Binding] = {}
        self.caches: dict[str, bytes] = {}
        self.tickets: dict[str, tuple[str, datetime]] = {}
        self.flows: dict[str, tuple[bytes, datetime]] = {}
        self.events: list[str] = []

    async def binding(self, login: str) -> Binding | None:
        return self.bindings.get(login)

    async def owner(self, tenant: str, object_id: str) -> str | None:
        owners = {(each.tenant, each.object_id): each.login for each in self.bindings.values()}
        return owners.get((tenant, object_id))

    async def bind(self, binding: Binding, cache: bytes) -> None:
        if await self.owner(binding.tenant, binding.object_id) not in (None, binding.login):
            raise AccessDenied("this mailbox already belongs to another GoPaaS login", service="entra", code="mailbox_taken")
        self.bindings[binding.login] = binding
        self.caches[binding.login] = cache
        self.events.append("bound")

    async def forget(self, login: str) -> bool:
        self.tickets = {digest: ticket for digest, ticket in self.tickets.items() if ticket[0] != login}
        self.caches.pop(login, None)
        return self.bindings.pop(login, None) is not None

    async def cache(self, login: str) -> bytes | None:
        return self.caches.get(login)

    async def keep_cache(self, login: str, cache: bytes) -> None:
        # A database lets others run while it writes; so must its twin, or races stay hidden.
        await asyncio.sleep(0)
        if login not in self.bindings:
            raise SignInNeeded("this login is not connected to a mailbox (any more)", user=login)
        self.caches[login] = cache
        self.events.append("stored")

    async def add_ticket(self, digest: str, login: str, expires: datetime) -> None:
        self.tickets[digest] = (login, expires)

    async def peek_ticket(self, digest: str, now: datetime) -> str | None:
        login, expires = self.tickets.get(digest, (None, now))
        return login if now < expires else None

    async def take_ticket(self, digest: str, now: datetime) -> str | None:
        login = await self.peek_ticket(digest, now)
        self.tickets.pop(digest, None)
        return login

    async def keep_flow(self, digest: str, flow: bytes, expires: datetime) -> None:
        self.flows[digest] = (flow, expires)

    async def take_flow(self, digest: str, now: datetime) -> bytes | None:
        flow, expires = self.flows.pop(digest, (None, now))
        return flow if now < expires else None

    def everything(self) -> str:
        """All that a stolen database would show."""
        return repr((self.bindings, self.caches, self.tickets, self.flows))
