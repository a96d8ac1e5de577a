"""What a store promises about links, and about committing several things at once."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from outlookd.core.model import Base, Commit, LinkStatus, Origin, Span
from outlookd.errors import StoreError
from outlookd.ports import Store
from outlookd.testing.samples import FIELDS, JOB, NOON, OTHER_JOB, make_entry, make_intent, make_link


class StoreLinksContract:
    """Links come back as they were stored; two living ones never claim one record; a commit is whole or not at all."""

    @pytest.fixture
    def store(self) -> Store:
        """A fresh, empty store."""
        raise NotImplementedError("override the store fixture")

    async def test_a_link_comes_back_equal(self, store: Store) -> None:
        link = make_link(
            "1",
            status=LinkStatus.DETACHED,
            origin=Origin.ADOPTED,
            gopaas=Base(fields=FIELDS, digest="d1", settled=False, before={"children": ("A", "B")}),
            outlook=Base(fields=FIELDS, version='W/"CQAAABYAAAD"', digest="d2"),
            marker="outlookd:1",
            touched=True,
            generation=3,
        )
        await store.commit([Commit(link=link)])
        assert list(await store.links(JOB)) == [link]

    async def test_a_link_of_an_event_comes_back_equal(self, store: Store) -> None:
        hour = timedelta(hours=1)
        link = make_link(
            "1",
            status=LinkStatus.FOLLOWER,
            gopaas=Base(fields=FIELDS, span=Span(start=NOON, end=NOON + hour)),
            outlook=Base(fields=FIELDS, span=Span(start=NOON - hour, end=NOON - hour)),
            series="AAMkSeries=",
            original_start="2026-11-22",
            meeting="040000008200E00074C5B7101A82E008",
            attended=True,
            guest=True,
            sealed=frozenset({"body", "location.displayName"}),
        )
        await store.commit([Commit(link=link)])
        assert list(await store.links(JOB)) == [link]

    async def test_values_keep_their_types(self, store: Store) -> None:
        """A list must not come back as a list, nor True as 1: bases are compared with ``==``."""
        await store.commit([Commit(link=make_link("1", outlook=Base(fields=FIELDS)))])
        [link] = await store.links(JOB)
        assert {name: type(value) for name, value in link.outlook.fields.items()} == {
            name: type(value) for name, value in FIELDS.items()
        }

    async def test_a_link_is_replaced_by_its_id(self, store: Store) -> None:
        await store.commit([Commit(link=make_link("1"))])
        changed = make_link("1", outlook_id="AAMkOther=", gopaas=Base(fields={"displayName": "B"}))
        await store.commit([Commit(link=changed)])
        assert list(await store.links(JOB)) == [changed]

    async def test_links_of_other_jobs_are_not_shown(self, store: Store) -> None:
        await store.commit([Commit(link=make_link("1")), Commit(link=make_link("2", job=OTHER_JOB))])
        assert [link.id for link in await store.links(OTHER_JOB)] == ["link-2"]

    async def test_links_of_every_status_are_shown(self, store: Store) -> None:
        links = [make_link(status.value, status=status) for status in LinkStatus]
        await store.commit([Commit(link=link) for link in links])
        assert {link.status for link in await store.links(JOB)} == set(LinkStatus)

    async def test_ids_that_differ_in_case_alone_are_different(self, store: Store) -> None:
        """Graph trap 26."""
        await store.commit([Commit(link=make_link("a", outlook_id="AAMkAb=")), Commit(link=make_link("b", outlook_id="AAMkaB="))])
        assert {link.outlook_id for link in await store.links(JOB)} == {"AAMkAb=", "AAMkaB="}

    @pytest.mark.parametrize("column", ["gopaas_id", "outlook_id"])
    async def test_two_living_links_cannot_have_one_id(self, store: Store, column: str) -> None:
        first, second = make_link("1"), make_link("2", **{column: getattr(make_link("1"), column)})
        await store.commit([Commit(link=first)])
        with pytest.raises(StoreError):
            await store.commit([Commit(link=second)])
        assert list(await store.links(JOB)) == [first]

    @pytest.mark.parametrize("column", ["gopaas_id", "outlook_id"])
    async def test_halves_that_do_not_exist_yet_are_no_duplicates(self, store: Store, column: str) -> None:
        await store.commit([Commit(link=make_link(name, **{column: ""})) for name in "12"])
        assert len(await store.links(JOB)) == 2

    async def test_two_jobs_may_link_one_record(self, store: Store) -> None:
        await store.commit([Commit(link=make_link("1")), Commit(link=make_link("1", id="link-other", job=OTHER_JOB))])
        assert len(await store.links(JOB)) == len(await store.links(OTHER_JOB)) == 1

    @pytest.mark.parametrize("order", [1, -1], ids=["tombstone first", "successor first"])
    async def test_an_id_passes_from_a_tombstone_to_its_successor_in_one_commit(self, store: Store, order: int) -> None:
        old = make_link("1")
        await store.commit([Commit(link=old)])
        commits = [Commit(link=replace(old, status=LinkStatus.TOMBSTONE)), Commit(link=make_link("2", gopaas_id=old.gopaas_id))]
        await store.commit(commits[::order])
        assert {link.id: link.status for link in await store.links(JOB)} == {
            "link-1": LinkStatus.TOMBSTONE,
            "link-2": LinkStatus.ACTIVE,
        }

    async def test_two_links_exchange_an_id_in_one_commit(self, store: Store) -> None:
        one, two = make_link("1"), make_link("2")
        await store.commit([Commit(link=one), Commit(link=two)])
        exchanged = [replace(one, outlook_id=two.outlook_id), replace(two, outlook_id=one.outlook_id)]
        await store.commit([Commit(link=link) for link in exchanged])
        assert sorted(await store.links(JOB), key=lambda link: link.id) == exchanged

    async def test_a_commit_is_stored_whole_or_not_at_all(self, store: Store) -> None:
        good, bad = make_link("1"), make_link("2", outlook_id=make_link("1").outlook_id)
        await store.intend([make_intent(good)])
        with pytest.raises(StoreError):
            await store.commit(
                [
                    Commit(intent=make_intent(good).id, link=good, journal=make_entry(good)),
                    Commit(link=bad, journal=make_entry(bad)),
                ]
            )
        kept = (len(await store.links(JOB)), len(await store.journal("run-1")), len(await store.open_intents(JOB)))
        assert kept == (0, 0, 1)

    async def test_twenty_writes_are_committed_in_one_go(self, store: Store) -> None:
        """One Graph batch."""
        links = [make_link(str(number)) for number in range(20)]
        await store.intend([make_intent(link) for link in links])
        await store.commit([Commit(intent=make_intent(link).id, link=link, journal=make_entry(link)) for link in links])
        assert (len(await store.links(JOB)), len(await store.journal("run-1")), len(await store.open_intents(JOB))) == (20, 20, 0)

    async def test_of_two_states_of_a_link_in_one_commit_the_last_counts(self, store: Store) -> None:
        await store.commit([Commit(link=make_link("1", marker="first")), Commit(link=make_link("1", marker="last"))])
        assert [link.marker for link in await store.links(JOB)] == ["last"]

    async def test_commits_of_concurrent_tasks_all_arrive(self, store: Store) -> None:
        links = [make_link(str(number)) for number in range(30)]
        await asyncio.gather(*(store.commit([Commit(link=link)]) for link in links))
        assert {link.id for link in await store.links(JOB)} == {link.id for link in links}
