"""GoPaaS's settings records as last read, so that who is synchronised is known without asking GoPaaS.

It knows rows. What is inside a sealed one, and whether a reading may be believed, is the caller's knowledge.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import sqlite_utils

from outlookd.store.database import Database
from outlookd.store.jobs import keep_note, load_notes
from outlookd.store.statements import upsert

_COLUMNS = ("record", "login", "fault", "sealed")
_KEEP = upsert("roster", _COLUMNS, key=["record"])
_DOUBT = "settings records"
"""Stands for a job's id among the notes; those of jobs have slashes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRecord:
    """One settings record: its key, whose it is, why it is no job (empty: it is one), and its cells sealed."""

    record: str
    login: str
    fault: str
    sealed: bytes


class SqliteRoster:
    """The settings records in the state database. Every method raises StoreError, and StoreFull where it writes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def load(self) -> Sequence[StoredRecord]:
        """Every record, in the order of their keys."""
        return await self._database.read(_load)

    async def keep(self, put: Collection[StoredRecord], drop: Collection[str]) -> None:
        """Add or replace some records and remove others, and forget any doubt. All of it, or nothing."""
        await self._database.write(lambda db: _keep(db, put, drop))

    async def doubt(self) -> str:
        """What was found hard to believe in the last reading; empty: nothing was."""
        return await self._database.read(lambda db: load_notes(db, _DOUBT).get("doubt", ""))

    async def keep_doubt(self, doubt: str) -> None:
        """Remember it for the next reading, whichever process makes that."""
        await self._database.write(lambda db: keep_note(db, _DOUBT, "doubt", doubt))


def _load(db: sqlite_utils.Database) -> Sequence[StoredRecord]:
    return [
        StoredRecord(
            record=row["record"],
            login=row["login"],
            fault=row["fault"],
            sealed=row["sealed"],
        )
        for row in db.query("SELECT * FROM roster ORDER BY record")
    ]


def _keep(db: sqlite_utils.Database, put: Collection[StoredRecord], drop: Collection[str]) -> None:
    db.conn.executemany("DELETE FROM roster WHERE record = ?", [(key,) for key in drop])
    db.conn.executemany(_KEEP, [_columns(record) for record in put])
    db.execute("DELETE FROM note WHERE job = ?", [_DOUBT])


def _columns(record: StoredRecord) -> dict[str, str | bytes]:
    return {
        "record": record.record,
        "login": record.login,
        "fault": record.fault,
        "sealed": record.sealed,
    }
