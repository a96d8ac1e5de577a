"""Which run a person means when it is to be taken back, and what is said when there is none."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from types import SimpleNamespace

import pytest
from sync.world import World

from outlookd.app.history.undo import Undone, find_run, undo
from outlookd.core.model import Commit, Op, RunKind, RunStatus, Side, Tally
from outlookd.core.orders import Kept
from outlookd.errors import OutlookdError
from outlookd.store import open_store
from outlookd.testing.samples import JOB, NOON, make_entry, make_link, make_report

KEPT = Kept(side=Side.OUTLOOK, id="o", field="", reason="it is over")


@dataclass
class Place:
    """As much of the app as is asked here: a store with a history, and the jobs that are configured."""

    store: object
    configured: tuple[str, ...] = (JOB,)

    def jobs(self, user=None, kind=None):
        del kind
        return [SimpleNamespace(id=id, user="j.martin") for id in self.configured if user in (None, "j.martin")]


@pytest.fixture
async def place(tmp_path):
    async with open_store(f"sqlite:///{tmp_path}/state.db") as store:
        yield Place(store)


async def remember(place, run, *, minutes=0, kind=RunKind.SYNC, wrote=1, undoes=0):
    """A finished run that updated this many items of one pair."""
    link = make_link("anna")
    entry = make_entry(link, run=run, op=Op.UPDATE)
    await place.store.begin_run(run=run, job=JOB, user="j.martin", type="contact", started=NOON)
    await place.store.commit([Commit(link=link, journal=entry, undoes=undoes) for _ in range(wrote)])
    report = make_report(run=run, kind=kind, started=NOON + timedelta(minutes=minutes))
    nothing = {"created": Tally(), "updated": Tally(outlook=wrote), "deleted": Tally()}
    await place.store.finish_run(replace(report, **nothing))


async def test_a_run_is_known_by_its_name_or_its_beginning(place):
    await remember(place, "abcdef-1")
    assert await find_run(place, "abcdef-1") == await find_run(place, "abcdef") == "abcdef-1"


async def test_one_letter_too_few_is_no_name_of_a_run(place):
    await remember(place, "abcdef-1")
    with pytest.raises(OutlookdError, match="at least 6 characters"):
        await find_run(place, "abcde")


async def test_the_last_run_is_the_latest_that_wrote_and_was_no_undo(place):
    await remember(place, "old", minutes=1)
    await remember(place, "wrote", minutes=2)
    await remember(place, "idle", minutes=3, wrote=0)
    await remember(place, "undo", minutes=4, kind=RunKind.UNDO)
    assert await find_run(place, "last") == "wrote"


async def test_a_run_that_was_interrupted_is_found_although_it_never_reported(place):
    await remember(place, "old", minutes=1)
    await place.store.begin_run(run="killed", job=JOB, user="j.martin", type="contact", started=NOON + timedelta(minutes=2))
    await place.store.begin_run(run="after", job=JOB, user="j.martin", type="contact", started=NOON + timedelta(minutes=3))
    # What recovery finds done, the next run counts; the line belongs to the run that sent it.
    await place.store.commit([Commit(journal=make_entry(make_link("anna"), run="killed", op=Op.UPDATE))])
    await place.store.finish_run(make_report(run="after", started=NOON + timedelta(minutes=3)))
    assert await find_run(place, "last") == await find_run(place, "killed") == "killed"


@pytest.mark.parametrize(
    ("text", "said"), [("abcdef", "2 runs begin with abcdef"), ("zzzzzz", "no run is known as zzzzzz"), ("", "no run is known as")]
)
async def test_what_is_not_one_run_is_said(place, text, said):
    await remember(place, "abcdef-1")
    await remember(place, "abcdef-2", minutes=1)
    with pytest.raises(OutlookdError, match=said):
        await find_run(place, text)


async def test_without_any_run_there_is_no_last_one(place):
    with pytest.raises(OutlookdError, match="no run has written anything yet"):
        await find_run(place, "last")


async def test_a_run_that_was_taken_back_says_by_which(place):
    await remember(place, "run-a")
    (line,) = await place.store.journal("run-a")
    await remember(place, "run-b", kind=RunKind.UNDO, undoes=line.seq)
    with pytest.raises(OutlookdError, match="outlookd undo run-b"):
        await undo(place, "run-a")


async def test_a_run_that_was_taken_back_and_restored_since_says_what_to_take_back_instead(place):
    await remember(place, "run-a")
    for run, former in (("run-b", "run-a"), ("run-c", "run-b")):
        (line,) = await place.store.journal(former)
        await remember(place, run, kind=RunKind.UNDO, undoes=line.seq)
    bare = make_entry(make_link("anna"), run="run-a", op=Op.UPDATE, side=Side.GOPAAS, after={})
    await place.store.commit([Commit(journal=bare)])
    with pytest.raises(OutlookdError, match="outlookd undo run-c"):
        await undo(place, "run-a")


@pytest.mark.parametrize(
    ("run", "item", "said"),
    [
        ("unknown", "", "no run is known as unknown"),
        ("run-a", "somebody", "this run wrote nothing to that item"),
        ("", "somebody", "nothing that was written to somebody can be taken back"),
    ],
)
async def test_where_there_is_nothing_to_take_back_it_is_said(place, run, item, said):
    await remember(place, "run-a")
    with pytest.raises(OutlookdError, match=said):
        await undo(place, run, item=item)


async def test_a_run_whose_job_is_gone_is_not_taken_back(place):
    await remember(place, "run-a")
    place.configured = ()
    with pytest.raises(OutlookdError, match="not configured any more"):
        await undo(place, "", item="cle-anna")


@dataclass
class Office:
    """As much of the app as an undo asks, over a world in memory."""

    world: World
    metrics: None = None

    @property
    def store(self):
        return self.world.store

    def jobs(self):
        return [SimpleNamespace(id=self.world.job.id, user="claire")]

    def prepare(self, job, progress):
        del job, progress
        return self.world.job, self.world.deps

    def resource_of(self, job):
        del job
        return "contact"


async def exported() -> tuple[Office, str]:
    world = World()
    world.add_row("anna")
    return Office(world), (await world.run()).run


async def test_what_a_person_agreed_to_is_done():
    office, run = await exported()
    foreseen = await undo(office, run, preview=True)

    undone = await undo(office, run, agreed=foreseen.hash)

    assert (undone.overtaken, undone.report.status, undone.hash) == (False, RunStatus.OK, foreseen.hash)
    assert office.world.contacts() == {}


async def test_what_is_not_any_more_what_a_person_agreed_to_is_shown_anew_and_not_done():
    office, run = await exported()
    office.world.outlook.edit(office.world.contact_of("anna"), personalNotes="hers")
    foreseen = await undo(office, run, preview=True)
    assert foreseen.actions == ()
    office.world.outlook.edit(office.world.contact_of("anna"), personalNotes=None)

    undone = await undo(office, run, agreed=foreseen.hash)

    assert (undone.overtaken, undone.report, [action.op for action in undone.actions]) == (True, None, [Op.DELETE])
    assert len(office.world.contacts()) == 1


async def test_a_preview_does_not_say_that_a_person_took_it_back():
    office, run = await exported()
    assert [action.reason for action in (await undo(office, run, preview=True)).actions] == [""]


@pytest.mark.parametrize(
    ("failed", "kept", "status"), [(0, (), 0), (0, (KEPT,), 3), (3, (), 0), (75, (KEPT,), 75), (4, (), 4), (None, (KEPT,), 3)]
)
def test_the_exit_status_tells_whether_everything_is_as_it_was(failed, kept, status):
    report = None if failed is None else make_report("r2", status=RunStatus.OK, exit_status=failed)
    assert Undone(run="r", job=JOB, report=report, actions=(), kept=kept).exit_status == status
