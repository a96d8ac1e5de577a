"""Where the pages live and how they are drawn: public address, cookies, templates.

The public address comes from the settings and never from a Host or X-Forwarded header (threat T22). When it has a path, the proxy
in front passes that path on unchanged and every page lives below it.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import aiohttp_jinja2
from aiohttp import web

from outlookd.errors import ConfigurationError
from outlookd.web.texts import choose_texts

__all__ = ["Site"]

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class Site:
    """The public address, and what follows from it."""

    def __init__(self, public_url: str) -> None:
        """Raises ConfigurationError for anything but https, or http on a loopback host: the cookie would travel in clear."""
        parts = urlsplit(public_url)
        self._secure = parts.scheme == "https"
        if not parts.hostname or not (self._secure or (parts.scheme == "http" and parts.hostname in _LOOPBACK)):
            raise ConfigurationError(
                "The public address must be https.", faults=("web.public_url: must begin with https:// (http:// on loopback only)",)
            )
        self.origin = f"{parts.scheme}://{parts.netloc}"
        self._prefix = parts.path.rstrip("/")

    def path(self, path: str) -> str:
        """The path of a page below the public address."""
        return self._prefix + path

    def render(
        self, request: web.Request, template: str, context: Mapping[str, Any], *, status: HTTPStatus = HTTPStatus.OK
    ) -> web.Response:
        """Draw a page in the browser's language."""
        texts = choose_texts(request.headers.get("Accept-Language", ""))
        values = {"texts": texts, "static": self.path("/static"), **context}
        response = aiohttp_jinja2.render_template(template, request, values, status=status.value)
        response.headers["Content-Language"] = texts.language
        response.headers["Vary"] = "Accept-Language"
        return response

    def cookie(self, request: web.Request, name: str) -> str:
        """A cookie's value, or an empty string."""
        return request.cookies.get(self._cookie_name(name), "")

    def set_cookie(self, response: web.Response, name: str, value: str, *, max_age: int) -> None:
        """Set a short-lived cookie that no script reads and no other site's POST carries.

        Lax, not Strict: it must come back with Microsoft's redirect, which is a navigation from another site (threat T1).
        """
        response.set_cookie(self._cookie_name(name), value, max_age=max_age, secure=self._secure, **_FLAGS)

    def drop_cookie(self, response: web.Response, name: str) -> None:
        """Have the browser forget a cookie."""
        response.del_cookie(self._cookie_name(name), secure=self._secure, **_FLAGS)

    def _cookie_name(self, name: str) -> str:
        # Browsers accept the prefix only with Secure, which plain http on loopback cannot have.
        return f"__Host-{name}" if self._secure else name


_FLAGS: Mapping[str, Any] = {"path": "/", "httponly": True, "samesite": "Lax"}
