"""Lists, views and filters of events over HTTP, and creates that must not happen twice."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from calendar_desk import MAY, PARIS, SCOPES, event, invited, made, series
from graph_caller import IMMUTABLE, MARKER, Caller


@pytest.fixture
def outlook(world, session, graph_server) -> Caller:
    return Caller(session, graph_server.root, world.token(scopes=SCOPES))


async def refusal(outlook, body, method="POST", path="me/events"):
    reply = await outlook.send(method, path, body)
    return reply.status, reply.body["error"]["code"]


# --- lists --------------------------------------------------------------------------------------------------------------------


async def test_a_view_shows_what_overlaps_the_window(outlook):
    days = [date(2026, 4, 30) + timedelta(days=number) for number in range(3)]
    for day in days:
        await made(outlook, event(str(day), str(day)))
    window = "startDateTime=2026-05-01T09:30:00%2B02:00&endDateTime=2026-05-02T07:00:00Z"
    assert [item["subject"] for item in (await outlook.get(f"me/calendarView?{window}")).values] == ["2026-05-01"]


@pytest.mark.parametrize(
    "query", ["", "startDateTime=2026-05-01", "startDateTime=&endDateTime=2026-05-01", MAY.replace("06-01", "05-01")]
)
async def test_a_view_needs_both_edges_in_their_order(outlook, query):
    assert (await outlook.get(f"me/calendarView?{query}")).code == "ErrorInvalidParameter"


async def test_a_view_comes_in_pages_of_ten_whose_links_keep_the_window(outlook):
    for day in range(1, 13):
        await made(outlook, event(day=f"2026-05-{day:02}"))
    first = await outlook.get(f"me/calendarview?{MAY}&$select=subject,start")
    second = await outlook.get(first.body["@odata.nextLink"])
    assert (len(first.values), len(second.values)) == (10, 2)


async def test_a_list_has_series_and_single_events_and_no_occurrences(outlook):
    await made(outlook, event())
    await made(outlook, series())
    assert [item["type"] for item in (await outlook.get("me/events")).values] == ["singleInstance", "seriesMaster"]


@pytest.mark.parametrize(
    ("test", "found"),
    [
        ("start/dateTime ge '2026-05-12T07:00:00'", ["b", "c"]),
        ("start/dateTime gt '2026-05-12T07:00:00Z'", ["c"]),
        ("subject eq 'A'", ["a"]),
    ],
)
async def test_a_list_can_be_filtered(outlook, test, found):
    for name, day in (("a", 11), ("b", 12), ("c", 13)):
        await made(outlook, event(name, f"2026-05-{day}"))
    assert [item["subject"] for item in (await outlook.get(f"me/events?$filter={test}")).values] == found


async def test_a_list_can_be_filtered_by_what_all_copies_share(outlook):
    await made(outlook, event("other"))
    wanted = await made(outlook, event("wanted"))
    reply = await outlook.get(f"me/events?$filter=iCalUId eq '{wanted['iCalUId']}'")
    assert [item["subject"] for item in reply.values] == ["wanted"]


async def test_extended_properties_are_hidden_until_expanded_and_can_be_searched(outlook):
    marked = await made(outlook, event(singleValueExtendedProperties=[{"id": MARKER, "value": "42"}]))
    await made(outlook, event("other"))
    assert "singleValueExtendedProperties" not in marked
    expand = f"$expand=singleValueExtendedProperties($filter=id eq '{MARKER}')"
    shown = (await outlook.get(f"me/events/{marked['id']}?{expand}")).body
    assert shown["singleValueExtendedProperties"][0]["value"] == "42"
    test = f"singleValueExtendedProperties/Any(ep: ep/id eq '{MARKER}' and ep/value eq '42')"
    assert [item["id"] for item in (await outlook.get(f"me/events?$filter={test}")).values] == [marked["id"]]


# --- transactions -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [400, 409])
async def test_a_transaction_id_makes_one_event(outlook, world, status):
    world.directory.switches.turn({"transaction_status": status})
    first = await made(outlook, event(transactionId="t-1"))
    assert first["transactionId"] == "t-1"
    assert await refusal(outlook, event(transactionId="t-1")) == (status, "ErrorDuplicateTransactionId")
    assert len(world.claire.calendars.events()) == 1


async def test_a_transaction_id_is_remembered_after_its_event_is_gone(outlook):
    first = await made(outlook, event(transactionId="t-1"))
    await outlook.delete(f"me/events/{first['id']}")
    assert await refusal(outlook, event(transactionId="t-1")) == (409, "ErrorDuplicateTransactionId")


async def test_a_refused_event_leaves_its_transaction_id_free(outlook):
    await refusal(outlook, event(transactionId="t-1", showAs="away"))
    assert (await outlook.post("me/events", event(transactionId="t-1"))).status == 201


async def test_a_switch_names_the_event_that_is_already_there(outlook, world):
    world.directory.switches.turn({"transaction_names_event": True})
    first = await made(outlook, event(transactionId="t-1"))
    refused = await outlook.post("me/events", event(transactionId="t-1"))
    found = await outlook.get(f"me/events/{refused.body['error']['@event.existingEventId']}")
    assert found.body["iCalUId"] == first["iCalUId"]


async def test_a_switch_answers_the_same_create_with_its_event_and_one_mail(outlook, world):
    world.directory.switches.turn({"transaction_repeats": True})
    body = event(transactionId="t-1", attendees=invited("guest@example.com"))
    first, again = await made(outlook, body), await made(outlook, body)
    assert (first["id"], len(world.mail_log)) == (again["id"], 1)
    assert await refusal(outlook, body | {"subject": "other"}) == (409, "ErrorDuplicateTransactionId")


async def test_a_transaction_id_cannot_be_changed(outlook):
    first = await made(outlook, event(transactionId="t-1"))
    path = f"me/events/{first['id']}"
    assert await refusal(outlook, {"transactionId": "t-2"}, "PATCH", path) == (400, "ErrorInvalidPropertySet")


async def test_events_are_written_in_batches(outlook):
    items = [
        {"id": str(number), "method": "POST", "url": "/me/events", "headers": {"Content-Type": "application/json"}, "body": body}
        for number, body in enumerate([event("one"), event("two", isAllDay=True)])
    ]
    answers = await outlook.batch(*items)
    assert (answers["0"]["status"], answers["1"]["body"]["error"]["code"]) == (201, "ErrorPropertyValidationFailure")


async def test_the_mailbox_tells_its_zone_to_who_may_ask(outlook, world):
    assert (await outlook.get("me/mailboxSettings/timeZone")).status == 403
    outlook.token = world.token(scopes=("MailboxSettings.Read",))
    assert (await outlook.get("me/mailboxSettings/timeZone")).body["value"] == PARIS


# --- what is expanded ---------------------------------------------------------------------------------------------------------

STAMP = f"singleValueExtendedProperties($filter=id eq '{MARKER}')"


@pytest.mark.parametrize("expand", ["calendar($select=id)", f"{STAMP},calendar($select=id)", f"calendar($select=id),{STAMP}"])
async def test_an_event_shows_the_calendar_that_it_is_in(outlook, expand):
    crm = (await outlook.post("me/calendars", {"name": "CRM"})).body
    mine = await made(outlook, event(), f"me/calendars/{crm['id']}/events")
    assert (await outlook.get(f"me/events/{mine['id']}?$expand={expand}")).body["calendar"] == {"id": crm["id"]}


async def test_a_calendar_is_not_shown_unasked_and_whole_without_a_choice(outlook):
    mine = await made(outlook, event())
    assert "calendar" not in (await outlook.get(f"me/events/{mine['id']}")).body
    shown = (await outlook.get(f"me/events/{mine['id']}?$expand=calendar")).body["calendar"]
    assert (shown["name"], shown["isDefaultCalendar"]) == ("Calendar", True)


@pytest.mark.parametrize("expand", ["calendar($select=colour)", "calendar($top=1)", "calendars", "calendar,", ""])
async def test_what_cannot_be_expanded_is_refused(outlook, expand):
    mine = await made(outlook, event())
    assert (await outlook.get(f"me/events/{mine['id']}?$expand={expand}")).status == 400


async def test_a_deleted_event_that_can_still_be_read_is_in_no_calendar_of_the_list(outlook, world):
    world.directory.switches.deleted_still_readable = True
    id = (await outlook.post("me/events", event(), IMMUTABLE)).body["id"]
    await outlook.delete(f"me/events/{id}")
    home = (await outlook.get(f"me/events/{id}?$expand=calendar($select=id)")).body["calendar"]["id"]
    assert home not in [calendar["id"] for calendar in (await outlook.get("me/calendars")).values]
    assert (await outlook.get(f"me/calendars/{home}")).code == "ErrorItemNotFound"


async def test_views_and_instances_show_extended_properties_and_calendars_when_asked(outlook):
    stamp = {"id": MARKER, "value": "C-1"}
    rounds = await made(outlook, series(count=3, singleValueExtendedProperties=[stamp]))
    for path in ("me/calendarView?", f"me/events/{rounds['id']}/instances?"):
        listed = (await outlook.get(f"{path}{MAY}&$expand={STAMP},calendar($select=id)")).values
        assert [(len(item["singleValueExtendedProperties"]), list(item["calendar"])) for item in listed] == [(1, ["id"])] * 3


async def test_an_attachment_shows_and_counts_as_a_change(outlook, world):
    mine = await made(outlook, event())
    assert not mine["hasAttachments"]
    world.claire.calendars.attach(mine["id"], "offer.pdf")
    shown = (await outlook.get(f"me/events/{mine['id']}")).body
    assert shown["hasAttachments"]
    assert shown["changeKey"] != mine["changeKey"]
