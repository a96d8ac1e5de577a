"""Requests to Graph, GoPaaS and Entra, measured: which operation, how it ended, how long one attempt took.

Knows where the services are and which calls outlookd makes. An operation is a line of a fixed table, never a piece of an address:
ids, views and queries cannot become label values, whatever an address says (operations.md 1.3).
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from time import perf_counter
from types import SimpleNamespace
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

import aiohttp
import requests
from yarl import URL

from outlookd.entra.transport import HttpClient, HttpResponse
from outlookd.meter import Service

OTHER: Final = "other"
"""A call that the table does not know. A test drives the whole daemon and finds none."""

OPERATIONS: Mapping[Service, tuple[str, ...]] = {
    # Behind the version and the mailbox.
    "graph": (
        "POST $batch",
        "GET calendar", "GET calendar/events", "POST calendar/events", "GET calendar/calendarView",
        "GET calendars", "POST calendars", "GET calendars/{id}", "PATCH calendars/{id}", "GET calendars/{id}/events",
        "POST calendars/{id}/events",
        "GET calendars/{id}/calendarView", "GET calendars/{id}/calendarView/delta",
        "GET events/{id}", "PATCH events/{id}", "DELETE events/{id}", "GET events/{id}/instances",
        "GET contactFolders", "POST contactFolders", "GET contactFolders/{id}", "PATCH contactFolders/{id}",
        "GET contactFolders/{id}/childFolders",
        "GET contactFolders/{id}/contacts", "POST contactFolders/{id}/contacts", "GET contactFolders/{id}/contacts/delta",
        "GET contacts", "GET contacts/{id}", "PATCH contacts/{id}", "DELETE contacts/{id}", "GET contacts/{id}/photo",
        "POST translateExchangeIds",
        "GET subscriptions", "POST subscriptions", "GET subscriptions/{id}", "PATCH subscriptions/{id}",
        "DELETE subscriptions/{id}", "POST subscriptions/{id}/reauthorize",
    ),
    # Behind ``api`` or ``api/oauth2``.
    "gopaas": ("GET list/{id}", "GET item/{id}/{id}", "POST items/{id}", "POST access_token"),
    # Behind the tenant.
    "login": (
        "POST oauth2/v2.0/token", "POST oauth2/v2.0/devicecode", "GET v2.0/.well-known/openid-configuration",
        "GET discovery/v2.0/keys", "GET discovery/instance",
    ),
}  # fmt: skip  # what is about one thing shares a line

_ID = "{id}"
_IN_BRACKETS = re.compile(r"(\w+)(?:\(|%28)(.+)(?:\)|%29)")


class Requested(Protocol):
    """Who counts the attempts."""

    def requested(self, service: Service, operation: str, code: str, *, seconds: float) -> None:
        """One attempt of a request ended. `code` is a status, ``timeout`` or ``connection``."""
        ...


def operation_of(service: Service, method: str, path: str) -> str:
    """The line of `OPERATIONS` that a call is, or `OTHER`. `path` is what stands behind the service's root, still encoded.

    Of two lines that fit, the one with fewer ids: a folder's id could be the word ``delta``, but a known word is more likely.
    """
    parts = _behind_owner(service, [piece for part in path.split("/") if part for piece in _pieces(part)])
    fitting = [name for name, line in _LINES[service] if line[0] == method and _fits(line[1:], parts)]
    return min(fitting, key=lambda name: name.count(_ID), default=OTHER)


def trace_requests(counter: Requested, roots: Callable[[], Mapping[Service, str]]) -> aiohttp.TraceConfig:
    """Count what goes through an aiohttp session. `roots` gives the services' addresses; calls to anybody else are not counted.

    They are asked for each time: a reload may change them.

    An attempt ends when its headers have come. One that *we* cut off is nobody's failure and is left out.
    """

    async def started(_session: aiohttp.ClientSession, context: SimpleNamespace, _what: aiohttp.TraceRequestStartParams) -> None:
        context.began = perf_counter()

    def count(context: SimpleNamespace, method: str, url: URL, code: str) -> None:
        for service, address in roots().items():
            root = _parsed(address)
            if url.origin() == root.origin() and url.raw_path.startswith(root.raw_path):
                operation = operation_of(service, method, _behind_version(service, url.raw_path.removeprefix(root.raw_path)))
                counter.requested(service, operation, code, seconds=perf_counter() - context.began)
                return

    async def answered(_session: aiohttp.ClientSession, context: SimpleNamespace, what: aiohttp.TraceRequestEndParams) -> None:
        count(context, what.method, what.url, str(what.response.status))

    async def broken(_session: aiohttp.ClientSession, context: SimpleNamespace, what: aiohttp.TraceRequestExceptionParams) -> None:
        if not isinstance(what.exception, asyncio.CancelledError):
            count(context, what.method, what.url, "timeout" if isinstance(what.exception, TimeoutError) else "connection")

    trace = aiohttp.TraceConfig()
    trace.on_request_start.append(started)
    trace.on_request_end.append(answered)
    trace.on_request_exception.append(broken)
    return trace


class MeasuredClient:
    """The HTTP client that MSAL speaks through, counted. MSAL calls it from threads of its own."""

    def __init__(self, client: HttpClient, counter: Requested) -> None:
        self._client = client
        self._counter = counter

    def get(self, url: str, **options: Any) -> HttpResponse:
        """As the wrapped client's."""
        return self._measured("GET", url, lambda: self._client.get(url, **options))

    def post(self, url: str, **options: Any) -> HttpResponse:
        """As the wrapped client's."""
        return self._measured("POST", url, lambda: self._client.post(url, **options))

    def close(self) -> None:
        """Close the wrapped client."""
        self._client.close()

    def _measured(self, method: str, url: str, send: Callable[[], HttpResponse]) -> HttpResponse:
        operation = operation_of("login", method, urlsplit(url).path)
        began = perf_counter()
        code = "connection"
        try:
            answer = send()
            code = str(answer.status_code)
        except requests.Timeout:
            code = "timeout"
            raise
        finally:
            self._counter.requested("login", operation, code, seconds=perf_counter() - began)
        return answer


_LINES: Mapping[Service, Sequence[tuple[str, tuple[str, ...]]]] = {
    service: tuple((name, tuple(name.replace(" ", "/").split("/"))) for name in names) for service, names in OPERATIONS.items()
}
"""Each operation's name, and the method and path segments that it stands for."""


@lru_cache(maxsize=8)
def _parsed(address: str) -> URL:
    return URL(address.rstrip("/"))


def _pieces(part: str) -> Sequence[str]:
    """Graph's own links spell ``contactFolders/ID`` as ``contactFolders('ID')``."""
    named = _IN_BRACKETS.fullmatch(part)
    return (named[1], named[2]) if named else (part,)


def _fits(line: Sequence[str], parts: Sequence[str]) -> bool:
    return len(line) == len(parts) and all(word in (_ID, part) for word, part in zip(line, parts, strict=True))


def _behind_version(service: Service, path: str) -> str:
    """`graph.url` may be given with its version or without."""
    if service != "graph":
        return path
    return path.removeprefix("/v1.0").removeprefix("/beta")


def _behind_owner(service: Service, parts: Sequence[str]) -> Sequence[str]:
    """Without what says whose it is: the mailbox, the way in, the tenant."""
    match service, parts:
        case "graph", ["me", *rest]:
            return rest
        case "graph", ["users", _, *rest]:
            return rest
        case "gopaas", ["api", "oauth2", *rest]:
            return rest
        case "gopaas", ["api", *rest]:
            return rest
        case "login", [_, *rest]:
            return rest
    return parts
