"""Having the database to oneself: for the few things that must not be done beside a daemon.

It knows SQLite's locks on the file, and no table. A mark that a daemon leaves tells nothing after a crash, and a lease only of
runs; the lock of whoever has the file open is gone with the process. Python's own file functions are used because a damaged file,
for which this is needed most, cannot be opened as a database.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from outlookd.errors import StoreError
from outlookd.store.refusal import translated

_LOCK_START, _LOCK_LENGTH = 0x40000002, 510
"""The bytes on which SQLite keeps its shared locks ("the lock-byte page" of its file format).

Whoever has a database in WAL mode open holds one there from the first reading to the end, idle or not (seen with SQLite 3.40).
"""


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Keep every other process from the database at `path` for as long as the block runs.

    Within the block this process must not open the database either: closing it would drop the lock. A file that is not there is
    nobody's. Raises StoreError (``SQLITE_BUSY``) when somebody has it open, at once and having changed nothing.
    """
    if not path.exists():
        yield
        return
    with translated(path):
        handle = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    try:
        _lock(handle, path)
        yield
    finally:
        os.close(handle)


def require_alone(path: Path) -> None:
    """The same, looked at once. Raises StoreError (``SQLITE_BUSY``)."""
    with alone(path):
        pass


def _lock(handle: int, path: Path) -> None:
    try:
        fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB, _LOCK_LENGTH, _LOCK_START)
    except OSError as error:
        raise StoreError(
            f"another process has {path} open: the daemon, or a command",
            code="SQLITE_BUSY",
            hint="Stop it (systemctl stop outlookd), do this again, then start it.",
        ) from error
