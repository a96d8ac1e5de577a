"""What a run, a wait, a hook or a line of the log does to the figures."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime

import pytest
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from outlookd.core.model import RunReport, RunStatus, Tally
from outlookd.errors import ContainerMissing, KeptElsewhere
from outlookd.runtime.logs import counted_lines
from outlookd.runtime.metrics import CATALOGUE, RESOURCES, Figure, Kind, Metrics, catalogue, counted_run, outcome_of, show_figures
from outlookd.sync.guardian import AHEAD, FORGOTTEN, LOST
from outlookd.testing.clock import FakeClock

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def metrics():
    return Metrics(FakeClock(), version="1.2.3")


def value(metrics, family, **labels):
    return metrics.registry.get_sample_value(family.name, labels)


def report(status=RunStatus.OK, **figures):
    return RunReport(run="r", job="j", user="ada", type="contact", status=status, started=NOON, **figures)


def finished(metrics, **figures):
    metrics.run_started("contacts")
    metrics.run_finished(report(**figures), resource="contacts", trigger="schedule")


@pytest.mark.parametrize(("reason", "counted"), [("", 0), (FORGOTTEN, 0), (LOST, 1), (AHEAD, 1)])
def test_a_doubted_state_is_an_alarm_unless_somebody_was_forgotten_on_purpose(metrics, reason, counted):
    finished(metrics, suspended=reason)
    assert value(metrics, catalogue.SUSPENDED, resource="contacts") == counted


@pytest.mark.parametrize(
    ("error", "counted"),
    [
        (KeptElsewhere("another one keeps it"), {"elsewhere": 1, "missing": 0}),
        (ContainerMissing("it is gone"), {"elsewhere": 0, "missing": 1}),
        (None, {"elsewhere": 0, "missing": 0}),
    ],
)
def test_a_run_that_stops_at_its_folder_is_counted_by_what_it_met(metrics, error, counted):
    finished(metrics, status=RunStatus.HELD, error=error)
    assert {reason: value(metrics, catalogue.STOPPED, resource="contacts", reason=reason) for reason in counted} == counted


# --- the catalogue ---------------------------------------------------------------------------------------------------------------


def test_no_label_can_name_a_person_or_a_record():
    labels = {label for family in CATALOGUE for label in family.labels}
    assert not labels & {"user", "login", "mailbox", "job", "id", "url", "path", "instance", "key", "run"}


def test_names_end_as_prometheus_wants_them():
    counters = {family.name for family in CATALOGUE if family.kind is Kind.COUNTER}
    assert all(name.endswith("_total") for name in counters)
    assert not any(family.name.endswith("_total") for family in CATALOGUE if family.name not in counters)


def test_every_name_is_there_once():
    names = [family.name for family in CATALOGUE]
    assert len(names) == len(set(names))


def test_every_family_that_is_counted_is_registered(metrics):
    shown = {family.name for family in metrics.registry.collect()}
    counted = {family.name.removesuffix("_total") for family in CATALOGUE if not family.read}
    assert counted <= shown


def test_what_is_known_beforehand_is_shown_as_zero(metrics):
    labels = {"resource": "calendar", "trigger": "webhook", "outcome": "held"}
    assert value(metrics, catalogue.RUNS, **labels) == 0


def test_no_series_tells_when_a_counter_was_made(metrics):
    finished(metrics)
    assert b"_created" not in generate_latest(metrics.registry)


def test_two_registries_do_not_share_anything(metrics):
    finished(metrics)
    other = Metrics(FakeClock(), version="1.2.3")
    assert value(other, catalogue.RUNS, resource="contacts", trigger="schedule", outcome="success") == 0


def test_the_build_is_named(metrics):
    (build,) = (family for family in metrics.registry.collect() if family.name == catalogue.BUILD_INFO.name)
    assert build.samples[0].labels["version"] == "1.2.3"


# --- runs ------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("figures", "outcome"),
    [
        ({}, "success"),
        ({"quarantined": 2}, "partial"),
        ({"status": RunStatus.HELD, "held": 7}, "held"),
        ({"status": RunStatus.REAUTH}, "reauth"),
        ({"status": RunStatus.FAILED}, "failed"),
    ],
)
def test_a_run_is_counted_by_how_it_ended(figures, outcome):
    assert outcome_of(report(**figures)) == outcome


def test_records_are_counted_by_the_side_they_were_written_to(metrics):
    finished(metrics, created=Tally(outlook=3), updated=Tally(gopaas=2), deleted=Tally(outlook=1))
    written = {
        (direction, operation): value(metrics, catalogue.ITEMS, resource="contacts", direction=direction, operation=operation)
        for direction in ("to_outlook", "to_gopaas")
        for operation in ("create", "update", "delete")
    }
    assert {key: count for key, count in written.items() if count} == {
        ("to_outlook", "create"): 3,
        ("to_gopaas", "update"): 2,
        ("to_outlook", "delete"): 1,
    }


def test_a_run_that_holds_back_many_writes_is_one_safety_stop(metrics):
    finished(metrics, status=RunStatus.HELD, held=70)
    assert value(metrics, catalogue.SAFETY_STOPS, resource="contacts") == 1


def test_a_quiet_run_is_no_safety_stop(metrics):
    finished(metrics)
    assert value(metrics, catalogue.SAFETY_STOPS, resource="contacts") == 0


def test_writes_that_may_mail_somebody_are_counted(metrics):
    finished(metrics, mail_writes=2)
    assert value(metrics, catalogue.MAIL_WRITES, resource="contacts") == 2


def test_a_run_is_under_way_until_its_block_ends(metrics):
    with counted_run(metrics, resource="calendar", trigger="manual") as count:
        assert value(metrics, catalogue.RUNNING, resource="calendar") == 1
        count(report())
    assert value(metrics, catalogue.RUNNING, resource="calendar") == 0


@pytest.mark.parametrize(("error", "outcome"), [(asyncio.CancelledError(), "cancelled"), (KeyError(), "failed")])
def test_a_run_without_a_report_is_counted_by_what_ended_it(metrics, error, outcome):
    with pytest.raises(type(error)), counted_run(metrics, resource="contacts", trigger="schedule"):
        raise error
    assert value(metrics, catalogue.RUNS, resource="contacts", trigger="schedule", outcome=outcome) == 1
    assert value(metrics, catalogue.RUNNING, resource="contacts") == 0


def test_commands_run_without_metrics():
    with counted_run(None, resource="contacts", trigger="manual") as count:
        count(report())


# --- services --------------------------------------------------------------------------------------------------------------------


def test_only_a_wait_that_was_asked_for_counts_as_throttled(metrics):
    metrics.waited("graph", "throttled", 12.5)
    metrics.waited("graph", "timeout", 3.0)
    assert value(metrics, catalogue.THROTTLED_SECONDS, upstream="graph") == 12.5
    assert value(metrics, catalogue.RETRIES, upstream="graph", reason="timeout") == 1


@pytest.mark.parametrize(("code", "answered"), [("200", True), ("404", True), ("503", False), ("timeout", False)])
def test_a_service_that_answers_is_alive_even_when_it_refuses(metrics, code, answered):
    metrics.requested("graph", "POST $batch", code, seconds=0.1)
    assert (value(metrics, catalogue.UPSTREAM_SUCCESS_AT, upstream="graph") > 0) is answered


@pytest.mark.parametrize(
    ("tell", "family", "outcome"),
    [
        (Metrics.token_renewed, catalogue.RENEWALS, "needs_consent"),
        (Metrics.sign_in, catalogue.SIGN_INS, "account_mismatch"),
        (Metrics.notified, catalogue.NOTIFIED, "duplicate"),
        (Metrics.subscription_renewed, catalogue.SUBSCRIBED, "gone"),
        (Metrics.fired, catalogue.FIRED, "stopped"),
    ],
)
def test_each_outcome_is_counted_where_it_belongs(metrics, tell, family, outcome):
    tell(metrics, outcome)
    assert value(metrics, family, outcome=outcome) == 1


def test_a_notice_that_was_not_taken_is_counted_by_its_way(metrics):
    metrics.noticed("mail", "failed")
    assert value(metrics, catalogue.NOTICES, channel="mail", outcome="failed") == 1
    assert value(metrics, catalogue.NOTICES, channel="webhook", outcome="failed") == 0


# --- the process -----------------------------------------------------------------------------------------------------------------


def test_a_reload_that_failed_keeps_the_time_of_the_last_good_one(metrics):
    metrics.config_reloaded(ok=True, at=NOON)
    metrics.config_reloaded(ok=False, at=NOON.replace(hour=13))
    assert value(metrics, catalogue.RELOAD_SUCCESSFUL) == 0
    assert value(metrics, catalogue.RELOAD_SUCCESS_AT) == NOON.timestamp()


def test_log_lines_are_counted_by_level_while_somebody_counts(metrics):
    logger = logging.getLogger("of.the.test")
    with counted_lines(metrics.logged):
        logger.warning("one")
        logger.log(35, "of a level that nobody knows")
    logger.warning("two")
    assert value(metrics, catalogue.LOG_EVENTS, level="warning") == 1


def test_a_failed_hook_is_counted_and_timed(metrics):
    metrics.hook("acme", "after_write", "failed", 0.2)
    assert value(metrics, catalogue.HOOK_CALLS, plugin="acme", hook="after_write", outcome="failed") == 1
    assert metrics.registry.get_sample_value(f"{catalogue.HOOK_SECONDS.name}_sum", {"plugin": "acme"}) == 0.2


# --- what is read ----------------------------------------------------------------------------------------------------------------


def test_figures_are_shown_as_they_were_read_last(metrics):
    figures = [Figure(catalogue.USERS, 5, ("active",))]
    show_figures(metrics.registry, lambda: figures)
    figures.append(Figure(catalogue.USERS, 2, ("error",)))
    shown = {
        sample.labels["state"]: sample.value
        for family in text_string_to_metric_families(generate_latest(metrics.registry).decode())
        for sample in family.samples
        if family.name == catalogue.USERS.name
    }
    assert shown == {"active": 5, "error": 2}


def test_before_the_first_reading_there_is_nothing_rather_than_zero(metrics):
    show_figures(metrics.registry, tuple)
    assert value(metrics, catalogue.EXPECTED, resource=RESOURCES[0]) is None
