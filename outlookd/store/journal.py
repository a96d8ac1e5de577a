"""SQL about the journal and the conflicts: what was changed, and what was lost in the merging."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from outlookd.core.model import Conflict, JournalEntry, Link, Side
from outlookd.store.codec import conflict_columns, conflict_of, entry_columns, entry_of, link_of
from outlookd.store.statements import insert
from outlookd.store.values import dump_json, dump_moment, load_moment

_WHAT = ["run", "at", "op", "side", "link", "gopaas_id", "outlook_id", "before", "after", "reason", "rule", "mails"]
_ENTRY = insert("journal", [*_WHAT, "seen", "image", "undone"])
_CONFLICT = insert("conflict", ["link", "field_group", "winner", "gopaas", "outlook", "base", "rule", "run", "at"])
_CONFLICTS_OF_JOB = "SELECT conflict.* FROM link JOIN conflict ON conflict.link = link.id WHERE link.job = ? ORDER BY conflict.seq"

_HISTORY = """SELECT * FROM journal WHERE seq IN (
    SELECT seq FROM journal WHERE link IN (SELECT value FROM json_each(:ids))
    UNION SELECT seq FROM journal WHERE gopaas_id <> '' AND gopaas_id IN (SELECT value FROM json_each(:ids))
    UNION SELECT seq FROM journal WHERE outlook_id <> '' AND outlook_id IN (SELECT value FROM json_each(:ids)))
    AND at >= :since ORDER BY seq"""
_CONFLICT_ALONE = "SELECT conflict.*, link.job FROM conflict JOIN link ON conflict.link = link.id WHERE conflict.seq = ?"
_SETTLE = "UPDATE conflict SET resolved = :side, resolved_at = :at WHERE seq = :seq"

_REOPEN = """UPDATE conflict SET resolved = NULL, resolved_at = NULL
    WHERE resolved IS NOT NULL AND link = (SELECT link FROM journal WHERE seq = :seq)
    AND resolved_at = (SELECT at FROM journal WHERE seq = :seq)"""

_LATEST_OF_JOB = """SELECT conflict.* FROM link JOIN conflict ON conflict.link = link.id
    WHERE link.job = ? AND conflict.at >= ? AND conflict.winner IS NOT NULL ORDER BY conflict.seq DESC LIMIT ?"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A conflict that a write has settled, whose value was kept and since when, and the pair as it is now."""

    conflict: Conflict
    kept: Side
    link: Link
    at: datetime


def append_entry(db: Database, entry: JournalEntry) -> None:
    """Add a line. Of a line only `undone` ever changes."""
    db.execute(_ENTRY, entry_columns(entry))


def mark_undone(db: Database, seq: int, run: str) -> None:
    """Note on a line that `run` took it back. A conflict that was settled with this line is not settled any more."""
    db.execute("UPDATE journal SET undone = ? WHERE seq = ?", [run, seq])
    db.execute(_REOPEN, {"seq": seq})


def load_entries(db: Database, run: str) -> Sequence[JournalEntry]:
    """A run's lines, in the order written."""
    return [entry_of(row) for row in db.query("SELECT * FROM journal WHERE run = ? ORDER BY seq", [run])]


def load_history(db: Database, ids: Collection[str], since: datetime | None = None) -> Sequence[JournalEntry]:
    """The lines of links, rows or items by any of these ids, oldest first; those before `since` left out."""
    begin = dump_moment(since) if since is not None else ""
    return [entry_of(row) for row in db.query(_HISTORY, {"ids": dump_json(list(ids)), "since": begin})]


def append_conflict(db: Database, conflict: Conflict, entry: JournalEntry | None) -> None:
    """Keep a losing value (design rule 4), until `store.retention` lets a decided conflict go.

    Its link must be known; `entry` tells when it lost, and in which run.
    """
    when = {"run": None, "at": None} if entry is None else {"run": entry.run, "at": dump_moment(entry.at)}
    db.execute(_CONFLICT, conflict_columns(conflict) | when)


def load_conflicts(db: Database, job: str) -> Sequence[Conflict]:
    """Every conflict of the job's links, oldest first."""
    return [conflict_of(row) for row in db.query(_CONFLICTS_OF_JOB, [job])]


def load_conflict(db: Database, seq: int) -> tuple[str, Conflict] | None:
    """One conflict by its number, with the job that it belongs to."""
    row = next(iter(db.query(_CONFLICT_ALONE, [seq])), None)
    return None if row is None else (row["job"], conflict_of(row))


def settle_conflict(db: Database, seq: int, side: Side | None, at: datetime) -> None:
    """Note that a person chose the values of `side`, or (None) that both sides agree by themselves."""
    db.execute(_SETTLE, {"seq": seq, "side": None if side is None else side.value, "at": dump_moment(at)})


def load_decided(db: Database, job: str, *, since: datetime, limit: int) -> Sequence[Decided]:
    """The latest conflicts of the job's links that were settled since then, newest first."""
    rows = list(db.query(_LATEST_OF_JOB, [job, dump_moment(since), limit]))
    links = {id: link_of(row) for id in {row["link"] for row in rows} for row in db.query("SELECT * FROM link WHERE id = ?", [id])}
    return [
        Decided(conflict=conflict_of(row), kept=Side(row["winner"]), link=links[row["link"]], at=load_moment(row["at"]))
        for row in rows
    ]
