"""Subscriptions to mailboxes' changes, and what decides which ones there should be.

It knows rows. The secret of a subscription never gets here, only its hash.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlite_utils

from outlookd.core.subscriptions import Subscription
from outlookd.store.database import Database
from outlookd.store.statements import upsert
from outlookd.store.values import dump_moment, load_moment

_KEEP = upsert("subscription", ["id", "login", "resource", "client_state", "expires", "made_at"], key=["id"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """All that is remembered of every login, in one reading: a thousand logins are looked at every minute.

    `containers` is the Outlook folder or calendar of each job, `bound` when each login signed in.
    """

    held: Sequence[Subscription]
    containers: Mapping[str, str]
    bound: Mapping[str, datetime]


class SqliteSubscriptions:
    """The table ``subscription``. Every method raises StoreError, and StoreFull where it writes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def circumstances(self) -> Circumstances:
        """What there is now."""
        return await self._database.read(_load)

    async def keep(self, subscription: Subscription) -> None:
        """Add one, or replace what is known of it."""
        await self._database.write(lambda db: db.execute(_KEEP, _columns(subscription)).rowcount)

    async def forget(self, id: str) -> None:
        """Remove one. Whatever is told under its name from now on is a stranger's word."""
        await self._database.write(lambda db: db.execute("DELETE FROM subscription WHERE id = ?", [id]).rowcount)


def _load(db: sqlite_utils.Database) -> Circumstances:
    return Circumstances(
        held=[_subscription_of(row) for row in db.query("SELECT * FROM subscription ORDER BY made_at, id")],
        containers={row["job"]: row["id"] for row in db.query("SELECT job, id FROM container")},
        bound={row["login"]: load_moment(row["bound_at"]) for row in db.query("SELECT login, bound_at FROM account")},
    )


def _subscription_of(row: Mapping[str, str]) -> Subscription:
    return Subscription(
        id=row["id"],
        login=row["login"],
        resource=row["resource"],
        client_state=row["client_state"],
        expires=load_moment(row["expires"]),
        made_at=load_moment(row["made_at"]),
    )


def _columns(subscription: Subscription) -> dict[str, str]:
    return {
        "id": subscription.id,
        "login": subscription.login,
        "resource": subscription.resource,
        "client_state": subscription.client_state,
        "expires": dump_moment(subscription.expires),
        "made_at": dump_moment(subscription.made_at),
    }
