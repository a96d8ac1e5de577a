"""`ports.Store` on SQLite: one method per promise, each a single piece of work for the owner thread.

It knows which statements belong to one transaction. The statements themselves are in one module per noun, their form in
`codec.py`. Nothing is cached: SQLite keeps its pages at hand, and a run's memory is spoken for.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime

import sqlite_utils

from outlookd.core.model import (
    Commit,
    Conflict,
    Intent,
    JournalEntry,
    Link,
    Quarantined,
    RunKind,
    RunReport,
    Side,
    Sighting,
    Watermark,
)
from outlookd.ports import Container
from outlookd.store import intents as intent_rows
from outlookd.store import jobs, journal, links, quarantine, runs, sightings
from outlookd.store import watermarks as watermark_rows
from outlookd.store.accounts import SqliteAccounts
from outlookd.store.database import Database
from outlookd.store.figures import StoreFigures, load_figures
from outlookd.store.lease import Leases
from outlookd.store.personal import SqlitePersonal
from outlookd.store.roster import SqliteRoster
from outlookd.store.sessions import SqliteSessions
from outlookd.store.subscriptions import SqliteSubscriptions
from outlookd.store.upkeep import SqliteUpkeep


class SqliteStore:
    """What must survive, in one file. Every method raises StoreError, and StoreFull where it writes."""

    def __init__(self, database: Database, *, leases: Leases | None = None) -> None:
        self.accounts = SqliteAccounts(database)
        self.roster = SqliteRoster(database)
        self.sessions = SqliteSessions(database)
        self.subscriptions = SqliteSubscriptions(database)
        self.upkeep = SqliteUpkeep(database)
        self.personal = SqlitePersonal(database)
        self._database = database
        self._leases = leases or Leases(database)

    @property
    def trouble(self) -> str:
        """One word for what kept the latest write from the file: ``full``, ``read_only``, ``failing``, ``damaged``, ``locked``.

        Empty again once something could be written.
        """
        return self._database.trouble

    async def install_id(self) -> str:
        """A random id of this installation, made with the database."""
        return await self._database.read(jobs.load_install_id)

    def lease(self, job: str) -> AbstractAsyncContextManager[None]:
        """Hold this job for as long as the block runs. Raises JobBusy: see `Leases.hold`."""
        return self._leases.hold(job)

    async def links(self, job: str) -> Sequence[Link]:
        """Every link of the job, whatever its status, oldest first."""
        return await self._database.read(lambda db: links.load_links(db, job))

    async def others(self, job: str, *, meetings: Collection[str] = (), outlook_ids: Collection[str] = ()) -> Sequence[Link]:
        """Living links of other jobs over any of these meetings or Outlook items, oldest first."""
        return await self._database.read(lambda db: links.load_others(db, job, meetings=meetings, outlook_ids=outlook_ids))

    async def find_links(self, id: str) -> Sequence[Link]:
        """Every link of whatever job and status with this GoPaaS key, Outlook id or id of its own, oldest first."""
        return await self._database.read(lambda db: links.find_links(db, id))

    async def sightings(self, job: str) -> Sequence[Sighting]:
        """The unlinked records last seen."""
        return await self._database.read(lambda db: sightings.load_sightings(db, job))

    async def watermark(self, job: str, side: Side) -> Watermark | None:
        """Where to continue reading `side`, or None before the first reading."""
        return await self._database.read(lambda db: watermark_rows.load_watermark(db, job, side))

    async def container(self, job: str) -> Container | None:
        """The Outlook folder that this job owns, once chosen."""
        return await self._database.read(lambda db: jobs.load_container(db, job))

    async def keep_container(self, job: str, container: Container | None) -> None:
        """Replace the job's folder; None forgets it."""
        await self._database.write(lambda db: jobs.keep_container(db, job, container))

    async def begin_run(self, *, run: str, job: str, user: str, type: str, started: datetime, kind: RunKind = RunKind.SYNC) -> None:
        """Open a run, so that one that is killed leaves a trace: the job's next one, under its lease, closes it as failed.

        Raises StoreFull already while there is little room: what the run then did could perhaps not be recorded.
        """
        await self._database.begin(
            lambda db: runs.begin_run(db, run=run, job=job, user=user, type=type, started=started, kind=kind)
        )

    async def finish_run(self, report: RunReport) -> None:
        """Keep a run's report."""
        await self._database.write(lambda db: runs.finish_run(db, report))

    async def report(self, run: str) -> RunReport | None:
        """One finished run."""
        return await self._database.read(lambda db: runs.load_report(db, run))

    async def runs(self, job: str, limit: int = 20) -> Sequence[RunReport]:
        """The latest runs, newest first; unfinished ones left out."""
        return await self._database.read(lambda db: runs.load_runs(db, job, limit))

    async def telling_runs(self, job: str, *, limit: int, skip: int = 0) -> Sequence[RunReport]:
        """Finished runs that did, decided or held back something, newest first."""
        return await self._database.read(lambda db: runs.load_telling_runs(db, job, limit=limit, skip=skip))

    async def intend(self, intents: Sequence[Intent]) -> None:
        """Write intents down, durably, before the call they announce. Announcing an open one again replaces it.

        Raises JobBusy when a lease that we hold has passed to another process, and StoreFull already while there is little room:
        then the call must not be made.
        """
        await self._database.begin(lambda db: self._intend(db, intents))

    async def open_intents(self, job: str) -> Sequence[Intent]:
        """Intents neither VERIFIED nor VOID, oldest first."""
        return await self._database.read(lambda db: intent_rows.load_open_intents(db, job))

    async def commit(self, commits: Sequence[Commit]) -> None:
        """Store all of them, or none. The halves of a link that is kept are no longer sightings.

        Not bound to a lease: what has been done to a side is recorded, whoever holds the job by now.
        """
        await self._database.write(lambda db: _commit(db, commits))

    async def advance(
        self,
        job: str,
        *,
        watermarks: Mapping[Side, Watermark],
        seen: Sequence[Sighting] = (),
        unseen: Sequence[tuple[Side, str]] = (),
        replace_sightings: Sequence[Side] = (),
    ) -> None:
        """Move watermarks, and with them the sightings they cover. What is in `seen` wins over `unseen`."""

        def work(db: sqlite_utils.Database) -> None:
            sightings.keep_sightings(db, job, seen=seen, unseen=unseen, replace=replace_sightings)
            watermark_rows.move_watermarks(db, job, watermarks)

        await self._database.write(work)

    async def quarantine(self, job: str) -> Sequence[Quarantined]:
        """The job's quarantined records."""
        return await self._database.read(lambda db: quarantine.load_quarantine(db, job))

    async def keep_quarantine(self, job: str, *, put: Sequence[Quarantined] = (), lift: Sequence[tuple[Side, str]] = ()) -> None:
        """Lift records from the quarantine, and put others there."""
        await self._database.write(lambda db: quarantine.keep_quarantine(db, job, put=put, lift=lift))

    async def conflicts(self, job: str) -> Sequence[Conflict]:
        """Every conflict of the job, oldest first."""
        return await self._database.read(lambda db: journal.load_conflicts(db, job))

    async def decided(self, job: str, *, since: datetime, limit: int) -> Sequence[journal.Decided]:
        """The latest conflicts of the job that were settled since then, newest first."""
        return await self._database.read(lambda db: journal.load_decided(db, job, since=since, limit=limit))

    async def conflict(self, seq: int) -> tuple[str, Conflict] | None:
        """One conflict by its number, with the job that it belongs to."""
        return await self._database.read(lambda db: journal.load_conflict(db, seq))

    async def journal(self, run: str) -> Sequence[JournalEntry]:
        """What the run wrote and decided, in order."""
        return await self._database.read(lambda db: journal.load_entries(db, run))

    async def history(self, ids: Collection[str], *, since: datetime | None = None) -> Sequence[JournalEntry]:
        """Every line about these links, rows or Outlook items, oldest first, or only those from `since` on. Of whatever job."""
        return await self._database.read(lambda db: journal.load_history(db, ids, since))

    async def note(self, job: str, key: str, value: str) -> None:
        """Remember one word about a job."""
        await self._database.write(lambda db: jobs.keep_note(db, job, key, value))

    async def notes(self, job: str) -> Mapping[str, str]:
        """Every word about the job."""
        return await self._database.read(lambda db: jobs.load_notes(db, job))

    async def figures(self, jobs: Iterable[str], *, since: datetime) -> StoreFigures:
        """What an operator counts of `jobs` and of the whole file. Successes before `since` are not looked for."""
        return await self._database.read(lambda db: load_figures(db, jobs, since=since))

    def _intend(self, db: sqlite_utils.Database, intents: Sequence[Intent]) -> None:
        for job in {intent.job for intent in intents}:
            self._leases.check(db, job)
        intent_rows.announce_intents(db, intents)


def _commit(db: sqlite_utils.Database, commits: Sequence[Commit]) -> None:
    kept = [commit.link for commit in commits if commit.link is not None]
    links.keep_links(db, kept)
    sightings.forget_sightings(db, kept)
    for commit in commits:
        if commit.intent:
            intent_rows.move_intent(db, commit.intent, commit.state)
        if commit.journal is not None:
            journal.append_entry(db, commit.journal)
            if commit.undoes:
                journal.mark_undone(db, commit.undoes, commit.journal.run)
            for seq, side in commit.resolves.items():
                journal.settle_conflict(db, seq, side, commit.journal.at)
        for conflict in commit.conflicts:
            journal.append_conflict(db, conflict, commit.journal)
