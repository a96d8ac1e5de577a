"""Reading a calendar: the view of a window, and the feed of what happened to single events since."""

from __future__ import annotations

from datetime import timedelta

import pytest

from outlookd.core.model import Span
from outlookd.ports import Absent, FolderAdapter, Found
from outlookd.testing.contracts.calendar_rules import DAY, ETAG, FAR, WINDOW, CalendarRules, PersonAtCalendar, begin_of


class CalendarReadingContract(CalendarRules):
    """What views and feeds say."""

    # --- the view of the window

    async def test_a_view_shows_occurrences_and_no_masters(self, adapter: FolderAdapter, person: PersonAtCalendar) -> None:
        single, series = person.add(subject="A"), person.add_series(subject="B")
        shown = (await self.list_all(adapter)).shown
        assert shown[single]["type"] == "singleInstance"
        of_series = [payload for id, payload in shown.items() if id != single]
        assert {(payload["type"], payload["seriesMasterId"]) for payload in of_series} == {("occurrence", series)}
        assert sorted(begin_of(payload)[:10] for payload in of_series) == list(self.days)
        assert series not in shown

    async def test_an_occurrence_is_shown_in_full(self, adapter: FolderAdapter, person: PersonAtCalendar) -> None:
        person.add_series(subject="B", body="Bring the plans")
        for payload in (await self.list_all(adapter)).shown.values():
            assert (payload["subject"], payload["body"]["contentType"]) == ("B", "html")
            assert "Bring the plans" in payload["body"]["content"]
            assert payload["originalStart"][:10] == begin_of(payload)[:10]

    async def test_what_lies_outside_the_window_is_not_in_the_view(self, adapter: FolderAdapter, person: PersonAtCalendar) -> None:
        inside, _ = person.add(subject="A"), person.add(subject="B", day=FAR)
        listing = await self.list_all(adapter)
        assert (set(listing.shown), listing.end.window) == ({inside}, WINDOW)

    async def test_times_are_shown_in_utc(self, adapter: FolderAdapter, person: PersonAtCalendar) -> None:
        id = person.add(subject="A")
        assert begin_of((await self.list_all(adapter)).shown[id]) == f"{DAY}T08:00"
        assert begin_of(await self.payload_of(adapter, id)) == f"{DAY}T08:00"

    async def test_a_whole_day_is_shown_as_midnights(self, adapter: FolderAdapter, person: PersonAtCalendar) -> None:
        id = person.add_whole_day(subject="A")
        payload = (await self.list_all(adapter)).shown[id]
        assert (payload["isAllDay"], begin_of(payload)) == (True, f"{DAY}T00:00")
        assert payload["end"]["dateTime"].startswith("2026-12-02T00:00")

    async def test_events_of_other_calendars_are_not_shown(self, adapter: FolderAdapter, person: PersonAtCalendar) -> None:
        person.add(subject="A", calendar=person.add_calendar("Private"))
        assert dict((await self.list_all(adapter)).shown) == {}

    # --- the feed

    async def test_a_feed_after_which_nothing_happened_shows_nothing(
        self, adapter: FolderAdapter, person: PersonAtCalendar
    ) -> None:
        person.add(subject="A")
        person.add_series(subject="B")
        mark = (await self.list_all(adapter)).end.watermark
        again = await self.list_all(adapter, mark)
        assert (dict(again.shown), again.removed, self.whole_in(again), again.end.snapshot) == ({}, frozenset(), set(), False)

    async def test_a_feed_over_an_empty_calendar_can_be_continued(self, adapter: FolderAdapter, person: PersonAtCalendar) -> None:
        mark = (await self.list_all(adapter)).end.watermark
        id = person.add(subject="A")
        again = await self.list_all(adapter, mark)
        assert (set(again.shown), again.end.snapshot) == ({id}, False)

    async def test_only_what_changed_is_told(self, adapter: FolderAdapter, person: PersonAtCalendar) -> None:
        edited, _ = person.add(subject="A"), person.add(subject="B")
        person.add_series(subject="C")
        mark = (await self.list_all(adapter)).end.watermark
        person.edit(edited, subject="D")
        again = await self.list_all(adapter, mark)
        assert (set(again.shown), self.whole_in(again)) == ({edited}, set())

    async def test_what_exchange_touched_is_told_under_another_version(
        self, adapter: FolderAdapter, person: PersonAtCalendar
    ) -> None:
        id = person.add(subject="A")
        first = await self.list_all(adapter)
        person.churn(id)
        again = (await self.list_all(adapter, first.end.watermark)).shown[id]
        assert again[ETAG] != first.shown[id][ETAG]
        assert again["subject"] == "A"

    async def test_a_deleted_event_is_told_as_removed_and_absent(self, adapter: FolderAdapter, person: PersonAtCalendar) -> None:
        id, _ = person.add(subject="A"), person.add(subject="B")
        mark = (await self.list_all(adapter)).end.watermark
        person.delete(id)
        again = await self.list_all(adapter, mark)
        assert not again.shown
        assert again.removed == {id}
        assert await self.read_one(adapter, id) == Absent()

    async def test_an_event_that_left_the_window_is_told_and_still_found(
        self, adapter: FolderAdapter, person: PersonAtCalendar
    ) -> None:
        id = person.add(subject="A")
        mark = (await self.list_all(adapter)).end.watermark
        person.reschedule(id, FAR)
        assert (await self.list_all(adapter, mark)).removed == {id}
        reading = await self.read_one(adapter, id)
        assert isinstance(reading, Found)
        assert not reading.elsewhere
        assert begin_of(reading.payload)[:10] == FAR

    async def test_an_event_that_came_into_the_window_is_shown(self, adapter: FolderAdapter, person: PersonAtCalendar) -> None:
        id = person.add(subject="A", day=FAR)
        mark = (await self.list_all(adapter)).end.watermark
        person.reschedule(id, DAY)
        again = await self.list_all(adapter, mark)
        assert (set(again.shown), again.removed) == ({id}, frozenset())

    async def test_an_event_in_another_calendar_is_told_as_removed_and_found_elsewhere(
        self, adapter: FolderAdapter, person: PersonAtCalendar
    ) -> None:
        id = person.add(subject="A")
        mark = (await self.list_all(adapter)).end.watermark
        person.move(id, person.add_calendar("Private"))
        assert (await self.list_all(adapter, mark)).removed == {id}
        reading = await self.read_one(adapter, id)
        assert isinstance(reading, Found)
        assert reading.elsewhere

    async def test_an_event_that_came_back_is_shown_and_not_removed(self, adapter: FolderAdapter, person: PersonAtCalendar) -> None:
        id = person.add(subject="A")
        mark = (await self.list_all(adapter)).end.watermark
        person.move(id, person.add_calendar("Private"))
        person.move(id, adapter.container)
        again = await self.list_all(adapter, mark)
        assert (set(again.shown), again.removed) == ({id}, frozenset())

    async def test_a_first_listing_tells_of_no_removals(self, adapter: FolderAdapter, person: PersonAtCalendar) -> None:
        person.delete(person.add(subject="A"))
        person.add(subject="B", day=FAR)
        assert (await self.list_all(adapter)).removed == frozenset()

    async def test_a_forgotten_feed_is_answered_with_everything_there_is(
        self, adapter: FolderAdapter, person: PersonAtCalendar
    ) -> None:
        """Complaint 33; and not by an error, after which the engine would begin a feed each time (complaint 35)."""
        id = person.add(subject="A")
        mark = (await self.list_all(adapter)).end.watermark
        person.expire()
        for listing in (await self.list_all(adapter, mark), await self.list_fully(adapter, mark)):
            assert (set(listing.shown), listing.end.snapshot, listing.end.complete) == ({id}, True, True)

    async def test_what_happens_after_a_forgotten_feed_is_shown(self, adapter: FolderAdapter, person: PersonAtCalendar) -> None:
        person.add(subject="A")
        mark = (await self.list_all(adapter)).end.watermark
        person.expire()
        again = await self.list_all(adapter, mark)
        added = person.add(subject="B")
        assert added in (await self.list_all(adapter, again.end.watermark)).shown

    async def test_a_full_reconciliation_keeps_the_feed(self, adapter: FolderAdapter, person: PersonAtCalendar) -> None:
        """Complaint 35: each new feed leaves something behind in the mailbox."""
        kept, edited = person.add(subject="A"), person.add(subject="B")
        mark = (await self.list_all(adapter)).end.watermark
        everything = await self.list_fully(adapter, mark)
        assert (set(everything.shown), everything.end.snapshot, everything.end.complete) == ({kept, edited}, True, True)
        person.edit(edited, subject="C")
        again = await self.list_all(adapter, everything.end.watermark)
        assert (set(again.shown), again.end.snapshot) == ({edited}, False)

    async def test_nothing_is_lost_between_a_feed_and_a_full_reconciliation(
        self, adapter: FolderAdapter, person: PersonAtCalendar
    ) -> None:
        id = person.add(subject="A")
        mark = (await self.list_all(adapter)).end.watermark
        person.edit(id, subject="B")
        everything = await self.list_fully(adapter, mark)
        assert everything.shown[id]["subject"] == "B"

    async def test_a_listing_that_begins_a_feed_says_what_the_feed_knows(
        self, adapter: FolderAdapter, person: PersonAtCalendar
    ) -> None:
        ids = {person.add(subject="A"), person.add_series(subject="B")}
        begun = await self.list_all(adapter)
        fully = await self.list_fully(adapter, begun.end.watermark)
        assert begun.end.fed is not None
        assert (ids <= begun.end.fed, fully.end.fed) == (True, frozenset())

    async def test_a_listing_beside_a_feed_that_goes_on_says_what_the_feed_told(
        self, adapter: FolderAdapter, person: PersonAtCalendar
    ) -> None:
        person.add(subject="A")
        begun = await self.list_all(adapter)
        id = person.add(subject="B")
        fully = await self.list_fully(adapter, begun.end.watermark)
        changed = await self.list_all(adapter, fully.end.watermark)
        assert (fully.end.fed, changed.end.fed) == (frozenset({id}), None)

    async def test_a_listing_that_begins_a_feed_says_what_to_remember_at_once(self, adapter: FolderAdapter) -> None:
        first = await self.list_all(adapter)
        assert first.end.restart is not None
        assert first.end.restart != first.end.watermark
        again = await self.list_all(adapter, first.end.watermark)
        fully = await self.list_fully(adapter, first.end.watermark)
        assert again.end.restart is fully.end.restart is None

    @pytest.mark.parametrize("full", [False, True])
    async def test_what_a_run_that_failed_remembered_shows_everything_and_begins_no_feed(
        self, adapter: FolderAdapter, person: PersonAtCalendar, full: bool
    ) -> None:
        id = person.add(subject="A")
        mark = (await self.list_all(adapter)).end.restart
        again = await self.list_all(adapter, mark, full=full)
        assert (set(again.shown), again.end.snapshot, again.end.complete, again.end.restart) == ({id}, True, True, None)
        quiet = await self.list_all(adapter, again.end.watermark)
        assert (set(quiet.shown), quiet.end.snapshot, quiet.end.restart) == (set(), False, None)

    async def test_who_only_wants_to_look_begins_no_feed(self, adapter: FolderAdapter, person: PersonAtCalendar) -> None:
        id = person.add(subject="A")
        look = await self.list_all(adapter, full=True)
        assert (set(look.shown), look.end.snapshot, look.end.complete, look.end.restart) == ({id}, True, True, None)
        assert look.end.watermark.cursor == ""

    async def test_after_a_mere_look_a_feed_is_begun(self, adapter: FolderAdapter) -> None:
        look = await self.list_all(adapter, full=True)
        assert (await self.list_all(adapter, look.end.watermark)).end.restart is not None

    async def test_a_window_that_moved_far_is_read_anew(self, adapter: FolderAdapter, person: PersonAtCalendar) -> None:
        """A feed looks at one part of time for ever (graph.md 2.8)."""
        person.add(subject="A")
        later = person.add(subject="B", day=FAR)
        mark = (await self.list_all(adapter)).end.watermark
        years = timedelta(days=365 * 4.5)
        adapter.window = Span(start=WINDOW.start + years, end=WINDOW.end + years)
        again = await self.list_all(adapter, mark)
        assert (set(again.shown), again.end.snapshot, again.end.window) == ({later}, True, adapter.window)
