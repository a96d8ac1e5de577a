"""SQL about watermarks: where to continue reading a side."""

from __future__ import annotations

from collections.abc import Mapping

from sqlite_utils import Database

from outlookd.core.model import Side, Watermark
from outlookd.store.values import dump_moment, load_moment

_MOVE = """INSERT INTO watermark (job, side, cursor, full_at) VALUES (?, ?, ?, ?)
    ON CONFLICT (job, side) DO UPDATE SET cursor = excluded.cursor, full_at = excluded.full_at"""


def load_watermark(db: Database, job: str, side: Side) -> Watermark | None:
    """The side's watermark, or None before the first reading."""
    for row in db.query("SELECT cursor, full_at FROM watermark WHERE job = ? AND side = ?", [job, side.value]):
        return Watermark(cursor=row["cursor"], full_at=None if row["full_at"] is None else load_moment(row["full_at"]))
    return None


def move_watermarks(db: Database, job: str, watermarks: Mapping[Side, Watermark]) -> None:
    """Replace the watermarks of the sides named; the others stay."""
    for side, mark in watermarks.items():
        db.execute(_MOVE, [job, side.value, mark.cursor, None if mark.full_at is None else dump_moment(mark.full_at)])
