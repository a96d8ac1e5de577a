"""What the pages are told, from what runs left behind; when what waits is counted; what a button does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from waiting import until

from outlookd.app.figures.readiness import AppReadiness
from outlookd.app.pages.desk import AppDesk
from outlookd.app.parts.board import Board
from outlookd.core.container import Container
from outlookd.core.model import (
    Action,
    Base,
    Commit,
    Conflict,
    Held,
    Op,
    Plan,
    Quarantined,
    RunKind,
    RunReport,
    RunStatus,
    Side,
    Tally,
)
from outlookd.errors import StoreFull, Unreachable
from outlookd.ports import Binding
from outlookd.runtime.schedule import Trigger, Turn
from outlookd.store import open_store
from outlookd.testing import FakeClock
from outlookd.testing.samples import make_entry, make_link
from outlookd.web.jobs.desk import Answer, Disputed, Waiting, address_of
from outlookd.web.remedies import Remedy
from outlookd_contacts.handler import ContactsHandler

JOB = SimpleNamespace(
    id="claire/contact/contact/GoPaaS",
    user="claire",
    type="contact",
    folder="GoPaaS",
    direction=None,
    map={"birthday": "date_naissance"},
    interval=timedelta(minutes=5),
)
HANDLER = ContactsHandler()
DELETES = Held(guard="deletes", reason="12 deletions at once", actions=(), links=tuple("abc"), hash="abc")


def planned(*links: str, held: tuple[Held, ...] = ()) -> Plan:
    """A plan that writes these pairs."""
    actions = [Action(op=Op.UPDATE, side=Side.OUTLOOK, link=make_link(link), reason="") for link in links]
    rebased = Action(op=Op.REBASE, side=Side.OUTLOOK, link=make_link("remembered"), reason="")
    return Plan(actions=(*actions, rebased), held=held)


class Plans:
    """Stands for `App.plan`: answers when it is let, and counts."""

    def __init__(self) -> None:
        self.next: Plan | Exception = planned("1", "2", "2")
        self.made = 0
        self.free = asyncio.Event()
        self.free.set()

    async def __call__(self, _job: Any) -> Plan:
        self.made += 1
        await self.free.wait()
        if isinstance(self.next, Exception):
            raise self.next
        return self.next


class Timer:
    """Stands for the schedule: says what the test says, and notes who was woken."""

    def __init__(self) -> None:
        self.now = Turn()
        self.woken: list[tuple[str, Trigger]] = []

    def turn(self, _name: str) -> Turn:
        return self.now

    def wake(self, name: str, trigger: Trigger) -> bool:
        self.woken.append((name, trigger))
        return True


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[Any]:
    async with open_store(f"sqlite:///{tmp_path}/state.db") as store:
        clock = FakeClock(datetime(2026, 11, 23, 12, tzinfo=UTC))
        binding = Binding(login="claire", tenant="t", object_id="o", home_account="h", bound_at=clock.now())
        await store.accounts.bind(binding, b"sealed")
        made = SimpleNamespace(
            store=store,
            clock=clock,
            board=Board(),
            schedule=Timer(),
            plan=Plans(),
            ready=True,
            roster=SimpleNamespace(
                jobs=(JOB,),
                faults=(SimpleNamespace(record="r1", login="paul", sentence="no view"),),
                trouble=Unreachable("no answer", service="gopaas"),
            ),
            identities=SimpleNamespace(of_application=False),
            plugins=SimpleNamespace(handlers={"contact": HANDLER}, transforms={}, records=()),
            settings=SimpleNamespace(
                entra=SimpleNamespace(client_secret_expires=None), state=SimpleNamespace(url=f"sqlite:///{tmp_path}/state.db")
            ),
            keeps_calendar=lambda _job: False,
        )
        made.jobs = lambda user=None: [job for job in made.roster.jobs if user in (None, job.user)]
        made.roster.find = lambda name: next((job for job in made.roster.jobs if job.id == name), None)
        yield made


@pytest.fixture
async def desk(app: Any) -> AsyncIterator[AppDesk]:
    async with aclosing(AppDesk(app)) as opened:
        yield opened


async def ran(app: Any, status: RunStatus, **counts: Any) -> None:
    """A run that has just ended, after two seconds."""
    started = app.clock.now()
    app.clock.advance(2)
    report = RunReport(
        run=str(started), job=JOB.id, user="claire", type="contact", status=status, started=started, seconds=2, **counts
    )
    await app.store.finish_run(report)


async def look(desk: AppDesk) -> Any:
    """Open the page, and give what it set off time to end."""
    panel = (await desk.panels("claire"))[0]
    await until(lambda: not desk._counting.counts(JOB.id))
    return panel


async def seen(desk: AppDesk) -> Any:
    """The panel once everything that it asks for is known."""
    await look(desk)
    return (await desk.panels("claire"))[0]


# --- what waits --------------------------------------------------------------------------------------------------------------


async def test_what_waits_is_counted_behind_the_pages_back_and_by_pair(app: Any, desk: AppDesk) -> None:
    first = await look(desk)
    assert (first.waiting, first.counting) == (None, True)
    second = (await desk.panels("claire"))[0]
    assert second.waiting == Waiting(count=2, at=app.clock.now())
    assert not second.counting


async def test_a_job_is_counted_once_a_minute_however_often_somebody_looks(app: Any, desk: AppDesk) -> None:
    for _ in range(10):
        await look(desk)
    assert app.plan.made == 1
    app.clock.advance(60)
    await look(desk)
    assert app.plan.made == 2


async def test_nothing_is_counted_while_the_job_runs(app: Any, desk: AppDesk) -> None:
    app.schedule.now = Turn(running_since=app.clock.now())
    await look(desk)
    assert app.plan.made == 0


async def test_a_count_beside_which_a_run_began_is_thrown_away(app: Any, desk: AppDesk) -> None:
    app.plan.free.clear()
    await desk.panels("claire")
    await asyncio.sleep(0)
    await ran(app, RunStatus.FAILED)
    app.plan.free.set()
    assert (await seen(desk)).waiting is None


async def test_after_a_run_that_left_nothing_nothing_waits_and_nobody_counted(app: Any, desk: AppDesk) -> None:
    await ran(app, RunStatus.OK)
    app.plan.free.clear()
    panel = (await desk.panels("claire"))[0]
    assert panel.waiting == Waiting(count=0, at=app.clock.now())


async def test_a_count_that_fails_says_nothing_and_waits_a_minute(app: Any, desk: AppDesk) -> None:
    app.plan.next = Unreachable("no answer", service="gopaas")
    panel = await seen(desk)
    assert (panel.waiting, panel.counting) == (None, False)
    assert app.plan.made == 1


async def test_a_desk_that_is_closed_counts_no_more(app: Any) -> None:
    app.plan.free.clear()
    async with aclosing(AppDesk(app)) as desk:
        await desk.panels("claire")
    assert not [task for task in asyncio.all_tasks() if task.get_name() == "pages.count"]


# --- what a panel says -------------------------------------------------------------------------------------------------------


async def test_what_a_person_took_back_is_no_run_of_the_job(app: Any, desk: AppDesk) -> None:
    await ran(app, RunStatus.HELD, held=3)
    await ran(app, RunStatus.OK, kind=RunKind.UNDO)
    panel = await look(desk)
    assert panel.last.status is RunStatus.HELD
    assert panel.held_count == 3


async def test_what_a_run_held_back_is_looked_up_and_then_named(app: Any, desk: AppDesk) -> None:
    await ran(app, RunStatus.HELD, held=3, created=Tally(outlook=1))
    app.plan.next = planned(held=(DELETES,))
    first = await look(desk)
    assert (first.held, first.held_count) == ((), 3)
    second = (await desk.panels("claire"))[0]
    assert [(one.guard, one.count, one.name) for one in second.held] == [("deletes", 3, "abc")]
    assert second.held_count == 0


async def test_what_a_run_held_back_is_looked_up_at_once_although_somebody_has_just_looked(app: Any, desk: AppDesk) -> None:
    await look(desk)
    app.clock.advance(5)
    await ran(app, RunStatus.HELD, held=3)
    app.plan.next = planned(held=(DELETES,))
    assert (await look(desk)).counting
    assert (await desk.panels("claire"))[0].held
    await look(desk)
    assert app.plan.made == 2


async def test_a_lookup_that_fails_is_tried_again_after_a_minute(app: Any, desk: AppDesk) -> None:
    app.plan.next = Unreachable("no answer", service="gopaas")
    await ran(app, RunStatus.HELD, held=3)
    panel = await seen(desk)
    assert (panel.held_count, panel.counting, app.plan.made) == (3, False, 1)
    app.clock.advance(60)
    assert (await look(desk)).counting


async def test_a_run_that_fails_has_not_released_what_the_one_before_held_back(app: Any, desk: AppDesk) -> None:
    app.plan.next = Unreachable("no answer", service="gopaas")
    await ran(app, RunStatus.HELD, held=3)
    await ran(app, RunStatus.FAILED)
    await ran(app, RunStatus.HELD)
    assert (await look(desk)).held_count == 3
    await ran(app, RunStatus.OK)
    await ran(app, RunStatus.FAILED)
    assert (await look(desk)).held_count == 0


@pytest.mark.parametrize(
    ("status", "exit_status", "remedy"),
    [
        (RunStatus.OK, 0, None),
        (RunStatus.FAILED, 75, Remedy.WAIT),
        (RunStatus.FAILED, 78, Remedy.ADMIN),
        (RunStatus.FAILED, 1, Remedy.ADMIN),
        (RunStatus.REAUTH, 4, Remedy.ADMIN),
    ],
)
async def test_what_helps_follows_from_how_the_run_ended(
    app: Any, desk: AppDesk, status: RunStatus, exit_status: int, remedy: Remedy | None
) -> None:
    await ran(app, status, exit_status=exit_status)
    assert (await look(desk)).remedy is remedy


async def test_a_folder_that_was_ours_may_be_made_again_and_no_other(app: Any, desk: AppDesk) -> None:
    await ran(app, RunStatus.HELD, exit_status=3)
    assert (await look(desk)).remedy is Remedy.NAME
    await app.store.keep_container(JOB.id, Container(id="folder", name="GoPaaS"))
    assert (await look(desk)).remedy is Remedy.FOLDER
    app.keeps_calendar = lambda _job: True
    assert (await look(desk)).remedy is Remedy.CALENDAR


async def test_what_was_held_is_forgotten_once_a_run_leaves_nothing(app: Any, desk: AppDesk) -> None:
    app.plan.next = planned(held=(DELETES,))
    assert (await seen(desk)).held
    await ran(app, RunStatus.OK)
    assert (await seen(desk)).held == ()


async def test_a_dead_sign_in_is_told_until_there_is_a_new_one(app: Any, desk: AppDesk) -> None:
    app.clock.advance(60)
    await ran(app, RunStatus.REAUTH)
    panel = await look(desk)
    assert panel.sign_in
    assert app.plan.made == 0
    again = Binding(login="claire", tenant="t", object_id="o", home_account="h", bound_at=app.clock.now())
    await app.store.accounts.bind(again, b"sealed")
    assert not (await look(desk)).sign_in


async def test_an_application_needs_nobody_to_sign_in(app: Any, desk: AppDesk) -> None:
    app.identities.of_application = True
    await ran(app, RunStatus.REAUTH)
    assert not (await look(desk)).sign_in


async def test_a_panel_names_a_few_records_that_are_set_aside_and_counts_the_others(app: Any, desk: AppDesk) -> None:
    now = app.clock.now()
    await app.store.keep_quarantine(
        JOB.id, put=[Quarantined(side=Side.GOPAAS, id=f"k{n:02}", reason="no date", since=now, retry_at=now) for n in range(12)]
    )
    panel = await look(desk)
    assert (len(panel.set_aside), panel.set_aside_count) == (10, 12)


@pytest.mark.parametrize(
    ("side", "said", "field", "reason"),
    [
        (Side.GOPAAS, "birthday: this is not a date", "date_naissance", "this is not a date"),
        (Side.GOPAAS, "cle: the row has no key", "cle", "the row has no key"),
        (Side.OUTLOOK, "birthday: this is not an instant", "birthday", "this is not an instant"),
        (Side.OUTLOOK, "Graph said no: twice", "", "Graph said no: twice"),
        (Side.GOPAAS, "no date", "", "no date"),
    ],
)
async def test_a_field_at_fault_has_the_name_that_its_side_knows(
    app: Any, desk: AppDesk, side: Side, said: str, field: str, reason: str
) -> None:
    now = app.clock.now()
    await app.store.keep_quarantine(JOB.id, put=[Quarantined(side=side, id="k", reason=said, since=now, retry_at=now)])
    (one,) = (await look(desk)).set_aside
    assert (one.field, one.reason) == (field, reason)


async def test_a_panel_names_what_was_changed_on_both_sides_for_a_week(app: Any, desk: AppDesk) -> None:
    fields = {"givenName": "Ada", "surname": "Test"}
    link = make_link("1", job=JOB.id, gopaas=Base(fields=fields))
    theirs = Conflict(
        link=link.id,
        group="birthday",
        winner=Side.GOPAAS,
        gopaas={"birthday": "1990-01-01", "surname": "Test"},
        outlook={"birthday": "1990-01-02", "surname": "Test"},
        base={},
        rule="newest",
    )
    entry = make_entry(link, at=app.clock.now())
    await app.store.commit([Commit(link=link, journal=entry, conflicts=(theirs,))])
    assert (await look(desk)).disputed == ()
    await ran(app, RunStatus.OK, conflicts=1)
    told = Disputed(at=entry.at, name="Ada Test", values=(("date_naissance", "1990-01-01", "1990-01-02"),), kept=Side.GOPAAS)
    assert (await look(desk)).disputed == (told,)
    await ran(app, RunStatus.OK)
    assert (await look(desk)).disputed == (told,)
    (kept,) = await app.store.conflicts(JOB.id)
    await app.store.commit([Commit(journal=make_entry(link, run="choice", at=app.clock.now()), resolves={kept.seq: Side.OUTLOOK})])
    await ran(app, RunStatus.OK, kind=RunKind.RESOLVE)
    assert [one.kept for one in (await look(desk)).disputed] == [Side.OUTLOOK]
    app.clock.advance(timedelta(days=7).total_seconds())
    assert (await look(desk)).disputed == ()


async def test_a_failing_job_tells_when_it_last_succeeded(app: Any, desk: AppDesk) -> None:
    good = app.clock.now()
    await ran(app, RunStatus.OK)
    await ran(app, RunStatus.FAILED, message="no answer")
    panel = await look(desk)
    assert panel.last is not None
    assert (panel.last.status, panel.last_success) == (RunStatus.FAILED, good)


@pytest.mark.parametrize("turn", [Turn(waiting=True), Turn(running_since=datetime(2026, 11, 23, tzinfo=UTC))])
async def test_a_run_that_has_not_begun_to_tell_anything_is_about_to_start(app: Any, desk: AppDesk, turn: Turn) -> None:
    app.schedule.now = turn
    panel = await look(desk)
    assert (panel.bar, panel.due, panel.busy) == (None, True, True)


# --- what a button does ------------------------------------------------------------------------------------------------------


async def test_a_press_wakes_the_job(app: Any, desk: AppDesk) -> None:
    assert await desk.start(JOB.id) is Answer.STARTED
    assert app.schedule.woken == [(JOB.id, Trigger.MANUAL)]


@pytest.mark.parametrize("turn", [Turn(waiting=True), Turn(running_since=datetime(2026, 11, 23, tzinfo=UTC))])
async def test_a_second_press_is_no_second_run(app: Any, desk: AppDesk, turn: Turn) -> None:
    app.schedule.now = turn
    assert await desk.start(JOB.id) is Answer.RUNNING
    assert not app.schedule.woken


async def test_a_press_while_the_daemon_starts_or_ends_says_later(app: Any, desk: AppDesk) -> None:
    app.schedule = None
    assert await desk.start(JOB.id) is Answer.LATER


@pytest.mark.parametrize(
    ("released", "answer", "woken"), [(True, Answer.APPROVED, 1), (False, Answer.CHANGED, 0), (None, Answer.LATER, 0)]
)
async def test_an_approval_runs_the_job_only_if_it_released_something(
    app: Any, desk: AppDesk, released: bool | None, answer: Answer, woken: int
) -> None:
    async def approve(job: Any, name: str) -> bool:
        assert (job, name) == (JOB, "abc")
        if released is None:
            raise Unreachable("no answer", service="graph")
        return released

    app.approve = approve
    assert await desk.approve(JOB.id, "abc") is answer
    assert len(app.schedule.woken) == woken


async def test_the_second_click_of_an_approval_is_told_what_the_first_one_did(app: Any, desk: AppDesk) -> None:
    released = [True, False, False]

    async def approve(_job: Any, _name: str) -> bool:
        return released.pop(0)

    app.approve = approve
    assert [await desk.approve(JOB.id, "abc") for _ in range(2)] == [Answer.APPROVED] * 2
    assert len(app.schedule.woken) == 1
    app.clock.advance(60)
    assert await desk.approve(JOB.id, "abc") is Answer.CHANGED


@pytest.mark.parametrize("missing", [True, False])
async def test_a_folder_is_only_made_again_where_it_is_missing(app: Any, desk: AppDesk, missing: bool) -> None:
    await app.store.keep_container(JOB.id, Container(id="folder", name="GoPaaS"))
    await ran(app, RunStatus.HELD if missing else RunStatus.OK)
    assert await desk.recreate(JOB.id) is Answer.STARTED
    assert app.schedule.woken == [(JOB.id, Trigger.MANUAL)]
    assert app.board.take_folder(JOB.id) is missing


async def test_a_job_is_found_by_its_address_as_long_as_it_is_in_the_roster(app: Any, desk: AppDesk) -> None:
    assert desk.find(address_of(JOB.id)) == (JOB.id, "claire")
    assert desk.find(JOB.id) is None
    app.roster.jobs = ()
    assert desk.find(address_of(JOB.id)) is None


# --- everything --------------------------------------------------------------------------------------------------------------


async def test_the_overview_says_of_each_job_what_its_panel_says(app: Any, desk: AppDesk) -> None:
    app.clock.advance(60)
    await ran(app, RunStatus.REAUTH)
    overview = await desk.overview()
    (standing,) = overview.standings
    assert (standing.state, standing.sign_in, standing.trouble) == (RunStatus.REAUTH, True, 4)
    assert [(fault.record, fault.login, fault.text) for fault in overview.faults] == [("r1", "paul", "no view")]
    assert overview.unread == "no answer."


async def test_a_job_that_has_not_succeeded_for_long_is_late(app: Any, desk: AppDesk) -> None:
    await ran(app, RunStatus.OK)
    assert not (await desk.overview()).standings[0].stale
    app.clock.advance(3600)
    assert (await desk.overview()).standings[0].stale


# --- readiness ---------------------------------------------------------------------------------------------------------------


async def test_the_daemon_is_ready_once_it_turns_and_can_write(app: Any) -> None:
    readiness = AppReadiness(app)
    assert readiness.troubles() == {}
    app.ready = False
    assert readiness.troubles() == {"daemon": "starting_or_draining"}


async def test_the_daemon_is_not_ready_while_the_disk_refuses_what_it_writes(app: Any) -> None:
    readiness = AppReadiness(app)
    database = app.store._database

    async def limit(pages: int) -> None:
        await database.read(lambda db: db.execute(f"PRAGMA max_page_count = {pages}").fetchone())

    await limit(1)
    with pytest.raises(StoreFull):
        await app.store.note(JOB.id, "key", "x" * 100_000)
    assert readiness.troubles() == {"database": "full"}
    await limit(1_000_000)
    await app.store.note(JOB.id, "key", "x" * 100_000)
    assert readiness.troubles() == {}
