"""What a store promises about watermarks and sightings: what has been read, and whom we left alone."""

from __future__ import annotations

from datetime import datetime

import pytest

from outlookd.core.model import Commit, Side, Sighting, Watermark
from outlookd.ports import Store
from outlookd.testing.samples import JOB, NOON, OTHER_JOB, make_link


class StoreReadingsContract:
    """Watermarks and the sightings they cover move together, per job and side."""

    @pytest.fixture
    def store(self) -> Store:
        """A fresh, empty store."""
        raise NotImplementedError("override the store fixture")

    async def test_a_side_that_was_never_read_has_no_watermark(self, store: Store) -> None:
        assert await store.watermark(JOB, Side.OUTLOOK) is None

    @pytest.mark.parametrize("full_at", [None, NOON], ids=["never in full", "in full"])
    async def test_a_watermark_comes_back_equal(self, store: Store, full_at: datetime | None) -> None:
        mark = Watermark(cursor="https://graph.example.test/delta?$deltatoken=a%2Fb", full_at=full_at)
        await store.advance(JOB, watermarks={Side.OUTLOOK: mark})
        assert await store.watermark(JOB, Side.OUTLOOK) == mark

    async def test_only_the_sides_named_move(self, store: Store) -> None:
        marks = {side: Watermark(cursor=f"old {side}") for side in Side}
        await store.advance(JOB, watermarks=marks)
        await store.advance(JOB, watermarks={Side.GOPAAS: Watermark(cursor="new")})
        moved = {Side.GOPAAS: Watermark(cursor="new"), Side.OUTLOOK: marks[Side.OUTLOOK]}
        assert {side: await store.watermark(JOB, side) for side in Side} == moved

    async def test_a_sighting_that_is_seen_again_is_replaced(self, store: Store) -> None:
        await store.advance(JOB, watermarks={}, seen=[Sighting(side=Side.OUTLOOK, id="a", natural="h1")])
        again = Sighting(side=Side.OUTLOOK, id="a", natural="h2", marker="m")
        await store.advance(JOB, watermarks={}, seen=[again])
        assert list(await store.sightings(JOB)) == [again]

    async def test_a_sighting_goes_when_it_is_unseen(self, store: Store) -> None:
        both = [Sighting(side=side, id="a") for side in Side]
        await store.advance(JOB, watermarks={}, seen=both)
        await store.advance(JOB, watermarks={}, unseen=[(Side.OUTLOOK, "a")])
        assert list(await store.sightings(JOB)) == [Sighting(side=Side.GOPAAS, id="a")]

    async def test_a_full_reading_replaces_its_sides_sightings_only(self, store: Store) -> None:
        await store.advance(JOB, watermarks={}, seen=[Sighting(side=side, id="old") for side in Side])
        await store.advance(OTHER_JOB, watermarks={}, seen=[Sighting(side=Side.OUTLOOK, id="theirs")])
        await store.advance(JOB, watermarks={}, seen=[Sighting(side=Side.OUTLOOK, id="new")], replace_sightings=[Side.OUTLOOK])
        assert {(one.side, one.id) for one in await store.sightings(JOB)} == {(Side.GOPAAS, "old"), (Side.OUTLOOK, "new")}
        assert [one.id for one in await store.sightings(OTHER_JOB)] == ["theirs"]

    async def test_what_was_seen_wins_over_unseen(self, store: Store) -> None:
        sighting = Sighting(side=Side.OUTLOOK, id="a")
        await store.advance(JOB, watermarks={}, seen=[sighting], unseen=[(Side.OUTLOOK, "a")])
        assert list(await store.sightings(JOB)) == [sighting]

    async def test_what_becomes_linked_is_no_sighting_any_more(self, store: Store) -> None:
        link = make_link("1")
        await store.advance(JOB, watermarks={}, seen=[Sighting(side=side, id=link.side_id(side)) for side in Side])
        await store.commit([Commit(link=link)])
        assert not await store.sightings(JOB)
