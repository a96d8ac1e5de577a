"""Events by the control API's operations: the same laws as over Graph, and everything in the dumped state."""

from __future__ import annotations

import pytest
from calendar_desk import event, invited, moment, repeating, series

from outlookd.sandbox.people import Impossible, People
from outlookd.sandbox.seed import UPNS, seed
from outlookd.sandbox.world import World, empty_world

CLAIRE, PAUL = UPNS["claire"], UPNS["paul"]


@pytest.fixture
def world() -> World:
    world = empty_world()
    seed(world)
    return world


@pytest.fixture
def act(world):
    people = People(world)
    return lambda do, user=CLAIRE, **arguments: people.act(do, {"user": user, **arguments})


def calendar(world, user=CLAIRE):
    found = next(entry for entry in world.dump()["outlook"]["users"] if entry["userPrincipalName"] == user)
    return found["calendar"]


def test_the_calendars_are_empty_at_the_start(world):
    assert [calendar(world, user)["events"] for user in (CLAIRE, PAUL)] == [[], []]


def test_an_event_is_in_the_state_with_what_was_changed(world, act):
    made = act("create_event", properties=event())
    act("update_event", id=made["id"], properties={"subject": "Other"})
    (kept,) = calendar(world)["events"]
    assert (kept["id"], kept["subject"], kept["start"]) == (made["id"], "Other", moment("2026-05-12T09:00:00.0000000"))


def test_a_deleted_event_can_be_taken_back(world, act):
    made = act("create_event", properties=event())
    act("delete_event", id=made["id"])
    assert [item["id"] for item in calendar(world)["deleted"]] == [made["id"]]
    act("move_event", id=made["id"], calendar=calendar(world)["calendars"][0]["id"])
    assert [item["id"] for item in calendar(world)["events"]] == [made["id"]]


def test_a_copy_has_another_id_and_the_same_content(world, act):
    made = act("create_event", properties=event())
    copy = act("copy_event", id=made["id"], calendar=act("create_calendar", name="CRM")["id"])
    assert {item["id"]: item["subject"] for item in calendar(world)["events"]} == {made["id"]: "Visit", copy["id"]: "Visit"}


def test_occurrences_are_found_changed_and_deleted_by_their_ids(world, act):
    recurrence = repeating(count=4)
    made = act("create_series", properties=event("Round", "2026-05-04"), pattern=recurrence["pattern"], range=recurrence["range"])
    found = act("list_events", start="2026-05-01", end="2026-06-01")["events"]
    act("update_event", id=found[1]["id"], properties={"subject": "Special"})
    act("delete_event", id=found[2]["id"])
    (kept,) = calendar(world)["events"]
    assert (kept["id"], kept["cancelledDays"]) == (made["id"], ["2026-05-18"])
    assert [(item["day"], item["subject"]) for item in kept["exceptions"]] == [("2026-05-11", "Special")]


def test_meetings_are_mailed_and_answered(world, act):
    made = act("create_event", properties=event(attendees=invited(PAUL)))
    (copy,) = calendar(world, PAUL)["events"]
    act("respond", user=PAUL, id=copy["id"], reply="accepted")
    act("cancel_event", id=made["id"])
    assert [mail["reason"] for mail in world.dump()["mails"]] == ["invitation", "response", "cancellation"]


def test_an_unknown_answer_is_impossible(act):
    made = act("create_event", properties=event(attendees=invited(PAUL)))
    with pytest.raises(Impossible):
        act("respond", id=made["id"], reply="maybe")


def test_what_graph_refuses_is_impossible_for_people(act):
    with pytest.raises(Impossible, match="ErrorPropertyValidationFailure"):
        act("create_event", properties=event(isAllDay=True))


def test_touching_changes_no_content(world, act):
    act("create_event", properties=series())
    before = world.directory.user(CLAIRE).calendars.events()[0].etag
    content = calendar(world)["events"][0] | {"lastModifiedDateTime": ""}
    act("touch_events")
    assert world.directory.user(CLAIRE).calendars.events()[0].etag != before
    assert calendar(world)["events"][0] | {"lastModifiedDateTime": ""} == content
