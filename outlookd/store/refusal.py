"""What SQLite says when it refuses, put into our errors with what a person can do about it.

It knows SQLite's error names and nothing of our tables. SQLite's own texts name tables and columns but never values, so
they may be logged; the values of the statement never get here.
"""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from outlookd.errors import StoreError, StoreFull

FULL = "full"
"""The trouble that ends when there is room again, and no sooner: one small write that still fits does not end it."""

LOCKED = "locked"
"""The trouble that ends with a transaction, whatever that changes: it got the lock."""

_DUPLICATE = frozenset({"SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY"})
_NO_SHARED_MEMORY = "SQLITE_IOERR_SHMSIZE"
"""What SQLite says where the index of its log cannot grow by 32 KiB, which even a reader needs: the disk is full."""

_BY_ERRNO = {
    errno.ENOSPC: "SQLITE_FULL",
    errno.EDQUOT: "SQLITE_FULL",
    errno.EACCES: "SQLITE_PERM",
    errno.EPERM: "SQLITE_PERM",
    errno.EROFS: "SQLITE_READONLY",
}
"""What SQLite would have said, for what we do to files ourselves."""


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn what sqlite3 and the file system raise inside the block into StoreError or StoreFull. `path` is the database's file."""
    try:
        yield
    except sqlite3.Error as error:
        raise refusal_of(getattr(error, "sqlite_errorname", ""), path, str(error)) from error
    except OSError as error:
        raise refusal_of(_BY_ERRNO.get(error.errno or 0, "SQLITE_IOERR"), path, error.strerror or "") from error
    except UnicodeEncodeError:
        # Identifiers are kept as they are, and SQLite holds UTF-8 only. The error's own text would show the identifier.
        raise StoreError(f"an identifier that is not valid Unicode cannot be kept in {path}", code="SQLITE_MISMATCH") from None


def refusal_of(code: str, path: Path, reason: str) -> StoreError:
    """Our error for one of SQLite's. The name's first two words are the kind (``SQLITE_IOERR_WRITE`` is an IOERR)."""
    code = "SQLITE_FULL" if code == _NO_SHARED_MEMORY else code
    match "_".join(code.split("_")[:2]):
        case "SQLITE_FULL":
            return StoreFull(
                f"no room left to write {path}",
                code=code,
                hint="Free some space on that file system; until then nothing is written to either side.",
            )
        case "SQLITE_IOERR":
            return StoreError(
                f"reading or writing {path} failed: {reason}",
                code=code,
                hint="Check the disk, its free space and the limit on file sizes.",
            )
        case "SQLITE_NOTADB" | "SQLITE_CORRUPT":
            return StoreError(
                f"{path} is damaged, or not a database at all",
                code=code,
                hint="Stop the daemon and put the last backup in its place (outlookd restore FILE), or correct state.url.",
            )
        case "SQLITE_READONLY" | "SQLITE_PERM" | "SQLITE_AUTH":
            return StoreError(
                f"{path} may only be read",
                code=code,
                hint="Give the file and its directory to the user that runs outlookd.",
            )
        case "SQLITE_CANTOPEN":
            return StoreError(
                f"{path} cannot be opened",
                code=code,
                hint="It must be a file, and the user that runs outlookd must be allowed to read and write it and its directory.",
            )
        case "SQLITE_BUSY" | "SQLITE_LOCKED":
            return StoreError(
                f"another process keeps {path} locked", code=code, hint="Try again; if it lasts, find what holds the file open."
            )
        case "SQLITE_CONSTRAINT":
            return _broken_rule(code, reason)
        case _:
            return StoreError(f"the state database refused: {reason}", code=code)


def trouble_of(error: StoreError) -> str:
    """One word for what keeps a file from being written; empty: the file may be well, this one write was not."""
    match "_".join(error.code.split("_")[:2]):
        case "SQLITE_FULL":
            return FULL
        case "SQLITE_IOERR":
            return "failing"
        case "SQLITE_NOTADB" | "SQLITE_CORRUPT":
            return "damaged"
        case "SQLITE_READONLY" | "SQLITE_PERM" | "SQLITE_AUTH" | "SQLITE_CANTOPEN":
            return "read_only"
        case "SQLITE_BUSY" | "SQLITE_LOCKED":
            return LOCKED
        case _:
            return ""


def _broken_rule(code: str, reason: str) -> StoreError:
    what = "would make a duplicate" if code in _DUPLICATE else "breaks a rule of the state database"
    return StoreError(f"refused, because it {what} ({reason})", code=code, hint="Nothing was changed.")
