"""SQL about links: which two ids are one thing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlite_utils import Database

from outlookd.core.model import Link
from outlookd.store.codec import link_columns, link_of
from outlookd.store.statements import upsert


def load_links(db: Database, job: str) -> Sequence[Link]:
    """Every link of the job, oldest first."""
    return [link_of(row) for row in db.query("SELECT * FROM link WHERE job = ? ORDER BY rowid", [job])]


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
