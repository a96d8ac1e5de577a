"""Scans: the rows of a view that were modified on certain days, and the trial that says whether GoPaaS can be asked so.

Knows when to ask and what to make of the answer. Which days, and what proves a trial, is in `days`; what changed in a row, and
what its absence means, is decided elsewhere.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import structlog

from outlookd.core.model import Watermark
from outlookd.errors import Rejected, RemoteError, WatermarkExpired
from outlookd.gopaas.client import GopaasClient
from outlookd.gopaas.days import MODIFIED, NewestDay, ScanMark, days_between, parse_mark
from outlookd.gopaas.header import all_of, equals
from outlookd.gopaas.listing import ViewQuery, list_view
from outlookd.gopaas.wire import SERVICE
from outlookd.ports import ListingEnd, Page

log = structlog.get_logger()


class DayScans:
    """Scans of what `query` asks for. `zone` is the application's, in which rows tell their days; None: never scan.

    A row that a program wrote without a modification date is in no scan, nor one that the view begins to show as time passes: the
    next full listing finds it. The interface always sets the date.
    """

    def __init__(self, client: GopaasClient, query: ViewQuery, zone: ZoneInfo | None) -> None:
        self._client = client
        self._query = query
        self._zone = zone
        parts = (query.view, query.search, str(zone), *sorted(query.columns))
        self._question = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]

    def days_since(self, since: Watermark | None) -> list[str]:
        """The days that a scan must ask for to continue from this watermark; none: the whole view must be listed."""
        now = self._client.clock.now()
        mark = self._mark(since)
        start = mark.usable_at(now) if mark is not None else None
        return days_between(start, now, self._zone) if start is not None and self._zone is not None else []

    async def list_days(self, days: Sequence[str], since: Watermark | None) -> AsyncIterator[Page]:
        """Every row modified on one of `days`: one listing per day, in their order. Never a snapshot.

        A row may come on two days; the later one counts. The watermark keeps the date of the last full listing, and stays where
        it was (`since`) when a day's pages disagree to the end. Raises WatermarkExpired when GoPaaS no longer accepts the search,
        else what `list_view` raises.
        """
        started = self._client.clock.now()
        fault = ""
        for day in days:
            try:
                async for page in list_view(self._client, self._query_for(day)):
                    fault = fault or (page.end.reason if page.end else "")
                    last = page.end is not None and day == days[-1]
                    yield Page(payloads=page.payloads, end=self._end(since, started, fault) if last else None)
            except Rejected as error:
                raise WatermarkExpired("GoPaaS no longer accepts a search by day.", service=SERVICE, status=error.status) from error

    async def cursor_after(self, newest: NewestDay, started: datetime, since: Watermark | None, *, full: bool) -> str:
        """The cursor after a complete full listing that began at `started` and showed `newest`.

        One request tries a scan for the newest day, where there is one. Empty: there was nothing to try it with. What once failed
        is tried again only when the whole view was asked for on purpose (`full`), not after each listing that it makes necessary.
        """
        if self._zone is None or not newest.day:
            return ""
        mark = self._mark(since)
        if mark is not None and mark.at is None and not full:
            return mark.cursor
        fault = await self._try(newest)
        log.debug("gopaas.scan.tried", view=self._query.view, works=not fault, reason=fault)
        return ScanMark(question=self._question, at=None if fault else started).cursor

    async def _try(self, newest: NewestDay) -> str:
        """Why scans do not work; empty: they do. An error is a reason too, and no more: the listing itself was complete.

        A server that ignores the search, and begins with a whole page of that day's rows, would pass. Its scans would show too
        much, never too little.
        """
        query = self._query_for(newest.day)
        try:
            page = await self._client.list_page(query.view, 1, query.page_size, search=query.search)
        except RemoteError as error:
            return f"a search for one day gets an error ({type(error).__name__}, {error.status})"
        return newest.fault(page.rows)

    def _mark(self, since: Watermark | None) -> ScanMark | None:
        return parse_mark(since.cursor, self._question) if since is not None and self._zone is not None else None

    def _query_for(self, day: str) -> ViewQuery:
        return replace(self._query, search=all_of(self._query.search, equals(MODIFIED, day)), often_empty=True)

    def _end(self, since: Watermark | None, started: datetime, fault: str) -> ListingEnd:
        before = since or Watermark()
        moved = replace(before, cursor=ScanMark(question=self._question, at=started).cursor)
        return ListingEnd(watermark=before if fault else moved, snapshot=False, complete=not fault, reason=fault)
