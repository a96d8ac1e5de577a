"""Series: each occurrence a record of its own, and the whole series shown again when one of them was touched (complaint 34)."""

from __future__ import annotations

from outlookd.errors import Stale
from outlookd.ports import Absent, Done, FolderAdapter, Found, Write
from outlookd.testing.contracts.calendar_rules import FAR, WEEKS, CalendarRules, PersonAtCalendar, begin_of


class CalendarSeriesContract(CalendarRules):
    """What is said of series and their occurrences, and what writes do to them."""

    # --- series

    async def test_a_new_series_is_told_whole(self, adapter: FolderAdapter, person: PersonAtCalendar) -> None:
        mark = (await self.list_all(adapter)).end.watermark
        series = person.add_series(subject="A")
        again = await self.list_all(adapter, mark)
        assert self.whole_in(again) == {series}
        assert sorted(begin_of(payload)[:10] for payload in again.shown.values()) == list(self.days)
        assert {payload["subject"] for payload in again.shown.values()} == {"A"}

    async def test_a_changed_occurrence_shows_its_series_whole(self, adapter: FolderAdapter, person: PersonAtCalendar) -> None:
        series = person.add_series(subject="A")
        ids = await self.occurrences_of(adapter, series)
        mark = (await self.list_all(adapter)).end.watermark
        person.edit(ids[1], subject="B")
        again = await self.list_all(adapter, mark)
        assert (self.whole_in(again), set(again.shown)) == ({series}, set(ids))
        changed = again.shown[ids[1]]
        assert (changed["type"], changed["subject"], again.shown[ids[0]]["subject"]) == ("exception", "B", "A")

    async def test_a_moved_occurrence_keeps_its_original_start(self, adapter: FolderAdapter, person: PersonAtCalendar) -> None:
        ids = await self.occurrences_of(adapter, person.add_series(subject="A"))
        person.reschedule(ids[1], "2026-12-10")
        payload = await self.payload_of(adapter, ids[1])
        assert (begin_of(payload)[:10], payload["originalStart"][:10]) == ("2026-12-10", "2026-12-08")

    async def test_a_deleted_occurrence_is_missing_from_its_series(self, adapter: FolderAdapter, person: PersonAtCalendar) -> None:
        """Complaint 34: nobody tells of it."""
        series = person.add_series(subject="A")
        ids = await self.occurrences_of(adapter, series)
        mark = (await self.list_all(adapter)).end.watermark
        person.delete(ids[1])
        again = await self.list_all(adapter, mark)
        assert (self.whole_in(again), set(again.shown)) == ({series}, {*ids} - {ids[1]})
        assert await self.read_one(adapter, ids[1]) == Absent()
        assert isinstance(await self.read_one(adapter, ids[0]), Found)

    async def test_a_deleted_series_is_told_as_removed_and_its_occurrences_are_absent(
        self, adapter: FolderAdapter, person: PersonAtCalendar
    ) -> None:
        series = person.add_series(subject="A")
        ids = await self.occurrences_of(adapter, series)
        mark = (await self.list_all(adapter)).end.watermark
        person.delete(series)
        again = await self.list_all(adapter, mark)
        assert dict(again.shown) == {}
        assert series in again.removed
        assert [await self.read_one(adapter, id) for id in ids] == [Absent()] * WEEKS

    async def test_a_series_in_another_calendar_is_found_elsewhere(self, adapter: FolderAdapter, person: PersonAtCalendar) -> None:
        series = person.add_series(subject="A")
        ids = await self.occurrences_of(adapter, series)
        mark = (await self.list_all(adapter)).end.watermark
        person.move(series, person.add_calendar("Private"))
        assert series in (await self.list_all(adapter, mark)).removed
        reading = await self.read_one(adapter, ids[0])
        assert isinstance(reading, Found)
        assert reading.elsewhere

    async def test_a_series_that_left_the_window_is_told_as_removed(self, adapter: FolderAdapter, person: PersonAtCalendar) -> None:
        series = person.add_series(subject="A", day=FAR)
        mark = (await self.list_all(adapter)).end.watermark
        person.edit(series, subject="B")
        again = await self.list_all(adapter, mark)
        assert (dict(again.shown), self.whole_in(again)) == ({}, set())

    async def test_a_series_itself_is_found_elsewhere(self, adapter: FolderAdapter, person: PersonAtCalendar) -> None:
        """No listing shows it: an event that was made to repeat is not one of ours any more, and not deleted."""
        reading = await self.read_one(adapter, person.add_series(subject="A"))
        assert isinstance(reading, Found)
        assert reading.elsewhere

    async def test_a_write_to_an_occurrence_changes_that_one_alone(self, adapter: FolderAdapter, person: PersonAtCalendar) -> None:
        ids = await self.occurrences_of(adapter, person.add_series(subject="A"))
        await self.written(adapter, Write(ref="r", op="update", id=ids[1], payload={"subject": "B"}))
        subjects = [(await self.payload_of(adapter, id))["subject"] for id in ids]
        assert subjects == ["A", "B", "A", "A"]

    async def test_an_occurrence_can_be_deleted_alone(self, adapter: FolderAdapter, person: PersonAtCalendar) -> None:
        series = person.add_series(subject="A")
        ids = await self.occurrences_of(adapter, series)
        assert await self.written(adapter, Write(ref="r", op="delete", id=ids[1])) == Done(ref="r", id=ids[1])
        assert await self.occurrences_of(adapter, series) == [ids[0], *ids[2:]]

    async def test_a_series_has_one_version_together(self, adapter: FolderAdapter, person: PersonAtCalendar) -> None:
        """A write to one occurrence makes what is known of the others stale."""
        ids = await self.occurrences_of(adapter, person.add_series(subject="A"))
        version = await self.version_of(adapter, ids[0])
        await self.written(adapter, Write(ref="r", op="update", id=ids[1], payload={"subject": "B"}))
        write = Write(ref="r", op="update", id=ids[0], payload={"subject": "C"}, version=version)
        assert isinstance(await self.refusal(adapter, write), Stale)
