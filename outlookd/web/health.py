"""Whether the process is alive, for whatever restarts it."""

from __future__ import annotations

from aiohttp import web

__all__ = ["Health"]


class Health:
    """``/healthz``, at the root of the server whatever the public address is."""

    def add_to(self, app: web.Application) -> None:
        """Add the route."""
        app.router.add_get("/healthz", self._alive)

    async def _alive(self, _request: web.Request) -> web.Response:
        """Alive: the loop answers. Asks nobody else, so that a dead Microsoft does not get us restarted (operations.md 5.1)."""
        return web.json_response({"status": "ok"})
