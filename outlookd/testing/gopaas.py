"""GoPaaS in memory: one table, one view over it, upsert by key, no deletion and no answer to a write."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence

from outlookd.core.model import Payload, Side, Watermark
from outlookd.errors import BadRecord, OutlookdError, Rejected, Unintelligible, Unreachable
from outlookd.ports import Absent, Done, Failed, Found, ListingEnd, Page, Reading, Unreadable, Write, WriteResult
from outlookd.testing.crash import Crasher

Row = dict[str, str]


class MemoryGopaas:
    """Implements `ports.Adapter`, and is at the same time the table that a test edits as "the person at the CRM".

    `rows` is the table by key; `shows` is the view's condition; `store_as` is what the CRM makes of a row. `complete = False`
    makes listings incomplete. `lose_answers` is how many coming writes take effect without anybody learning it.
    """

    side = Side.GOPAAS
    batch_size = 50

    def __init__(self, crasher: Crasher | None = None, *, page_size: int = 100) -> None:
        self.rows: dict[str, Row] = {}
        self.shows: Callable[[Row], bool] = bool
        self.store_as: Callable[[Row], Row] = dict
        self.complete = True
        self.lose_answers = 0
        self.requests = 0
        self._crasher = crasher or Crasher()
        self._page_size = page_size

    async def changes(self, since: Watermark | None, *, full: bool = False) -> AsyncIterator[Page]:
        """The view, page by page: always a snapshot."""
        del since, full
        rows = [{"cle": key, **row} for key, row in sorted(self.rows.items()) if self.shows(row)]
        pages = list(_cut(rows, self._page_size)) or [[]]
        for number, page in enumerate(pages, start=1):
            self.requests += 1
            last = number == len(pages)
            end = ListingEnd(
                watermark=Watermark(), snapshot=True, complete=self.complete, reason="" if self.complete else "told so"
            )
            yield Page(payloads=tuple(page), total=len(rows), end=end if last else None)

    async def read(self, ids: Sequence[str]) -> Mapping[str, Reading]:
        """Rows by key, in the view or not. A missing one is only believed while another row can be shown (design rule 3)."""
        self.requests += len(ids)
        return {key: Found(payload={"cle": key, **self.rows[key]}) if key in self.rows else self._absence(ids) for key in ids}

    def _absence(self, ids: Sequence[str]) -> Reading:
        if any(key in self.rows for key in ids) or any(map(self.shows, self.rows.values())):
            return Absent()
        return Unreadable(error=Unintelligible("the view shows no other record to compare with", service="gopaas"))

    async def latest(self, ids: Sequence[str]) -> Mapping[str, Reading]:
        """The rows as they are now."""
        return await self.read(ids)

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
        if isinstance(value, str) and value.lstrip().startswith("$$"):
            return BadRecord("a value begins with '$$', which GoPaaS would evaluate", field=column)
        if not isinstance(value, str | int | float | None):
            return BadRecord("a value is neither text nor a number", field=column)
    return None


def _cut(rows: Sequence[Payload], size: int) -> Iterator[Sequence[Payload]]:
    return (rows[start : start + size] for start in range(0, len(rows), size))
