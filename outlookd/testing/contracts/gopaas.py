"""What the GoPaaS side of a job must do: a view to list, a table to read and write by key, and no more than that."""

from __future__ import annotations

from typing import Protocol

import pytest

from outlookd.core.model import Watermark
from outlookd.errors import BadRecord, Rejected
from outlookd.ports import Absent, Adapter, Done, Failed, Found, RowAdapter, Unreadable, Write
from outlookd.testing.contracts.adapter import MANY, AdapterContract, Person


class PersonAtGopaas(Person, Protocol):
    """Somebody at the CRM, whose interface dates every change with today."""

    def age(self, id: str) -> None:
        """Let the row look as if it had last been changed long ago."""
        ...

    def hide(self, id: str) -> None:
        """Change the row so that the view no longer shows it."""
        ...

    def spoil_listings(self) -> None:
        """Let listings of more than one page come in a way that cannot be trusted: a page is empty, rows drift."""
        ...


class RowContract(AdapterContract):
    """`adapter` lists a view of a table with the columns ``nom`` and ``prenom``; at most ten rows a page.

    Not to be inherited from: the two below say how it lists.
    """

    key = "cle"
    name = "nom"
    other = "prenom"

    @pytest.fixture
    def adapter(self) -> RowAdapter:
        """The adapter under test, over an empty table."""
        raise NotImplementedError("override the adapter fixture")

    @pytest.fixture
    def person(self) -> PersonAtGopaas:
        """Who works in the CRM by hand."""
        raise NotImplementedError("override the person fixture")

    def create(self, ref: str, **cells: str) -> Write:
        return Write(ref=ref, op="create", id=f"KEY-{ref}", payload=cells)

    # --- listing

    async def test_a_deleted_row_is_missing_from_a_complete_listing(self, adapter: Adapter, person: PersonAtGopaas) -> None:
        kept, deleted = person.add(nom="A"), person.add(nom="B")
        person.delete(deleted)
        listing = await self.list_all(adapter)
        assert (set(listing.shown), listing.end.complete) == ({kept}, True)

    async def test_the_number_of_rows_is_announced(self, adapter: Adapter, person: PersonAtGopaas) -> None:
        for number in range(MANY):
            person.add(nom=f"N{number}")
        assert [page.total for page in (await self.list_all(adapter)).pages] == [MANY] * 3

    async def test_a_listing_that_cannot_be_trusted_says_so_and_why(self, adapter: Adapter, person: PersonAtGopaas) -> None:
        for number in range(MANY):
            person.add(nom=f"N{number}")
        person.spoil_listings()
        end = (await self.list_all(adapter)).end
        assert not end.complete
        assert end.reason

    async def test_a_row_that_left_the_view_is_not_listed_and_still_found(self, adapter: Adapter, person: PersonAtGopaas) -> None:
        shown, hidden = person.add(nom="A"), person.add(nom="B")
        person.hide(hidden)
        assert set((await self.list_all(adapter)).shown) == {shown}
        assert isinstance(await self.read_one(adapter, hidden), Found)

    # --- a last look

    async def test_a_row_edited_since_the_listing_is_in_a_last_look(self, adapter: RowAdapter, person: PersonAtGopaas) -> None:
        """Sync-model 5.10: nothing else keeps a colleague's edit from being written over."""
        id = person.add(nom="Before")
        await self.list_all(adapter)
        person.edit(id, nom="After")
        reading = (await adapter.latest([id]))[id]
        assert isinstance(reading, Found)
        assert reading.payload["nom"] == "After"

    async def test_a_last_look_tells_only_what_was_asked(self, adapter: RowAdapter, person: PersonAtGopaas) -> None:
        asked, other = person.add(nom="A"), person.add(nom="B")
        await self.list_all(adapter)
        for id in (asked, other):
            person.edit(id, nom="C")
        assert set(await adapter.latest([asked, asked])) == {asked}

    async def test_a_last_look_before_any_listing_finds_the_row(self, adapter: RowAdapter, person: PersonAtGopaas) -> None:
        """Recovery writes before it lists."""
        id = person.add(nom="A")
        assert isinstance((await adapter.latest([id]))[id], Found)

    async def test_a_last_look_at_nothing_asks_nothing(self, adapter: RowAdapter) -> None:
        assert (dict(await adapter.latest([])), adapter.requests) == ({}, 0)

    # --- reading by key

    async def test_a_key_that_never_existed_is_absent(self, adapter: Adapter, person: PersonAtGopaas) -> None:
        person.add(nom="A")
        assert await self.read_one(adapter, "NEVER") == Absent()

    async def test_absence_is_not_believed_while_no_other_row_can_be_shown(self, adapter: Adapter) -> None:
        """Design rule 3: a CRM that shows nothing at all may simply be ill."""
        assert isinstance(await self.read_one(adapter, "NEVER"), Unreadable)

    # --- writing

    async def test_a_key_that_exists_is_updated_even_by_a_create(self, adapter: Adapter) -> None:
        """An upsert by key may be sent twice: that is what makes recovery safe."""
        for name in ("first", "second"):
            await self.written(adapter, self.create("r", nom=name))
        assert [row["nom"] for row in await adapter.find("", "KEY-r")] == ["second"]

    async def test_a_key_that_does_not_exist_is_created_even_by_an_update(self, adapter: Adapter) -> None:
        await self.written(adapter, Write(ref="r", op="update", id="NEW", payload={"nom": "A"}))
        assert (await self.payload_of(adapter, "NEW"))["nom"] == "A"

    async def test_a_result_names_the_key_and_not_what_was_stored(self, adapter: Adapter) -> None:
        assert await self.written(adapter, self.create("r", nom="A")) == Done(ref="r", id="KEY-r")

    async def test_a_row_is_found_by_its_key_whatever_the_marker(self, adapter: Adapter, person: PersonAtGopaas) -> None:
        id = person.add(nom="A")
        assert [row["cle"] for row in await adapter.find("some marker", id)] == [id]

    async def test_nothing_is_ever_deleted(self, adapter: Adapter, person: PersonAtGopaas) -> None:
        """Design rule 12."""
        id = person.add(nom="A")
        (result,) = await adapter.write([Write(ref="r", op="delete", id=id)])
        assert isinstance(result, Failed)
        assert isinstance(result.error, Rejected)
        assert isinstance(await self.read_one(adapter, id), Found)

    @pytest.mark.parametrize("value", ["$$NULL", "  $$DELETE()", ["a", "list"]], ids=["expression", "indented", "list"])
    async def test_a_value_that_must_not_pass_is_refused_and_the_others_written(
        self, adapter: Adapter, person: PersonAtGopaas, value: object
    ) -> None:
        """Design rules 16 and 17: one bad record stops itself only."""
        id = person.add(nom="Before")
        bad = Write(ref="bad", op="update", id=id, payload={"nom": value})
        results = {result.ref: result for result in await adapter.write([bad, self.create("good", nom="Good")])}
        refused = results["bad"]
        assert isinstance(refused, Failed)
        assert (type(refused.error), refused.ambiguous) == (BadRecord, False)
        assert isinstance(results["good"], Done)
        assert (await self.payload_of(adapter, id))["nom"] == "Before"

    async def test_what_was_never_sent_is_not_in_doubt(self, adapter: Adapter, person: PersonAtGopaas) -> None:
        person.lose_answer()
        bad = Write(ref="bad", op="update", id="KEY", payload={"nom": "$$NULL"})
        results = await adapter.write([bad, self.create("good", nom="A")])
        assert {result.ref: isinstance(result, Failed) and result.ambiguous for result in results} == {"bad": False, "good": True}

    @pytest.mark.parametrize("key", ["", "  "], ids=["empty", "blank"])
    async def test_a_write_without_a_key_is_refused(self, adapter: Adapter, key: str) -> None:
        (result,) = await adapter.write([Write(ref="r", op="create", id=key, payload={"nom": "A"})])
        assert isinstance(result, Failed)
        assert isinstance(result.error, BadRecord)


class GopaasContract(RowContract):
    """For an adapter that always lists the whole view."""

    async def test_a_listing_is_a_snapshot_whatever_the_watermark(self, adapter: RowAdapter, person: PersonAtGopaas) -> None:
        id = person.add(nom="A")
        mark = (await self.list_all(adapter)).end.watermark
        again = await self.list_all(adapter, mark)
        assert (set(again.shown), again.removed, again.end.snapshot) == ({id}, frozenset(), True)

    async def test_a_row_that_nobody_edited_is_shown_by_a_last_look_all_the_same(
        self, adapter: RowAdapter, person: PersonAtGopaas
    ) -> None:
        """Without scans nothing says that it is unchanged, and an id that is left out counts as unchanged."""
        ids = [person.add(nom=f"N{number}") for number in range(MANY)]
        await self.list_all(adapter)
        assert {id: type(reading) for id, reading in (await adapter.latest(ids)).items()} == dict.fromkeys(ids, Found)


class ScanContract(RowContract):
    """For an adapter that asks for days of modification between full listings."""

    async def test_a_scan_shows_what_was_modified_and_is_no_snapshot(self, adapter: RowAdapter, person: PersonAtGopaas) -> None:
        edited, kept = person.add(nom="Before"), person.add(nom="Kept")
        mark = await self.settled(adapter, person, edited, kept)
        person.edit(edited, nom="After")
        scan = await self.list_all(adapter, mark)
        assert {id: row["nom"] for id, row in scan.shown.items()} == {edited: "After"}
        assert (scan.end.snapshot, scan.end.complete, scan.removed) == (False, True, frozenset())

    async def test_a_scan_shows_a_new_row(self, adapter: RowAdapter, person: PersonAtGopaas) -> None:
        mark = await self.settled(adapter, person, person.add(nom="Old"))
        new = person.add(nom="New")
        assert set((await self.list_all(adapter, mark)).shown) == {new}

    async def test_a_scan_of_a_quiet_view_shows_nothing_and_can_be_continued(
        self, adapter: RowAdapter, person: PersonAtGopaas
    ) -> None:
        id = person.add(nom="Before")
        mark = await self.settled(adapter, person, id)
        quiet = await self.list_all(adapter, mark)
        person.edit(id, nom="After")
        assert (dict(quiet.shown), quiet.end.complete) == ({}, True)
        assert set((await self.list_all(adapter, quiet.end.watermark)).shown) == {id}

    async def test_a_scan_keeps_the_date_of_the_last_full_listing(self, adapter: RowAdapter, person: PersonAtGopaas) -> None:
        mark = await self.settled(adapter, person, person.add(nom="A"))
        assert mark.full_at is not None
        assert (await self.list_all(adapter, mark)).end.watermark.full_at == mark.full_at

    async def test_a_full_listing_after_a_scan_shows_everything(self, adapter: RowAdapter, person: PersonAtGopaas) -> None:
        id = person.add(nom="A")
        mark = (await self.list_all(adapter, await self.settled(adapter, person, id))).end.watermark
        full = await self.list_all(adapter, mark, full=True)
        assert (set(full.shown), full.end.snapshot, full.end.complete) == ({id}, True, True)

    async def test_a_last_look_leaves_out_what_nobody_edited(self, adapter: RowAdapter, person: PersonAtGopaas) -> None:
        edited, kept = person.add(nom="A"), person.add(nom="B")
        await self.settled(adapter, person, edited, kept)
        person.edit(edited, nom="C")
        assert set(await adapter.latest([edited, kept])) == {edited}

    async def test_a_last_look_at_many_rows_is_one_request(self, adapter: RowAdapter, person: PersonAtGopaas) -> None:
        ids = [person.add(nom=f"N{number}") for number in range(MANY)]
        await self.settled(adapter, person, *ids)
        before = adapter.requests
        assert dict(await adapter.latest(ids)) == {}
        assert adapter.requests == before + 1

    async def settled(self, adapter: Adapter, person: PersonAtGopaas, *ids: str) -> Watermark:
        """The watermark of a listing of rows that were changed long ago."""
        for id in ids:
            person.age(id)
        return (await self.list_all(adapter)).end.watermark
