"""Who may run a job right now: a row per job, renewed while its holder lives.

It knows processes and monotonic time, and nothing of what is done under a lease. Times are the machine's monotonic
seconds, which every process of one machine shares and no clock step can move: a wall clock set forward by an hour must
not let two processes write to one mailbox. A database in WAL mode is on one machine by nature. After a reboot those
seconds start again, so a lease that would last longer than a lease can is from before it, and void.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlite_utils
import structlog

from outlookd.errors import JobBusy, StoreError
from outlookd.store.database import Database

log = structlog.get_logger()

LIFE = 60.0
"""Seconds that a lease lasts without being renewed. It is renewed every third of that."""

_INSTANCE = secrets.token_hex(8)

_TAKE = "INSERT OR REPLACE INTO lease (job, token, host, pid, instance, expires) VALUES (?, ?, ?, ?, ?, ?)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """A process. `host` is where `pid` has a meaning; `instance` tells it from a later process with the same pid."""

    host: str
    pid: int
    instance: str

    def sees_alive(self, other: Owner) -> bool:
        """Whether `other` may still be running, judged from this process; yes whenever it cannot be known."""
        if other.host != self.host:
            return True
        if other.pid == self.pid:
            return other.instance == self.instance
        try:
            os.kill(other.pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            return True
        return True


def this_process() -> Owner:
    """The process that asks. Pids are counted per namespace (containers, PrivatePIDs=), so it is part of the host."""
    namespace = Path("/proc/self/ns/pid")
    scope = namespace.readlink().name if namespace.is_symlink() else ""
    return Owner(host=f"{socket.gethostname()} {scope}".strip(), pid=os.getpid(), instance=_INSTANCE)


class Leases:
    """The leases that one open store holds. `monotonic` must be a clock that all processes of the machine share."""

    def __init__(
        self,
        database: Database,
        *,
        owner: Owner | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._database = database
        self._owner = owner or this_process()
        self._monotonic = monotonic
        self._sleep = sleep
        self._held: dict[str, str] = {}

    @asynccontextmanager
    async def hold(self, job: str) -> AsyncIterator[None]:
        """Hold the job for as long as the block runs.

        A holder that was frozen for longer than the lease's life can lose it. The block is not interrupted then, but
        `check` refuses every further intent of it, so nothing more is sent; at the end JobBusy is raised.

        Raises JobBusy when another live process holds the job; StoreError.
        """
        token = secrets.token_hex(8)
        try:
            await self._database.write(lambda db: _take(db, job, token, self._owner, self._monotonic()))
        except asyncio.CancelledError:
            # The write is carried through although nobody waits for it any more, so it has to be undone.
            await self._release(job, token)
            raise
        self._held[job] = token
        renewal = asyncio.create_task(self._renew(job, token), name="store.lease.renewal")
        try:
            yield
        finally:
            renewal.cancel()
            await asyncio.wait([renewal])
            del self._held[job]
            released = await self._release(job, token)
        if not released:
            raise JobBusy(
                "another process took this job over while it ran", hint="It goes on with the work; nothing has to be done."
            )

    def check(self, db: sqlite_utils.Database, job: str) -> None:
        """Inside a transaction: that a lease we hold is still ours. A job that we hold no lease on passes.

        Raises JobBusy.
        """
        token = self._held.get(job)
        if token is not None and not _is_held(db, job, token):
            raise JobBusy("another process took this job over; nothing more is written by this one")

    async def _renew(self, job: str, token: str) -> None:
        while True:
            await self._sleep(LIFE / 3)
            try:
                kept = await self._database.write(lambda db: _extend(db, job, token, self._monotonic()))
            except StoreError as error:
                log.warning("store.lease.renewal_failed", code=error.code)
                continue
            if not kept:
                log.error("store.lease.lost")
                return

    async def _release(self, job: str, token: str) -> bool:
        """Give the job back. False when it was not ours any more; a row that cannot be deleted expires by itself."""
        try:
            return await self._database.write(lambda db: _drop(db, job, token))
        except StoreError as error:
            log.warning("store.lease.release_failed", code=error.code)
            return True


def _take(db: sqlite_utils.Database, job: str, token: str, owner: Owner, now: float) -> None:
    for row in db.query("SELECT host, pid, instance, expires FROM lease WHERE job = ?", [job]):
        holder = Owner(host=row["host"], pid=row["pid"], instance=row["instance"])
        if 0 < row["expires"] - now <= LIFE and owner.sees_alive(holder):
            raise JobBusy(
                f"process {holder.pid} on {holder.host} is running this job",
                hint="Wait until it has finished, or stop it, then try again.",
            )
        log.warning("store.lease.taken_over", host=holder.host, pid=holder.pid)
    db.execute(_TAKE, [job, token, owner.host, owner.pid, owner.instance, now + LIFE])


def _extend(db: sqlite_utils.Database, job: str, token: str, now: float) -> bool:
    return _changed(db, "UPDATE lease SET expires = ? WHERE job = ? AND token = ?", [now + LIFE, job, token])


def _drop(db: sqlite_utils.Database, job: str, token: str) -> bool:
    return _changed(db, "DELETE FROM lease WHERE job = ? AND token = ?", [job, token])


def _is_held(db: sqlite_utils.Database, job: str, token: str) -> bool:
    return db.execute("SELECT 1 FROM lease WHERE job = ? AND token = ?", [job, token]).fetchone() is not None


def _changed(db: sqlite_utils.Database, sql: str, parameters: list[Any]) -> bool:
    return db.execute(sql, parameters).rowcount == 1
