"""The SQLite store where it is more than the contract: its address, its speed, its two openings."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from outlookd.core.model import Commit, RunKind, RunStatus, Side, Sighting, Watermark
from outlookd.errors import ConfigurationError, JobBusy, StoreError
from outlookd.store import open_store
from outlookd.testing.samples import JOB, NOON, make_conflict, make_entry, make_intent, make_link, make_report


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://db.example.test/outlookd",
        "sqlite://",
        "sqlite:///",
        "sqlite:state.db",
        "sqlite:///a.db?mode=ro",
        "state.db",
        "",
    ],
)
async def test_an_address_of_another_kind_is_a_matter_of_configuration(url):
    with pytest.raises(ConfigurationError) as caught:
        async with open_store(url):
            pass
    assert caught.value.faults[0].startswith("state.url: ")


async def test_a_password_in_an_address_is_not_repeated():
    with pytest.raises(ConfigurationError) as caught:
        async with open_store("postgresql://outlookd:hunter2@db.example.test/outlookd"):
            pass
    assert "hunter2" not in f"{caught.value} {caught.value.faults}"


async def test_three_slashes_are_a_relative_path_and_four_an_absolute_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for url in ("sqlite:///here.db", f"sqlite:///{tmp_path}/there.db"):
        async with open_store(url):
            pass
    assert sorted(file.name for file in tmp_path.glob("*.db")) == ["here.db", "there.db"]


async def test_a_path_with_odd_characters_is_taken_as_it_is(tmp_path):
    """SQLite is opened by URI, in which these mean something."""
    name = "état % 100%25 a b.db"
    async with open_store(f"sqlite:///{tmp_path}/{name}"):
        pass
    assert (tmp_path / name).exists()


async def test_everything_is_there_after_closing_and_opening(tmp_path):
    url, link = f"sqlite:///{tmp_path}/state.db", make_link("1")
    async with open_store(url) as store:
        install = await store.install_id()
        await store.commit([Commit(link=link)])
    async with open_store(url) as store:
        assert (await store.install_id(), list(await store.links(JOB))) == (install, [link])


async def test_a_second_store_on_the_file_respects_the_lease(tmp_path):
    url = f"sqlite:///{tmp_path}/state.db"
    async with open_store(url) as one, open_store(url) as other, one.lease(JOB):
        with pytest.raises(JobBusy):
            async with other.lease(JOB):
                pass


async def test_a_reader_sees_what_the_daemon_writes(tmp_path):
    url = f"sqlite:///{tmp_path}/state.db"
    async with open_store(url) as daemon, open_store(url, read_only=True) as status:
        await daemon.finish_run(make_report("run-1"))
        assert [report.run for report in await status.runs(JOB)] == ["run-1"]


async def test_a_reader_cannot_lease(tmp_path):
    url = f"sqlite:///{tmp_path}/state.db"
    async with open_store(url):
        pass
    async with open_store(url, read_only=True) as status:
        with pytest.raises(StoreError):
            async with status.lease(JOB):
                pass


async def test_a_concluded_intent_leaves_no_copy_of_what_it_wrote(tmp_path):
    """It is personal data, and the journal has it."""
    path, intent = tmp_path / "state.db", make_intent(make_link("1"), after={"displayName": "Zygomatic"})
    async with open_store(f"sqlite:///{path}") as store:
        await store.intend([intent])
        await store.commit([Commit(intent=intent.id)])
    assert b"Zygomatic" not in path.read_bytes()


async def exercise(store):
    """Every reading and writing that a run makes."""
    link = make_link("1")
    await store.begin_run(run="run-1", job=JOB, user="j.martin", type="contact", started=NOON)
    await store.intend([make_intent(link)])
    await store.open_intents(JOB)
    await store.commit([Commit(intent=make_intent(link).id, link=link, journal=make_entry(link), conflicts=(make_conflict(link),))])
    await store.commit([Commit(journal=make_entry(link, run="run-2"), undoes=1)])
    await store.advance(
        JOB,
        watermarks={Side.OUTLOOK: Watermark(cursor="c")},
        seen=[Sighting(side=Side.OUTLOOK, id="s")],
        unseen=[(Side.OUTLOOK, "t")],
        replace_sightings=[Side.OUTLOOK],
    )
    await store.keep_quarantine(JOB, lift=[(Side.OUTLOOK, "1")])
    await store.finish_run(make_report("run-1"))
    for read in (store.links, store.sightings, store.quarantine, store.conflicts, store.notes, store.container, store.runs):
        await read(JOB)
    await store.others(JOB, meetings=["m"], outlook_ids=[link.outlook_id])
    await store.watermark(JOB, Side.OUTLOOK)
    await store.journal("run-1")
    await store.accounts.take_ticket("digest", NOON)
    await store.accounts.take_flow("digest", NOON)


async def test_no_statement_of_a_run_reads_a_whole_table(tmp_path):
    """With thousands of jobs in one file, each run must only touch its own rows."""
    async with open_store(f"sqlite:///{tmp_path}/state.db") as store:
        database, statements = store._database, {}

        def trace(sql, parameters):
            statements[sql] = parameters

        def plans(db):
            db._tracer = None
            kept = {sql: given for sql, given in statements.items() if sql.startswith(("SELECT", "UPDATE", "DELETE"))}
            return [(sql, row["detail"]) for sql, given in kept.items() for row in db.query(f"EXPLAIN QUERY PLAN {sql}", given)]

        await database.read(lambda db: setattr(db, "_tracer", trace))
        await exercise(store)
        explained = await database.read(plans)
    scans = [
        sql
        for sql, detail in explained
        if detail.startswith("SCAN") and not {"installation", "json_each"} & set(re.findall(r"\w+", detail))
    ]
    assert (len(explained) > 10, scans) == (True, [])


async def test_the_latest_settled_conflicts_of_a_job_are_told_newest_first(tmp_path):
    async with open_store(f"sqlite:///{tmp_path}/state.db") as store:
        for number in range(4):
            link = make_link(str(number))
            entry = make_entry(link, at=NOON + timedelta(days=number))
            await store.commit([Commit(link=link, journal=entry, conflicts=(make_conflict(link),))])
        other, pending, untold = make_link("other", job="another"), make_link("pending"), make_link("untold")
        await store.commit(
            [
                Commit(link=other, journal=make_entry(other, at=NOON + timedelta(days=9)), conflicts=(make_conflict(other),)),
                Commit(link=pending, journal=make_entry(pending), conflicts=(make_conflict(pending, winner=None),)),
                Commit(link=untold, conflicts=(make_conflict(untold),)),
            ]
        )
        found = await store.decided(JOB, since=NOON + timedelta(days=1), limit=2)
        assert [(one.link.id, one.at, one.kept) for one in found] == [
            ("link-3", NOON + timedelta(days=3), Side.OUTLOOK),
            ("link-2", NOON + timedelta(days=2), Side.OUTLOOK),
        ]
        assert len(await store.decided(JOB, since=NOON + timedelta(days=1), limit=9)) == 3


async def test_operators_count_how_jobs_are_kept_in_step_not_what_people_took_back(tmp_path):
    async with open_store(f"sqlite:///{tmp_path}/state.db") as store:
        held = make_report("held", status=RunStatus.HELD, held=12)
        undone = make_report("undone", status=RunStatus.OK, started=held.started + timedelta(minutes=5), kind=RunKind.UNDO)
        for report in (held, undone):
            await store.finish_run(report)
        figures = (await store.figures([JOB], since=held.started)).jobs[JOB]
        assert (figures.status, figures.held, figures.last_run) == (RunStatus.HELD, 12, held.started)
