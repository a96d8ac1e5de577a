"""One SQLite connection that one thread owns, behind two coroutines: `read` and `write`.

It knows threads, transactions and pragmas, and no table. The connection belongs to a pool of exactly one thread, because
blocks of several threads on one connection mix (a row whose block had failed was kept; dependencies 1.4). What it is
given to do runs there, whole, one after the other: no transaction can contain an ``await``, so none spans a network call.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TypeVar

import sqlite_utils
import structlog

from outlookd.errors import StoreError
from outlookd.store.files import find_file, prepare_file
from outlookd.store.migrations import check_current, migrate
from outlookd.store.refusal import FULL, LOCKED, translated, trouble_of
from outlookd.store.room import Room, free_beside, has_room, require_room

log = structlog.get_logger()

_Result = TypeVar("_Result")

_PRAGMAS = (
    "busy_timeout = 10000",  # milliseconds; first, because changing to WAL may have to wait for another process
    "foreign_keys = ON",
    "secure_delete = ON",  # what is deleted is personal data
    "trusted_schema = OFF",
)
_WRITER_PRAGMAS = (
    "journal_mode = WAL",  # another process may read while we write
    "synchronous = FULL",  # NORMAL lost acknowledged commits at a power failure (operations 5.6)
)


class Database:
    """The state database, opened by `open_database`.

    Work is a function of a `sqlite_utils.Database`; it must not keep it, nor hand out a cursor. `trouble` is one word for what kept
    the latest write from the file (`refusal.trouble_of`), and empty again once something could be written with room to spare.
    `free` tells how much room there is.
    """

    def __init__(self, path: Path, *, read_only: bool = False, free: Room = free_beside) -> None:
        self.path = path
        self.read_only = read_only
        self.trouble = ""
        self._free = free
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="store")
        self._connection: sqlite_utils.Database | None = None

    async def read(self, work: Callable[[sqlite_utils.Database], _Result]) -> _Result:
        """What `work` finds. Raises StoreError."""
        return await self._submit(lambda: self._query(work))

    async def write(self, work: Callable[[sqlite_utils.Database], _Result]) -> _Result:
        """What `work` returns, once everything that it wrote is durable; if it raises, nothing was written.

        A caller that is cancelled leaves at once, but the transaction is carried through: a write to a side that has
        happened must not be forgotten because somebody pressed Ctrl-C while it was being recorded. Raises StoreFull, StoreError.
        """
        future = self._submit(lambda: self._transact(work))
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            future.add_done_callback(_report_abandoned)
            raise

    async def begin(self, work: Callable[[sqlite_utils.Database], _Result]) -> _Result:
        """`write`, for what leads to writes that must be recorded later: refused while there is too little room for these.

        Raises StoreFull, StoreError.
        """

        def with_room(db: sqlite_utils.Database) -> _Result:
            require_room(self.path, self._free)
            return work(db)

        return await self.write(with_room)

    async def close(self) -> None:
        """Wait for what was asked for, then let go of the file. Nothing may be asked for afterwards."""
        try:
            await asyncio.shield(self._submit(self._close))
        finally:
            self._thread.shutdown(wait=False)

    async def open(self) -> None:
        """Connect, and bring the schema up to date. Raises ConfigurationError, StoreTooNew, StoreError."""
        try:
            await self._submit(self._open)
        except BaseException:  # whatever it is goes on; neither the thread nor the connection must stay
            await self.close()
            raise

    def _submit(self, work: Callable[[], _Result]) -> asyncio.Future[_Result]:
        try:
            return asyncio.get_running_loop().run_in_executor(self._thread, work)
        except RuntimeError as error:
            raise StoreError("the state database has been closed") from error

    # From here on, everything runs in the owner thread.

    def _open(self) -> None:
        with translated(self.path):
            if self.read_only:
                find_file(self.path)
            else:
                prepare_file(self.path)
            # The file exists: in any other mode than these SQLite would create it, readable by everybody.
            address = f"{self.path.absolute().as_uri()}?mode={'ro' if self.read_only else 'rw'}"
            connection = sqlite3.connect(address, uri=True, isolation_level=None)
            # Without its plugins: those of whatever else is installed have no business in our connection.
            self._connection = db = sqlite_utils.Database(connection, execute_plugins=False)
            for pragma in _PRAGMAS if self.read_only else _PRAGMAS + _WRITER_PRAGMAS:
                db.execute(f"PRAGMA {pragma}")
            if self.read_only:
                check_current(db, self.path)
            else:
                migrate(db, self.path)

    def _close(self) -> None:
        if self._connection is not None:
            with translated(self.path):
                self._connection.close()
            self._connection = None

    def _query(self, work: Callable[[sqlite_utils.Database], _Result]) -> _Result:
        with self._connected() as db:
            return work(db)

    def _transact(self, work: Callable[[sqlite_utils.Database], _Result]) -> _Result:
        try:
            with self._connected() as db:
                before = db.conn.total_changes
                result = _carry_through(db, work)
                # A transaction that changes nothing writes nothing, and so proves no room.
                if self.trouble == LOCKED or db.conn.total_changes > before:
                    self.trouble = "" if has_room(self.path, self._free) else FULL
                return result
        except StoreError as error:
            self.trouble = trouble_of(error) or self.trouble
            raise

    @contextmanager
    def _connected(self) -> Iterator[sqlite_utils.Database]:
        if self._connection is None:
            raise StoreError("the state database is not open")
        with translated(self.path):
            yield self._connection


@asynccontextmanager
async def open_database(path: Path, *, read_only: bool = False) -> AsyncIterator[Database]:
    """The database at `path`, made when it is not there (unless `read_only`), open for as long as the block runs.

    Raises ConfigurationError, StoreTooNew, StoreFull, StoreError.
    """
    database = Database(path, read_only=read_only)
    await database.open()
    try:
        yield database
    finally:
        await database.close()


def _carry_through(db: sqlite_utils.Database, work: Callable[[sqlite_utils.Database], _Result]) -> _Result:
    """The work as one transaction: all of it, or nothing."""
    # IMMEDIATE: a transaction that reads first and writes later would otherwise fail at once, whatever
    # `busy_timeout` says, when another process wrote in between (dependencies 1.4).
    db.execute("BEGIN IMMEDIATE")
    try:
        result = work(db)
        db.commit()
    except BaseException:  # whatever it is goes on; the lock must not stay
        db.rollback()
        raise
    return result


def _report_abandoned(future: asyncio.Future[_Result]) -> None:
    """Nobody waits for this write any more, so its failure is said here. Recovery finds the intent still open."""
    error = future.exception()
    if isinstance(error, StoreError):
        log.error("store.write.abandoned", code=error.code, reason=error.message)
    elif error is not None:
        log.error("store.write.abandoned", exc_info=error)
