"""A database of an earlier version, for commands that only look while that version may still be running.

It knows that such a file must not be changed: the daemon that writes it would find tables that it does not know, and end with the
next start. What the copy is brought up to date with is `migrations`' knowledge.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import sqlite_utils

from outlookd.store.files import copy_database, find_file
from outlookd.store.migrations import is_older
from outlookd.store.refusal import translated


def copy_if_older(path: Path, target: Path) -> bool:
    """Copy the database at `path` to `target` if an earlier outlookd made it, and say whether it did. It may be in use.

    Raises StoreTooNew, StoreFull, StoreError.
    """
    with translated(path):
        find_file(path)
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)) as connection:
            db = sqlite_utils.Database(connection, execute_plugins=False)
            older = is_older(db, path)
            if older:
                with translated(target):
                    copy_database(db, target)
            return older
