"""Whose turn it is: the decisions of the schedule, without clock, task or alarm.

Knows what waits, what runs and what has to stay away for how long. Every method takes the time (monotonic seconds), so that laws
can be tried on it: no wake is lost, nothing runs beside itself or its group, never more than `at_once`. Each step costs at most
the logarithm of the number of jobs.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import count
from typing import Literal, NamedTuple, assert_never

DEBOUNCE = 2.0
"""Seconds between two runs of a job that only notifications asked for: one edit often makes several of them."""

LONGEST_WAIT = 3600.0
"""Seconds. A job that always fails is tried at least so often, unless it was told to wait longer."""

STOPPED_FOR = 86400.0
"""Seconds after which a stopped job is tried all the same: an account that was enabled again tells nobody."""

HEAD_START = 60.0
"""Seconds by which a notification goes before what is due. Not for ever: what is only polled must be polled (issue 4, part 5)."""


class Trigger(StrEnum):
    """Why a job runs. The words are label values."""

    SCHEDULE = "schedule"
    MANUAL = "manual"
    NOTIFICATION = "webhook"


_URGENCY = {Trigger.SCHEDULE: 0, Trigger.NOTIFICATION: 1, Trigger.MANUAL: 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a run ended, in the words of the schedule.

    ``failed`` makes the job wait longer each time, and at least `retry_after` seconds. ``stopped``: only a person can help, so
    only `wake` makes it run again, or an alarm after `STOPPED_FOR`.
    """

    outcome: Literal["ok", "failed", "stopped"]
    retry_after: float | None = None


class Start(NamedTuple):
    """A run that has to begin now. `waited` is how many seconds it might have begun earlier, had there been a place."""

    name: str
    trigger: Trigger
    waited: float


Tick = Literal["due", "overlap", "missed", "quiet"]
"""What an alarm meant: the job is due; it still runs; it never got its place since the alarm before; it is to be left alone."""


@dataclass(slots=True, eq=False, kw_only=True)
class _Job:
    """What is remembered of one job. `wanted` is set while a run is owed: also while it runs, and then it runs once more."""

    name: str
    interval: float
    group: str
    wanted: Trigger | None = None
    since: float = 0.0
    """When the run that is owed became possible: what `waited` is counted from."""
    earliest: float = 0.0
    """Not before this time does it begin."""
    ticket: int = 0
    """The one entry of a queue that counts for this job; others are left over."""
    running_in: str | None = None
    """The group that its run occupies; a changed one takes effect with the next run."""
    began: float | None = None
    failures: int = 0
    stopped: bool = False
    held_until: float = 0.0
    """Alarms and notifications do not run it before. A person does."""
    removed: bool = False

    @property
    def runs(self) -> bool:
        return self.running_in is not None


@dataclass(slots=True, kw_only=True)
class _Queues:
    """Jobs that are owed a run: possible ones in order, early ones by their time, and those whose group is busy."""

    ready: list[tuple[int, float, int, _Job]] = field(default_factory=list)
    later: list[tuple[float, int, _Job]] = field(default_factory=list)
    blocked: defaultdict[str, list[tuple[int, _Job]]] = field(default_factory=lambda: defaultdict(list))


class Turns:
    """The jobs, by name, and who is next. A group runs one job at a time: a mailbox. `at_once` may be changed at any time."""

    def __init__(self, *, at_once: int, debounce: float = DEBOUNCE) -> None:
        self.at_once = at_once
        self._debounce = debounce
        self._jobs: dict[str, _Job] = {}
        self._busy: set[str] = set()
        self._queues = _Queues()
        self._tickets = count(1)

    # --- the jobs ------------------------------------------------------------------------------------------------------------

    def put(self, name: str, *, interval: float, group: str) -> None:
        """Add a job, or change it. A run under way and one that is owed are kept."""
        job = self._jobs.get(name)
        if job is None:
            self._jobs[name] = _Job(name=name, interval=interval, group=group)
            return
        moved, job.interval, job.group, job.removed = job.group != group, interval, group, False
        if moved and job.wanted is not None and not job.runs:
            # It may be waiting for a group that it does not belong to any more.
            job.ticket = next(self._tickets)
            heapq.heappush(self._queues.later, (job.earliest, job.ticket, job))

    def remove(self, name: str) -> None:
        """Forget a job and what it is owed. Its run ends by itself, and is remembered until then: it may come back meanwhile."""
        job = self._jobs.get(name)
        if job is None:
            return
        job.wanted, job.removed = None, True
        if not job.runs:
            del self._jobs[name]

    # --- what asks for runs --------------------------------------------------------------------------------------------------

    def tick(self, name: str, now: float) -> Tick:
        """The job's interval has passed. What runs or waits already is not owed another run for that."""
        job = self._known(name)
        if job is None:
            return "quiet"
        if job.runs:
            return "overlap"
        if job.wanted is not None:
            return "missed" if now - job.since >= job.interval / 2 else "quiet"
        if now < job.held_until:
            return "quiet"
        self._owe(job, Trigger.SCHEDULE, now, earliest=now)
        return "due"

    def wake(self, name: str, trigger: Trigger, now: float) -> bool:
        """Owe the job a run, as soon as possible. Several wakes are one run, of the most urgent trigger.

        False: there is no such job, or a notification came for one that is stopped, which could do nothing with it.
        """
        job = self._known(name)
        if job is None or (job.stopped and trigger is Trigger.NOTIFICATION):
            return False
        earliest = now
        if trigger is Trigger.NOTIFICATION:
            last = job.began if job.began is not None else now - self._debounce
            earliest = max(now, last + self._debounce, job.held_until)
        self._owe(job, trigger, now, earliest=earliest)
        return True

    # --- runs ----------------------------------------------------------------------------------------------------------------

    def begin(self, now: float) -> Start | None:
        """The next run, if there is one and there is room for it. It counts as running from now on."""
        self._let_in(now)
        ready = self._queues.ready
        while ready and len(self._busy) < self.at_once:
            _, _, ticket, job = heapq.heappop(ready)
            if ticket != job.ticket or job.wanted is None:
                continue
            if job.group in self._busy:
                self._queues.blocked[job.group].append((ticket, job))
                continue
            start = Start(job.name, job.wanted, max(0.0, now - job.since))
            job.wanted, job.running_in, job.began = None, job.group, now
            self._busy.add(job.group)
            return start
        return None

    def ended(self, name: str, ending: Ending, now: float) -> None:
        """The job's run has ended in this way. Whoever waited for its group may run."""
        job = self._jobs[name]
        group, job.running_in = job.running_in or "", None
        self._busy.discard(group)
        self._judge(job, ending, now)
        if job.removed:
            del self._jobs[name]
        elif job.wanted is not None:
            if job.wanted is Trigger.NOTIFICATION and not job.stopped:
                job.earliest = max(job.earliest, job.held_until)
            job.since = max(now, job.earliest)
            self._queue(job, now)
        for ticket, waiting in self._queues.blocked.pop(group, ()):
            if ticket == waiting.ticket and waiting.wanted is not None:
                self._queue(waiting, now)

    def next_at(self) -> float | None:
        """When `begin` should be asked again although nothing ended: a run that is owed becomes possible then."""
        later = self._queues.later
        while later and (later[0][1] != later[0][2].ticket or later[0][2].wanted is None):
            heapq.heappop(later)
        return later[0][0] if later else None

    # --- questions -----------------------------------------------------------------------------------------------------------

    def names(self) -> frozenset[str]:
        """Every job that is not removed."""
        return frozenset(name for name, job in self._jobs.items() if not job.removed)

    def is_owed(self, name: str) -> bool:
        """Whether a run of the job is still to come, on account of an alarm or a wake."""
        job = self._known(name)
        return job is not None and job.wanted is not None

    def failures(self, name: str) -> int:
        """How many of its runs failed one after the other."""
        job = self._known(name)
        return job.failures if job is not None else 0

    def is_stopped(self, name: str) -> bool:
        """Whether a person must help before it can run."""
        job = self._known(name)
        return job is not None and job.stopped

    def held_until(self, name: str) -> float:
        """Before this time its alarms mean nothing."""
        job = self._known(name)
        return job.held_until if job is not None else 0.0

    # --- inside --------------------------------------------------------------------------------------------------------------

    def _known(self, name: str) -> _Job | None:
        job = self._jobs.get(name)
        return job if job is not None and not job.removed else None

    def _owe(self, job: _Job, trigger: Trigger, now: float, *, earliest: float) -> None:
        before = job.wanted, job.earliest
        if job.wanted is None:
            job.wanted, job.earliest = trigger, earliest
        else:
            job.wanted = max(job.wanted, trigger, key=_URGENCY.__getitem__)
            job.earliest = min(job.earliest, earliest)
        # While it runs it waits for itself: `ended` puts it into a queue.
        if not job.runs and (job.wanted, job.earliest) != before:
            job.since = job.earliest
            self._queue(job, now)

    def _queue(self, job: _Job, now: float) -> None:
        """Put the job where it has to wait, and let no earlier entry of it count."""
        job.ticket = next(self._tickets)
        if job.wanted is None:
            return
        if now < job.earliest:
            heapq.heappush(self._queues.later, (job.earliest, job.ticket, job))
        elif job.group in self._busy:
            self._queues.blocked[job.group].append((job.ticket, job))
        else:
            heapq.heappush(self._queues.ready, (*_order(job.wanted, job.since), job.ticket, job))

    def _let_in(self, now: float) -> None:
        """Those whose time has come."""
        while (at := self.next_at()) is not None and at <= now:
            self._queue(heapq.heappop(self._queues.later)[2], now)

    def _judge(self, job: _Job, ending: Ending, now: float) -> None:
        retry_at = now + (ending.retry_after or 0.0)
        match ending.outcome:
            case "ok":
                job.failures, job.stopped, job.held_until = 0, False, retry_at
            case "failed":
                job.failures, job.stopped = job.failures + 1, False
                # Half an interval less, because it goes on at an alarm: the one that is nearest.
                job.held_until = max(now + wait_after(job.failures, job.interval) - job.interval / 2, retry_at)
            case "stopped":
                job.failures, job.stopped, job.held_until = 0, True, now + STOPPED_FOR
            case _:
                assert_never(ending.outcome)


def wait_after(failures: int, interval: float) -> float:
    """Seconds from the last of so many failures in a row to the next run; without any, the interval."""
    return min(interval * 2.0 ** min(max(failures - 1, 0), 30), max(LONGEST_WAIT, interval))


def _order(trigger: Trigger, since: float) -> tuple[int, float]:
    """People first; then by time, where a notification counts as older than it is."""
    return (0 if trigger is Trigger.MANUAL else 1), (since - HEAD_START if trigger is Trigger.NOTIFICATION else since)
