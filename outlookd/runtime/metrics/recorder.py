"""What happens in this process, counted: one verb for each thing that can happen.

Knows the catalogue and prometheus_client. Is itself the `Meter` of the parts below. What the state database knows is not counted
here but read (`reading`). Every verb may be called from any thread: MSAL works in its own.
"""

from __future__ import annotations

import asyncio
import platform
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics
from prometheus_client.gc_collector import GCCollector
from prometheus_client.process_collector import ProcessCollector

from outlookd.core.model import RunReport, RunStatus, Side, Tally
from outlookd.errors import ContainerMissing, KeptElsewhere
from outlookd.meter import Notified, Renewed, Service, SignInEnd, Subscribed, WaitReason
from outlookd.ports import Clock
from outlookd.runtime.metrics import catalogue
from outlookd.runtime.metrics.catalogue import DIRECTIONS, HOOK_OUTCOMES, Family
from outlookd.runtime.schedule import Fired
from outlookd.sync.guardian import FORGOTTEN

# A third of all series were these companions of counters (operations.md 0.13). It is a switch of the library, for the process.
disable_created_metrics()  # type: ignore[no-untyped-call] # the library gives this one no types


class Metrics:
    """The metrics of one process, over a registry of its own: prometheus_client's global one would be shared by all tests.

    `version` is ours. `registry` is what ``/metrics`` shows.
    """

    def __init__(self, clock: Clock, *, version: str) -> None:
        self._clock = clock
        self.registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        GCCollector(registry=registry)
        self._make_process(version)
        self._make_runs()
        self._make_services()
        self._make_pages()

    def _make_process(self, version: str) -> None:
        self._gauge(catalogue.BUILD_INFO).labels(version, platform.python_version()).set(1)
        self._reload_successful = self._gauge(catalogue.RELOAD_SUCCESSFUL)
        self._reload_success_at = self._gauge(catalogue.RELOAD_SUCCESS_AT)
        self._log_events = self._counter(catalogue.LOG_EVENTS)
        self._lag = self._histogram(catalogue.LOOP_LAG)

    def _make_runs(self) -> None:
        self._heartbeat = self._gauge(catalogue.HEARTBEAT)
        self._fired = self._counter(catalogue.FIRED)
        self._queue_wait = self._histogram(catalogue.QUEUE_WAIT)
        self._runs = self._counter(catalogue.RUNS)
        self._run_seconds = self._histogram(catalogue.RUN_SECONDS)
        self._running = self._gauge(catalogue.RUNNING)
        self._items = self._counter(catalogue.ITEMS)
        self._conflicts = self._counter(catalogue.CONFLICTS)
        self._safety_stops = self._counter(catalogue.SAFETY_STOPS)
        self._suspended = self._counter(catalogue.SUSPENDED)
        self._stopped = self._counter(catalogue.STOPPED)
        self._mail_writes = self._counter(catalogue.MAIL_WRITES)

    def _make_services(self) -> None:
        self._requests = self._counter(catalogue.REQUESTS)
        self._request_seconds = self._histogram(catalogue.REQUEST_SECONDS)
        self._retries = self._counter(catalogue.RETRIES)
        self._throttled = self._counter(catalogue.THROTTLED_SECONDS)
        self._upstream_success = self._gauge(catalogue.UPSTREAM_SUCCESS_AT)
        self._sign_ins = self._counter(catalogue.SIGN_INS)
        self._renewals = self._counter(catalogue.RENEWALS)
        self._notified = self._counter(catalogue.NOTIFIED)
        self._subscribed = self._counter(catalogue.SUBSCRIBED)
        self._notices = self._counter(catalogue.NOTICES)

    def _make_pages(self) -> None:
        self._http_requests = self._counter(catalogue.HTTP_REQUESTS)
        self._http_seconds = self._histogram(catalogue.HTTP_SECONDS)
        self._hook_calls = self._counter(catalogue.HOOK_CALLS)
        self._hook_seconds = self._histogram(catalogue.HOOK_SECONDS)

    # --- the process ---------------------------------------------------------------------------------------------------------

    def config_reloaded(self, ok: bool, at: datetime) -> None:
        """The configuration was read, at the start or after a SIGHUP."""
        self._reload_successful.set(ok)
        if ok:
            self._reload_success_at.set(at.timestamp())

    def logged(self, level: str) -> None:
        """A line was logged."""
        self._log_events.labels(level).inc()

    def lagged(self, seconds: float) -> None:
        """The event loop woke something so much too late."""
        self._lag.observe(seconds)

    # --- schedule and runs ---------------------------------------------------------------------------------------------------

    def heartbeat(self, at: datetime) -> None:
        """The schedule has turned."""
        self._heartbeat.set(at.timestamp())

    def fired(self, outcome: Fired) -> None:
        """A run of the schedule ended, or an interval passed without one."""
        self._fired.labels(outcome).inc()

    def waited_in_queue(self, seconds: float) -> None:
        """A due job got its place after so long."""
        self._queue_wait.observe(seconds)

    def run_started(self, resource: str) -> None:
        """A run begins. It must end with `run_finished` or `run_broken`."""
        self._running.labels(resource).inc()

    def run_finished(self, report: RunReport, *, resource: str, trigger: str) -> None:
        """A run ended in this way."""
        self._running.labels(resource).dec()
        self._runs.labels(resource, trigger, outcome_of(report)).inc()
        self._run_seconds.labels(resource).observe(report.seconds)
        for operation, tally in (("create", report.created), ("update", report.updated), ("delete", report.deleted)):
            self._written(resource, operation, tally)
        self._conflicts.labels(resource).inc(report.conflicts)
        self._safety_stops.labels(resource).inc(report.held > 0)
        # Whoever is forgotten on purpose is found again in the same way, and that is nobody's alarm.
        self._suspended.labels(resource).inc(report.suspended not in ("", FORGOTTEN))
        if stop := stop_of(report):
            self._stopped.labels(resource, stop).inc()
        self._mail_writes.labels(resource).inc(report.mail_writes)

    def run_broken(self, outcome: str, *, resource: str, trigger: str) -> None:
        """A run ended without a report: ``cancelled``, or ``failed`` by a fault of ours."""
        self._running.labels(resource).dec()
        self._runs.labels(resource, trigger, outcome).inc()

    def _written(self, resource: str, operation: str, tally: Tally) -> None:
        self._items.labels(resource, DIRECTIONS[Side.GOPAAS], operation).inc(tally.gopaas)
        self._items.labels(resource, DIRECTIONS[Side.OUTLOOK], operation).inc(tally.outlook)

    # --- services and sign-in: the verbs of `Meter`, and what `upstream` measures ----------------------------------------------

    def requested(self, service: Service, operation: str, code: str, *, seconds: float) -> None:
        """One attempt ended. `operation` is one of `upstream.OPERATIONS`, `code` a status, ``timeout`` or ``connection``."""
        self._requests.labels(service, operation, code).inc()
        self._request_seconds.labels(service, operation).observe(seconds)
        if code.isdigit() and int(code) < 500:
            self._upstream_success.labels(service).set(self._clock.now().timestamp())

    def waited(self, service: Service, reason: WaitReason, seconds: float) -> None:
        """A call is repeated after `seconds`."""
        self._retries.labels(service, reason).inc()
        if reason == "throttled":
            self._throttled.labels(service).inc(seconds)

    def token_renewed(self, outcome: Renewed) -> None:
        """Entra was asked for a token."""
        self._renewals.labels(outcome).inc()

    def sign_in(self, outcome: SignInEnd) -> None:
        """A person's sign-in began, or ended in this way."""
        self._sign_ins.labels(outcome).inc()

    def notified(self, outcome: Notified) -> None:
        """Somebody told us that a mailbox changed."""
        self._notified.labels(outcome).inc()

    def subscription_renewed(self, outcome: Subscribed) -> None:
        """A subscription was made, renewed, refused or found gone."""
        self._subscribed.labels(outcome).inc()

    def noticed(self, channel: str, outcome: str) -> None:
        """The administrator was ``told`` something by ``mail`` or ``webhook``, or that ``failed``."""
        self._notices.labels(channel, outcome).inc()

    # --- pages and plugins ---------------------------------------------------------------------------------------------------

    def http(self, route: str, method: str, code: int, seconds: float) -> None:
        """A request to our pages was answered. `route` is a pattern of ours, never an address."""
        self._http_requests.labels(route, method, str(code)).inc()
        self._http_seconds.labels(route).observe(seconds)

    def hook(self, plugin: str, hook: str, outcome: str, seconds: float) -> None:
        """A plugin's hook was called, and went ``ok`` or ``failed``."""
        for known in HOOK_OUTCOMES:
            # Both from the first call on: the increase of a series that begins at 1 is 0.
            self._hook_calls.labels(plugin, hook, known).inc(known == outcome)
        self._hook_seconds.labels(plugin).observe(seconds)

    # --- making --------------------------------------------------------------------------------------------------------------

    def _counter(self, family: Family) -> Counter:
        made = Counter(family.name, family.help, list(family.labels), registry=self.registry)
        _show_zeros(made, family)
        return made

    def _gauge(self, family: Family) -> Gauge:
        made = Gauge(family.name, family.help, list(family.labels), registry=self.registry)
        _show_zeros(made, family)
        return made

    def _histogram(self, family: Family) -> Histogram:
        made = Histogram(family.name, family.help, list(family.labels), buckets=family.buckets, registry=self.registry)
        _show_zeros(made, family)
        return made


@contextmanager
def counted_run(metrics: Metrics | None, *, resource: str, trigger: str) -> Iterator[Callable[[RunReport], None]]:
    """Count a run for as long as the block lasts; give its report to what is handed in. Without metrics nothing is counted.

    A block that ends without a report was cut off, or met a fault of ours.
    """
    if metrics is None:
        yield lambda _report: None
        return
    metrics.run_started(resource)
    reports: list[RunReport] = []
    try:
        yield reports.append
    except BaseException as error:  # counted, and handed on: a run that is cut off has ended too
        outcome = "cancelled" if isinstance(error, asyncio.CancelledError) else "failed"
        metrics.run_broken(outcome, resource=resource, trigger=trigger)
        raise
    for report in reports:
        metrics.run_finished(report, resource=resource, trigger=trigger)


def outcome_of(report: RunReport) -> str:
    """One word of `catalogue.OUTCOMES` for how a run ended."""
    match report.status:
        case RunStatus.OK:
            return "partial" if report.quarantined else "success"
        case RunStatus.HELD | RunStatus.REAUTH | RunStatus.FAILED:
            return report.status.value


def stop_of(report: RunReport) -> str:
    """One word of `catalogue.STOPS` for what a run met in place of its folder or calendar; empty when that was not it."""
    match report.error:
        case KeptElsewhere():
            return "elsewhere"
        case ContainerMissing():
            return "missing"
        case _:
            return ""


def _show_zeros(made: Counter | Gauge | Histogram, family: Family) -> None:
    if family.labels:
        for values in family.known_labels():
            made.labels(*values)
