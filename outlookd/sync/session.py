"""One run as an event of its own: the job's lease, its place in the history, its report, and what becomes of an error.

It does not know what the run does. Keeping a job in step, taking a run back and settling a conflict are all runs.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from uuid import uuid4

import structlog

from outlookd.core.model import LinkStatus, RunKind, RunReport, RunStatus
from outlookd.errors import JobBusy, OutlookdError, StoreError
from outlookd.sync.job import Deps, Job
from outlookd.sync.observe import VANISHED
from outlookd.sync.report import counted, failed, figures, requests_of, timed
from outlookd.sync.state import State, traits
from outlookd.sync.untold import UNTOLD

log = structlog.get_logger()

APPROVED = "approved"
"""A note of a job: what was approved for its next run, as in `Held.releases`."""


async def conduct(job: Job, deps: Deps, kind: RunKind, work: Callable[[State], Awaitable[None]]) -> RunReport:
    """Do `work` as one run of the job, and report.

    Never raises but for cancellation: the report says what went wrong, and what to do.
    """
    run, began, before = str(uuid4()), deps.clock.monotonic(), requests_of(deps)
    started = deps.clock.now()
    report = RunReport(run=run, job=job.id, user=job.user, type=job.type, status=RunStatus.OK, started=started, kind=kind)
    with structlog.contextvars.bound_contextvars(run=run):
        try:
            async with deps.store.lease(job.id):
                await deps.store.begin_run(run=run, job=job.id, user=job.user, type=job.type, started=started, kind=kind)
                state = await open_state(job, deps, run=run, started=started)
                await deps.hooks.run_started(run, job.id)
                try:
                    await work(state)
                finally:
                    report = timed(counted(report, state), deps, began, before)
                await deps.store.finish_run(report)
        except OutlookdError as error:
            report = timed(failed(report, error), deps, began, before)
            await _record_failure(deps, report, error)
        except Exception:  # isolation point "job": a fault of ours in one job must not stop the others
            log.exception("sync.run.crashed")
            crash = OutlookdError("outlookd itself failed;", hint="the log has the details (sync.run.crashed).")
            report = timed(failed(report, crash), deps, began, before)
            await _record_failure(deps, report, crash)
        log.info("sync.run.finished", **figures(report))
        await deps.hooks.run_finished(report)
    return report


async def open_state(job: Job, deps: Deps, *, run: str, started: datetime) -> State:
    """What a run of the job begins with: everything remembered. Raises StoreError."""
    notes = await deps.store.notes(job.id)
    state = State(
        job=job,
        deps=deps,
        rules=job.rules(await deps.store.install_id(), started),
        context=replace(job.context, now=started),
        run=run,
        started=started,
        links={link.id: link for link in await deps.store.links(job.id)},
        quarantine={(entry.side, entry.id): entry for entry in await deps.store.quarantine(job.id)},
        approved=frozenset(notes.get(APPROVED, "").split()),
        untold=set(notes.get(UNTOLD, "").split()),
        vanished=frozenset(notes.get(VANISHED, "").split()),
    )
    state.pairs = frozenset(id for id, link in state.links.items() if link.status is LinkStatus.ACTIVE and state.is_near(link))
    deps.outlook.window = state.rules.window.outer if state.rules.window is not None else None
    return state


async def _record_failure(deps: Deps, report: RunReport, error: OutlookdError) -> None:
    """Keep the failed run in the history, if the store still can: it may be what failed, or busy with another run."""
    log.warning("sync.run.failed", **traits(error))
    if isinstance(error, StoreError | JobBusy):
        return
    await deps.store.finish_run(report)
