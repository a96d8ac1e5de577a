"""``/jobs/{job}/why/{id}``: everything that is known of one record, in plain words, and what a person can do about it.

Knows what a person may see and press. The past is told at once; how both sides stand now is read when somebody presses a button.
The sentences are `words.why`'s.
"""

from __future__ import annotations

from aiohttp import web

from outlookd.core.model import Side
from outlookd.web.history.about import About, Roll, about_in, address_of_record, id_in
from outlookd.web.history.records import Records
from outlookd.web.history.sheet import draw, noted
from outlookd.web.jobs.desk import address_of
from outlookd.web.site import Site
from outlookd.web.site.forms import read_form
from outlookd.web.site.visitors import Visitor, Visitors
from outlookd.web.words.why import say

__all__ = ["RecordRoom"]


class RecordRoom:
    """The page of one record of a job's user."""

    def __init__(self, records: Records, roll: Roll, visitors: Visitors, site: Site) -> None:
        self._records = records
        self._roll = roll
        self._visitors = visitors
        self._site = site

    def add_to(self, app: web.Application) -> None:
        """Add the routes. An id may hold slashes, which a proxy may have written out, and even the end of a line."""
        app.router.add_get(self._site.path("/jobs/{job}/why/{id:(?s:.+)}"), self._show, allow_head=False)
        app.router.add_get(self._site.path("/jobs/{job}/why"), self._search, allow_head=False)
        app.router.add_post(self._site.path("/jobs/{job}/why"), self._inquire)
        app.router.add_post(self._site.path("/jobs/{job}/retry"), self._retry)

    async def _show(self, request: web.Request) -> web.StreamResponse:
        visitor = await self._visitors.require(request)
        return await self._page(request, visitor, about_in(request, self._roll, visitor), request.match_info["id"])

    async def _search(self, request: web.Request) -> web.StreamResponse:
        """From what was typed to the record's own address; one that has none but this is told here."""
        visitor = await self._visitors.require(request)
        about = about_in(request, self._roll, visitor)
        id = id_in(request.query.get("id", "").strip())
        address = address_of_record(about, id) if id else f"{about.path}/history"
        if address.startswith(f"{about.path}/why?"):
            return await self._page(request, visitor, about, id)
        raise web.HTTPSeeOther(self._site.path(address))

    async def _page(self, request: web.Request, visitor: Visitor, about: About, id: str) -> web.StreamResponse:
        language = self._site.language(request).value
        errand = self._records.look(about.job, id)
        now = errand.result if errand is not None else None
        context = {
            "id": id,
            "errand": errand,
            "told": now if now is not None else await self._records.tell(about.job, id),
            "address_of": address_of,
            "sentence": lambda scene: say(scene, language),
        }
        return draw(self._site, request, "record.html", context, about=about, visitor=visitor)

    async def _inquire(self, request: web.Request) -> web.StreamResponse:
        visitor = await self._visitors.require(request)
        about = about_in(request, self._roll, visitor)
        id = id_in((await read_form(request)).get("id", "").strip())
        if not id:
            raise web.HTTPBadRequest
        address = address_of_record(about, id)
        raise web.HTTPSeeOther(self._site.path(address if self._records.inquire(about.job, id) else noted(address, "crowded")))

    async def _retry(self, request: web.Request) -> web.StreamResponse:
        visitor = await self._visitors.require(request)
        about = about_in(request, self._roll, visitor)
        sent = await read_form(request)
        side, id = sent.get("side", ""), id_in(sent.get("id", ""))
        if side not in set(Side) or not id:
            raise web.HTTPBadRequest
        tried = await self._records.retry(about.job, Side(side), id)
        raise web.HTTPSeeOther(self._site.path(noted(address_of_record(about, id), "retried" if tried else "not_aside")))
