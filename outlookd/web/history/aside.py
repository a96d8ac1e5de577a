"""``/jobs/{job}/aside``: every record of a job that was set aside, why, what helps, and the button that tries it again.

Knows what a person may see. A record is tried again where its story is told, by the same button (`web.history.record`).
"""

from __future__ import annotations

from aiohttp import web

from outlookd.web.history.about import Roll, about_in
from outlookd.web.history.paging import number_in, paged
from outlookd.web.history.records import Records
from outlookd.web.history.sheet import draw
from outlookd.web.site import Site
from outlookd.web.site.visitors import Visitors

__all__ = ["AsideRoom"]


class AsideRoom:
    """The page of what one job could not handle."""

    def __init__(self, records: Records, roll: Roll, visitors: Visitors, site: Site) -> None:
        self._records = records
        self._roll = roll
        self._visitors = visitors
        self._site = site

    def add_to(self, app: web.Application) -> None:
        """Add the route."""
        app.router.add_get(self._site.path("/jobs/{job}/aside"), self._show, allow_head=False)

    async def _show(self, request: web.Request) -> web.StreamResponse:
        visitor = await self._visitors.require(request)
        about = about_in(request, self._roll, visitor)
        context = {"shown": paged(await self._records.aside(about.job), number_in(request))}
        return draw(self._site, request, "aside.html", context, about=about, visitor=visitor)
