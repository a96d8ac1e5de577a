"""What was asked of a service, so that tests can count requests. Shared by Entra, Graph and GoPaaS; knows nothing of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

BATCH_ITEMS = web.RequestKey("batch_items", tuple)
"""Set by a handler that unpacks a batch: ``METHOD url`` of each item."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestEntry:
    """One HTTP request. `path` keeps its query; `status` 0 means that the connection was closed without an answer."""

    method: str
    path: str
    status: int
    client_request_id: bool
    items: tuple[str, ...] = ()

    @property
    def line(self) -> str:
        """The request line that patterns are searched in."""
        return f"{self.method} {self.path}"


class RequestLog:
    """The requests of one service, oldest first."""

    def __init__(self) -> None:
        self._entries: list[RequestEntry] = []

    @property
    def entries(self) -> tuple[RequestEntry, ...]:
        """Every request since the last `clear`."""
        return tuple(self._entries)

    def add(self, entry: RequestEntry) -> None:
        """Note a request."""
        self._entries.append(entry)

    def count(self, method: str | None = None, match: str | None = None) -> int:
        """How many HTTP requests had this method and a ``METHOD path?query`` in which `match` is found. A batch counts as one."""
        return sum(
            1
            for entry in self._entries
            if (method is None or entry.method == method) and (match is None or re.search(match, entry.line) is not None)
        )

    def clear(self) -> None:
        """Start counting anew."""
        self._entries.clear()

    def dump(self) -> list[dict[str, Any]]:
        """Every request as plain data."""
        return [asdict(entry) | {"items": list(entry.items)} for entry in self._entries]

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[RequestEntry]:
        return iter(self._entries)


def request_log_middleware(log: RequestLog) -> Middleware:
    """A middleware that notes every request in `log`. It goes outside the fault middleware, so that faults are counted too."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        status = 0
        try:
            response = await handler(request)
            status = response.status if request.transport is not None and not request.transport.is_closing() else 0
        except web.HTTPException as answer:
            status = answer.status
            raise
        finally:
            log.add(
                RequestEntry(
                    method=request.method,
                    path=request.raw_path,
                    status=status,
                    client_request_id="client-request-id" in request.headers,
                    items=request.get(BATCH_ITEMS, ()),
                )
            )
        return response

    return middleware
