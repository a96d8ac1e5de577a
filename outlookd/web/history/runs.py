"""``/jobs/{job}/history``: the runs that wrote or held something, and line by line what each of them did.

Knows pages and addresses. What may be taken back is not judged here: the button leads to a preview that says so.
"""

from __future__ import annotations

from aiohttp import web

from outlookd.web.history.about import Roll, about_in
from outlookd.web.history.archive import Archive
from outlookd.web.history.paging import number_in, paged
from outlookd.web.history.sheet import draw
from outlookd.web.site import Site
from outlookd.web.site.visitors import Visitors

__all__ = ["HistoryRoom"]


class HistoryRoom:
    """The pages of what one job has done."""

    def __init__(self, archive: Archive, roll: Roll, visitors: Visitors, site: Site) -> None:
        self._archive = archive
        self._roll = roll
        self._visitors = visitors
        self._site = site

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_get(self._site.path("/jobs/{job}/history"), self._show, allow_head=False)
        app.router.add_get(self._site.path("/jobs/{job}/history/{run}"), self._open, allow_head=False)

    async def _show(self, request: web.Request) -> web.StreamResponse:
        visitor = await self._visitors.require(request)
        about = about_in(request, self._roll, visitor)
        number = number_in(request)
        context = {"shelf": await self._archive.shelf(about.job, number), "number": number}
        return draw(self._site, request, "history.html", context, about=about, visitor=visitor)

    async def _open(self, request: web.Request) -> web.StreamResponse:
        visitor = await self._visitors.require(request)
        about = about_in(request, self._roll, visitor)
        report = await self._archive.report(about.job, request.match_info["run"])
        if report is None:
            raise web.HTTPNotFound
        lines = await self._archive.lines(about.job, report.run)
        context = {
            "run": report,
            "shown": paged(lines, number_in(request)),
            "undoable": any(line.writes and not line.undone for line in lines),
        }
        return draw(self._site, request, "run.html", context, about=about, visitor=visitor)
