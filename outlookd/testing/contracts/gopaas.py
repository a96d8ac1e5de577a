"""What the GoPaaS side of a job must do: a view to list, a table to read and write by key, and no more than that."""

from __future__ import annotations

from typing import Protocol

import pytest

from outlookd.errors import BadRecord, Rejected
from outlookd.ports import Absent, Adapter, Done, Failed, Found, Unreadable, Write
from outlookd.testing.contracts.adapter import MANY, AdapterContract, Person


class PersonAtGopaas(Person, Protocol):
    """Somebody at the CRM."""

    def hide(self, id: str) -> None:
        """Change the row so that the view no longer shows it."""
        ...

    def spoil_listings(self) -> None:
        """Let listings of more than one page come in a way that cannot be trusted: a page is empty, rows drift."""
        ...


class GopaasContract(AdapterContract):
    """`adapter` lists a view of a table with the columns ``nom`` and ``prenom``; at most ten rows a page."""

    key = "cle"
    name = "nom"
    other = "prenom"

    @pytest.fixture
    def person(self) -> PersonAtGopaas:
        """Who works in the CRM by hand."""
        raise NotImplementedError("override the person fixture")

    def create(self, ref: str, **cells: str) -> Write:
        return Write(ref=ref, op="create", id=f"KEY-{ref}", payload=cells)

    # --- listing

    async def test_a_listing_is_a_snapshot_whatever_the_watermark(self, adapter: Adapter, person: PersonAtGopaas) -> None:
        id = person.add(nom="A")
        mark = (await self.list_all(adapter)).end.watermark
        again = await self.list_all(adapter, mark)
        assert (set(again.shown), again.removed, again.end.snapshot) == ({id}, frozenset(), True)

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
