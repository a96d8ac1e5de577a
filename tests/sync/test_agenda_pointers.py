"""Rows whose column names an event of which nobody can say just now whether it exists: they wait, and nothing is made twice."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from outlookd.errors import BadRecord
from outlookd_calendar.handler import CalendarHandler
from sync.agenda import DAY, TOMORROW, AgendaWorld
from sync.claims import assert_peace, settle, subjects, titles

LATER = datetime(2026, 12, 3, 10, 15)
PAST = datetime(2026, 11, 10, 9)
OLD = "AAMk-older"
OUTSIDE = date(2031, 5, 6)
"""A day that no listing looks at."""


class Choosy(CalendarHandler):
    """Does not understand one of the events."""

    def __init__(self, odd):
        self.odd = odd

    def normalize(self, side, payload, context):
        if payload.get("id") == self.odd:
            raise BadRecord("it is not understood")
        return super().normalize(side, payload, context)


def button_world(start=TOMORROW, *, shown=TOMORROW, id=OLD) -> AgendaWorld:
    """A row that the old button made an event of, which somebody changed since: only the id in its column tells."""
    world = AgendaWorld()
    event = world.outlook.add(shown, subject="Dentist")
    world.outlook.translations[OLD] = event
    world.add_row("anna", start, outlook_id=id or event)
    return world


def nothing_made(world: AgendaWorld) -> bool:
    return (titles(world), subjects(world)) == (["Anna"], ["Dentist"])


async def assert_adopted(world: AgendaWorld) -> None:
    await settle(world)
    assert len(world.crm.rows) == len(world.outlook.events) == 1
    assert world.event_of("anna") in world.outlook.events
    await assert_peace(world)


@pytest.mark.parametrize(("start", "shown"), [(TOMORROW, TOMORROW), (LATER, TOMORROW), (PAST, TOMORROW), (TOMORROW, OUTSIDE)])
@pytest.mark.parametrize("runs", [1, 2])
async def test_a_row_whose_older_id_gets_no_answer_waits_and_is_adopted_later(start, shown, runs):
    world = button_world(start, shown=shown)
    world.outlook.unanswered = {OLD}
    for _ in range(runs):
        await world.run()
        assert nothing_made(world)
    world.outlook.unanswered.clear()
    world.clock.advance(3600)
    await assert_adopted(world)


async def test_a_row_whose_event_cannot_be_read_waits_and_is_adopted_later():
    """The event lies where no listing shows it, and reading it fails."""
    world = button_world(shown=OUTSIDE)
    event = world.outlook.translations[OLD]
    world.outlook.unanswered = {event}
    for _ in range(2):
        await world.run()
        assert nothing_made(world)
    world.outlook.unanswered.clear()
    world.clock.advance(3600)
    await assert_adopted(world)


@pytest.mark.parametrize("id", ["", OLD])
async def test_a_row_whose_listed_event_cannot_be_understood_waits_and_is_adopted_later(id):
    world = button_world(id=id)
    good = world.job.handler
    world.set(handler=Choosy(world.outlook.translations[OLD]))
    for _ in range(2):
        await world.run()
        assert nothing_made(world)
    world.set(handler=good)
    world.clock.advance(3600)
    await assert_adopted(world)


async def test_rows_and_events_that_are_clear_go_on_while_another_row_waits_for_its_event():
    world = button_world(shown=OUTSIDE)
    world.outlook.unanswered = {OLD}
    world.add_row("bruno")
    await world.run()
    assert subjects(world) == ["Bruno", "Dentist"]


async def test_pairs_that_only_look_alike_wait_while_any_event_may_be_another_row_s():
    world = button_world()
    world.outlook.unanswered = {OLD}
    world.add_row("bruno")
    world.outlook.add(TOMORROW, subject="Bruno")
    await world.run()
    assert (titles(world), subjects(world)) == (["Anna", "Bruno"], ["Bruno", "Dentist"])
    world.outlook.unanswered.clear()
    await settle(world)
    assert len(world.crm.rows) == len(world.outlook.events) == 2
    await assert_peace(world)


async def test_an_event_like_a_waiting_row_waits_with_it_and_is_taken_when_the_named_one_is_gone():
    world = button_world(shown=OUTSIDE)
    lost = world.outlook.translations[OLD]
    world.outlook.unanswered = {lost}
    alike = world.outlook.add(TOMORROW, subject="Anna")
    await world.run()
    assert (titles(world), subjects(world)) == (["Anna"], ["Anna", "Dentist"])
    world.outlook.unanswered.clear()
    world.outlook.delete(lost)
    await settle(world)
    assert (titles(world), subjects(world), world.event_of("anna")) == (["Anna"], ["Anna"], alike)
    await assert_peace(world)


async def test_a_waiting_row_is_shown_to_whoever_asks():
    world = button_world()
    world.outlook.unanswered = {OLD}
    report = await world.run()
    assert report.quarantined == 1


async def test_an_older_id_of_which_outlook_says_that_it_names_nothing_sets_its_row_free():
    world = AgendaWorld()
    world.add_row("anna", outlook_id="AAMk-gone")
    await settle(world)
    assert subjects(world) == ["Anna"]
    await assert_peace(world)


async def test_a_copied_row_gets_an_event_of_its_own_though_the_first_one_s_cannot_be_read():
    world = AgendaWorld()
    world.add_row("anna")
    await settle(world)
    event = world.event_of("anna")
    world.outlook.unanswered = {event}
    world.crm.rows["copy"] = {**world.crm.rows["anna"], "intitule": "Copy"}
    world.edit_row("copy", TOMORROW + DAY)
    await settle(world)
    assert subjects(world) == ["Anna", "Copy"]
    assert world.event_of("copy") not in ("", event)


async def test_an_event_told_by_the_feed_belongs_to_the_past_row_that_names_it_by_its_older_id():
    """It comes into the view of the job long after its row was first listed."""
    world = button_world(PAST, shown=OUTSIDE)
    world.add_row("bruno")
    await settle(world)
    world.outlook.edit(world.outlook.translations[OLD], LATER)
    await settle(world)
    assert len(world.crm.rows) == len(world.outlook.events) == 2
    assert world.event_of("anna") == world.outlook.translations[OLD]
    await assert_peace(world)
