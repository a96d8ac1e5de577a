"""What every store must do, as claims: run over SQLite here, and over the store in memory by whoever needs one.

A subclass overrides the `store` fixture. Nothing here knows how a store is made.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from outlookd.core.model import (
    Base,
    Commit,
    Conflict,
    Intent,
    IntentState,
    JournalEntry,
    Link,
    LinkStatus,
    Op,
    Origin,
    Quarantined,
    RunReport,
    RunStatus,
    Side,
    Sighting,
    Tally,
    Watermark,
)
from outlookd.errors import JobBusy, StoreError
from outlookd.ports import Container, Store

JOB = "j.martin/contact/clients/crm"
OTHER_JOB = "j.martin/calendar/rendezvous"
NOON = datetime(2026, 11, 22, 12, 0, 0, 123456, tzinfo=UTC)

FIELDS = {
    "displayName": "Écluse & fils",
    "birthday": "1980-02-29",
    "emailAddresses": ("accueil@example.com", "contact@example.test"),
    "children": (),
    "companyName": None,
    "employees": 12,
    "isCustomer": True,
}


def make_link(name: str, **changes) -> Link:
    """A living link whose ids follow from its name."""
    link = Link(id=f"link-{name}", job=JOB, gopaas_id=f"cle-{name}", outlook_id=f"AAMk{name}=")
    return replace(link, **changes)


def make_intent(link: Link, **changes) -> Intent:
    """An announced creation of the link's Outlook half."""
    intent = Intent(
        id=f"intent-{link.id}",
        job=link.job,
        run="run-1",
        op=Op.CREATE,
        side=Side.OUTLOOK,
        link=link,
        before={},
        after=FIELDS,
        sent_at=NOON,
    )
    return replace(intent, **changes)


def make_entry(link: Link, **changes) -> JournalEntry:
    """The journal line of that creation."""
    entry = JournalEntry(
        run="run-1",
        at=NOON,
        op=Op.CREATE,
        side=Side.OUTLOOK,
        link=link.id,
        gopaas_id=link.gopaas_id,
        outlook_id=link.outlook_id,
        before={},
        after=FIELDS,
        reason="new in the view",
    )
    return replace(entry, **changes)


def make_conflict(link: Link, **changes) -> Conflict:
    """Two people changed the link's address."""
    conflict = Conflict(
        link=link.id,
        group="businessAddress",
        winner=Side.OUTLOOK,
        gopaas={"businessAddress.city": "Lyon"},
        outlook={"businessAddress.city": "Nantes"},
        base={"businessAddress.city": None},
        rule="4",
    )
    return replace(conflict, **changes)


def make_report(run: str, **changes) -> RunReport:
    """A run that did something of everything."""
    report = RunReport(run=run, job=JOB, user="j.martin", type="contact", status=RunStatus.OK, started=NOON)
    return replace(report, **changes)


class StoreContract:
    """The claims. Each test gets a fresh, empty store."""

    @pytest.fixture
    def store(self) -> Store:
        raise NotImplementedError("override the store fixture")

    # --- links -----------------------------------------------------------------------------------------------------------

    async def test_a_link_comes_back_equal(self, store):
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

    async def test_values_keep_their_types(self, store):
        """A list must not come back as a list, nor True as 1: bases are compared with ``==``."""
        await store.commit([Commit(link=make_link("1", outlook=Base(fields=FIELDS)))])
        [link] = await store.links(JOB)
        assert {name: type(value) for name, value in link.outlook.fields.items()} == {
            name: type(value) for name, value in FIELDS.items()
        }

    async def test_a_link_is_replaced_by_its_id(self, store):
        await store.commit([Commit(link=make_link("1"))])
        changed = make_link("1", outlook_id="AAMkOther=", gopaas=Base(fields={"displayName": "B"}))
        await store.commit([Commit(link=changed)])
        assert list(await store.links(JOB)) == [changed]

    async def test_links_of_other_jobs_are_not_shown(self, store):
        await store.commit([Commit(link=make_link("1")), Commit(link=make_link("2", job=OTHER_JOB))])
        assert [link.id for link in await store.links(OTHER_JOB)] == ["link-2"]

    async def test_links_of_every_status_are_shown(self, store):
        links = [make_link(status.value, status=status) for status in LinkStatus]
        await store.commit([Commit(link=link) for link in links])
        assert {link.status for link in await store.links(JOB)} == set(LinkStatus)

    async def test_ids_that_differ_in_case_alone_are_different(self, store):
        """Graph trap 26."""
        await store.commit([Commit(link=make_link("a", outlook_id="AAMkAb=")), Commit(link=make_link("b", outlook_id="AAMkaB="))])
        assert {link.outlook_id for link in await store.links(JOB)} == {"AAMkAb=", "AAMkaB="}

    @pytest.mark.parametrize("column", ["gopaas_id", "outlook_id"])
    async def test_two_living_links_cannot_have_one_id(self, store, column):
        first, second = make_link("1"), make_link("2", **{column: getattr(make_link("1"), column)})
        await store.commit([Commit(link=first)])
        with pytest.raises(StoreError):
            await store.commit([Commit(link=second)])
        assert list(await store.links(JOB)) == [first]

    async def test_halves_that_do_not_exist_yet_are_no_duplicates(self, store):
        await store.commit([Commit(link=make_link(name, outlook_id="")) for name in "12"])
        assert len(await store.links(JOB)) == 2

    async def test_two_jobs_may_link_one_record(self, store):
        await store.commit([Commit(link=make_link("1")), Commit(link=make_link("1", id="link-other", job=OTHER_JOB))])
        assert len(await store.links(JOB)) == len(await store.links(OTHER_JOB)) == 1

    @pytest.mark.parametrize("order", [1, -1], ids=["tombstone first", "successor first"])
    async def test_an_id_passes_from_a_tombstone_to_its_successor_in_one_commit(self, store, order):
        old = make_link("1")
        await store.commit([Commit(link=old)])
        commits = [Commit(link=replace(old, status=LinkStatus.TOMBSTONE)), Commit(link=make_link("2", gopaas_id=old.gopaas_id))]
        await store.commit(commits[::order])
        assert {link.id: link.status for link in await store.links(JOB)} == {
            "link-1": LinkStatus.TOMBSTONE,
            "link-2": LinkStatus.ACTIVE,
        }

    async def test_two_links_exchange_an_id_in_one_commit(self, store):
        one, two = make_link("1"), make_link("2")
        await store.commit([Commit(link=one), Commit(link=two)])
        exchanged = [replace(one, outlook_id=two.outlook_id), replace(two, outlook_id=one.outlook_id)]
        await store.commit([Commit(link=link) for link in exchanged])
        assert sorted(await store.links(JOB), key=lambda link: link.id) == exchanged

    # --- commits ---------------------------------------------------------------------------------------------------------

    async def test_a_commit_is_stored_whole_or_not_at_all(self, store):
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

    async def test_twenty_writes_are_committed_in_one_go(self, store):
        """One Graph batch."""
        links = [make_link(str(number)) for number in range(20)]
        await store.intend([make_intent(link) for link in links])
        await store.commit([Commit(intent=make_intent(link).id, link=link, journal=make_entry(link)) for link in links])
        assert (len(await store.links(JOB)), len(await store.journal("run-1")), len(await store.open_intents(JOB))) == (20, 20, 0)

    async def test_of_two_states_of_a_link_in_one_commit_the_last_counts(self, store):
        await store.commit([Commit(link=make_link("1", marker="first")), Commit(link=make_link("1", marker="last"))])
        assert [link.marker for link in await store.links(JOB)] == ["last"]

    async def test_commits_of_concurrent_tasks_all_arrive(self, store):
        links = [make_link(str(number)) for number in range(30)]
        await asyncio.gather(*(store.commit([Commit(link=link)]) for link in links))
        assert {link.id for link in await store.links(JOB)} == {link.id for link in links}

    # --- intents ---------------------------------------------------------------------------------------------------------

    async def test_an_intent_comes_back_equal(self, store):
        link = make_link("1", outlook_id="", gopaas=Base(fields=FIELDS, before={"birthday": None}), outlook=Base(fields=FIELDS))
        intent = make_intent(link, op=Op.UPDATE, side=Side.GOPAAS, before={"children": ("A",)})
        await store.intend([intent])
        assert list(await store.open_intents(JOB)) == [intent]

    async def test_open_intents_are_shown_oldest_first(self, store):
        for name in "312":
            await store.intend([make_intent(make_link(name))])
        assert [intent.id for intent in await store.open_intents(JOB)] == ["intent-link-3", "intent-link-1", "intent-link-2"]

    async def test_open_intents_of_other_jobs_are_not_shown(self, store):
        await store.intend([make_intent(make_link("1")), make_intent(make_link("2", job=OTHER_JOB))])
        assert [intent.id for intent in await store.open_intents(OTHER_JOB)] == ["intent-link-2"]

    @pytest.mark.parametrize("state", [IntentState.VERIFIED, IntentState.VOID])
    async def test_a_concluded_intent_is_not_open(self, store, state):
        await store.intend([make_intent(make_link("1"))])
        await store.commit([Commit(intent="intent-link-1", state=state)])
        assert not await store.open_intents(JOB)

    async def test_an_accepted_intent_stays_open(self, store):
        await store.intend([make_intent(make_link("1"))])
        await store.commit([Commit(intent="intent-link-1", state=IntentState.ACKED)])
        assert [intent.state for intent in await store.open_intents(JOB)] == [IntentState.ACKED]

    async def test_an_intent_is_open_without_its_link_being_known(self, store):
        """The link of a create is only stored once the write is verified."""
        await store.intend([make_intent(make_link("1"))])
        assert not await store.links(JOB)

    async def test_an_open_intent_may_be_announced_again(self, store):
        """A resend after a crash: the same ids, a later time."""
        await store.intend([make_intent(make_link("1"))])
        again = make_intent(make_link("1"), sent_at=NOON + timedelta(minutes=2))
        await store.intend([again])
        assert list(await store.open_intents(JOB)) == [again]

    async def test_an_intent_is_concluded_once(self, store):
        await store.intend([make_intent(make_link("1"))])
        await store.commit([Commit(intent="intent-link-1")])
        with pytest.raises(StoreError):
            await store.commit([Commit(intent="intent-link-1")])

    async def test_an_unknown_intent_cannot_be_concluded(self, store):
        with pytest.raises(StoreError):
            await store.commit([Commit(intent="never-announced", link=make_link("1"))])
        assert not await store.links(JOB)

    # --- journal and conflicts -------------------------------------------------------------------------------------------

    async def test_the_journal_has_a_runs_lines_in_order(self, store):
        first = make_entry(make_link("1"), op=Op.UPDATE, before=FIELDS, rule="4", mails=True)
        second = make_entry(make_link("2"), at=NOON - timedelta(hours=1))
        await store.commit([Commit(journal=first), Commit(journal=make_entry(make_link("3"), run="run-2")), Commit(journal=second)])
        assert list(await store.journal("run-1")) == [first, second]

    async def test_conflicts_come_back_equal_with_their_link(self, store):
        link, other = make_link("1"), make_link("2", job=OTHER_JOB)
        conflicts = (make_conflict(link), make_conflict(link, group="birthday", winner=None))
        await store.commit([Commit(link=other, conflicts=(make_conflict(other),))])
        await store.commit([Commit(link=link, journal=make_entry(link), conflicts=conflicts)])
        assert tuple(await store.conflicts(JOB)) == conflicts

    # --- watermarks and sightings ----------------------------------------------------------------------------------------

    async def test_a_side_that_was_never_read_has_no_watermark(self, store):
        assert await store.watermark(JOB, Side.OUTLOOK) is None

    @pytest.mark.parametrize("full_at", [None, NOON], ids=["never in full", "in full"])
    async def test_a_watermark_comes_back_equal(self, store, full_at):
        mark = Watermark(cursor="https://graph.example.test/delta?$deltatoken=a%2Fb", full_at=full_at)
        await store.advance(JOB, watermarks={Side.OUTLOOK: mark})
        assert await store.watermark(JOB, Side.OUTLOOK) == mark

    async def test_only_the_sides_named_move(self, store):
        marks = {side: Watermark(cursor=f"old {side}") for side in Side}
        await store.advance(JOB, watermarks=marks)
        await store.advance(JOB, watermarks={Side.GOPAAS: Watermark(cursor="new")})
        assert [(await store.watermark(JOB, side)).cursor for side in Side] == ["new", "old outlook"]

    async def test_a_sighting_that_is_seen_again_is_replaced(self, store):
        await store.advance(JOB, watermarks={}, seen=[Sighting(side=Side.OUTLOOK, id="a", natural="h1")])
        again = Sighting(side=Side.OUTLOOK, id="a", natural="h2", marker="m")
        await store.advance(JOB, watermarks={}, seen=[again])
        assert list(await store.sightings(JOB)) == [again]

    async def test_a_sighting_goes_when_it_is_unseen(self, store):
        both = [Sighting(side=side, id="a") for side in Side]
        await store.advance(JOB, watermarks={}, seen=both)
        await store.advance(JOB, watermarks={}, unseen=[(Side.OUTLOOK, "a")])
        assert list(await store.sightings(JOB)) == [Sighting(side=Side.GOPAAS, id="a")]

    async def test_a_full_reading_replaces_its_sides_sightings_only(self, store):
        await store.advance(JOB, watermarks={}, seen=[Sighting(side=side, id="old") for side in Side])
        await store.advance(OTHER_JOB, watermarks={}, seen=[Sighting(side=Side.OUTLOOK, id="theirs")])
        await store.advance(JOB, watermarks={}, seen=[Sighting(side=Side.OUTLOOK, id="new")], replace_sightings=[Side.OUTLOOK])
        assert {(one.side, one.id) for one in await store.sightings(JOB)} == {(Side.GOPAAS, "old"), (Side.OUTLOOK, "new")}
        assert [one.id for one in await store.sightings(OTHER_JOB)] == ["theirs"]

    async def test_what_was_seen_wins_over_unseen(self, store):
        sighting = Sighting(side=Side.OUTLOOK, id="a")
        await store.advance(JOB, watermarks={}, seen=[sighting], unseen=[(Side.OUTLOOK, "a")])
        assert list(await store.sightings(JOB)) == [sighting]

    async def test_what_becomes_linked_is_no_sighting_any_more(self, store):
        link = make_link("1")
        await store.advance(JOB, watermarks={}, seen=[Sighting(side=side, id=link.side_id(side)) for side in Side])
        await store.commit([Commit(link=link)])
        assert not await store.sightings(JOB)

    # --- runs, quarantine, notes, container ------------------------------------------------------------------------------

    async def test_a_report_comes_back_equal(self, store):
        report = make_report(
            "run-1",
            status=RunStatus.HELD,
            created=Tally(gopaas=1, outlook=2),
            updated=Tally(gopaas=3, outlook=4),
            deleted=Tally(gopaas=5, outlook=6),
            unchanged=7,
            conflicts=8,
            held=9,
            quarantined=10,
            requests={"gopaas": 11, "graph": 12},
            mail_writes=13,
            seconds=1.25,
            message="9 deletes are held.",
            exit_status=3,
        )
        await store.begin_run(run="run-1", job=JOB, user="j.martin", type="contact", started=NOON)
        await store.finish_run(report)
        assert list(await store.runs(JOB)) == [report]

    async def test_a_run_that_has_not_ended_is_not_reported(self, store):
        await store.begin_run(run="run-1", job=JOB, user="j.martin", type="contact", started=NOON)
        assert not await store.runs(JOB)

    async def test_runs_are_shown_newest_first_up_to_the_limit(self, store):
        for number in (2, 1, 3):
            await store.finish_run(make_report(f"run-{number}", started=NOON + timedelta(minutes=number)))
        await store.finish_run(make_report("theirs", job=OTHER_JOB))
        assert [report.run for report in await store.runs(JOB, limit=2)] == ["run-3", "run-2"]

    async def test_a_quarantined_record_is_replaced_by_its_id(self, store):
        record = Quarantined(
            side=Side.GOPAAS, id="cle-1", reason="birthday: not a date", since=NOON, retry_at=NOON + timedelta(minutes=15)
        )
        again = replace(record, retry_at=NOON + timedelta(hours=1), attempts=2)
        await store.keep_quarantine(JOB, put=[record])
        await store.keep_quarantine(JOB, put=[again])
        assert list(await store.quarantine(JOB)) == [again]

    async def test_a_lifted_record_leaves_the_quarantine_of_its_side_and_job_only(self, store):
        records = [Quarantined(side=side, id="1", reason="unreadable", since=NOON, retry_at=NOON) for side in Side]
        for job in (JOB, OTHER_JOB):
            await store.keep_quarantine(job, put=records)
        await store.keep_quarantine(JOB, lift=[(Side.OUTLOOK, "1")])
        assert [record.side for record in await store.quarantine(JOB)] == [Side.GOPAAS]
        assert len(await store.quarantine(OTHER_JOB)) == 2

    async def test_a_note_is_replaced_by_its_key(self, store):
        for key, value in (("approved", "h1"), ("listing", "812"), ("approved", "h2")):
            await store.note(JOB, key, value)
        await store.note(OTHER_JOB, "approved", "theirs")
        assert dict(await store.notes(JOB)) == {"approved": "h2", "listing": "812"}

    async def test_a_job_has_no_container_until_one_is_kept(self, store):
        assert await store.container(JOB) is None

    async def test_a_container_is_replaced(self, store):
        await store.keep_container(JOB, Container(id="folder-1", name="GoPaaS"))
        chosen = Container(id="folder-2", name="Clients", marker="m", parent="root")
        await store.keep_container(JOB, chosen)
        assert await store.container(JOB) == chosen

    async def test_a_container_can_be_forgotten(self, store):
        await store.keep_container(JOB, Container(id="folder-1", name="GoPaaS"))
        await store.keep_container(JOB, None)
        assert await store.container(JOB) is None

    # --- installation and lease ------------------------------------------------------------------------------------------

    async def test_the_installations_id_stays(self, store):
        assert await store.install_id() == await store.install_id() != ""

    async def test_a_leased_job_is_busy(self, store):
        async with store.lease(JOB):
            with pytest.raises(JobBusy):
                async with store.lease(JOB):
                    pytest.fail("two at once")

    async def test_a_refused_lease_leaves_the_holders_alone(self, store):
        async with store.lease(JOB):
            with pytest.raises(JobBusy):
                await store.lease(JOB).__aenter__()
            await store.intend([make_intent(make_link("1"))])

    async def test_two_jobs_are_leased_at_once(self, store):
        async with store.lease(JOB), store.lease(OTHER_JOB):
            pass

    async def test_a_lease_ends_with_its_block_even_when_that_fails(self, store):
        with pytest.raises(ZeroDivisionError):
            async with store.lease(JOB):
                raise ZeroDivisionError
        async with store.lease(JOB):
            pass
