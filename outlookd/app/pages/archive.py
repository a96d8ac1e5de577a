"""The past of a job as the history pages see it: `web.history.archive.Archive` over the state database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from outlookd.app.composition import App
from outlookd.app.pages.telling import teller_of
from outlookd.core.model import Link, RunReport
from outlookd.web.history.archive import Shelf
from outlookd.web.history.lines import Line

__all__ = ["AppArchive"]

RUNS: Final = 30
"""Runs of one page."""


class AppArchive:
    """Implements `web.history.archive.Archive`."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def shelf(self, job: str, number: int) -> Shelf:
        """A page of the runs that tell something, newest first."""
        found = await self._app.store.telling_runs(job, limit=RUNS + 1, skip=(number - 1) * RUNS)
        return Shelf(runs=tuple(found[:RUNS]), earlier=len(found) > RUNS)

    async def report(self, job: str, run: str) -> RunReport | None:
        """A run of that job."""
        found = await self._app.store.report(run)
        return found if found is not None and found.job == job else None

    async def lines(self, job: str, run: str) -> Sequence[Line]:
        """What the run wrote and decided, under the names that the records have now."""
        entries = await self._app.store.journal(run)
        links: dict[str, Link] = {link.id: link for link in await self._app.store.links(job)} if entries else {}
        settings = self._app.roster.find(job)
        teller = teller_of(self._app.plugins.handlers.get(settings.type) if settings is not None else None)
        return [teller.done(entry, links.get(entry.link)) for entry in entries]
