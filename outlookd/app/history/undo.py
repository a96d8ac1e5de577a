"""A run, or one item of it, taken back because a person says so: which run is meant, whose job it was, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import structlog

from outlookd.core.model import WRITES, Action, JournalEntry, RunKind, RunReport
from outlookd.core.orders import Kept
from outlookd.core.plan import fingerprint
from outlookd.errors import OutlookdError, TakenBack
from outlookd.runtime.metrics import counted_run
from outlookd.settings import JobSettings
from outlookd.sync import undo as undoing
from outlookd.sync.job import Progress, silent

if TYPE_CHECKING:
    from outlookd.app.composition import App

LAST = "last"
"""What a person may say for the latest run that wrote something."""

SEARCHED = 500
"""So many runs of each job that did something are looked through for one of which only the beginning of its name is known."""

SHORTEST = 6
"""So many characters of a run's name have to be given: a letter that happens to fit one run only is a slip of the hand."""

WHERE = "`outlookd status --json` and the page of past runs name the latest runs."


@dataclass(frozen=True, slots=True, kw_only=True)
class Undone:
    """What was taken back of `run` by the run of `report` (None: only a preview), and what stays as it is.

    `overtaken`: nothing was done, because it would not have been what a person had seen.
    """

    run: str
    job: str
    report: RunReport | None
    actions: tuple[Action, ...]
    kept: tuple[Kept, ...]
    overtaken: bool = False

    @property
    def hash(self) -> str:
        """The name of exactly these writes, with which a person agrees to them."""
        return fingerprint(self.actions)

    @property
    def exit_status(self) -> int:
        """0: everything is as it was before the run. 3: something stays as it is. Else how the undo itself failed."""
        failed = self.report.exit_status if self.report is not None else 0
        if failed not in (0, 3):
            return failed
        return 3 if self.kept else 0


async def undo(
    app: App, run: str, *, item: str = "", preview: bool = False, agreed: str | None = None, progress: Progress = silent
) -> Undone:
    """Take back what `run` wrote; with `item` (a key or an Outlook id) only what it wrote there.

    With `agreed`, the hash of a preview, only what that preview showed: where it is something else by now, it is shown anew and
    nothing is done. `item` without a run means the latest write of that item. What goes wrong in the undo itself is in its report;
    a preview raises it. Raises OutlookdError for a run that is unknown, wrote nothing or was taken back, or whose job is gone.
    """
    run = run or await _last_of(app, item)
    lines = await _lines(app, run, item)
    job = await _job_of(app, lines[0])
    with structlog.contextvars.bound_contextvars(job=job.id, user=job.user):
        if preview:
            return _foreseen(run, job, await undoing.preview_undo(*app.prepare(job, progress), run, item=item))
        with counted_run(app.metrics, resource=app.resource_of(job), trigger="manual") as count:
            report, done = await undoing.undo(*app.prepare(job, progress), run, item=item, agreed=agreed)
            count(report)
        if done.overtaken:
            return _foreseen(run, job, done)
        return Undone(run=run, job=job.id, report=report, actions=tuple(done.actions), kept=tuple(done.kept))


def _foreseen(run: str, job: JobSettings, seen: undoing.Undoing) -> Undone:
    """What would be done. Who is asked is the person who would take it back: that as a reason tells nothing yet."""
    actions = tuple(replace(action, reason="") for action in seen.actions)
    return Undone(run=run, job=job.id, report=None, actions=actions, kept=tuple(seen.kept), overtaken=seen.overtaken)


async def find_run(app: App, text: str, *, user: str | None = None, kind: str | None = None) -> str:
    """The id of the run that a person means: whole, its beginning, or ``last`` for the latest one that wrote something.

    ``last`` is never itself an undo, so that saying it twice does not bring back what was taken back. Raises OutlookdError.
    """
    if await app.store.journal(text):
        return text
    runs = [run for job in app.jobs(user, kind) for run in await app.store.telling_runs(job.id, limit=SEARCHED)]
    if text == LAST:
        latest = [run for run in [await _latest(app, runs)] if run is not None]
    else:
        latest = [run for run in runs if text and run.run.startswith(text)]
        if latest and len(text) < SHORTEST:
            raise OutlookdError(f"a run cannot be told by {text} alone.", hint=f"Give at least {SHORTEST} characters of its name.")
    if len(latest) > 1:
        raise OutlookdError(f"{len(latest)} runs begin with {text}.", hint="Give more of the run's name.")
    if not latest:
        what = "no run has written anything yet" if text == LAST else f"no run is known as {text}"
        raise OutlookdError(f"{what}.", hint=WHERE)
    return latest[0].run


async def _latest(app: App, runs: Sequence[RunReport]) -> RunReport | None:
    """The latest run that wrote something and is no undo, as its lines say: what is found done after a crash is counted later."""
    for run in sorted(runs, key=lambda run: run.started, reverse=True):
        if run.kind is not RunKind.UNDO and any(line.op in WRITES for line in await app.store.journal(run.run)):
            return run
    return None


async def _last_of(app: App, item: str) -> str:
    """The run of the latest write of an item that was not taken back."""
    ids = {item, *(link.id for link in await app.store.find_links(item))} - {""}
    lines = undoing.takeable(await app.store.history(ids) if ids else ())
    if not lines:
        raise OutlookdError(f"nothing that was written to {item} can be taken back.", hint="`outlookd why` tells its story.")
    return lines[-1].run


async def _lines(app: App, run: str, item: str) -> Sequence[JournalEntry]:
    """What there is to take back of a run. Raises OutlookdError where there is nothing."""
    every = await app.store.journal(run)
    report = await app.store.report(run)
    if not every and report is None:
        raise OutlookdError(f"no run is known as {run}.", hint=WHERE)
    lines = undoing.takeable(every, item)
    if not any(line.before or line.after for line in lines):
        again = await undoing.restored(app.store, [line for line in every if undoing.concerns(line, item)])
        if again:
            by = next(iter(again.values()))
            raise OutlookdError("this was taken back, and restored since.", hint=f"`outlookd undo {by}` takes it back again.")
    if lines:
        return lines
    by = next((line.undone for line in every if line.undone), "")
    if by:
        raise TakenBack("this was taken back already.", hint=f"`outlookd undo {by}` brings it back.")
    raise OutlookdError(f"this run wrote nothing{' to that item' if item else ''}, so there is nothing to take back.", hint=WHERE)


async def _job_of(app: App, line: JournalEntry) -> JobSettings:
    links = await app.store.find_links(line.link)
    found = next((job for link in links for job in app.jobs() if job.id == link.job), None)
    if found is None:
        raise OutlookdError("the job of this run is not configured any more.", hint="Configure it again as it was, then repeat.")
    return found
