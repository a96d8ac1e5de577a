"""SQL about links: which two ids are one thing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlite_utils import Database

from outlookd.core.model import Link, LinkStatus
from outlookd.store.codec import link_columns, link_of
from outlookd.store.statements import upsert


def load_links(db: Database, job: str) -> Sequence[Link]:
    """Every link of the job, oldest first."""
    return [link_of(row) for row in db.query("SELECT * FROM link WHERE job = ? ORDER BY rowid", [job])]


def keep_links(db: Database, links: Iterable[Link]) -> None:
    """Add or replace. Of several states of one link the last counts.

    Tombstones go first, so that in one transaction an id may pass from a link that ends to one that begins, whatever
    their order. Two living links with one id are refused by the schema.
    """
    latest = {link.id: link for link in links}
    ordered = sorted(latest.values(), key=lambda link: link.status is not LinkStatus.TOMBSTONE)
    if ordered:
        rows = [link_columns(link) for link in ordered]
        db.conn.executemany(upsert("link", rows[0], key=["id"]), rows)
