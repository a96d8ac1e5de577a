"""One contract for both sides of a calendar job in Outlook: the twin in memory, and the real adapter before the sandbox's Graph."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from aiohttp.test_utils import TestServer

from outlookd.graph import EventsAdapter, GraphClient
from outlookd.sandbox.directory import Directory
from outlookd.sandbox.faults import Faults
from outlookd.sandbox.graph import graph_app
from outlookd.sandbox.maillog import MailLog
from outlookd.sandbox.tokens import GRAPH
from outlookd.testing import MemoryCalendar
from outlookd.testing.contracts.calendar import DAY, WEEKS, WINDOW, CalendarContract
from outlookd.testing.diary import spelt

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


class Cloud:
    """The sandbox's Graph with one mailbox, and the token of its owner."""

    def __init__(self):
        self.faults = Faults()
        self.directory = Directory()
        self.directory.register_client("app", secret="s")
        self.user = self.directory.add_user("claire@example.com", "Claire")
        self.app = graph_app(self.directory, MailLog(), self.faults)

    async def token(self, *, claims="", refresh=False):
        return self.directory.tokens.issue_access(
            client_id="app",
            object_id=self.user.object_id,
            scopes=frozenset({"Calendars.ReadWrite", "User.Read"}),
            audience=GRAPH,
            life=timedelta(hours=1),
        )


class PersonInSandbox:
    """Edits the sandbox's calendars."""

    def __init__(self, cloud, adapter):
        self.cloud, self.adapter = cloud, adapter
        self.calendars = calendars = cloud.user.calendars
        self.delete, self.move, self.churn = calendars.delete, calendars.move, calendars.churn
        self.delete_calendar, self.expire = calendars.delete_calendar, calendars.tracker.expire

    def add(self, *, day=DAY, calendar="", **properties):
        return self.make({**nine_to_ten(day), **spelt(properties)}, calendar)

    def add_series(self, *, day=DAY, **properties):
        first = date.fromisoformat(day)
        weekday = f"{first:%A}".lower()
        recurrence = {
            "pattern": {"type": "weekly", "interval": 1, "daysOfWeek": [weekday], "firstDayOfWeek": "monday"},
            "range": {"type": "numbered", "startDate": day, "numberOfOccurrences": WEEKS},
        }
        return self.make({**nine_to_ten(day), **spelt(properties), "recurrence": recurrence})

    def add_whole_day(self, *, day=DAY, **properties):
        following = date.fromisoformat(day) + timedelta(days=1)
        return self.make({**edges(f"{day}T00:00:00", f"{following}T00:00:00"), "isAllDay": True, **properties})

    def make(self, body, calendar=""):
        return self.calendars.create(body, calendar or self.adapter.container).immutable_id

    def edit(self, id, **properties):
        self.calendars.update(id, spelt(properties))

    def reschedule(self, id, day):
        self.calendars.update(id, nine_to_ten(day))

    def copy(self, id):
        return self.calendars.copy(id).immutable_id

    def add_calendar(self, name):
        return self.calendars.create_calendar(name).id

    def lose_answer(self):
        self.cloud.faults.add("graph", "drop_after", match=r"POST .*\$batch")


def nine_to_ten(day):
    return edges(f"{day}T09:00:00", f"{day}T10:00:00")


def edges(start, end):
    zone = "Europe/Paris"
    return {"start": {"dateTime": start, "timeZone": zone}, "end": {"dateTime": end, "timeZone": zone}}


class TestMemoryCalendar(CalendarContract):
    @pytest.fixture
    def adapter(self):
        return MemoryCalendar(container="calendar", window=WINDOW, page_size=10)

    @pytest.fixture
    def person(self, adapter):
        return PersonInMemory(adapter)


class TestEventsAdapter(CalendarContract):
    @pytest.fixture
    def cloud(self):
        return Cloud()

    @pytest.fixture
    async def adapter(self, cloud, session, clock):
        async with TestServer(cloud.app) as server:
            client = GraphClient(session, str(server.make_url("/")), cloud, clock, mailbox="me", random=lambda: 1.0)
            yield EventsAdapter(client, container=cloud.user.calendars.default.id, window=WINDOW)

    @pytest.fixture
    def person(self, cloud, adapter):
        return PersonInSandbox(cloud, adapter)
