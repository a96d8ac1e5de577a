"""``/signin``: where a person signs in to the pages, and out of them.

Knows the way to Microsoft and the cookie that comes back from there. What Microsoft answers arrives at `ConnectPages`, which calls
`SessionVisitors.begin`.
"""

from __future__ import annotations

from typing import Final, Protocol

import structlog
from aiohttp import web

from outlookd.entra import Departure
from outlookd.errors import OutlookdError
from outlookd.web.entrance.flow import leave, to_end
from outlookd.web.entrance.sessions import ENDED, SessionVisitors
from outlookd.web.entrance.sessions import SIGN_IN as ADDRESS
from outlookd.web.outcomes import Outcome, outcome_of
from outlookd.web.site import Site
from outlookd.web.words.signin import SIGN_IN

__all__ = ["SignInRoom", "Visits"]

log = structlog.get_logger()

MOST_AT_ONCE: Final = 64
"""Sign-ins that may be on their way out at the same moment. Anybody can press the button, and while Microsoft does not answer each
press waits in front of the same threads as the renewals of tokens (threat T21). One that has left costs nothing here."""


class Visits(Protocol):
    """The sign-in, as far as this page needs it."""

    async def begin_visit(self) -> Departure:
        """The address at Microsoft where a person says who they are, and what their browser holds. Raises OutlookdError."""
        ...


class SignInRoom:
    """The page with the button, what the button does, and the way out."""

    def __init__(self, visitors: SessionVisitors, visits: Visits, site: Site) -> None:
        self._leaving = 0
        self._visitors = visitors
        self._visits = visits
        self._site = site

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_get(self._site.path(ADDRESS), self._show, allow_head=False)
        app.router.add_post(self._site.path(ADDRESS), self._leave)
        app.router.add_post(self._site.path("/signout"), self._sign_out)

    async def _show(self, request: web.Request) -> web.StreamResponse:
        if await self._visitors.recognise(request) is not None:
            raise web.HTTPSeeOther(self._site.path("/"))
        return self._site.render(request, "signin.html", {"ended": ENDED in request.query}, words=SIGN_IN)

    async def _leave(self, _request: web.Request) -> web.StreamResponse:
        if self._leaving >= MOST_AT_ONCE:
            return to_end(self._site, Outcome.BUSY)
        self._leaving += 1
        try:
            # New each time: what was planted in the browser before must not be what Microsoft's answer is bound to.
            departure = await self._visits.begin_visit()
        except OutlookdError as error:
            log.warning("web.visit.refused", error=type(error).__name__, hint=error.hint)
            return to_end(self._site, outcome_of(error))
        finally:
            self._leaving -= 1
        return leave(self._site, departure)

    async def _sign_out(self, request: web.Request) -> web.StreamResponse:
        answer = web.HTTPSeeOther(self._site.path(ADDRESS))
        await self._visitors.end(request, answer)
        raise answer
