"""``/status``: where every job stands, for administrators, with what needs somebody first.

Knows order, filter and pages of the table. The one thing that it does is a sign-in link, which is shown once and kept nowhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from aiohttp import web

from outlookd.core.model import RunStatus
from outlookd.errors import OutlookdError
from outlookd.web.jobs.addresses import page_of
from outlookd.web.jobs.desk import Desk, Overview, Standing
from outlookd.web.site import Site
from outlookd.web.site.forms import read_form
from outlookd.web.site.visitors import Visitor, Visitors
from outlookd.web.words.speech import Speech
from outlookd.web.words.status import STATUS, StatusWords
from outlookd.web.words.things import THINGS, ThingWords

__all__ = ["StatusRoom"]

PAGE: Final = 100
"""Rows of one page: a table of a thousand is a second's work for a browser, and nobody reads it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """What became of the button: a link for `login`, or the reason why there is none."""

    login: str
    address: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusView:
    """One page of the table and what stands around it. `number` counts from 1."""

    overview: Overview
    words: StatusWords
    things: ThingWords
    speech: Speech
    wanted: str
    number: int
    link: Link | None = None

    @property
    def found(self) -> Sequence[Standing]:
        """The jobs that match, those in trouble first."""
        wanted = self.wanted.casefold()
        found = [job for job in self.overview.standings if wanted in self._searched(job)]
        return sorted(found, key=lambda job: (-job.trouble, job.login.casefold(), job.job))

    @property
    def rows(self) -> Sequence[Standing]:
        """Those of this page."""
        return self.found[(self.number - 1) * PAGE : self.number * PAGE]

    @property
    def pages(self) -> int:
        """How many pages there are; at least one."""
        return max(1, -(-len(self.found) // PAGE))

    @property
    def troubled(self) -> int:
        """How many jobs need somebody."""
        return sum(1 for job in self.overview.standings if job.trouble)

    @property
    def secret(self) -> str:
        """When the client secret ends."""
        day = self.overview.secret_expires
        if day is None:
            return self.words.expiry_unknown
        left = (day - self.speech.now.astimezone(self.speech.zone).date()).days
        return self.speech.count(self.words.expiry_days, left) if left >= 0 else self.words.expiry_over

    def state(self, job: Standing) -> str:
        """The job's state in one word or two."""
        if job.sign_in:
            return self.words.states[RunStatus.REAUTH]
        if job.running:
            return self.words.running
        if job.state is None:
            return self.words.never
        return self.words.stale if job.trouble == 1 and job.stale else self.words.states[job.state]

    def _searched(self, job: Standing) -> str:
        return f"{job.login} {self.things.kinds[job.resource]} {self.state(job)}".casefold()


class StatusRoom:
    """The administrators' page."""

    def __init__(self, desk: Desk, visitors: Visitors, site: Site) -> None:
        self._desk = desk
        self._visitors = visitors
        self._site = site

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_get(self._site.path("/status"), self._show, allow_head=False)
        app.router.add_post(self._site.path("/status"), self._make_link)

    async def _show(self, request: web.Request) -> web.StreamResponse:
        return await self._page(request, await self._admin(request))

    async def _make_link(self, request: web.Request) -> web.StreamResponse:
        visitor = await self._admin(request)
        login = (await read_form(request)).get("login", "").strip()
        words = STATUS.of(self._site.language(request))
        if not self._desk.jobs_of(login):
            return await self._page(request, visitor, Link(login=login, problem=words.link_unknown))
        try:
            address = await self._desk.connect(login)
        except OutlookdError:
            return await self._page(request, visitor, Link(login=login, problem=words.link_later))
        # In the answer itself: to be shown by another page, it would have to be kept, or to stand in an address.
        return await self._page(request, visitor, Link(login=login, address=address))

    async def _admin(self, request: web.Request) -> Visitor:
        visitor = await self._visitors.require(request)
        if not visitor.admin:
            raise web.HTTPForbidden(text="403: this page is for administrators.")
        return visitor

    async def _page(self, request: web.Request, visitor: Visitor, link: Link | None = None) -> web.StreamResponse:
        language = self._site.language(request)
        view = StatusView(
            overview=await self._desk.overview(),
            words=STATUS.of(language),
            things=THINGS.of(language),
            speech=self._site.speech(request),
            wanted=request.query.get("q", "").strip(),
            number=_page_number(request.query.get("page", "")),
            link=link,
        )
        status = HTTPStatus.UNPROCESSABLE_ENTITY if link is not None and link.problem else HTTPStatus.OK
        context = {"view": view, "page_of": page_of}
        return self._site.render(request, "status.html", context, words=STATUS, visitor=visitor, status=status)


def _page_number(text: str) -> int:
    """The page that the address asks for; the first for anything that is no number of a page."""
    return max(1, int(text[:9])) if text.isascii() and text.isdigit() else 1
