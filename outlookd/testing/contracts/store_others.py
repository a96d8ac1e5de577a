"""What a store promises about other people's jobs: that one meeting in several mailboxes is found as one (sync-model 5.13)."""

from __future__ import annotations

import pytest

from outlookd.core.model import Commit, LinkStatus
from outlookd.ports import Store
from outlookd.testing.samples import JOB, OTHER_JOB, make_link

THIRD_JOB = "p.durand/calendar/rendezvous"
MEETING = "040000008200E00074C5B7101A82E008@2026-11-22"


class StoreOthersContract:
    """Living links of other jobs are found by their meeting or by their Outlook item, and by nothing else."""

    @pytest.fixture
    def store(self) -> Store:
        """A fresh, empty store."""
        raise NotImplementedError("override the store fixture")

    async def test_a_link_over_the_same_meeting_is_found_in_another_job(self, store: Store) -> None:
        link = make_link("1", meeting=MEETING)
        await store.commit([Commit(link=link)])
        assert list(await store.others(OTHER_JOB, meetings=[MEETING])) == [link]

    async def test_a_link_over_the_same_item_is_found_in_another_job(self, store: Store) -> None:
        link = make_link("1")
        await store.commit([Commit(link=link)])
        assert list(await store.others(OTHER_JOB, outlook_ids=[link.outlook_id])) == [link]

    async def test_a_link_with_both_is_shown_once(self, store: Store) -> None:
        link = make_link("1", meeting=MEETING)
        await store.commit([Commit(link=link)])
        assert len(await store.others(OTHER_JOB, meetings=[MEETING], outlook_ids=[link.outlook_id])) == 1

    async def test_every_job_that_has_the_meeting_is_shown_but_ones_own(self, store: Store) -> None:
        for name, job in (("1", JOB), ("2", OTHER_JOB), ("3", THIRD_JOB)):
            await store.commit([Commit(link=make_link(name, job=job, meeting=MEETING))])
        assert {link.job for link in await store.others(JOB, meetings=[MEETING])} == {OTHER_JOB, THIRD_JOB}

    async def test_every_living_link_is_found_and_no_other(self, store: Store) -> None:
        """One that is detached still has its record; one that is gone has nothing to share."""
        links = [make_link(status.value, status=status, meeting=MEETING) for status in LinkStatus]
        await store.commit([Commit(link=link) for link in links])
        by_meeting = await store.others(OTHER_JOB, meetings=[MEETING])
        by_item = await store.others(OTHER_JOB, outlook_ids=[link.outlook_id for link in links])
        living = set(LinkStatus) - {LinkStatus.TOMBSTONE}
        assert [{link.status for link in found} for found in (by_meeting, by_item)] == [living, living]

    async def test_what_is_empty_has_nothing_in_common(self, store: Store) -> None:
        """Most links are no meeting, and a half that does not exist yet has no id."""
        await store.commit([Commit(link=make_link("1", outlook_id=""))])
        assert not await store.others(OTHER_JOB, meetings=[""], outlook_ids=[""])

    async def test_ids_that_differ_in_case_alone_are_not_the_same_item(self, store: Store) -> None:
        """Graph trap 26."""
        await store.commit([Commit(link=make_link("1", outlook_id="AAMkAb=", meeting="ab"))])
        assert not await store.others(OTHER_JOB, meetings=["AB"], outlook_ids=["AAMkaB="])

    async def test_a_whole_calendar_can_be_asked_for_at_once(self, store: Store) -> None:
        link = make_link("1", meeting=MEETING)
        await store.commit([Commit(link=link)])
        many = [f"meeting {number}" for number in range(40_000)]
        assert len(await store.others(OTHER_JOB, meetings=[*many, MEETING], outlook_ids=many)) == 1
