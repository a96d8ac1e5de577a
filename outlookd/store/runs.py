"""SQL about runs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlite_utils import Database

from outlookd.core.model import RunReport
from outlookd.store.codec import report_columns, report_of
from outlookd.store.statements import insert, upsert
from outlookd.store.values import dump_moment

_BEGIN = insert("run", ["run", "job", "user", "type", "started"])
_TELLING = """SELECT * FROM run WHERE job = ? AND status IS NOT NULL
    AND (held > 0 OR kind <> 'sync' OR EXISTS (SELECT 1 FROM journal WHERE journal.run = run.run))
    ORDER BY started DESC, rowid DESC LIMIT ? OFFSET ?"""
_LATEST = "SELECT * FROM run WHERE job = ? AND status IS NOT NULL ORDER BY started DESC, rowid DESC LIMIT ?"


def succeeded(run: str) -> str:
    """SQL that says whether `run`, a row of the table by whatever name, did what it could: a guard may have held back the rest."""
    return f"({run}.status = 'ok' OR ({run}.status = 'held' AND {run}.held > 0))"


def begin_run(db: Database, *, run: str, job: str, user: str, type: str, started: datetime) -> None:
    """Open a run. It stays without a status for ever if the process dies before the end."""
    db.execute(_BEGIN, {"run": run, "job": job, "user": user, "type": type, "started": dump_moment(started)})


def finish_run(db: Database, report: RunReport) -> None:
    """Keep the report, also of a run that was never opened: what was done is worth more than the order of calls."""
    columns = report_columns(report)
    db.execute(upsert("run", columns, key=["run"]), columns)


def load_report(db: Database, run: str) -> RunReport | None:
    """One finished run."""
    row = next(iter(db.query("SELECT * FROM run WHERE run = ? AND status IS NOT NULL", [run])), None)
    return None if row is None else report_of(row)


def load_runs(db: Database, job: str, limit: int) -> Sequence[RunReport]:
    """The latest finished runs, newest first."""
    return [report_of(row) for row in db.query(_LATEST, [job, limit])]


def load_telling_runs(db: Database, job: str, *, limit: int, skip: int) -> Sequence[RunReport]:
    """Finished runs that did, decided or held back something, newest first. Of a quiet job nearly none do."""
    return [report_of(row) for row in db.query(_TELLING, [job, limit, skip])]
