"""What runs right now and how far it is, for the pages, and what they asked of the next run.

In memory only: a run that is cut off is nobody's progress, and a word that was given for it is asked for again.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from outlookd.sync.job import Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """A run under way. `stage` is ``gopaas``, ``outlook`` or ``writes``; `total` is None while nobody knows. `started` is UTC."""

    started: datetime
    trigger: str
    stage: str = ""
    done: int = 0
    total: int | None = None


class Board:
    """The runs under way, by job id."""

    def __init__(self) -> None:
        self._live: dict[str, Live] = {}
        self._folders: set[str] = set()

    def allow_folder(self, job: str) -> None:
        """A person's word for the job's next run: its folder, which was deleted, may be made again."""
        self._folders.add(job)

    def take_folder(self, job: str) -> bool:
        """Whether that word was given. It counts for one run."""
        given = job in self._folders
        self._folders.discard(job)
        return given

    def live(self, job: str) -> Live | None:
        """The job's run, if it has one right now."""
        return self._live.get(job)

    @contextmanager
    def running(self, job: str, *, started: datetime, trigger: str) -> Iterator[Progress]:
        """Show the job's run for as long as the block lasts; tell the progress to what is given."""
        self._live[job] = Live(started=started, trigger=trigger)

        def progress(stage: str, done: int, total: int | None) -> None:
            self._live[job] = replace(self._live[job], stage=stage, done=done, total=total)

        try:
            yield progress
        finally:
            del self._live[job]
