"""The last look before a write: how many requests it takes, and when it must not be silent about a row."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from aiohttp import web

from outlookd.gopaas import GopaasAdapter
from outlookd.ports import Absent, Found, Unreadable

COLUMNS = frozenset({"nom", "email"})
ROWS = 60


@pytest.fixture
def gopaas(gopaas):
    gopaas.table = {
        f"c{n:02}": {"cle": f"c{n:02}", "nom": f"N{n}", "email": "", "date_modification": "2026-03-01"} for n in range(ROWS)
    }
    return gopaas


@pytest.fixture
def keys(gopaas):
    return list(gopaas.table)


@pytest.fixture
def plain(client):
    return GopaasAdapter(client, table="contact", view="1170", columns=COLUMNS, page_size=10)


@pytest.fixture
def scanning(client):
    zone = ZoneInfo("Europe/Paris")
    return GopaasAdapter(client, table="contact", view="1170", columns=COLUMNS, page_size=10, zone=zone)


@pytest.fixture
def listed(drain, gopaas):
    async def listed(adapter):
        await drain(adapter.changes(None))
        gopaas.requests.clear()
        return adapter

    return listed


def shape(readings):
    return {key: type(reading) for key, reading in readings.items()}


# --- without scans


@pytest.mark.parametrize("count", [1, 3, 6])
async def test_as_many_rows_as_the_view_has_pages_are_read_singly(plain, gopaas, keys, listed, count):
    readings = await (await listed(plain)).latest(keys[:count])
    assert shape(readings) == dict.fromkeys(keys[:count], Found)
    assert (gopaas.count("/list/"), gopaas.count("/item/")) == (0, count + 1)


async def test_more_rows_than_pages_are_looked_up_in_one_listing(plain, gopaas, keys, listed):
    adapter = await listed(plain)
    gopaas.table["c05"]["nom"] = "Edited"
    readings = await adapter.latest(keys[:50])
    assert shape(readings) == dict.fromkeys(keys[:50], Found)
    assert readings["c05"].payload["nom"] == "Edited"
    assert (gopaas.count("/list/"), gopaas.count("/item/")) == (6, 0)


async def test_a_few_rows_that_the_listing_no_longer_shows_are_read(plain, gopaas, keys, listed):
    adapter = await listed(plain)
    del gopaas.table["c05"]
    readings = await adapter.latest(keys[:50])
    assert readings["c05"] == Absent()
    assert len(readings) == 50


async def test_many_rows_that_the_listing_no_longer_shows_are_unreadable(plain, gopaas, keys, listed):
    adapter = await listed(plain)
    for key in keys[:20]:
        del gopaas.table[key]
    readings = await adapter.latest(keys[:50])
    assert shape(readings) == {**dict.fromkeys(keys[:50], Found), **dict.fromkeys(keys[:20], Unreadable)}
    assert gopaas.count("/item/") == 0


async def test_a_row_outside_the_view_is_not_silently_left_out(plain, gopaas, keys, listed):
    """A missing id would mean "as last listed"."""
    adapter = await listed(plain)
    gopaas.find = lambda rows, search: [row for row in gopaas.matching(rows, search) if row["cle"] != "c07"]
    assert isinstance((await adapter.latest(keys[:50]))["c07"], Found)


# --- with scans


async def test_many_rows_are_one_request_for_today(scanning, gopaas, keys, listed):
    adapter = await listed(scanning)
    gopaas.table["c05"].update(nom="Edited", date_modification="2026-11-23")
    readings = await adapter.latest(keys)
    assert (shape(readings), gopaas.searches) == ({"c05": Found}, ["date_modification|equal|2026-11-23|"])
    assert readings["c05"].payload["nom"] == "Edited"


async def test_a_run_that_lasts_beyond_midnight_looks_at_both_days(scanning, gopaas, keys, clock, listed):
    adapter = await listed(scanning)
    gopaas.table["c05"]["date_modification"] = "2026-11-23"
    clock.advance(17 * 3600)
    assert set(await adapter.latest(keys)) == {"c05"}


async def test_rows_that_a_scan_may_have_missed_are_unreadable(scanning, gopaas, keys, listed):
    adapter = await listed(scanning)
    for key in keys[:15]:
        gopaas.table[key]["date_modification"] = "2026-11-23"
    gopaas.show_list = lambda rows, page, size: {**gopaas.with_total(rows, page, size), "total": len(rows) + page}
    readings = await adapter.latest(keys[:20])
    assert set(readings) == set(keys[:20])
    assert {type(reading) for key, reading in readings.items() if key in keys[15:20]} == {Unreadable}


async def test_scans_that_are_suddenly_refused_are_replaced_by_reading(scanning, gopaas, keys, listed):
    adapter = await listed(scanning)
    gopaas.find = lambda rows, search: web.json_response({"msg": "Invalid version."}, status=400) if search else rows
    assert shape(await adapter.latest(keys[:2])) == dict.fromkeys(keys[:2], Found)


async def test_scans_that_do_not_work_are_not_used(scanning, gopaas, keys, listed):
    gopaas.find = lambda rows, search: [] if search else rows
    adapter = await listed(scanning)
    assert shape(await adapter.latest(keys[:2])) == dict.fromkeys(keys[:2], Found)
    assert gopaas.count("/list/") == 0
