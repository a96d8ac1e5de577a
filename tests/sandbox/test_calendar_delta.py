"""calendarView/delta: what its rows tell, what they keep silent about, and that a careful reader still gets everything."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from calendar_desk import IN_MAY, MAY, SCOPES, event, moment, repeating, series
from effort import examples
from graph_caller import IMMUTABLE, Caller
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from outlookd.sandbox.calendars import Calendars
from outlookd.sandbox.delta import Gone
from outlookd.sandbox.graph.calendar_tracking import changed_entries
from outlookd.sandbox.ids import Family

DELTA = f"me/calendarView/delta?{MAY}"


@pytest.fixture
def outlook(world, session, graph_server) -> Caller:
    return Caller(session, graph_server.root, world.token(scopes=SCOPES))


@pytest.fixture
def calendars(world) -> Calendars:
    return world.claire.calendars


def told(items):
    """What each row says it is."""
    return [item.get("type", "removed") for item in items]


def occurrence(master, number):
    return list(master.instances(IN_MAY))[number].id(Family.IMMUTABLE)


async def test_the_first_round_shows_what_is_in_the_window(outlook, calendars):
    for name, day in (("before", "2026-04-30"), ("in", "2026-05-12"), ("after", "2026-06-01")):
        calendars.create(event(name, day))
    assert [item["subject"] for item in (await outlook.delta(DELTA))[0]] == ["in"]


async def test_a_series_is_its_own_row_and_stubs(outlook, calendars):
    calendars.create(series(count=2))
    items = (await outlook.delta(DELTA))[0]
    assert told(items) == ["seriesMaster", "occurrence", "occurrence"]
    expected = {"@odata.type", "@odata.etag", "id", "seriesMasterId", "type", "start", "end"}
    assert [set(item) == expected for item in items] == [False, True, True]


async def test_an_exception_is_whole(outlook, calendars):
    master = calendars.create(series(count=2))
    calendars.update(occurrence(master, 1), {"subject": "Special"})
    assert [item.get("subject") for item in (await outlook.delta(DELTA))[0]] == ["Round", None, "Special"]


@pytest.mark.parametrize(("shown", "found"), [("always", 3), ("in window", 2), ("never", 2)])
async def test_the_row_of_a_series_that_began_before_the_window_may_be_missing(outlook, world, calendars, shown, found):
    world.directory.switches.turn({"delta_masters": shown})
    calendars.create(series(start="2026-04-20", count=4))
    assert len((await outlook.delta(DELTA))[0]) == found


async def test_a_switch_shows_occurrences_whole(outlook, world, calendars):
    world.directory.switches.turn({"delta_full_occurrences": True})
    calendars.create(series(count=2))
    assert [item["subject"] for item in (await outlook.delta(DELTA))[0]] == ["Round"] * 3


async def test_a_single_deleted_occurrence_has_no_tombstone(outlook, calendars):
    master = calendars.create(series(count=3))
    link = (await outlook.delta(DELTA))[1]
    calendars.delete(occurrence(master, 1))
    assert told((await outlook.delta(link))[0]) == ["seriesMaster"]


async def test_a_changed_occurrence_comes_with_its_master_and_without_the_others(outlook, calendars):
    master = calendars.create(series(count=3))
    link = (await outlook.delta(DELTA))[1]
    calendars.update(occurrence(master, 1), {"subject": "Special"})
    assert told((await outlook.delta(link))[0]) == ["seriesMaster", "exception"]


async def test_a_changed_series_comes_whole(outlook, calendars):
    master = calendars.create(series(count=3))
    link = (await outlook.delta(DELTA))[1]
    calendars.update(master.immutable_id, {"subject": "Other"})
    assert told((await outlook.delta(link))[0]) == ["seriesMaster", *["occurrence"] * 3]


async def test_a_series_that_ends_earlier_keeps_silent_about_what_is_gone(outlook, calendars):
    master = calendars.create(series(count=3))
    link = (await outlook.delta(DELTA))[1]
    calendars.update(master.immutable_id, {"recurrence": repeating(count=1)})
    assert told((await outlook.delta(link))[0]) == ["seriesMaster", "occurrence"]


async def test_a_deleted_series_is_one_tombstone_of_its_master(outlook, calendars):
    master = calendars.create(series(count=3))
    link = (await outlook.delta(DELTA, IMMUTABLE))[1]
    calendars.delete(master.immutable_id)
    assert (await outlook.delta(link, IMMUTABLE))[0] == [{"id": master.immutable_id, "@removed": {"reason": "deleted"}}]


async def test_a_tombstone_has_the_classic_id_that_the_event_had(outlook, calendars):
    made = calendars.create(event())
    classic = made.classic_id
    link = (await outlook.delta(DELTA))[1]
    calendars.move(made.immutable_id, calendars.create_calendar("CRM").id)
    assert [item["id"] for item in (await outlook.delta(link))[0]] == [classic]


async def test_whatever_happens_outside_the_window_is_reported_as_removed(outlook, calendars):
    known = calendars.create(event(day="2026-07-01"))
    link = (await outlook.delta(DELTA, IMMUTABLE))[1]
    new = calendars.create(event(day="2026-07-02"))
    calendars.update(known.immutable_id, {"subject": "x"})
    items = (await outlook.delta(link, IMMUTABLE))[0]
    assert [(item["id"], told([item])) for item in items] == [(new.immutable_id, ["removed"]), (known.immutable_id, ["removed"])]


async def test_an_event_moved_out_of_the_window_is_removed_and_comes_back_with_it(outlook, calendars):
    made = calendars.create(event())
    link = (await outlook.delta(DELTA))[1]
    calendars.update(made.immutable_id, event(day="2026-07-01"))
    items, link = await outlook.delta(link)
    assert told(items) == ["removed"]
    calendars.update(made.immutable_id, event(day="2026-05-31"))
    assert told((await outlook.delta(link))[0]) == ["singleInstance"]


async def test_an_event_created_and_deleted_between_two_rounds_is_never_seen(outlook, calendars):
    link = (await outlook.delta(DELTA))[1]
    calendars.delete(calendars.create(event()).immutable_id)
    assert (await outlook.delta(link))[0] == []


async def test_churn_brings_an_event_back(outlook, calendars):
    calendars.create(event())
    link = (await outlook.delta(DELTA))[1]
    assert (await outlook.delta(link))[0] == []
    calendars.churn()
    assert told((await outlook.delta(link))[0]) == ["singleInstance"]


async def test_the_window_is_frozen_in_the_link(outlook, calendars):
    link = (await outlook.delta(DELTA))[1]
    assert "startDateTime" not in link
    calendars.create(event(day="2026-05-31"))
    assert told((await outlook.delta(link))[0]) == ["singleInstance"]


async def test_preferences_must_be_sent_on_every_page(outlook, calendars):
    calendars.create(event())
    berlin = {"Prefer": 'outlook.timezone="Europe/Berlin", odata.maxpagesize=50, outlook.body-content-type="text"'}
    reply = await outlook.get(DELTA, berlin)
    assert reply.values[0]["start"]["timeZone"] == "Europe/Berlin"
    followed = 'odata.track-changes, odata.maxpagesize=50, outlook.timezone="Europe/Berlin", outlook.body-content-type="text"'
    assert reply.headers["Preference-Applied"] == followed
    calendars.churn()
    assert (await outlook.get(reply.body["@odata.deltaLink"])).values[0]["start"]["timeZone"] == "UTC"


async def test_a_series_is_never_split_over_pages(outlook, calendars):
    calendars.create(series(kind="daily", count=20))
    calendars.create(event())
    small = {"Prefer": "odata.maxpagesize=1"}
    first = await outlook.get(DELTA, small)
    assert (len(first.values), len((await outlook.get(first.body["@odata.nextLink"], small)).values)) == (21, 1)


@pytest.mark.parametrize(
    ("option", "status"), [("select=subject", 400), ("filter=subject eq 'x'", 400), ("orderby=subject", 400), ("expand=x", 500)]
)
async def test_query_options_are_refused(outlook, option, status):
    assert (await outlook.get(f"{DELTA}&${option}")).status == status


async def test_the_window_is_required(outlook):
    assert (await outlook.get("me/calendarView/delta")).code == "ErrorInvalidParameter"


async def test_each_calendar_is_tracked_on_its_own(outlook, calendars):
    crm = calendars.create_calendar("CRM")
    calendars.create(event("there"), crm.id)
    items, link = await outlook.delta(f"me/calendars/{crm.id}/calendarView/delta()?{MAY}")
    assert [item["subject"] for item in items] == ["there"]
    calendars.create(event("here"))
    assert (await outlook.delta(link))[0] == []


async def test_a_link_of_another_calendar_is_no_link(outlook, calendars):
    crm = calendars.create_calendar("CRM")
    token = (await outlook.delta(DELTA))[1].partition("?")[2]
    assert (await outlook.get(f"me/calendars/{crm.id}/calendarView/delta?{token}")).code == "SyncStateInvalid"


async def test_a_link_to_a_deleted_calendar_says_so(outlook, calendars):
    crm = calendars.create_calendar("CRM")
    link = (await outlook.delta(f"me/calendars/{crm.id}/calendarView/delta?{MAY}"))[1]
    calendars.delete_calendar(crm.id)
    assert (await outlook.get(link)).code == "ErrorSyncFolderNotFound"


async def test_only_the_newest_three_generations_are_kept(outlook):
    links = [(await outlook.delta(DELTA))[1]]
    for _ in range(3):
        links.append((await outlook.delta(links[-1]))[1])
    assert ((await outlook.get(links[0])).code, (await outlook.get(links[1])).status) == ("SyncStateNotFound", 200)


async def test_forgotten_tokens_are_gone(outlook, calendars):
    link = (await outlook.delta(DELTA))[1]
    calendars.tracker.expire()
    assert ((await outlook.get(link)).status, (await outlook.get(link)).code) == (410, "SyncStateNotFound")


async def test_duplicates_disorder_and_empty_pages_come_by_switch(outlook, world, calendars):
    world.directory.switches.turn({"delta_duplicates": True, "delta_shuffle": True, "delta_empty_first": True})
    for day in range(1, 8):
        calendars.create(event(day=f"2026-05-{day:02}"))
    assert (await outlook.get(DELTA)).values == []
    ids = [item["id"] for item in (await outlook.delta(DELTA))[0]]
    assert (len(ids) > len(set(ids)), len(set(ids))) == (True, 7)


async def test_a_change_shows_up_late_by_switch(outlook, world, calendars):
    world.directory.switches.turn({"delta_lag": 60.0})
    link = (await outlook.delta(DELTA))[1]
    calendars.create(event())
    items, link = await outlook.delta(link)
    assert items == []
    world.clock.advance(seconds=61)
    assert told((await outlook.delta(link))[0]) == ["singleInstance"]


async def test_a_feed_that_begins_to_lag_tells_all_the_same_that_what_it_showed_is_gone(outlook, world, calendars):
    link = (await outlook.delta(DELTA))[1]
    made = calendars.create(event())
    link = (await outlook.delta(link))[1]
    calendars.delete(made.immutable_id)
    world.directory.switches.turn({"delta_lag": 60.0})
    early, link = await outlook.delta(link)
    world.clock.advance(seconds=61)
    assert (early, told((await outlook.delta(link))[0])) == ([], ["removed"])


# --- a careful reader ---------------------------------------------------------------------------------------------------------


class Reader(RuleBasedStateMachine):
    """Somebody edits; a reader follows the changes and reads a touched series again as a whole, as the Graph page advises.

    Over the entries rather than HTTP: how an entry becomes rows is claimed above.
    """

    @initialize()
    def open(self):
        self.calendars = Calendars("owner", {"name": "Ann", "address": "ann@example.com"})
        self.known: dict[str, set[tuple[str, str]]] = {}
        self.token = self._finish(self.calendars.tracker.begin(self._calendar.id, self._calendar.changes, [], {}))

    @property
    def _calendar(self):
        return self.calendars.default

    def _finish(self, token):
        page = self.calendars.tracker.page(token, 1000)
        for entry in page.entries:
            id = entry.immutable_id if isinstance(entry, Gone) else entry.partition("/")[0]
            self.known.pop(id, None)
            appointment = self.calendars.member(self._calendar.id, id)
            if not isinstance(entry, Gone) and appointment is not None:
                self.known[id] = self._seen(appointment)
        return page.delta_token

    @staticmethod
    def _seen(appointment):
        return {(str(item.shape.start.instant), item.shape.content["subject"]) for item in appointment.instances(IN_MAY)}

    def _any(self, number):
        events = self.calendars.events()
        return events[number % len(events)] if events else None

    @rule(days=st.integers(-40, 60), repeats=st.booleans())
    def create(self, days, repeats):
        start = date(2026, 5, 1) + timedelta(days=days)
        self.calendars.create(series(start=str(start), kind="daily", count=6) if repeats else event(day=str(start)))

    @rule(number=st.integers(0), subject=st.sampled_from("xyz"))
    def rename(self, number, subject):
        if found := self._any(number):
            self.calendars.update(found.immutable_id, {"subject": subject})

    @rule(number=st.integers(0), days=st.integers(-40, 60))
    def reschedule(self, number, days):
        if found := self._any(number):
            start = date(2026, 5, 1) + timedelta(days=days)
            recurrence = repeating("daily", str(start), 6) if found.shape.recurrence else None
            self.calendars.update(found.immutable_id, event(day=str(start)) | {"recurrence": recurrence})

    @rule(number=st.integers(0), day=st.integers(0, 5), subject=st.sampled_from("xyz"), late=st.booleans())
    def change_occurrence(self, number, day, subject, late):
        if id := self._occurrence(number, day):
            start, end = (moment(f"{id[1]}T{hour}:00:00") for hour in ("20", "21"))
            self.calendars.update(id[0], {"subject": subject} | ({"start": start, "end": end} if late else {}))

    @rule(number=st.integers(0), day=st.integers(0, 5))
    def delete_occurrence(self, number, day):
        if id := self._occurrence(number, day):
            self.calendars.delete(id[0])

    def _occurrence(self, number, day):
        found = self._any(number)
        days = list(found.days()) if found else []
        instance = found.occurrence(days[day % len(days)]) if days else None
        return (instance.id(Family.IMMUTABLE), instance.day) if instance else None

    @rule(number=st.integers(0))
    def delete(self, number):
        if found := self._any(number):
            self.calendars.delete(found.immutable_id)

    @rule(number=st.integers(0))
    def restore(self, number):
        gone = [item["id"] for item in self.calendars.dump()["deleted"]]
        if gone:
            self.calendars.move(gone[number % len(gone)], self._calendar.id)

    @rule()
    def follow(self):
        tracker = self.calendars.tracker
        changes, upto = tracker.since(self.token, self._calendar.changes)
        entries = changed_entries(self.calendars, self._calendar, changes, IN_MAY)
        self.token = self._finish(tracker.proceed(self.token, entries, upto))
        truth = {item.immutable_id: self._seen(item) for item in self.calendars.events() if self._seen(item)}
        assert self.known == truth

    def teardown(self):
        self.follow()

    @invariant()
    def every_day_is_found_by_its_id(self):
        for appointment in self.calendars.events():
            for item in appointment.instances(IN_MAY):
                assert self.calendars.find(item.id(Family.CLASSIC)).shape.start == item.shape.start


Reader.TestCase.settings = settings(max_examples=examples(40), stateful_step_count=40)
TestReader = Reader.TestCase
