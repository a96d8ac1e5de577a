"""Who is signed in: bindings, sealed token caches, one-time tickets and sign-ins in progress.

It knows rows and their lifetimes. It does not know what is inside a cache or a flow: the caller seals them, and secrets
of tickets arrive as hashes. Once only means once: what is taken is deleted in the transaction that finds it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlite_utils

from outlookd.errors import AccessDenied, SignInNeeded
from outlookd.ports import Binding
from outlookd.store.database import Database
from outlookd.store.statements import upsert
from outlookd.store.values import dump_moment, load_moment

_BIND = upsert("account", ["login", "tenant", "object_id", "home_account", "bound_at", "cache"], key=["login"])
_OTHER_OWNER = "SELECT 1 FROM account WHERE tenant = ? AND object_id = ? AND login <> ?"
_OWNER = "SELECT login FROM account WHERE tenant = ? AND object_id = ?"
_END_SESSIONS = """DELETE FROM session WHERE login = :login AND NOT EXISTS
    (SELECT 1 FROM account WHERE login = :login AND tenant = :tenant AND object_id = :object_id)"""
_SWEEP_TICKETS = "DELETE FROM ticket WHERE expires <= ?"
_TAKE_TICKET = "DELETE FROM ticket WHERE digest = ? RETURNING login"
_SWEEP_FLOWS = "DELETE FROM flow WHERE expires <= ?"
_TAKE_FLOW = "DELETE FROM flow WHERE digest = ? RETURNING flow"


class SqliteAccounts:
    """`ports.Accounts` on the state database. Every method raises StoreError, and StoreFull where it writes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def binding(self, login: str) -> Binding | None:
        """The mailbox that `login` signed in with."""
        return await self._database.read(lambda db: _load_binding(db, login))

    async def owner(self, tenant: str, object_id: str) -> str | None:
        """The login that this account is bound to: there is one at most."""
        return await self._database.read(lambda db: _first(db, _OWNER, tenant, object_id))

    async def bind(self, binding: Binding, cache: bytes) -> None:
        """Store both together, in place of what `binding.login` was bound to before.

        Another mailbox may be another person's: it ends the login's browser sessions, in the same transaction.
        Raises AccessDenied when this mailbox already belongs to another login (two people would write to one mailbox).
        """
        await self._database.write(lambda db: _bind(db, binding, cache))

    async def forget(self, login: str) -> bool:
        """Forget the login's mailbox with its tokens, its browser sessions and its open links, at once. False: it had no mailbox.

        Subscriptions stay until they run out: Graph goes on to call for them, and a call for an unknown one would look forged.
        """
        return await self._database.write(lambda db: _forget(db, login))

    async def cache(self, login: str) -> bytes | None:
        """The sealed token cache, as last kept."""
        return await self._database.read(lambda db: _first(db, "SELECT cache FROM account WHERE login = ?", login))

    async def keep_cache(self, login: str, cache: bytes) -> None:
        """Replace the token cache. Raises SignInNeeded when the account was forgotten meanwhile: it must not come back."""
        await self._database.write(lambda db: _keep_cache(db, login, cache))

    async def add_ticket(self, digest: str, login: str, expires: datetime) -> None:
        """Keep a one-time connect link, by the hash of its secret."""
        insert = "INSERT INTO ticket (digest, login, expires) VALUES (?, ?, ?)"
        await self._database.write(lambda db: db.execute(insert, [digest, login, dump_moment(expires)]).rowcount)

    async def peek_ticket(self, digest: str, now: datetime) -> str | None:
        """The login that a live ticket is for."""
        select = "SELECT login FROM ticket WHERE digest = ? AND expires > ?"
        return await self._database.read(lambda db: _first(db, select, digest, dump_moment(now)))

    async def take_ticket(self, digest: str, now: datetime) -> str | None:
        """The same, and the ticket is spent. Expired ones are swept on the way."""
        return await self._database.write(lambda db: _take(db, _SWEEP_TICKETS, _TAKE_TICKET, digest, now))

    async def keep_flow(self, digest: str, flow: bytes, expires: datetime) -> None:
        """Keep a sign-in in progress, by the hash of its state."""
        insert = "INSERT INTO flow (digest, flow, expires) VALUES (?, ?, ?)"
        await self._database.write(lambda db: db.execute(insert, [digest, flow, dump_moment(expires)]).rowcount)

    async def take_flow(self, digest: str, now: datetime) -> bytes | None:
        """The same, once only. Expired ones are swept on the way."""
        return await self._database.write(lambda db: _take(db, _SWEEP_FLOWS, _TAKE_FLOW, digest, now))


def _load_binding(db: sqlite_utils.Database, login: str) -> Binding | None:
    for row in db.query("SELECT * FROM account WHERE login = ?", [login]):
        return Binding(
            login=row["login"],
            tenant=row["tenant"],
            object_id=row["object_id"],
            home_account=row["home_account"],
            bound_at=load_moment(row["bound_at"]),
        )
    return None


def _bind(db: sqlite_utils.Database, binding: Binding, cache: bytes) -> None:
    if _first(db, _OTHER_OWNER, binding.tenant, binding.object_id, binding.login) is not None:
        raise AccessDenied(
            "this mailbox already belongs to another GoPaaS login",
            service="entra",
            code="mailbox_taken",
            hint="Sign in with your own Microsoft account, or have an administrator forget the other login first.",
        )
    columns = {
        "login": binding.login,
        "tenant": binding.tenant,
        "object_id": binding.object_id,
        "home_account": binding.home_account,
        "bound_at": dump_moment(binding.bound_at),
        "cache": cache,
    }
    db.execute(_END_SESSIONS, columns)
    db.execute(_BIND, columns)


def _forget(db: sqlite_utils.Database, login: str) -> bool:
    db.execute("DELETE FROM session WHERE login = ?", [login])
    db.execute("DELETE FROM ticket WHERE login = ?", [login])
    return db.execute("DELETE FROM account WHERE login = ?", [login]).rowcount > 0


def _keep_cache(db: sqlite_utils.Database, login: str, cache: bytes) -> None:
    if db.execute("UPDATE account SET cache = ? WHERE login = ?", [cache, login]).rowcount != 1:
        raise SignInNeeded("this login is not connected to a mailbox (any more)", user=login, hint="Run `outlookd connect` for it.")


def _take(db: sqlite_utils.Database, sweep: str, take: str, digest: str, now: datetime) -> Any:
    """Delete the expired rows and the one looked for, and return what it held."""
    db.execute(sweep, [dump_moment(now)])
    return _first(db, take, digest)


def _first(db: sqlite_utils.Database, sql: str, *parameters: str) -> Any:
    """The only column of the first row, or None."""
    # All rows are fetched: a statement with RETURNING that is left half read keeps the transaction open.
    rows = db.execute(sql, list(parameters)).fetchall()
    return rows[0][0] if rows else None
