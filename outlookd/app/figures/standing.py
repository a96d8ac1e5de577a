"""Where each job stands, from what the state database remembers. Asks nobody outside, so it answers at once and always."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Literal

from outlookd.app.composition import App
from outlookd.core.model import LinkStatus, Quarantined, RunKind, RunReport, RunStatus
from outlookd.runtime.schedule.turns import wait_after
from outlookd.settings import JobSettings
from outlookd.sync.guardian import doubted

SignInState = Literal["signed_in", "needed"]
_HISTORY = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class JobStanding:
    """One job. `state` is how its last run ended, or ``never``.

    `next_run` is when it is due, as far as its runs tell: the daemon keeps the exact time. None before the first run, while a
    sign-in is needed, and for a moment that has passed: whether it waits for its place or nothing runs at all is not known here.
    `linked` and `detached` count pairs, `following` copies of meetings that another user's job keeps in step. `last_success` is
    when the last run that came to its end began. `quarantine` are the records that are set aside. `run` and `kind` name
    the last run, for whoever wants to take it back. `suspended` says why the state is not trusted, if it is not. Times are aware,
    UTC.
    """

    job: JobSettings
    state: str
    message: str
    last_run: datetime | None
    last_success: datetime | None
    next_run: datetime | None
    linked: int
    detached: int
    following: int
    held: int
    quarantine: Sequence[Quarantined]
    sign_in: SignInState
    run: str = ""
    kind: RunKind | None = None
    suspended: str = ""


async def standing_of(app: App, job: JobSettings) -> JobStanding:
    """Where `job` stands. Raises StoreError."""
    every = await app.store.runs(job.id, _HISTORY)
    runs = [run for run in every if run.kind is RunKind.SYNC]
    states = Counter(link.status for link in await app.store.links(job.id))
    last = runs[0] if runs else None
    binding = await app.store.accounts.binding(job.user)
    bound = binding.bound_at if binding else None
    needed = not app.identities.of_application and is_signed_out(
        bound, last.status if last else None, last.started if last else None
    )
    return JobStanding(
        job=job,
        state=str(last.status) if last else "never",
        message=last.message if last else "",
        last_run=last.started if last else None,
        last_success=next((run.started for run in runs if succeeded(run)), None),
        next_run=None if needed else _next_run(job, runs, app.clock.now()),
        linked=states[LinkStatus.ACTIVE],
        detached=states[LinkStatus.DETACHED] + states[LinkStatus.WITHDRAWN],
        following=states[LinkStatus.FOLLOWER],
        held=last.held if last else 0,
        quarantine=await app.store.quarantine(job.id),
        sign_in="needed" if needed else "signed_in",
        run=every[0].run if every else "",
        kind=every[0].kind if every else None,
        suspended=doubted(await app.store.notes(job.id)),
    )


def _next_run(job: JobSettings, runs: Sequence[RunReport], now: datetime) -> datetime | None:
    """When the job is due after these runs, the latest first. One that another process was running is not stored."""
    if not runs:
        return None
    failures = len(list(takewhile(lambda run: run.status is RunStatus.FAILED, runs)))
    due = runs[0].started + timedelta(seconds=wait_after(failures, job.interval.total_seconds()))
    return due if due > now else None


def is_signed_out(bound: datetime | None, status: RunStatus | None, last_run: datetime | None) -> bool:
    """Whether only a new sign-in helps: there was none (`bound`), or the last run found it dead and there was no other since.

    Compares times of the wall clock: after it was set back the word is old for as long as that. Nothing acts on it. What wakes a
    job compares bindings (`Rounds.wake_signed_in`).
    """
    return bound is None or (status is RunStatus.REAUTH and last_run is not None and bound <= last_run)


def succeeded(run: RunReport) -> bool:
    """Whether a run did what it could; what a guard holds back is a question to a person, not a failure of the run.

    A run whose folder was missing is held as well, but did nothing: it counts no record as held.
    """
    return run.status is RunStatus.OK or (run.status is RunStatus.HELD and run.held > 0)
