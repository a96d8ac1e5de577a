"""``/jobs/{job}/conflicts``: what was changed on both sides, both values beside each other, and the button for the other one.

Knows what a person may see and press. The answer to a button is the page itself: why something could not be written stands on it
and nowhere else.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import assert_never

from aiohttp import web

from outlookd.core.model import Side
from outlookd.web.history.about import About, Roll, about_in
from outlookd.web.history.paging import number_in, paged
from outlookd.web.history.records import Records, Settled, Verdict
from outlookd.web.history.sheet import draw
from outlookd.web.site import Site
from outlookd.web.site.forms import read_form
from outlookd.web.site.visitors import Visitor, Visitors

__all__ = ["ConflictRoom"]


class ConflictRoom:
    """The page of one job's conflicts."""

    def __init__(self, records: Records, roll: Roll, visitors: Visitors, site: Site) -> None:
        self._records = records
        self._roll = roll
        self._visitors = visitors
        self._site = site

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_get(self._site.path("/jobs/{job}/conflicts"), self._show, allow_head=False)
        app.router.add_post(self._site.path("/jobs/{job}/conflicts"), self._choose)

    async def _show(self, request: web.Request) -> web.StreamResponse:
        visitor = await self._visitors.require(request)
        return await self._page(request, visitor, about_in(request, self._roll, visitor))

    async def _choose(self, request: web.Request) -> web.StreamResponse:
        visitor = await self._visitors.require(request)
        about = about_in(request, self._roll, visitor)
        sent = await read_form(request)
        number, side = sent.get("number", ""), sent.get("side", "")
        if side not in set(Side) or not (number.isascii() and number.isdigit() and len(number) < _DIGITS):
            raise web.HTTPBadRequest
        return await self._page(request, visitor, about, await self._records.settle(about.job, int(number), Side(side)))

    async def _page(
        self, request: web.Request, visitor: Visitor, about: About, settled: Settled | None = None
    ) -> web.StreamResponse:
        context = {"shown": paged(await self._records.cases(about.job), number_in(request)), "settled": settled}
        return draw(self._site, request, "conflicts.html", context, about=about, visitor=visitor, status=_status_of(settled))


_DIGITS = 16
"""Fewer than SQLite's own numbers have, so that any of them can be asked for."""


def _status_of(settled: Settled | None) -> HTTPStatus:
    if settled is None:
        return HTTPStatus.OK
    match settled.verdict:
        case Verdict.SETTLED:
            return HTTPStatus.OK
        case Verdict.GONE:
            return HTTPStatus.NOT_FOUND
        case Verdict.LATER:
            return HTTPStatus.SERVICE_UNAVAILABLE
    assert_never(settled.verdict)
