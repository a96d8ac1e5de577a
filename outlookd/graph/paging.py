"""Collections that come in pages: how large they are asked for, and that they end.

Knows `@odata.nextLink` and the page size, not what the items are. A calendar with many endless series is sometimes too much for
one large page, and Graph answers 503 or 504 whenever it is asked (trap 22): then the rest is read in small ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import structlog

from outlookd.errors import ServerTrouble
from outlookd.graph.delta import items_of
from outlookd.graph.errors import unintelligible

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

    from outlookd.graph.client import GraphClient

SMALL: Final = 10
"""Items on a page when large ones are too much; corso falls back to the same number (graph.md 2.8)."""

log = structlog.get_logger()


class Pager:
    """The pages of one collection. `size` is asked for until the server fails at it, `smallest` from then on.

    `prefer` goes with every page: headers are no part of a link (graph.md 1.5).
    """

    def __init__(self, client: GraphClient, *, size: int, smallest: int = SMALL, prefer: Sequence[str] = ()) -> None:
        self._client = client
        self._size = size
        self._smallest = smallest
        self._prefer = tuple(prefer)

    async def first(self, path: Callable[[int], str]) -> dict[str, Any]:
        """The first page, at the path made for a page size."""
        return await self._read(lambda size: self._client.get(path(size), prefer=self._wishes(size)))

    async def follow(self, link: str) -> dict[str, Any]:
        """The page behind a link that Graph handed out. Raises Unintelligible when it leads to another host."""
        return await self._read(lambda size: self._client.follow(link, prefer=self._wishes(size)))

    async def pages(self, body: dict[str, Any]) -> AsyncIterator[list[dict[str, Any]]]:
        """The items of a collection of which `body` is the first page, page by page.

        Raises Unintelligible when a page has no list, or points at one already read.
        """
        seen = set[str]()
        while True:
            yield items_of(body)
            link = body.get("@odata.nextLink")
            if not link:
                return
            if not isinstance(link, str) or link in seen:
                raise unintelligible("the pages of a collection go round in a circle")
            seen.add(link)
            body = await self.follow(link)

    def _wishes(self, size: int) -> tuple[str, ...]:
        return (f"odata.maxpagesize={size}", *self._prefer)

    async def _read(self, send: Callable[[int], Awaitable[dict[str, Any]]]) -> dict[str, Any]:
        try:
            return await send(self._size)
        except ServerTrouble as error:
            if self._size <= self._smallest:
                raise
            log.warning("graph.page.shrunk", size=self._size, smallest=self._smallest, status=error.status, code=error.code)
        self._size = self._smallest
        return await send(self._size)
