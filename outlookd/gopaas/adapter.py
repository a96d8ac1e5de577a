"""One job's GoPaaS side behind `ports.Adapter`: a view to list, a table to read and write by key.

Knows that GoPaaS has no change feed, no version, no delete and no answer that says what it stored. Does not know what a row
means, nor when to write.
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import replace
from zoneinfo import ZoneInfo

import structlog

from outlookd.core.expression import is_expression
from outlookd.core.model import Payload, Side, Watermark
from outlookd.errors import BadRecord, ConfigurationError, OutlookdError, Rejected, Unintelligible, WatermarkExpired
from outlookd.gopaas.address import NOT_A_SEGMENT
from outlookd.gopaas.client import GopaasClient, UncertainWrite
from outlookd.gopaas.days import NewestDay
from outlookd.gopaas.header import equals
from outlookd.gopaas.listing import ViewDescription, ViewQuery, ViewSample, describe_view, list_view, pick, sample_view
from outlookd.gopaas.probe import Probe, Signature
from outlookd.gopaas.reading import KEY, key_of
from outlookd.gopaas.scan import DayScans
from outlookd.gopaas.wire import SERVICE
from outlookd.ports import Done, Failed, Page, Reading, Unreadable, Write, WriteResult

log = structlog.get_logger()

BATCH_SIZE = 50
"""Rows in one write (sync-model 5.10)."""

FEW = 3
"""How many rows are read one by one at least, however short the view is."""

CANARIES = 20
"""How many keys of the last listing are remembered as records that exist."""


def impossible_key() -> str:
    """A key that no record has: 128 random bits."""
    return f"outlookd-none-{secrets.token_hex(16)}"


class GopaasAdapter:
    """The rows of one view, and the records of the table behind it.

    `columns` are those that the map needs. `filter` is the user field and the login for a view that a service account reads for
    one person (design section 6). `zone` is the application's; with it, days may be asked for instead of the whole view. `setting`
    is how the configuration calls the job, for messages: ``job[2]``. Raises ConfigurationError for a filter that no header carries.
    """

    side = Side.GOPAAS
    batch_size = BATCH_SIZE

    def __init__(
        self,
        client: GopaasClient,
        *,
        table: str,
        view: str,
        columns: frozenset[str],
        page_size: int = 500,
        filter: tuple[str, str] | None = None,
        zone: ZoneInfo | None = None,
        setting: str = "job",
        nonce: Callable[[], str] = impossible_key,
    ) -> None:
        self._client = client
        self._table = table
        self._query = ViewQuery(view=view, columns=columns, page_size=page_size, search=equals(*filter) if filter else "")
        self._scans = DayScans(client, self._query, zone)
        wrong_table = f"Check {setting}.table: is it the table that view {view} shows?"
        self._probe = Probe(client, table, nonce=nonce, canary=self._canary, hint=wrong_table)
        self._asked_for = f"{setting}.view and {setting}.user_field" if filter else f"{setting}.view"
        self._shown: tuple[str, ...] = ()
        self._listed: Watermark | None = None
        self._pages = 0

    @property
    def requests(self) -> int:
        """HTTP requests sent by this adapter's client, token calls left out."""
        return self._client.requests

    async def changes(self, since: Watermark | None, *, full: bool = False) -> AsyncIterator[Page]:
        """The whole view, or, where scans by day are proved to work, the rows modified since the last reading.

        A second pass may repeat keys; the later row counts. A row written without a modification date is in no scan: only the
        next full listing shows it. Raises ConfigurationError when the view lacks a column of the map, or cannot be asked for;
        WatermarkExpired when scans worked and no longer do.
        """
        days = [] if full else self._scans.days_since(since)
        pages = self._scans.list_days(days, since) if days else self._list_all(since, full=full)
        with self._refusals_explained():
            async for page in pages:
                self._shown = tuple(key for row in page.payloads if (key := key_of(row)))[:CANARIES] or self._shown
                self._listed = page.end.watermark if page.end else self._listed
                yield page

    async def read(self, ids: Sequence[str]) -> Mapping[str, Reading]:
        """Each record by key. Absent only while GoPaaS shows another record in the same call (design rule 3).

        A view that shows no other record proves nothing: then everything that seems absent is Unreadable.
        """
        return await self._probe.read(ids)

    async def latest(self, ids: Sequence[str]) -> Mapping[str, Reading]:
        """Rows as they are now, just before a write, in the cheapest way that there is (sync-model 5.10).

        With scans by day: the days since the last listing, and rows that these do not show are left out. Else a few rows are read
        one by one, and for many the view is listed again; of rows that it no longer shows, a few are read and many are Unreadable.
        """
        wanted = frozenset(ids)
        if wanted and (days := self._scans.days_since(self._listed)):
            try:
                found, fault = await pick(self._scans.list_days(days, self._listed), wanted)
                return {**found, **(_unread(wanted - found.keys(), fault) if fault else {})}
            except WatermarkExpired as error:
                log.info("gopaas.scan.expired", view=self._query.view, status=error.status)
        return await self._look_at(wanted)

    async def find(self, marker: str, id: str) -> Sequence[Payload]:
        """The row under the key `id`, which is GoPaaS's idempotency mark; `marker` is Outlook's.

        Raises Unintelligible and its relatives when GoPaaS's answer says neither yes nor no.
        """
        del marker
        row = await self._probe.row(id)
        return () if row is None else (row,)

    async def write(self, writes: Sequence[Write]) -> Sequence[WriteResult]:
        """Upsert by key in one request. `Done.payload` is None: GoPaaS does not say what it stored.

        A batch that GoPaaS refuses is sent again in halves until the refused rows stand alone (design rule 16); upserts by key
        may be repeated safely. Deletes do not exist (design rule 12).
        """
        faulty = {write.ref: error for write in writes if (error := _fault(write))}
        sound = [write for write in writes if write.ref not in faulty]
        results: list[WriteResult] = [Failed(ref=ref, error=error) for ref, error in faulty.items()]
        return [*results, *(await self._send(sound) if sound else ())]

    async def missing_signature(self) -> Signature:
        """How GoPaaS answers for a missing key; printable. For `outlookd check`.

        Raises Unintelligible when a missing record cannot be told from an existing one, of which the view's first is tried.
        """
        return await self._probe.calibrate()

    async def describe_view(self) -> ViewDescription:
        """The view's columns and size as this caller sees them. For `outlookd check`.

        Raises ConfigurationError when the view cannot be asked for.
        """
        with self._refusals_explained():
            return await describe_view(self._client, self._query)

    async def sample_view(self, rows: int) -> ViewSample:
        """The view's columns with their labels, and its first `rows` rows as this job sees them. For the mapping form.

        Raises ConfigurationError when the view cannot be asked for.
        """
        with self._refusals_explained():
            return await sample_view(self._client, replace(self._query, page_size=rows))

    async def _look_at(self, keys: AbstractSet[str]) -> Mapping[str, Reading]:
        """Rows as they are now, without scans: singly while that takes no more requests than listing the view again."""
        few = max(FEW, self._pages)
        if len(keys) <= few:
            return await self.read(sorted(keys))
        with self._refusals_explained():
            found, fault = await pick(list_view(self._client, self._query), keys)
        rest = keys - found.keys()
        if len(rest) > few:
            return {**found, **_unread(rest, fault or "the view no longer shows it, nor many others")}
        return {**found, **await self.read(sorted(rest))}

    async def _list_all(self, since: Watermark | None, *, full: bool) -> AsyncIterator[Page]:
        """The whole view. A complete listing ends with what is known of scans by day."""
        started, pages, newest = self._client.clock.now(), 0, NewestDay()
        async for page in list_view(self._client, self._query, since):
            pages += 1
            newest.add(page.payloads)
            if page.end is None or not page.end.complete:
                yield page
                continue
            self._pages = pages
            cursor = await self._scans.cursor_after(newest, started, since, full=full)
            watermark = replace(page.end.watermark, cursor=cursor)
            yield replace(page, end=replace(page.end, watermark=watermark))

    async def _send(self, writes: Sequence[Write]) -> list[WriteResult]:
        try:
            await self._client.upsert(self._table, [{**write.payload, KEY: write.id} for write in writes])
        except UncertainWrite as error:
            log.warning("gopaas.write.uncertain", table=self._table, rows=len(writes), status=error.cause.status)
            return [Failed(ref=write.ref, error=error.cause, ambiguous=True) for write in writes]
        except Rejected as error:
            if len(writes) == 1:
                return [Failed(ref=writes[0].ref, error=error)]
            middle = len(writes) // 2
            return [*await self._send_rest(writes[:middle]), *await self._send_rest(writes[middle:])]
        return [Done(ref=write.ref, id=write.id) for write in writes]

    async def _send_rest(self, writes: Sequence[Write]) -> list[WriteResult]:
        """A half of a refused batch: nothing may be raised any more, the other half may have happened."""
        try:
            return await self._send(writes)
        except OutlookdError as error:
            return [Failed(ref=write.ref, error=error) for write in writes]

    async def _canary(self, besides: AbstractSet[str]) -> str:
        """A key that the view shows: from the last listing, else (before the first one) from a short look."""
        shown = self._shown
        if all(key in besides for key in shown):
            with self._refusals_explained():
                page = await self._client.list_page(self._query.view, 1, CANARIES, search=self._query.search)
            shown = tuple(key_of(row) for row in page.rows)
        return next((key for key in shown if key not in NOT_A_SEGMENT and key not in besides), "")

    @contextmanager
    def _refusals_explained(self) -> Iterator[None]:
        """GoPaaS has one 400 for everything that it cannot do. All that a listing asks for stands in the settings."""
        try:
            yield
        except Rejected as error:
            what = "a view and a column of it" if self._query.search else "a view"
            raise ConfigurationError(
                error.message, hint=f"Check {self._asked_for}: GoPaaS must know {what} of that name."
            ) from error


def _unread(keys: Iterable[str], why: str) -> dict[str, Reading]:
    error = Unintelligible(f"a last look at a row failed: {why}.", service=SERVICE)
    return dict.fromkeys(keys, Unreadable(error=error))


def _fault(write: Write) -> OutlookdError | None:
    """Why this write must not be sent, if so. The field map already disarms ``$$``; this is the last door before GoPaaS."""
    if write.op == "delete":
        hint = 'Set on_outlook_delete to "set:<field>=<value>" or "detach".'
        return Rejected("GoPaaS has no delete call.", service=SERVICE, hint=hint)
    if not write.id.strip():
        return BadRecord("a GoPaaS record cannot be written without its key", field=KEY)
    for column, value in {KEY: write.id, **write.payload}.items():
        if isinstance(value, str) and is_expression(value):
            return BadRecord("a value begins with '$$', which GoPaaS would evaluate", field=column)
        if not isinstance(value, str | int | float | None):
            return BadRecord("a value is neither text nor a number", field=column)
    return None
