"""Calendars, single events and writes, through the sandbox's Graph."""

from __future__ import annotations

import pytest
from calendar_case import add, create, event, listing, weekly

from outlookd.errors import Rejected, Stale
from outlookd.graph.marker import MARKER_KEY
from outlookd.ports import Absent, Done, Failed, Found, Write

# --- calendars -----------------------------------------------------------------------------------------------------------


async def test_calendars_are_listed_with_the_default_one_named(calendar, world):
    made = await calendar.create_container("CRM", "mark")
    assert [(found.id, found.name, found.default, found.marker) for found in await calendar.containers()] == [
        (world.calendars.default.id, "Calendar", True, ""),
        (made.id, "CRM", False, ""),
    ]


async def test_a_name_that_is_taken_is_rejected_with_its_code(calendar):
    with pytest.raises(Rejected) as caught:
        await calendar.create_container("Calendar", "mark")
    assert caught.value.code == "ErrorFolderExists"


# --- reading by id -------------------------------------------------------------------------------------------------------


async def test_a_read_shows_what_the_listing_shows(calendar, world):
    (done,) = await calendar.write([create(1)])
    series = add(world, weekly())
    shown = (await listing(calendar)).shown
    readings = await calendar.read(list(shown))
    for id, payload in shown.items():
        assert {name: value for name, value in readings[id].payload.items() if not name.startswith("@odata.c")} == payload
    assert not any(reading.elsewhere for reading in readings.values())
    assert readings[done.id].payload[MARKER_KEY] == "mark-1"
    assert series not in shown


async def test_twenty_deleted_events_are_probed_in_six_requests(calendar, world):
    ids = [add(world, event(f"Visit {number}")) for number in range(20)]
    for id in ids:
        world.calendars.delete(id)
    before = calendar.requests
    assert await calendar.read(ids) == dict.fromkeys(ids, Absent())
    assert calendar.requests - before <= 6


async def test_an_event_in_another_calendar_is_found_elsewhere(calendar, world):
    id = add(world, event())
    world.calendars.move(id, (await calendar.create_container("CRM", "mark")).id)
    reading = (await calendar.read([id]))[id]
    assert isinstance(reading, Found)
    assert reading.elsewhere


async def test_an_event_in_deleted_items_is_absent_though_exchange_still_shows_it(calendar, world):
    world.directory.switches.deleted_still_readable = True
    ids = [add(world, event()), add(world, event())]
    for id in ids:
        world.calendars.delete(id)
    before = calendar.requests
    assert await calendar.read(ids) == dict.fromkeys(ids, Absent())
    assert calendar.requests == before + 2  # the batch, and Deleted Items once


async def test_a_single_event_that_was_made_to_repeat_is_found_outside_of_what_is_listed(calendar, world):
    id = add(world, event(day="2026-12-07"))
    world.calendars.update(id, {"recurrence": weekly()["recurrence"]})
    assert (await calendar.read([id]))[id].elsewhere
    assert id not in (await listing(calendar)).shown


# --- writing -------------------------------------------------------------------------------------------------------------


async def test_a_create_is_found_by_its_marker_and_by_no_other_case(calendar):
    (done,) = await calendar.write([create(1)])
    assert [payload["id"] for payload in await calendar.find("mark-1", "")] == [done.id]
    assert await calendar.find("MARK-1", "") == []


async def test_an_updates_answer_is_what_the_next_read_shows(calendar):
    (made,) = await calendar.write([create(1)])
    (done,) = await calendar.write([Write(ref="1", op="update", id=made.id, payload={"subject": "Edited"})])
    assert {**done.payload, MARKER_KEY: "mark-1"} == (await calendar.read([made.id]))[made.id].payload


@pytest.mark.parametrize("status", [400, 409])
async def test_a_create_that_happened_already_is_in_doubt_and_makes_no_second_event(calendar, world, status):
    world.directory.switches.transaction_status = status
    await calendar.write([create(1)])
    (again,) = await calendar.write([create(1)])
    assert isinstance(again, Failed)
    assert (again.ambiguous, again.error.code) == (True, "ErrorDuplicateTransactionId")
    assert len(world.calendars.events()) == 1


@pytest.mark.parametrize("kind", ["drop_after", "status_after"])
async def test_a_create_whose_answer_is_lost_is_in_doubt_and_can_be_looked_up(calendar, world, kind):
    world.faults.add("graph", kind, match=r"POST .*\$batch", status=504)
    (failed,) = await calendar.write([create(1)])
    assert failed.ambiguous
    assert len(await calendar.find("mark-1", "")) == 1


async def test_an_event_that_a_person_touched_is_not_overwritten_or_deleted(calendar, world):
    ids = [add(world, event()), add(world, event())]
    versions = {id: reading.payload["@odata.etag"] for id, reading in (await calendar.read(ids)).items()}
    for id in ids:
        world.calendars.update(id, {"subject": "Theirs"})
    results = await calendar.write(
        [
            Write(ref="u", op="update", id=ids[0], payload={"subject": "Ours"}, version=versions[ids[0]]),
            Write(ref="d", op="delete", id=ids[1], version=versions[ids[1]]),
        ]
    )
    assert [type(result.error) for result in results] == [Stale, Stale]
    assert {event.shape.content["subject"] for event in world.calendars.events()} == {"Theirs"}


async def test_a_delete_of_what_is_gone_is_done(calendar, world):
    id = add(world, event())
    world.calendars.delete(id)
    assert await calendar.write([Write(ref="1", op="delete", id=id, version='W/"old"')]) == [Done(ref="1", id=id)]


async def test_attendees_never_leave_this_house_and_the_other_writes_do(calendar, world):
    guest = {"type": "required", "emailAddress": {"address": "guest@example.com", "name": "Guest"}}
    invitation = Write(ref="bad", op="create", payload=event(attendees=[guest]), marker="mark-bad")
    results = await calendar.write([create(1), invitation, create(2)])
    assert [type(result) for result in results] == [Done, Failed, Done]
    assert world.mail_log.entries == ()


async def test_an_attachment_is_seen_and_its_absence_too(calendar, world):
    carrying, bare, gone = add(world, event()), add(world, event()), add(world, event())
    world.calendars.attach(carrying, "offer.pdf")
    world.calendars.delete(gone)
    before = calendar.requests
    assert await calendar.attachments([carrying, bare, gone]) == {carrying: True, bare: False, gone: False}
    assert calendar.requests == before + 1


OLDER = ["AAMkNoSuchId=", "nonsense"]


async def test_older_ids_are_translated_and_others_are_said_to_name_nothing(calendar, world):
    appointment = world.calendars.create(event())
    names = await calendar.translate([appointment.classic_id, *OLDER])
    assert names == {appointment.classic_id: appointment.immutable_id, **dict.fromkeys(OLDER, "")}


@pytest.mark.parametrize(("status", "code"), [(403, "ErrorAccessDenied"), (400, "ErrorInvalidIdMalformed")])
async def test_where_translating_is_refused_events_are_read_by_their_older_ids(calendar, world, status, code):
    """And so are events of other calendars, while a deleted one is nothing."""
    here, there, deleted = (world.calendars.create(event()) for _ in range(3))
    gone = deleted.classic_id
    world.calendars.move(there.immutable_id, (await calendar.create_container("CRM", "mark")).id)
    world.calendars.delete(deleted.immutable_id)
    world.faults.add("graph", "status", match="translateExchangeIds", status=status, code=code)
    names = await calendar.translate([here.classic_id, there.classic_id, gone, *OLDER])
    assert names == {here.classic_id: here.immutable_id, there.classic_id: there.immutable_id, **dict.fromkeys([gone, *OLDER], "")}


async def test_an_event_that_cannot_be_read_by_its_older_id_just_now_is_unknown(calendar, world):
    appointment = world.calendars.create(event())
    world.faults.add("graph", "status", match="translateExchangeIds", status=403, code="ErrorAccessDenied")
    world.faults.add("graph.item", "status", match=appointment.classic_id, status=503, times=-1)
    assert await calendar.translate([appointment.classic_id, *OLDER]) == dict.fromkeys(OLDER, "")
