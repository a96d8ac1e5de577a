"""Meetings: which writes are mailed to whom, everybody's own copy, and what only the organizer may do."""

from __future__ import annotations

import pytest
from calendar_desk import MAY, SCOPES, event, invited, made, moment, occurrences, series
from graph_caller import MARKER, Caller

DENIS, OTHER = "denis@example.com", "other@example.net"


@pytest.fixture
def outlook(world, session, graph_server) -> Caller:
    return Caller(session, graph_server.root, world.token(scopes=SCOPES))


@pytest.fixture
def guest(world, session, graph_server) -> Caller:
    return Caller(session, graph_server.root, world.token(world.denis, scopes=SCOPES))


@pytest.fixture
def mails(world):
    """What was mailed since the last time this was called."""

    def mails():
        sent = [(mail.reason, *mail.recipients) for mail in world.mail_log]
        world.mail_log.clear()
        return sent

    return mails


@pytest.fixture
async def meeting(outlook, mails):
    body = await made(outlook, event(attendees=invited(DENIS, OTHER)))
    mails()
    return body


async def copy_of(guest):
    (found,) = (await guest.get("me/events")).values
    return found


async def test_an_event_without_attendees_never_causes_mail(outlook, mails):
    alone = await made(outlook, event())
    await outlook.patch(f"me/events/{alone['id']}", {"subject": "x", "start": moment("2026-05-12T08:00:00")})
    await outlook.delete(f"me/events/{alone['id']}")
    assert mails() == []


async def test_attendees_are_invited_at_once(outlook, mails):
    await made(outlook, event(attendees=invited(DENIS, OTHER)))
    assert mails() == [("invitation", DENIS, OTHER)]


async def test_the_organizer_is_not_mailed(outlook, mails):
    await made(outlook, event(attendees=invited("Claire@example.com", DENIS)))
    assert mails() == [("invitation", DENIS)]


async def test_an_attendee_with_a_mailbox_has_a_copy_with_another_id_and_the_same_uid(meeting, guest):
    copy = await copy_of(guest)
    assert (copy["iCalUId"], copy["isOrganizer"]) == (meeting["iCalUId"], False)
    assert copy["id"] != meeting["id"]
    assert copy["responseStatus"]["response"] == "notResponded"
    assert copy["organizer"]["emailAddress"]["address"] == "claire@example.com"


async def test_extended_properties_are_not_transmitted(outlook, world):
    await made(outlook, event(attendees=invited(DENIS), singleValueExtendedProperties=[{"id": MARKER, "value": "42"}]))
    (copy,) = world.denis.calendars.events()
    assert copy.extended == {}


@pytest.mark.parametrize(
    "body",
    [
        {"subject": "Other"},
        {"body": {"contentType": "text", "content": "Agenda"}},
        {"start": moment("2026-05-12T08:00:00")},
        {"location": {"displayName": "Room"}},
        {"sensitivity": "private"},
    ],
)
async def test_a_change_of_the_meeting_is_mailed_to_everybody(outlook, meeting, mails, body):
    await outlook.patch(f"me/events/{meeting['id']}", body)
    assert mails() == [("update", DENIS, OTHER)]


@pytest.mark.parametrize(
    "body",
    [
        {"categories": ["red"]},
        {"showAs": "free"},
        {"isReminderOn": False, "reminderMinutesBeforeStart": 5},
        {"singleValueExtendedProperties": [{"id": MARKER, "value": "42"}]},
    ],
)
async def test_what_is_personal_is_not_mailed(outlook, meeting, mails, body):
    assert (await outlook.patch(f"me/events/{meeting['id']}", body)).status == 200
    assert mails() == []


async def test_a_change_reaches_the_copies_and_leaves_what_is_personal(outlook, meeting, guest):
    mine = await copy_of(guest)
    await guest.patch(f"me/events/{mine['id']}", {"categories": ["mine"], "subject": "my words"})
    await outlook.patch(f"me/events/{meeting['id']}", {"subject": "Other", "categories": ["theirs"]})
    copy = await copy_of(guest)
    assert (copy["subject"], copy["categories"], copy["id"]) == ("Other", ["mine"], mine["id"])


async def test_only_the_people_concerned_learn_of_a_change_of_attendees(outlook, meeting, mails):
    await outlook.patch(f"me/events/{meeting['id']}", {"attendees": invited(DENIS, "third@example.net")})
    assert mails() == [("cancellation", OTHER), ("invitation", "third@example.net")]


async def test_who_is_removed_keeps_a_cancelled_copy(outlook, meeting, guest):
    await outlook.patch(f"me/events/{meeting['id']}", {"attendees": []})
    copy = await copy_of(guest)
    assert (copy["isCancelled"], copy["subject"], copy["showAs"]) == (True, "Canceled: Visit", "free")


@pytest.mark.parametrize("how", ["delete", "cancel"])
async def test_deleting_or_cancelling_as_organizer_is_mailed(outlook, meeting, guest, mails, how):
    path = f"me/events/{meeting['id']}"
    reply = await (outlook.delete(path) if how == "delete" else outlook.post(f"{path}/cancel", {"Comment": "sorry"}))
    assert reply.status == (204 if how == "delete" else 202)
    assert mails() == [("cancellation", DENIS, OTHER)]
    assert (await copy_of(guest))["isCancelled"] is True
    assert (await outlook.get(path)).status == 404


async def test_only_the_organizer_can_cancel(meeting, guest, mails):
    refused = await guest.post(f"me/events/{(await copy_of(guest))['id']}/cancel", {})
    assert (refused.status, mails()) == (400, [])
    assert "need to be an organizer" in refused.body["error"]["message"]


async def test_a_guest_deletes_their_copy_without_mail(meeting, guest, mails):
    await guest.delete(f"me/events/{(await copy_of(guest))['id']}")
    assert ((await guest.get("me/events")).values, mails()) == ([], [])


@pytest.mark.parametrize(
    "body",
    [
        {"attendees": []},
        {"recurrence": None},
        {
            "start": moment("2026-05-12T09:00:00", "Tokyo Standard Time"),
            "end": moment("2026-05-12T10:00:00", "Tokyo Standard Time"),
        },
    ],
)
async def test_a_guest_cannot_change_attendees_recurrence_or_zone(meeting, guest, body):
    assert (await guest.patch(f"me/events/{(await copy_of(guest))['id']}", body)).code == "ErrorInvalidPropertySet"


@pytest.mark.parametrize(
    ("action", "response"), [("accept", "accepted"), ("tentativelyAccept", "tentativelyAccepted"), ("decline", "declined")]
)
async def test_an_answer_is_mailed_and_recorded_with_the_organizer(outlook, meeting, guest, mails, action, response):
    mine = await copy_of(guest)
    assert (await guest.post(f"me/events/{mine['id']}/{action}", {"comment": "yes", "sendResponse": True})).status == 202
    assert mails() == [("response", "claire@example.com")]
    attendees = (await outlook.get(f"me/events/{meeting['id']}")).body["attendees"]
    assert [attendee["status"]["response"] for attendee in attendees] == [response, "none"]


async def test_an_answer_can_be_kept_to_oneself(outlook, meeting, guest, mails):
    mine = await copy_of(guest)
    await guest.post(f"me/events/{mine['id']}/accept", {"sendResponse": False})
    assert mails() == []
    assert (await copy_of(guest))["responseStatus"]["response"] == "accepted"
    assert (await outlook.get(f"me/events/{meeting['id']}")).body["attendees"][0]["status"]["response"] == "none"


@pytest.mark.parametrize("stay", [False, True])
async def test_a_declined_meeting_leaves_the_calendar_unless_a_switch_keeps_it(meeting, guest, world, stay):
    world.directory.switches.turn({"declined_stay": stay})
    await guest.post(f"me/events/{(await copy_of(guest))['id']}/decline", {})
    found = (await guest.get("me/events")).values
    assert [item["responseStatus"]["response"] for item in found] == (["declined"] if stay else [])


async def test_the_organizer_cannot_answer(outlook, meeting, mails):
    assert (await outlook.post(f"me/events/{meeting['id']}/accept", {})).code == "ErrorInvalidRequest"
    assert mails() == []


async def test_an_answer_that_was_not_requested_cannot_be_sent(outlook, guest, mails):
    await made(outlook, event(attendees=invited(DENIS), responseRequested=False))
    mails()
    path = f"me/events/{(await copy_of(guest))['id']}/accept"
    assert (await guest.post(path, {"sendResponse": True})).code == "ErrorInvalidRequest"
    assert ((await guest.post(path, {"sendResponse": False})).status, mails()) == (202, [])


@pytest.mark.parametrize("parameters", [{"sendResponse": "no"}, {"comment": 3}, {"reply": "x"}, {"proposedNewTime": {}}, []])
async def test_wrong_parameters_of_an_answer_are_refused(meeting, guest, parameters):
    assert (await guest.post(f"me/events/{(await copy_of(guest))['id']}/accept", parameters)).status == 400


async def test_each_changed_occurrence_is_one_more_mail(outlook, mails):
    master = await made(outlook, series(attendees=invited(DENIS)))
    mails()
    for occurrence in (await occurrences(outlook, master["id"]))[:2]:
        await outlook.patch(f"me/events/{occurrence['id']}", {"subject": "Special"})
    assert mails() == [("update", DENIS)] * 2


async def test_a_guest_sees_the_series_with_its_exceptions_and_gaps(outlook, guest, mails):
    master = await made(outlook, series(attendees=invited(DENIS)))
    first, second, *_ = await occurrences(outlook, master["id"])
    await outlook.patch(f"me/events/{second['id']}", {"subject": "Special"})
    await outlook.delete(f"me/events/{first['id']}")
    assert [item["subject"] for item in (await guest.get(f"me/calendarView?{MAY}")).values] == ["Special", "Round", "Round"]
    assert [reason for reason, *_ in mails()] == ["invitation", "update", "cancellation"]


async def test_a_guest_can_decline_one_occurrence(outlook, guest, mails):
    await made(outlook, series(attendees=invited(DENIS)))
    mails()
    first, *others = (await guest.get(f"me/calendarView?{MAY}")).values
    await guest.post(f"me/events/{first['id']}/decline", {})
    left = (await guest.get(f"me/calendarView?{MAY}")).values
    assert [item["id"] for item in left] == [item["id"] for item in others]
    assert mails() == [("response", "claire@example.com")]
    shown = (await outlook.get(f"me/calendarView?{MAY}")).values
    assert [item["attendees"][0]["status"]["response"] for item in shown] == ["declined", "none", "none", "none"]


async def test_a_refused_write_is_not_mailed(outlook, meeting, mails):
    await outlook.patch(f"me/events/{meeting['id']}", {"subject": "x", "showAs": "away"})
    await outlook.patch(f"me/events/{meeting['id']}", {"subject": "x"}, {"If-Match": 'W/"old"'})
    await outlook.delete(f"me/events/{meeting['id']}", {"If-Match": 'W/"old"'})
    assert mails() == []


async def test_a_copied_meeting_is_nobodys(outlook, world, meeting, mails):
    copy = world.claire.calendars.copy(meeting["id"])
    shown = (await outlook.get(f"me/events/{copy.classic_id}")).body
    assert (shown["attendees"], shown["iCalUId"] == meeting["iCalUId"], mails()) == ([], False, [])
