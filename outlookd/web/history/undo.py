"""``/jobs/{job}/history/{run}/undo``: what would go back and what would stay, the button that does it, and what came of it.

Knows what a person may see and press. What may be restored is the core's to say; it is judged once more when the button is
pressed, and done only if it is what the page showed: else the page shows it anew.
"""

from __future__ import annotations

from urllib.parse import urlencode

from aiohttp import web

from outlookd.core.model import RunReport
from outlookd.web.history.about import About, Roll, about_in, id_in
from outlookd.web.history.archive import Archive, Takebacks
from outlookd.web.history.paging import number_in, paged
from outlookd.web.history.sheet import draw, noted
from outlookd.web.site import Site
from outlookd.web.site.forms import read_form
from outlookd.web.site.visitors import Visitor, Visitors

__all__ = ["UndoRoom"]


class UndoRoom:
    """The page on which a run, or one record of it, is taken back."""

    def __init__(self, takebacks: Takebacks, archive: Archive, roll: Roll, visitors: Visitors, site: Site) -> None:
        self._takebacks = takebacks
        self._archive = archive
        self._roll = roll
        self._visitors = visitors
        self._site = site

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_get(self._site.path("/jobs/{job}/history/{run}/undo"), self._show, allow_head=False)
        app.router.add_post(self._site.path("/jobs/{job}/history/{run}/undo"), self._act)

    async def _show(self, request: web.Request) -> web.StreamResponse:
        visitor, about, run = await self._opened(request)
        item = id_in(request.query.get("item", ""))
        errand = self._takebacks.look(about.job, run.run, item)
        lines = errand.result.lines if errand is not None and errand.result is not None else ()
        context = {"run": run, "item": item, "errand": errand, "shown": paged(lines, number_in(request))}
        return draw(self._site, request, "undo.html", context, about=about, visitor=visitor)

    async def _act(self, request: web.Request) -> web.StreamResponse:
        _, about, run = await self._opened(request)
        sent = await read_form(request)
        item = id_in(sent.get("item", ""))
        address = f"{about.path}/history/{run.run}/undo" + (f"?{urlencode({'item': item})}" if item else "")
        match sent.get("do"):
            case "preview":
                begun = self._takebacks.preview(about.job, run.run, item)
            case "undo":
                begun = self._takebacks.undo(about.job, run.run, item, sent.get("seen", ""))
            case _:
                begun = True  # a form that is not ours does nothing, and its sender sees the page
        raise web.HTTPSeeOther(self._site.path(address if begun else noted(address, "crowded")))

    async def _opened(self, request: web.Request) -> tuple[Visitor, About, RunReport]:
        """Who asks, of which job and run. Raises web.HTTPNotFound for a run of another job."""
        visitor = await self._visitors.require(request)
        about = about_in(request, self._roll, visitor)
        run = await self._archive.report(about.job, request.match_info["run"])
        if run is None:
            raise web.HTTPNotFound
        return visitor, about, run
