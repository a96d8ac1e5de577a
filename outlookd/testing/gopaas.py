"""GoPaaS in memory: one table, one view over it, upsert by key, no deletion and no answer to a write."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from datetime import datetime

from outlookd.core.expression import is_expression
from outlookd.core.model import Payload, Side, Watermark
from outlookd.errors import BadRecord, OutlookdError, Rejected, Unintelligible, Unreachable
from outlookd.ports import Absent, Done, Failed, Found, ListingEnd, Page, Reading, Unreadable, Write, WriteResult
from outlookd.testing.clock import FakeClock
from outlookd.testing.crash import Crasher

Row = dict[str, str]


class MemoryGopaas:
    """Implements `ports.RowAdapter`, and is at the same time the table that a test edits as "the person at the CRM".

    `rows` is the table by key; `shows` is the view's condition; `store_as` is what the CRM makes of a row. `complete = False`
    makes listings incomplete. `lose_answers` is how many coming writes take effect without anybody learning it. `scans = True`
    lets listings between full ones show only what was modified since the day of the last one, by the clock `now`.
    """

    side = Side.GOPAAS
    batch_size = 50

    def __init__(self, crasher: Crasher | None = None, *, page_size: int = 100, now: Callable[[], datetime] | None = None) -> None:
        self.rows: dict[str, Row] = {}
        self.shows: Callable[[Row], bool] = bool
        self.store_as: Callable[[Row], Row] = dict
        self.complete = True
        self.scans = False
        self.lose_answers = 0
        self.requests = 0
        self._now = now or FakeClock().now
        self._crasher = crasher or Crasher()
        self._page_size = page_size
        self._listed = ""

    async def changes(self, since: Watermark | None, *, full: bool = False) -> AsyncIterator[Page]:
        """The view, page by page; or, with `scans`, what was modified since the day of the watermark."""
        today = self._now().date().isoformat()
        day = since.cursor if since is not None and self.scans and not full else ""
        rows = [{"cle": key, **row} for key, row in sorted(self._shown(day).items())]
        pages = list(_cut(rows, self._page_size)) or [[]]
        end = self._end(since, today, snapshot=not day)
        self._listed = end.watermark.cursor
        for number, page in enumerate(pages, start=1):
            self.requests += 1
            yield Page(payloads=tuple(page), total=None if day else len(rows), end=end if number == len(pages) else None)

    def _shown(self, day: str) -> dict[str, Row]:
        """The rows of the view, from a day of modification on."""
        return {key: row for key, row in self.rows.items() if self.shows(row) and row.get("date_modification", "") >= day}

    def _end(self, since: Watermark | None, today: str, *, snapshot: bool) -> ListingEnd:
        before = since or Watermark()
        full_at = self._now() if snapshot else before.full_at
        watermark = Watermark(cursor=today if self.scans else "", full_at=full_at) if self.complete else before
        reason = "" if self.complete else "told so"
        return ListingEnd(watermark=watermark, snapshot=snapshot, complete=self.complete, reason=reason)

    async def read(self, ids: Sequence[str]) -> Mapping[str, Reading]:
        """Rows by key, in the view or not. A missing one is only believed while another row can be shown (design rule 3)."""
        self.requests += len(ids)
        return {key: Found(payload={"cle": key, **self.rows[key]}) if key in self.rows else self._absence(ids) for key in ids}

    def _absence(self, ids: Sequence[str]) -> Reading:
        if any(key in self.rows for key in ids) or any(map(self.shows, self.rows.values())):
            return Absent()
        return Unreadable(error=Unintelligible("the view shows no other record to compare with", service="gopaas"))

    async def latest(self, ids: Sequence[str]) -> Mapping[str, Reading]:
        """The rows as they are now; with `scans`, only those modified since the day of the last listing."""
        if not (self.scans and self._listed):
            return await self.read(ids)
        self.requests += 1
        modified = self._shown(self._listed)
        return {key: Found(payload={"cle": key, **modified[key]}) for key in dict.fromkeys(ids) if key in modified}

    async def find(self, marker: str, id: str) -> Sequence[Payload]:
        """The row under that key."""
        del marker
        self.requests += 1
        return [{"cle": id, **self.rows[id]}] if id in self.rows else []

    async def write(self, writes: Sequence[Write]) -> Sequence[WriteResult]:
        """Upsert by key: only the columns sent."""
        self._crasher.pass_moment()
        self.requests += 1
        results = [self._write(write) for write in writes]
        self._crasher.pass_moment()
        if self.lose_answers:
            self.lose_answers -= 1
            lost = Unreachable("the answer was lost", service="gopaas")
            return [Failed(ref=one.ref, error=lost, ambiguous=True) if isinstance(one, Done) else one for one in results]
        return results

    def _write(self, write: Write) -> WriteResult:
        if error := _fault(write):
            return Failed(ref=write.ref, error=error)
        sent = {name: "" if value is None else str(value) for name, value in write.payload.items()}
        self.rows[write.id] = self.store_as({**self.rows.get(write.id, {}), **sent})
        return Done(ref=write.ref, id=write.id)


def _fault(write: Write) -> OutlookdError | None:
    """What GoPaaS cannot do, or must never be asked to (design rules 12 and 17)."""
    if write.op == "delete":
        return Rejected("GoPaaS cannot delete", service="gopaas")
    if not write.id.strip():
        return BadRecord("a GoPaaS record cannot be written without its key", field="cle")
    for column, value in {"cle": write.id, **write.payload}.items():
        if isinstance(value, str) and is_expression(value):
            return BadRecord("a value begins with '$$', which GoPaaS would evaluate", field=column)
        if not isinstance(value, str | int | float | None):
            return BadRecord("a value is neither text nor a number", field=column)
    return None


def _cut(rows: Sequence[Payload], size: int) -> Iterator[Sequence[Payload]]:
    return (rows[start : start + size] for start in range(0, len(rows), size))
