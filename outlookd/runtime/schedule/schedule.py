"""The schedule: every job at its interval, at once when somebody asks, never beside itself.

Ties together who is next (`turns`), when something is due (`timetable`) and the runs, which are tasks of our own: APScheduler
cancels its own at the end and waits for none. What a job is and what a run does is not known here; names are job ids, a group is
a mailbox.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextvars import Context
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol

import structlog

from outlookd.ports import Clock
from outlookd.runtime.loops import end
from outlookd.runtime.schedule.alarms import Alarms, ApsAlarms, Ring
from outlookd.runtime.schedule.pulse import Pulse
from outlookd.runtime.schedule.timetable import Timetable
from outlookd.runtime.schedule.turns import DEBOUNCE, Ending, Start, Trigger, Turns

__all__ = ["Ending", "Schedule", "ScheduleMeter", "Trigger", "Turn", "Work"]

log = structlog.get_logger()

Work = Callable[[str, Trigger], Coroutine[Any, Any, Ending]]
"""One run of a job. What it raises is a fault of ours: logged, and a failure of that job only."""

Fired = Literal["ok", "failed", "stopped", "missed", "overlap"]

BEAT = 5.0
"""Seconds between two turns of the schedule itself, which go the same way as a job's: they stand still when it does."""

_ITSELF = ""
"""The name under which the schedule has an alarm of its own. No job has it."""


class ScheduleMeter(Protocol):
    """Counts what the schedule does; never fails and never waits."""

    def fired(self, outcome: Fired) -> None:
        """A run ended, or an interval passed without one: ``overlap``, it still ran; ``missed``, it still waited for a place."""
        ...

    def waited_in_queue(self, seconds: float) -> None:
        """A run began so long after it might have."""
        ...

    def heartbeat(self, at: datetime) -> None:
        """The schedule has turned."""
        ...

    def lagged(self, seconds: float) -> None:
        """The event loop woke something so much too late."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """Where a job is in its round. Moments are aware, UTC.

    `next_run` is its next run by schedule, back-off included; None for a job that is not known, and while it is `stopped`: its
    one try a day is nothing to wait for.
    `waiting`: a run is owed and has not begun. `failures` are those in a row.
    """

    next_run: datetime | None = None
    running_since: datetime | None = None
    waiting: bool = False
    failures: int = 0
    stopped: bool = False


class Schedule:
    """Runs `work` for every job that was put into it. Everything but `drain` and `close` returns at once, within the loop.

    `on_turn` is awaited at each turn of the schedule itself, and by one turn at a time. It must not raise.
    """

    def __init__(
        self,
        work: Work,
        *,
        clock: Clock,
        at_once: int = 8,
        meter: ScheduleMeter | None = None,
        on_turn: Callable[[], Coroutine[Any, Any, None]] | None = None,
        beat: float = BEAT,
        debounce: float = DEBOUNCE,
        make_alarms: Callable[[Ring], Alarms] = ApsAlarms,
    ) -> None:
        self._work = work
        self._clock = clock
        self._meter = meter or _SILENT
        self._on_turn = on_turn
        self._beat = beat
        self._turns = Turns(at_once=at_once, debounce=debounce)
        self._timetable = Timetable(self._rung, clock=clock, make_alarms=make_alarms)
        self._pulse = Pulse(clock=clock, lagged=self._meter.lagged, beat=self._timetable.mind_clock)
        self._runs: dict[str, tuple[asyncio.Task[Ending], datetime]] = {}
        self._turning: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._stopping = False
        self._closing = False

    # --- the jobs ------------------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to turn. Jobs are put in afterwards."""
        self._timetable.start()
        self._timetable.put(_ITSELF, interval=self._beat)
        self._pulse.start()
        self._turn()

    def put(self, name: str, *, interval: timedelta, group: str) -> None:
        """Add a job, or change it: a run under way and a run that is owed are kept. Of a group one job runs at a time."""
        self._turns.put(name, interval=interval.total_seconds(), group=group)
        self._timetable.put(name, interval=interval.total_seconds())
        self._fill()

    def remove(self, name: str) -> None:
        """Forget a job. A run under way ends by itself."""
        self._timetable.remove(name)
        self._turns.remove(name)

    def wake(self, name: str, trigger: Trigger) -> bool:
        """Run a job as soon as possible, and once more if it runs right now. Several wakes are one run.

        A person's wake starts over a job that is stopped or waits because it failed. False: it is not known, or it is stopped
        and this is only a notification.
        """
        known = self._turns.wake(name, trigger, self._clock.monotonic())
        self._fill()
        return known

    def allow(self, at_once: int) -> None:
        """Change how many run at once. What runs goes on. With 0 nothing begins."""
        self._turns.at_once = at_once
        self._fill()

    # --- questions -----------------------------------------------------------------------------------------------------------

    def turn(self, name: str) -> Turn:
        """Where the job is in its round."""
        run = self._runs.get(name)
        stopped = self._turns.is_stopped(name)
        return Turn(
            next_run=None if stopped else self._timetable.next_ring(name, after=self._turns.held_until(name)),
            running_since=run[1] if run is not None else None,
            waiting=self._turns.is_owed(name),
            failures=self._turns.failures(name),
            stopped=stopped,
        )

    def names(self) -> frozenset[str]:
        """Every job."""
        return self._turns.names()

    @property
    def running(self) -> int:
        """How many jobs run right now."""
        return len(self._runs)

    # --- the end -------------------------------------------------------------------------------------------------------------

    async def drain(self, grace: float) -> None:
        """Start nothing new, and wait up to `grace` seconds for what runs."""
        self._stopping = True
        if runs := [task for task, _ in self._runs.values()]:
            await asyncio.wait(runs, timeout=grace)

    async def close(self) -> None:
        """Cut off what still runs, and wait until it has ended. It recovers with its next run, but that costs."""
        self._stopping = self._closing = True
        if self._timer is not None:
            self._timer.cancel()
        runs = [task for task, _ in self._runs.values()]
        if runs:
            log.warning("schedule.runs.cut_off", runs=len(runs))
        ending = [*runs, *([self._turning] if self._turning is not None else [])]
        try:
            await end(ending)
        finally:
            await self._pulse.close()
            await self._timetable.close()

    # --- inside --------------------------------------------------------------------------------------------------------------

    def _rung(self, name: str) -> None:
        if name == _ITSELF and not self._closing:
            # Also while what runs is waited for: it may take longer than a watchdog's patience.
            self._turn()
            return
        if self._stopping:
            return
        match self._turns.tick(name, self._clock.monotonic()):
            case "overlap" | "missed" as outcome:
                self._meter.fired(outcome)
            case "due" | "quiet":
                pass
        self._fill()

    def _turn(self) -> None:
        self._meter.heartbeat(self._clock.now())
        if self._on_turn is not None and (self._turning is None or self._turning.done()):
            self._turning = asyncio.create_task(self._on_turn(), name="schedule.turn", context=Context())

    def _fill(self) -> None:
        """Begin every run that there is room for, and come back when the next one that has to wait may begin."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._stopping:
            return
        now = self._clock.monotonic()
        while (start := self._turns.begin(now)) is not None:
            self._launch(start)
        at = self._turns.next_at()
        if at is not None:
            self._timer = asyncio.get_running_loop().call_later(max(0.0, at - now), self._fill)

    def _launch(self, start: Start) -> None:
        self._meter.waited_in_queue(start.waited)
        # A context of its own: a run that a page asked for must not carry that request's words in its log lines.
        task = asyncio.create_task(self._work(start.name, start.trigger), name=f"schedule.run.{start.trigger}", context=Context())
        self._runs[start.name] = task, self._clock.now()
        task.add_done_callback(lambda task: self._ended(start.name, task))

    def _ended(self, name: str, task: asyncio.Task[Ending]) -> None:
        del self._runs[name]
        ending = _ending_of(task)
        self._meter.fired(ending.outcome)
        self._turns.ended(name, ending, self._clock.monotonic())
        self._fill()


def _ending_of(task: asyncio.Task[Ending]) -> Ending:
    """What the run said, or that it failed. Only `close` cancels one; what is made of that ending nobody sees."""
    if task.cancelled():
        return Ending(outcome="failed")
    error = task.exception()
    if error is None:
        return task.result()
    log.error("schedule.run.crashed", exc_info=error)
    return Ending(outcome="failed")


class _Silent:
    """Counts nothing."""

    def fired(self, outcome: Fired) -> None: ...

    def waited_in_queue(self, seconds: float) -> None: ...

    def heartbeat(self, at: datetime) -> None: ...

    def lagged(self, seconds: float) -> None: ...


_SILENT: ScheduleMeter = _Silent()
