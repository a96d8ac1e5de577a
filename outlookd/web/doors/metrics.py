"""``/metrics``: what Prometheus reads, and the count of requests to our own pages.

Knows who may read it. On the pages' own port that is this machine only: the address is the connection's, never a header's, and
a request that a proxy passed on is not from this machine, wherever the proxy runs (threat T22). With ``metrics.listen`` it has a
port of its own, and who may reach that is the firewall's business.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from ipaddress import IPv6Address, ip_address
from time import perf_counter
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from prometheus_client.aiohttp import make_aiohttp_handler

from outlookd.runtime.metrics import Metrics

__all__ = ["MetricsRoom", "create_metrics_app"]

_PASSED_ON: Final = ("Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP")
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_OTHER: Final = "other"

Refresh = Callable[[], Awaitable[None]]
"""Has the figures read again that are not counted; called before each answer."""


class MetricsRoom:
    """Counts every request of the application it is added to. `shown` puts ``/metrics`` there too, for loopback callers."""

    def __init__(self, metrics: Metrics, refresh: Refresh, *, shown: bool) -> None:
        self._metrics = metrics
        self._show = _answer(metrics, refresh)
        self._shown = shown

    def add_to(self, app: web.Application) -> None:
        """Add the route, and the count: outermost, so that requests which other middlewares refuse are counted too."""
        app.middlewares.insert(0, self._counting())
        if self._shown:
            app.router.add_get("/metrics", self._for_this_machine)

    async def _for_this_machine(self, request: web.Request) -> web.StreamResponse:
        if not _from_here(request):
            raise web.HTTPForbidden(text="403: /metrics answers on this machine only; metrics.listen gives it a port of its own.")
        return await self._show(request)

    def _counting(self) -> Middleware:
        @web.middleware
        async def count(request: web.Request, handler: Handler) -> web.StreamResponse:
            began = perf_counter()
            code = 500
            try:
                response = await handler(request)
                code = response.status
            except web.HTTPException as answer:
                code = answer.status
                raise
            finally:
                method = request.method if request.method in _METHODS else _OTHER
                self._metrics.http(_route(request), method, code, perf_counter() - began)
            return response

        return count


def create_metrics_app(metrics: Metrics, refresh: Refresh) -> web.Application:
    """The application behind ``metrics.listen``: ``/metrics`` and nothing else."""
    app = web.Application()
    app.router.add_get("/metrics", _answer(metrics, refresh))
    return app


def _answer(metrics: Metrics, refresh: Refresh) -> Handler:
    show = make_aiohttp_handler(metrics.registry)

    async def answer(request: web.Request) -> web.StreamResponse:
        await refresh()
        return await show(request)

    return answer


def _from_here(request: web.Request) -> bool:
    peer = request.transport.get_extra_info("peername") if request.transport is not None else None
    if not isinstance(peer, tuple) or any(name in request.headers for name in _PASSED_ON):
        return False
    # Without the zone of a link-local address.
    address = ip_address(str(peer[0]).partition("%")[0])
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return address.is_loopback


def _route(request: web.Request) -> str:
    """The pattern of the route, `_OTHER` for an address that has none: addresses are the visitor's choice, and without end."""
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else _OTHER
