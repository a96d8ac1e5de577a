"""One contract for both sides of a calendar job in Outlook: the twin in memory, and the real adapter before the sandbox's Graph."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest

from outlookd.testing import MemoryCalendar
from outlookd.testing.contracts.calendar import DAY, WEEKS, WINDOW, CalendarContract

NINE = time(9)


class PersonInMemory:
    """Edits the twin."""

    def __init__(self, calendar):
        self.calendar = calendar
        self.edit, self.delete, self.move, self.copy = calendar.edit, calendar.delete, calendar.move, calendar.copy
        self.churn, self.expire = calendar.churn, calendar.expire
        self.add_calendar, self.delete_calendar = calendar.add_calendar, calendar.delete_calendar

    def add(self, *, day=DAY, calendar="", **properties):
        return self.calendar.add(at_nine(day), calendar=calendar or self.calendar.container, **properties)

    def add_series(self, *, day=DAY, **properties):
        last = date.fromisoformat(day) + timedelta(weeks=WEEKS - 1)
        return self.calendar.add_series(at_nine(day), last=last, **properties)

    def add_whole_day(self, *, day=DAY, **properties):
        return self.calendar.add(date.fromisoformat(day), **properties)

    def reschedule(self, id, day):
        self.calendar.edit(id, at_nine(day))

    def lose_answer(self):
        self.calendar.lose_answers = 1


def at_nine(day):
    return datetime.combine(date.fromisoformat(day), NINE)


class TestMemoryCalendar(CalendarContract):
    @pytest.fixture
    def adapter(self):
        return MemoryCalendar(container="calendar", window=WINDOW, page_size=10)

    @pytest.fixture
    def person(self, adapter):
        return PersonInMemory(adapter)
