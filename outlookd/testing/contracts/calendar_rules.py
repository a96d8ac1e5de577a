"""What the suites of a calendar side share: who edits it by hand, what it looks at, how its listings are read."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import ClassVar, Protocol

import pytest

from outlookd.core.model import Payload, Span, Watermark
from outlookd.errors import OutlookdError
from outlookd.ports import Failed, FolderAdapter, Write
from outlookd.testing.contracts.adapter import AdapterContract, Listing, Person

ETAG = "@odata.etag"
WINDOW = Span(start=datetime(2026, 11, 1, tzinfo=UTC), end=datetime(2027, 2, 1, tzinfo=UTC))
DAY = "2026-12-01"
"""A Tuesday in the window, on which everything takes place of which nothing else is said."""
FAR = "2031-05-06"
"""A day that no feed over the window looks at."""
WEEKS = 4
"""How often a series of these tests takes place."""


class PersonAtCalendar(Person, Protocol):
    """Somebody at Outlook. Events take place from nine to ten, in the zone of Paris. Ids may be those of occurrences."""

    def add(self, *, day: str = DAY, calendar: str = "", **cells: str) -> str:
        """Make an event in the adapter's calendar, or in another one."""
        ...

    def add_series(self, *, day: str = DAY, **cells: str) -> str:
        """Make a weekly series of `WEEKS` occurrences; returns its master's id."""
        ...

    def add_whole_day(self, *, day: str = DAY, **cells: str) -> str:
        """Make an event of one whole day."""
        ...

    def reschedule(self, id: str, day: str) -> None:
        """Let an event or an occurrence take place on another day."""
        ...

    def move(self, id: str, calendar: str) -> None:
        """Move an event or a series to another calendar."""
        ...

    def copy(self, id: str) -> str:
        """Duplicate an event in its calendar, hidden properties included; returns the new id."""
        ...

    def churn(self, id: str) -> None:
        """Let Exchange touch an event without changing anything."""
        ...

    def add_calendar(self, name: str) -> str:
        """Make a calendar without marker; returns its id."""
        ...

    def delete_calendar(self, id: str) -> None: ...

    def expire(self) -> None:
        """Let Exchange forget every change token."""
        ...


def begin_of(payload: Payload) -> str:
    """When it begins, to the minute, in UTC."""
    assert payload["start"]["timeZone"] == "UTC"
    return str(payload["start"]["dateTime"])[:16]


class CalendarRules(AdapterContract):
    """`adapter` has chosen the mailbox's default calendar, which is empty, and looks at `WINDOW`."""

    key = "id"
    name = "subject"
    other = "importance"
    days: ClassVar[tuple[str, ...]] = ("2026-12-01", "2026-12-08", "2026-12-15", "2026-12-22")

    @pytest.fixture
    def adapter(self) -> FolderAdapter:
        """The adapter under test, in an empty calendar."""
        raise NotImplementedError("override the adapter fixture")

    @pytest.fixture
    def person(self) -> PersonAtCalendar:
        """Who works in Outlook by hand."""
        raise NotImplementedError("override the person fixture")

    def create(self, ref: str, **cells: str) -> Write:
        edges = {"start": f"{DAY}T09:00:00", "end": f"{DAY}T10:00:00"}
        times = {name: {"dateTime": edge, "timeZone": "Europe/Paris"} for name, edge in edges.items()}
        return Write(ref=ref, op="create", payload={**times, **cells}, marker=f"Mark-{ref}")

    async def refusal(self, adapter: FolderAdapter, write: Write) -> OutlookdError:
        """The error of a write that must fail, and must not have happened."""
        (result,) = await adapter.write([write])
        assert isinstance(result, Failed)
        assert not result.ambiguous
        return result.error

    async def version_of(self, adapter: FolderAdapter, id: str) -> str:
        """The etag of an event that is there."""
        return str((await self.payload_of(adapter, id))[ETAG])

    async def list_fully(self, adapter: FolderAdapter, since: Watermark) -> Listing:
        """Read everything, as a periodic reconciliation does."""
        pages = [page async for page in adapter.changes(since, full=True)]
        end = pages[-1].end
        assert end is not None
        return Listing(
            pages=pages,
            shown={str(payload["id"]): payload for page in pages for payload in page.payloads},
            removed=frozenset(id for page in pages for id in page.removed),
            end=end,
        )

    async def occurrences_of(self, adapter: FolderAdapter, series: str) -> list[str]:
        """The ids of a series' occurrences, by start."""
        shown = (await self.list_all(adapter)).shown.values()
        found = [payload for payload in shown if payload["seriesMasterId"] == series]
        return [str(payload["id"]) for payload in sorted(found, key=begin_of)]

    @staticmethod
    def whole_in(listing: Listing) -> set[str]:
        """The series that a listing shows whole."""
        return {id for page in listing.pages for id in page.whole}
