"""One job's GoPaaS side behind `ports.Adapter`: a view to list, a table to read and write by key.

Knows that GoPaaS has no change feed, no version, no delete and no answer that says what it stored. Does not know what a row
means, nor when to write.
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager

import structlog

from outlookd.core.model import Payload, Side, Watermark
from outlookd.errors import BadRecord, ConfigurationError, OutlookdError, Rejected
from outlookd.gopaas.address import NOT_A_SEGMENT
from outlookd.gopaas.client import GopaasClient, UncertainWrite
from outlookd.gopaas.header import equals
from outlookd.gopaas.listing import ViewDescription, ViewQuery, describe_view, list_view
from outlookd.gopaas.probe import Probe, Signature
from outlookd.gopaas.reading import KEY, key_of
from outlookd.gopaas.wire import SERVICE
from outlookd.ports import Done, Failed, Page, Reading, Write, WriteResult

log = structlog.get_logger()

BATCH_SIZE = 50
"""Rows in one write (sync-model 5.10)."""

CANARIES = 20
"""How many keys of the last listing are remembered as records that exist."""


def impossible_key() -> str:
    """A key that no record has: 128 random bits."""
    return f"outlookd-none-{secrets.token_hex(16)}"


class GopaasAdapter:
    """The rows of one view, and the records of the table behind it.

    `columns` are those that the map needs. `filter` is the user field and the login for a view that a service account reads for
    one person (design section 6). `setting` is how the configuration calls the job, for messages: ``job[2]``. Raises
    ConfigurationError for a filter that no header can carry.
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
        setting: str = "job",
        nonce: Callable[[], str] = impossible_key,
    ) -> None:
        self._client = client
        self._table = table
        self._query = ViewQuery(view=view, columns=columns, page_size=page_size, search=equals(*filter) if filter else "")
        wrong_table = f"Check {setting}.table: is it the table that view {view} shows?"
        self._probe = Probe(client, table, nonce=nonce, canary=self._canary, hint=wrong_table)
        self._asked_for = f"{setting}.view and {setting}.user_field" if filter else f"{setting}.view"
        self._shown: tuple[str, ...] = ()

    @property
    def requests(self) -> int:
        """HTTP requests sent by this adapter's client, token calls left out."""
        return self._client.requests

    async def changes(self, since: Watermark | None, *, full: bool = False) -> AsyncIterator[Page]:
        """The whole view, always: GoPaaS cannot say what changed. A second pass may repeat keys; the later row counts.

        Raises ConfigurationError when the view lacks a column of the map, or cannot be asked for.
        """
        del full
        with self._refusals_explained():
            async for page in list_view(self._client, self._query, since):
                self._shown = tuple(key for row in page.payloads if (key := key_of(row)))[:CANARIES] or self._shown
                yield page

    async def read(self, ids: Sequence[str]) -> Mapping[str, Reading]:
        """Each record by key. Absent only while GoPaaS shows another record in the same call (design rule 3).

        A view that shows no other record proves nothing: then everything that seems absent is Unreadable.
        """
        return await self._probe.read(ids)

    async def latest(self, ids: Sequence[str]) -> Mapping[str, Reading]:
        """A last look at rows about to be written (sync-model 5.10)."""
        return await self.read(ids)

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


def _fault(write: Write) -> OutlookdError | None:
    """Why this write must not be sent, if so. The field map already disarms ``$$``; this is the last door before GoPaaS."""
    if write.op == "delete":
        hint = 'Set on_outlook_delete to "set:<field>=<value>" or "detach".'
        return Rejected("GoPaaS has no delete call.", service=SERVICE, hint=hint)
    if not write.id.strip():
        return BadRecord("a GoPaaS record cannot be written without its key", field=KEY)
    for column, value in {KEY: write.id, **write.payload}.items():
        if isinstance(value, str) and value.lstrip().startswith("$$"):
            return BadRecord("a value begins with '$$', which GoPaaS would evaluate", field=column)
        if not isinstance(value, str | int | float | None):
            return BadRecord("a value is neither text nor a number", field=column)
    return None
