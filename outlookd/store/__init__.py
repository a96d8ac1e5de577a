"""The state database: what must survive a crash, behind `ports.Store` and `ports.Accounts`.

Other packages use `open_store` and nothing else of this one.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from outlookd.store.database import open_database
from outlookd.store.files import path_of
from outlookd.store.sqlite import SqliteStore

__all__ = ["SqliteStore", "open_store"]


@asynccontextmanager
async def open_store(url: str, *, read_only: bool = False) -> AsyncIterator[SqliteStore]:
    """The store at ``state.url``, open for as long as the block runs; its `accounts` are in the same file.

    The file is made, and an older one brought up to date, unless `read_only`: so opened, it can be read while a daemon
    writes it, and every writing method raises StoreError.

    Raises ConfigurationError (address, directory), StoreTooNew, StoreFull, StoreError.
    """
    async with open_database(path_of(url), read_only=read_only) as database:
        yield SqliteStore(database)
