"""``/jobs/{job}/conflicts``: what was changed on both sides, both values beside each other, and the button for the other one.

Knows what a person may see and press. A choice is carried out behind the page, which tells how far it is and what came of it. What
somebody has changed since is shown first; whoever insists then replaces exactly that.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import urlencode

from aiohttp import web

from outlookd.core.model import Side
from outlookd.web.history.about import Roll, about_in
from outlookd.web.history.paging import number_in, paged
from outlookd.web.history.records import Records
from outlookd.web.history.sheet import draw, noted
from outlookd.web.site import Site
from outlookd.web.site.forms import read_form
from outlookd.web.site.visitors import Visitors

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
        about = about_in(request, self._roll, visitor)
        number = request.query.get(_CHOSEN, "")
        context = {
            "shown": paged(await self._records.cases(about.job), number_in(request)),
            "chosen": number,
            "errand": self._records.choice(about.job, int(number)) if _is_number(number) else None,
        }
        return draw(self._site, request, "conflicts.html", context, about=about, visitor=visitor)

    async def _choose(self, request: web.Request) -> web.StreamResponse:
        visitor = await self._visitors.require(request)
        about = about_in(request, self._roll, visitor)
        sent = await read_form(request)
        number, side = sent.get("number", ""), sent.get("side", "")
        if side not in set(Side) or not _is_number(number):
            raise web.HTTPBadRequest
        begun = self._records.choose(about.job, int(number), Side(side), sent.get("seen", ""))
        address = f"{about.path}/conflicts"
        chosen = f"{address}?{urlencode({_CHOSEN: number})}"
        raise web.HTTPSeeOther(self._site.path(chosen if begun else noted(address, "crowded")))


_CHOSEN: Final = "chosen"
"""In the query after a button was pressed: the number of the conflict that it was about."""

_DIGITS: Final = 16
"""Fewer than SQLite's own numbers have, so that any of them can be asked for."""


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < _DIGITS
