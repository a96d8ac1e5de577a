"""When each job is due: at a place of its own in its interval, by a clock that cannot be set.

Alarms go by the wall clock. One that is stepped back an hour would be silent for an hour (operations.md 0.11), and one that is
stepped forward would ring for everybody at once. So the monotonic time of each next ring is remembered; when the two clocks part,
every alarm is set again, and what rang too early is left alone. A machine that slept is the same case.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from outlookd.ports import Clock
from outlookd.runtime.schedule.alarms import Alarms, ApsAlarms, Ring

log = structlog.get_logger()

FIRST_WITHIN = 60.0
"""Seconds. After a start every job runs within this time, or within its interval if that is shorter."""

STEP = 5.0
"""Seconds by which the wall clock moves against the monotonic one until that counts as a step: time servers pull it a little."""

_DRIFT = 0.001
"""Share of an interval by which a wall clock that is being pulled may be ahead of time; the kernel pulls half as hard."""


@dataclass(slots=True, kw_only=True)
class _Entry:
    """One job's rings. `due` is the next one (monotonic); `then` the one after it, where that is not just an interval later."""

    interval: float
    due: float
    then: float | None


class Timetable:
    """Rings for every job when it is due. `ring` must return at once."""

    def __init__(self, ring: Ring, *, clock: Clock, make_alarms: Callable[[Ring], Alarms] = ApsAlarms) -> None:
        self._ring = ring
        self._clock = clock
        self._alarms = make_alarms(self._rung)
        self._entries: dict[str, _Entry] = {}
        self._began = clock.monotonic()
        self._gap = self._wall_ahead()

    def start(self) -> None:
        """Begin. Jobs are added afterwards."""
        self._began = self._clock.monotonic()
        self._gap = self._wall_ahead()
        self._alarms.start()

    def put(self, name: str, *, interval: float) -> None:
        """Ring every `interval` seconds. A job that keeps its interval keeps its rings.

        The first one comes soon, at a place that the name decides; the others are spread over the whole interval, or all jobs
        would run in the first minute of each.
        """
        entry = self._entries.get(name)
        if entry is not None and entry.interval == interval:
            return
        now = self._clock.monotonic()
        due = now + phase(name, min(interval, FIRST_WITHIN))
        place = self._began + phase(name, interval)
        then = place + interval * math.ceil((due + interval / 2 - place) / interval)
        self._entries[name] = entry = _Entry(interval=interval, due=due, then=then if interval > FIRST_WITHIN else None)
        self._set(name, entry)

    def remove(self, name: str) -> None:
        """Ring for this job no more."""
        if self._entries.pop(name, None) is not None:
            self._alarms.remove(name)

    def next_ring(self, name: str, *, after: float = 0.0) -> datetime | None:
        """The moment of the job's first ring that is not before `after` (monotonic): aware, UTC. None for an unknown job."""
        moment, entry = self._alarms.next_ring(name), self._entries.get(name)
        if moment is None or entry is None:
            return None
        left_out = max(0, math.ceil((after - entry.due) / entry.interval))
        return moment + timedelta(seconds=left_out * entry.interval)

    def mind_clock(self) -> bool:
        """Set every alarm again if the wall clock was stepped, and say whether it was. Call it often."""
        gap = self._wall_ahead()
        step = gap - self._gap
        if abs(step) <= STEP:
            return False
        self._gap = gap
        log.warning("clock.jumped", seconds=round(step, 1))
        for name, entry in self._entries.items():
            self._set(name, entry)
        return True

    async def close(self) -> None:
        """Never ring again."""
        await self._alarms.close()

    def _rung(self, name: str) -> None:
        # The alarms may have been fooled by a step that nobody has noticed yet; then all of them have just been set again.
        entry = self._entries.get(name)
        if self.mind_clock() or entry is None:
            return
        now = self._clock.monotonic()
        if now < entry.due - STEP - entry.interval * _DRIFT:
            return
        self._turn_page(name, entry, now)
        self._ring(name)

    def _turn_page(self, name: str, entry: _Entry, now: float) -> None:
        if entry.then is not None:
            entry.due, entry.then = entry.then, None
            self._set(name, entry)
            return
        entry.due = min(entry.due, now)
        entry.due += entry.interval * (math.floor((now - entry.due) / entry.interval) + 1)

    def _set(self, name: str, entry: _Entry) -> None:
        left = max(0.0, entry.due - self._clock.monotonic())
        self._alarms.put(name, interval=entry.interval, at=self._clock.now() + timedelta(seconds=left))

    def _wall_ahead(self) -> float:
        """How far the wall clock is ahead of the monotonic one. Only its changes mean anything."""
        return self._clock.now().timestamp() - self._clock.monotonic()


def phase(name: str, within: float) -> float:
    """Where in `within` seconds a job has its place: always the same, evenly spread over all names."""
    return within * int.from_bytes(hashlib.blake2s(name.encode(), digest_size=4).digest()) / 2**32
