"""The database as a file: where it is, who may read it, and the copy made before it is changed.

It knows paths and permissions, and opens no connection of its own. Trap: this process must never open and close the
database's file itself, because closing it would drop the locks that SQLite holds on the same file; `chmod` and creating a
file that was not there are harmless.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path

import sqlite_utils

from outlookd.errors import ConfigurationError, StoreError

_SCHEME = "sqlite:///"

PRIVATE = 0o600
"""The file holds personal data and sealed tokens: for its owner only. SQLite makes -wal and -shm with the same mode."""

COMPANIONS = ("-wal", "-shm")
"""What SQLite keeps beside a database that is in use. The first holds the latest commits: the three belong together."""


def path_of(url: str) -> Path:
    """The file of ``state.url``: ``sqlite:////var/lib/x.db`` is absolute, ``sqlite:///x.db`` relative.

    Raises ConfigurationError for any other kind of address.
    """
    name = url.removeprefix(_SCHEME)
    if name in {url, ""} or "?" in name:
        # The address itself is not shown: one of another kind of database can hold a password.
        fault = "state.url: must be sqlite:/// and the path of a file, such as sqlite:////var/lib/outlookd/state.db"
        raise ConfigurationError("the state database's address cannot be used", faults=[fault])
    return Path(name)


def find_file(path: Path) -> None:
    """Make sure that there is a database to read.

    Raises StoreError.
    """
    if not path.is_file():
        raise StoreError(
            f"there is no state database at {path}",
            code="SQLITE_CANTOPEN",
            hint="The first `outlookd run` or `outlookd sync` makes it.",
        )


def prepare_file(path: Path) -> None:
    """Make sure that there is a file to write, readable by its owner only. An empty file is an empty database.

    Raises ConfigurationError when the directory is missing or everybody may write to it, OSError when the file cannot be made or
    is not ours.
    """
    if not path.parent.is_dir():
        fault = f"state.url: the directory {path.parent} does not exist"
        raise ConfigurationError(
            "the state database has no place to be",
            faults=[fault],
            hint="Create it for the user that runs outlookd, or correct state.url.",
        )
    _refuse_open_directory(path.parent)
    if path.exists():
        for file in (path, *companions_of(path)):
            _keep_private(file)
        return
    # Another process that is faster does the same.
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, PRIVATE))


def companions_of(path: Path) -> tuple[Path, ...]:
    """The files that SQLite keeps beside the database at `path`, there or not."""
    return tuple(path.with_name(path.name + suffix) for suffix in COMPANIONS)


def _refuse_open_directory(directory: Path) -> None:
    """Whoever may write there can put another database, with other people's sign-ins, in the place of ours."""
    mode = directory.stat().st_mode
    if mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
        fault = f"state.url: everybody may write to {directory}; run chmod 0700 on it"
        raise ConfigurationError("the place of the state database is not safe", faults=[fault])


def _keep_private(path: Path) -> None:
    """Take from others what they may do with the file; what its owner may not do stays forbidden."""
    with suppress(FileNotFoundError):  # another process that closes the database takes its companions along
        mode = stat.S_IMODE(path.stat().st_mode)
        if path.is_file() and mode & ~PRIVATE:
            path.chmod(mode & PRIVATE)


def copy_database(db: sqlite_utils.Database, target: Path) -> None:
    """Write a consistent copy of an open database to `target`, durably, or leave `target` as it was.

    ``VACUUM INTO`` because it is consistent under load where copying files is not (operations 5.4). It accepts an empty
    file, which is how the copy gets its permissions before its contents. Raises sqlite3.Error, OSError.
    """
    unfinished = target.with_name(f"{target.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    os.close(os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, PRIVATE))
    try:
        db.execute("VACUUM INTO ?", [str(unfinished)])
        sync_file(unfinished)
        give_name(unfinished, target)
    finally:
        unfinished.unlink(missing_ok=True)


def write_private(path: Path, content: bytes) -> None:
    """Make a file that only its owner may read, durably, in place of what is there. It is whole, or as it was. Raises OSError."""
    _write(path, content, PRIVATE, owner=None)


def replace_private(path: Path, content: bytes) -> None:
    """The same for a file that is there: it keeps its owner and group, and what these may do. Raises OSError."""
    present = path.stat()
    _write(path, content, stat.S_IMODE(present.st_mode) & (PRIVATE | stat.S_IRGRP), owner=(present.st_uid, present.st_gid))


def _write(path: Path, content: bytes, mode: int, *, owner: tuple[int, int] | None) -> None:
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.unfinished")
    unfinished.unlink(missing_ok=True)
    handle = os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, PRIVATE)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            if owner is not None:
                os.fchown(handle, *owner)
            os.fchmod(handle, mode)
            os.fsync(stream.fileno())
        give_name(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)


def give_name(finished: Path, target: Path) -> None:
    """Call a file `target` from now on, in place of what is there, durably: a power failure would bring the old one back otherwise.

    Raises OSError.
    """
    finished.replace(target)
    sync_directory(target.parent)


def sync_file(path: Path) -> None:
    """Have what was written to a file survive a power failure. Raises OSError."""
    _sync(path, os.O_RDONLY)


def sync_directory(path: Path) -> None:
    """The same for the names of its files: made, given, taken away. Raises OSError."""
    _sync(path, os.O_RDONLY | os.O_DIRECTORY)


def _sync(path: Path, flags: int) -> None:
    handle = os.open(path, flags | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
