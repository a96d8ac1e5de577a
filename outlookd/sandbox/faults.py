"""Misfortunes on order: requests that fail, vanish, or succeed without saying so.

Knows HTTP and nothing of the services: the same middleware serves Entra, Graph and GoPaaS, each giving its own error body.
Items of a `$batch` ask `Faults.take` themselves, as service ``graph.item``.
"""

from __future__ import annotations

import asyncio
import base64
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from enum import StrEnum
from typing import Any, TypeAlias, assert_never

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware


class Kind(StrEnum):
    """What happens to a request that meets a fault."""

    STATUS = "status"
    """It is refused, and nothing was done."""
    STATUS_AFTER = "status_after"
    """It is carried out, and answered with an error all the same."""
    DROP_BEFORE = "drop_before"
    """The connection closes, and nothing was done."""
    DROP_AFTER = "drop_after"
    """It is carried out, and the connection closes without an answer: the ambiguous write."""
    SLOW = "slow"
    """It is carried out after `seconds`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One misfortune. Every kind waits `seconds` first.

    `retry_after` becomes the header of that name: numbers as they are (2.128 stays decimal), an instant as an HTTP date, a text
    untouched, None no header. `empty` leaves the body out, `body` replaces the service's own (a text is sent as it is: the HTML
    page of a proxy). `claims` is the JSON of a claims challenge; `suberror` belongs to Entra.
    """

    service: str
    kind: Kind
    match: str = ""
    status: int = 500
    code: str = ""
    message: str = ""
    retry_after: float | str | datetime | None = None
    empty: bool = False
    body: Any = None
    seconds: float = 0.0
    claims: str = ""
    suberror: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    def concerns(self, service: str, method: str, path: str) -> bool:
        """Whether this request meets the fault. `match` is searched in ``METHOD path?query``."""
        return service == self.service and re.search(self.match, f"{method} {path}") is not None

    def header_fields(self) -> dict[str, str]:
        """The headers of the answer: Retry-After, and the claims challenge of a 401 (Graph page, section 6.3)."""
        fields = dict(self.headers)
        if self.claims and self.status == 401:
            encoded = base64.b64encode(self.claims.encode()).decode()
            fields["WWW-Authenticate"] = f'Bearer realm="", error="insufficient_claims", claims="{encoded}"'
        match self.retry_after:
            case None:
                pass
            case datetime():
                fields["Retry-After"] = format_datetime(self.retry_after, usegmt=True)
            case _:
                fields["Retry-After"] = str(self.retry_after)
        return fields


class Faults:
    """The misfortunes in store, oldest order first."""

    def __init__(self) -> None:
        self._waiting: list[tuple[Fault, int]] = []

    def add(self, service: str, kind: str, *, times: int = 1, match: str = "", **options: Any) -> None:
        """Order a fault for the next `times` matching requests of `service`; -1 means until `clear`.

        `options` are the further fields of `Fault`. Raises ValueError for an unknown kind or a broken pattern, TypeError for an
        unknown option.
        """
        try:
            re.compile(match)
        except re.error as error:
            raise ValueError(f"not a pattern: {match!r}") from error
        self._waiting.append((Fault(service=service, kind=Kind(kind), match=match, **options), times))

    def take(self, service: str, method: str, path: str) -> Fault | None:
        """The fault that this request meets, which is thereby used up once."""
        for position, (fault, times) in enumerate(self._waiting):
            if fault.concerns(service, method, path):
                if times == 1:
                    del self._waiting[position]
                elif times > 1:
                    self._waiting[position] = (fault, times - 1)
                return fault
        return None

    def clear(self) -> None:
        """Forget everything that was ordered."""
        self._waiting.clear()

    @property
    def waiting(self) -> tuple[Fault, ...]:
        """What is still in store: empty once every ordered fault has struck."""
        return tuple(fault for fault, _ in self._waiting)


Render: TypeAlias = Callable[[web.Request, Fault], Mapping[str, Any]]
"""Builds a service's own error body for a fault."""


def plain_body(_request: web.Request, fault: Fault) -> Mapping[str, Any]:
    """An error body of no service in particular."""
    return {"error": fault.code or str(fault.status), "message": fault.message}


def fault_middleware(faults: Faults, service: str, render: Render = plain_body) -> Middleware:
    """A middleware that lets `service`'s requests meet the faults ordered for it.

    A client library may itself repeat a GET that lost a reused connection (aiohttp does, once): order such a drop twice.
    """

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        fault = faults.take(service, request.method, request.raw_path)
        if fault is None:
            return await handler(request)
        await asyncio.sleep(fault.seconds)
        match fault.kind:
            case Kind.SLOW:
                return await handler(request)
            case Kind.STATUS:
                return _refusal(request, fault, render)
            case Kind.STATUS_AFTER:
                await _carry_out(request, handler)
                return _refusal(request, fault, render)
            case Kind.DROP_BEFORE:
                return _hang_up(request)
            case Kind.DROP_AFTER:
                await _carry_out(request, handler)
                return _hang_up(request)
            case _:
                assert_never(fault.kind)

    return middleware


async def _carry_out(request: web.Request, handler: Handler) -> None:
    """Let the request have its effect; the answer, even a refusal or a redirect, is thrown away."""
    with suppress(web.HTTPException):
        await handler(request)


def _refusal(request: web.Request, fault: Fault, render: Render) -> web.Response:
    headers = fault.header_fields()
    if fault.empty:
        return web.Response(status=fault.status, headers=headers)
    if isinstance(fault.body, str):
        return web.Response(status=fault.status, headers=headers, text=fault.body, content_type="text/html")
    body = render(request, fault) if fault.body is None else fault.body
    return web.json_response(body, status=fault.status, headers=headers)


def _hang_up(request: web.Request) -> web.Response:
    """Close the connection. What is returned never reaches anybody, but aiohttp wants an answer."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)
