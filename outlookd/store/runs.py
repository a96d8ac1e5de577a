"""SQL about runs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlite_utils import Database

from outlookd.core.model import INTERRUPTED, WRITES, RunKind, RunReport, Side
from outlookd.store.codec import report_columns, report_of
from outlookd.store.statements import insert, upsert
from outlookd.store.values import dump_moment

_BEGIN = insert("run", ["run", "job", "user", "type", "started", "kind"])
_COUNTS = {"create": "created", "update": "updated", "delete": "deleted"}
_COUNTED = ", ".join(
    f"{_COUNTS[op]}_{side} = (SELECT COUNT(*) FROM journal WHERE journal.run = run.run AND op = '{op}' AND side = '{side}')"  # noqa: S608 - constants
    for op in sorted(WRITES)
    for side in Side
)
_CLOSE = f"""UPDATE run SET status = 'failed', exit_status = 1, message = :message, {_COUNTED},
    mail_writes = (SELECT COUNT(*) FROM journal WHERE journal.run = run.run AND mails)
    WHERE job = :job AND status IS NULL"""  # noqa: S608 - constants
_TELLING = """SELECT * FROM run WHERE job = ? AND status IS NOT NULL
    AND (held > 0 OR kind <> 'sync' OR EXISTS (SELECT 1 FROM journal WHERE journal.run = run.run))
    ORDER BY started DESC, rowid DESC LIMIT ? OFFSET ?"""
_LATEST = "SELECT * FROM run WHERE job = ? AND status IS NOT NULL ORDER BY started DESC, rowid DESC LIMIT ?"


def succeeded(run: str) -> str:
    """SQL that says whether `run`, a row of the table by whatever name, did what it could: a guard may have held back the rest."""
    return f"({run}.status = 'ok' OR ({run}.status = 'held' AND {run}.held > 0))"


def begin_run(db: Database, *, run: str, job: str, user: str, type: str, started: datetime, kind: RunKind) -> None:
    """Open a run under the job's lease. What is still open of that job was interrupted, and is closed with what its journal tells.

    A write of it that recovery finds afterwards gets its line there, and is counted in the run that found it.
    """
    db.execute(_CLOSE, {"job": job, "message": INTERRUPTED})
    row = {"run": run, "job": job, "user": user, "type": type, "started": dump_moment(started), "kind": kind.value}
    db.execute(_BEGIN, row)


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
