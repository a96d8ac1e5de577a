"""Showing how far a run is, on stderr: bars on a terminal, a line now and then elsewhere.

Knows stages and counts only. The engine calls back with (stage, done, total); `total` is None while nobody knows it.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, TypeAlias

Progress: TypeAlias = Callable[[str, int, int | None], None]
ForJob: TypeAlias = Callable[[str], Progress]
"""Gives the callback for one job, by the name that people see."""

STAGES = {
    "gopaas": "reading GoPaaS",
    "outlook": "reading Outlook",
    "probe": "looking for what is missing",
    "recovery": "checking interrupted writes",
    "writes": "writing",
}
"""Every stage that the engine tells of, in words."""

SECONDS_BETWEEN_LINES = 2.0


@contextmanager
def shown(stream: IO[str] | None = None) -> Iterator[ForJob]:
    """Progress for as long as the block runs, in the form that `stream` (stderr) can show."""
    target = sys.stderr if stream is None else stream
    if target.isatty():
        with _bars() as for_job:
            yield for_job
    else:
        yield Lines(target).for_job


@contextmanager
def _bars() -> Iterator[ForJob]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bars

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:

        def for_job(name: str) -> Progress:
            tasks: dict[str, TaskID] = {}

            def show(stage: str, done: int, total: int | None) -> None:
                if stage not in tasks:
                    tasks[stage] = bars.add_task(f"{name}: {STAGES[stage]}", total=total)
                bars.update(tasks[stage], completed=done, total=total)

            return show

        yield for_job


class Lines:
    """One line per stage at its beginning and its end, and every two seconds between."""

    def __init__(self, stream: IO[str], *, now: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._now = now

    def for_job(self, name: str) -> Progress:
        """The callback for one job."""
        last: dict[str, float] = {}

        def show(stage: str, done: int, total: int | None) -> None:
            now, finished = self._now(), total is not None and done >= total
            if stage in last and not finished and now - last[stage] < SECONDS_BETWEEN_LINES:
                return
            last[stage] = now
            of_all = f" of {total}" if total is not None else ""
            print(f"{name}: {STAGES[stage]}, {done}{of_all}", file=self._stream, flush=True)

        return show
