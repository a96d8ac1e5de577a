"""Another state key, without anybody signing in again: what the former keys open is sealed with the first one.

It knows the order in which keys and rows change, so that a crash at any moment leaves every row with its key in the file: first
the new key is written in front of the others, then all rows change in one transaction, and only a separate wish removes the
former keys. They still open older backups, which is why they stay until somebody says so.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from outlookd.sealing import Seal
from outlookd.store.database import open_database
from outlookd.store.sealed import Opened, seal_anew
from outlookd.store.solitude import require_alone

WriteKeys = Callable[[Sequence[bytes]], None]
"""Puts these keys, newest first, in the place of those that are there. Durable once it returns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotation:
    """What was sealed anew, by table, and how many keys there are now."""

    tables: Sequence[Opened]
    keys: int


async def rotate(state: Path, keys: Sequence[bytes], *, new: bytes | None, drop: bool, write: WriteKeys) -> Rotation:
    """Seal everything with `new`, or with the first of `keys`. `drop` removes all other keys afterwards.

    Refused while another process has the database open: it knows the former keys only, and would take every row for lost. One that
    starts meanwhile reads the new key too, for that is written first.

    Raises StoreError (``SQLITE_BUSY``), StoreFull, and what `write` raises.
    """
    require_alone(state)
    if new is not None:
        keys = (new, *keys)
        write(keys)
        require_alone(state)
    tables: Sequence[Opened] = ()
    if await asyncio.to_thread(state.exists):
        async with open_database(state) as database:
            tables = await database.write(lambda db: seal_anew(db, old=Seal(keys), new=Seal(keys[:1])))
    if drop and len(keys) > 1:
        keys = keys[:1]
        write(keys)
    return Rotation(tables=tables, keys=len(keys))
