"""What the Outlook side of a job must do: a folder of its own, changes since a watermark, versions, markers.

Delta pages show no marker, reads and searches do; a contact that was moved is not one that was deleted; a folder that is gone is
never an empty one (design rules 3 and 6).
"""

from __future__ import annotations

from typing import Protocol

import pytest

from outlookd.errors import ContainerMissing, NotFound, OutlookdError, Rejected, Stale, WatermarkExpired
from outlookd.ports import Absent, Done, Failed, FolderAdapter, Found, Write
from outlookd.testing.contracts.adapter import AdapterContract, Person
from outlookd.testing.outlook import MARKER_KEY

ETAG = "@odata.etag"


class PersonAtOutlook(Person, Protocol):
    """Somebody at Outlook. `add` puts a contact into the adapter's folder."""

    def move(self, id: str, folder: str) -> None: ...

    def copy(self, id: str) -> str:
        """Duplicate a contact in its folder, hidden properties included; returns the new id."""
        ...

    def set_photo(self, id: str) -> None: ...

    def add_folder(self, name: str) -> str:
        """Make a folder without marker; returns its id."""
        ...

    def delete_folder(self, id: str) -> None: ...

    def expire(self) -> None:
        """Let Exchange forget every change token."""
        ...


class FolderContract(AdapterContract):
    """`adapter` has chosen a folder of its own named ``GoPaaS``, which it created with the marker ``mark-folder``."""

    key = "id"
    name = "givenName"
    other = "companyName"

    @pytest.fixture
    def adapter(self) -> FolderAdapter:
        """The adapter under test, in an empty folder."""
        raise NotImplementedError("override the adapter fixture")

    @pytest.fixture
    def person(self) -> PersonAtOutlook:
        """Who works in Outlook by hand."""
        raise NotImplementedError("override the person fixture")

    def create(self, ref: str, **cells: str) -> Write:
        return Write(ref=ref, op="create", payload=cells, marker=f"Mark-{ref}")

    async def refusal(self, adapter: FolderAdapter, write: Write) -> OutlookdError:
        """The error of a write that must fail, and must not have happened."""
        (result,) = await adapter.write([write])
        assert isinstance(result, Failed)
        assert not result.ambiguous
        return result.error

    async def version_of(self, adapter: FolderAdapter, id: str) -> str:
        """The etag of a contact that is there."""
        return str((await self.payload_of(adapter, id))[ETAG])

    # --- changes

    async def test_a_listing_after_which_nothing_happened_shows_nothing(
        self, adapter: FolderAdapter, person: PersonAtOutlook
    ) -> None:
        person.add(givenName="A")
        mark = (await self.list_all(adapter)).end.watermark
        again = await self.list_all(adapter, mark)
        assert (dict(again.shown), again.removed, again.end.snapshot) == ({}, frozenset(), False)

    async def test_a_listing_of_an_empty_folder_can_be_continued(self, adapter: FolderAdapter, person: PersonAtOutlook) -> None:
        mark = (await self.list_all(adapter)).end.watermark
        id = person.add(givenName="A")
        again = await self.list_all(adapter, mark)
        assert (set(again.shown), again.end.snapshot) == ({id}, False)

    async def test_only_what_changed_is_shown(self, adapter: FolderAdapter, person: PersonAtOutlook) -> None:
        edited, _ = person.add(givenName="A"), person.add(givenName="B")
        mark = (await self.list_all(adapter)).end.watermark
        person.edit(edited, givenName="C")
        assert set((await self.list_all(adapter, mark)).shown) == {edited}

    async def test_a_deletion_is_told_as_a_removal(self, adapter: FolderAdapter, person: PersonAtOutlook) -> None:
        id = person.add(givenName="A")
        mark = (await self.list_all(adapter)).end.watermark
        person.delete(id)
        again = await self.list_all(adapter, mark)
        assert not again.shown
        assert again.removed == {id}

    async def test_a_move_is_told_as_a_removal_and_read_as_found_elsewhere(
        self, adapter: FolderAdapter, person: PersonAtOutlook
    ) -> None:
        id = person.add(givenName="A")
        mark = (await self.list_all(adapter)).end.watermark
        person.move(id, person.add_folder("Private"))
        assert (await self.list_all(adapter, mark)).removed == {id}
        reading = await self.read_one(adapter, id)
        assert isinstance(reading, Found)
        assert reading.elsewhere

    async def test_a_contact_that_came_back_is_shown_and_not_removed(self, adapter: FolderAdapter, person: PersonAtOutlook) -> None:
        id = person.add(givenName="A")
        mark = (await self.list_all(adapter)).end.watermark
        person.move(id, person.add_folder("Private"))
        person.move(id, adapter.container)
        again = await self.list_all(adapter, mark)
        assert (set(again.shown), again.removed) == ({id}, frozenset())

    async def test_a_removal_is_told_even_after_a_second_move(self, adapter: FolderAdapter, person: PersonAtOutlook) -> None:
        id = person.add(givenName="A")
        mark = (await self.list_all(adapter)).end.watermark
        for folder in ("Private", "Club"):
            person.move(id, person.add_folder(folder))
        assert (await self.list_all(adapter, mark)).removed == {id}

    async def test_a_first_listing_tells_of_no_removals(self, adapter: FolderAdapter, person: PersonAtOutlook) -> None:
        person.delete(person.add(givenName="A"))
        assert (await self.list_all(adapter)).removed == frozenset()

    async def test_an_expired_watermark_is_refused_and_a_new_listing_works(
        self, adapter: FolderAdapter, person: PersonAtOutlook
    ) -> None:
        id = person.add(givenName="A")
        mark = (await self.list_all(adapter)).end.watermark
        person.expire()
        with pytest.raises(WatermarkExpired):
            await self.list_all(adapter, mark)
        assert set((await self.list_all(adapter)).shown) == {id}

    async def test_contacts_of_other_folders_are_not_listed(self, adapter: FolderAdapter, person: PersonAtOutlook) -> None:
        person.move(person.add(givenName="A"), person.add_folder("Private"))
        assert dict((await self.list_all(adapter)).shown) == {}

    # --- a folder that is gone

    async def test_a_folder_that_is_gone_is_never_an_empty_one(self, adapter: FolderAdapter, person: PersonAtOutlook) -> None:
        id = person.add(givenName="A")
        mark = (await self.list_all(adapter)).end.watermark
        person.delete_folder(adapter.container)
        for since in (None, mark):
            with pytest.raises(ContainerMissing):
                await self.list_all(adapter, since)
        with pytest.raises(ContainerMissing):
            await adapter.find("Mark-r", "")
        with pytest.raises(ContainerMissing):
            await adapter.read([id])

    async def test_nothing_is_created_in_a_folder_that_is_gone(self, adapter: FolderAdapter, person: PersonAtOutlook) -> None:
        person.delete_folder(adapter.container)
        assert isinstance(await self.refusal(adapter, self.create("r", givenName="A")), NotFound)

    # --- markers

    async def test_a_marker_is_shown_by_reads_and_searches_and_not_by_listings(self, adapter: FolderAdapter) -> None:
        id = (await self.written(adapter, self.create("r", givenName="A"))).id
        (found,) = await adapter.find("Mark-r", "")
        listed = (await self.list_all(adapter)).shown[id]
        assert ((await self.payload_of(adapter, id))[MARKER_KEY], found[MARKER_KEY]) == ("Mark-r", "Mark-r")
        assert MARKER_KEY not in listed

    async def test_a_strangers_contact_carries_no_marker(self, adapter: FolderAdapter, person: PersonAtOutlook) -> None:
        assert not (await self.payload_of(adapter, person.add(givenName="A"))).get(MARKER_KEY)

    async def test_a_marker_of_another_case_is_another_marker(self, adapter: FolderAdapter) -> None:
        await self.written(adapter, self.create("r", givenName="A"))
        assert list(await adapter.find("mark-R", "")) == []

    async def test_a_marker_is_searched_in_our_folder_only(self, adapter: FolderAdapter, person: PersonAtOutlook) -> None:
        done = await self.written(adapter, self.create("r", givenName="A"))
        person.move(done.id, person.add_folder("Private"))
        assert list(await adapter.find("Mark-r", "")) == []

    async def test_a_copy_is_found_beside_its_original(self, adapter: FolderAdapter, person: PersonAtOutlook) -> None:
        """Design rule 6: who owns which is decided by the links, not here."""
        done = await self.written(adapter, self.create("r", givenName="A"))
        copy = person.copy(done.id)
        assert {payload["id"] for payload in await adapter.find("Mark-r", "")} == {done.id, copy}

    async def test_an_update_can_stamp_a_strangers_contact(self, adapter: FolderAdapter, person: PersonAtOutlook) -> None:
        id = person.add(givenName="A")
        done = await self.written(adapter, Write(ref="r", op="update", id=id, payload={"givenName": "B"}, marker="Mark-new"))
        assert done.payload is not None
        assert (done.payload[MARKER_KEY], (await self.payload_of(adapter, id))[MARKER_KEY]) == ("Mark-new", "Mark-new")

    # --- results

    async def test_a_create_answers_with_what_is_there_now(self, adapter: FolderAdapter) -> None:
        done = await self.written(adapter, self.create("r", givenName="A"))
        assert done.payload == await self.payload_of(adapter, done.id)

    async def test_an_update_answers_with_what_is_there_now_but_for_the_marker(self, adapter: FolderAdapter) -> None:
        """Graph's answer to a PATCH does not show the stamp."""
        id = (await self.written(adapter, self.create("r", givenName="A", companyName="X"))).id
        done = await self.written(adapter, Write(ref="r", op="update", id=id, payload={"givenName": "B"}))
        assert done.payload is not None
        assert MARKER_KEY not in done.payload
        assert {**done.payload, MARKER_KEY: "Mark-r"} == await self.payload_of(adapter, id)

    async def test_a_deleted_contact_is_absent(self, adapter: FolderAdapter, person: PersonAtOutlook) -> None:
        id = person.add(givenName="A")
        assert await self.written(adapter, Write(ref="r", op="delete", id=id)) == Done(ref="r", id=id)
        assert await self.read_one(adapter, id) == Absent()

    async def test_a_delete_of_what_is_gone_is_done(self, adapter: FolderAdapter, person: PersonAtOutlook) -> None:
        id = person.add(givenName="A")
        person.delete(id)
        assert await self.written(adapter, Write(ref="r", op="delete", id=id, version="old")) == Done(ref="r", id=id)

    async def test_an_update_of_what_is_gone_is_not_found_and_the_others_are_written(
        self, adapter: FolderAdapter, person: PersonAtOutlook
    ) -> None:
        id = person.add(givenName="A")
        person.delete(id)
        gone = Write(ref="gone", op="update", id=id, payload={"givenName": "B"})
        results = {result.ref: result for result in await adapter.write([self.create("a"), gone, self.create("b")])}
        failed = results["gone"]
        assert isinstance(failed, Failed)
        assert isinstance(failed.error, NotFound)
        assert [type(results[ref]) for ref in "ab"] == [Done, Done]

    async def test_of_a_batch_whose_answer_is_lost_everything_is_in_doubt(
        self, adapter: FolderAdapter, person: PersonAtOutlook
    ) -> None:
        """Also what was refused: nobody read the refusal."""
        id = person.add(givenName="A")
        stale = Write(ref="stale", op="update", id=id, payload={"givenName": "B"}, version="old")
        person.lose_answer()
        results = await adapter.write([self.create("r", givenName="C"), stale])
        assert [isinstance(result, Failed) and result.ambiguous for result in results] == [True, True]

    # --- versions

    async def test_every_edit_makes_another_version(self, adapter: FolderAdapter, person: PersonAtOutlook) -> None:
        id = person.add(givenName="A")
        before = await self.version_of(adapter, id)
        person.edit(id, givenName="B")
        assert await self.version_of(adapter, id) != before

    @pytest.mark.parametrize("op", ["update", "delete"])
    async def test_a_write_under_a_stale_version_is_refused_and_changes_nothing(
        self, adapter: FolderAdapter, person: PersonAtOutlook, op: str
    ) -> None:
        id = person.add(givenName="A")
        version = await self.version_of(adapter, id)
        person.edit(id, givenName="Theirs")
        write = Write(ref="r", op="update" if op == "update" else "delete", id=id, payload={"givenName": "Ours"}, version=version)
        assert isinstance(await self.refusal(adapter, write), Stale)
        assert (await self.payload_of(adapter, id))["givenName"] == "Theirs"

    async def test_a_write_under_the_current_version_is_done(self, adapter: FolderAdapter, person: PersonAtOutlook) -> None:
        id = person.add(givenName="A")
        version = await self.version_of(adapter, id)
        await self.written(adapter, Write(ref="r", op="update", id=id, payload={"givenName": "Ours"}, version=version))
        assert (await self.payload_of(adapter, id))["givenName"] == "Ours"

    # --- what no payload shows

    async def test_a_photo_is_seen_and_its_absence_too(self, adapter: FolderAdapter, person: PersonAtOutlook) -> None:
        with_photo, without, gone = (person.add(givenName=name) for name in "ABC")
        person.set_photo(with_photo)
        person.delete(gone)
        expected = {with_photo: True, without: False, gone: False}
        assert dict(await adapter.attachments([with_photo, without, gone])) == expected

    # --- folders

    async def test_our_folder_is_listed_with_its_marker_and_the_default_one_is_not(self, adapter: FolderAdapter) -> None:
        assert [(folder.id, folder.name, folder.marker) for folder in await adapter.containers()] == [
            (adapter.container, "GoPaaS", "mark-folder")
        ]

    async def test_a_folder_that_a_person_made_can_be_stamped(self, adapter: FolderAdapter, person: PersonAtOutlook) -> None:
        theirs = person.add_folder("Private")
        before = {folder.id: folder.marker for folder in await adapter.containers()}
        await adapter.stamp_container(theirs, "mark-new")
        after = {folder.id: folder.marker for folder in await adapter.containers()}
        assert (before[theirs], after[theirs]) == ("", "mark-new")

    async def test_a_folder_that_is_gone_cannot_be_stamped(self, adapter: FolderAdapter, person: PersonAtOutlook) -> None:
        theirs = person.add_folder("Private")
        person.delete_folder(theirs)
        with pytest.raises(NotFound):
            await adapter.stamp_container(theirs, "mark-new")

    async def test_a_folder_is_sealed_beside_its_marker(self, adapter: FolderAdapter) -> None:
        assert await adapter.read_seal(adapter.container) == ""
        for seal in ("seal-1", "seal-2"):
            await adapter.seal_container(adapter.container, seal)
            assert await adapter.read_seal(adapter.container) == seal
        assert [(folder.marker, folder.seal) for folder in await adapter.containers()] == [("mark-folder", "seal-2")]

    async def test_a_folder_is_made_with_its_seal(self, adapter: FolderAdapter) -> None:
        made = await adapter.create_container("Club", "mark-new", "seal-1")
        assert (made.seal, await adapter.read_seal(made.id)) == ("seal-1", "seal-1")

    async def test_a_folder_that_is_gone_carries_no_seal_and_takes_none(
        self, adapter: FolderAdapter, person: PersonAtOutlook
    ) -> None:
        theirs = person.add_folder("Private")
        person.delete_folder(theirs)
        assert await adapter.read_seal(theirs) == ""
        with pytest.raises(NotFound):
            await adapter.seal_container(theirs, "seal-1")

    @pytest.mark.parametrize("name", ["GoPaaS", "GOPAAS"])
    async def test_a_name_that_is_taken_is_rejected_with_its_code(self, adapter: FolderAdapter, name: str) -> None:
        with pytest.raises(Rejected) as caught:
            await adapter.create_container(name, "mark-new")
        assert caught.value.code == "ErrorFolderExists"
        assert len(await adapter.containers()) == 1

    async def test_two_folders_never_share_an_id(self, adapter: FolderAdapter, person: PersonAtOutlook) -> None:
        first = person.add_folder("Private")
        person.delete_folder(first)
        made = [(await adapter.create_container(name, "mark-new")).id for name in ("Club", "Ecole")]
        assert len({*made, first, adapter.container}) == 4
