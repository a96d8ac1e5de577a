"""What a store promises about runs, quarantine, notes, the chosen folder, the installation and leases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from outlookd.core.container import Container
from outlookd.core.model import Commit, Op, Quarantined, RunKind, RunStatus, Side, Tally
from outlookd.errors import JobBusy
from outlookd.ports import Store
from outlookd.testing.samples import JOB, NOON, OTHER_JOB, make_entry, make_intent, make_link, make_report


class StoreJobsContract:
    """One job knows nothing of another, and is run by one process at a time."""

    @pytest.fixture
    def store(self) -> Store:
        """A fresh, empty store."""
        raise NotImplementedError("override the store fixture")

    async def test_a_report_comes_back_equal(self, store: Store) -> None:
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

    async def test_a_run_that_has_not_ended_is_not_reported(self, store: Store) -> None:
        await store.begin_run(run="run-1", job=JOB, user="j.martin", type="contact", started=NOON)
        assert not await store.runs(JOB)

    async def test_a_run_that_was_interrupted_is_closed_by_the_next_one_with_what_it_wrote(self, store: Store) -> None:
        await store.begin_run(run="run-1", job=JOB, user="j.martin", type="contact", started=NOON, kind=RunKind.UNDO)
        link = make_link("1")
        entry = make_entry(link, run="run-1", op=Op.DELETE, side=Side.OUTLOOK, mails=True)
        await store.commit([Commit(link=link, journal=entry)])
        await store.begin_run(run="theirs", job=OTHER_JOB, user="j.martin", type="contact", started=NOON)
        assert not await store.runs(JOB)
        await store.begin_run(run="run-2", job=JOB, user="j.martin", type="contact", started=NOON)
        [report] = await store.runs(JOB)
        assert (report.run, report.kind, report.status, report.exit_status) == ("run-1", RunKind.UNDO, RunStatus.FAILED, 1)
        assert (report.deleted, report.updated, report.mail_writes) == (Tally(outlook=1), Tally(), 1)
        assert "interrupted" in report.message

    async def test_runs_are_shown_newest_first_up_to_the_limit(self, store: Store) -> None:
        for number in (2, 1, 3):
            await store.finish_run(make_report(f"run-{number}", started=NOON + timedelta(minutes=number)))
        await store.finish_run(make_report("theirs", job=OTHER_JOB))
        assert [report.run for report in await store.runs(JOB, limit=2)] == ["run-3", "run-2"]

    async def test_a_run_has_one_report_the_last(self, store: Store) -> None:
        reports = [make_report("run-1", unchanged=number) for number in (1, 2)]
        for report in reports:
            await store.finish_run(report)
        assert list(await store.runs(JOB)) == reports[1:]

    async def test_of_runs_that_began_together_the_later_one_is_first(self, store: Store) -> None:
        for run in ("run-1", "run-2"):
            await store.finish_run(make_report(run))
        assert [report.run for report in await store.runs(JOB)] == ["run-2", "run-1"]

    async def test_a_quarantined_record_is_replaced_by_its_id(self, store: Store) -> None:
        record = Quarantined(
            side=Side.GOPAAS, id="cle-1", reason="birthday: not a date", since=NOON, retry_at=NOON + timedelta(minutes=15)
        )
        again = replace(record, retry_at=NOON + timedelta(hours=1), attempts=2)
        await store.keep_quarantine(JOB, put=[record])
        await store.keep_quarantine(JOB, put=[again])
        assert list(await store.quarantine(JOB)) == [again]

    async def test_a_lifted_record_leaves_the_quarantine_of_its_side_and_job_only(self, store: Store) -> None:
        records = [Quarantined(side=side, id="1", reason="unreadable", since=NOON, retry_at=NOON) for side in Side]
        for job in (JOB, OTHER_JOB):
            await store.keep_quarantine(job, put=records)
        await store.keep_quarantine(JOB, lift=[(Side.OUTLOOK, "1")])
        assert [record.side for record in await store.quarantine(JOB)] == [Side.GOPAAS]
        assert len(await store.quarantine(OTHER_JOB)) == 2

    async def test_a_note_is_replaced_by_its_key(self, store: Store) -> None:
        for key, value in (("approved", "h1"), ("listing", "812"), ("approved", "h2")):
            await store.note(JOB, key, value)
        await store.note(OTHER_JOB, "approved", "theirs")
        assert dict(await store.notes(JOB)) == {"approved": "h2", "listing": "812"}

    async def test_a_job_has_no_container_until_one_is_kept(self, store: Store) -> None:
        assert await store.container(JOB) is None

    async def test_a_container_is_replaced(self, store: Store) -> None:
        await store.keep_container(JOB, Container(id="folder-1", name="GoPaaS"))
        chosen = Container(id="folder-2", name="Clients", marker="m", parent="root")
        await store.keep_container(JOB, chosen)
        assert await store.container(JOB) == chosen

    async def test_a_container_can_be_forgotten(self, store: Store) -> None:
        await store.keep_container(JOB, Container(id="folder-1", name="GoPaaS"))
        await store.keep_container(JOB, None)
        assert await store.container(JOB) is None

    async def test_the_installations_id_stays(self, store: Store) -> None:
        assert await store.install_id() == await store.install_id() != ""

    async def test_a_leased_job_is_busy(self, store: Store) -> None:
        async with store.lease(JOB):
            with pytest.raises(JobBusy):
                async with store.lease(JOB):
                    pytest.fail("two at once")

    async def test_a_refused_lease_leaves_the_holders_alone(self, store: Store) -> None:
        async with store.lease(JOB):
            with pytest.raises(JobBusy):
                await store.lease(JOB).__aenter__()
            await store.intend([make_intent(make_link("1"))])

    async def test_two_jobs_are_leased_at_once(self, store: Store) -> None:
        async with store.lease(JOB), store.lease(OTHER_JOB):
            pass

    async def test_a_lease_ends_with_its_block_even_when_that_fails(self, store: Store) -> None:
        with pytest.raises(ZeroDivisionError):
            async with store.lease(JOB):
                raise ZeroDivisionError
        async with store.lease(JOB):
            pass
