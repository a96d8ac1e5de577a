"""The figures of the state database, its file and the settings, as Prometheus shows them. Read at most every `MAX_AGE` seconds.

Knows what a user's state is and what *fresh* means. They are read on a connection of their own, for reading only: however often
somebody scrapes, no run waits (operations.md 1.4).
"""

from __future__ import annotations

import asyncio
import shutil
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import structlog

from outlookd.app.composition import App
from outlookd.app.figures.readiness import AppReadiness
from outlookd.app.figures.standing import is_signed_out
from outlookd.core.model import RunStatus
from outlookd.errors import StoreError
from outlookd.ports import Clock
from outlookd.runtime.metrics import RESOURCES, Figure, catalogue
from outlookd.settings import JobSettings
from outlookd.store import SqliteStore, open_store
from outlookd.store.figures import JobFigures, Lapse, StoreFigures, Waiting
from outlookd.store.files import path_of

log = structlog.get_logger()

MAX_AGE = 15.0
"""Seconds. Prometheus scrapes at least that rarely; a second one, or a curious person, gets the same figures."""

FRESH_WITHIN = timedelta(minutes=30)
"""The promise of the freshness objective; two intervals where those are longer."""

_LOOK_BACK = timedelta(days=1)


class Snapshot:
    """The latest figures. `latest` never waits, `refresh` reads again when it is time."""

    def __init__(self, app: App, store: SqliteStore) -> None:
        self._app = app
        self._clock: Clock = app.clock
        self._store = store
        self._readiness = AppReadiness(app)
        self._path = path_of(app.settings.state.url)
        self._figures: tuple[Figure, ...] = ()
        self._tried_at: float | None = None
        self._one_at_a_time = asyncio.Lock()

    def latest(self) -> Sequence[Figure]:
        """What was read last; nothing before the first reading."""
        return self._figures

    async def refresh(self) -> None:
        """Read again, unless that was tried a moment ago. A reading that fails leaves the figures as they are, and their time."""
        async with self._one_at_a_time:
            began = self._clock.monotonic()
            if self._tried_at is not None and began - self._tried_at < MAX_AGE:
                return
            self._tried_at = began
            try:
                figures = await self._read()
            except (StoreError, OSError) as error:
                log.warning("metrics.snapshot.failed", error=type(error).__name__)
                return
            seconds = self._clock.monotonic() - began
            moment = self._clock.now().timestamp()
            self._figures = (*figures, Figure(catalogue.SNAPSHOT_AT, moment), Figure(catalogue.SNAPSHOT_SECONDS, seconds))

    async def _read(self) -> tuple[Figure, ...]:
        now = self._clock.now()
        jobs = self._app.jobs()
        longest = max((limit_of(job) for job in jobs), default=FRESH_WITHIN)
        store = await self._store.figures([job.id for job in jobs], since=now - longest - _LOOK_BACK)
        disk = await asyncio.to_thread(lambda: tuple(_file_figures(self._path)))
        states = self._states(jobs, store, now)
        return (
            *self._job_figures(jobs, store, states, now),
            *_store_figures(store),
            *_subscription_figures(store.subscriptions, states, now),
            *disk,
            *self._secret_figures(),
            Figure(catalogue.RECORDS_READ_AT, _moment(self._app.roster.read_at)),
            Figure(catalogue.READY, not self._readiness.troubles()),
            Figure(catalogue.UNCLEAN, self._app.previous_shutdown_unclean),
            *(Figure(catalogue.PLUGINS, 1, (plugin.name, plugin.state.value)) for plugin in self._app.plugins.records),
        )

    def _states(self, jobs: Sequence[JobSettings], store: StoreFigures, now: datetime) -> Mapping[str, str]:
        return {
            user: state_of([store.jobs[job.id] for job in own], bound=self._bound(user, store, now))
            for user, own in _by_user(jobs).items()
        }

    def _job_figures(
        self, jobs: Sequence[JobSettings], store: StoreFigures, states: Mapping[str, str], now: datetime
    ) -> Iterator[Figure]:
        for state in catalogue.USERS.labels["state"]:
            yield Figure(catalogue.USERS, sum(1 for found in states.values() if found == state), (state,))
        for resource in RESOURCES:
            own = [job for job in jobs if self._app.resource_of(job) == resource]
            expected = {user: jobs for user, jobs in _by_user(own).items() if states[user] != "needs_consent"}
            fresh = [user for user, jobs in expected.items() if all(self._fresh(job, store, now) for job in jobs)]
            yield Figure(catalogue.JOBS, len(own), (resource,))
            yield Figure(catalogue.EXPECTED, len(expected), (resource,))
            yield Figure(catalogue.FRESH, len(fresh), (resource,))
            yield from _waiting_figures(resource, [store.jobs[job.id] for job in own])

    def _bound(self, user: str, store: StoreFigures, now: datetime) -> datetime | None:
        """When `user` let us in. With application permissions nobody signs in: an administrator has, for all."""
        if self._app.identities.of_application:
            return datetime.min.replace(tzinfo=now.tzinfo)
        return store.bound.get(user)

    def _fresh(self, job: JobSettings, store: StoreFigures, now: datetime) -> bool:
        """Whether what both sides showed not long ago was compared. Who has just signed in gets the same time for the first run."""
        marks = (store.jobs[job.id].last_success, store.bound.get(job.user))
        return any(mark is not None and now - mark <= limit_of(job) for mark in marks)

    def _secret_figures(self) -> Iterator[Figure]:
        day = self._app.settings.entra.client_secret_expires
        if day is not None:
            # Its first moment: nobody wrote down the hour.
            yield Figure(catalogue.SECRET_EXPIRY, datetime.combine(day, time(), UTC).timestamp())


@asynccontextmanager
async def open_snapshot(app: App) -> AsyncIterator[Snapshot]:
    """A snapshot over a connection of its own, for as long as the block runs. Raises StoreError."""
    async with open_store(app.settings.state.url, read_only=True) as store:
        yield Snapshot(app, store)


def limit_of(job: JobSettings) -> timedelta:
    """How long ago a job may have succeeded to be fresh."""
    return max(FRESH_WITHIN, 2 * job.interval)


def state_of(jobs: Sequence[JobFigures], *, bound: datetime | None) -> str:
    """What one user's jobs say about the user; `bound` is when that person signed in. A word of `catalogue.USERS`."""
    if any(is_signed_out(bound, job.status, job.last_run) for job in jobs):
        return "needs_consent"
    return "error" if any(_did_nothing(job) for job in jobs) else "active"


def _did_nothing(job: JobFigures) -> bool:
    """Its last run failed, or found its folder gone: that is held as well, but holds no record."""
    return job.status is RunStatus.FAILED or (job.status is RunStatus.HELD and not job.held)


def _by_user(jobs: Sequence[JobSettings]) -> Mapping[str, Sequence[JobSettings]]:
    found: dict[str, list[JobSettings]] = defaultdict(list)
    for job in jobs:
        found[job.user].append(job)
    return found


def _waiting_figures(resource: str, jobs: Sequence[JobFigures]) -> Iterator[Figure]:
    successes = [job.last_success for job in jobs if job.last_success is not None]
    yield Figure(catalogue.LAST_SUCCESS, _moment(max(successes, default=None)), (resource,))
    yield Figure(catalogue.PENDING, sum(job.held for job in jobs), (resource, "held"))
    waiting: Mapping[str, Sequence[Waiting]] = {
        "quarantined": [job.quarantined for job in jobs],
        "unanswered": [job.unanswered for job in jobs],
    }
    for state, found in waiting.items():
        oldest = min((one.since for one in found if one.since is not None), default=None)
        yield Figure(catalogue.PENDING, sum(one.count for one in found), (resource, state))
        yield Figure(catalogue.OLDEST_PENDING, _moment(oldest), (resource, state))


def _subscription_figures(lapses: Sequence[Lapse], states: Mapping[str, str], now: datetime) -> Iterator[Figure]:
    """Without a sign-in nobody can renew one: the user's state says so, and its lapse is no news."""
    active = [lapse for lapse in lapses if lapse.at > now]
    renewable = [lapse.at for lapse in lapses if states.get(lapse.login) != "needs_consent"]
    yield Figure(catalogue.SUBSCRIPTIONS, len(active), ("active",))
    yield Figure(catalogue.SUBSCRIPTIONS, len(lapses) - len(active), ("expired",))
    yield Figure(catalogue.EARLIEST_EXPIRY, _moment(min(renewable, default=None)))


def _store_figures(store: StoreFigures) -> Iterator[Figure]:
    yield Figure(catalogue.SETTINGS_FAULTS, store.faulty_records)
    yield Figure(catalogue.DB_SCHEMA, store.migrations)
    backup = store.backup
    yield Figure(catalogue.BACKUP_AT, _moment(backup.at if backup else store.made_at))
    yield Figure(catalogue.BACKUP_SECONDS, backup.seconds if backup else 0)
    yield Figure(catalogue.BACKUP_BYTES, backup.bytes if backup else 0)


def _file_figures(path: Path) -> Iterator[Figure]:
    """Sizes on disk. The write-ahead log need not exist."""
    wal = path.with_name(f"{path.name}-wal")
    yield Figure(catalogue.DB_SIZE, path.stat().st_size, ("main",))
    yield Figure(catalogue.DB_SIZE, wal.stat().st_size if wal.exists() else 0, ("wal",))
    disk = shutil.disk_usage(path.parent)
    yield Figure(catalogue.DISK_FREE, disk.free)
    yield Figure(catalogue.DISK_SIZE, disk.total)


def _moment(moment: datetime | None) -> float:
    return 0.0 if moment is None else moment.timestamp()
