"""The jobs of the roster on a schedule: which there are, what one of their runs is, and what its report means for the next one.

Whose turn it is and when is the schedule's business, `runtime.schedule`. What goes on beside the runs is `daemon`'s.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable
from contextlib import asynccontextmanager
from typing import Any, assert_never

from outlookd.app.composition import App
from outlookd.core.model import RunReport, RunStatus
from outlookd.errors import StoreError, StoreFull
from outlookd.ports import Binding
from outlookd.runtime.loops import first_of
from outlookd.runtime.schedule import BEAT, Ending, Schedule, Trigger
from outlookd.settings import JobSettings

AfterRun = Callable[[RunReport], Awaitable[None]]


@asynccontextmanager
async def schedule(
    app: App,
    *,
    after_run: AfterRun | None = None,
    hurry: asyncio.Event | None = None,
    on_turn: Callable[[], Coroutine[Any, Any, None]] | None = None,
    beat: float = BEAT,
) -> AsyncIterator[Rounds]:
    """Every job at its interval, for as long as the block runs; `after_run` hears of each report.

    The end gives running jobs ``daemon.grace``, or none when `hurry` is set or the block was left by an exception. No run
    outlives it.
    """
    rounds = Rounds(app, after_run=after_run, on_turn=on_turn, beat=beat)
    app.schedule = rounds.schedule
    try:
        rounds.schedule.start()
        rounds.follow_roster()
        yield rounds
        await first_of(rounds.schedule.drain(app.settings.daemon.grace.total_seconds()), (hurry or asyncio.Event()).wait())
    finally:
        await rounds.schedule.close()
        app.schedule = None


class Rounds:
    """The jobs of the roster on a schedule: which there are, and what one of their runs is."""

    def __init__(
        self,
        app: App,
        *,
        after_run: AfterRun | None,
        on_turn: Callable[[], Coroutine[Any, Any, None]] | None,
        beat: float,
    ) -> None:
        self._app = app
        self._after_run = after_run
        self._jobs: dict[str, JobSettings] = {}
        self._signed_out: dict[str, Binding | None] = {}
        self.schedule = Schedule(
            self._work, clock=app.clock, at_once=app.settings.daemon.parallel, meter=app.metrics, on_turn=on_turn, beat=beat
        )

    def follow_roster(self) -> None:
        """Take over the jobs as they are now. Runs under way go on as they began.

        A job that failed or stopped and has other settings now is run: whoever repaired its record need not wait for the back-off.
        """
        before, self._jobs = self._jobs, {job.id: job for job in self._app.jobs()}
        for name in self.schedule.names() - self._jobs.keys():
            self.schedule.remove(name)
        logins = {job.user for job in self._jobs.values()}
        self._app.identities.forget_others(logins)
        for login in self._signed_out.keys() - logins:
            del self._signed_out[login]
        for job in self._jobs.values():
            self.schedule.put(job.id, interval=job.interval, group=job.mailbox_name)
        self._try_again(name for name, job in self._jobs.items() if before.get(name, job) != job)

    def try_all_again(self) -> None:
        """Run every job that failed or stopped: what an administrator has just changed, here or in Entra, may have mended it."""
        self._try_again(self._jobs)

    def _try_again(self, names: Iterable[str]) -> None:
        for name in names:
            turn = self.schedule.turn(name)
            if turn.failures or turn.stopped:
                self.schedule.wake(name, Trigger.SCHEDULE)

    async def wake_signed_in(self) -> None:
        """Run the jobs of everybody whose sign-in was dead and who has signed in since. Raises StoreError.

        Another binding than the dead one is a new sign-in, whichever is the later: a clock may have been set back.
        """
        for login, dead in list(self._signed_out.items()):
            binding = await self._app.store.accounts.binding(login)
            if binding is not None and binding != dead and login in self._signed_out:
                del self._signed_out[login]
                self._app.wake(login)

    async def _work(self, name: str, trigger: Trigger) -> Ending:
        job = self._app.roster.find(name)  # as it is now: its map may just have been saved
        if job is None:
            return Ending(outcome="ok")
        alone = self._app.identities.of_application
        binding, missing = (None, False) if alone else await self._sign_in_of(job)
        if missing:
            self._signed_out[job.user] = None
            return Ending(outcome="stopped")
        with self._app.board.running(name, started=self._app.clock.now(), trigger=trigger) as progress:
            asked = trigger is Trigger.MANUAL
            recreate = self._app.board.take_folder(name)
            report = await self._app.sync(job, recreate_folder=recreate, impatient=asked, progress=progress, trigger=trigger)
        if self._after_run is not None:
            await self._after_run(report)
        if not alone:
            self._note_sign_in(report, binding)
        return ending_of(report, alone=alone)

    async def _sign_in_of(self, job: JobSettings) -> tuple[Binding | None, bool]:
        """What a run would sign in with, and whether that is missing: nobody has connected a mailbox to the job's user yet.

        No run, then, and no failure either.
        """
        try:
            binding = await self._app.store.accounts.binding(job.user)
        except StoreError:
            return None, False  # the run meets the same trouble, and reports it
        return binding, binding is None

    def _note_sign_in(self, report: RunReport, binding: Binding | None) -> None:
        """`binding` is the one that the run began with: somebody may have signed in while it went on."""
        if report.status is RunStatus.REAUTH:
            self._signed_out[report.user] = binding
        elif report.status is RunStatus.OK and self._signed_out.get(report.user) == binding:
            self._signed_out.pop(report.user, None)  # it works again, by itself


def ending_of(report: RunReport, *, alone: bool = False) -> Ending:
    """What a report means for the next run.

    A dead sign-in stops the job: only its user can mend that. Where outlookd signs in `alone`, as an application, nobody would
    wake it, so it goes on trying. A job that another process runs has not failed, and one that a guard holds back has not either.
    On a full disk no service is asked, so there is nobody to spare: each interval finds out whether there is room again.
    """
    match report.status:
        case RunStatus.OK | RunStatus.HELD:
            return Ending(outcome="ok")
        case RunStatus.REAUTH:
            return Ending(outcome="failed" if alone else "stopped")
        case RunStatus.FAILED:
            blameless = report.busy or isinstance(report.error, StoreFull)
            return Ending(outcome="ok" if blameless else "failed", retry_after=report.retry_after)
    assert_never(report.status)
