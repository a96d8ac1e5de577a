"""``/signin``: where a person signs in to the pages, and out of them.

Knows the way to Microsoft and the cookie that comes back from there. What Microsoft answers arrives at `ConnectPages`, which calls
`SessionVisitors.begin`.
"""

from __future__ import annotations

import secrets
from collections import deque
from typing import Final, Protocol

import structlog
from aiohttp import web

from outlookd.errors import OutlookdError
from outlookd.ports import Clock
from outlookd.runtime.clock import SystemClock
from outlookd.web.connect import FLOW_COOKIE, FLOW_SECONDS
from outlookd.web.outcomes import Outcome, outcome_of
from outlookd.web.sessions import SIGN_IN as ADDRESS
from outlookd.web.sessions import SessionVisitors
from outlookd.web.site import Site
from outlookd.web.words.signin import SIGN_IN

__all__ = ["SignInRoom", "Visits"]

log = structlog.get_logger()

MOST_IN_A_MINUTE: Final = 120
"""Sign-ins that may begin. Anybody can press the button, and each press is a row in the database for ten minutes (threat T21)."""

_FLOW_BYTES = 32


class Visits(Protocol):
    """The sign-in, as far as this page needs it."""

    async def begin_visit(self, session: str) -> str:
        """The address at Microsoft where a person says who they are. Raises OutlookdError."""
        ...


class SignInRoom:
    """The page with the button, what the button does, and the way out."""

    def __init__(self, visitors: SessionVisitors, visits: Visits, site: Site, *, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._begun: deque[float] = deque(maxlen=MOST_IN_A_MINUTE)
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
        return self._site.render(request, "signin.html", {}, words=SIGN_IN)

    async def _leave(self, request: web.Request) -> web.StreamResponse:
        del request
        if not self._has_room():
            raise self._to_end(Outcome.LATER)
        # New each time: a value that was planted in the browser before must not be the one that Microsoft's answer is bound to.
        session = secrets.token_urlsafe(_FLOW_BYTES)
        try:
            address = await self._visits.begin_visit(session)
        except OutlookdError as error:
            log.warning("web.visit.refused", error=type(error).__name__, hint=error.hint)
            raise self._to_end(outcome_of(error)) from error
        answer = web.HTTPSeeOther(address)
        self._site.set_cookie(answer, FLOW_COOKIE, session, max_age=FLOW_SECONDS)
        raise answer

    async def _sign_out(self, request: web.Request) -> web.StreamResponse:
        answer = web.HTTPSeeOther(self._site.path(ADDRESS))
        await self._visitors.end(request, answer)
        raise answer

    def _has_room(self) -> bool:
        """Whether one more may begin now; if so, it is counted."""
        now = self._clock.monotonic()
        if len(self._begun) == MOST_IN_A_MINUTE and now - self._begun[0] < 60:
            return False
        self._begun.append(now)
        return True

    def _to_end(self, outcome: Outcome) -> web.HTTPSeeOther:
        return web.HTTPSeeOther(self._site.path(f"/connect/end/{outcome.value}"))
