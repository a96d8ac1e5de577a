"""The state in memory: what `outlookd.store` keeps in SQLite, with the same promises and the same refusals."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime

from outlookd.core.container import Container
from outlookd.core.model import (
    INTERRUPTED,
    WRITES,
    Commit,
    Conflict,
    Intent,
    IntentState,
    JournalEntry,
    Link,
    LinkStatus,
    Op,
    Quarantined,
    RunKind,
    RunReport,
    RunStatus,
    Side,
    Sighting,
    Tally,
    Watermark,
)
from outlookd.errors import JobBusy, StoreError
from outlookd.testing.crash import Crasher

CLOSED = frozenset({IntentState.VERIFIED, IntentState.VOID})


@dataclass(slots=True)
class _JobState:
    links: dict[str, Link] = field(default_factory=dict)
    sightings: dict[tuple[Side, str], Sighting] = field(default_factory=dict)
    watermarks: dict[Side, Watermark] = field(default_factory=dict)
    container: Container | None = None
    quarantine: dict[tuple[Side, str], Quarantined] = field(default_factory=dict)
    conflicts: list[Conflict] = field(default_factory=list)
    notes: dict[str, str] = field(default_factory=dict)
    reports: dict[str, RunReport] = field(default_factory=dict)
    begun: dict[str, RunReport] = field(default_factory=dict)


class MemoryStore:
    """Implements `ports.Store`. Survives a Crash as a database would: what was committed stays, what was not never was."""

    def __init__(self, crasher: Crasher | None = None, *, install: str = "0123abcd") -> None:
        self._crasher = crasher or Crasher()
        self._install = install
        self._jobs: dict[str, _JobState] = {}
        self._intents: dict[str, Intent] = {}  # the open ones
        self._journal: list[JournalEntry] = []
        self._leases: set[str] = set()

    def _job(self, job: str) -> _JobState:
        return self._jobs.setdefault(job, _JobState())

    async def install_id(self) -> str:
        return self._install

    @asynccontextmanager
    async def lease(self, job: str) -> AsyncIterator[None]:
        if job in self._leases:
            raise JobBusy("the job is running elsewhere")
        self._leases.add(job)
        try:
            yield
        finally:
            self._leases.discard(job)

    async def links(self, job: str) -> Sequence[Link]:
        return list(self._job(job).links.values())

    async def others(self, job: str, *, meetings: Collection[str] = (), outlook_ids: Collection[str] = ()) -> Sequence[Link]:
        return [
            link
            for name, state in self._jobs.items()
            for link in state.links.values()
            if name != job and link.status is not LinkStatus.TOMBSTONE and _concerns(link, set(meetings), set(outlook_ids))
        ]

    async def find_links(self, id: str) -> Sequence[Link]:
        every = [link for job in self._jobs.values() for link in job.links.values()]
        return [link for link in every if id and id in (link.id, link.gopaas_id, link.outlook_id)]

    async def sightings(self, job: str) -> Sequence[Sighting]:
        return list(self._job(job).sightings.values())

    async def watermark(self, job: str, side: Side) -> Watermark | None:
        return self._job(job).watermarks.get(side)

    async def container(self, job: str) -> Container | None:
        return self._job(job).container

    async def keep_container(self, job: str, container: Container | None) -> None:
        self._crasher.pass_moment()
        self._job(job).container = container

    async def begin_run(self, *, run: str, job: str, user: str, type: str, started: datetime, kind: RunKind = RunKind.SYNC) -> None:
        state = self._job(job)
        for interrupted in list(state.begun.values()):
            await self.finish_run(self._counted(interrupted))
        state.begun[run] = RunReport(
            run=run,
            job=job,
            user=user,
            type=type,
            status=RunStatus.FAILED,
            started=started,
            kind=kind,
            message=INTERRUPTED,
            exit_status=1,
        )

    def _counted(self, report: RunReport) -> RunReport:
        lines = [entry for entry in self._journal if entry.run == report.run]
        done = Counter((entry.op, entry.side) for entry in lines)
        tally = {op: Tally(gopaas=done[op, Side.GOPAAS], outlook=done[op, Side.OUTLOOK]) for op in WRITES}
        mails = sum(entry.mails for entry in lines)
        return replace(report, created=tally[Op.CREATE], updated=tally[Op.UPDATE], deleted=tally[Op.DELETE], mail_writes=mails)

    async def finish_run(self, report: RunReport) -> None:
        state = self._job(report.job)
        state.begun.pop(report.run, None)
        state.reports[report.run] = report

    async def report(self, run: str) -> RunReport | None:
        return next((job.reports[run] for job in self._jobs.values() if run in job.reports), None)

    async def runs(self, job: str, limit: int = 20) -> Sequence[RunReport]:
        latest_first = reversed(self._job(job).reports.values())
        return sorted(latest_first, key=lambda report: report.started, reverse=True)[:limit]

    async def intend(self, intents: Sequence[Intent]) -> None:
        self._crasher.pass_moment()
        self._intents.update({intent.id: intent for intent in intents})

    async def open_intents(self, job: str) -> Sequence[Intent]:
        return [intent for intent in self._intents.values() if intent.job == job]

    async def commit(self, commits: Sequence[Commit]) -> None:
        self._crasher.pass_moment()
        intents = _moved(self._intents, commits)
        links = {commit.link.id: commit.link for commit in commits if commit.link is not None}
        self._refuse_orphans([conflict.link for commit in commits for conflict in commit.conflicts], links)
        for job in {link.job for link in links.values()}:
            _refuse_doubles({**self._job(job).links, **{id: link for id, link in links.items() if link.job == job}})
        # Links first: a conflict may stand in the list before the link that it belongs to.
        for link in links.values():
            self._keep_link(link)
        for commit in commits:
            self._append(commit)
        self._intents = intents

    def _refuse_orphans(self, conflicted: Sequence[str], links: Mapping[str, Link]) -> None:
        known = links.keys() | {id for job in self._jobs.values() for id in job.links}
        if not known >= set(conflicted):
            raise StoreError("a conflict belongs to no known link", code="SQLITE_CONSTRAINT_FOREIGNKEY")

    def _append(self, commit: Commit) -> None:
        if commit.journal is not None:
            self._journal.append(replace(commit.journal, seq=len(self._journal) + 1))
            if commit.undoes:
                line = self._journal[commit.undoes - 1] = replace(self._journal[commit.undoes - 1], undone=commit.journal.run)
                self._reopen(line)
            self._settle(commit.resolves, commit.journal.at)
        at = commit.journal.at if commit.journal is not None else None
        for conflict in commit.conflicts:
            number = 1 + sum(len(job.conflicts) for job in self._jobs.values())
            self._job_of(conflict.link).conflicts.append(replace(conflict, seq=number, at=at))

    def _settle(self, resolves: Mapping[int, Side | None], at: datetime) -> None:
        for job in self._jobs.values():
            job.conflicts = [
                replace(one, resolved=resolves[one.seq], settled=at) if one.seq in resolves else one for one in job.conflicts
            ]

    def _reopen(self, line: JournalEntry) -> None:
        for job in self._jobs.values():
            job.conflicts = [
                replace(one, resolved=None, settled=None)
                if one.resolved is not None and (one.link, one.settled) == (line.link, line.at)
                else one
                for one in job.conflicts
            ]

    def _keep_link(self, link: Link) -> None:
        job = self._job(link.job)
        job.links[link.id] = link
        if link.status is not LinkStatus.TOMBSTONE:
            for side in Side:
                job.sightings.pop((side, link.side_id(side)), None)

    def _job_of(self, link: str) -> _JobState:
        return next(job for job in self._jobs.values() if link in job.links)

    async def advance(
        self,
        job: str,
        *,
        watermarks: Mapping[Side, Watermark],
        seen: Sequence[Sighting] = (),
        unseen: Sequence[tuple[Side, str]] = (),
        replace_sightings: Sequence[Side] = (),
    ) -> None:
        self._crasher.pass_moment()
        state = self._job(job)
        state.watermarks.update(watermarks)
        for key in [key for key in state.sightings if key[0] in replace_sightings or key in set(unseen)]:
            del state.sightings[key]
        state.sightings.update({(sighting.side, sighting.id): sighting for sighting in seen})

    async def quarantine(self, job: str) -> Sequence[Quarantined]:
        return list(self._job(job).quarantine.values())

    async def keep_quarantine(self, job: str, *, put: Sequence[Quarantined] = (), lift: Sequence[tuple[Side, str]] = ()) -> None:
        entries = self._job(job).quarantine
        for key in lift:
            entries.pop(key, None)
        entries.update({(entry.side, entry.id): entry for entry in put})

    async def conflicts(self, job: str) -> Sequence[Conflict]:
        return list(self._job(job).conflicts)

    async def conflict(self, seq: int) -> tuple[str, Conflict] | None:
        found = [(name, one) for name, job in self._jobs.items() for one in job.conflicts if one.seq == seq]
        return found[0] if found else None

    async def journal(self, run: str) -> Sequence[JournalEntry]:
        return [entry for entry in self._journal if entry.run == run]

    async def history(self, ids: Collection[str], *, since: datetime | None = None) -> Sequence[JournalEntry]:
        wanted = set(ids) - {""}
        lines = [entry for entry in self._journal if wanted & {entry.link, entry.gopaas_id, entry.outlook_id}]
        return [entry for entry in lines if since is None or entry.at >= since]

    async def note(self, job: str, key: str, value: str) -> None:
        self._crasher.pass_moment()
        self._job(job).notes[key] = value

    async def notes(self, job: str) -> Mapping[str, str]:
        return dict(self._jobs.get(job, _JobState()).notes)


def _moved(intents: Mapping[str, Intent], commits: Sequence[Commit]) -> dict[str, Intent]:
    """The open intents once the commits are stored. One that is unknown, or was concluded before, refuses them all."""
    moved = dict(intents)
    for commit in commits:
        if commit.intent and commit.intent not in moved:
            raise StoreError("a write was to be recorded whose intent is unknown or concluded; nothing was written")
        if commit.state in CLOSED:
            moved.pop(commit.intent, None)
        elif commit.intent:
            moved[commit.intent] = replace(moved[commit.intent], state=commit.state)
    return moved


def _concerns(link: Link, meetings: set[str], outlook_ids: set[str]) -> bool:
    """Nothing is found by an empty word: a half that does not exist, or that is no meeting, has nothing in common with another."""
    return link.meeting in meetings - {""} or link.outlook_id in outlook_ids - {""}


def _refuse_doubles(links: Mapping[str, Link]) -> None:
    """One live link per id and side: the last wall against duplicates."""
    live = [link for link in links.values() if link.status is not LinkStatus.TOMBSTONE]
    for ids in ([link.gopaas_id for link in live if link.gopaas_id], [link.outlook_id for link in live if link.outlook_id]):
        if len(set(ids)) != len(ids):
            raise StoreError("two links would claim the same record", code="SQLITE_CONSTRAINT")
