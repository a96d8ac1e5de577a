"""How often a calendar's change feed is begun: once a day at most, whatever Graph forgets (complaint 35)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from calendar_case import add, event, feeds_begun, listing

from outlookd.core.model import Span, Watermark
from outlookd.errors import ServerTrouble
from outlookd.graph.calendar_cursor import CalendarCursor, load_cursor

HOUR = 3600
DAY = 24 * HOUR
BEGUN = datetime(2026, 11, 22, 12, tzinfo=UTC)
FROZEN = Span(start=BEGUN, end=BEGUN + timedelta(days=90))


def cursor_of(read):
    return load_cursor(read.mark.cursor)


def refuse(world, match, times=1):
    world.faults.add("graph", "status", match=match, status=410, code="SyncStateNotFound", times=times)


# --- a feed that Graph forgets -------------------------------------------------------------------------------------------


async def test_a_mailbox_that_forgets_after_every_poll_gets_one_feed_a_day(calendar, world, clock):
    mark, begun = None, []
    for _ in range(72):
        mark = (await listing(calendar, mark)).mark
        begun.append(feeds_begun(world))
        world.calendars.tracker.expire()
        clock.advance(HOUR)
    assert begun == [1] * 24 + [2] * 24 + [3] * 24


@pytest.mark.parametrize("full", [False, True])
async def test_a_forgotten_feed_gives_way_to_a_view_and_no_other_feed(calendar, world, window, full):
    id = add(world, event())
    first = await listing(calendar)
    world.calendars.tracker.expire()
    again = await listing(calendar, first.mark, full=full)
    assert (set(again.shown), again.end.snapshot, again.end.complete, again.end.window) == ({id}, True, True, window)
    assert cursor_of(again) == replace(cursor_of(first), link="")
    assert feeds_begun(world) == 1


@pytest.mark.parametrize("full", [False, True])
async def test_a_day_later_a_forgotten_feed_is_replaced_at_once(calendar, world, clock, full):
    add(world, event())
    mark = (await listing(calendar)).mark
    clock.advance(DAY)
    world.calendars.tracker.expire()
    again = await listing(calendar, mark, full=full)
    assert (feeds_begun(world), cursor_of(again).begun) == (2, clock.now())
    assert (await listing(calendar, again.mark)).shown == {}


async def test_until_the_day_is_over_every_poll_is_a_view_and_misses_nothing(calendar, world, clock):
    mark = (await listing(calendar)).mark
    world.calendars.tracker.expire()
    ids = set()
    for number in range(3):
        clock.advance(HOUR)
        ids.add(add(world, event(f"Visit {number}")))
        again = await listing(calendar, mark)
        mark = again.mark
        assert (set(again.shown), again.end.snapshot) == (ids, True)


async def test_after_the_day_a_feed_serves_again(calendar, world, clock):
    mark = (await listing(calendar)).mark
    world.calendars.tracker.expire()
    mark = (await listing(calendar, mark)).mark
    clock.advance(DAY)
    mark = (await listing(calendar, mark)).mark
    id = add(world, event())
    again = await listing(calendar, mark)
    assert (set(again.shown), again.end.snapshot, feeds_begun(world)) == ({id}, False, 2)


async def test_a_feed_that_is_refused_between_two_pages_hides_nothing(calendar, world):
    kept = add(world, event("Visit"))
    mark = (await listing(calendar)).mark
    ids = {kept} | {add(world, event(f"Visit {number}")) for number in range(501)}
    refuse(world, "skiptoken")
    again = await listing(calendar, mark)
    assert (set(again.shown), again.end.snapshot) == (ids, True)


async def test_a_feed_that_is_refused_while_it_is_begun_counts_as_the_one_of_that_day(calendar, world, clock):
    ids = {add(world, event(f"Visit {number}")) for number in range(501)}
    refuse(world, "skiptoken", times=-1)
    mark = None
    for _ in range(3):
        read = await listing(calendar, mark)
        mark = read.mark
        assert (set(read.shown), read.end.snapshot) == (ids, True)
        clock.advance(HOUR)
    assert feeds_begun(world) == 1


async def test_a_refused_feed_whose_view_fails_leaves_no_half_truth(calendar, world):
    add(world, event())
    mark = (await listing(calendar)).mark
    world.calendars.tracker.expire()
    world.faults.add("graph", "status", match=r"calendarView\?", status=503, times=-1)
    with pytest.raises(ServerTrouble):
        await listing(calendar, mark)
    assert feeds_begun(world) == 1


# --- runs that fail, and looks


async def test_runs_that_fail_after_every_listing_begin_one_feed_a_day(calendar, world, clock):
    mark, begun = None, []
    for _ in range(48):
        mark = (await listing(calendar, mark)).end.restart or mark
        begun.append(feeds_begun(world))
        clock.advance(HOUR)
    assert begun == [1] * 24 + [2] * 24


async def test_what_is_remembered_of_a_feed_is_all_but_that_anything_was_read(calendar, world):
    read = await listing(calendar)
    assert read.end.restart.full_at is None
    assert load_cursor(read.end.restart.cursor) == cursor_of(read)


async def test_a_feed_that_is_refused_while_it_is_begun_is_remembered_too(calendar, world, clock):
    for number in range(501):
        add(world, event(f"Visit {number}"))
    refuse(world, "skiptoken", times=-1)
    restart = (await listing(calendar)).end.restart
    await listing(calendar, restart)
    assert load_cursor(restart.cursor).begun == clock.now()
    assert feeds_begun(world) == 1


async def test_a_look_without_a_watermark_asks_for_no_feed(calendar, world):
    id = add(world, event())
    look = await listing(calendar, full=True)
    assert (set(look.shown), look.end.snapshot, look.mark.cursor, feeds_begun(world)) == ({id}, True, "", 0)


# --- a window that a feed no longer covers -------------------------------------------------------------------------------


async def test_a_window_that_outgrows_a_young_feed_is_listed_without_another(calendar, world, clock, window):
    mark = (await listing(calendar)).mark
    id = add(world, event("Long ago", "2026-10-01"))
    calendar.window = replace(window, start=window.start - timedelta(days=30))
    for _ in range(3):
        again = await listing(calendar, mark)
        mark = again.mark
        assert (set(again.shown), again.end.snapshot) == ({id}, True)
        clock.advance(HOUR)
    assert feeds_begun(world) == 1


# --- the cursor ----------------------------------------------------------------------------------------------------------


async def test_the_date_of_a_feed_stays_while_the_feed_goes_on(calendar, clock):
    first = await listing(calendar)
    clock.advance(HOUR)
    polled = await listing(calendar, first.mark)
    listed = await listing(calendar, polled.mark, full=True)
    assert {cursor_of(read).begun for read in (first, polled, listed)} == {clock.now() - timedelta(hours=1)}


@pytest.mark.parametrize("link", ["", "https://graph.example.com/d"])
def test_a_cursor_is_read_as_it_was_dumped(link):
    cursor = CalendarCursor(link=link, frozen=FROZEN, begun=BEGUN)
    assert load_cursor(cursor.dump()) == cursor


def test_a_cursor_from_before_dates_were_kept_is_read():
    text = '{"link":"https://graph.example.com/d","start":"2026-11-22T12:00:00+00:00","end":"2027-02-20T12:00:00+00:00"}'
    assert load_cursor(text) == CalendarCursor(link="https://graph.example.com/d", frozen=FROZEN)


async def test_a_feed_from_before_dates_were_kept_serves_on_and_may_be_replaced(calendar, world):
    first = await listing(calendar)
    old = Watermark(cursor=replace(cursor_of(first), begun=None).dump(), full_at=first.mark.full_at)
    polled = await listing(calendar, old)
    assert (polled.end.snapshot, feeds_begun(world)) == (False, 1)
    world.calendars.tracker.expire()
    assert (await listing(calendar, polled.mark)).end.snapshot
    assert feeds_begun(world) == 2


@pytest.mark.parametrize(
    ("age", "replaceable"),
    [
        (timedelta(0), False),
        (timedelta(days=1, seconds=-1), False),
        (timedelta(days=1), True),
        (timedelta(seconds=-1), True),
    ],
    ids=["just begun", "almost a day", "a day", "from the future"],
)
def test_when_another_feed_may_be_begun(age, replaceable):
    assert CalendarCursor(link="", frozen=FROZEN, begun=BEGUN).is_replaceable(BEGUN + age) is replaceable


def test_a_cursor_without_a_link_covers_nothing():
    assert not CalendarCursor(link="", frozen=FROZEN, begun=BEGUN).covers(FROZEN)
