"""Scans by day: when they are trusted, what they ask for, and what happens when they stop working."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from aiohttp import web

from outlookd.core.model import Watermark
from outlookd.errors import WatermarkExpired
from outlookd.gopaas import GopaasAdapter

PARIS = ZoneInfo("Europe/Paris")
COLUMNS = frozenset({"nom", "email"})
TODAY, YESTERDAY, LONG_AGO = "2026-11-23", "2026-11-22", "2026-03-01"
DAY = timedelta(days=1).total_seconds()


def search(day):
    return f"date_modification|equal|{day}|"


@pytest.fixture
def gopaas(gopaas):
    """Twelve rows that rest; c12 was the last to be modified."""
    for row in gopaas.table.values():
        row["date_modification"] = LONG_AGO
    gopaas.table["c12"]["date_modification"] = YESTERDAY
    return gopaas


@pytest.fixture
def make(client):
    def make(**options):
        return GopaasAdapter(
            client, **{"table": "contact", "view": "1170", "columns": COLUMNS, "page_size": 5, "zone": PARIS, **options}
        )

    return make


@pytest.fixture
def read(drain, gopaas):
    """Keys, end and searches of one reading."""

    async def read(adapter, since=None, *, full=False):
        gopaas.requests.clear()
        pages = await drain(adapter.changes(since, full=full))
        keys = [row["cle"] for page in pages for row in page.payloads]
        return keys, pages[-1].end, gopaas.searches

    return read


def edit(gopaas, key, day=TODAY, **cells):
    gopaas.table[key].update(cells, date_modification=day)


async def test_a_full_listing_tries_one_scan_for_the_newest_day(make, gopaas, read):
    keys, end, searches = await read(make())
    assert (len(keys), end.snapshot, end.complete) == (12, True, True)
    assert searches == ["", "", "", search(YESTERDAY)]


async def test_the_next_reading_asks_for_the_days_since_and_is_no_snapshot(make, gopaas, clock, read):
    adapter = make()
    _, first, _ = await read(adapter)
    clock.advance(300)
    edit(gopaas, "c3")
    keys, end, searches = await read(adapter, first.watermark)
    assert (keys, end.snapshot, end.complete, searches) == (["c3"], False, True, [search(TODAY)])
    assert end.watermark.full_at == first.watermark.full_at


async def test_another_process_continues_where_the_watermark_says(make, gopaas, clock, read):
    _, first, _ = await read(make())
    clock.advance(2 * DAY)
    _, end, searches = await read(make(), first.watermark)
    assert searches == [search(day) for day in ("2026-11-23", "2026-11-24", "2026-11-25")]
    assert (await read(make(), end.watermark))[2] == [search("2026-11-25")]


async def test_the_filter_of_the_job_holds_in_a_scan(make, gopaas, read):
    for key in ("c1", "c2"):
        edit(gopaas, key, utilisateur="claire" if key == "c1" else "paul")
    adapter = make(filter=("utilisateur", "claire"))
    _, first, _ = await read(adapter)
    keys, _, searches = await read(adapter, first.watermark)
    assert (keys, searches) == (["c1"], ["utilisateur|equal|claire|AND|" + search(TODAY)])


async def test_everything_is_listed_when_it_is_asked_for(make, read):
    adapter = make()
    _, first, _ = await read(adapter)
    keys, end, searches = await read(adapter, first.watermark, full=True)
    assert (len(keys), end.snapshot, searches) == (12, True, ["", "", "", search(YESTERDAY)])


async def test_everything_is_listed_after_a_long_absence(make, clock, read):
    adapter = make()
    _, first, _ = await read(adapter)
    clock.advance(7 * DAY + 1)
    assert (await read(adapter, first.watermark))[1].snapshot


@pytest.mark.parametrize(
    "other",
    [{"columns": COLUMNS - {"nom"}}, {"view": "1171"}, {"filter": ("nom", "Nom 12")}, {"zone": ZoneInfo("UTC")}, {"zone": None}],
    ids=str,
)
async def test_a_watermark_of_other_settings_makes_a_full_listing(make, read, other):
    _, first, _ = await read(make())
    assert (await read(make(**other), first.watermark))[1].snapshot


def ignored(rows, _search):
    return rows


def refused(rows, search):
    return web.json_response({"msg": "Invalid version."}, status=400) if "date_modification" in search else rows


def broken(rows, search):
    return web.json_response({"msg": "?"}, status=500) if "date_modification" in search else rows


def finding_nothing(rows, search):
    return [] if "date_modification" in search else rows


@pytest.mark.parametrize("find", [ignored, refused, broken, finding_nothing])
async def test_where_scans_do_not_work_every_listing_is_full_and_the_trial_is_not_repeated(make, gopaas, read, find):
    gopaas.find = find
    adapter = make()
    _, first, searches = await read(adapter)
    assert first.complete
    assert search(YESTERDAY) in searches
    keys, end, searches = await read(adapter, first.watermark)
    assert (len(keys), end.snapshot, end.complete, searches) == (12, True, True, [""] * 3)


async def test_a_trial_that_failed_is_repeated_when_everything_is_asked_for(make, gopaas, read):
    gopaas.find = finding_nothing
    adapter = make()
    _, first, _ = await read(adapter)
    gopaas.find = gopaas.matching
    _, second, searches = await read(adapter, first.watermark, full=True)
    assert searches == ["", "", "", search(YESTERDAY)]
    assert not (await read(adapter, second.watermark))[1].snapshot


async def test_no_trial_without_a_zone(make, read):
    _, end, searches = await read(make(zone=None))
    assert (end.watermark.cursor, searches) == ("", [""] * 3)


@pytest.mark.parametrize("day", ["22/11/2026", "0000-00-00", None])
async def test_no_trial_where_no_row_tells_a_day(make, gopaas, read, day):
    for row in gopaas.table.values():
        row["date_modification"] = day
    adapter = make()
    _, first, searches = await read(adapter)
    assert searches == [""] * 3
    assert (await read(adapter, first.watermark))[1].snapshot


async def test_no_trial_in_a_view_without_the_column(make, gopaas, read):
    for row in gopaas.table.values():
        del row["date_modification"]
    assert (await read(make()))[2] == [""] * 3


async def test_no_trial_in_an_empty_view_and_one_as_soon_as_it_shows_a_row(make, gopaas, read):
    rows = dict(gopaas.table)
    gopaas.table.clear()
    adapter = make()
    _, first, searches = await read(adapter)
    assert searches == [""] * 3
    gopaas.table.update(rows)
    assert search(YESTERDAY) in (await read(adapter, first.watermark))[2]


def restless(gopaas, *, when):
    """Let pages disagree in listings for which `when` holds of the latest search."""

    def show(rows, page, size):
        answer = gopaas.with_total(rows, page, size)
        return {**answer, "total": len(rows) + page} if when(gopaas.searches[-1]) else answer

    gopaas.show_list = show


async def test_a_full_listing_that_may_lack_rows_tries_nothing_and_keeps_the_watermark(make, gopaas, read):
    adapter = make()
    _, first, _ = await read(adapter)
    restless(gopaas, when=lambda search: not search)
    _, end, searches = await read(adapter, first.watermark, full=True)
    assert (end.complete, end.watermark, set(searches)) == (False, first.watermark, {""})


async def test_a_scan_that_may_lack_rows_says_so_and_keeps_the_watermark(make, gopaas, clock, read):
    adapter = make()
    _, first, _ = await read(adapter)
    clock.advance(DAY)
    for key in ("c1", "c2", "c3", "c4", "c5", "c6"):
        edit(gopaas, key)
    restless(gopaas, when=lambda search: TODAY in search)
    _, end, searches = await read(adapter, first.watermark)
    assert searches[-1] == search("2026-11-24")
    assert (end.complete, end.snapshot, end.watermark) == (False, False, first.watermark)
    assert end.reason == "the total changed while the pages were read"


async def test_a_scan_that_is_suddenly_refused_ends_the_watermark(make, gopaas, read):
    adapter = make()
    _, first, _ = await read(adapter)
    gopaas.find = refused
    with pytest.raises(WatermarkExpired):
        await read(adapter, first.watermark)


async def test_a_row_that_is_edited_between_two_days_of_a_scan_is_not_missed(make, gopaas, clock, read):
    adapter = make()
    _, first, _ = await read(adapter)
    edit(gopaas, "c3", day=TODAY)
    clock.advance(DAY)
    moves = ["c3"]

    def edit_before(rows, search):
        if TODAY in search and moves:
            edit(gopaas, moves.pop(), day="2026-11-24")
            rows = [dict(row) for row in gopaas.table.values()]
        return gopaas.matching(rows, search)

    gopaas.find = edit_before
    assert (await read(adapter, first.watermark))[0] == ["c3"]


async def test_a_row_without_a_day_is_found_by_the_next_full_listing_only(make, gopaas, read):
    adapter = make()
    _, first, _ = await read(adapter)
    gopaas.table["c99"] = {"cle": "c99", "nom": "N", "email": "", "date_modification": None}
    keys, end, _ = await read(adapter, first.watermark)
    assert "c99" not in keys
    assert "c99" in (await read(adapter, end.watermark, full=True))[0]


async def test_the_cursor_shows_neither_the_login_nor_the_view(make, gopaas, read):
    edit(gopaas, "c1", utilisateur="claire")
    _, end, _ = await read(make(filter=("utilisateur", "claire")))
    assert end.watermark.cursor
    assert not any(word in end.watermark.cursor for word in ("claire", "1170"))


async def test_a_clock_that_went_back_makes_a_full_listing(make, clock, read):
    adapter = make()
    _, first, _ = await read(adapter)
    clock.advance(-3600)
    assert (await read(adapter, first.watermark))[1].snapshot


async def test_a_watermark_from_before_scans_makes_a_full_listing_and_a_trial(make, clock, read):
    _, end, searches = await read(make(), Watermark(full_at=clock.now()))
    assert end.snapshot
    assert search(YESTERDAY) in searches


async def test_a_description_is_the_whole_views_wherever_scans_stand(make, read):
    adapter = make()
    await read(adapter)
    description = await adapter.describe_view()
    assert (description.columns >= {"date_modification", *COLUMNS}, description.total) == (True, 12)
