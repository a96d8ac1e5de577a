"""What changes in a calendar, seen through the sandbox's Graph, which was written from the same pages without sight of this code."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from calendar_case import PARIS, Listing, add, create, event, feeds_begun, listing, weekly

from outlookd.core.model import Span
from outlookd.errors import ContainerMissing, MailboxUnusable, NotFound
from outlookd.graph.marker import MARKER_KEY, MARKER_PROPERTY
from outlookd.ports import Absent, Found, Unreadable
from outlookd.sandbox.directory import MailboxState

DAY = 24 * 3600

# --- everything ----------------------------------------------------------------------------------------------------------


async def test_a_first_listing_shows_everything_in_the_window_whole_and_nothing_else(calendar, world, window):
    single, series = add(world, event()), add(world, weekly())
    add(world, event("Too late", "2027-06-01"))
    first = await listing(calendar)
    kinds = sorted(payload["type"] for payload in first.shown.values())
    assert kinds == ["occurrence"] * 3 + ["singleInstance"]
    assert first.subjects == ["Round"] * 3 + ["Visit"]
    assert single in first.shown
    assert {payload["seriesMasterId"] for payload in first.shown.values()} == {None, series}
    assert (first.end.snapshot, first.end.complete, first.end.window) == (True, True, window)


async def test_a_listing_of_a_window_shows_markers_and_times_in_utc(calendar, world):
    (done,) = await calendar.write([create(1)])
    shown = (await listing(calendar)).shown[done.id]
    assert shown[MARKER_KEY] == "mark-1"
    assert shown["start"] == {"dateTime": "2026-12-01T08:00:00.0000000", "timeZone": "UTC"}


async def test_the_markers_of_a_series_that_is_read_again_are_shown(calendar, world):
    series = add(world, weekly(singleValueExtendedProperties=[{"id": MARKER_PROPERTY, "value": "mark"}]))
    mark = (await listing(calendar)).mark
    world.calendars.update(series, {"subject": "Moved"})
    assert {payload[MARKER_KEY] for payload in (await listing(calendar, mark)).shown.values()} == {"mark"}


@pytest.mark.parametrize("quirk", ["delta_empty_first", "delta_shuffle", "delta_duplicates", "delta_oversize"])
async def test_a_listing_is_complete_whatever_the_feeds_pages_look_like(calendar, world, quirk):
    setattr(world.directory.switches, quirk, True)
    ids = {add(world, event(f"Visit {number}")) for number in range(30)}
    first = await listing(calendar)
    assert set(first.shown) == ids
    edited = next(iter(ids))
    world.calendars.update(edited, {"subject": "Edited"})
    assert set((await listing(calendar, first.mark)).shown) == {edited}


async def test_two_thousand_events_are_listed_five_hundred_at_a_time(calendar, world):
    for number in range(2000):
        add(world, event(f"Visit {number}"))
    first = await listing(calendar)
    assert len(first.shown) == 2000
    assert calendar.requests == 4 + 4
    before = calendar.requests
    await listing(calendar, first.mark)
    assert calendar.requests == before + 1


# --- changes -------------------------------------------------------------------------------------------------------------


async def test_a_quiet_poll_is_exactly_one_request(calendar, world):
    add(world, event())
    mark = (await listing(calendar)).mark
    before = calendar.requests
    again = await listing(calendar, mark)
    assert calendar.requests == before + 1
    assert (again.shown, again.removed, again.whole, again.end.snapshot, again.end.complete) == ({}, set(), set(), False, True)
    assert again.mark.full_at == mark.full_at


async def test_polls_go_on_from_the_newest_link(calendar, world):
    mark = (await listing(calendar)).mark
    for number in range(6):  # Graph keeps three generations of a feed
        id = add(world, event(f"Visit {number}"))
        again = await listing(calendar, mark)
        assert set(again.shown) == {id}
        mark = again.mark


async def test_a_changed_single_event_comes_whole_in_one_request(calendar, world):
    id = add(world, event(body={"contentType": "text", "content": "Bring the samples"}))
    mark = (await listing(calendar)).mark
    world.calendars.update(id, {"subject": "Edited"})
    before = calendar.requests
    again = await listing(calendar, mark)
    assert calendar.requests == before + 1
    assert (again.shown[id]["subject"], "samples" in again.shown[id]["body"]["content"]) == ("Edited", True)
    assert again.shown[id]["start"]["timeZone"] == "UTC"


@pytest.mark.parametrize("masters", ["always", "in window", "never"])
async def test_a_changed_occurrence_brings_its_whole_series_in_one_batch(calendar, world, masters):
    world.directory.switches.delta_masters = masters
    series = add(world, weekly())
    first = await listing(calendar)
    moved = sorted(first.shown)[1]
    world.calendars.update(moved, {"subject": "Other place"})
    before = calendar.requests
    again = await listing(calendar, first.mark)
    assert calendar.requests == before + 2
    assert (set(again.shown), again.whole) == (set(first.shown), {series})
    assert again.subjects == ["Other place", "Round", "Round"]
    assert not [payload for payload in again.shown.values() if payload["type"] == "seriesMaster"]


async def test_twenty_changed_series_are_read_in_one_batch(calendar, world):
    ids = [add(world, weekly(f"Round {number}")) for number in range(20)]
    mark = (await listing(calendar)).mark
    for id in ids:
        world.calendars.update(id, {"subject": "Edited"})
    before = calendar.requests
    again = await listing(calendar, mark)
    assert calendar.requests == before + 2
    assert (again.whole, len(again.shown)) == (set(ids), 60)


async def test_a_deleted_occurrence_is_missing_from_its_whole_series(calendar, world):
    """Graph sends no tombstone for it (complaint 34)."""
    series = add(world, weekly())
    first = await listing(calendar)
    gone = sorted(first.shown)[1]
    world.calendars.delete(gone)
    again = await listing(calendar, first.mark)
    assert again.whole == {series}
    assert again.removed == set()
    assert set(again.shown) == set(first.shown) - {gone}


async def test_an_endless_daily_series_is_read_to_its_last_page(calendar, world):
    calendar.window = Span(start=datetime(2026, 11, 1, tzinfo=UTC), end=datetime(2028, 11, 1, tzinfo=UTC))
    pattern = {"pattern": {"type": "daily", "interval": 1}, "range": {"type": "noEnd", "startDate": "2026-12-01"}}
    series = add(world, event("Daily", recurrence=pattern))
    first = await listing(calendar)
    world.calendars.update(series, {"subject": "Edited"})
    again = await listing(calendar, first.mark)
    assert len(again.shown) == len(first.shown) == 701
    assert again.whole == {series}


async def test_a_series_is_read_again_in_the_wanted_window_only(calendar, world, window):
    series = add(world, weekly(count=40))
    first = await listing(calendar)
    world.calendars.update(series, {"subject": "Edited"})
    again = await listing(calendar, first.mark)
    assert len(first.shown) == len(again.shown) == 12
    assert max(payload["start"]["dateTime"] for payload in again.shown.values()) < window.end.isoformat()


async def test_a_deleted_series_is_told_by_its_master(calendar, world):
    series = add(world, weekly())
    mark = (await listing(calendar)).mark
    world.calendars.delete(series)
    again = await listing(calendar, mark)
    assert (again.shown, again.removed, again.whole) == ({}, {series}, set())


async def test_a_series_that_is_deleted_while_it_is_read_again_is_told_by_its_master(calendar, world):
    series, single = add(world, weekly()), add(world, event())
    mark = (await listing(calendar)).mark
    world.calendars.update(series, {"subject": "Edited"})
    world.calendars.update(single, {"subject": "Edited"})
    pages = []
    async for page in calendar.changes(mark):
        if not pages:
            world.calendars.delete(series)
        pages.append(page)
    again = Listing(pages)
    assert (set(again.shown), again.removed, again.whole, again.end.complete) == ({single}, {series}, set(), True)


async def test_removals_are_handed_on_as_hints(calendar, world):
    """Also of an event that was only moved out of the feed's window, or never was in it (trap 3)."""
    deleted, moved = add(world, event()), add(world, event())
    mark = (await listing(calendar)).mark
    world.calendars.delete(deleted)
    far = {"dateTime": "2030-01-01T09:00:00", "timeZone": PARIS}
    world.calendars.update(moved, {"start": far, "end": {**far, "dateTime": "2030-01-01T10:00:00"}})
    stranger = add(world, event("Far away", "2030-01-01"))
    again = await listing(calendar, mark)
    assert (again.shown, again.removed) == ({}, {deleted, moved, stranger})
    readings = await calendar.read([deleted, moved])
    assert readings[deleted] == Absent()
    assert isinstance(readings[moved], Found)


async def test_an_event_between_the_two_windows_is_shown(calendar, world, window):
    """The core knows the window; this is how it learns that an event left it."""
    id = add(world, event())
    mark = (await listing(calendar)).mark
    beyond = (window.end + timedelta(days=5)).date().isoformat()
    world.calendars.update(id, {name: event(day=beyond)[name] for name in ("start", "end")})
    again = await listing(calendar, mark)
    assert again.shown[id]["start"]["dateTime"].startswith(beyond)


async def test_a_series_that_cannot_be_read_is_neither_shown_nor_forgotten(calendar, world):
    series, other, single = add(world, weekly()), add(world, weekly("Other")), add(world, event())
    mark = (await listing(calendar)).mark
    for id in (series, other, single):
        world.calendars.update(id, {"subject": "Edited"})
    world.faults.add("graph.item", "status", match=rf"{re.escape(series)}/instances", status=500, code="ErrorCorruptData")
    world.faults.add("graph", "status", match=rf"{re.escape(series)}/instances", status=500, code="ErrorCorruptData", times=5)
    broken = await listing(calendar, mark)
    assert broken.whole == {other}
    assert not [payload for payload in broken.shown.values() if payload["seriesMasterId"] == series]
    assert (broken.end.complete, broken.end.snapshot, broken.mark) == (False, False, mark)
    assert "1 series" in broken.end.reason
    again = await listing(calendar, broken.mark)
    assert (again.whole, again.end.complete) == ({series, other}, True)


async def test_a_series_of_which_a_later_page_is_missing_is_not_shown_by_half(calendar, world):
    calendar.window = Span(start=datetime(2026, 11, 1, tzinfo=UTC), end=datetime(2028, 11, 1, tzinfo=UTC))
    pattern = {"pattern": {"type": "daily", "interval": 1}, "range": {"type": "noEnd", "startDate": "2026-12-01"}}
    series = add(world, event("Daily", recurrence=pattern))
    mark = (await listing(calendar)).mark
    world.calendars.update(series, {"subject": "Edited"})
    world.faults.add("graph", "status", match=r"instances.*skip=500", status=403, code="ErrorAccessDenied")
    broken = await listing(calendar, mark)
    assert (broken.shown, broken.whole, broken.end.complete) == ({}, set(), False)


async def test_a_series_that_is_too_much_for_a_large_page_is_read_in_small_ones(calendar, world):
    series = add(world, weekly(count=11))
    first = await listing(calendar)
    world.calendars.update(series, {"subject": "Edited"})
    world.faults.add("graph.item", "status", match="instances", status=504)
    again = await listing(calendar, first.mark)
    assert (again.whole, len(again.shown), again.end.complete) == ({series}, 11, True)
    assert [re.search(r"top=(\d+)", entry.path)[1] for entry in world.asked if "instances" in entry.path] == ["10", "10"]


async def test_a_calendar_that_is_too_much_for_a_large_page_is_listed_in_small_ones(calendar, world):
    ids = {add(world, event(f"Visit {number}")) for number in range(25)}
    world.faults.add("graph", "status", match=r"calendarView\?.*top=500", status=503, times=-1)
    first = await listing(calendar)
    assert set(first.shown) == ids
    tops = [re.search(r"top=(\d+)", entry.path)[1] for entry in world.asked if "/calendarView?" in entry.path]
    assert tops == ["500"] * 5 + ["10"] * 3


# --- windows and feeds ---------------------------------------------------------------------------------------------------


async def test_a_feed_outlives_the_sliding_of_the_window_and_is_renewed_when_it_must_be(calendar, world, clock, window):
    mark = (await listing(calendar)).mark
    begun = []
    for days in range(1, 75):
        clock.advance(DAY)
        shift = timedelta(days=days)
        calendar.window = Span(start=window.start + shift, end=window.end + shift)
        again = await listing(calendar, mark)
        mark = again.mark
        begun.append(feeds_begun(world))
        assert again.end.snapshot is (feeds_begun(world) != (begun[-2] if days > 1 else 1))
    assert begun == [1] * 60 + [2] * 14


async def test_a_window_that_grew_into_the_past_needs_a_new_feed(calendar, world, clock, window):
    mark = (await listing(calendar)).mark
    clock.advance(DAY)
    calendar.window = replace(window, start=window.start - timedelta(days=30))
    assert (await listing(calendar, mark)).end.snapshot
    assert feeds_begun(world) == 2


async def test_a_full_reconciliation_lists_everything_and_starts_no_feed(calendar, world, clock, window):
    ids = {add(world, event()), add(world, event("Other"))}
    mark = (await listing(calendar)).mark
    clock.advance(3600)
    again = await listing(calendar, mark, full=True)
    assert feeds_begun(world) == 1
    assert set(again.shown) == ids
    assert (again.end.snapshot, again.end.complete, again.end.window) == (True, True, window)
    assert again.mark.full_at == mark.full_at + timedelta(hours=1)
    before = calendar.requests
    assert (await listing(calendar, again.mark)).shown == {}
    assert calendar.requests == before + 1


async def test_what_changes_during_a_listing_comes_with_the_next_one(calendar, world):
    for number in range(600):
        add(world, event(f"Visit {number}"))
    added, pages = "", []
    async for page in calendar.changes(None):
        added = added or add(world, event("Meanwhile", "2026-10-25"))
        pages.append(page)
    assert set((await listing(calendar, Listing(pages).mark)).shown) == {added}


@pytest.mark.parametrize("code", ["ErrorSyncFolderNotFound", "ErrorItemNotFound"])
async def test_a_calendar_that_is_gone_is_never_an_empty_one(calendar, world, code):
    world.directory.switches.lost_folder_code = code
    calendar.container = (await calendar.create_container("CRM", "mark")).id
    (done,) = await calendar.write([create(1)])
    mark = (await listing(calendar)).mark
    world.calendars.delete_calendar(calendar.container)
    for since, full in ((None, False), (mark, False), (mark, True)):
        with pytest.raises(ContainerMissing):
            await listing(calendar, since, full=full)
    with pytest.raises(ContainerMissing):
        await calendar.read([done.id])
    with pytest.raises(ContainerMissing):
        await calendar.find("mark-1", "")
    (failed,) = await calendar.write([create(2)])
    assert isinstance(failed.error, NotFound)


async def test_a_mailbox_that_lost_its_licence_is_not_an_empty_one(calendar, world):
    ids = [add(world, event()), add(world, event())]
    mark = (await listing(calendar)).mark
    world.user.state = MailboxState.NOT_ENABLED
    with pytest.raises(MailboxUnusable):
        await listing(calendar, mark)
    assert {type(reading) for reading in (await calendar.read(ids)).values()} == {Unreadable}
