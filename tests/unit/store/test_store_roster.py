"""The settings records in the state database: all of a reading, or nothing of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from outlookd.errors import StoreError
from outlookd.store import open_store
from outlookd.store.roster import StoredRecord

RECORD = StoredRecord(record="R1", login="claire", fault="", sealed=b"\x00sealed")
OTHER = replace(RECORD, record="R2", fault="map: is missing")


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path}/state.db"


@pytest.fixture
async def roster(url):
    async with open_store(url) as store:
        yield store.roster


async def test_records_come_back_as_they_were_kept(roster):
    await roster.keep([OTHER, RECORD], [])
    assert await roster.load() == [RECORD, OTHER]


async def test_one_reading_adds_replaces_and_removes(roster):
    await roster.keep([RECORD, OTHER], [])
    changed = replace(RECORD, fault="vue: is missing")
    await roster.keep([changed], ["R2"])
    assert await roster.load() == [changed]


async def test_a_reading_that_fails_half_way_leaves_the_former_one(roster):
    await roster.keep([RECORD], [])
    with pytest.raises(StoreError):
        await roster.keep([OTHER, replace(RECORD, sealed=None)], ["R1"])
    assert await roster.load() == [RECORD]


async def test_a_doubt_is_known_to_the_next_process_and_ends_with_a_reading_that_counts(url):
    async with open_store(url) as store:
        assert await store.roster.doubt() == ""
        await store.roster.keep_doubt("all gone")
    async with open_store(url) as store:
        assert await store.roster.doubt() == "all gone"
        await store.roster.keep([], [])
        assert await store.roster.doubt() == ""


async def test_a_faulty_record_is_counted_for_the_operator(url):
    async with open_store(url) as store:
        await store.roster.keep([RECORD, OTHER], [])
        assert (await store.figures([], since=datetime(2026, 11, 23, 8, tzinfo=UTC))).faulty_records == 1
