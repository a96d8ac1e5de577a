"""A backup put back in the place of the state database, so that whatever happens meanwhile one of the two is there, whole.

It knows files, SQLite's own checks and which rows must not come back with an older state. What a job does about being older than
the mailboxes is decided where it runs: it finds the note `RESTORED`.

The order is the promise (operations.md 5.4): copy the backup beside the database, check the copy, prepare it, sync it; only then,
with every other process shut out, keep the present files under another name and give the copy theirs. The present ones go
together: a ``-wal`` that stayed would be replayed into the new file.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import sqlite_utils

from outlookd.errors import ConfigurationError, StoreError, StoreFull
from outlookd.sealing import Seal
from outlookd.store.files import PRIVATE, companions_of, give_name, sync_directory, sync_file
from outlookd.store.jobs import keep_note
from outlookd.store.migrations import check_schema
from outlookd.store.refusal import translated
from outlookd.store.sealed import count_opening
from outlookd.store.solitude import alone, require_alone
from outlookd.store.values import load_moment

RESTORED = "restored"
"""The note about a job whose state is older than its mailbox: what was linked since is unknown."""

RESERVE = 64 * 2**20
"""Bytes that stay free, as for a backup."""

_JOBS = """SELECT job FROM link UNION SELECT job FROM watermark UNION SELECT job FROM container
    UNION SELECT job FROM sighting UNION SELECT job FROM run UNION SELECT job FROM intent ORDER BY job"""
_OVER = ("lease", "session", "ticket", "flow")
"""What a copy must not bring back: links that were used since, browsers that signed out since, and who ran a job then."""

_MAGIC = b"SQLite format 3\0"
_DAMAGED = ("SQLITE_CORRUPT", "SQLITE_NOTADB")


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What was done. `former` is what the database was before, None when there was none; `jobs` are those with a note.

    `latest` is when the last run in the copy began: what happened since is unknown to it. `closed` sign-ins and records open with
    no key.
    """

    former: Path | None
    bytes: int
    jobs: Sequence[str]
    latest: datetime | None
    closed: int


def restore(source: Path, state: Path, *, seal: Seal, now: datetime, closed_too: bool = False, reserve: int = RESERVE) -> Restored:
    """Put a copy of `source` in the place of the database at `state`. Takes seconds, and blocks.

    `closed_too` accepts a copy whose sign-ins the present key does not open: their users sign in again.

    Raises StoreError (``SQLITE_BUSY``) while another process has the database open, StoreError when the copy fails a check or
    something is in the way, StoreFull, StoreTooNew and ConfigurationError. In each case the database is as it was.
    """
    state = state.resolve()
    _require_backup(source, state)
    require_alone(state)
    copy = state.with_name(f"{state.name}.{os.getpid()}.unrestored")
    try:
        with translated(copy):
            _copy(source, copy, reserve)
            jobs, latest, closed = _prepare(copy, source, seal, closed_too=closed_too)
            sync_file(copy)
            size = copy.stat().st_size
        with translated(state):
            _settle(state)
            with alone(state):
                former = _keep_former(state, now)
                give_name(copy, state)
    finally:
        for path in (copy, *companions_of(copy), copy.with_name(f"{copy.name}-journal")):
            path.unlink(missing_ok=True)
    return Restored(former=former, bytes=size, jobs=jobs, latest=latest, closed=closed)


# --- the copy ------------------------------------------------------------------------------------------------------------


def _require_backup(source: Path, state: Path) -> None:
    """Refuse what is no finished copy. A file with a ``-wal`` lacks its latest commits, which its ``-wal`` holds."""
    if not source.is_file():
        raise StoreError(f"there is no backup at {source}", code="SQLITE_CANTOPEN", hint="ls -l /var/backups/outlookd shows them.")
    if not state.parent.is_dir():
        raise ConfigurationError("the state database has no place to be", faults=[f"state.url: {state.parent} does not exist"])
    if any(path.exists() and path.samefile(source) for path in (state, *companions_of(state))):
        raise StoreError(f"{source} is the state database itself", hint="Name a backup.")
    beside = [path for path in companions_of(source) if path.exists() and path.stat().st_size]
    if beside:
        raise StoreError(
            f"{source} is not a backup but a database in use: there is {beside[0].name} beside it",
            code="SQLITE_BUSY",
            hint="Name a file that `outlookd backup` made.",
        )


def _copy(source: Path, copy: Path, reserve: int) -> None:
    needed, free = source.stat().st_size, shutil.disk_usage(copy.parent).free
    if free < needed + reserve:
        amounts = f"it takes {needed // 2**20 + 1} MiB, and {reserve // 2**20} MiB must stay free"
        raise StoreFull(f"no room for the copy in {copy.parent}: {amounts}", code="SQLITE_FULL", hint="Free some space there.")
    copy.unlink(missing_ok=True)
    handle = os.open(copy, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, PRIVATE)
    with source.open("rb") as reading, os.fdopen(handle, "wb") as writing:
        shutil.copyfileobj(reading, writing)


def _prepare(copy: Path, source: Path, seal: Seal, *, closed_too: bool) -> tuple[Sequence[str], datetime | None, int]:
    """Check the copy and make it fit to be used again: its jobs, when the last of them ran, and how many values stay closed."""
    try:
        with closing(sqlite3.connect(f"{copy.absolute().as_uri()}?mode=rw", uri=True, isolation_level=None)) as connection:
            db = sqlite_utils.Database(connection, execute_plugins=False)
            db.execute("PRAGMA secure_delete = ON")
            db.execute("PRAGMA journal_mode = DELETE")  # one file, with nothing beside it
            _check(db, source)
            closed = _check_key(db, source, seal, closed_too=closed_too)
            return *_make_ready(db), closed
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorname", "").startswith(_DAMAGED):
            raise _unfit(source, "is damaged, or not a database at all") from error
        raise


def _check(db: sqlite_utils.Database, source: Path) -> None:
    check_schema(db, source)
    if not db.table_names():
        raise _unfit(source, "is empty")
    if [row[0] for row in db.execute("PRAGMA integrity_check(1)").fetchall()] != ["ok"]:
        raise _unfit(source, "is damaged")
    if db.execute("PRAGMA foreign_key_check").fetchone() is not None:
        raise _unfit(source, "has rows that refer to nothing")


def _check_key(db: sqlite_utils.Database, source: Path, seal: Seal, *, closed_too: bool) -> int:
    closed = sum(table.closed for table in count_opening(db, seal) if table.table not in _OVER)
    if closed and not closed_too:
        raise StoreError(
            f"{closed} sign-ins or settings records in {source} cannot be opened with the present key",
            hint="Add the key of that time to state.key_file, as another line; or, if it is lost, "
            "give --closed-too: those users will have to sign in again.",
        )
    return closed


def _make_ready(db: sqlite_utils.Database) -> tuple[Sequence[str], datetime | None]:
    """Note with every job that its state is older than its mailbox, and remove what must not come back."""
    there = set(db.table_names())
    db.execute("BEGIN IMMEDIATE")
    jobs = [row[0] for row in db.execute(_JOBS).fetchall()]
    for job in jobs:
        keep_note(db, job, RESTORED, "1")
    for table in _OVER:
        if table in there:
            db.execute(f"DELETE FROM {table}")  # noqa: S608 - constants
    latest = db.execute("SELECT MAX(started) FROM run").fetchone()[0]
    db.commit()
    return jobs, None if latest is None else load_moment(latest)


def _unfit(source: Path, what: str) -> StoreError:
    hint = "Nothing was changed. Try an older backup."
    return StoreError(f"{source} {what}, so it was not restored", code="SQLITE_CORRUPT", hint=hint)


# --- the present one -----------------------------------------------------------------------------------------------------


def _settle(state: Path) -> None:
    """Bring what is in the ``-wal`` into the file, so that one rename takes everything.

    What SQLite would not recognise stays as it is: it would throw the ``-wal`` away.
    """
    if not state.exists():
        return
    with state.open("rb") as stream:
        if stream.read(len(_MAGIC)) != _MAGIC:
            return
    try:
        address = f"{state.absolute().as_uri()}?mode=rw"
        with closing(sqlite3.connect(address, uri=True, isolation_level=None, timeout=0)) as connection:
            connection.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.DatabaseError as error:
        if not getattr(error, "sqlite_errorname", "").startswith(_DAMAGED):
            raise


def _keep_former(state: Path, now: datetime) -> Path | None:
    """Give the present files a second name, and take the first one from all but the database, whose successor takes it over.

    Only a damaged database still has companions here: a healthy one is never without its own.
    """
    present = [path for path in (state, *companions_of(state)) if path.exists()]
    if not present:
        return None
    former = state.with_name(f"{state.name}.before-restore-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}")
    for path in present:
        os.link(path, former.with_name(former.name + path.name.removeprefix(state.name)))
    sync_directory(state.parent)
    for path in present:
        if path != state:
            path.unlink()
    return former
