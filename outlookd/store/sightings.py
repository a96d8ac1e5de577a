"""SQL about sightings: unlinked records that were seen and left alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlite_utils import Database

from outlookd.core.model import Link, LinkStatus, Side, Sighting

_KEEP = """INSERT INTO sighting (job, side, id, "natural", marker) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (job, side, id) DO UPDATE SET "natural" = excluded."natural", marker = excluded.marker"""
_FORGET = "DELETE FROM sighting WHERE job = ? AND side = ? AND id = ?"


def load_sightings(db: Database, job: str) -> Sequence[Sighting]:
    """The unlinked records of the job, in the order of their ids."""
    rows = db.query('SELECT side, id, "natural", marker FROM sighting WHERE job = ? ORDER BY side, id', [job])
    return [Sighting(side=Side(row["side"]), id=row["id"], natural=row["natural"], marker=row["marker"]) for row in rows]


def keep_sightings(
    db: Database, job: str, *, seen: Iterable[Sighting], unseen: Iterable[tuple[Side, str]], replace: Iterable[Side]
) -> None:
    """First `replace` empties whole sides, then `unseen` go, then `seen` are added or replaced: what was seen wins."""
    db.conn.executemany("DELETE FROM sighting WHERE job = ? AND side = ?", [(job, side.value) for side in replace])
    db.conn.executemany(_FORGET, [(job, side.value, key) for side, key in unseen])
    db.conn.executemany(_KEEP, [(job, one.side.value, one.id, one.natural, one.marker) for one in seen])


def forget_sightings(db: Database, links: Iterable[Link]) -> None:
    """Remove the two halves of every living link from the unlinked records, because they are linked now."""
    living = [link for link in links if link.status is not LinkStatus.TOMBSTONE]
    db.conn.executemany(_FORGET, [(link.job, side.value, link.side_id(side)) for link in living for side in Side])
