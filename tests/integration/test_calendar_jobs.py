"""A calendar job as the configuration makes it: the demo, the adapters that it gets, and what `check` says about it."""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from outbox import watched

from outlookd.app import App, Level, check, load_installation, pages
from outlookd.cli.demo import sign_in
from outlookd.cli.sandbox import started
from outlookd.graph import ContactsAdapter, EventsAdapter
from outlookd.sandbox.schema import ACTION_VIEW

COMMAND = Path(sys.executable).with_name("outlookd")
SECOND_JOB = """
[[job]]
user = "claire"
type = "Calendar"
table = "action"
view = "action.outlook"
folder = "calendar"
user_field = "utilisateur"
api_key_file = "gopaas-api-key-claire"
map = { id = "outlook_id", subject = "intitule", startDate = "date_debut" }
"""


@pytest.fixture
async def place(tmp_path):
    async with started(tmp_path, 1, appointments=True) as (sandbox, file):
        with watched(sandbox):
            yield sandbox, file


@pytest.fixture
async def app(place):
    """Claire has signed in."""
    sandbox, file = place
    async with App(load_installation(file, {})) as app, pages(app):
        await sign_in(app, sandbox, "claire")
        yield app


async def said_by_check(app, about, *levels):
    return [found.text async for found in check(app.installation) if found.about == about and found.level in levels]


async def test_the_demo_runs_both_jobs_and_shows_the_result():
    order = [COMMAND, "demo", "--once", "--json", "--contacts", "3"]
    demo = await asyncio.create_subprocess_exec(*order, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE)
    out, err = await demo.communicate()
    assert demo.returncode == 0, err.decode()
    contacts, calendar = json.loads(out)["runs"]
    assert (contacts["type"], contacts["status"], contacts["created"]) == ("contact", "ok", {"gopaas": 0, "outlook": 3})
    assert (calendar["type"], calendar["status"], calendar["mail_writes"]) == ("calendar", "ok", 0)
    assert min(calendar["created"].values()) > 0


async def test_each_job_gets_its_own_half_of_outlook(app):
    contact, calendar = app.jobs()
    assert (type(app.outlook(contact)), type(app.outlook(calendar))) == (ContactsAdapter, EventsAdapter)


async def test_what_was_brought_over_stays_as_it_is_in_the_next_run(app):
    (job,) = app.jobs(type="calendar")
    await app.sync(job)
    report = await app.sync(job)
    assert (report.created, report.updated, report.deleted) == (type(report.created)(),) * 3
    assert report.unchanged > 0


async def test_check_finds_nothing_wrong_with_a_calendar_that_runs(app):
    (job,) = app.jobs(type="calendar")
    await app.sync(job)
    assert await said_by_check(app, "job[2]", Level.WARNING, Level.PROBLEM) == []
    said = await said_by_check(app, "job[2]", Level.OK)
    assert "kept in step is what lies between 60 days ago and 365 days ahead; occurrences of series 90 days ahead" in said
    assert "the calendar 'Calendar' is there" in said


@pytest.mark.parametrize(
    ("hidden", "loss"),
    [("heure_modification", "so no conflict is decided"), ("date_modification", "so every run reads the whole view")],
)
async def test_check_warns_of_a_view_that_does_not_show_when_a_row_was_modified(place, app, hidden, loss):
    crm = place[0].crm
    view = crm.view(ACTION_VIEW)
    crm.views[view.key] = replace(view, columns=tuple(column for column in view.columns if column.name != hidden))
    (warning,) = await said_by_check(app, "job[2]", Level.WARNING)
    assert (hidden in warning, loss in warning) == (True, True)


async def test_check_finds_two_jobs_that_keep_one_calendar_under_two_names(place, app):
    """Her own calendar, once without a name and once with it: the configuration alone cannot tell."""
    _, file = place
    file.write_text(file.read_text() + SECOND_JOB)
    async with App(load_installation(file, {})) as both:
        for job in both.jobs(type="calendar"):
            await both.sync(job)
        (problem,) = await said_by_check(both, "job[2]", Level.PROBLEM)
    assert "job[3]" in problem
