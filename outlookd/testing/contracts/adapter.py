"""What every `ports.Adapter` must do, whichever side it speaks to.

Inherit from `GopaasContract` or `FolderContract`, not from this: they say how the side's records look. Each claim needs the
adapter and a `Person`, who does behind its back what people do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

import pytest

from outlookd.core.model import Payload, Watermark
from outlookd.ports import Absent, Adapter, Done, Failed, Found, ListingEnd, Page, Reading, Write

MANY = 25
"""More records than the pages hold that an adapter under test should ask for: let it ask for ten at a time."""


class Person(Protocol):
    """Somebody who works on this side by hand. Cells and properties go by the side's own names; values are texts."""

    def add(self, **cells: str) -> str:
        """Make a record that the adapter lists; returns its id."""
        ...

    def edit(self, id: str, **cells: str) -> None: ...

    def delete(self, id: str) -> None: ...

    def lose_answer(self) -> None:
        """Let the next write be carried out without the adapter learning of it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A listing read to its end. `shown` is in the order received; of a record that came twice the last state counts."""

    pages: Sequence[Page]
    shown: Mapping[str, Payload]
    removed: frozenset[str]
    end: ListingEnd


class AdapterContract:
    """The claims that hold on both sides. Override `adapter` and `person`: the side is empty when a test begins."""

    key: ClassVar[str]
    """Where a payload has its id."""
    name: ClassVar[str]
    other: ClassVar[str]
    """Two plain text properties."""

    @pytest.fixture
    def adapter(self) -> Adapter:
        """The adapter under test, over an empty side."""
        raise NotImplementedError("override the adapter fixture")

    @pytest.fixture
    def person(self) -> Person:
        """Who edits the same side by hand."""
        raise NotImplementedError("override the person fixture")

    def create(self, ref: str, **cells: str) -> Write:
        """A creation as the engine would send it."""
        raise NotImplementedError

    async def list_all(self, adapter: Adapter, since: Watermark | None = None, *, full: bool = False) -> Listing:
        """Read a listing to its end, which its last page must carry."""
        pages = [page async for page in adapter.changes(since, full=full)]
        end = pages[-1].end
        assert end is not None
        shown = {str(payload[self.key]): payload for page in pages for payload in page.payloads}
        return Listing(pages=pages, shown=shown, removed=frozenset(id for page in pages for id in page.removed), end=end)

    async def read_one(self, adapter: Adapter, id: str) -> Reading:
        """What is said of this id alone."""
        return (await adapter.read([id]))[id]

    async def payload_of(self, adapter: Adapter, id: str) -> Payload:
        """What the side shows under this id, which must be there."""
        reading = await self.read_one(adapter, id)
        assert isinstance(reading, Found)
        return reading.payload

    async def written(self, adapter: Adapter, write: Write) -> Done:
        """The result of a write that must succeed."""
        (result,) = await adapter.write([write])
        assert isinstance(result, Done), result
        return result

    # --- listing

    async def test_a_listing_shows_every_record_and_says_that_it_is_complete(self, adapter: Adapter, person: Person) -> None:
        ids = {person.add(**{self.name: f"N{number}"}) for number in range(MANY)}
        listing = await self.list_all(adapter)
        assert set(listing.shown) == ids
        assert (listing.end.snapshot, listing.end.complete, listing.end.reason) == (True, True, "")

    async def test_only_the_last_page_carries_the_end(self, adapter: Adapter, person: Person) -> None:
        for number in range(MANY):
            person.add(**{self.name: f"N{number}"})
        pages = (await self.list_all(adapter)).pages
        assert [page.end is not None for page in pages] == [False] * (len(pages) - 1) + [True]

    async def test_a_side_that_holds_nothing_is_a_complete_listing_of_nothing(self, adapter: Adapter) -> None:
        listing = await self.list_all(adapter)
        assert (dict(listing.shown), listing.end.snapshot, listing.end.complete) == ({}, True, True)

    async def test_an_edit_shows_in_the_next_listing(self, adapter: Adapter, person: Person) -> None:
        id = person.add(**{self.name: "Before"})
        mark = (await self.list_all(adapter)).end.watermark
        person.edit(id, **{self.name: "After"})
        assert (await self.list_all(adapter, mark)).shown[id][self.name] == "After"

    async def test_a_full_listing_is_a_snapshot_although_there_is_a_watermark(self, adapter: Adapter, person: Person) -> None:
        ids = {person.add(**{self.name: f"N{number}"}) for number in range(3)}
        mark = (await self.list_all(adapter)).end.watermark
        again = await self.list_all(adapter, mark, full=True)
        assert (set(again.shown), again.end.snapshot, again.end.complete) == (ids, True, True)

    # --- reading by id

    async def test_a_record_is_read_as_it_is_now(self, adapter: Adapter, person: Person) -> None:
        id = person.add(**{self.name: "Before"})
        await self.list_all(adapter)
        person.edit(id, **{self.name: "After"})
        assert (await self.payload_of(adapter, id))[self.name] == "After"

    async def test_a_deleted_record_is_absent_while_another_is_found(self, adapter: Adapter, person: Person) -> None:
        kept, deleted = person.add(**{self.name: "A"}), person.add(**{self.name: "B"})
        person.delete(deleted)
        readings = await adapter.read([kept, deleted])
        assert isinstance(readings[kept], Found)
        assert readings[deleted] == Absent()

    async def test_an_id_that_is_asked_for_twice_is_answered_once(self, adapter: Adapter, person: Person) -> None:
        id = person.add(**{self.name: "A"})
        assert list(await adapter.read([id, id])) == [id]

    async def test_a_read_of_nothing_says_nothing(self, adapter: Adapter) -> None:
        assert dict(await adapter.read([])) == {}

    # --- writing

    async def test_a_created_record_is_read_under_the_id_of_its_result(self, adapter: Adapter) -> None:
        done = await self.written(adapter, self.create("r", **{self.name: "A"}))
        assert (await self.payload_of(adapter, done.id))[self.name] == "A"

    async def test_a_full_batch_is_answered_once_per_ref(self, adapter: Adapter) -> None:
        refs = [f"r{number}" for number in range(adapter.batch_size)]
        before = adapter.requests
        results = await adapter.write([self.create(ref, **{self.name: ref}) for ref in refs])
        assert sorted(result.ref for result in results) == sorted(refs)
        assert adapter.requests == before + 1

    async def test_results_belong_to_their_refs(self, adapter: Adapter) -> None:
        results = await adapter.write([self.create(ref, **{self.name: ref}) for ref in ("a", "b", "c")])
        ids = {result.ref: result.id for result in results if isinstance(result, Done)}
        assert {ref: (await self.payload_of(adapter, id))[self.name] for ref, id in ids.items()} == {"a": "a", "b": "b", "c": "c"}

    async def test_an_update_changes_only_what_was_sent(self, adapter: Adapter, person: Person) -> None:
        id = person.add(**{self.name: "A", self.other: "kept"})
        await self.written(adapter, Write(ref="r", op="update", id=id, payload={self.name: "B"}))
        payload = await self.payload_of(adapter, id)
        assert (payload[self.name], payload[self.other]) == ("B", "kept")

    async def test_a_value_is_cleared_by_none(self, adapter: Adapter, person: Person) -> None:
        id = person.add(**{self.name: "A", self.other: "B"})
        await self.written(adapter, Write(ref="r", op="update", id=id, payload={self.other: None}))
        assert not (await self.payload_of(adapter, id)).get(self.other)

    # --- recovery

    async def test_a_created_record_is_found_under_its_mark(self, adapter: Adapter) -> None:
        write = self.create("r", **{self.name: "A"})
        done = await self.written(adapter, write)
        assert [payload[self.key] for payload in await adapter.find(write.marker, write.id)] == [done.id]

    async def test_nothing_is_found_under_a_mark_that_was_never_used(self, adapter: Adapter, person: Person) -> None:
        person.add(**{self.name: "A"})
        write = self.create("r", **{self.name: "B"})
        assert list(await adapter.find(write.marker, write.id)) == []

    async def test_a_create_whose_answer_is_lost_is_in_doubt_and_can_be_found(self, adapter: Adapter, person: Person) -> None:
        write = self.create("r", **{self.name: "A"})
        person.lose_answer()
        (result,) = await adapter.write([write])
        assert isinstance(result, Failed)
        assert result.ambiguous
        assert [payload[self.name] for payload in await adapter.find(write.marker, write.id)] == ["A"]

    async def test_requests_are_counted(self, adapter: Adapter, person: Person) -> None:
        id = person.add(**{self.name: "A"})
        counts = [adapter.requests]
        await self.list_all(adapter)
        counts.append(adapter.requests)
        await adapter.read([id])
        counts.append(adapter.requests)
        await adapter.write([self.create("r", **{self.name: "B"})])
        counts.append(adapter.requests)
        assert counts == sorted(set(counts))
