"""How the pages tell of plans and of the past: under names that people know, and nothing left out that would be sent."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from outlookd.app.pages.archive import RUNS, AppArchive
from outlookd.app.pages.plans import planned_of
from outlookd.app.pages.telling import teller_of
from outlookd.core.model import Action, Base, Change, Commit, Held, Op, Plan, RunKind, Side
from outlookd.core.plan import plan_hash
from outlookd.store import open_store
from outlookd.testing.samples import JOB, NOON, OTHER_JOB, make_entry, make_link, make_report
from outlookd.web.history.lines import Altered, Known
from outlookd_contacts.handler import ContactsHandler

TELLER = teller_of(ContactsHandler())
ANN = replace(make_link("1"), gopaas=Base(fields={"givenName": "Ann", "surname": "Example"}))


def action(**changes: Any) -> Action:
    """An update of a mail address in Outlook."""
    changed = {"emailAddresses": Change(before=("a@example.com",), after=("b@example.com",))}
    return replace(Action(op=Op.UPDATE, side=Side.OUTLOOK, link=ANN, reason="changed in GOPAAS", changes=changed), **changes)


def test_a_field_has_the_name_that_maps_have_for_it() -> None:
    (altered,) = TELLER.planned(action()).altered
    assert altered == Altered(name="emailAdresses", before=("a@example.com",), after=("b@example.com",))


def test_columns_and_the_outlook_id_that_would_be_set_are_told_too() -> None:
    line = TELLER.planned(action(changes={}, raw={"supprime": "1"}, points_to="AAMk1="))
    assert line.altered == (Altered(name="supprime", before=None, after="1"), Altered(name="id", before=None, after="AAMk1="))


def test_a_record_that_is_new_is_called_by_what_would_be_written() -> None:
    new = action(op=Op.CREATE, link=make_link("2"), changes={"surname": Change(before=None, after="Newcomer")})
    assert TELLER.planned(new).record == Known(id="cle-2", name="Newcomer")


def test_a_record_that_only_outlook_has_is_asked_for_by_its_outlook_id() -> None:
    assert TELLER.planned(action(link=replace(ANN, gopaas_id=""))).record.id == "AAMk1="


def test_a_plan_is_told_without_what_is_only_remembered() -> None:
    plan = Plan(actions=(action(), action(op=Op.REBASE)), unchanged=4, waiting=1)
    told = planned_of(plan, {}, TELLER)
    assert (len(told.lines), told.unchanged, told.waiting, told.hash) == (1, 4, 1, plan_hash(plan))


def test_what_was_not_even_decided_is_named_as_far_as_it_is_known() -> None:
    held = Held(guard="shrink", reason="shows nothing", links=(ANN.id, "AAMk-twin="), hash="aa")
    (part,) = planned_of(Plan(held=(held,)), {ANN.id: ANN}, TELLER).held
    assert part.records == (Known(id="cle-1", name="Ann Example"), Known(id="AAMk-twin=", name=""))
    assert (part.held.count, part.held.name) == (2, "aa")


def test_a_line_of_the_past_names_a_pair_that_is_forgotten_by_what_was_deleted() -> None:
    entry = make_entry(ANN, op=Op.DELETE, before={"surname": "Gone"}, after={"surname": None})
    assert TELLER.done(entry, None).record.name == "Gone"
    assert TELLER.done(entry, ANN).record.name == "Ann Example"


async def test_the_shelf_has_the_runs_that_tell_something(tmp_path: Path) -> None:
    async with open_store(f"sqlite:///{tmp_path}/state.db") as store:
        for number, changes in enumerate([{}, {"held": 2}, {"kind": RunKind.UNDO}, {}]):
            await store.finish_run(make_report(f"run-{number}", started=NOON + timedelta(minutes=number), **changes))
        await store.commit([Commit(link=ANN, journal=make_entry(ANN, run="run-0"))])
        archive = AppArchive(installation(store))
        assert [run.run for run in (await archive.shelf(JOB, 1)).runs] == ["run-2", "run-1", "run-0"]
        (line,) = await archive.lines(JOB, "run-0")
        assert line.record == Known(id="cle-1", name="Ann Example")
        assert await archive.report(JOB, "run-3") is not None
        assert await archive.report(OTHER_JOB, "run-3") is None


async def test_a_long_shelf_has_pages(tmp_path: Path) -> None:
    async with open_store(f"sqlite:///{tmp_path}/state.db") as store:
        for number in range(RUNS + 1):
            await store.finish_run(make_report(f"run-{number}", started=NOON + timedelta(minutes=number), held=1))
        archive = AppArchive(installation(store))
        first, second = await archive.shelf(JOB, 1), await archive.shelf(JOB, 2)
    assert (len(first.runs), first.earlier) == (RUNS, True)
    assert ([run.run for run in second.runs], second.earlier) == (["run-0"], False)


def installation(store: Any) -> Any:
    """Stands for an opened installation with contacts."""
    settings = SimpleNamespace(type="contact")
    return SimpleNamespace(
        store=store,
        roster=SimpleNamespace(find=lambda _job: settings),
        plugins=SimpleNamespace(handlers={"contact": ContactsHandler()}),
    )


def test_a_name_turns_and_hides_no_text_beside_it() -> None:
    fields = {"givenName": "Ann\u202e\u0007", "surname": "Exam\nple\u200b" + "e" * 300}
    name = teller_of(None).planned(action(link=replace(ANN, gopaas=Base(fields=fields)))).record.name
    assert (name[:14], name.isprintable(), len(name) <= 201) == ("Ann Exam ple e", True, True)
