"""Taking back as the undo page sees it: `web.history.archive.Takebacks` over `app.history.undo`.

A preview and the undo itself read and write record by record, for minutes if the run was long: both are errands.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import structlog

from outlookd.app.composition import App
from outlookd.app.history.undo import Undone, undo
from outlookd.app.pages.errands import Errands
from outlookd.app.pages.telling import Teller, known, teller_of
from outlookd.core.model import WRITES, Link
from outlookd.core.orders import Kept
from outlookd.sync.job import Progress
from outlookd.web.history.archive import Left, Takeback
from outlookd.web.history.errands import Errand
from outlookd.web.history.lines import Known
from outlookd.web.troubles import problem_of

__all__ = ["AppTakebacks", "left_of", "names_of"]

log = structlog.get_logger()


class AppTakebacks:
    """Implements `web.history.archive.Takebacks`."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._errands: Errands[Takeback] = Errands("undo", app.clock)

    async def aclose(self) -> None:
        """End what goes on in the background."""
        await self._errands.close()

    def look(self, job: str, run: str, item: str) -> Errand[Takeback] | None:
        """The latest that somebody asked for."""
        return self._errands.look((job, run, item))

    def preview(self, job: str, run: str, item: str) -> bool:
        """Have it worked out."""
        return self._begin(job, run, item, preview=True)

    def undo(self, job: str, run: str, item: str, seen: str) -> bool:
        """Have it done, unless something goes on about it."""
        log.info("pages.undo", job=job)
        return self._begin(job, run, item, preview=False, seen=seen)

    def _begin(self, job: str, run: str, item: str, *, preview: bool, seen: str = "") -> bool:
        settings = self._app.roster.find(job)
        if settings is None:
            return True

        async def work(progress: Progress) -> Takeback:
            undone = await undo(self._app, run, item=item, preview=preview, agreed=seen, progress=progress)
            links = {link.id: link for link in await self._app.store.links(job)}
            return takeback_of(undone, links, teller_of(self._app.plugins.handlers.get(settings.type)))

        return self._errands.begin((job, run, item), work, owner=settings.user)


def takeback_of(undone: Undone, links: Mapping[str, Link], teller: Teller) -> Takeback:
    """What went back, or would, and what stays, under names that people know."""
    names = names_of(links.values())
    error = undone.report.error if undone.report is not None else None
    return Takeback(
        lines=tuple(teller.planned(action) for action in undone.actions if action.op in WRITES),
        left=tuple(left_of(kept, names, teller) for kept in undone.kept),
        report=undone.report,
        seen=undone.hash,
        overtaken=undone.overtaken,
        problem=problem_of(error) if error is not None else None,
    )


def names_of(links: Iterable[Link]) -> Mapping[str, str]:
    """What people call the pairs, by either side's id."""
    return {id: known(link).name for link in links for id in (link.gopaas_id, link.outlook_id) if id}


def left_of(kept: Kept, names: Mapping[str, str], teller: Teller) -> Left:
    """What stays, and of which record; `names` go by either side's id."""
    return Left(
        side=kept.side,
        record=Known(id=kept.id, name=names.get(kept.id, "")),
        field=teller.key_of(kept.field),
        reason=kept.reason,
    )
