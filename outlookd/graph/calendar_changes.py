"""What happened in a calendar within a window: everything there is, or what changed since a cursor.

Knows what the rows of `calendarView/delta` are worth (graph.md 2.8): a single event comes whole, anything about a series is only
a hint that it was touched, a removal only one that an id is no longer seen; and when a feed is begun. Does not know what an event
means.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import structlog

from outlookd.core.model import Watermark
from outlookd.errors import NotFound, WatermarkExpired
from outlookd.graph.batch import MAX_ITEMS
from outlookd.graph.calendar_cursor import CalendarCursor, widened
from outlookd.graph.feed import Feed
from outlookd.graph.links import within
from outlookd.graph.marker import EXPAND_MARKER, labelled, marker_of
from outlookd.graph.paging import Pager
from outlookd.graph.series import UTC_TIMES, VIEW_PAGE, read_series
from outlookd.ports import ListingEnd, Page

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

    from outlookd.core.model import Payload, Span
    from outlookd.graph.client import GraphClient
    from outlookd.graph.delta import DeltaPage

log = structlog.get_logger()

_FEED_PAGE: Final = 500
"""Rows asked for on a page of the feed, by header (trap 21). Graph may send more: it never splits a series."""


class CalendarChanges:
    """One reading of one calendar. `check` reads the calendar itself, and raises ContainerMissing when it is gone."""

    def __init__(self, client: GraphClient, calendar: str, check: Callable[[], Awaitable[None]]) -> None:
        self._client = client
        self._calendar = calendar
        self._check = check

    async def everything(self, wanted: Span, cursor: CalendarCursor | None, *, may_begin: bool = True) -> AsyncIterator[Page]:
        """All events in `wanted`, with their markers, and a watermark of the cursor's feed, of a new one, or of none.

        The feed is read first: whatever changes during the listing then comes with the next one. None is begun within a day of the
        last, or unless it `may_begin`; when one was, the end says so as `restart`. It may lag behind the listing, so the end says
        what it told, too. Raises ContainerMissing.
        """
        at = self._client.clock.now()
        newest, fed = await self._resumed(wanted, cursor)
        restart = None
        if newest is None and may_begin:
            newest, fed = await self._begun(wanted)
            restart = Watermark(cursor=newest.dump())
        async for items in self._view(wanted):
            yield Page(payloads=tuple(labelled(item, marker_of(item)) for item in items))
        mark = Watermark(cursor=newest.dump() if newest is not None else "", full_at=at)
        end = ListingEnd(watermark=mark, snapshot=True, complete=True, window=wanted, restart=restart, fed=fed)
        yield Page(end=end)

    async def since(self, mark: Watermark, cursor: CalendarCursor, wanted: Span) -> AsyncIterator[Page]:
        """What the feed tells: single events as they come, then the series that it mentions, each read again within `wanted`.

        A series that cannot be read leaves the end incomplete and its watermark at `mark`, so that it is told of once more. A feed
        that Graph refuses, on whatever page, ends in a listing of everything (complaint 33). Raises ContainerMissing.
        """
        link, touched, unread = "", dict[str, None](), 0
        try:
            async for page in self._feed().resume(cursor.link):
                singles, masters, nameless = _sorted(page)
                touched |= dict.fromkeys(masters)
                unread += nameless
                link = page.delta
                if singles or page.removed:
                    yield Page(payloads=singles, removed=page.removed)
        except WatermarkExpired as error:
            _note_refusal(error)
            async for listed in self.everything(wanted, replace(cursor, link="")):
                yield listed
            return
        for start in range(0, len(touched), MAX_ITEMS):
            series = await read_series(self._client, list(touched)[start : start + MAX_ITEMS], wanted)
            unread += len(series.unread)
            yield Page(payloads=series.payloads, removed=series.gone, whole=series.whole)
        if unread:
            end = ListingEnd(watermark=mark, snapshot=False, complete=False, reason=f"{unread} series could not be read")
        else:
            newest = replace(cursor, link=link).dump()
            end = ListingEnd(watermark=Watermark(cursor=newest, full_at=mark.full_at), snapshot=False, complete=True)
        yield Page(end=end)

    async def _resumed(self, wanted: Span, cursor: CalendarCursor | None) -> tuple[CalendarCursor | None, frozenset[str]]:
        """The cursor that the next reading goes on from: the same feed's, or one without a feed while it is too early for another.

        None: a feed may be begun (complaint 35). With it what that feed has told since.
        """
        if cursor is not None and cursor.covers(wanted):
            try:
                return await self._read_out(cursor, self._feed().resume(cursor.link))
            except WatermarkExpired as error:
                _note_refusal(error)
        if cursor is None or cursor.is_replaceable(self._client.clock.now()):
            return None, frozenset()
        return replace(cursor, link=""), frozenset()

    async def _begun(self, wanted: Span) -> tuple[CalendarCursor, frozenset[str]]:
        """The cursor of a new feed, over more than is `wanted`, and what it knows. It leaves something behind in the mailbox."""
        fresh = CalendarCursor(link="", frozen=widened(wanted), begun=self._client.clock.now())
        path = within(self._client.path("calendars", self._calendar, "calendarView", "delta"), fresh.frozen)
        log.info("graph.feed.begun")
        try:
            return await self._read_out(fresh, self._feed().begin(path))
        except WatermarkExpired as error:
            # Half of the way through its first reading, even. It counts all the same: the mailbox keeps what it left.
            _note_refusal(error)
            return fresh, frozenset()

    @staticmethod
    async def _read_out(cursor: CalendarCursor, pages: AsyncIterator[DeltaPage]) -> tuple[CalendarCursor, frozenset[str]]:
        """The cursor behind everything that its feed has to tell by now, and the ids of that, series among them.

        Raises WatermarkExpired, ContainerMissing.
        """
        link, fed = "", set[str]()
        async for page in pages:
            link = page.delta
            fed.update(str(row[name]) for row in page.payloads for name in ("id", "seriesMasterId") if row.get(name))
        return replace(cursor, link=link), frozenset(fed)

    def _feed(self) -> Feed:
        pager = Pager(self._client, size=_FEED_PAGE, prefer=(UTC_TIMES,))
        return Feed(pager, self._client.root, self._check)

    async def _view(self, wanted: Span) -> AsyncIterator[Sequence[Payload]]:
        pager = Pager(self._client, size=VIEW_PAGE, prefer=(UTC_TIMES,))
        try:
            first = await pager.first(lambda size: within(self._view_path(size), wanted))
            async for items in pager.pages(first):
                yield items
        except NotFound:
            await self._check()
            raise

    def _view_path(self, size: int) -> str:
        return self._client.path("calendars", self._calendar, "calendarView", top=size, expand=EXPAND_MARKER)


def _note_refusal(error: WatermarkExpired) -> None:
    log.info("graph.feed.refused", status=error.status, code=error.code)


def _sorted(page: DeltaPage) -> tuple[tuple[Payload, ...], list[str], int]:
    """The single events of a page, the masters of the series that it mentions, and how many rows name no series.

    Such a row is no single event and must not be taken for one: a stub would look like an event that lost all its text.
    """
    singles, masters, nameless = [], [], 0
    for row in page.payloads:
        kind = row.get("type")
        master = row.get("id") if kind == "seriesMaster" else row.get("seriesMasterId")
        if master:
            masters.append(str(master))
        elif kind in {"occurrence", "exception", "seriesMaster"}:
            nameless += 1
        else:
            singles.append(row)
    return tuple(singles), masters, nameless
