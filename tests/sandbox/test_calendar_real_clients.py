"""msgraph-sdk and O365 against the sandbox's calendar: clients that nobody here wrote."""

from __future__ import annotations

import asyncio
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from calendar_desk import PARIS, SCOPES, event, series
from kiota_abstractions.authentication import BaseBearerTokenAuthenticationProvider
from kiota_abstractions.base_request_configuration import RequestConfiguration
from msgraph import GraphRequestAdapter, GraphServiceClient
from msgraph.generated.models.attendee import Attendee
from msgraph.generated.models.body_type import BodyType
from msgraph.generated.models.calendar import Calendar
from msgraph.generated.models.date_time_time_zone import DateTimeTimeZone
from msgraph.generated.models.email_address import EmailAddress
from msgraph.generated.models.event import Event
from msgraph.generated.models.event_type import EventType
from msgraph.generated.models.item_body import ItemBody
from msgraph.generated.models.o_data_errors.o_data_error import ODataError
from msgraph.generated.users.item.calendar.calendar_view.delta.delta_request_builder import DeltaRequestBuilder
from msgraph.generated.users.item.events.item.cancel.cancel_post_request_body import CancelPostRequestBody
from test_real_clients import OneToken, account, application, https, prefer  # noqa: F401 (fixtures; a conftest would import these clients for every test of the folder)

ZONE = ZoneInfo("Europe/Paris")


@pytest.fixture
async def sdk(world, graph_server):
    adapter = GraphRequestAdapter(BaseBearerTokenAuthenticationProvider(OneToken(world.token(scopes=SCOPES))))
    adapter.base_url = graph_server.root
    yield GraphServiceClient(request_adapter=adapter)
    # The SDK cannot be closed, and its own transport does not pass a closing on to the one that holds the sockets.
    await adapter._http_client._transport.transport.aclose()


def at(hour):
    return DateTimeTimeZone(date_time=f"2026-05-12T{hour:02}:00:00", time_zone=PARIS)


def visit(**more):
    return Event(subject="Visit", start=at(9), end=at(10), **more)


async def test_the_sdk_creates_reads_changes_and_deletes_an_event(sdk, world):
    body = ItemBody(content_type=BodyType.Text, content="Bring pens")
    made = await sdk.me.events.post(visit(body=body, categories=["red"]))
    item = sdk.me.events.by_event_id(made.id)
    read = await item.get(request_configuration=prefer('outlook.timezone="Europe/Paris"'))
    assert (read.start.date_time, read.body_preview, read.type) == (
        "2026-05-12T09:00:00.0000000",
        "Bring pens",
        EventType.SingleInstance,
    )
    matching = RequestConfiguration()
    matching.headers.add("If-Match", made.additional_data["@odata.etag"])
    assert (await item.patch(Event(subject="Later"), request_configuration=matching)).subject == "Later"
    with pytest.raises(ODataError) as refused:
        await item.patch(Event(subject="Too late"), request_configuration=matching)
    assert refused.value.response_status_code == 412
    await item.delete()
    assert world.claire.calendars.events() == []


async def test_the_sdk_ends_a_series_with_null(sdk, world):
    master = world.claire.calendars.create(series())
    changed = await sdk.me.events.by_event_id(master.immutable_id).patch(Event(additional_data={"recurrence": None}))
    assert (changed.type, changed.recurrence) == (EventType.SingleInstance, None)


async def test_the_sdk_follows_a_calendar_to_the_end_of_its_changes(sdk, world):
    calendars = world.claire.calendars
    calendars.create(series(count=3))
    kept = calendars.create(event())
    delta = sdk.me.calendar_view.delta
    parameters = DeltaRequestBuilder.DeltaRequestBuilderGetQueryParameters(
        start_date_time="2026-05-01T00:00:00Z", end_date_time="2026-06-01T00:00:00Z"
    )
    first = RequestConfiguration(query_parameters=parameters)
    for preference in ('IdType="ImmutableId"', "odata.maxpagesize=1"):
        first.headers.add("Prefer", preference)
    page, seen = await delta.get(request_configuration=first), []
    while True:
        seen += page.value
        if page.odata_delta_link:
            break
        page = await delta.with_url(page.odata_next_link).get(request_configuration=prefer('IdType="ImmutableId"'))
    assert [item.type for item in seen] == [EventType.SeriesMaster, *[EventType.Occurrence] * 3, EventType.SingleInstance]
    calendars.delete(kept.immutable_id)
    page = await delta.with_url(page.odata_delta_link).get(request_configuration=prefer('IdType="ImmutableId"'))
    assert [(item.id, "@removed" in item.additional_data) for item in page.value] == [(kept.immutable_id, True)]


async def test_the_sdk_invites_and_cancels(sdk, world):
    guest = Attendee(email_address=EmailAddress(address="denis@example.com", name="Denis"))
    made = await sdk.me.events.post(visit(attendees=[guest]))
    await sdk.me.events.by_event_id(made.id).cancel.post(CancelPostRequestBody(comment="Sorry"))
    assert [mail.reason for mail in world.mail_log] == ["invitation", "cancellation"]
    assert world.denis.calendars.events()[0].shape.content["isCancelled"] is True


async def test_the_sdk_creates_and_lists_calendars(sdk):
    await sdk.me.calendars.post(Calendar(name="CRM"))
    assert [calendar.name for calendar in (await sdk.me.calendars.get()).value] == ["Calendar", "CRM"]


async def test_o365_keeps_a_calendar(account, world):  # noqa: F811 (the fixture)
    world.client.application |= {"Calendars.ReadWrite"}

    def play():
        assert account.authenticate()
        calendar = account.schedule().get_default_calendar()
        made = calendar.new_event("Visit")
        made.start, made.end = datetime(2026, 5, 12, 9, tzinfo=ZONE), datetime(2026, 5, 12, 10, tzinfo=ZONE)
        made.attendees.add("denis@example.com")
        assert made.save()
        made.subject = "Later"
        assert made.save()
        edges = {"start_recurring": datetime(2026, 5, 1, tzinfo=ZONE), "end_recurring": datetime(2026, 6, 1, tzinfo=ZONE)}
        found = [item.subject for item in calendar.get_events(include_recurring=True, **edges)]
        assert made.delete()
        return found

    assert await asyncio.to_thread(play) == ["Later"]
    assert [mail.reason for mail in world.mail_log] == ["invitation", "update", "cancellation"]
