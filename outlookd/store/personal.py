"""What the state database holds about one login: where, how it is shown to that person, and how all of it goes.

It knows every table (a test compares `PERSONAL` and `IMPERSONAL` with the schema). It does not know whether the login still has a
job, nor whether one runs: the caller asks first. Only our memory goes; what is in GoPaaS and Outlook is theirs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlite_utils

from outlookd.store.database import Database
from outlookd.store.values import dump_json, load_json

_BY_LOGIN = "login = :login"
_BY_JOB = "job IN (SELECT value FROM json_each(:jobs))"
_BY_LINK = f"link IN (SELECT id FROM link WHERE {_BY_JOB})"  # noqa: S608 - constants
_BY_RUN = f"run IN (SELECT run FROM run WHERE {_BY_JOB})"  # noqa: S608 - constants


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """A table with rows about people; `where` says which are a login's.

    An export parses the columns `json`, and leaves out those that are `secret`.
    """

    table: str
    where: str = _BY_JOB
    json: tuple[str, ...] = ()
    secret: tuple[str, ...] = ()


_BASES = tuple(f"{side}_{part}" for side in ("gopaas", "outlook") for part in ("fields", "before"))

PERSONAL = (
    Holding(table="conflict", where=_BY_LINK, json=("gopaas", "outlook", "base")),
    Holding(table="journal", where=f"({_BY_LINK} OR {_BY_RUN})", json=("before", "after", "seen", "image")),
    Holding(table="intent", json=("link", "before", "after", "longer", "seen", "image", "conflicts", "resolves")),
    Holding(table="link", json=(*_BASES, "sealed")),
    Holding(table="sighting"),
    Holding(table="watermark", secret=("cursor",)),
    Holding(table="quarantine"),
    Holding(table="container"),
    Holding(table="note"),
    Holding(table="run", json=("requests",)),
    Holding(table="subscription", where=_BY_LOGIN, secret=("client_state",)),
    Holding(table="session", where=_BY_LOGIN, secret=("digest",)),
    Holding(table="ticket", where=_BY_LOGIN, secret=("digest",)),
    Holding(table="roster", where=_BY_LOGIN, secret=("sealed",)),
    Holding(table="account", where=_BY_LOGIN, secret=("cache",)),
)
"""In the order in which rows may go: what refers to a row goes before it."""

IMPERSONAL: Mapping[str, str] = {
    "backup": "when backups were made",
    "flow": "sign-ins in progress: sealed, over after ten minutes, and without its link one signs in nobody",
    "installation": "a random number",
    "lease": "which process runs which job: goes with the run",
    "_sqlite_migrations": "which version made the tables",
}
"""The other tables, each with why nothing of it is shown or removed."""

_NAMED = " UNION ".join(f"SELECT job FROM {each.table}" for each in PERSONAL if each.where == _BY_JOB)  # noqa: S608 - constants
_JOBS = f"SELECT DISTINCT job FROM ({_NAMED}) WHERE substr(job, 1, length(:prefix)) = :prefix"  # noqa: S608 - constants
_OWNER = 'SELECT "user" FROM run WHERE job = ? ORDER BY started DESC LIMIT 1'
_LOGINS = 'SELECT login FROM account UNION SELECT login FROM roster UNION SELECT DISTINCT "user" FROM run'


class SqlitePersonal:
    """One login's rows. Every method raises StoreError, and StoreFull where it writes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def jobs(self, login: str) -> Sequence[str]:
        """The ids of the login's jobs that have left anything, configured or not."""
        return await self._database.read(lambda db: _jobs_of(db, login))

    async def export(self, login: str) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        """Every row about the login, by table, as values that JSON can carry. Never a token, a secret or a hash of one."""
        return await self._database.read(lambda db: _export(db, login))

    async def forget(self, login: str) -> Mapping[str, int]:
        """Remove every row about the login, all at once. Returns how many went, by table."""
        return await self._database.write(lambda db: _forget(db, login))


def _jobs_of(db: sqlite_utils.Database, login: str) -> Sequence[str]:
    """A job's id begins with its user; but a login may itself begin with another one and a slash."""
    longer = [name for (name,) in db.execute(_LOGINS).fetchall() if name.startswith(f"{login}/")]
    found = [job for (job,) in db.execute(_JOBS, {"prefix": f"{login}/"}).fetchall()]
    return sorted(job for job in found if _owner_of(db, job, login, longer) == login)


def _owner_of(db: sqlite_utils.Database, job: str, login: str, longer: Sequence[str]) -> str:
    row = db.execute(_OWNER, [job]).fetchone()
    if row is not None:
        return str(row[0])
    return max((name for name in (login, *longer) if job.startswith(f"{name}/")), key=len)


def _parameters(db: sqlite_utils.Database, login: str) -> dict[str, str]:
    return {"login": login, "jobs": dump_json(list(_jobs_of(db, login)))}


def _export(db: sqlite_utils.Database, login: str) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    given = _parameters(db, login)
    return {each.table: [_shown(row, each) for row in _rows(db, each, given)] for each in PERSONAL}


def _rows(db: sqlite_utils.Database, holding: Holding, given: dict[str, str]) -> list[dict[str, Any]]:
    return list(db.query(f"SELECT * FROM {holding.table} WHERE {holding.where}", given))  # noqa: S608 - constants


def _shown(row: Mapping[str, Any], holding: Holding) -> Mapping[str, Any]:
    return {name: load_json(value) if name in holding.json else value for name, value in row.items() if name not in holding.secret}


def _forget(db: sqlite_utils.Database, login: str) -> Mapping[str, int]:
    given = _parameters(db, login)
    return {
        each.table: db.execute(f"DELETE FROM {each.table} WHERE {each.where}", given).rowcount  # noqa: S608 - constants
        for each in PERSONAL
    }
