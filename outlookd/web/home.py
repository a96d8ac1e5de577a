"""The front page."""

from __future__ import annotations

from aiohttp import web

from outlookd.web.site import Site
from outlookd.web.words.home import HOME

__all__ = ["Home"]


class Home:
    """``/``: what this server is."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def add_to(self, app: web.Application) -> None:
        """Add the route."""
        app.router.add_get(self._site.path("/"), self._show)

    async def _show(self, request: web.Request) -> web.StreamResponse:
        return self._site.render(request, "home.html", {}, words=HOME)
