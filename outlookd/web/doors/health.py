"""Whether the process is alive, for whatever restarts it, and whether it does its work, for whoever waits for it."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final, Protocol

from aiohttp import web

__all__ = ["UNLOGGED", "Health", "Readiness"]

_ALIVE, _READY = "/healthz", "/readyz"

UNLOGGED: Final = frozenset({_ALIVE, _READY, "/metrics"})
"""Routes that come every few seconds and say nothing: they have no place in the access log."""


class Readiness(Protocol):
    """Knows what keeps the process from doing its work."""

    def troubles(self) -> Mapping[str, str]:
        """What is in the way, by the component that it is about; nothing when there is nothing. Asks nobody outside."""
        ...


class Health:
    """``/healthz`` and ``/readyz``, at the root of the server whatever the public address is."""

    def __init__(self, readiness: Readiness) -> None:
        self._readiness = readiness

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_get(_ALIVE, self._alive)
        app.router.add_get(_READY, self._ready)

    async def _alive(self, _request: web.Request) -> web.Response:
        """Alive: the loop answers. Asks nobody else, so that a dead Microsoft does not get us restarted (operations.md 5.1)."""
        return web.json_response({"status": "ok"})

    async def _ready(self, _request: web.Request) -> web.Response:
        troubles = self._readiness.troubles()
        if not troubles:
            return web.json_response({"status": "ok"})
        return web.json_response({"status": "unready", "components": dict(troubles)}, status=HTTPStatus.SERVICE_UNAVAILABLE)
