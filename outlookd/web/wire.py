"""Connections: how long they may be silent, what becomes of bytes that are no request, and an access log that cannot leak.

Knows aiohttp's server below the application. Knows no page.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Final

import structlog
from aiohttp import web
from aiohttp.abc import AbstractAccessLogger
from aiohttp.http import HttpProcessingError

from outlookd.web.doors.health import UNLOGGED
from outlookd.web.doors.notifications import NOTIFICATIONS, USUAL

__all__ = ["FIXED_HEADERS", "ROUTE", "create_runner"]

log = structlog.get_logger()

ROUTE: Final = web.RequestKey("route", str)
"""Of a request that has got as far as the application: the pattern of its address, which holds nobody's secret."""

FIXED_HEADERS: Final[Mapping[str, str]] = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "Server": "outlookd",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""Headers of every answer, whatever it is."""

_NO_REQUEST_HEADERS: Final = {**FIXED_HEADERS, "Cache-Control": "no-store", "Content-Security-Policy": "default-src 'none'"}

FIRST_REQUEST_WITHIN: Final = 20.0
"""Seconds until the first request of a connection has its headers complete."""

KEPT_OPEN: Final = 150.0
"""Seconds between two requests: longer than Caddy (120) and nginx (60) keep theirs, or a proxy would write into a closing one."""


def create_runner(
    app: web.Application, *, shutdown_seconds: float = 10.0, first_request_within: float = FIRST_REQUEST_WITHIN
) -> web.AppRunner:
    """A runner that logs routes instead of addresses and lets requests in flight finish when it is cleaned up."""
    return _Runner(app, first_request_within=first_request_within, handle_signals=False, shutdown_timeout=shutdown_seconds)


class _Runner(web.AppRunner):
    """aiohttp's, but for the connections."""

    __slots__ = ("_first_request_within",)

    def __init__(self, app: web.Application, *, first_request_within: float, handle_signals: bool, shutdown_timeout: float) -> None:
        super().__init__(app, handle_signals=handle_signals, shutdown_timeout=shutdown_timeout)
        self._first_request_within = first_request_within

    async def _make_server(self) -> web.Server:
        return _Server(await super()._make_server(), self._first_request_within)


class _Server(web.Server):
    """Makes a `_Connection` for each caller, in front of the application that `made` serves."""

    def __init__(self, made: web.Server, first_request_within: float) -> None:
        super().__init__(made.request_handler, request_factory=made.request_factory)
        self._first_request_within = first_request_within
        self._log = logging.getLogger("aiohttp.server")
        self._log.addFilter(_is_ours)

    def __call__(self) -> web.RequestHandler:
        return _Connection(self, asyncio.get_running_loop(), self._log, self._first_request_within)


class _Connection(web.RequestHandler):
    """One connection. aiohttp waits for ever for a first request, and answers what is none with its own name and the bytes."""

    __slots__ = ("_first_request_within", "_silence")

    def __init__(
        self, server: web.Server, loop: asyncio.AbstractEventLoop, server_log: logging.Logger, first_request_within: float
    ) -> None:
        super().__init__(server, loop=loop, access_log_class=RouteLog, logger=server_log, keepalive_timeout=KEPT_OPEN)
        self._first_request_within = first_request_within
        self._silence: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._silence = self._loop.call_later(self._first_request_within, self._hang_up)

    def connection_lost(self, exc: BaseException | None) -> None:
        if self._silence is not None:
            self._silence.cancel()
        super().connection_lost(exc)

    def _hang_up(self) -> None:
        if self._request_count == 0:
            self.force_close()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer what is no HTTP with a constant text. Anybody can send it: it has its line in the access log, and no traceback."""
        if not isinstance(exc, HttpProcessingError):
            return super().handle_error(request, status, exc, message)
        answer = web.Response(status=status, text=f"{status}: this is no request that can be read.", headers=_NO_REQUEST_HEADERS)
        answer.force_close()
        return answer


def _is_ours(record: logging.LogRecord) -> bool:
    """Whether an error in aiohttp's own log is a fault on this side.

    It reads what a room has left of a body, and reports one that cannot be unpacked as the server's: anybody could fill the log.
    """
    return not (record.exc_info and isinstance(record.exc_info[1], web.RequestPayloadError))


class RouteLog(AbstractAccessLogger):
    """Logs the *route* of a request: the address itself holds a link's secret, or a code and a state in its query (threat T8)."""

    def log(self, request: web.BaseRequest, response: web.StreamResponse, time: float) -> None:
        """One line per request, but for the health checks and what usually becomes of a notification."""
        route = request.get(ROUTE, "(none)")
        if route not in UNLOGGED and not (route.endswith(NOTIFICATIONS) and response.status in USUAL):
            log.info("web.request", method=request.method, route=route, status=response.status, ms=round(time * 1000, 1))
