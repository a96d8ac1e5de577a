"""What goes when it is old: runs that nothing refers to, sign-ins and sessions whose time is over, and what `retention` says.

It knows rows and what may refer to them. How old is old, and when somebody looks, is the caller's knowledge. Without it the
file would grow for ever: a thousand users make half a million runs a day, of which nearly all found nothing to do.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlite_utils

from outlookd.store.database import Database
from outlookd.store.jobs import keep_note
from outlookd.store.retention import Stretch, expire_conflicts, expire_ends, expire_journal
from outlookd.store.runs import succeeded
from outlookd.store.values import dump_moment

PAGE = 500
"""Runs that are looked at in one transaction: a few milliseconds, between which everybody else's writes have their turn."""

_PLACE = "started < :before AND (started, rowid) > (:started, :rowid)"
_LAST = f"""SELECT started, rowid, COUNT(*) OVER () FROM (
    SELECT started, rowid FROM run WHERE {_PLACE} ORDER BY started, rowid LIMIT :page) ORDER BY started DESC, rowid DESC LIMIT 1"""  # noqa: S608 - constants
_LATER = "run.job = old.job AND run.status IS NOT NULL AND (run.started, run.rowid) > (old.started, old.rowid)"
_QUIET = """old.status = 'ok' AND old.held = 0 AND old.created_gopaas = 0 AND old.created_outlook = 0
    AND old.updated_gopaas = 0 AND old.updated_outlook = 0 AND old.deleted_gopaas = 0 AND old.deleted_outlook = 0"""
# A conflict names the run of the journal line that it was decided with, so the journal speaks for it too.
_REMOVE = f"""DELETE FROM run WHERE rowid IN (SELECT old.rowid FROM run AS old
    WHERE (old.started, old.rowid) > (:started, :rowid) AND (old.started, old.rowid) <= (:to_started, :to_rowid)
    AND (NOT :quiet OR ({_QUIET}))
    AND NOT EXISTS (SELECT 1 FROM journal WHERE journal.run = old.run)
    AND old.run NOT IN (SELECT intent.run FROM intent)
    AND (old.status IS NULL OR EXISTS (SELECT 1 FROM run WHERE {_LATER}))
    AND (old.status IS NULL OR NOT {succeeded("old")} OR EXISTS (SELECT 1 FROM run WHERE {_LATER} AND {succeeded("run")})))"""  # noqa: S608 - constants
_ENDED = tuple(f"DELETE FROM {table} WHERE expires <= ?" for table in ("flow", "ticket", "session"))  # noqa: S608 - constants


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """How far the runs have been looked through: up to this one, in the order of their times."""

    started: str = ""
    rowid: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some runs have been looked at: `removed` of them went. The next ones begin behind `place`, unless these were the `last`."""

    removed: int
    place: Place
    last: bool


class SqliteUpkeep:
    """The old rows of the state database. Every method raises StoreError and StoreFull."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def remove_runs(self, place: Place, *, before: datetime, quiet: bool) -> Page:
        """Look at the runs behind `place` that began `before`, a page of them, and remove those that nothing refers to.

        A job's latest run and its latest success stay, however old, and so does a run with a journal line or an open intent.
        `quiet`: only those that did what they could and had nothing to write.
        """
        return await self._database.write(lambda db: _remove_runs(db, place, dump_moment(before), quiet=quiet))

    async def remove_ended(self, now: datetime) -> None:
        """Remove links, sign-ins in progress and sessions that have ended: what was begun and left is taken by nobody."""

        def work(db: sqlite_utils.Database) -> None:
            for statement in _ENDED:
                db.execute(statement, [dump_moment(now)])

        await self._database.write(work)

    async def expire_journal(self, seq: int, *, before: datetime) -> Stretch:
        """Look at the journal's lines after `seq` that are older, a page of them: they go, or lose their values (`retention`)."""
        return await self._database.write(lambda db: expire_journal(db, seq, dump_moment(before)))

    async def expire_ends(self, seq: int, *, before: datetime) -> Stretch:
        """The same for what is left of pairs that ended before."""
        return await self._database.write(lambda db: expire_ends(db, seq, dump_moment(before)))

    async def expire_conflicts(self, seq: int, *, before: datetime) -> Stretch:
        """Remove conflicts after `seq` that were settled before, a page of them."""
        return await self._database.write(lambda db: expire_conflicts(db, seq, dump_moment(before)))

    async def try_writing(self, now: datetime) -> None:
        """Write something, to know whether that works again: a daemon whose jobs all wait would not notice for an hour."""
        await self._database.write(lambda db: keep_note(db, "upkeep", "tried", dump_moment(now)))


def _remove_runs(db: sqlite_utils.Database, place: Place, before: str, *, quiet: bool) -> Page:
    bounds = {"before": before, "started": place.started, "rowid": place.rowid}
    row = db.execute(_LAST, {**bounds, "page": PAGE}).fetchone()
    if row is None:
        return Page(removed=0, place=place, last=True)
    started, rowid, seen = row
    removed = db.execute(_REMOVE, {**bounds, "to_started": started, "to_rowid": rowid, "quiet": quiet}).rowcount
    return Page(removed=removed, place=Place(started=started, rowid=rowid), last=seen < PAGE)
