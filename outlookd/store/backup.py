"""A copy of the state database that can be relied on: complete, checked, durable, private. And which older copies go.

It knows files and SQLite's own checks, and nothing of what the tables mean. The order is the promise: copy under another name,
sync, check, rename, sync the directory, remove what is too old, and only then note the success (operations.md 5.4). So a file
with a backup's name is always whole, whatever happened to the process or the power in between. The daemon goes on writing
meanwhile: ``VACUUM INTO`` sees one moment of the database, where copying its files under load gave a corrupt copy.
"""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeAlias

import sqlite_utils

from outlookd.errors import StoreError, StoreFull
from outlookd.ports import Clock
from outlookd.store.database import open_database
from outlookd.store.files import copy_database, give_name
from outlookd.store.migrations import check_current
from outlookd.store.refusal import refusal_of, translated
from outlookd.store.values import dump_moment

Copy: TypeAlias = Callable[[sqlite_utils.Database, Path], None]

RESERVE = 64 * 2**20
"""Bytes that a backup leaves free: it must not be what fills the disk that the daemon writes to."""

REMEMBERED = 50
"""Rows about past backups. The metrics need the last one; a person may like to see how they grow."""

LEFTOVER_AFTER = timedelta(days=1)
"""An unfinished copy as old as this belongs to a process that was killed: no backup takes a day."""

CHECKED = ("integrity", "foreign keys", "schema")
"""What every copy has to pass before it gets its name."""

_NAME = r"outlookd-\d{8}T\d{6}Z\.db"
_DAMAGED = ("SQLITE_CORRUPT", "SQLITE_NOTADB")
_INSERT = "INSERT OR REPLACE INTO backup (at, bytes, seconds) VALUES (?, ?, ?)"
_FORGET = "DELETE FROM backup WHERE at NOT IN (SELECT at FROM backup ORDER BY at DESC LIMIT ?)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """One backup. `at` is when its copying began (UTC); `seconds` include the checks; `removed` are the older ones that went."""

    path: Path
    at: datetime
    bytes: int
    seconds: float
    removed: tuple[Path, ...] = ()


async def back_up(
    state: Path, target: Path, *, clock: Clock, keep: int | None = None, copy: Copy = copy_database, reserve: int = RESERVE
) -> Backup:
    """Copy the database at `state` to the file `target`, in place of what is there.

    With `keep` only so many files that are called as `name_of` says stay in its directory: the newest ones, and in any case the new
    one. `copy` is what makes the copy, durably; `reserve` how many bytes stay free.

    Raises StoreFull when there is no room; StoreError when the copy fails a check, or anything else is in the way; StoreTooNew.
    Whatever was at `target` before is then as it was.
    """
    at, began = clock.now(), clock.monotonic()

    def work(db: sqlite_utils.Database) -> tuple[int, tuple[Path, ...]]:
        size = _make(db, state, target, copy=copy, reserve=reserve)
        return size, tuple(_remove_old(target, keep, at))

    # Only to read: a backup may be made by the next version already, and must not change the schema under a running daemon.
    async with open_database(state, read_only=True) as database:
        size, removed = await database.read(work)
    backup = Backup(path=target, at=at, bytes=size, seconds=clock.monotonic() - began, removed=removed)
    await _note(state, backup)
    return backup


def name_of(moment: datetime) -> str:
    """How a backup in a directory is called: the order of the names is the order of the times."""
    return f"outlookd-{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}.db"


# --- making --------------------------------------------------------------------------------------------------------------


def _make(db: sqlite_utils.Database, state: Path, target: Path, *, copy: Copy, reserve: int) -> int:
    """The whole way from an open database to a file that has earned its name. Returns its size."""
    if not target.parent.is_dir():
        hint = "Create it for the user that runs outlookd, or name another one."
        raise StoreError(f"the directory {target.parent} does not exist", code="SQLITE_CANTOPEN", hint=hint)
    # With our process in its name: two backups at a time may end in one file, but never check or name each other's.
    unchecked = target.with_name(f"{target.name}.{os.getpid()}.unchecked")
    with _blamed(state, target):
        _require_room(db, target, reserve)
        try:
            copy(db, unchecked)
            _check(unchecked, state)
            size = unchecked.stat().st_size
            give_name(unchecked, target)
        finally:
            unchecked.unlink(missing_ok=True)
    return size


def _require_room(db: sqlite_utils.Database, target: Path, reserve: int) -> None:
    pages, unused, size = (_pragma(db, name) for name in ("page_count", "freelist_count", "page_size"))
    needed = (pages - unused) * size
    free = shutil.disk_usage(target.parent).free
    if free < needed + reserve:
        amounts = f"it takes {needed // 2**20 + 1} MiB, and {reserve // 2**20} MiB must stay free"
        raise StoreFull(f"no room for a backup in {target.parent}: {amounts}", code="SQLITE_FULL", hint=_FREE_SPACE)


_FREE_SPACE = "Free some space on that file system, or keep fewer backups; the older ones are untouched."


def _pragma(db: sqlite_utils.Database, name: str) -> int:
    return int(db.execute(f"PRAGMA {name}").fetchone()[0])


@contextmanager
def _blamed(state: Path, target: Path) -> Iterator[None]:
    """Tell which of two files SQLite means: what is read may be damaged, everything else happens to what is written."""
    with translated(target):
        try:
            yield
        except sqlite3.Error as error:
            code = getattr(error, "sqlite_errorname", "")
            if code.startswith(_DAMAGED):
                raise refusal_of(code, state, str(error)) from error
            if code == "SQLITE_FULL":
                raise StoreFull(f"no room left to write {target}", code=code, hint=_FREE_SPACE) from error
            raise


# --- checking ------------------------------------------------------------------------------------------------------------


def _check(copied: Path, state: Path) -> None:
    """Refuse a copy that could not take the original's place. Raises StoreError."""
    # Immutable: nobody else knows the file, and a reader without locks leaves nothing beside it.
    address = f"{copied.absolute().as_uri()}?mode=ro&immutable=1"
    try:
        with closing(sqlite3.connect(address, uri=True, isolation_level=None)) as connection:
            db = sqlite_utils.Database(connection, execute_plugins=False)
            if [row[0] for row in db.execute("PRAGMA integrity_check(1)").fetchall()] != ["ok"]:
                raise _failed(CHECKED[0], state)
            if db.execute("PRAGMA foreign_key_check").fetchone() is not None:
                raise _failed(CHECKED[1], state)
            _check_schema(db, copied, state)
    except sqlite3.Error as error:
        raise _failed(CHECKED[0], state) from error


def _check_schema(db: sqlite_utils.Database, copied: Path, state: Path) -> None:
    """The original had the right one a moment ago, so what `check_current` would advise is no help here."""
    try:
        check_current(db, copied)
    except StoreError as error:
        raise _failed(CHECKED[2], state) from error


def _failed(check: str, state: Path) -> StoreError:
    return StoreError(
        f"the copy of {state} did not pass the check of its {check} and was thrown away",
        code="SQLITE_CORRUPT",
        hint="Older backups are untouched. Check the disk, then the state database (PRAGMA integrity_check in sqlite3).",
    )


# --- afterwards ----------------------------------------------------------------------------------------------------------


def _remove_old(target: Path, keep: int | None, now: datetime) -> Iterator[Path]:
    """Remove what killed processes left, and all but `keep` backups; yields the latter. Files of other names are not ours."""
    with translated(target.parent):
        ours = re.compile(rf"(?:{_NAME}|{re.escape(target.name)})\.\d+\.unchecked.*")
        for path in target.parent.iterdir():
            if ours.fullmatch(path.name) and now.timestamp() - path.stat().st_mtime > LEFTOVER_AFTER.total_seconds():
                path.unlink(missing_ok=True)
        if keep is None:
            return
        # Not by the files' times, which a copy of the directory changes. The new one stays, also after the clock was set back.
        others = sorted(path for path in target.parent.iterdir() if re.fullmatch(_NAME, path.name) and path != target)
        for path in others[: max(0, len(others) - (keep - 1))]:
            path.unlink(missing_ok=True)
            yield path


async def _note(state: Path, backup: Backup) -> None:
    """Remember the success in the database itself, where the metrics look: the file may be on another machine tomorrow.

    Raises StoreError, which says that the backup is there all the same.
    """

    def work(db: sqlite_utils.Database) -> None:
        db.execute(_INSERT, [dump_moment(backup.at), backup.bytes, backup.seconds])
        db.execute(_FORGET, [REMEMBERED])

    try:
        async with open_database(state) as database:
            await database.write(work)
    except StoreError as error:
        text = f"the backup {backup.path} is complete, but the state database could not note it: {error.message}"
        raise type(error)(text, code=error.code, hint=error.hint) from error
