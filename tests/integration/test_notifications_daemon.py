"""Change notifications from the sandbox's Graph to a job: nobody waits for an interval, and nothing depends on being told.

The interval is ten minutes in every test, so whatever arrives was woken. One test runs the installed command in a process of its
own; the others run the same daemon in this one, where its runs can be counted.
"""

from __future__ import annotations

import asyncio
import signal
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial

import pytest
from agenda_trial import Agenda, at, event, row
from waiting import until

from outlookd.app import App, load_installation, new_metrics, pages, schedule
from outlookd.app.notifications.needs import subscriptions
from outlookd.core.model import RunReport, RunStatus
from outlookd.runtime.schedule import Trigger


@dataclass
class Watcher:
    """A daemon in this process, with everything but its signals. `runs` are the reports of its runs so far."""

    agenda: Agenda
    app: App
    runs: list[RunReport] = field(default_factory=list)
    wake: partial | None = None

    @property
    def subscription(self):
        """The only subscription at Graph."""
        (one,) = self.agenda.subscriptions
        return one

    def counted(self, outcome):
        """How many notifications had this outcome."""
        return sum(
            sample.value
            for family in self.app.metrics.registry.collect()
            for sample in family.samples
            if sample.name.endswith("webhook_notifications_total") and sample.labels["outcome"] == outcome
        )

    async def note(self, report):
        self.runs.append(report)

    async def quiet(self):
        """Wait until what was woken has run, and nothing more is owed."""
        turn = self.app.schedule.turn
        await until(lambda: self.runs and not (turn(Agenda.JOB).running_since or turn(Agenda.JOB).waiting))
        assert {run.status for run in self.runs} == {RunStatus.OK}


class Watching(Agenda):
    """An agenda whose daemon has Graph tell it of changes."""

    @classmethod
    @asynccontextmanager
    async def ready(cls, directory, **options):
        async with super().ready(directory, **options) as agenda:
            agenda.edit("[graph]", "[graph]\nnotifications = true")
            agenda.edit('interval = "5s"', 'interval = "10m"')
            yield agenda

    @property
    def subscriptions(self):
        return self.sandbox.directory.subscriptions.all()

    @asynccontextmanager
    async def daemon(self):
        """Ready when it is subscribed and the run that follows is over."""
        async with App(load_installation(self.config, {}), metrics=new_metrics()) as app:
            watcher = Watcher(self, app)
            async with pages(app), schedule(app, after_run=watcher.note) as rounds:
                watcher.wake = partial(rounds.schedule.wake, self.JOB)
                # As if a person asked: the schedule's pause between notifications has tests of its own, and would cost seconds here.
                async with subscriptions(app, partial(rounds.schedule.wake, trigger=Trigger.MANUAL)):
                    await until(lambda: app.register.is_open)
                    yield watcher


@pytest.fixture
async def agenda(tmp_path):
    async with Watching.ready(tmp_path) as agenda:
        yield agenda


@asynccontextmanager
async def subscribed(agenda):
    """A daemon that has an event and its record in step, and is told of changes."""
    agenda.lunch = agenda.plan_event(event("Repas", at(3, 12)))
    async with agenda.daemon() as watcher:
        await until(lambda: agenda.subscriptions and agenda.rows)
        await watcher.quiet()
        yield watcher


def subjects(agenda):
    return sorted(cells["intitule"] for cells in agenda.rows.values())


async def test_the_running_command_subscribes_and_an_edit_in_outlook_reaches_gopaas_without_an_interval(agenda):
    agenda.enter(row("Visite", at(2)))
    daemon = await agenda.start_daemon()
    said = asyncio.create_task(daemon.communicate())
    try:
        await until(lambda: agenda.subscriptions and len(agenda.events) == 1)
        (one,) = agenda.subscriptions
        assert one.resource == "me/events"
        assert one.notification_url == one.lifecycle_url == f"http://{listen(agenda)}/notifications"
        (visit,) = agenda.events
        agenda.change_event(visit, {"subject": "Visite reportée"})
        await until(lambda: subjects(agenda) == ["Visite reportée"])
    finally:
        with suppress(ProcessLookupError):
            daemon.send_signal(signal.SIGTERM)
        out, err = await said
    assert daemon.returncode == 0
    assert "unknown_subscription" not in (out + err).decode()


def listen(agenda):
    (line,) = [line for line in agenda.config.read_text().splitlines() if line.startswith("listen = ")]
    return line.split('"')[1]


async def test_each_edit_is_fetched_once_though_it_is_told_three_times(agenda):
    agenda.sandbox.directory.switches.notification_copies = 3
    async with subscribed(agenda) as watcher:
        before = len(watcher.runs)
        agenda.change_event(agenda.lunch, {"subject": "Repas de fête"})
        await until(lambda: subjects(agenda) == ["Repas de fête"] and watcher.counted("duplicate") == 2)
        await watcher.quiet()
        assert len(watcher.runs) - before == 1
        assert watcher.counted("accepted") == 1


async def test_a_deletion_in_outlook_is_fetched_as_well(agenda):
    agenda.edit("[[job]]", '[[job]]\non_outlook_delete = "set:lieu=annulé"')
    agenda.plan_event(event("Reste", at(4)))  # a calendar that is suddenly empty is asked about
    async with subscribed(agenda):
        agenda.delete_event(agenda.lunch)
        await until(lambda: sorted(cells["lieu"] for cells in agenda.rows.values()) == ["", "annulé"])


async def test_a_notification_that_is_lost_costs_time_and_nothing_else(agenda):
    async with subscribed(agenda) as watcher:
        agenda.sandbox.faults.add("graph.notification", "drop_before")
        agenda.change_event(agenda.lunch, {"subject": "Repas de fête"})
        await until(lambda: not agenda.sandbox.faults.waiting)
        assert (subjects(agenda), watcher.counted("accepted")) == (["Repas"], 0)
        watcher.wake(Trigger.SCHEDULE)  # what the interval does
        await until(lambda: subjects(agenda) == ["Repas de fête"])


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({"clientState": "guess"}, "bad_client_state"),
        ({"clientState": None}, "bad_client_state"),
        ({"subscriptionId": "7f105c7d-2dc5-4530-97cd-4e7ae6534c07"}, "unknown_subscription"),
        ({"subscriptionId": 7}, "malformed"),
    ],
)
async def test_a_forged_notification_runs_nothing(agenda, changes, outcome):
    async with subscribed(agenda) as watcher:
        before = len(watcher.runs)
        agenda.act("forge_notification", id=watcher.subscription.id, changes=changes)
        await until(lambda: watcher.counted(outcome) == 1)
        assert not watcher.app.schedule.turn(Agenda.JOB).waiting
        assert len(watcher.runs) == before


async def test_a_demand_to_authorise_again_is_followed_and_edits_go_on_arriving(agenda):
    async with subscribed(agenda) as watcher:
        agenda.act("send_lifecycle", id=watcher.subscription.id, event="reauthorizationRequired")
        assert not watcher.subscription.authorized
        agenda.change_event(agenda.lunch, {"subject": "Pas annoncé"})
        await until(lambda: watcher.subscription.authorized)
        await until(lambda: subjects(agenda) == ["Pas annoncé"])
        agenda.change_event(agenda.lunch, {"subject": "Annoncé"})
        await until(lambda: subjects(agenda) == ["Annoncé"])


async def test_a_subscription_that_graph_removed_is_made_again_and_what_was_missed_is_fetched(agenda):
    async with subscribed(agenda) as watcher:
        old = watcher.subscription.id
        agenda.act("send_lifecycle", id=old, event="subscriptionRemoved")
        agenda.change_event(agenda.lunch, {"subject": "Pas annoncé"})
        await until(lambda: agenda.subscriptions and watcher.subscription.id != old)
        await until(lambda: subjects(agenda) == ["Pas annoncé"])
        await watcher.quiet()
        agenda.change_event(agenda.lunch, {"subject": "Annoncé"})
        await until(lambda: subjects(agenda) == ["Annoncé"])


async def test_missed_notifications_are_made_up_for_by_a_run(agenda):
    async with subscribed(agenda) as watcher:
        agenda.sandbox.faults.add("graph.notification", "drop_before")
        agenda.change_event(agenda.lunch, {"subject": "Pas annoncé"})
        agenda.act("send_lifecycle", id=watcher.subscription.id, event="missed")
        await until(lambda: subjects(agenda) == ["Pas annoncé"])


async def test_a_new_process_goes_on_with_the_subscription_of_the_one_before(agenda):
    async with subscribed(agenda) as watcher:
        old = watcher.subscription.id
    async with agenda.daemon() as watcher:
        agenda.change_event(agenda.lunch, {"subject": "Après"})
        await until(lambda: subjects(agenda) == ["Après"])
        assert watcher.subscription.id == old


async def test_one_that_we_forgot_is_replaced_and_not_doubled(agenda):
    async with subscribed(agenda) as watcher:
        old = watcher.subscription.id
        await watcher.app.store.subscriptions.forget(old)
    async with agenda.daemon() as watcher:
        await until(lambda: agenda.subscriptions and watcher.subscription.id != old)
        agenda.change_event(agenda.lunch, {"subject": "Après"})
        await until(lambda: subjects(agenda) == ["Après"])


async def test_switching_notifications_off_ends_the_subscription_at_graph(agenda):
    async with subscribed(agenda):
        pass
    agenda.edit("notifications = true", "notifications = false")
    async with agenda.daemon() as watcher:
        await until(lambda: not agenda.subscriptions)
        await until(lambda: watcher.app.register.is_open)
    async with App(load_installation(agenda.config, {})) as app:
        assert (await app.store.subscriptions.circumstances()).held == []
