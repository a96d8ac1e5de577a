"""The daemon around its runs: what the service manager hears, what a reload brings, and what the end does.

The app, its database and its schedule are real; a run of a job is not.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from structlog.testing import capture_logs
from waiting import until

from outlookd.app import App, Orders, load_installation, new_metrics
from outlookd.app.daemon.serve import Daemon
from outlookd.core.model import RunReport, RunStatus
from outlookd.errors import StoreError
from outlookd.ports import Binding
from outlookd.runtime.schedule import Trigger

FILE = """
[gopaas]
url = "https://crm.example.com/app"
api_key_file = "secret"
[entra]
client_id = "app"
client_secret_file = "secret"
[state]
key_file = "secret"
[sync]
interval = "1h"
[daemon]
parallel = 1
"""
JOB = """
[[job]]
user = "{user}"
type = "contact"
table = "contact"
view = "1170"
map = {{ givenName = "prenom" }}
"""
CLAIRE, PAUL = "claire/contact/contact/GoPaaS", "paul/contact/contact/GoPaaS"


class Manager:
    """A service manager that listens. `heard` are the messages, by the names of the calls."""

    watchdog_every = 0.02

    def __init__(self):
        self.heard = []

    def ready(self, status=""):
        self.heard.append("ready")

    def status(self, text):
        self.heard.append("status")

    def reloading(self):
        self.heard.append("reloading")

    def stopping(self, status=""):
        self.heard.append("stopping")

    def watchdog(self):
        self.heard.append("watchdog")


class Probe:
    """Whether the state database answers."""

    def __init__(self):
        self.answers = True

    async def install_id(self):
        if not self.answers:
            raise StoreError("no database", code="SQLITE_IOERR")
        return "installation"


class Installed(App):
    """An app whose runs end with `status`, once they `may_end`."""

    def __init__(self, installation):
        super().__init__(installation, metrics=new_metrics())
        self.ran = []
        self.run_ends = RunStatus.OK
        self.may_end = asyncio.Event()
        self.may_end.set()

    async def sync(self, job, **_how):
        self.ran.append(job.user)
        await self.may_end.wait()
        return RunReport(run="r", job=job.id, user=job.user, type=job.type, status=self.run_ends, started=self.clock.now())

    def figure(self, name):
        return self.metrics.registry.get_sample_value(name)


class House:
    """A daemon and everything around it."""

    def __init__(self, app):
        self.app, self.manager, self.probe, self.orders = app, Manager(), Probe(), Orders()
        self.daemon = Daemon(app, self.orders, self.manager, {}, self.probe)

    def edit(self, old, new):
        file = self.app.settings.file
        file.write_text(file.read_text().replace(old, new))

    async def reload(self):
        """Order it, and wait until the service manager hears that it is over."""
        self.manager.heard.clear()
        self.orders.reload.set()
        await until(lambda: "ready" in self.manager.heard)

    @asynccontextmanager
    async def running(self):
        staying = asyncio.create_task(self.daemon.stay())
        try:
            await until(lambda: "ready" in self.manager.heard or staying.done())
            yield
        finally:
            self.orders.stop.set()
            self.app.may_end.set()
            await staying


@pytest.fixture
async def house(tmp_path):
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "secret").chmod(0o600)
    file = tmp_path / "outlookd.toml"
    file.write_text(FILE.replace("[state]", f'[state]\nurl = "sqlite:///{tmp_path}/state.db"'))
    with file.open("a") as config:
        config.writelines(JOB.format(user=user) for user in ("claire", "paul"))
    async with Installed(load_installation(file, {})) as app:
        for user in ("claire", "paul"):
            binding = Binding(login=user, tenant="t", object_id=user, home_account=user, bound_at=datetime(2026, 1, 1, tzinfo=UTC))
            await app.store.accounts.bind(binding, b"")
        yield House(app)


# --- the service manager ------------------------------------------------------------------------------------------------------


async def test_a_daemon_whose_database_answers_is_ready_and_alive(house):
    async with house.running():
        await until(lambda: house.manager.heard.count("watchdog") > 1)
        assert house.app.ready


async def test_a_daemon_whose_database_is_silent_is_neither_alive_nor_ready(house):
    house.probe.answers = False
    staying = asyncio.create_task(house.daemon.stay())
    with capture_logs() as lines:
        await until(lambda: [line["event"] for line in lines].count("daemon.store.silent") > 1)
    assert (house.manager.heard, house.app.ready) == ([], False)
    house.orders.stop.set()
    await staying


# --- a reload -----------------------------------------------------------------------------------------------------------------


async def test_a_reload_is_counted_as_well_as_its_refusal(house):
    async with house.running():
        await house.reload()
        assert house.app.figure("outlookd_config_last_reload_successful") == 1
        house.edit('interval = "1h"', 'interval = "never"')
        await house.reload()
        assert house.app.figure("outlookd_config_last_reload_successful") == 0


async def test_a_reload_that_fails_in_a_way_nobody_foresaw_is_refused_and_the_next_one_is_obeyed(house, monkeypatch):
    async with house.running():
        with monkeypatch.context() as broken, capture_logs() as lines:
            broken.setattr(house.app, "adopt", lambda _settings: [].pop())
            await house.reload()
        assert "loop.failed" in [line["event"] for line in lines]
        assert house.app.figure("outlookd_config_last_reload_successful") == 0
        await house.reload()
        assert house.app.figure("outlookd_config_last_reload_successful") == 1


async def test_a_reload_reads_the_settings_records_at_once(house, monkeypatch):
    readings = []

    async def refresh():
        readings.append(None)

    monkeypatch.setattr(house.app.roster, "refresh", refresh)
    async with house.running():
        assert len(readings) == 1
        await house.reload()
        await until(lambda: len(readings) == 2)


async def test_a_job_that_a_reload_brings_waits_for_no_settings_record(house, monkeypatch):
    monkeypatch.setattr(house.app.roster, "refresh", asyncio.Event().wait)
    async with house.running():
        house.edit('user = "paul"', 'user = "zoe"')
        await house.reload()
        assert house.app.schedule.names() == {CLAIRE, CLAIRE.replace("claire", "zoe")}


async def test_a_reload_tries_again_what_has_failed(house):
    house.app.run_ends = RunStatus.FAILED
    async with house.running():
        house.app.schedule.wake(CLAIRE, Trigger.MANUAL)
        await until(lambda: house.app.schedule.turn(CLAIRE).failures == 1)
        await house.reload()
        await until(lambda: house.app.ran == ["claire", "claire"])


async def test_a_reload_lets_as_many_jobs_run_at_once_as_it_says(house):
    house.app.may_end.clear()
    async with house.running():
        for name in (CLAIRE, PAUL):
            house.app.schedule.wake(name, Trigger.MANUAL)
        await until(lambda: house.app.ran == ["claire"])
        house.edit("parallel = 1", "parallel = 2")
        await house.reload()
        await until(lambda: house.app.ran == ["claire", "paul"])


# --- the end ------------------------------------------------------------------------------------------------------------------


async def test_from_the_order_to_stop_on_nothing_begins(house):
    house.app.may_end.clear()
    async with house.running():
        for name in (CLAIRE, PAUL):
            house.app.schedule.wake(name, Trigger.MANUAL)
        await until(lambda: house.app.ran == ["claire"])
        house.orders.stop.set()
        house.app.may_end.set()
    assert house.app.ran == ["claire"]


async def test_a_daemon_that_finishes_what_runs_is_alive_and_not_ready(house):
    house.app.may_end.clear()
    async with house.running():
        house.app.schedule.wake(CLAIRE, Trigger.MANUAL)
        await until(lambda: house.app.ran)
        house.orders.stop.set()
        await until(lambda: "stopping" in house.manager.heard)
        assert not house.app.ready
        house.manager.heard.clear()
        await until(lambda: house.manager.heard.count("watchdog") > 1)
        assert (set(house.manager.heard), house.app.ready) == ({"watchdog"}, False)
