"""Writing to a calendar: markers, creating once, versions, and the calendars themselves."""

from __future__ import annotations

import pytest

from outlookd.errors import ContainerMissing, NotFound, Rejected, Stale
from outlookd.ports import Adapter, Done, Failed, FolderAdapter, Write
from outlookd.testing.appointment import MARKER_KEY
from outlookd.testing.contracts.adapter import Person
from outlookd.testing.contracts.calendar_rules import DAY, FAR, CalendarRules, PersonAtCalendar, begin_of


class CalendarWritingContract(CalendarRules):
    """What becomes of writes."""

    # --- markers

    async def test_a_marker_is_shown_by_views_reads_and_searches(self, adapter: FolderAdapter) -> None:
        id = (await self.written(adapter, self.create("r", subject="A"))).id
        (found,) = await adapter.find("Mark-r", "")
        listed = (await self.list_all(adapter)).shown[id]
        read = await self.payload_of(adapter, id)
        assert [payload.get(MARKER_KEY) for payload in (found, listed, read)] == ["Mark-r"] * 3

    async def test_a_strangers_event_carries_no_marker(self, adapter: FolderAdapter, person: PersonAtCalendar) -> None:
        id = person.add(subject="A")
        assert not (await self.payload_of(adapter, id)).get(MARKER_KEY)
        assert not (await self.list_all(adapter)).shown[id].get(MARKER_KEY)

    async def test_a_marker_of_another_case_is_another_marker(self, adapter: FolderAdapter) -> None:
        await self.written(adapter, self.create("r", subject="A"))
        assert list(await adapter.find("mark-R", "")) == []

    async def test_a_marker_is_searched_in_our_calendar_only(self, adapter: FolderAdapter, person: PersonAtCalendar) -> None:
        done = await self.written(adapter, self.create("r", subject="A"))
        person.move(done.id, person.add_calendar("Private"))
        assert list(await adapter.find("Mark-r", "")) == []

    async def test_a_marker_is_searched_outside_the_window_too(self, adapter: FolderAdapter, person: PersonAtCalendar) -> None:
        done = await self.written(adapter, self.create("r", subject="A"))
        person.reschedule(done.id, FAR)
        assert [payload["id"] for payload in await adapter.find("Mark-r", "")] == [done.id]

    async def test_a_copy_is_found_beside_its_original(self, adapter: FolderAdapter, person: PersonAtCalendar) -> None:
        """Design rule 6: who owns which is decided by the links, not here."""
        done = await self.written(adapter, self.create("r", subject="A"))
        copy = person.copy(done.id)
        assert {payload["id"] for payload in await adapter.find("Mark-r", "")} == {done.id, copy}

    async def test_an_update_can_stamp_a_strangers_event(self, adapter: FolderAdapter, person: PersonAtCalendar) -> None:
        id = person.add(subject="A")
        done = await self.written(adapter, Write(ref="r", op="update", id=id, payload={"subject": "B"}, marker="Mark-new"))
        assert done.payload is not None
        assert (done.payload[MARKER_KEY], (await self.payload_of(adapter, id))[MARKER_KEY]) == ("Mark-new", "Mark-new")

    async def test_an_occurrence_can_be_stamped_alone(self, adapter: FolderAdapter, person: PersonAtCalendar) -> None:
        ids = await self.occurrences_of(adapter, person.add_series(subject="A"))
        await self.written(adapter, Write(ref="r", op="update", id=ids[1], payload={"subject": "B"}, marker="Mark-new"))
        assert [(await self.payload_of(adapter, id)).get(MARKER_KEY, "") for id in ids[:2]] == ["", "Mark-new"]

    # --- creating once

    async def test_a_second_create_under_one_marker_is_in_doubt_and_leaves_one_event(self, adapter: FolderAdapter) -> None:
        done = await self.written(adapter, self.create("r", subject="A"))
        (again,) = await adapter.write([self.create("r", subject="A")])
        assert isinstance(again, Failed)
        assert again.ambiguous
        assert set((await self.list_all(adapter)).shown) == {done.id}

    async def test_a_marker_stays_used_after_its_event_was_deleted(self, adapter: FolderAdapter, person: PersonAtCalendar) -> None:
        person.delete((await self.written(adapter, self.create("r", subject="A"))).id)
        (again,) = await adapter.write([self.create("r", subject="A")])
        assert isinstance(again, Failed)
        assert dict((await self.list_all(adapter)).shown) == {}

    # --- results

    async def test_a_create_answers_with_what_is_there_now(self, adapter: FolderAdapter) -> None:
        done = await self.written(adapter, self.create("r", subject="A"))
        assert done.payload == await self.payload_of(adapter, done.id)

    async def test_an_update_answers_with_what_is_there_now_but_for_the_marker(self, adapter: FolderAdapter) -> None:
        """Graph's answer to a PATCH does not show the stamp."""
        id = (await self.written(adapter, self.create("r", subject="A"))).id
        done = await self.written(adapter, Write(ref="r", op="update", id=id, payload={"subject": "B"}))
        assert done.payload is not None
        assert MARKER_KEY not in done.payload
        assert {**done.payload, MARKER_KEY: "Mark-r"} == await self.payload_of(adapter, id)

    async def test_a_text_is_kept_as_html(self, adapter: FolderAdapter) -> None:
        create = self.create("r", subject="A")
        body = {"contentType": "text", "content": "Plans & offers"}
        done = await self.written(adapter, Write(ref="r", op="create", payload={**create.payload, "body": body}, marker="Mark-r"))
        kept = (await self.payload_of(adapter, done.id))["body"]
        assert kept["contentType"] == "html"
        assert "Plans &amp; offers" in kept["content"]

    async def test_an_update_changes_only_what_was_sent(self, adapter: Adapter, person: Person) -> None:
        id = person.add(subject="A", importance="high")
        await self.written(adapter, Write(ref="r", op="update", id=id, payload={"subject": "B"}))
        payload = await self.payload_of(adapter, id)
        assert (payload["subject"], payload["importance"], begin_of(payload)) == ("B", "high", f"{DAY}T08:00")

    async def test_a_value_is_cleared_by_none(self, adapter: Adapter, person: Person) -> None:
        id = person.add(subject="A")
        await self.written(adapter, Write(ref="r", op="update", id=id, payload={"subject": None}))
        assert not (await self.payload_of(adapter, id))["subject"]

    async def test_a_delete_of_what_is_gone_is_done(self, adapter: FolderAdapter, person: PersonAtCalendar) -> None:
        id = person.add(subject="A")
        person.delete(id)
        assert await self.written(adapter, Write(ref="r", op="delete", id=id, version="old")) == Done(ref="r", id=id)

    async def test_an_update_of_what_is_gone_is_not_found_and_the_others_are_written(
        self, adapter: FolderAdapter, person: PersonAtCalendar
    ) -> None:
        id = person.add(subject="A")
        person.delete(id)
        gone = Write(ref="gone", op="update", id=id, payload={"subject": "B"})
        results = {result.ref: result for result in await adapter.write([self.create("a"), gone, self.create("b")])}
        failed = results["gone"]
        assert isinstance(failed, Failed)
        assert isinstance(failed.error, NotFound)
        assert [type(results[ref]) for ref in "ab"] == [Done, Done]

    async def test_a_payload_that_graph_refuses_is_rejected_and_the_others_are_written(self, adapter: FolderAdapter) -> None:
        """Design rule 16: one bad record stops itself only."""
        bad = Write(ref="bad", op="create", payload={"subject": "A"}, marker="Mark-bad")
        results = {result.ref: result for result in await adapter.write([bad, self.create("good", subject="B")])}
        failed = results["bad"]
        assert isinstance(failed, Failed)
        assert (isinstance(failed.error, Rejected), failed.ambiguous) == (True, False)
        assert isinstance(results["good"], Done)

    async def test_of_a_batch_whose_answer_is_lost_everything_is_in_doubt(
        self, adapter: FolderAdapter, person: PersonAtCalendar
    ) -> None:
        """Also what was refused: nobody read the refusal."""
        id = person.add(subject="A")
        stale = Write(ref="stale", op="update", id=id, payload={"subject": "B"}, version="old")
        person.lose_answer()
        results = await adapter.write([self.create("r", subject="C"), stale])
        assert [isinstance(result, Failed) and result.ambiguous for result in results] == [True, True]

    # --- versions

    @pytest.mark.parametrize("op", ["update", "delete"])
    async def test_a_write_under_a_stale_version_is_refused_and_changes_nothing(
        self, adapter: FolderAdapter, person: PersonAtCalendar, op: str
    ) -> None:
        id = person.add(subject="A")
        version = await self.version_of(adapter, id)
        person.edit(id, subject="Theirs")
        write = Write(ref="r", op="update" if op == "update" else "delete", id=id, payload={"subject": "Ours"}, version=version)
        assert isinstance(await self.refusal(adapter, write), Stale)
        assert (await self.payload_of(adapter, id))["subject"] == "Theirs"

    async def test_a_write_under_the_current_version_is_done(self, adapter: FolderAdapter, person: PersonAtCalendar) -> None:
        id = person.add(subject="A")
        version = await self.version_of(adapter, id)
        await self.written(adapter, Write(ref="r", op="update", id=id, payload={"subject": "Ours"}, version=version))
        assert (await self.payload_of(adapter, id))["subject"] == "Ours"

    # --- calendars

    async def test_the_default_calendar_is_listed_and_known_as_such(self, adapter: FolderAdapter, person: PersonAtCalendar) -> None:
        other = person.add_calendar("Club")
        assert {calendar.id: calendar.default for calendar in await adapter.containers()} == {adapter.container: True, other: False}

    async def test_a_calendar_is_a_persons_and_never_stamped(self, adapter: FolderAdapter) -> None:
        made = await adapter.create_container("GoPaaS", "mark-calendar")
        await adapter.stamp_container(made.id, "mark-new")
        assert (made.name, made.marker, made.default) == ("GoPaaS", "", False)
        assert made in await adapter.containers()

    async def test_a_calendar_is_sealed_the_default_one_included(self, adapter: FolderAdapter, person: PersonAtCalendar) -> None:
        other = person.add_calendar("Club")
        assert await adapter.read_seal(adapter.container) == ""
        await adapter.seal_container(adapter.container, "seal-1")
        await adapter.seal_container(other, "seal-2")
        seals = {calendar.id: calendar.seal for calendar in await adapter.containers()}
        assert seals == {adapter.container: "seal-1", other: "seal-2"}
        assert await adapter.read_seal(other) == "seal-2"

    async def test_a_calendar_that_is_gone_carries_no_seal_and_takes_none(
        self, adapter: FolderAdapter, person: PersonAtCalendar
    ) -> None:
        other = person.add_calendar("Club")
        person.delete_calendar(other)
        assert await adapter.read_seal(other) == ""
        with pytest.raises(NotFound):
            await adapter.seal_container(other, "seal-1")

    async def test_a_name_that_is_taken_is_rejected_with_its_code(self, adapter: FolderAdapter, person: PersonAtCalendar) -> None:
        person.add_calendar("Club")
        with pytest.raises(Rejected) as caught:
            await adapter.create_container("CLUB", "mark-new")
        assert caught.value.code == "ErrorFolderExists"

    # --- a calendar that is gone

    async def test_a_calendar_that_is_gone_is_never_an_empty_one(self, adapter: FolderAdapter, person: PersonAtCalendar) -> None:
        adapter.container = person.add_calendar("Club")
        id = person.add(subject="A", calendar=adapter.container)
        mark = (await self.list_all(adapter)).end.watermark
        person.delete_calendar(adapter.container)
        for since in (None, mark):
            with pytest.raises(ContainerMissing):
                await self.list_all(adapter, since)
        with pytest.raises(ContainerMissing):
            await self.list_fully(adapter, mark)
        with pytest.raises(ContainerMissing):
            await adapter.find("Mark-r", "")
        with pytest.raises(ContainerMissing):
            await adapter.read([id])

    async def test_nothing_is_created_in_a_calendar_that_is_gone(self, adapter: FolderAdapter, person: PersonAtCalendar) -> None:
        adapter.container = person.add_calendar("Club")
        person.delete_calendar(adapter.container)
        assert isinstance(await self.refusal(adapter, self.create("r", subject="A")), NotFound)
