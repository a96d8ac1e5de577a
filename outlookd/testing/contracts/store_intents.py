"""What a store promises about intents, the journal and conflicts: that a crash can be cleared up, and nothing is lost."""

from __future__ import annotations

from datetime import timedelta

import pytest

from outlookd.core.model import Base, Commit, IntentState, Op, Side
from outlookd.errors import StoreError
from outlookd.ports import Store
from outlookd.testing.samples import FIELDS, JOB, NOON, OTHER_JOB, make_conflict, make_entry, make_intent, make_link


class StoreIntentsContract:
    """What may have happened is known until it is concluded, once; what happened is told in order."""

    @pytest.fixture
    def store(self) -> Store:
        """A fresh, empty store."""
        raise NotImplementedError("override the store fixture")

    async def test_an_intent_comes_back_equal(self, store: Store) -> None:
        link = make_link("1", outlook_id="", gopaas=Base(fields=FIELDS, before={"birthday": None}), outlook=Base(fields=FIELDS))
        intent = make_intent(
            link, op=Op.UPDATE, side=Side.GOPAAS, before={"children": ("A",)}, undoes=7, resolves={3: Side.OUTLOOK, 4: None}
        )
        await store.intend([intent])
        assert list(await store.open_intents(JOB)) == [intent]

    async def test_open_intents_are_shown_oldest_first(self, store: Store) -> None:
        for name in "312":
            await store.intend([make_intent(make_link(name))])
        assert [intent.id for intent in await store.open_intents(JOB)] == ["intent-link-3", "intent-link-1", "intent-link-2"]

    async def test_open_intents_of_other_jobs_are_not_shown(self, store: Store) -> None:
        await store.intend([make_intent(make_link("1")), make_intent(make_link("2", job=OTHER_JOB))])
        assert [intent.id for intent in await store.open_intents(OTHER_JOB)] == ["intent-link-2"]

    @pytest.mark.parametrize("state", [IntentState.VERIFIED, IntentState.VOID])
    async def test_a_concluded_intent_is_not_open(self, store: Store, state: IntentState) -> None:
        await store.intend([make_intent(make_link("1"))])
        await store.commit([Commit(intent="intent-link-1", state=state)])
        assert not await store.open_intents(JOB)

    async def test_an_accepted_intent_stays_open(self, store: Store) -> None:
        await store.intend([make_intent(make_link("1"))])
        await store.commit([Commit(intent="intent-link-1", state=IntentState.ACKED)])
        assert [intent.state for intent in await store.open_intents(JOB)] == [IntentState.ACKED]

    async def test_an_intent_is_open_without_its_link_being_known(self, store: Store) -> None:
        """The link of a create is only stored once the write is verified."""
        await store.intend([make_intent(make_link("1"))])
        assert not await store.links(JOB)

    async def test_an_open_intent_may_be_announced_again(self, store: Store) -> None:
        """A resend after a crash: the same ids, a later time."""
        await store.intend([make_intent(make_link("1"))])
        again = make_intent(make_link("1"), sent_at=NOON + timedelta(minutes=2))
        await store.intend([again])
        assert list(await store.open_intents(JOB)) == [again]

    async def test_an_intent_is_concluded_once(self, store: Store) -> None:
        await store.intend([make_intent(make_link("1"))])
        await store.commit([Commit(intent="intent-link-1")])
        with pytest.raises(StoreError):
            await store.commit([Commit(intent="intent-link-1")])

    @pytest.mark.parametrize("second", [IntentState.VERIFIED, IntentState.ACKED])
    async def test_an_intent_is_concluded_once_even_within_one_commit(self, store: Store, second: IntentState) -> None:
        await store.intend([make_intent(make_link("1"))])
        with pytest.raises(StoreError):
            await store.commit([Commit(intent="intent-link-1"), Commit(intent="intent-link-1", state=second)])
        assert len(await store.open_intents(JOB)) == 1

    async def test_an_unknown_intent_cannot_be_concluded(self, store: Store) -> None:
        with pytest.raises(StoreError):
            await store.commit([Commit(intent="never-announced", link=make_link("1"))])
        assert not await store.links(JOB)

    async def test_the_journal_has_a_runs_lines_in_order(self, store: Store) -> None:
        first = make_entry(make_link("1"), op=Op.UPDATE, before=FIELDS, rule="4", mails=True)
        second = make_entry(make_link("2"), at=NOON - timedelta(hours=1))
        await store.commit([Commit(journal=first), Commit(journal=make_entry(make_link("3"), run="run-2")), Commit(journal=second)])
        assert list(await store.journal("run-1")) == [first, second]

    async def test_the_history_of_an_id_spans_runs_and_is_found_by_row_item_and_link(self, store: Store) -> None:
        link = make_link("1")
        entries = [make_entry(link), make_entry(link, run="run-2", seen={Side.GOPAAS: "changed"}, image={"id": "x", "notes": "n"})]
        await store.commit([Commit(link=link)])
        await store.commit([*(Commit(journal=entry) for entry in entries), Commit(journal=make_entry(make_link("2")))])
        for id in (link.id, link.gopaas_id, link.outlook_id):
            assert list(await store.history([id])) == entries
        assert not await store.history([""])
        assert list(await store.find_links(link.gopaas_id)) == list(await store.find_links(link.outlook_id)) == [link]

    async def test_a_history_can_begin_late(self, store: Store) -> None:
        link = make_link("1")
        early, late = make_entry(link, at=NOON - timedelta(hours=1)), make_entry(link, run="run-2")
        await store.commit([Commit(link=link, journal=early), Commit(journal=late)])
        assert list(await store.history([link.id], since=NOON)) == [late]
        assert list(await store.history([link.id], since=NOON - timedelta(hours=1))) == [early, late]

    async def test_a_line_that_is_taken_back_says_by_which_run(self, store: Store) -> None:
        link = make_link("1")
        await store.commit([Commit(link=link, journal=make_entry(link))])
        [line] = await store.journal("run-1")
        await store.commit([Commit(journal=make_entry(link, run="run-2"), undoes=line.seq)])
        assert [entry.undone for entry in await store.history([link.id])] == ["run-2", ""]

    async def test_a_conflict_that_a_person_settles_says_so(self, store: Store) -> None:
        link = make_link("1")
        await store.commit([Commit(link=link, journal=make_entry(link), conflicts=(make_conflict(link),))])
        [conflict] = await store.conflicts(JOB)
        await store.commit([Commit(journal=make_entry(link, run="run-2"), resolves={conflict.seq: Side.OUTLOOK})])
        assert [one.resolved for one in await store.conflicts(JOB)] == [Side.OUTLOOK]
        found = await store.conflict(conflict.seq)
        assert found is not None
        assert (found[0], found[1].resolved) == (JOB, Side.OUTLOOK)
        assert await store.conflict(conflict.seq + 1) is None

    async def test_a_choice_that_was_taken_back_leaves_its_conflict_as_it_was_before(self, store: Store) -> None:
        link = make_link("1")
        await store.commit([Commit(link=link, journal=make_entry(link), conflicts=(make_conflict(link), make_conflict(link)))])
        one, other = await store.conflicts(JOB)
        for run, number, minutes in (("run-2", one.seq, 2), ("run-3", other.seq, 3)):
            entry = make_entry(link, run=run, at=NOON + timedelta(minutes=minutes))
            await store.commit([Commit(journal=entry, resolves={number: Side.OUTLOOK})])
        [line] = await store.journal("run-2")
        await store.commit([Commit(journal=make_entry(link, run="run-4"), undoes=line.seq)])
        assert [(c.resolved, c.settled is None) for c in await store.conflicts(JOB)] == [(None, True), (Side.OUTLOOK, False)]

    async def test_a_conflict_that_ends_by_itself_waits_no_longer_and_nobody_chose(self, store: Store) -> None:
        link = make_link("1")
        await store.commit([Commit(link=link, journal=make_entry(link), conflicts=(make_conflict(link, winner=None),))])
        [conflict] = await store.conflicts(JOB)
        assert conflict.waits
        await store.commit([Commit(journal=make_entry(link, run="run-2"), resolves={conflict.seq: None})])
        assert [(one.waits, one.resolved, one.settled) for one in await store.conflicts(JOB)] == [(False, None, NOON)]

    async def test_conflicts_come_back_equal_with_their_link(self, store: Store) -> None:
        link, other = make_link("1"), make_link("2", job=OTHER_JOB)
        conflicts = (make_conflict(link), make_conflict(link, group="birthday", winner=None))
        await store.commit([Commit(link=other, conflicts=(make_conflict(other),))])
        await store.commit([Commit(link=link, journal=make_entry(link), conflicts=conflicts)])
        assert tuple(await store.conflicts(JOB)) == conflicts

    async def test_a_conflict_of_an_unknown_link_is_refused_with_its_whole_commit(self, store: Store) -> None:
        link = make_link("1")
        with pytest.raises(StoreError):
            await store.commit([Commit(journal=make_entry(link), conflicts=(make_conflict(link),))])
        assert not await store.journal("run-1")
