"""Who is signed in to the pages: a random token in a cookie, and what it stands for on our side only.

Knows cookies and lifetimes. Does not know how a person was recognised: that is the sign-in's, which calls `begin`.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Final, Protocol

import structlog
from aiohttp import web

from outlookd.errors import StoreError
from outlookd.ports import Clock
from outlookd.web.site import Site
from outlookd.web.site.visitors import Visitor

__all__ = ["SIGN_IN", "SessionStore", "SessionVisitors"]

log = structlog.get_logger()

SIGN_IN: Final = "/signin"
ENDED: Final = "ended"
"""In the query of the sign-in's address: a button was pressed by somebody who is not signed in any more."""
LIFE: Final = timedelta(hours=8)
IDLE: Final = timedelta(minutes=30)
TOUCHED_EVERY: Final = timedelta(minutes=1)
"""Pages are looked at more often than a database should be written for it."""

_COOKIE = "outlookd-session"
_TOKEN_BYTES = 32


class SessionStore(Protocol):
    """Where sessions are kept, by the hash of their token. Times are aware, UTC."""

    async def begin(self, digest: str, login: str, *, now: datetime, expires: datetime, idle_since: datetime) -> None:
        """Keep a new session; sweep those that have expired, or were last seen by `idle_since`."""
        ...

    async def find(self, digest: str, *, now: datetime, idle_since: datetime) -> tuple[str, datetime] | None:
        """The login of a session that lives, and when it was last seen."""
        ...

    async def touch(self, digest: str, now: datetime) -> None:
        """The session was used just now."""
        ...

    async def end(self, digest: str) -> None:
        """Forget the session."""
        ...


class SessionVisitors:
    """Implements `Visitors` with sessions of eight hours, or of half an hour without any use (threat T17)."""

    def __init__(self, store: SessionStore, site: Site, clock: Clock, *, admins: Callable[[], Collection[str]]) -> None:
        """`admins` is asked at every request: whoever is struck off the list is no administrator at the next one."""
        self._store = store
        self._site = site
        self._clock = clock
        self._admins = admins

    async def require(self, request: web.Request) -> Visitor:
        """Who is asking. Raises web.HTTPSeeOther to the sign-in, or web.HTTPUnauthorized where no page could be shown."""
        visitor = await self.recognise(request)
        if visitor is not None:
            return visitor
        address = self._site.path(SIGN_IN)
        if not _is_navigation(request):
            # A script would follow a redirect and put the sign-in page where a part of a page belongs.
            raise web.HTTPUnauthorized(headers={"HX-Redirect": address})
        # Whoever pressed a button learns that nothing came of it, before they think that it did.
        raise web.HTTPSeeOther(address if request.method == "GET" else f"{address}?{ENDED}=1")

    async def recognise(self, request: web.Request) -> Visitor | None:
        """Who is asking, or None for a browser without a living session."""
        token = self._site.cookie(request, _COOKIE)
        if not token:
            return None
        digest, now = _digest(token), self._clock.now()
        found = await self._store.find(digest, now=now, idle_since=now - IDLE)
        if found is None:
            return None
        login, seen = found
        # What a page asks for by itself is no use of it: a forgotten window would keep its session alive all day.
        if now - seen >= TOUCHED_EVERY and not _asked_by_itself(request):
            await self._touch(digest, now)
        return Visitor(login=login, admin=login in self._admins())

    async def begin(self, request: web.Request, response: web.Response, login: str) -> None:
        """Sign the browser in as `login`, always under a new token: one that was planted there before is worth nothing (T17)."""
        await self._forget(request)
        token, now = secrets.token_urlsafe(_TOKEN_BYTES), self._clock.now()
        await self._store.begin(_digest(token), login, now=now, expires=now + LIFE, idle_since=now - IDLE)
        self._site.set_cookie(response, _COOKIE, token, max_age=int(LIFE.total_seconds()))
        log.info("web.session.begun")

    async def end(self, request: web.Request, response: web.Response) -> None:
        """Sign the browser out, here and in its cookie."""
        await self._forget(request)
        self._site.drop_cookie(response, _COOKIE)
        log.info("web.session.ended")

    async def _touch(self, digest: str, now: datetime) -> None:
        try:
            await self._store.touch(digest, now)
        except StoreError as error:
            # A full disk must not hide the page that says so.
            log.warning("web.session.untouched", code=error.code)

    async def _forget(self, request: web.Request) -> None:
        token = self._site.cookie(request, _COOKIE)
        if token:
            await self._store.end(_digest(token))


def _is_navigation(request: web.Request) -> bool:
    """Whether a person will see the answer as a page. What a browser says about itself, older ones by what they accept."""
    if "HX-Request" in request.headers:
        return False
    mode = request.headers.get("Sec-Fetch-Mode")
    if mode is not None:
        return mode == "navigate"
    accepted = request.headers.get("Accept", "*/*")
    return "text/html" in accepted or "*/*" in accepted


def _asked_by_itself(request: web.Request) -> bool:
    return request.method == "GET" and "HX-Request" in request.headers


def _digest(token: str) -> str:
    # 256 random bits: a slow hash would protect nothing more.
    return hashlib.sha256(token.encode()).hexdigest()
