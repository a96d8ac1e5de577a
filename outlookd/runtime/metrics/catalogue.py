"""Every metric that outlookd has, as a table: the one source of the code, of ``docs/metrics.md`` and of the checks.

Knows names, labels and the words that labels may hold. Does not count anything: `recorder` and `reading` do.

No label ever names a person, a job, an address or an id (operations.md 1.3): who is concerned is in the log and in
``outlookd status``. Moments are exported, never ages: a stuck updater must not look fresh (operations.md 1.1).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import product
from typing import get_args

from outlookd.core.model import Side
from outlookd.meter import Notified, Renewed, Service, SignInEnd, Subscribed, WaitReason
from outlookd.runtime.schedule import Fired, Trigger

PREFIX = "outlookd_"


class Kind(StrEnum):
    """What Prometheus calls it."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """One metric. `labels` gives each label its words; no words mean that they are only known at run time, and few.

    `read` marks those that are read from the state database, not counted: every process of a fleet repeats them (take the
    ``max``, never the ``sum``). `buckets` are a histogram's, in its unit.
    """

    name: str
    kind: Kind
    help: str
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    buckets: tuple[float, ...] = ()
    read: bool = False

    def known_labels(self) -> Iterator[tuple[str, ...]]:
        """Every combination of words that is known beforehand: exported as 0, or ``rate`` and ratios would miss the first one."""
        if all(self.labels.values()):
            yield from product(*self.labels.values())


RESOURCES = ("contacts", "calendar")
OUTCOMES = ("success", "partial", "held", "reauth", "failed", "cancelled")
"""How a run ended. ``partial``: some records are in quarantine; ``held``: a guard keeps a class of writes back; ``reauth``: the
user must sign in. ``cancelled`` runs were cut off when the daemon stopped."""

STOPS = ("elsewhere", "missing")
_TRIGGERS = tuple(trigger.value for trigger in Trigger)
HOOK_OUTCOMES = ("ok", "failed")
DIRECTIONS: Mapping[Side, str] = {Side.GOPAAS: "to_gopaas", Side.OUTLOOK: "to_outlook"}
"""The side that is written to."""

_RUN_SECONDS = (0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600)
_WAIT_SECONDS = (1, 5, 15, 30, 60, 120, 300, 600, 1800, 3600)
_REQUEST_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_PAGE_SECONDS = (0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 10)
_LAG_SECONDS = (0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 5)
_HOOK_SECONDS = (0.001, 0.01, 0.1, 0.5, 1, 5)

_OF_RESOURCE = {"resource": RESOURCES}
_OF_SERVICE = {"upstream": get_args(Service)}


def _counter(name: str, help: str, labels: Mapping[str, tuple[str, ...]] | None = None) -> Family:
    return Family(name=PREFIX + name, kind=Kind.COUNTER, help=help, labels=labels or {})


def _gauge(name: str, help: str, labels: Mapping[str, tuple[str, ...]] | None = None) -> Family:
    return Family(name=PREFIX + name, kind=Kind.GAUGE, help=help, labels=labels or {})


def _histogram(name: str, help: str, buckets: tuple[float, ...], labels: Mapping[str, tuple[str, ...]] | None = None) -> Family:
    return Family(name=PREFIX + name, kind=Kind.HISTOGRAM, help=help, labels=labels or {}, buckets=buckets)


def _read(name: str, help: str, labels: Mapping[str, tuple[str, ...]] | None = None) -> Family:
    return Family(name=PREFIX + name, kind=Kind.GAUGE, help=help, labels=labels or {}, read=True)


# --- the process -------------------------------------------------------------------------------------------------------------

BUILD_INFO = _gauge("build_info", "Constant 1; the labels tell what runs.", {"version": (), "python_version": ()})
RELOAD_SUCCESSFUL = _gauge(
    "config_last_reload_successful", "1 when the running configuration is the one in the file, as last read."
)
RELOAD_SUCCESS_AT = _gauge("config_last_reload_success_timestamp_seconds", "When the configuration was last read without a fault.")
LOG_EVENTS = _counter("log_events_total", "Lines logged.", {"level": ("debug", "info", "warning", "error", "critical")})
LOOP_LAG = _histogram("event_loop_lag_seconds", "How late the event loop wakes what is due.", _LAG_SECONDS)

# --- schedule and runs -------------------------------------------------------------------------------------------------------

HEARTBEAT = _gauge("scheduler_last_heartbeat_timestamp_seconds", "When the schedule last turned.")
FIRED = _counter(
    "scheduler_jobs_fired_total",
    "Runs of the schedule that ended, and intervals that passed without one: it was still waiting (missed) or running (overlap).",
    {"outcome": get_args(Fired)},
)
QUEUE_WAIT = _histogram("queue_wait_seconds", "How long a due job waited for a free place.", _WAIT_SECONDS)
RUNS = _counter("sync_runs_total", "Runs that ended.", {"resource": RESOURCES, "trigger": _TRIGGERS, "outcome": OUTCOMES})
RUN_SECONDS = _histogram("sync_run_duration_seconds", "Wall time of a run.", _RUN_SECONDS, _OF_RESOURCE)
RUNNING = _gauge("sync_runs_in_progress", "Runs under way.", _OF_RESOURCE)
ITEMS = _counter(
    "sync_items_total",
    "Records written, by the side they were written to.",
    {"resource": RESOURCES, "direction": tuple(DIRECTIONS.values()), "operation": ("create", "update", "delete")},
)
CONFLICTS = _counter("sync_conflicts_total", "Field groups that were changed on both sides.", _OF_RESOURCE)
SAFETY_STOPS = _counter("sync_safety_stops_total", "Runs in which a guard held writes back.", _OF_RESOURCE)
SUSPENDED = _counter(
    "sync_suspended_runs_total", "Runs that did not trust the state: it was lost, or older than the mailbox.", _OF_RESOURCE
)
STOPPED = _counter(
    "sync_container_stops_total",
    "Runs that stopped at their folder or calendar: another installation keeps it (elsewhere), or it is not there (missing).",
    {"resource": RESOURCES, "reason": STOPS},
)
MAIL_WRITES = _counter(
    "mail_writes_total", "Writes after which Exchange may mail other people; 0 unless allow_mail is set.", _OF_RESOURCE
)

# --- services and sign-in ----------------------------------------------------------------------------------------------------

REQUESTS = _counter(
    "upstream_requests_total",
    "Requests sent; code is the final status, timeout or connection.",
    {"upstream": get_args(Service), "operation": (), "code": ()},
)
REQUEST_SECONDS = _histogram(
    "upstream_request_duration_seconds",
    "One attempt, until its headers came or it failed.",
    _REQUEST_SECONDS,
    {"upstream": get_args(Service), "operation": ()},
)
RETRIES = _counter(
    "upstream_retries_total",
    "Requests that were repeated, by what had happened to them.",
    {"upstream": get_args(Service), "reason": get_args(WaitReason)},
)
THROTTLED_SECONDS = _counter("upstream_throttled_seconds_total", "Seconds waited because the service said so.", _OF_SERVICE)
UPSTREAM_SUCCESS_AT = _gauge(
    "upstream_last_success_timestamp_seconds", "When a request was last answered with a status below 500; 0: not yet.", _OF_SERVICE
)
SIGN_INS = _counter("oauth_flows_total", "Sign-ins begun, and how they ended.", {"outcome": get_args(SignInEnd)})
RENEWALS = _counter("oauth_token_refreshes_total", "Tokens asked for at Entra.", {"outcome": get_args(Renewed)})
NOTIFIED = _counter("webhook_notifications_total", "Change notifications received.", {"outcome": get_args(Notified)})
SUBSCRIBED = _counter(
    "webhook_subscription_renewals_total", "Subscriptions to a mailbox's changes.", {"outcome": get_args(Subscribed)}
)

NOTICES = _counter(
    "notifications_total",
    "Notices to the administrator, by the way they were sent.",
    {"channel": ("mail", "webhook"), "outcome": ("told", "failed")},
)

# --- pages and plugins -------------------------------------------------------------------------------------------------------

HTTP_REQUESTS = _counter(
    "http_requests_total", "Requests to our own pages; route is a pattern.", {"route": (), "method": (), "code": ()}
)
HTTP_SECONDS = _histogram(
    "http_request_duration_seconds", "Time to answer a request to our own pages.", _PAGE_SECONDS, {"route": ()}
)
HOOK_CALLS = _counter("plugin_hook_calls_total", "Hooks of plugins called.", {"plugin": (), "hook": (), "outcome": HOOK_OUTCOMES})
HOOK_SECONDS = _histogram("plugin_hook_duration_seconds", "How long a plugin's hook took.", _HOOK_SECONDS, {"plugin": ()})

# --- read from the state database, its file and the settings -----------------------------------------------------------------

READY = _read("ready", "1 while runs are started and the state can be written: what /readyz says.")
UNCLEAN = _read("previous_shutdown_unclean", "1 when the process before this one was cut off and not stopped.")
USERS = _read(
    "users",
    "Users that have a job, by what state they are in; error: a last run failed, or found its folder gone.",
    {"state": ("active", "needs_consent", "error")},
)
EXPECTED = _read("users_sync_expected", "Users who are signed in and have a job.", _OF_RESOURCE)
FRESH = _read("users_sync_fresh", "Those of them whose jobs all succeeded lately: 30 minutes, or two intervals.", _OF_RESOURCE)
JOBS = _read("jobs", "Jobs that are configured, in the file or by a settings record.", _OF_RESOURCE)
LAST_SUCCESS = _read(
    "sync_last_success_timestamp_seconds",
    "When the latest successful run of any user began; 0: none in the last day.",
    _OF_RESOURCE,
)
PENDING = _read(
    "sync_pending_items",
    "Records that wait: held by a guard, in quarantine, or written without an answer.",
    {"resource": RESOURCES, "state": ("held", "quarantined", "unanswered")},
)
OLDEST_PENDING = _read(
    "sync_oldest_pending_timestamp_seconds",
    "Since when the oldest of them waits; 0: none.",
    {"resource": RESOURCES, "state": ("quarantined", "unanswered")},
)
PLUGINS = _read(
    "plugin_info", "Constant 1 for each plugin that was found; the label tells what became of it.", {"plugin": (), "state": ()}
)
RECORDS_READ_AT = _read(
    "settings_records_last_success_timestamp_seconds",
    "When GoPaaS's settings records were last read, before that when outlookd started; 0: no view of them is configured.",
)
SETTINGS_FAULTS = _read("settings_records_faulty", "Settings records of GoPaaS that cannot be used.")
SUBSCRIPTIONS = _read("webhook_subscriptions", "Subscriptions to mailboxes' changes.", {"state": ("active", "expired")})
EARLIEST_EXPIRY = _read(
    "webhook_subscription_earliest_expiry_timestamp_seconds",
    "When the next subscription lapses of those whose users are signed in; 0: there is none.",
)
SECRET_EXPIRY = _read(
    "oauth_client_credential_expiry_timestamp_seconds",
    "The end of the client secret, as the settings name it; absent when they do not.",
)
DB_SIZE = _read("db_size_bytes", "Size of the state database and of its write-ahead log.", {"file": ("main", "wal")})
DB_SCHEMA = _read("db_schema_version", "Migrations that the state database has been through.")
DISK_FREE = _read("state_filesystem_available_bytes", "Free space where the state database lies.")
DISK_SIZE = _read("state_filesystem_size_bytes", "Size of that file system.")
BACKUP_AT = _read(
    "backup_last_success_timestamp_seconds", "When the latest verified backup was made; before the first, when the database was."
)
BACKUP_SECONDS = _read("backup_duration_seconds", "How long that backup took; 0 before the first.")
BACKUP_BYTES = _read("backup_size_bytes", "Its size; 0 before the first.")
SNAPSHOT_AT = _read("snapshot_last_success_timestamp_seconds", "When the figures of this group were last read.")
SNAPSHOT_SECONDS = _read("snapshot_duration_seconds", "How long reading them took.")

CATALOGUE: tuple[Family, ...] = tuple(value for value in list(globals().values()) if isinstance(value, Family))
"""All of them, in the order of this page."""
