"""A person at Outlook, by way of Microsoft's own SDK: a client that nobody here wrote, with the classic ids that Outlook uses."""

from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from kiota_abstractions.authentication import AccessTokenProvider, AllowedHostsValidator, BaseBearerTokenAuthenticationProvider
from kiota_abstractions.base_request_configuration import RequestConfiguration
from msgraph import GraphRequestAdapter, GraphServiceClient
from msgraph.generated.models.attendee import Attendee
from msgraph.generated.models.body_type import BodyType
from msgraph.generated.models.date_time_time_zone import DateTimeTimeZone
from msgraph.generated.models.day_of_week import DayOfWeek
from msgraph.generated.models.email_address import EmailAddress
from msgraph.generated.models.event import Event
from msgraph.generated.models.item_body import ItemBody
from msgraph.generated.models.location import Location
from msgraph.generated.models.patterned_recurrence import PatternedRecurrence
from msgraph.generated.models.recurrence_pattern import RecurrencePattern
from msgraph.generated.models.recurrence_pattern_type import RecurrencePatternType
from msgraph.generated.models.recurrence_range import RecurrenceRange
from msgraph.generated.models.recurrence_range_type import RecurrenceRangeType
from msgraph.generated.models.sensitivity import Sensitivity
from msgraph.generated.users.item.events.events_request_builder import EventsRequestBuilder
from msgraph.generated.users.item.events.item.accept.accept_post_request_body import AcceptPostRequestBody
from msgraph.generated.users.item.events.item.decline.decline_post_request_body import DeclinePostRequestBody
from msgraph.generated.users.item.events.item.instances.instances_request_builder import InstancesRequestBuilder

from outlookd.sandbox.seed import CLIENT_ID, UPNS
from outlookd.sandbox.tokens import GRAPH

SCOPES = frozenset({"Calendars.ReadWrite", "User.Read"})
PARIS = "Romance Standard Time"
HOUR = timedelta(hours=1)


class OneToken(AccessTokenProvider):
    def __init__(self, token):
        self.token = token

    async def get_authorization_token(self, uri, additional_authentication_context=None):
        return self.token

    def get_allowed_hosts_validator(self):
        return AllowedHostsValidator([])


PRIVATE = Sensitivity.Private


def moment(wall):
    return DateTimeTimeZone(date_time=wall.isoformat(), time_zone=PARIS)


def text(content):
    return ItemBody(content_type=BodyType.Text, content=content)


def place(name):
    return Location(display_name=name)


def invited(*addresses):
    return [Attendee(email_address=EmailAddress(address=address, name=address)) for address in addresses]


def every_week(start, count):
    day = DayOfWeek(start.strftime("%A").lower())
    pattern = RecurrencePattern(type=RecurrencePatternType.Weekly, interval=1, days_of_week=[day])
    range = RecurrenceRange(type=RecurrenceRangeType.Numbered, start_date=start.date(), number_of_occurrences=count)
    return PatternedRecurrence(pattern=pattern, range=range)


class OutlookUser:
    """What one person does. Mails that Exchange sends for it are that person's (`outbox`)."""

    def __init__(self, sdk, outbox):
        self._me = sdk.me
        self._outbox = outbox

    @classmethod
    @asynccontextmanager
    async def of(cls, trial, login):
        person = trial.sandbox.directory.user(UPNS[login])
        token = trial.sandbox.directory.tokens.issue_access(
            client_id=CLIENT_ID, object_id=person.object_id, scopes=SCOPES, audience=GRAPH, life=HOUR
        )
        adapter = GraphRequestAdapter(BaseBearerTokenAuthenticationProvider(OneToken(token)))
        adapter.base_url = trial.sandbox.addresses.graph
        yield cls(GraphServiceClient(request_adapter=adapter), trial.outbox)
        # The SDK cannot be closed, and its own transport does not pass a closing on to the one that holds the sockets.
        await adapter._http_client._transport.transport.aclose()

    async def enter(self, subject, start, length=HOUR, **more):
        """A new event. Returns its id."""
        body = Event(subject=subject, start=moment(start), end=moment(start + length), **more)
        with self._outbox.person():
            return (await self._me.events.post(body)).id

    async def change(self, id, **more):
        with self._outbox.person():
            await self._me.events.by_event_id(id).patch(Event(**more))

    async def shift(self, id, start, length=HOUR, **more):
        """To another time."""
        await self.change(id, start=moment(start), end=moment(start + length), **more)

    async def delete(self, id):
        with self._outbox.person():
            await self._me.events.by_event_id(id).delete()

    async def accept(self, id, **more):
        with self._outbox.person():
            await self._me.events.by_event_id(id).accept.post(AcceptPostRequestBody(send_response=True, **more))

    async def decline(self, id):
        with self._outbox.person():
            await self._me.events.by_event_id(id).decline.post(DeclinePostRequestBody(send_response=True))

    async def read(self, id):
        return await self._me.events.by_event_id(id).get()

    async def find(self, subject):
        """The ids of the events with this subject."""
        parameters = EventsRequestBuilder.EventsRequestBuilderGetQueryParameters(filter=f"subject eq '{subject}'")
        return [event.id for event in (await self._me.events.get(RequestConfiguration(query_parameters=parameters))).value]

    async def occurrences(self, id):
        """The ids of a series' occurrences of the next three months, in their order."""
        now = datetime.now(UTC)
        parameters = InstancesRequestBuilder.InstancesRequestBuilderGetQueryParameters(
            start_date_time=f"{now - timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}",
            end_date_time=f"{now + timedelta(days=90):%Y-%m-%dT%H:%M:%SZ}",
            top=100,
        )
        found = await self._me.events.by_event_id(id).instances.get(RequestConfiguration(query_parameters=parameters))
        return [event.id for event in sorted(found.value, key=lambda event: event.start.date_time)]
