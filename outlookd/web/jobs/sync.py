"""``/``: the sync page, which is GoPaaS's button page done again, and the few requests that it makes.

Knows what a person may see and press, and how the page keeps itself up to date. What waits, runs and is held comes from the `Desk`.
Every button is a form that works without a script; with one, only the panels are drawn again.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import urlencode

from aiohttp import web

from outlookd.errors import OutlookdError
from outlookd.web.jobs.addresses import in_address, job_in, login_in, page_of
from outlookd.web.jobs.desk import Answer, Desk
from outlookd.web.jobs.panels import PanelsView
from outlookd.web.site import Site
from outlookd.web.site.forms import read_form
from outlookd.web.site.visitors import Visitor, Visitors
from outlookd.web.words.sync import SYNC

__all__ = ["SyncRoom"]

_NOTE: Final = "said"
"""In the query after a button was pressed: a key of the page's own notes, never a text."""


class SyncRoom:
    """The page of a person's jobs, for that person and for administrators."""

    def __init__(self, desk: Desk, visitors: Visitors, site: Site) -> None:
        self._desk = desk
        self._visitors = visitors
        self._site = site

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        at = self._site.path
        app.router.add_get(at("/"), self._show, allow_head=False)
        app.router.add_get(at("/api/panels"), self._parts, allow_head=False)
        app.router.add_get(at("/users/{login:[^/]+}"), self._show, allow_head=False)
        app.router.add_get(at("/api/users/{login:[^/]+}/panels"), self._parts, allow_head=False)
        app.router.add_post(at("/api/jobs/{job}/start"), self._start)
        app.router.add_post(at("/api/jobs/{job}/approve"), self._approve)
        app.router.add_post(at("/api/jobs/{job}/folder"), self._recreate)
        app.router.add_post(at("/api/connect"), self._connect)

    async def _show(self, request: web.Request) -> web.StreamResponse:
        visitor = await self._visitors.require(request)
        view = await self._view(request, visitor, login_in(request, visitor), note=request.query.get(_NOTE, ""))
        return self._site.render(request, "sync.html", {"view": view, "out_of_band": False}, words=SYNC, visitor=visitor)

    async def _parts(self, request: web.Request) -> web.StreamResponse:
        visitor = await self._visitors.require(request)
        return await self._drawn(request, visitor, login_in(request, visitor))

    async def _start(self, request: web.Request) -> web.StreamResponse:
        visitor = await self._visitors.require(request)
        job, login = job_in(request, self._desk, visitor)
        return await self._after(request, visitor, login, await self._desk.start(job))

    async def _approve(self, request: web.Request) -> web.StreamResponse:
        visitor = await self._visitors.require(request)
        job, login = job_in(request, self._desk, visitor)
        name = (await read_form(request)).get("name", "")
        answer = await self._desk.approve(job, name) if name else Answer.CHANGED
        return await self._after(request, visitor, login, answer)

    async def _recreate(self, request: web.Request) -> web.StreamResponse:
        visitor = await self._visitors.require(request)
        job, login = job_in(request, self._desk, visitor)
        return await self._after(request, visitor, login, await self._desk.recreate(job))

    async def _connect(self, request: web.Request) -> web.StreamResponse:
        """A new sign-in for the visitor's own login only: an administrator must not connect their own mailbox to another."""
        visitor = await self._visitors.require(request)
        try:
            address = await self._desk.connect(visitor.login)
        except OutlookdError:
            return await self._after(request, visitor, visitor.login, Answer.LATER)
        raise web.HTTPSeeOther(address)

    async def _after(self, request: web.Request, visitor: Visitor, login: str, answer: Answer) -> web.StreamResponse:
        if "HX-Request" in request.headers:
            return await self._drawn(request, visitor, login, note=answer)
        raise web.HTTPSeeOther(f"{self._site.path(page_of(login, visitor))}?{urlencode({_NOTE: answer})}")

    async def _drawn(self, request: web.Request, visitor: Visitor, login: str, *, note: str = "") -> web.StreamResponse:
        view = await self._view(request, visitor, login, note=note)
        # The page's own clock is replaced only when it has to go faster or slower from now on.
        context = {"view": view, "out_of_band": request.query.get("every") != str(view.every)}
        return self._site.render(request, "parts.html", context, words=SYNC, visitor=visitor)

    async def _view(self, request: web.Request, visitor: Visitor, login: str, *, note: str) -> PanelsView:
        own = login == visitor.login
        return PanelsView(
            login=login,
            panels=tuple(await self._desk.panels(login)),
            words=SYNC.of(self._site.language(request)),
            speech=self._site.speech(request),
            page=self._site.path(page_of(login, visitor)),
            parts=self._site.path("/api/panels" if own else f"/api/users/{in_address(login)}/panels"),
            noted=note,
        )
