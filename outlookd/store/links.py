"""SQL about links: which two ids are one thing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from sqlite_utils import Database

from outlookd.core.model import Link
from outlookd.store.codec import link_columns, link_of
from outlookd.store.statements import upsert
from outlookd.store.values import dump_json

# One parameter for all ids: there may be more of them than a statement takes. The conditions on status and on emptiness are
# repeated in both halves because they are what lets SQLite use the indexes, which are partial.
_OTHERS = """SELECT * FROM link WHERE job <> :job AND rowid IN (
    SELECT rowid FROM link
    WHERE status <> 'tombstone' AND meeting <> '' AND meeting IN (SELECT value FROM json_each(:meetings))
    UNION SELECT rowid FROM link
    WHERE status <> 'tombstone' AND outlook_id <> '' AND outlook_id IN (SELECT value FROM json_each(:items)))
    ORDER BY rowid"""

# Ids of Outlook are looked up among the living through an index; a tombstone's must be searched for, which only a person asks.
_FIND = "SELECT * FROM link WHERE id = ? OR gopaas_id = ? OR outlook_id = ? ORDER BY rowid"


def load_links(db: Database, job: str) -> Sequence[Link]:
    """Every link of the job, oldest first."""
    return [link_of(row) for row in db.query("SELECT * FROM link WHERE job = ? ORDER BY rowid", [job])]


def find_links(db: Database, id: str) -> Sequence[Link]:
    """The links of all jobs, tombstones included, that this id belongs to: theirs, their row's or their item's. Oldest first."""
    return [link_of(row) for row in db.query(_FIND, [id, id, id])] if id else []


def load_others(db: Database, job: str, *, meetings: Collection[str], outlook_ids: Collection[str]) -> Sequence[Link]:
    """The living links of all other jobs over any of these meetings or Outlook items, oldest first."""
    given = {"job": job, "meetings": dump_json(list(meetings)), "items": dump_json(list(outlook_ids))}
    return [link_of(row) for row in db.query(_OTHERS, given)]


def keep_links(db: Database, links: Iterable[Link]) -> None:
    """Add or replace. Of several states of one link the last counts.

    Two living links with one id are refused by the schema. It judges row by row, so all links that are about to change give
    their ids up first: an id may then pass from one to another in one commit, whatever their order.
    """
    latest = {link.id: link for link in links}
    if latest:
        rows = [link_columns(link) for link in latest.values()]
        db.conn.executemany("UPDATE link SET gopaas_id = '', outlook_id = '' WHERE id = ?", [(id_,) for id_ in latest])
        db.conn.executemany(upsert("link", rows[0], key=["id"]), rows)
