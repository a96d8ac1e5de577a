"""When jobs run. The decisions are in `turns`, the moments in `timetable` and `alarms`, the runs in `schedule`."""

from __future__ import annotations

from outlookd.runtime.schedule.schedule import BEAT, Ending, Fired, Schedule, Trigger, Turn

__all__ = ["BEAT", "Ending", "Fired", "Schedule", "Trigger", "Turn"]
