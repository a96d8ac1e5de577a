"""What keeps strangers off the sandbox's pages and controls: they have no sign-in, so only this machine may use them.

A web page opened in the same browser runs on this machine, too. So a POST from another site is refused, and so is a request whose
Host is not a loopback name (a foreign name that was made to resolve to 127.0.0.1). The simulated services are not guarded: they
ask for credentials, as the real ones do.
"""

from __future__ import annotations

from ipaddress import ip_address

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler
from yarl import URL

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""Sent with every answer. No script runs on these pages, not even ours: there is none."""


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse what does not come from this machine or comes from another site; add the protecting headers to every answer."""
    if not is_loopback(request.remote or "") or not is_loopback(URL(f"http://{request.host}").host or ""):
        raise web.HTTPForbidden(text="Only this machine may use the sandbox's pages and controls.", headers=HEADERS)
    if request.method not in SAFE_METHODS and _is_cross_site(request):
        raise web.HTTPForbidden(text="This request came from another site.", headers=HEADERS)
    try:
        response = await handler(request)
    except web.HTTPException as answer:
        answer.headers.update(HEADERS)
        raise
    response.headers.update(HEADERS)
    return response


def is_loopback(host: str) -> bool:
    """Whether this host name can only mean this machine."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _is_cross_site(request: web.Request) -> bool:
    """Whether a browser says so. Programs that are no browsers send neither header."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = request.headers.get(hdrs.ORIGIN)
    return origin is not None and origin != f"{request.scheme}://{request.host}"
