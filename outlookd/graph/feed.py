"""A change feed of one folder or calendar, from its beginning or from a link, to its newest link.

Knows when a link is worth nothing any more: then the engine must read everything again (graph.md 1.6). Does not know what the
items are, nor what a link stands for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from outlookd.errors import NotFound, Unintelligible, WatermarkExpired
from outlookd.graph.delta import parse_page
from outlookd.graph.links import trusted

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from yarl import URL

    from outlookd.graph.delta import DeltaPage
    from outlookd.graph.paging import Pager


class Feed:
    """One way through a feed. `check` reads the folder or calendar, and raises ContainerMissing when it is gone."""

    def __init__(self, pager: Pager, root: URL, check: Callable[[], Awaitable[None]]) -> None:
        self._pager = pager
        self._root = root
        self._check = check

    async def begin(self, path: str) -> AsyncIterator[DeltaPage]:
        """Everything there is, and at the end the link to go on from.

        Raises ContainerMissing, WatermarkExpired.
        """
        try:
            page = parse_page(await self._pager.first(lambda _: path))
        except NotFound:
            await self._check()
            raise
        async for following in self._rest(page):
            yield following

    async def resume(self, link: str) -> AsyncIterator[DeltaPage]:
        """What changed since `link` was handed out, and at the end the next one.

        Raises ContainerMissing, WatermarkExpired.
        """
        try:
            trusted(link, self._root)
        except Unintelligible as error:
            # The settings name another Graph than the one this link came from.
            raise WatermarkExpired("The watermark belongs to another Graph.", service="graph", code=error.code) from error
        async for following in self._rest(await self._page(link)):
            yield following

    async def _rest(self, page: DeltaPage) -> AsyncIterator[DeltaPage]:
        yield page
        while page.next:
            page = await self._page(page.next)
            yield page

    async def _page(self, link: str) -> DeltaPage:
        try:
            return parse_page(await self._pager.follow(link), link=link)
        except NotFound as error:
            await self._check()
            # The folder is there, only this token is not known any more (trap 32): after a mailbox move, for instance.
            raise WatermarkExpired(
                "Graph no longer knows this delta link.", service="graph", status=error.status, code=error.code
            ) from error
