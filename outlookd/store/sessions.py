"""The browsers that are signed in to the pages.

It knows rows and their times. It does not know how long a session may last: the caller says which moments are too early.
"""

from __future__ import annotations

from datetime import datetime

import sqlite_utils

from outlookd.store.database import Database
from outlookd.store.values import dump_moment, load_moment

SWEEP = "DELETE FROM session WHERE expires <= ? OR seen <= ?"
_OPEN = "INSERT INTO session (digest, login, seen, expires) VALUES (:digest, :login, :seen, :expires)"
# With the account: whoever has no mailbox any more is nobody here, however the account was taken away (threats T5, T17, T18).
_FIND = "SELECT login, seen FROM session JOIN account USING (login) WHERE digest = ? AND expires > ? AND seen > ?"


class SqliteSessions:
    """Implements `web.entrance.sessions.SessionStore`. Every method raises StoreError, and StoreFull where it writes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin(self, digest: str, login: str, *, now: datetime, expires: datetime, idle_since: datetime) -> None:
        """Keep a new session. Those that have ended, or were last seen by `idle_since`, are swept on the way."""
        row = {"digest": digest, "login": login, "seen": dump_moment(now), "expires": dump_moment(expires)}

        def work(db: sqlite_utils.Database) -> None:
            db.execute(SWEEP, [dump_moment(now), dump_moment(idle_since)])
            db.execute(_OPEN, row)

        await self._database.write(work)

    async def find(self, digest: str, *, now: datetime, idle_since: datetime) -> tuple[str, datetime] | None:
        """The login of a session that lives, and when it was last seen; None as well once no mailbox is bound to that login."""

        def work(db: sqlite_utils.Database) -> tuple[str, datetime] | None:
            row = db.execute(_FIND, [digest, dump_moment(now), dump_moment(idle_since)]).fetchone()
            return (row[0], load_moment(row[1])) if row else None

        return await self._database.read(work)

    async def touch(self, digest: str, now: datetime) -> None:
        """The session was used just now."""
        update = "UPDATE session SET seen = ? WHERE digest = ?"
        await self._database.write(lambda db: db.execute(update, [dump_moment(now), digest]).rowcount)

    async def end(self, digest: str) -> None:
        """Forget the session."""
        await self._database.write(lambda db: db.execute("DELETE FROM session WHERE digest = ?", [digest]).rowcount)
