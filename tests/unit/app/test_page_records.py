"""Records, conflicts and undo behind the pages: nobody's id leads to somebody else's record, and what fails is told."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from unit.app.test_history import place
from waiting import until

from outlookd.app import App, load_installation
from outlookd.app.pages.records import AppRecords
from outlookd.app.pages.rooms import Opened, opened
from outlookd.core.model import Base, Commit, Conflict, Link, Op, Quarantined, Side
from outlookd.errors import Unreachable
from outlookd.testing.samples import NOON, make_conflict, make_entry, make_link, make_report
from outlookd.web.history.errands import Errand
from outlookd.web.history.records import Settled, Verdict
from outlookd.web.troubles import Problem, Trouble

ANNS, BOBS = "ann/contact/contact/GoPaaS", "bob/contact/contact/GoPaaS"
CONFIGURATION = """
[gopaas]
url = "http://127.0.0.1:9"
api_key_file = "key"
[entra]
client_id = "one"
client_secret_file = "key"
[state]
url = "sqlite:///{directory}/state.db"
key_file = "key"
[web]
public_url = "https://crm.example.test"
"""
JOB = """
[[job]]
user = "{login}"
type = "contact"
table = "contact"
view = "all"
folder = "GoPaaS"
map = {{ givenName = "prenom", surname = "nom", mobilePhone = "telephone" }}
"""


def pair(name: str, job: str) -> Link:
    """A pair of that job, with a person's name."""
    shown = Base(fields={"givenName": name, "surname": "Example", "mobilePhone": "01 00"})
    return make_link(f"{name}", job=job, gopaas=shown, outlook=shown)


def dispute(link: Link) -> Conflict:
    """Its telephone was changed on both sides, and GoPaaS was kept."""
    values = {"gopaas": {"mobilePhone": "01 00"}, "outlook": {"mobilePhone": "02 00"}}
    return make_conflict(link, group="mobilePhone", winner=Side.GOPAAS, base={}, **values)


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[App]:
    (tmp_path / "key").write_text(base64.b64encode(bytes(32)).decode())
    (tmp_path / "key").chmod(0o600)
    jobs = "".join(JOB.format(login=login) for login in ("ann", "bob"))
    (tmp_path / "o.toml").write_text(CONFIGURATION.format(directory=tmp_path) + jobs)
    async with App(load_installation(tmp_path / "o.toml", {})) as made:
        for name, job, login in (("Anna", ANNS, "ann"), ("Bobby", BOBS, "bob")):
            link = pair(name, job)
            entry = make_entry(link, run=f"run-of-{login}", seen={Side.GOPAAS: "unchanged"})
            await made.store.finish_run(make_report(entry.run, job=job, user=login))
            await made.store.commit([Commit(link=link, journal=entry, conflicts=(dispute(link),))])
            aside = Quarantined(
                side=Side.GOPAAS, id=link.gopaas_id, reason="birthday: this is not a date", since=NOON, retry_at=NOON
            )
            await made.store.keep_quarantine(job, put=[aside])
        yield made


@pytest.fixture
async def behind(app: App) -> AsyncIterator[Opened]:
    async with opened(app) as everything:
        yield everything


async def test_a_record_is_told_with_its_name_its_conflicts_and_what_was_set_aside(behind: Opened) -> None:
    (told,) = await behind.records.tell(ANNS, "cle-Anna")
    assert told.record.name == "Anna Example"
    assert told.story.job == ANNS
    (case,) = told.cases
    assert (case.values, case.kept, case.settled) == ((("mobilePhone", "01 00", "02 00"),), Side.GOPAAS, False)
    assert [one.reason for one in told.set_aside] == ["birthday: this is not a date"]


@pytest.mark.parametrize("id", ["cle-Bobby", "AAMkBobby=", "link-Bobby"])
async def test_the_id_of_somebody_elses_record_is_an_unknown_one(behind: Opened, id: str) -> None:
    """Threats T16 and T18: the address names ann's job, the id bob's record."""
    assert await behind.records.tell(BOBS, id)
    assert not await behind.records.tell(ANNS, id)


async def choose(behind: Any, job: str, number: int, *, seen: str = "") -> Errand[Settled]:
    """What became of a press of the button for Outlook's value."""
    assert behind.records.choose(job, number, Side.OUTLOOK, seen)
    await until(lambda: (errand := behind.records.choice(job, number)) is not None and errand.ongoing is None)
    errand: Errand[Settled] | None = behind.records.choice(job, number)
    assert errand is not None
    return errand


async def test_somebody_elses_conflict_cannot_be_chosen_by_its_number(app: App, behind: Opened) -> None:
    (case,) = await behind.records.cases(BOBS)
    chosen = await choose(behind, ANNS, case.number)
    assert chosen.result is not None
    assert chosen.result.verdict is Verdict.GONE
    assert [conflict.resolved for conflict in await app.store.conflicts(BOBS)] == [None]


async def test_somebody_elses_record_is_not_tried_again(app: App, behind: Opened) -> None:
    assert not await behind.records.retry(ANNS, Side.GOPAAS, "cle-Bobby")
    assert [entry.retry_at for entry in await app.store.quarantine(BOBS)] == [NOON]


async def test_a_record_is_tried_again_in_its_turn_without_being_forgotten(app: App, behind: Opened) -> None:
    assert await behind.records.retry(ANNS, Side.GOPAAS, "cle-Anna")
    (entry,) = await app.store.quarantine(ANNS)
    assert entry.retry_at - app.clock.now() < timedelta(minutes=1)


async def test_a_choice_that_could_not_be_carried_out_says_why(app: App, behind: Opened) -> None:
    (case,) = await behind.records.cases(ANNS)
    async with app.store.lease(ANNS):
        chosen = await choose(behind, ANNS, case.number)
    assert (chosen.result, chosen.problem) == (None, Problem(kind=Trouble.BUSY)), "nothing of a process or a host"


async def test_an_undo_beside_a_run_of_the_job_takes_nothing_back_and_says_so(app: App, behind: Opened) -> None:
    async with app.store.lease(ANNS):
        behind.takebacks.undo(ANNS, "run-of-ann", "", "seen")
        await until(lambda: (errand := behind.takebacks.look(ANNS, "run-of-ann", "")) is not None and errand.ongoing is None)
    errand = behind.takebacks.look(ANNS, "run-of-ann", "")
    assert errand is not None
    assert errand.result is not None
    assert errand.result.report is not None
    assert errand.result.problem == Problem(kind=Trouble.BUSY)
    assert not errand.result.lines


async def test_what_is_taken_back_already_says_so(app: App, behind: Opened) -> None:
    (link,) = await app.store.links(ANNS)
    entry = make_entry(link, run="taken-back", op=Op.UPDATE, undone="another-run")
    await app.store.finish_run(make_report(entry.run, job=ANNS, user="ann"))
    await app.store.commit([Commit(link=link, journal=entry)])
    behind.takebacks.preview(ANNS, "taken-back", "")
    await until(lambda: (errand := behind.takebacks.look(ANNS, "taken-back", "")) is not None and errand.ongoing is None)
    errand = behind.takebacks.look(ANNS, "taken-back", "")
    assert errand is not None
    assert errand.problem == Problem(kind=Trouble.UNDONE)


async def test_a_side_that_cannot_be_asked_is_a_problem_beside_the_story_and_no_text_of_operators() -> None:
    app = await place()
    app.plugins, app.trouble = SimpleNamespace(handlers={}), Unreachable("no route to crm-host", service="gopaas")
    job = app.world.job.id
    async with aclosing(AppRecords(app)) as records:
        records.inquire(job, "anna")
        await until(lambda: (errand := records.look(job, "anna")) is not None and errand.ongoing is None)
        errand = records.look(job, "anna")
    assert errand is not None
    assert errand.result is not None
    (told,) = errand.result
    assert told.problem is not None
    assert told.problem.kind is Trouble.UNREACHABLE
    assert not [scene for scene in told.story.scenes if "crm-host" in scene.reason]


async def test_a_job_that_is_gone_has_nothing_to_tell(behind: Opened) -> None:
    assert not await behind.records.tell("gone/contact", "cle-Anna")
    assert not await behind.records.cases("gone/contact")
    behind.records.inquire("gone/contact", "cle-Anna")
    behind.plans.ask("gone/contact")
    assert behind.records.look("gone/contact", "cle-Anna") is None
    assert behind.plans.look("gone/contact") is None


async def test_what_was_changed_since_is_shown_and_can_be_insisted_on_once_it_was_seen() -> None:
    app = await place()
    app.plugins = SimpleNamespace(handlers={"contact": app.world.job.handler})
    app.world.outlook.edit(app.world.contact_of("anna"), companyName="Ailleurs")
    await app.world.run()
    async with aclosing(AppRecords(app)) as records:
        behind, job = SimpleNamespace(records=records), app.world.job.id
        (case,) = await records.cases(job)
        first = (await choose(behind, job, case.number)).result
        assert first is not None
        assert (first.verdict, first.values) == (Verdict.CHANGED, (("companyName", "Ailleurs", "Ailleurs"),))
        app.world.outlook.edit(app.world.contact_of("anna"), companyName="Autre part")
        overtaken = (await choose(behind, job, case.number, seen=first.seen)).result
        assert overtaken is not None
        assert (overtaken.verdict, overtaken.values) == (Verdict.CHANGED, (("companyName", "Ailleurs", "Autre part"),))
        done = (await choose(behind, job, case.number, seen=overtaken.seen)).result
    assert done is not None
    assert (done.verdict, app.world.crm.rows["anna"]["societe"]) == (Verdict.SETTLED, "Ici")
