"""The calendar's adapter: what its calls are, and what their answers are taken for."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from graph_wire import Reply, StrictBatch, refused

from outlookd.core.model import Span, Watermark
from outlookd.errors import (
    BadRecord,
    ContainerMissing,
    MailboxUnusable,
    NotFound,
    Rejected,
    ServerTrouble,
    Stale,
    Throttled,
    Unintelligible,
    WatermarkExpired,
)
from outlookd.graph.calendar_cursor import CalendarCursor, load_cursor
from outlookd.graph.event_writes import transaction_of
from outlookd.graph.marker import MARKER_KEY, MARKER_PROPERTY
from outlookd.ports import Absent, Done, Failed, Found, Unreadable, Write

MARK = [{"id": MARKER_PROPERTY, "value": "mark-1"}]
PREFER = 'IdType="ImmutableId", outlook.timezone="UTC"'
FULL_AT = datetime(2026, 1, 1, tzinfo=UTC)


def single(id, **more):
    return {"id": id, "type": "singleInstance", "seriesMasterId": None, "subject": "Visit", **more}


def stub(id, master):
    return {"id": id, "type": "occurrence", "seriesMasterId": master}


def watermark(base, window, link="d?$deltatoken=1", begun=None):
    frozen = Span(start=window.start, end=window.end + timedelta(days=60))
    return Watermark(cursor=CalendarCursor(link=f"{base}/v1.0/{link}", frozen=frozen, begun=begun).dump(), full_at=FULL_AT)


def calendar_and(items, calendar=None):
    """A mailbox whose calendar answers `calendar` (fine if None) and whose events answer by `items`."""

    def answer(request):
        if request["url"].endswith("/calendars/CAL"):
            return calendar or Reply(body={"id": "CAL"})
        return items(request["url"].partition("?")[0].split("/events/")[1].partition("/")[0])

    return StrictBatch(answer)


def home(id="CAL"):
    return {"calendar": {"id": id}, "calendar@odata.context": "x"}


async def listing(events, since=None, **how):
    return [page async for page in events.changes(since, **how)]


# --- changes -------------------------------------------------------------------------------------------------------------


async def test_a_first_listing_reads_a_feed_over_a_wide_window_and_then_the_view_of_the_wanted_one(
    events, wire, base, window, clock
):
    wire.say(
        Reply(body={"value": [stub("O", "M"), single("A")], "@odata.nextLink": f"{base}/v1.0/d?$skiptoken=1"}),
        Reply(body={"value": [], "@odata.deltaLink": f"{base}/v1.0/d?$deltatoken=1"}),
        Reply(body={"value": [single("A", singleValueExtendedProperties=MARK)]}),
    )
    pages = await listing(events)
    assert [list(page.payloads) for page in pages] == [[single("A") | {MARKER_KEY: "mark-1"}], []]
    begun, followed, viewed = wire.seen
    assert begun.raw_path == (
        "/v1.0/me/calendars/CAL/calendarView/delta?startDateTime=2026-10-15T12:00:00Z&endDateTime=2027-04-23T12:00:00Z"
    )
    assert (
        begun.headers["Prefer"]
        == followed.headers["Prefer"]
        == 'IdType="ImmutableId", odata.maxpagesize=500, outlook.timezone="UTC"'
    )
    path, _, query = viewed.raw_path.partition("?")
    assert path == "/v1.0/me/calendars/CAL/calendarView"
    assert query.startswith("$top=500&$expand=singleValueExtendedProperties(")
    assert query.endswith("&startDateTime=2026-10-22T12:00:00Z&endDateTime=2027-02-22T12:00:00Z")
    assert 'outlook.timezone="UTC"' in viewed.headers["Prefer"]
    end = pages[-1].end
    assert (end.snapshot, end.complete, end.window, end.watermark.full_at) == (True, True, window, clock.now())
    cursor = load_cursor(end.watermark.cursor)
    assert (cursor.link, cursor.begun) == (f"{base}/v1.0/d?$deltatoken=1", clock.now())


async def test_a_window_with_fractions_of_a_second_is_asked_for_whole(events, wire, base, window):
    events.window = Span(start=window.start + timedelta(microseconds=5), end=window.end + timedelta(microseconds=5))
    wire.say(Reply(body={"value": [], "@odata.deltaLink": f"{base}/v1.0/d?x"}), Reply(body={"value": []}))
    (page,) = [page for page in await listing(events) if page.end]
    assert wire.seen[1].raw_path.endswith("startDateTime=2026-10-22T12:00:00Z&endDateTime=2027-02-22T12:00:01Z")
    assert page.end.window == events.window


async def test_without_a_window_nothing_is_asked(events, wire):
    events.window = None
    with pytest.raises(ValueError, match="window"):
        await listing(events)
    assert wire.seen == []


async def test_a_series_is_asked_for_once_however_often_it_is_mentioned(events, wire, base, window):
    rows = [
        stub("O1", "M"),
        {"id": "M", "type": "seriesMaster"},
        stub("O2", "M"),
        {**single("X"), "type": "exception", "seriesMasterId": "M"},
    ]
    instances = [stub("O1", "M") | {"subject": "Round"}]

    def item(request):
        return Reply(body={"value": instances})

    batch = StrictBatch(item)
    delta = Reply(body={"value": [*rows, single("A")], "@odata.deltaLink": f"{base}/v1.0/d?$deltatoken=2"})
    wire.script = lambda seen: batch(seen) if seen.method == "POST" else delta
    pages = await listing(events, watermark(base, window))
    assert [[item["id"] for item in page.payloads] for page in pages] == [["A"], ["O1"], []]
    assert [page.whole for page in pages] == [(), ("M",), ()]
    ((url,),) = batch.rounds
    assert url.startswith("/me/events/M/instances?$top=500&$expand=singleValueExtendedProperties(")
    assert url.endswith("&startDateTime=2026-10-22T12:00:00Z&endDateTime=2027-02-22T12:00:00Z")
    assert wire.seen[1].body["requests"][0]["headers"]["Prefer"] == PREFER
    end = pages[-1].end
    assert (end.snapshot, end.complete, end.window, end.watermark.full_at) == (False, True, None, FULL_AT)


@pytest.mark.parametrize("row", [{"id": "O", "type": "occurrence"}, {"type": "seriesMaster"}, {"id": "X", "type": "exception"}])
async def test_a_row_that_names_no_series_is_never_taken_for_a_single_event(events, wire, base, window, row):
    wire.say(Reply(body={"value": [row, single("A")], "@odata.deltaLink": f"{base}/v1.0/d?$deltatoken=2"}))
    mark = watermark(base, window)
    pages = await listing(events, mark)
    assert [item["id"] for page in pages for item in page.payloads] == ["A"]
    assert (pages[-1].end.complete, pages[-1].end.watermark) == (False, mark)


@pytest.mark.parametrize(
    ("reply", "whole", "removed", "complete"),
    [
        (Reply(body={"value": []}), ("M",), (), True),
        (refused(404, "ErrorItemNotFound"), (), ("M",), True),
        (refused(404, "Unheard"), (), (), False),
        (refused(403, "ErrorAccessDenied"), (), (), False),
        (refused(400, "ErrorInvalidRequest"), (), (), False),
        (Reply(body={}), (), (), False),
    ],
)
async def test_what_an_answer_says_about_a_series(events, wire, base, window, reply, whole, removed, complete):
    batch = StrictBatch(lambda request: reply)
    delta = Reply(body={"value": [stub("O", "M")], "@odata.deltaLink": f"{base}/v1.0/d?$deltatoken=2"})
    wire.script = lambda seen: batch(seen) if seen.method == "POST" else delta
    pages = await listing(events, watermark(base, window))
    assert (pages[0].whole, pages[0].removed, pages[-1].end.complete) == (whole, removed, complete)


@pytest.mark.parametrize(
    ("status", "code"), [(410, "SyncStateNotFound"), (410, "resyncRequired"), (400, "SyncStateInvalid"), (410, "")]
)
@pytest.mark.parametrize("full", [False, True])
async def test_a_token_that_graph_no_longer_knows_ends_in_a_view(events, wire, base, window, clock, status, code, full):
    wire.say(refused(status, code), Reply(body={"value": [single("A")]}))
    pages = await listing(events, watermark(base, window, begun=clock.now()), full=full)
    assert [payload["id"] for page in pages for payload in page.payloads] == ["A"]
    assert (pages[-1].end.snapshot, pages[-1].end.complete) == (True, True)
    assert [seen.raw_path.partition("?")[0] for seen in wire.seen] == ["/v1.0/d", "/v1.0/me/calendars/CAL/calendarView"]


@pytest.mark.parametrize(
    "cursor",
    [
        "https://graph.example.com/v1.0/d?$deltatoken=1",
        "{}",
        '{"link":"","start":"2026-01-01T00:00:00+00:00","end":"2028-01-01T00:00:00+00:00"}',
        '{"link":"x","start":"2026-01-01T00:00:00","end":"2028-01-01T00:00:00"}',
        '{"link":"x","start":"2026-01-01T00:00:00Z","end":"2028-01-01T00:00:00Z","begun":"2026-01-01T00:00:00"}',
        '{"link":"x","start":"2026-01-01T00:00:00Z","end":"2028-01-01T00:00:00Z","begun":"yesterday"}',
    ],
)
async def test_a_watermark_that_is_not_ours_expires_and_is_not_followed(events, wire, cursor):
    with pytest.raises(WatermarkExpired):
        await listing(events, Watermark(cursor=cursor))
    assert wire.seen == []


async def test_a_link_of_another_graph_is_not_followed_and_the_calendar_is_listed(events, wire, window, clock):
    wire.say(Reply(body={"value": [single("A")]}))
    pages = await listing(events, watermark("https://graph.example.com", window, begun=clock.now()))
    assert (len(wire.seen), pages[-1].end.snapshot) == (1, True)


async def test_a_delta_link_that_is_gone_while_the_calendar_lives_ends_in_a_view(events, wire, base, window, clock):
    wire.say(refused(404, "ErrorItemNotFound"), Reply(body={"id": "CAL"}), Reply(body={"value": [single("A")]}))
    pages = await listing(events, watermark(base, window, begun=clock.now()))
    assert (len(wire.seen), pages[-1].end.snapshot) == (3, True)


async def test_a_view_that_is_not_found_while_the_calendar_lives_is_no_missing_calendar(events, wire, base):
    wire.say(
        Reply(body={"value": [], "@odata.deltaLink": f"{base}/v1.0/d?x"}),
        refused(404, "ErrorItemNotFound"),
        Reply(body={"id": "CAL"}),
    )
    with pytest.raises(NotFound):
        await listing(events)


async def test_a_page_that_stays_too_heavy_ends_the_listing(events, wire):
    wire.say(refused(503, "ServiceUnavailable"))
    with pytest.raises(ServerTrouble):
        await listing(events)
    assert events.requests == 10


async def test_a_feed_that_was_read_in_small_pages_once_stays_with_them(events, wire, base, window):
    asked = []

    def answer(seen):
        asked.append(seen.headers["Prefer"].partition("maxpagesize=")[2].partition(",")[0])
        if asked[-1] == "500":
            return refused(504, "GatewayTimeout")
        if len(asked) == 6:
            return Reply(body={"value": [], "@odata.nextLink": f"{base}/v1.0/d?$skiptoken=1"})
        return Reply(body={"value": [], "@odata.deltaLink": f"{base}/v1.0/d?$deltatoken=2"})

    wire.script = answer
    await listing(events, watermark(base, window))
    assert asked == ["500"] * 5 + ["10", "10"]


# --- reading by id -------------------------------------------------------------------------------------------------------


async def test_an_event_is_read_with_its_marker_and_without_the_calendar_that_was_asked_for(events, wire):
    wire.script = calendar_and(lambda key: Reply(body=single(key, singleValueExtendedProperties=MARK, **home())))
    assert await events.read(["A", "A"]) == {"A": Found(payload=single("A") | {MARKER_KEY: "mark-1"})}
    (request,) = wire.seen[0].body["requests"]
    assert request["url"].endswith(",calendar($select%3Did)")
    assert request["headers"]["Prefer"] == PREFER


async def test_an_event_that_names_no_calendar_is_taken_to_be_here(events, wire):
    wire.script = calendar_and(lambda key: Reply(body=single(key)))
    assert await events.read(["A"]) == {"A": Found(payload=single("A") | {"outlookd.marker": ""})}


async def test_an_event_is_absent_only_when_the_calendar_answers_in_the_same_call(events, wire):
    wire.script = calendar_and(
        lambda key: refused(404, "ErrorItemNotFound") if key == "GONE" else Reply(body=single(key, **home()))
    )
    readings = await events.read(["A", "GONE", "B"])
    assert readings["GONE"] == Absent()
    assert {type(readings[key]) for key in "AB"} == {Found}
    assert wire.seen[-1].raw_path == "/v1.0/me/calendars/CAL"


async def test_when_the_canary_is_ill_nothing_is_absent(events, wire):
    wire.script = calendar_and(lambda key: refused(404, "ErrorItemNotFound"), refused(404, "MailboxNotEnabledForRESTAPI"))
    reading = (await events.read(["A"]))["A"]
    assert isinstance(reading, Unreadable)
    assert isinstance(reading.error, MailboxUnusable)


async def test_when_the_calendar_is_gone_its_events_are_not_declared_deleted(events, wire):
    wire.script = calendar_and(lambda key: refused(404, "ErrorItemNotFound"), refused(404, "ErrorItemNotFound"))
    with pytest.raises(ContainerMissing):
        await events.read(["A"])


@pytest.mark.parametrize(
    "reply",
    [
        refused(500, "ErrorCorruptData"),
        refused(404, "Unheard"),
        refused(404, "MailboxNotEnabledForRESTAPI"),
        refused(403, "ErrorAccessDenied"),
        Reply(body={}),
    ],
)
async def test_any_other_answer_is_no_statement(events, wire, reply):
    wire.script = calendar_and(lambda key: reply)
    assert isinstance((await events.read(["A"]))["A"], Unreadable)


async def test_only_a_clear_no_means_that_an_event_has_no_attachment(events, wire):
    answers = {
        "A": Reply(body={"id": "A", "hasAttachments": True}),
        "B": Reply(body={"id": "B", "hasAttachments": False}),
        "C": Reply(body={"id": "C"}),
        "D": refused(404, "ErrorItemNotFound"),
        "E": refused(500, "X"),
    }
    wire.script = calendar_and(lambda key: answers[key])
    assert await events.attachments(list(answers)) == {"A": True, "B": False, "C": True, "D": False, "E": True}


async def test_a_mailbox_that_is_unusable_says_nothing_about_attachments(events, wire):
    wire.script = calendar_and(lambda key: refused(404, "MailboxNotEnabledForRESTAPI"))
    with pytest.raises(MailboxUnusable):
        await events.attachments(["A"])


# --- calendars -----------------------------------------------------------------------------------------------------------


async def test_a_calendar_is_created_by_its_name_alone(events, wire):
    wire.say(Reply(status=201, body={"id": "C2", "name": "CRM", "isDefaultCalendar": False}))
    made = await events.create_container("CRM", "mark-1")
    assert (made.id, made.name, made.marker, made.default) == ("C2", "CRM", "", False)
    assert (wire.seen[0].raw_path, wire.seen[0].body) == ("/v1.0/me/calendars", {"name": "CRM"})


async def test_a_calendar_without_an_id_is_not_taken_for_one(events, wire):
    wire.say(Reply(body={"value": [{"name": "CRM"}]}))
    with pytest.raises(Unintelligible):
        await events.containers()


async def test_a_calendar_is_never_stamped(events, wire):
    await events.stamp_container("C1", "mark-1")
    assert wire.seen == []


# --- writing -------------------------------------------------------------------------------------------------------------


async def test_a_create_carries_its_marker_and_a_transaction_id_made_of_it(events, wire):
    wire.script = StrictBatch(lambda request: Reply(status=201, body=single("NEW")))
    (done,) = await events.write([Write(ref="1", op="create", payload={"subject": "Visit"}, marker="mark-1")])
    assert done == Done(ref="1", id="NEW", payload=single("NEW") | {MARKER_KEY: "mark-1"})
    (request,) = wire.seen[0].body["requests"]
    assert (request["method"], request["url"]) == ("POST", "/me/calendars/CAL/events")
    assert request["headers"] == {"Prefer": PREFER, "Content-Type": "application/json"}
    assert request["body"] == {
        "subject": "Visit",
        "singleValueExtendedProperties": MARK,
        "transactionId": transaction_of("mark-1"),
    }


def test_a_transaction_id_is_the_same_in_every_process_and_another_for_every_marker():
    """Written down here, because a change of it would double every create that is under way."""
    assert transaction_of("mark-1") == "e3b74ab4-5060-5427-a36a-ba6085c4e036"
    assert transaction_of("mark-1") != transaction_of("Mark-1")
    assert uuid.UUID(transaction_of("mark-1")).version == 5


async def test_an_update_names_the_version_it_was_decided_on_and_no_transaction(events, wire):
    wire.script = StrictBatch(lambda request: Reply(body=single("A")))
    (done,) = await events.write([Write(ref="1", op="update", id="A", payload={"subject": "x"}, version='W/"1"', marker="mark-1")])
    assert done == Done(ref="1", id="A", payload=single("A") | {MARKER_KEY: "mark-1"})
    (request,) = wire.seen[0].body["requests"]
    assert (request["method"], request["url"], request["headers"]["If-Match"]) == ("PATCH", "/me/events/A", 'W/"1"')
    assert request["body"] == {"subject": "x", "singleValueExtendedProperties": MARK}
    assert request["headers"]["Prefer"] == PREFER


async def test_a_delete_names_its_version_and_is_done_when_there_is_nothing_to_delete(events, wire):
    wire.script = StrictBatch(lambda request: refused(404, "ErrorItemNotFound"))
    assert await events.write([Write(ref="1", op="delete", id="A", version='W/"1"')]) == [Done(ref="1", id="A")]
    (request,) = wire.seen[0].body["requests"]
    assert (request["method"], request["url"], request["headers"]["If-Match"]) == ("DELETE", "/me/events/A", 'W/"1"')


@pytest.mark.parametrize("op", ["create", "update"])
@pytest.mark.parametrize("name", ["attendees", "Attendees", "attendees@odata.type"])
async def test_a_write_that_names_attendees_is_never_sent(events, wire, op, name):
    (failed,) = await events.write([Write(ref="1", op=op, id="A", payload={"subject": "x", name: []}, marker="mark-1")])
    assert isinstance(failed, Failed)
    assert (type(failed.error), failed.error.field, failed.ambiguous) == (BadRecord, "attendees", False)
    assert wire.seen == []


@pytest.mark.parametrize(
    ("reply", "kind", "ambiguous"),
    [
        (refused(404, "ErrorItemNotFound"), NotFound, False),
        (refused(412, "ErrorIrresolvableConflict"), Stale, False),
        (refused(409, "ErrorIrresolvableConflict"), Stale, False),
        (refused(400, "ErrorPropertyValidationFailure"), Rejected, False),
        (refused(400, "ErrorDuplicateTransactionId"), Rejected, True),
        (refused(409, "ErrorDuplicateTransactionId"), Rejected, True),
        (refused(500, "X"), ServerTrouble, True),
        (refused(429, "ApplicationThrottled", Retry_After="999"), Throttled, False),
    ],
)
async def test_what_a_refused_create_leaves_in_doubt(events, wire, reply, kind, ambiguous):
    wire.script = StrictBatch(lambda request: reply)
    (failed,) = await events.write([Write(ref="1", op="create", payload={"subject": "x"}, marker="mark-1")])
    assert isinstance(failed, Failed)
    assert (type(failed.error), failed.ambiguous) == (kind, ambiguous)
