"""``/mapping/{job}``: which GoPaaS column goes where in Outlook, chosen from lists, tried on real rows, and saved or copied.

Knows what a person may see and press. Every answer to a button is the page itself: what was replaced is on it and nowhere else, and
nothing of a map stands in an address. Values of rows are shown to those who may see the job, and never logged.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from http import HTTPStatus
from typing import assert_never

from aiohttp import web

from outlookd.settings.values import parse_entries
from outlookd.web.entrance.sessions import SIGN_IN
from outlookd.web.jobs.addresses import Jobs, job_in, page_of
from outlookd.web.mapping.form import posted_entries
from outlookd.web.mapping.sheet import Maps, Outcome, Preview, Sheet
from outlookd.web.mapping.view import MappingView, Note
from outlookd.web.site import Site
from outlookd.web.site.forms import read_form
from outlookd.web.site.visitors import Visitor, Visitors
from outlookd.web.words.mapping import MAPPING

__all__ = ["MappingRoom"]


class MappingRoom:
    """The page of one job's map, for its user and for administrators."""

    def __init__(self, maps: Maps, jobs: Jobs, visitors: Visitors, site: Site) -> None:
        self._maps = maps
        self._jobs = jobs
        self._visitors = visitors
        self._site = site

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_get(self._site.path("/mapping/{job}"), self._show, allow_head=False)
        app.router.add_post(self._site.path("/mapping/{job}"), self._act)
        app.router.add_post(self._site.path("/api/alive"), self._stay)

    async def _show(self, request: web.Request) -> web.StreamResponse:
        visitor = await self._visitors.require(request)
        sheet = await self._sheet_in(request, visitor)
        return self._page(request, visitor, sheet, sheet.entries)

    async def _act(self, request: web.Request) -> web.StreamResponse:
        try:
            visitor = await self._visitors.require(request)
        except web.HTTPSeeOther:
            return await self._expired(request)
        sheet = await self._sheet_in(request, visitor)
        sent = await read_form(request)
        pressed = sent.get("do")
        entries = _restored(sent.get("map")) if pressed == "restore" else sheet.form(posted_entries(sent)).entries
        if faults := self._maps.faults(sheet, entries):
            return self._page(request, visitor, sheet, entries, faults=faults, status=HTTPStatus.UNPROCESSABLE_ENTITY)
        if pressed in {"save", "restore"} and sheet.savable:
            return await self._save(request, visitor, sheet, entries, sent.get("version", ""))
        return self._page(request, visitor, sheet, entries, preview=await self._maps.preview(sheet, entries))

    async def _stay(self, request: web.Request) -> web.StreamResponse:
        """Somebody is filling in the form: that is a use of the session, although nothing has been sent for half an hour."""
        await self._visitors.require(request)
        return web.Response(status=HTTPStatus.NO_CONTENT)

    async def _expired(self, request: web.Request) -> web.StreamResponse:
        """A page that holds what was sent until its sender has signed in again. Does not tell whether there is such a job."""
        context = {"sent": list((await read_form(request)).items()), "sign_in": self._site.path(SIGN_IN)}
        return self._site.render(request, "expired.html", context, words=MAPPING, status=HTTPStatus.UNAUTHORIZED)

    async def _save(
        self, request: web.Request, visitor: Visitor, sheet: Sheet, entries: Mapping[str, str], version: str
    ) -> web.StreamResponse:
        saved = await self._maps.save(sheet.job, entries, version=version)
        now = replace(sheet, entries=saved.entries)
        match saved.outcome:
            case Outcome.SAVED:
                note = Note(key=saved.outcome, before=saved.before)
                return self._page(request, visitor, now, saved.entries, note=note)
            case Outcome.CONFLICT:
                # The page holds the present version from now on: pressed again, the button replaces what it has shown.
                note = Note(key=saved.outcome, bad=True, theirs=saved.entries)
                return self._page(request, visitor, now, entries, note=note, status=HTTPStatus.CONFLICT)
            case Outcome.LATER | Outcome.UNCERTAIN:
                note = Note(key=saved.outcome, bad=True, detail=saved.detail)
                return self._page(request, visitor, now, entries, note=note, status=HTTPStatus.SERVICE_UNAVAILABLE)
            case Outcome.GONE:
                raise web.HTTPNotFound
        assert_never(saved.outcome)

    async def _sheet_in(self, request: web.Request, visitor: Visitor) -> Sheet:
        job, _ = job_in(request, self._jobs, visitor)
        sheet = await self._maps.open(job)
        if sheet is None:
            raise web.HTTPNotFound
        return sheet

    def _page(
        self,
        request: web.Request,
        visitor: Visitor,
        sheet: Sheet,
        entries: Mapping[str, str],
        *,
        faults: Sequence[str] = (),
        preview: Preview | None = None,
        note: Note | None = None,
        status: HTTPStatus = HTTPStatus.OK,
    ) -> web.StreamResponse:
        view = MappingView(
            sheet=sheet,
            form=sheet.form(entries),
            words=MAPPING.of(self._site.language(request)),
            speech=self._site.speech(request),
            faults=faults,
            preview=preview,
            note=note,
        )
        context = {"view": view, "back": self._site.path(page_of(sheet.login, visitor))}
        return self._site.render(request, "mapping.html", context, words=MAPPING, visitor=visitor, status=status)


def _restored(text: object) -> Mapping[str, str]:
    """The map that the button to go back carries. Raises web.HTTPBadRequest for one that this page did not write."""
    try:
        entries = parse_entries(text)
    except ValueError as error:
        raise web.HTTPBadRequest from error
    if not isinstance(entries, Mapping):
        raise web.HTTPBadRequest
    return entries
