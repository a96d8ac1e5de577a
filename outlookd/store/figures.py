"""What an operator counts, over all jobs, in one reading: where runs stand, what waits, subscriptions, backups, the file.

Knows SQL. It is read on a connection of its own, so that a scrape waits for no run and no run for a scrape. Every statement
uses an index or a small table; nothing here reads links, journal or fields.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from outlookd.core.model import RunStatus
from outlookd.store.runs import succeeded
from outlookd.store.values import dump_moment, load_moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """The latest verified copy of the database."""

    at: datetime
    bytes: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """How many records of a job wait, and since when the first of them does."""

    count: int = 0
    since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobFigures:
    """One job. `status` is how its last run ended, None before the first; `held` is what that run held back.

    `last_success` is when the latest run that did what it could began, as far back as was asked for.
    """

    status: RunStatus | None = None
    last_run: datetime | None = None
    held: int = 0
    last_success: datetime | None = None
    quarantined: Waiting = Waiting()
    unanswered: Waiting = Waiting()


@dataclass(frozen=True, slots=True, kw_only=True)
class Lapse:
    """When a login's subscription ends."""

    login: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreFigures:
    """The whole database. `bound` is when each login signed in."""

    jobs: Mapping[str, JobFigures]
    bound: Mapping[str, datetime]
    faulty_records: int
    subscriptions: tuple[Lapse, ...]
    backup: Backup | None
    migrations: int
    made_at: datetime


# Taking a run back or settling a conflict says nothing of how the job stands.
_LAST = "SELECT status, held, started FROM run WHERE job = ? AND status IS NOT NULL AND kind = 'sync' ORDER BY started DESC LIMIT 1"
_SUCCESS = f"""SELECT started FROM run WHERE job = ? AND status IS NOT NULL AND kind = 'sync' AND started >= ?
    AND {succeeded("run")} ORDER BY started DESC LIMIT 1"""  # noqa: S608 - constants
_QUARANTINED = "SELECT job, COUNT(*), MIN(since) FROM quarantine GROUP BY job"
_UNANSWERED = "SELECT job, COUNT(*), MIN(sent_at) FROM intent GROUP BY job"
_BACKUP = "SELECT at, bytes, seconds FROM backup ORDER BY at DESC LIMIT 1"
_LAPSES = "SELECT login, expires FROM subscription"
_MIGRATIONS = "SELECT COUNT(*), MIN(applied_at) FROM _sqlite_migrations WHERE migration_set = 'outlookd'"


def load_figures(db: Database, jobs: Iterable[str], *, since: datetime) -> StoreFigures:
    """The figures of `jobs` and of the database. Successes before `since` are not looked for: a job may have failed for months."""
    quarantined = _waiting(db, _QUARANTINED)
    unanswered = _waiting(db, _UNANSWERED)
    found = {
        job: _job(db, job, since, quarantined=quarantined.get(job, Waiting()), unanswered=unanswered.get(job, Waiting()))
        for job in jobs
    }
    count, made_at = db.execute(_MIGRATIONS).fetchone()
    return StoreFigures(
        jobs=found,
        bound={login: load_moment(at) for login, at in db.execute("SELECT login, bound_at FROM account")},
        faulty_records=db.execute("SELECT COUNT(*) FROM roster WHERE fault <> ''").fetchone()[0],
        subscriptions=tuple(Lapse(login=login, at=load_moment(at)) for login, at in db.execute(_LAPSES)),
        backup=_backup(db),
        migrations=count,
        made_at=load_moment(made_at),
    )


def _job(db: Database, job: str, since: datetime, *, quarantined: Waiting, unanswered: Waiting) -> JobFigures:
    last = db.execute(_LAST, [job]).fetchone()
    if last is None:
        return JobFigures(quarantined=quarantined, unanswered=unanswered)
    success = db.execute(_SUCCESS, [job, dump_moment(since)]).fetchone()
    return JobFigures(
        status=RunStatus(last[0]),
        held=last[1],
        last_run=load_moment(last[2]),
        last_success=load_moment(success[0]) if success else None,
        quarantined=quarantined,
        unanswered=unanswered,
    )


def _waiting(db: Database, statement: str) -> Mapping[str, Waiting]:
    return {job: Waiting(count=count, since=load_moment(since)) for job, count, since in db.execute(statement)}


def _backup(db: Database) -> Backup | None:
    row = db.execute(_BACKUP).fetchone()
    return Backup(at=load_moment(row[0]), bytes=row[1], seconds=row[2]) if row else None
