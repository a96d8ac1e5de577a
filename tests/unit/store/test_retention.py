"""Values go when their time is over, and never what somebody still needs."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from outlookd.core.model import Commit, LinkStatus, Side
from outlookd.store import open_store
from outlookd.testing.samples import FIELDS, JOB, NOON, make_conflict, make_entry, make_intent, make_link

OLD, YOUNG = NOON, NOON + timedelta(days=10)
BETWEEN = NOON + timedelta(days=5)
LINK = make_link("a")
ENDED = replace(LINK, status=LinkStatus.TOMBSTONE, gopaas=replace(LINK.gopaas, fields=FIELDS, digest="d"))


@pytest.fixture
async def store(tmp_path):
    async with open_store(f"sqlite:///{tmp_path}/state.db") as store:
        yield store


async def wrote(store, link, at=OLD, run="run-1", **more):
    """A write of a run, with values before and after."""
    entry = make_entry(link, run=run, at=at, before=FIELDS, after=FIELDS, image={"notes": "kept"})
    await store.commit([Commit(link=link, journal=entry, **more)])


async def expire(store, before=BETWEEN):
    """Every page of the journal, from its beginning."""
    seq, last = 0, False
    while not last:
        stretch = await store.upkeep.expire_journal(seq, before=before)
        seq, last = stretch.seq, stretch.last


async def lines(store):
    return [line for run in ("run-1", "run-2") for line in await store.journal(run)]


async def test_old_lines_go_and_young_ones_stay(store):
    await wrote(store, LINK, OLD)
    await wrote(store, LINK, YOUNG, run="run-2")
    await expire(store)
    assert [line.at for line in await lines(store)] == [YOUNG]


async def test_a_journal_of_several_pages_goes_page_by_page(store, monkeypatch):
    monkeypatch.setattr("outlookd.store.retention.PAGE", 2)
    for number in range(5):
        await wrote(store, make_link(f"{number}"))
    assert (await store.upkeep.expire_journal(0, before=BETWEEN)).last is False
    await expire(store)
    assert await lines(store) == []


async def test_of_a_pair_that_ended_only_ids_generation_and_date_are_left(store):
    await wrote(store, LINK)
    await wrote(store, replace(ENDED, generation=3), run="run-2")
    await expire(store)
    [left], [line] = await store.links(JOB), await lines(store)
    assert (left.gopaas.fields, left.gopaas.digest, left.generation, left.outlook_id) == ({}, "", 3, LINK.outlook_id)
    assert (line.at, line.before, line.after, line.image) == (OLD, {}, {}, {})


async def test_what_is_left_of_it_goes_when_that_is_old_too(store):
    await wrote(store, ENDED)
    await expire(store)
    await store.upkeep.expire_ends(0, before=BETWEEN)
    assert (await store.links(JOB), await lines(store)) == ([], [])


async def test_a_pair_that_ended_lately_is_whole(store):
    await wrote(store, LINK, OLD)
    await wrote(store, ENDED, YOUNG, run="run-2")
    await expire(store)
    await store.upkeep.expire_ends(0, before=BETWEEN)
    [left] = await store.links(JOB)
    assert (left, [line.after for line in await lines(store)]) == (ENDED, [FIELDS])


async def test_a_living_pair_keeps_its_bases_however_old_its_last_write(store):
    await wrote(store, replace(ENDED, status=LinkStatus.ACTIVE))
    await expire(store)
    await store.upkeep.expire_ends(0, before=YOUNG)
    assert [link.gopaas.fields for link in await store.links(JOB)] == [FIELDS]


async def test_the_lines_of_a_run_with_an_open_write_stay(store):
    """Recovery, and whoever asks why, need them."""
    await wrote(store, LINK)
    await store.intend([make_intent(LINK)])
    await expire(store)
    assert len(await lines(store)) == 1


async def test_a_line_that_is_being_taken_back_stays(store):
    await wrote(store, LINK)
    [line] = await lines(store)
    await store.intend([make_intent(make_link("b"), run="run-2", undoes=line.seq)])
    await expire(store)
    assert len(await lines(store)) == 1


async def test_a_conflict_that_waits_for_a_person_keeps_itself_its_pair_and_its_journal(store):
    await wrote(store, ENDED, conflicts=(make_conflict(ENDED, winner=None),))
    await expire(store)
    await store.upkeep.expire_conflicts(0, before=YOUNG)
    await store.upkeep.expire_ends(0, before=YOUNG)
    assert (await store.links(JOB), len(await lines(store)), len(await store.conflicts(JOB))) == ([ENDED], 1, 1)


@pytest.mark.parametrize("chosen", [Side.OUTLOOK, None], ids=["a person chose", "it ended by itself"])
@pytest.mark.parametrize(("settled_at", "left"), [(OLD, 0), (YOUNG, 1)])
async def test_a_settled_conflict_goes_so_long_after_it_was_settled(store, settled_at, left, chosen):
    await wrote(store, LINK, conflicts=(make_conflict(LINK, winner=None),))
    [conflict] = await store.conflicts(JOB)
    entry = make_entry(LINK, run="run-2", at=settled_at)
    await store.commit([Commit(link=LINK, journal=entry, resolves={conflict.seq: chosen})])
    await store.upkeep.expire_conflicts(0, before=BETWEEN)
    assert len(await store.conflicts(JOB)) == left


async def test_the_value_that_lost_outlasts_the_journal_and_keeps_its_pair(store):
    await wrote(store, ENDED, conflicts=(make_conflict(ENDED, winner=Side.GOPAAS),))
    await expire(store)
    await store.upkeep.expire_ends(0, before=BETWEEN)
    assert (len(await store.links(JOB)), len(await store.conflicts(JOB))) == (1, 1)
    await store.upkeep.expire_conflicts(0, before=BETWEEN)
    await store.upkeep.expire_ends(0, before=BETWEEN)
    assert await store.links(JOB) == []
