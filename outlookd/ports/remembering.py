"""What must survive: the state of jobs."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol

from outlookd.core.container import Container
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


class Store(Protocol):
    """What must survive. Every method that writes is one durable transaction; none is held across a network call.

    Raises StoreFull, StoreError.
    """

    async def install_id(self) -> str:
        """A random id of this installation, made once. Part of every marker."""
        ...

    def lease(self, job: str) -> AbstractAsyncContextManager[None]:
        """Hold this job for as long as the block runs. Raises JobBusy while another live process holds it."""
        ...

    async def links(self, job: str) -> Sequence[Link]:
        """Every link of the job, whatever its status."""
        ...

    async def others(self, job: str, *, meetings: Collection[str] = (), outlook_ids: Collection[str] = ()) -> Sequence[Link]:
        """Living links of *other* jobs over any of these meetings or Outlook items: two users may have copies of one meeting."""
        ...

    async def find_links(self, id: str) -> Sequence[Link]:
        """Every link of whatever job and status with this GoPaaS key, Outlook id or id of its own, oldest first."""
        ...

    async def sightings(self, job: str) -> Sequence[Sighting]:
        """The unlinked records last seen."""
        ...

    async def watermark(self, job: str, side: Side) -> Watermark | None: ...

    async def container(self, job: str) -> Container | None:
        """The Outlook folder that this job owns, once chosen."""
        ...

    async def keep_container(self, job: str, container: Container | None) -> None: ...

    async def begin_run(self, *, run: str, job: str, user: str, type: str, started: datetime, kind: RunKind = RunKind.SYNC) -> None:
        """Open a run under the job's lease. Runs of the job that are still open were interrupted: they are closed as failed."""
        ...

    async def finish_run(self, report: RunReport) -> None: ...

    async def report(self, run: str) -> RunReport | None:
        """One finished run."""
        ...

    async def runs(self, job: str, limit: int = 20) -> Sequence[RunReport]:
        """The latest runs, newest first; unfinished ones left out."""
        ...

    async def intend(self, intents: Sequence[Intent]) -> None:
        """Write intents down, durably, before the call they announce."""
        ...

    async def open_intents(self, job: str) -> Sequence[Intent]:
        """Intents neither VERIFIED nor VOID, oldest first."""
        ...

    async def commit(self, commits: Sequence[Commit]) -> None:
        """Store all of them, or none."""
        ...

    async def advance(
        self,
        job: str,
        *,
        watermarks: Mapping[Side, Watermark],
        seen: Sequence[Sighting] = (),
        unseen: Sequence[tuple[Side, str]] = (),
        replace_sightings: Sequence[Side] = (),
    ) -> None:
        """Move watermarks, and with them the sightings they cover: `seen` are added or replaced, `unseen` removed.

        `replace_sightings` names sides that were enumerated in full: whatever is not in `seen` goes.
        """
        ...

    async def quarantine(self, job: str) -> Sequence[Quarantined]: ...

    async def keep_quarantine(
        self, job: str, *, put: Sequence[Quarantined] = (), lift: Sequence[tuple[Side, str]] = ()
    ) -> None: ...

    async def conflicts(self, job: str) -> Sequence[Conflict]:
        """Every conflict of the job, oldest first, with its number and what a person chose."""
        ...

    async def conflict(self, seq: int) -> tuple[str, Conflict] | None:
        """One conflict by its number, with the job that it belongs to."""
        ...

    async def journal(self, run: str) -> Sequence[JournalEntry]:
        """What the run wrote and decided, in order."""
        ...

    async def history(self, ids: Collection[str], *, since: datetime | None = None) -> Sequence[JournalEntry]:
        """Every line about these links, rows or Outlook items, oldest first, or only those from `since` on. Of whatever job."""
        ...

    async def note(self, job: str, key: str, value: str) -> None:
        """Remember one word about a job (an approved plan's hash, the last listing's size)."""
        ...

    async def notes(self, job: str) -> Mapping[str, str]: ...
