"""Events over HTTP: what is refused, what is rewritten, and how it reads back."""

from __future__ import annotations

import pytest
from calendar_desk import BERLIN, IN_MAY, PARIS, SCOPES, TEXT, event, invited, made, moment, series, starts, whole_day
from graph_caller import IMMUTABLE, Caller

from outlookd.sandbox.ids import Family


@pytest.fixture
def outlook(world, session, graph_server) -> Caller:
    return Caller(session, graph_server.root, world.token(scopes=SCOPES))


async def refusal(outlook, body, method="POST", path="me/events"):
    reply = await outlook.send(method, path, body)
    return reply.status, reply.body["error"]["code"]


# --- access -------------------------------------------------------------------------------------------------------------------


async def test_a_token_for_contacts_does_not_open_the_calendar(outlook, world):
    outlook.token = world.token(scopes=("Contacts.ReadWrite",))
    assert (await outlook.get("me/events")).code == "ErrorAccessDenied"


async def test_a_token_that_may_only_read_cannot_write(outlook, world):
    outlook.token = world.token(scopes=("Calendars.Read",))
    assert (await outlook.get("me/events")).status == 200
    assert (await outlook.post("me/events", event())).code == "ErrorAccessDenied"


async def test_a_mailbox_over_its_quota_takes_no_event(outlook, world):
    world.claire.state = "over quota"
    assert (await outlook.post("me/events", event())).code == "ErrorQuotaExceeded"


async def test_somebody_elses_id_is_unknown(outlook, world):
    theirs = world.denis.calendars.create(event())
    assert (await outlook.get(f"me/events/{theirs.immutable_id}")).code == "ErrorItemNotFound"


# --- calendars ----------------------------------------------------------------------------------------------------------------


async def test_the_default_calendar_is_in_the_list_and_says_so(outlook):
    (only,) = (await outlook.get("me/calendars")).values
    assert (only["isDefaultCalendar"], only["owner"]["address"]) == (True, "claire@example.com")
    assert (await outlook.get("me/calendar")).body["id"] == only["id"]


async def test_a_calendar_has_its_own_events(outlook):
    crm = (await outlook.post("me/calendars", {"name": "CRM"})).body
    await made(outlook, event("there"), f"me/calendars/{crm['id']}/events")
    await made(outlook, event("here"))
    assert [item["subject"] for item in (await outlook.get("me/events")).values] == ["here"]
    assert [item["subject"] for item in (await outlook.get(f"me/calendars/{crm['id']}/events")).values] == ["there"]


async def test_a_second_calendar_of_the_same_name_is_refused(outlook):
    await outlook.post("me/calendars", {"name": "CRM"})
    assert await refusal(outlook, {"name": "crm"}, path="me/calendars") == (409, "ErrorFolderExists")


async def test_a_deleted_calendar_takes_its_events_along_and_the_default_one_stays(outlook, world):
    crm = (await outlook.post("me/calendars", {"name": "CRM"})).body
    kept = await made(outlook, event(), f"me/calendars/{crm['id']}/events")
    assert (await outlook.delete(f"me/calendars/{crm['id']}")).status == 204
    assert (await outlook.get(f"me/events/{kept['id']}")).status == 404
    assert (await outlook.delete(f"me/calendars/{world.claire.calendars.default.id}")).status == 403


# --- shape --------------------------------------------------------------------------------------------------------------------


async def test_a_minimal_event_reads_back_as_exchange_fills_it(outlook):
    made_event = await made(outlook, event())
    expected = {
        "subject": "Visit",
        "type": "singleInstance",
        "isOrganizer": True,
        "isReminderOn": True,
        "reminderMinutesBeforeStart": 15,
        "showAs": "busy",
        "sensitivity": "normal",
        "importance": "normal",
        "recurrence": None,
        "seriesMasterId": None,
        "transactionId": None,
        "attendees": [],
        "locations": [],
        "location": {"displayName": "", "locationType": "default", "uniqueIdType": "unknown", "address": {}, "coordinates": {}},
        "organizer": {"emailAddress": {"name": "Claire Martin", "address": "claire@example.com"}},
        "originalStartTimeZone": PARIS,
        "start": {"dateTime": "2026-05-12T07:00:00.0000000", "timeZone": "UTC"},
    }
    assert {name: made_event[name] for name in expected} == expected
    assert made_event["@odata.etag"] == f'W/"{made_event["changeKey"]}"'


@pytest.mark.parametrize("missing", ["start", "end"])
async def test_an_event_needs_its_times(outlook, missing):
    body = event()
    del body[missing]
    assert await refusal(outlook, body) == (400, "ErrorInvalidRequest")


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"colour": "red"}, "RequestBodyRead"),
        ({"subject": 7}, "RequestBodyRead"),
        ({"isReminderOn": "yes"}, "RequestBodyRead"),
        ({"isReminderOn": []}, "RequestBodyRead"),
        ({"reminderMinutesBeforeStart": True}, "RequestBodyRead"),
        ({"showAs": "away"}, "RequestBodyRead"),
        ({"categories": "red"}, "RequestBodyRead"),
        ({"body": {"contentType": "rtf", "content": "x"}}, "RequestBodyRead"),
        ({"body": "text"}, "RequestBodyRead"),
        ({"location": {"displayName": "Room", "floor": 3}}, "RequestBodyRead"),
        ({"attendees": [{"emailAddress": {"address": "Jane <jane@example.com"}, "rank": 1}]}, "RequestBodyRead"),
        ({"attendees": invited("nobody")}, "ErrorInvalidRecipients"),
        ({"attendees": invited(*(f"p{number}@example.com" for number in range(501)))}, "ErrorInvalidRequest"),
        ({"start": {"dateTime": "2026-05-12T09:00:00"}}, "ErrorInvalidRequest"),
        ({"start": moment("2026-05-12T09:00:00", "PDT")}, "TimeZoneNotSupportedException"),
        ({"start": moment("2026-05-12T09:00:00", "EST")}, "TimeZoneNotSupportedException"),
        ({"start": moment("12/05/2026")}, "ErrorPropertyValidationFailure"),
        ({"start": moment("2026-05-12T11:00:00")}, "ErrorPropertyValidationFailure"),
        ({"start": moment("9999-12-31T23:00:00")}, "ErrorPropertyValidationFailure"),
    ],
)
async def test_what_graph_does_not_accept_is_refused_and_nothing_is_made(outlook, world, more, code):
    assert await refusal(outlook, event() | more) == (400, code)
    assert world.claire.calendars.events() == []


async def test_read_only_properties_are_ignored_as_clients_send_whole_objects_back(outlook):
    first = await made(outlook, event())
    reply = await outlook.patch(f"me/events/{first['id']}", first | {"subject": "Later"})
    assert (reply.status, reply.body["subject"], reply.body["id"]) == (200, "Later", first["id"])


async def test_a_patch_of_the_subject_leaves_the_rest(outlook):
    first = await made(outlook, event(categories=["red"], location={"displayName": "Room 1"}))
    changed = (await outlook.patch(f"me/events/{first['id']}", {"subject": "Later"})).body
    moving = {"subject", "changeKey", "@odata.etag", "lastModifiedDateTime"}
    assert {name for name in first if first[name] != changed[name]} <= moving


async def test_categories_and_locations_replace_what_was_there(outlook):
    first = await made(outlook, event(categories=["a", "b"], locations=[{"displayName": "One"}, {"displayName": "Two"}]))
    assert first["location"]["displayName"] == "One; Two"
    changed = (await outlook.patch(f"me/events/{first['id']}", {"categories": ["c"], "location": {"displayName": "Three"}})).body
    assert (changed["categories"], [place["displayName"] for place in changed["locations"]]) == (["c"], ["Three"])


async def test_if_match_guards_patch_and_delete(outlook):
    first = await made(outlook, event())
    path, stale = f"me/events/{first['id']}", {"If-Match": first["@odata.etag"]}
    assert (await outlook.patch(path, {"subject": "one"}, stale)).status == 200
    assert (await outlook.patch(path, {"subject": "two"}, stale)).code == "ErrorIrresolvableConflict"
    assert (await outlook.delete(path, stale)).status == 412


async def test_churn_moves_the_etag_and_nothing_else(outlook, world):
    first = await made(outlook, event())
    world.clock.advance(minutes=10)
    world.claire.calendars.churn()
    again = (await outlook.get(f"me/events/{first['id']}")).body
    assert again["@odata.etag"] != first["@odata.etag"]
    assert again["lastModifiedDateTime"] > first["lastModifiedDateTime"]
    assert (again["subject"], again["start"]) == (first["subject"], first["start"])


async def test_a_deleted_event_is_in_deleted_items_and_gone_for_graph(outlook, world):
    first = await made(outlook, event())
    assert (await outlook.delete(f"me/events/{first['id']}")).status == 204
    assert (await outlook.get(f"me/events/{first['id']}")).code == "ErrorItemNotFound"
    assert [item["subject"] for item in world.claire.calendars.dump()["deleted"]] == ["Visit"]


async def test_a_move_changes_the_classic_id_and_not_the_immutable_one(outlook, world):
    first = await made(outlook, event())
    calendars = world.claire.calendars
    immutable = calendars.find(first["id"]).appointment.immutable_id
    moved = calendars.move(first["id"], calendars.create_calendar("CRM").id)
    assert (moved.immutable_id, moved.classic_id == first["id"]) == (immutable, False)
    assert (await outlook.get(f"me/events/{immutable}", IMMUTABLE)).body["id"] == immutable


async def test_ids_of_events_and_occurrences_are_translated(outlook, world):
    master = world.claire.calendars.create(series())
    occurrence = next(master.instances(IN_MAY))
    for item in (master, occurrence):
        body = {"inputIds": [item.id(Family.CLASSIC)], "sourceIdType": "restId", "targetIdType": "restImmutableEntryId"}
        (answer,) = (await outlook.post("me/translateExchangeIds", body)).values
        assert answer["targetId"] == item.id(Family.IMMUTABLE)


# --- time ---------------------------------------------------------------------------------------------------------------------


async def test_times_are_shown_on_the_clocks_that_were_asked_for(outlook):
    first = await made(outlook, event())
    reply = await outlook.get(f"me/events/{first['id']}", BERLIN)
    assert reply.body["start"] == {"dateTime": "2026-05-12T09:00:00.0000000", "timeZone": "Europe/Berlin"}
    assert reply.headers["Preference-Applied"] == 'outlook.timezone="Europe/Berlin"'


async def test_an_unknown_zone_in_prefer_is_refused(outlook):
    reply = await outlook.get("me/events", {"Prefer": 'outlook.timezone="Atlantis"'})
    assert reply.code == "TimeZoneNotSupportedException"


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Pacific Standard Time", "tzone://Microsoft/Utc"])
async def test_the_zone_is_kept_as_it_was_written(outlook, zone):
    first = await made(outlook, event(start=moment("2026-05-12T09:00:00", zone), end=moment("2026-05-12T10:00:00", zone)))
    assert first["originalStartTimeZone"] == zone


async def test_a_switch_hides_the_zone_behind_custom(outlook, world):
    world.directory.switches.turn({"custom_zone": True})
    assert (await made(outlook, event()))["originalStartTimeZone"] == "tzone://Microsoft/Custom"


async def test_an_offset_is_an_instant_and_the_zone_anchors_it_all_the_same(outlook):
    first = await made(
        outlook, event(start=moment("2026-05-12T12:30:00+02:00", "Tokyo Standard Time"), end=moment("2026-05-12T13:00:00"))
    )
    assert (first["start"]["dateTime"], first["originalStartTimeZone"]) == ("2026-05-12T10:30:00.0000000", "Tokyo Standard Time")


async def test_both_half_past_twos_of_an_autumn_night_can_be_written(outlook):
    night = [
        await made(outlook, event(start=moment(f"2026-10-25T{hour}:30:00", "UTC"), end=moment("2026-10-25T03:00:00", "UTC")))
        for hour in ("00", "01")
    ]
    shown = [(await outlook.get(f"me/events/{item['id']}", BERLIN)).body["start"]["dateTime"] for item in night]
    assert shown == ["2026-10-25T02:30:00.0000000"] * 2
    assert starts(night) == ["2026-10-25T00:30", "2026-10-25T01:30"]


# --- whole days ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("prefer", ["UTC", "Europe/Berlin", "Hawaiian Standard Time"])
@pytest.mark.parametrize("zone", ["UTC", "Tokyo Standard Time", "America/Sao_Paulo"])
async def test_whole_days_are_midnights_whoever_asks(outlook, zone, prefer):
    first = await made(outlook, whole_day("2026-05-12", "2026-05-14", zone))
    shown = (await outlook.get(f"me/events/{first['id']}", {"Prefer": f'outlook.timezone="{prefer}"'})).body
    assert [shown[edge] for edge in ("start", "end")] == [
        {"dateTime": f"2026-05-{day}T00:00:00.0000000", "timeZone": prefer} for day in (12, 14)
    ]


async def test_whole_days_are_in_a_window_by_their_hidden_instant(outlook):
    await made(outlook, whole_day("2026-05-01", "2026-05-02", "Hawaiian Standard Time"))
    window = "startDateTime=2026-05-02T00:00:00Z&endDateTime=2026-05-03T00:00:00Z"
    assert starts((await outlook.get(f"me/calendarView?{window}")).values) == ["2026-05-01T00:00"]


@pytest.mark.parametrize(
    ("first", "after", "zone"),
    [
        ("2026-05-12T09:00:00", "2026-05-13", PARIS),
        ("2026-05-12", "2026-05-12", PARIS),
        ("2026-05-12", "2026-05-12T23:59:59", PARIS),
        ("2026-05-12", "2026-05-13", "Tokyo Standard Time"),
    ],
)
async def test_whole_days_are_midnights_of_one_zone_with_the_end_exclusive(outlook, first, after, zone):
    body = {"isAllDay": True, "start": moment(first), "end": moment(after, zone)}
    assert await refusal(outlook, body) == (400, "ErrorPropertyValidationFailure")


async def test_turning_an_event_into_a_whole_day_needs_both_times(outlook):
    first = await made(outlook, event())
    path = f"me/events/{first['id']}"
    assert await refusal(outlook, {"isAllDay": True}, "PATCH", path) == (400, "ErrorInvalidRequest")
    turned = await outlook.patch(path, {"isAllDay": True, "start": moment("2026-05-12"), "end": moment("2026-05-13")})
    assert turned.body["isAllDay"] is True


# --- bodies -------------------------------------------------------------------------------------------------------------------


async def test_a_text_body_becomes_a_page_and_reads_back_as_text(outlook):
    first = await made(outlook, event(body={"contentType": "text", "content": "Bring < 3 pens\nand paper"}))
    assert first["body"]["contentType"] == "html"
    assert "Converted from text/plain format" in first["body"]["content"]
    shown = (await outlook.get(f"me/events/{first['id']}", TEXT)).body
    assert shown["body"] == {"contentType": "text", "content": "Bring < 3 pens\r\nand paper"}
    assert shown["bodyPreview"] == "Bring < 3 pens and paper"


async def test_an_html_body_gets_a_frame_once(outlook):
    first = await made(outlook, event(body={"contentType": "html", "content": "<P onclick=x>a<script>b</script>"}))
    content = first["body"]["content"]
    assert ("<p>a" in content, "script" in content, "onclick" in content) == (True, False, False)
    again = (await outlook.patch(f"me/events/{first['id']}", {"body": first["body"]})).body
    assert again["body"]["content"] == content


async def test_the_preview_ends_after_255_characters(outlook):
    first = await made(outlook, event(body={"contentType": "text", "content": "word " * 100}))
    assert len(first["bodyPreview"]) == 255


async def test_an_online_meeting_writes_its_link_into_the_body(outlook):
    first = await made(outlook, event(isOnlineMeeting=True, body={"contentType": "text", "content": "Agenda"}))
    assert first["onlineMeetingProvider"] == "teamsForBusiness"
    assert first["onlineMeeting"]["joinUrl"] in first["body"]["content"]


async def test_an_online_meeting_cannot_be_undone_by_asking(outlook):
    first = await made(outlook, event(isOnlineMeeting=True))
    changed = (await outlook.patch(f"me/events/{first['id']}", {"isOnlineMeeting": False, "subject": "x"})).body
    assert changed["onlineMeeting"] == first["onlineMeeting"]


async def test_a_body_without_the_join_block_loses_the_online_meeting(outlook):
    first = await made(outlook, event(isOnlineMeeting=True))
    changed = (await outlook.patch(f"me/events/{first['id']}", {"body": {"contentType": "text", "content": "Agenda"}})).body
    assert (changed["isOnlineMeeting"], changed["onlineMeeting"]) == (False, None)


async def test_a_body_that_keeps_the_join_block_keeps_the_online_meeting(outlook):
    first = await made(outlook, event(isOnlineMeeting=True))
    content = first["body"]["content"].replace("<body>", "<body><p>Agenda</p>")
    changed = (await outlook.patch(f"me/events/{first['id']}", {"body": {"contentType": "html", "content": content}})).body
    assert changed["isOnlineMeeting"] is True
