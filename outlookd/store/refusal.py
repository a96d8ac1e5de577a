"""What SQLite says when it refuses, put into our errors with what a person can do about it.

It knows SQLite's error names and nothing of our tables. SQLite's own texts name tables and columns but never values, so
they may be logged; the values of the statement never get here.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from outlookd.errors import StoreError, StoreFull

_DUPLICATE = frozenset({"SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY"})


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn what sqlite3 raises inside the block into StoreError or StoreFull. `path` is the database's file."""
    try:
        yield
    except sqlite3.Error as error:
        raise refusal_of(error, path) from error
    except UnicodeEncodeError:
        # Identifiers are kept as they are, and SQLite holds UTF-8 only. The error's own text would show the identifier.
        raise StoreError(f"an identifier that is not valid Unicode cannot be kept in {path}", code="SQLITE_MISMATCH") from None


def refusal_of(error: sqlite3.Error, path: Path) -> StoreError:
    """Our error for one of SQLite's. The name's first two words are the kind (``SQLITE_IOERR_WRITE`` is an IOERR)."""
    code: str = getattr(error, "sqlite_errorname", "")
    match "_".join(code.split("_")[:2]):
        case "SQLITE_FULL":
            return StoreFull(
                f"no room left to write {path}",
                code=code,
                hint="Free some space on that file system; until then nothing is written to either side.",
            )
        case "SQLITE_IOERR":
            return StoreError(
                f"reading or writing {path} failed", code=code, hint="Check the disk, its free space and the limit on file sizes."
            )
        case "SQLITE_NOTADB" | "SQLITE_CORRUPT":
            return StoreError(
                f"{path} is damaged, or not a database at all",
                code=code,
                hint="Move it away together with its -wal and -shm files and restore the last backup, or correct state.url.",
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
            return _broken_rule(error, code)
        case _:
            return StoreError(f"the state database refused: {error}", code=code)


def _broken_rule(error: sqlite3.Error, code: str) -> StoreError:
    if code in _DUPLICATE:
        return StoreError(f"refused, because it would make a duplicate ({error})", code=code, hint="Nothing was changed.")
    return StoreError(f"refused, because it breaks a rule of the state database ({error})", code=code, hint="Nothing was changed.")
