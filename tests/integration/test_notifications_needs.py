"""Which subscriptions the jobs of a real configuration ask for."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager

import pytest
from structlog.testing import capture_logs
from trial import Trial
from waiting import DEADLINE, until

from outlookd.app import App, load_installation, pages
from outlookd.app.notifications.needs import JobNeeds, subscriptions
from outlookd.core.container import Container

CONTACTS, CALENDAR = "claire/contact/contact/GoPaaS", "claire/calendar/action"


class Both(Trial):
    """Claire's two jobs."""

    JOBS = ("contact", "calendar")

    @asynccontextmanager
    async def app(self):
        async with App(load_installation(self.config, {})) as app:
            yield app

    async def needs(self):
        """What is asked for, as resource and jobs."""
        async with self.app() as app:
            demand = JobNeeds(app).demand(await app.store.subscriptions.circumstances())
        assert {want.login for want in demand} <= {"claire"}
        return {want.resource: list(jobs) for want, jobs in demand.items()}


@pytest.fixture
async def trial(tmp_path):
    async with Both.start(tmp_path) as trial:
        trial.edit("[graph]", "[graph]\nnotifications = true")
        await trial.sign_in()
        yield trial


async def test_a_calendar_is_watched_and_an_export_of_contacts_is_not(trial):
    async with trial.app() as app:
        await app.store.keep_container(CONTACTS, Container(id="FOLDER", name="GoPaaS"))
    assert await trial.needs() == {"me/events": [CALENDAR]}


async def test_a_folder_of_contacts_is_watched_where_a_persons_edits_are_fetched(trial):
    trial.edit('type = "Contact"', 'type = "Contact"\ndirection = "both"')
    assert await trial.needs() == {"me/events": [CALENDAR]}  # until its first run has made the folder
    async with trial.app() as app:
        await app.store.keep_container(CONTACTS, Container(id="FOLDER", name="GoPaaS"))
    assert await trial.needs() == {"me/events": [CALENDAR], "me/contactFolders/FOLDER/contacts": [CONTACTS]}


async def test_nothing_is_watched_while_notifications_are_off(trial):
    trial.edit("notifications = true", "notifications = false")
    assert await trial.needs() == {}


async def test_nobody_is_asked_for_a_login_that_never_signed_in(tmp_path):
    async with Both.start(tmp_path) as trial:
        trial.edit("[graph]", "[graph]\nnotifications = true")
        assert await trial.needs() == {}


async def test_a_login_without_jobs_has_nobody_to_order_for(trial):
    async with trial.app() as app:
        needs = JobNeeds(app)
        assert (needs.desk("claire") is None, needs.desk("paul") is None) == (False, True)


async def test_an_application_watches_the_mailboxes_that_its_jobs_name_and_needs_no_sign_in(tmp_path):
    async with Both.start(tmp_path) as trial:
        trial.edit("[graph]", "[graph]\nnotifications = true")
        trial.edit("[entra]", '[entra]\nmode = "application"')
        trial.edit("[[job]]", '[[job]]\nmailbox = "claire@ateliers-du-lac.test"')
        assert await trial.needs() == {"users/claire@ateliers-du-lac.test/events": [CALENDAR]}


async def test_a_mistake_of_ours_is_told_at_once_and_does_not_end_the_notifications(trial):
    woken = []

    def wake(_job):
        woken.append(_job)
        if len(woken) == 1:
            raise RuntimeError("a mistake of ours")

    async with trial.app() as app, pages(app), asyncio.timeout(DEADLINE):
        with capture_logs() as lines:
            async with subscriptions(app, wake):
                await until(lambda: "loop.failed" in [line["event"] for line in lines])
                for held in (await app.store.subscriptions.circumstances()).held:
                    await app.store.subscriptions.forget(held.id)
                await until(lambda: len(woken) > 1)
        assert not app.register.is_open
