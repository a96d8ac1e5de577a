"""What the state database says about users, jobs and files, as figures."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import date, timedelta
from types import SimpleNamespace

import pytest

from outlookd.app.figures.snapshot import MAX_AGE, Snapshot, limit_of
from outlookd.core.model import Quarantined, RunReport, RunStatus, Side
from outlookd.errors import StoreError
from outlookd.ports import Binding
from outlookd.runtime.metrics import CATALOGUE, catalogue
from outlookd.store import figures, open_store
from outlookd.store.database import open_database
from outlookd.testing import FakeClock
from outlookd.testing.samples import make_intent, make_link

ADA, BEN = "ada", "ben"


def job(user, type="contact", interval=timedelta(minutes=5)):
    return SimpleNamespace(id=f"{user}/{type}", user=user, type=type, interval=interval)


class Place:
    """A state database with history, and the figures of it."""

    def __init__(self, path, store):
        self.clock = FakeClock()
        self.path = path
        self.store = store
        self.configured = [job(ADA)]
        self.settings = SimpleNamespace(
            state=SimpleNamespace(url=f"sqlite:///{path}"), entra=SimpleNamespace(client_secret_expires=None)
        )
        self.identities = SimpleNamespace(of_application=False)
        self.plugins = SimpleNamespace(records=())
        self.roster = SimpleNamespace(read_at=None)
        self.previous_shutdown_unclean = False
        self.ready = True
        self.snapshot = Snapshot(self, store)

    def jobs(self):
        return self.configured

    def resource_of(self, job):
        return "calendar" if job.type == "calendar" else "contacts"

    async def sign_in(self, login):
        binding = Binding(login=login, tenant="t", object_id=login, home_account="h", bound_at=self.clock.now())
        await self.store.accounts.bind(binding, b"sealed")

    async def ran(self, job, status=RunStatus.OK, **counts):
        run = f"{job.id}/{self.clock.now()}"
        report = RunReport(run=run, job=job.id, user=job.user, type=job.type, status=status, started=self.clock.now(), **counts)
        await self.store.finish_run(report)

    async def subscribe(self, login, name, hours):
        lapse = self.clock.now() + timedelta(hours=hours)
        text = lapse.isoformat(timespec="microseconds")
        await self.execute("INSERT INTO subscription VALUES (?, ?, 'events', 'x', ?, ?)", name, login, text, text)
        return lapse

    async def execute(self, statement, *values):
        async with open_database(self.path) as database:
            await database.write(lambda db: db.execute(statement, list(values)).rowcount)

    async def read(self, family, *labels):
        """The figure after a new reading."""
        self.clock.advance(MAX_AGE)
        await self.snapshot.refresh()
        return self.shown(family, *labels)

    def shown(self, family, *labels):
        return next((found.value for found in self.snapshot.latest() if (found.family, found.labels) == (family, labels)), None)


@pytest.fixture
async def place(tmp_path):
    path = tmp_path / "state.db"
    async with open_store(f"sqlite:///{path}") as store:
        yield Place(path, store)


# --- users -----------------------------------------------------------------------------------------------------------------------


async def test_who_never_signed_in_needs_to(place):
    assert await place.read(catalogue.USERS, "needs_consent") == 1
    assert await place.read(catalogue.EXPECTED, "contacts") == 0


async def test_who_lost_the_sign_in_needs_a_new_one_until_it_is_there(place):
    await place.sign_in(ADA)
    place.clock.advance(60)
    await place.ran(place.configured[0], RunStatus.REAUTH)
    assert await place.read(catalogue.USERS, "needs_consent") == 1
    await place.sign_in(ADA)
    assert await place.read(catalogue.USERS, "active") == 1


async def test_with_application_permissions_nobody_has_to_sign_in(place):
    place.identities.of_application = True
    assert await place.read(catalogue.USERS, "active") == 1


async def test_a_user_with_one_failing_job_of_two_is_one_user_in_error(place):
    place.configured = [job(ADA), job(ADA, "calendar")]
    await place.sign_in(ADA)
    await place.ran(place.configured[0])
    await place.ran(place.configured[1], RunStatus.FAILED)
    assert await place.read(catalogue.USERS, "error") == 1
    assert await place.read(catalogue.USERS, "active") == 0


async def test_a_user_whose_folder_is_gone_is_in_error_and_one_with_held_deletions_is_not(place):
    place.configured = [job(ADA), job(BEN)]
    for login in (ADA, BEN):
        await place.sign_in(login)
    await place.ran(place.configured[0], RunStatus.HELD, held=0)
    await place.ran(place.configured[1], RunStatus.HELD, held=9)
    assert [await place.read(catalogue.USERS, state) for state in ("active", "error")] == [1, 1]


# --- freshness -------------------------------------------------------------------------------------------------------------------


async def test_a_user_is_fresh_until_the_promise_is_broken(place):
    await place.sign_in(ADA)
    place.clock.advance(3600)
    await place.ran(place.configured[0])
    assert await place.read(catalogue.FRESH, "contacts") == 1
    place.clock.advance(1800)
    assert await place.read(catalogue.FRESH, "contacts") == 0


async def test_who_has_just_signed_in_is_not_stale(place):
    await place.sign_in(ADA)
    assert await place.read(catalogue.FRESH, "contacts") == 1


async def test_failing_runs_do_not_make_fresh(place):
    await place.sign_in(ADA)
    place.clock.advance(3600)
    await place.ran(place.configured[0], RunStatus.FAILED)
    assert await place.read(catalogue.FRESH, "contacts") == 0


async def test_a_run_that_held_writes_back_did_the_rest(place):
    await place.sign_in(ADA)
    place.clock.advance(3600)
    await place.ran(place.configured[0], RunStatus.HELD, held=9)
    assert await place.read(catalogue.FRESH, "contacts") == 1
    assert await place.read(catalogue.PENDING, "contacts", "held") == 9


async def test_two_calendars_of_one_user_are_fresh_together_or_not_at_all(place):
    place.configured = [job(ADA), SimpleNamespace(**{**vars(job(ADA)), "id": "ada/contact/other"})]
    await place.sign_in(ADA)
    place.clock.advance(3600)
    await place.ran(place.configured[0])
    assert await place.read(catalogue.FRESH, "contacts") == 0


def test_a_job_that_runs_twice_a_day_is_fresh_for_a_day():
    assert limit_of(job(ADA, interval=timedelta(hours=12))) == timedelta(days=1)


async def test_the_latest_success_is_of_any_user(place):
    place.configured = [job(ADA), job(BEN)]
    await place.ran(place.configured[0])
    place.clock.advance(60)
    latest = place.clock.now().timestamp()
    await place.ran(place.configured[1])
    assert await place.read(catalogue.LAST_SUCCESS, "contacts") == latest


# --- what waits ------------------------------------------------------------------------------------------------------------------


async def test_the_oldest_record_in_quarantine_tells_since_when(place):
    since = place.clock.now()
    for minutes in (5, 0, 3):
        moment = since + timedelta(minutes=minutes)
        entry = Quarantined(side=Side.GOPAAS, id=str(minutes), reason="no date", since=moment, retry_at=moment)
        await place.store.keep_quarantine(place.configured[0].id, put=[entry])
    assert await place.read(catalogue.PENDING, "contacts", "quarantined") == 3
    assert await place.read(catalogue.OLDEST_PENDING, "contacts", "quarantined") == since.timestamp()


async def test_a_write_without_an_answer_waits(place):
    await place.store.intend([make_intent(make_link("1", job=place.configured[0].id))])
    assert await place.read(catalogue.PENDING, "contacts", "unanswered") == 1


async def test_jobs_that_are_gone_from_the_configuration_are_not_counted(place):
    await place.ran(job(BEN), RunStatus.HELD, held=9)
    assert await place.read(catalogue.PENDING, "contacts", "held") == 0


# --- files and settings ----------------------------------------------------------------------------------------------------------


async def test_before_the_first_backup_its_age_is_that_of_the_database(place):
    await place.execute("UPDATE _sqlite_migrations SET applied_at = ? WHERE name LIKE 'm001%'", "2026-01-01T00:00:00.000000+00:00")
    assert await place.read(catalogue.BACKUP_AT) == 1767225600
    await place.execute("INSERT INTO backup VALUES (?, 4096, 0.5)", "2026-11-23T02:00:00.000000+00:00")
    assert await place.read(catalogue.BACKUP_BYTES) == 4096
    assert await place.read(catalogue.BACKUP_AT) == 1795399200


async def test_subscriptions_that_lapsed_are_told_from_living_ones(place):
    for name, hours in (("a", -1), ("b", 2), ("c", 3)):
        await place.subscribe(ADA, name, hours)
    assert await place.read(catalogue.SUBSCRIPTIONS, "active") == 2
    assert await place.read(catalogue.SUBSCRIPTIONS, "expired") == 1


async def test_a_subscription_that_nobody_can_renew_does_not_lapse_unexpectedly(place):
    place.configured = [job(ADA), job(BEN)]
    for login in (ADA, BEN):
        await place.sign_in(login)
    place.clock.advance(60)
    await place.ran(place.configured[0], RunStatus.REAUTH)
    await place.subscribe(ADA, "a", 1)
    lapse = await place.subscribe(BEN, "b", 9)
    assert await place.read(catalogue.EARLIEST_EXPIRY) == lapse.timestamp()
    await place.sign_in(ADA)
    assert await place.read(catalogue.EARLIEST_EXPIRY) == (lapse - timedelta(hours=8)).timestamp()


async def test_the_end_of_the_client_secret_is_shown_when_the_settings_name_it(place):
    assert await place.read(catalogue.SECRET_EXPIRY) is None
    place.settings.entra.client_secret_expires = date(2027, 1, 1)
    assert await place.read(catalogue.SECRET_EXPIRY) == 1798761600


async def test_the_last_reading_of_the_settings_records_is_a_moment_and_zero_without_a_view(place):
    assert await place.read(catalogue.RECORDS_READ_AT) == 0
    place.roster.read_at = place.clock.now()
    moment = place.clock.now().timestamp()
    assert await place.read(catalogue.RECORDS_READ_AT) == moment


async def test_every_family_that_is_read_has_a_figure(place):
    place.settings.entra.client_secret_expires = date(2027, 1, 1)
    place.plugins.records = [SimpleNamespace(name="acme", state=SimpleNamespace(value="enabled"))]
    await place.read(catalogue.USERS, "active")
    assert {found.family.name for found in place.snapshot.latest()} == {family.name for family in CATALOGUE if family.read}


async def test_a_daemon_that_drains_is_not_ready(place):
    assert await place.read(catalogue.READY) == 1
    place.ready = False
    assert await place.read(catalogue.READY) == 0


# --- when it is read -------------------------------------------------------------------------------------------------------------


async def test_a_second_scrape_within_seconds_reads_nothing(place):
    await place.snapshot.refresh()
    await place.sign_in(ADA)
    place.clock.advance(MAX_AGE - 1)
    await place.snapshot.refresh()
    assert place.shown(catalogue.USERS, "active") == 0


class Broken:
    async def figures(self, _jobs, *, since):
        raise StoreError("the disk is gone")


async def test_a_reading_that_fails_keeps_the_figures_and_their_time(place):
    moment = await place.read(catalogue.SNAPSHOT_AT)
    place.snapshot._store = Broken()
    assert await place.read(catalogue.SNAPSHOT_AT) == moment


async def test_figures_can_be_read_while_a_run_writes(place):
    async with open_store(f"sqlite:///{place.path}", read_only=True) as beside:
        place.snapshot = Snapshot(place, beside)
        await place.sign_in(ADA)
        with closing(sqlite3.connect(place.path, isolation_level=None)) as run:
            run.execute("BEGIN IMMEDIATE")
            run.execute("DELETE FROM account")
            assert await place.read(catalogue.USERS, "active") == 1


@pytest.mark.parametrize("statement", [figures._LAST, figures._SUCCESS])
async def test_the_last_run_of_a_job_is_found_without_walking_through_months(place, statement):
    async with open_database(place.path) as database:
        plan = await database.read(
            lambda db: db.execute(f"EXPLAIN QUERY PLAN {statement}", ["j"] * statement.count("?")).fetchall()
        )
    assert [step[3] for step in plan if "USING INDEX run_of_job" not in step[3]] == []
