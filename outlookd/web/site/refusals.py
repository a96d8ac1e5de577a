"""What a person sees in place of a page: an error in their language, inside the usual frame. Programs get one line of English.

Knows statuses, and no reason: what led here is in the log, and a page that told it would tell strangers too.
"""

from __future__ import annotations

from http import HTTPStatus

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware

from outlookd.web.site import Site
from outlookd.web.words.refusals import REFUSALS

__all__ = ["framed"]

_ABOUT_THE_TEXT = frozenset({hdrs.CONTENT_LENGTH, hdrs.CONTENT_TYPE})


def framed(site: Site) -> Middleware:
    """Draw a page for each refusal that a person would see as one."""

    @web.middleware
    async def draw(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except (web.HTTPClientError, web.HTTPServerError) as refusal:
            if not _is_for_a_person(request):
                raise
            return _page(site, request, refusal)

    return draw


def _is_for_a_person(request: web.Request) -> bool:
    """Whether a browser shows the answer: only browsers ask for HTML by name. What htmx asks for goes into the middle of a page."""
    return "HX-Request" not in request.headers and "text/html" in request.headers.get(hdrs.ACCEPT, "")


def _page(site: Site, request: web.Request, refusal: web.HTTPException) -> web.Response:
    words = REFUSALS.of(site.language(request))
    ending = words.endings.get(HTTPStatus(refusal.status), words.unreadable)
    page = site.render(request, "refusal.html", {"ending": ending}, words=REFUSALS, status=HTTPStatus(refusal.status))
    page.headers.extend({name: value for name, value in refusal.headers.items() if name not in _ABOUT_THE_TEXT})
    if refusal.keep_alive is False:
        page.force_close()
    return page
