"""SQL about the quarantine: records that could not be handled, each with its reason."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlite_utils import Database

from outlookd.core.model import Quarantined, Side
from outlookd.store.codec import quarantine_columns, quarantined_of
from outlookd.store.statements import upsert

_KEEP = upsert("quarantine", ["job", "side", "id", "reason", "since", "retry_at", "attempts"], key=["job", "side", "id"])
_LIFT = "DELETE FROM quarantine WHERE job = ? AND side = ? AND id = ?"


def load_quarantine(db: Database, job: str) -> Sequence[Quarantined]:
    """The job's quarantined records, in the order of their ids."""
    return [quarantined_of(row) for row in db.query("SELECT * FROM quarantine WHERE job = ? ORDER BY side, id", [job])]


def keep_quarantine(db: Database, job: str, *, put: Iterable[Quarantined], lift: Iterable[tuple[Side, str]]) -> None:
    """First lift, then put: a record in both is in quarantine afterwards."""
    db.conn.executemany(_LIFT, [(job, side.value, key) for side, key in lift])
    db.conn.executemany(_KEEP, [quarantine_columns(job, record) for record in put])
