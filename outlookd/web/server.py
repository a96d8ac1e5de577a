"""The web application: its rooms, whose forms it takes, what becomes of errors, and the headers of every answer.

Knows aiohttp. What the pages do is in the page modules, what is below the application in `wire`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Protocol

import aiohttp_jinja2
import jinja2
import structlog
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from outlookd.errors import OutlookdError
from outlookd.web.site import Site
from outlookd.web.site.assets import Assets
from outlookd.web.site.refusals import framed
from outlookd.web.wire import FIXED_HEADERS, ROUTE

__all__ = ["Room", "create_app"]

log = structlog.get_logger()

_HERE = Path(__file__).parent
_BODY_LIMIT = 64 * 1024
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class Room(Protocol):
    """Some routes that belong together: a page and its parts, or a door for machines."""

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        ...


def create_app(site: Site, rooms: Sequence[Room], *, form_targets: Collection[str] = ()) -> web.Application:
    """The application with `rooms` in it. `form_targets` are origins that a form's answer may lead to: the sign-in's."""
    app = web.Application(client_max_size=_BODY_LIMIT, middlewares=[_routed, framed(site), _own_forms_only(site), _told])
    aiohttp_jinja2.setup(app, loader=jinja2.FileSystemLoader(_HERE / "templates"), undefined=jinja2.StrictUndefined)
    app.on_response_prepare.append(_headers(site.assets, form_targets))
    site.assets.add_to(app)
    if bare := site.path(""):
        app.router.add_get(bare, _to_the_slash(site), allow_head=False)
    for room in rooms:
        room.add_to(app)
    return app


def _to_the_slash(site: Site) -> Handler:
    """Below a path, the address as people type it."""

    async def lead(_request: web.Request) -> web.StreamResponse:
        raise web.HTTPPermanentRedirect(site.path("/"))

    return lead


@web.middleware
async def _routed(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Note which route it is, for whoever tells of the request later."""
    resource = request.match_info.route.resource
    if resource is not None:
        request[ROUTE] = resource.canonical
    return await handler(request)


def _own_forms_only(site: Site) -> Middleware:
    """Refuse a form that another site posts here in somebody's browser (threat T20).

    Browsers since 2023 always say ``Sec-Fetch-Site``. For older ones ``Origin`` decides, and refuses when it is ``null``, which it
    is under no-referrer. A client that sends neither is no browser and has no cookie to abuse.
    """

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.method not in _SAFE_METHODS:
            fetched_from = request.headers.get("Sec-Fetch-Site")
            origin = request.headers.get("Origin", site.origin)
            ours = fetched_from == "same-origin" if fetched_from is not None else origin == site.origin
            if not ours:
                raise web.HTTPForbidden(text="403: this form was sent from another site.")
        return await handler(request)

    return check


@web.middleware
async def _told(request: web.Request, handler: Handler) -> web.StreamResponse:
    """An error of ours that no room has an answer to, a state database that refuses, say: told to whoever looks, and to the log.

    A body that is not packed as its header says is the caller's error.
    """
    try:
        return await handler(request)
    except web.RequestPayloadError as error:
        refusal = web.HTTPBadRequest(text="400: this body cannot be unpacked.")
        refusal.force_close()  # aiohttp will close it, and a proxy that is not told would send the next caller's request there
        raise refusal from error
    except OutlookdError as error:
        log.warning("web.request.failed", route=request.get(ROUTE, "(none)"), error=type(error).__name__, hint=error.hint)
        raise web.HTTPServiceUnavailable(text="503: outlookd cannot answer right now. Try again in a few minutes.") from error


def _headers(assets: Assets, form_targets: Collection[str]) -> Callable[[web.Request, web.StreamResponse], Awaitable[None]]:
    """The headers of every answer, errors included."""
    policy = "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "connect-src 'self'",
            # Pico's arrows and ticks are data: addresses, and a browser may ask for them before it has read our own sheet.
            "img-src 'self' data:",
            # The sign-in's too: browsers hold the redirect that follows a form against this list.
            " ".join(["form-action 'self'", *form_targets]),
            "base-uri 'none'",
            "frame-ancestors 'none'",
        )
    )
    fixed = {**FIXED_HEADERS, "Content-Security-Policy": policy}

    async def add(request: web.Request, response: web.StreamResponse) -> None:
        response.headers.update(fixed)
        # A missing file must not be missing for good.
        response.headers["Cache-Control"] = assets.cache_control(request) if response.status == HTTPStatus.OK else "no-store"

    return add
