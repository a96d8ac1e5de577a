"""``/jobs/{job}/why/{id}``: everything that is known of one record, in plain words, and what a person can do about it.

Knows what a person may see and press. The past is told at once; how both sides stand now is read when somebody presses a button.
The sentences are `words.why`'s.
"""

from __future__ import annotations

from urllib.parse import urlencode

from aiohttp import web

from outlookd.core.model import Side
from outlookd.web.history.about import LONGEST_ID, Roll, about_in, address_of_record
from outlookd.web.history.records import Records
from outlookd.web.history.sheet import NOTE, draw
from outlookd.web.jobs.desk import address_of
from outlookd.web.site import Site
from outlookd.web.site.forms import read_form
from outlookd.web.site.visitors import Visitors
from outlookd.web.words.why import cause_of, say

__all__ = ["RecordRoom"]


class RecordRoom:
    """The page of one record of a job's user."""

    def __init__(self, records: Records, roll: Roll, visitors: Visitors, site: Site) -> None:
        self._records = records
        self._roll = roll
        self._visitors = visitors
        self._site = site

    def add_to(self, app: web.Application) -> None:
        """Add the routes. An id may hold slashes, and a proxy may have written them out."""
        app.router.add_get(self._site.path("/jobs/{job}/why/{id:.+}"), self._show, allow_head=False)
        app.router.add_post(self._site.path("/jobs/{job}/why"), self._inquire)
        app.router.add_post(self._site.path("/jobs/{job}/retry"), self._retry)

    async def _show(self, request: web.Request) -> web.StreamResponse:
        visitor = await self._visitors.require(request)
        about = about_in(request, self._roll, visitor)
        id = request.match_info["id"]
        language = self._site.language(request).value
        errand = self._records.look(about.job, id)
        now = errand.result if errand is not None else None
        context = {
            "id": id,
            "errand": errand,
            "told": now if now is not None else await self._records.tell(about.job, id),
            "address_of": address_of,
            "sentence": lambda scene: say(scene, language),
            "cause": lambda reason: cause_of(reason, language),
        }
        return draw(self._site, request, "record.html", context, about=about, visitor=visitor)

    async def _inquire(self, request: web.Request) -> web.StreamResponse:
        visitor = await self._visitors.require(request)
        about = about_in(request, self._roll, visitor)
        id = (await read_form(request)).get("id", "").strip()
        if not id or len(id) > LONGEST_ID:
            raise web.HTTPBadRequest
        self._records.inquire(about.job, id)
        raise web.HTTPSeeOther(self._site.path(address_of_record(about, id)))

    async def _retry(self, request: web.Request) -> web.StreamResponse:
        visitor = await self._visitors.require(request)
        about = about_in(request, self._roll, visitor)
        sent = await read_form(request)
        side, id = sent.get("side", ""), sent.get("id", "")
        if side not in set(Side) or not id:
            raise web.HTTPBadRequest
        tried = await self._records.retry(about.job, Side(side), id)
        raise web.HTTPSeeOther(
            f"{self._site.path(address_of_record(about, id))}?{urlencode({NOTE: 'retried' if tried else 'not_aside'})}"
        )
