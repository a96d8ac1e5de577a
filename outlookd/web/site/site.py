"""Where the pages live and how they are drawn: public address, cookies, language, templates.

The public address comes from the settings and never from a Host or X-Forwarded header (threat T22). When it has a path, the proxy
in front passes that path on unchanged and every page lives below it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, tzinfo
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode, urlsplit

import aiohttp_jinja2
from aiohttp import web

from outlookd.errors import ConfigurationError
from outlookd.web.site.assets import Assets
from outlookd.web.site.visitors import Visitor
from outlookd.web.words import Catalogue, Language, Speech, choose_language
from outlookd.web.words.frame import FRAME
from outlookd.web.words.things import THINGS

__all__ = ["Site"]

LANGUAGE = "lang"
"""In the query: the language that the person chooses, for a year."""

_LANGUAGE_COOKIE = "outlookd-language"
_YEAR = 365 * 24 * 3600
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class Site:
    """The public address, and what follows from it."""

    def __init__(
        self,
        public_url: str,
        *,
        zone: Callable[[], tzinfo] = lambda: UTC,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`zone` is the one in which times are told; it is asked each time, for it changes with a reload.

        Raises ConfigurationError for anything but https, or http on a loopback host: the cookie would travel in clear.
        """
        parts = urlsplit(public_url)
        self._secure = parts.scheme == "https"
        if not parts.hostname or not (self._secure or (parts.scheme == "http" and parts.hostname in _LOOPBACK)):
            raise ConfigurationError(
                "The public address must be https.", faults=("web.public_url: must begin with https:// (http:// on loopback only)",)
            )
        self.origin = f"{parts.scheme}://{parts.netloc}"
        self._prefix = parts.path.rstrip("/")
        self.assets = Assets(self.path("/static"))
        self._zone = zone
        self._now = now

    def path(self, path: str) -> str:
        """The path of a page below the public address."""
        return self._prefix + path

    def render(
        self,
        request: web.Request,
        template: str,
        context: Mapping[str, Any],
        *,
        words: Catalogue[Any],
        visitor: Visitor | None = None,
        status: HTTPStatus = HTTPStatus.OK,
    ) -> web.Response:
        """Draw a page in the reader's language: a room's `words` are ``texts`` in its template, ``say`` is the language's `Speech`.

        ``frame`` and ``things`` are the words of all rooms. With a `visitor` the page leads to the other pages.
        """
        language = self.language(request)
        values = {
            "texts": words.of(language),
            "frame": FRAME.of(language),
            "things": THINGS.of(language),
            "say": self.speech(request),
            "visitor": visitor,
            "here": request.path,
            "path": self.path,
            "asset": self.assets.address,
            "other_language": _other_language(request, language),
            **context,
        }
        response = aiohttp_jinja2.render_template(template, request, values, status=status.value)
        response.headers["Content-Language"] = language.value
        response.headers["Vary"] = "Accept-Language, Cookie"
        if request.query.get(LANGUAGE) == language.value:
            self.set_cookie(response, _LANGUAGE_COOKIE, language.value, max_age=_YEAR)
        return response

    def language(self, request: web.Request) -> Language:
        """What the address says, else what the person chose before, else what the browser likes best."""
        chosen = request.query.get(LANGUAGE) or self.cookie(request, _LANGUAGE_COOKIE)
        return choose_language(request.headers.get("Accept-Language", ""), chosen)

    def speech(self, request: web.Request) -> Speech:
        """How the reader's language counts and tells the time, now."""
        return Speech(language=self.language(request), zone=self._zone(), now=self._now())

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


def _other_language(request: web.Request, language: Language) -> str:
    """Where the switch leads: this very page. Only the query is written, so that no address can lead elsewhere (threat T7)."""
    other = FRAME.of(language).other
    rest = [(name, value) for name, value in request.query.items() if name != LANGUAGE]
    return "?" + urlencode([*rest, (LANGUAGE, other)])
