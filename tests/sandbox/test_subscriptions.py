"""What Graph accepts as a subscription, and what it says about one."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from doorbell import ringing
from graph_caller import IMMUTABLE, MORNING, Caller

from outlookd.sandbox.directory import MailboxState

WEEK = timedelta(minutes=10_080)


def at(delta: timedelta) -> str:
    return (MORNING + delta).isoformat()


@pytest.fixture
async def bell():
    async with ringing() as bell:
        yield bell


@pytest.fixture
def order(bell):
    """The body of a sound order, changed as a test likes; None leaves a member out."""

    def make(**changes):
        usual = {
            "changeType": "created,updated,deleted",
            "notificationUrl": bell.url,
            "resource": "/me/contacts",
            "expirationDateTime": at(WEEK),
            "clientState": "secret",
        }
        return {name: value for name, value in (usual | changes).items() if value is not None}

    return make


@pytest.fixture
def sign_in(session, graph_server, world):
    """A new token for Claire: the one before may have died of old age."""

    return lambda: Caller(session, graph_server.root, world.token(scopes=("Contacts.ReadWrite", "Calendars.ReadWrite")))


@pytest.fixture
def outlook(sign_in):
    return sign_in()


# --- order --------------------------------------------------------------------------------------------------------------------


async def test_an_order_is_answered_with_the_subscription(outlook, order, bell, world):
    made = await outlook.post("subscriptions", order())
    expected = {
        "resource": "/me/contacts",
        "applicationId": "app",
        "changeType": "created,updated,deleted",
        "clientState": "secret",
        "notificationUrl": bell.url,
        "lifecycleNotificationUrl": None,
        "expirationDateTime": "2026-05-11T08:00:00.0000000Z",
        "creatorId": world.claire.object_id,
    }
    assert (made.status, {name: made.body[name] for name in expected}) == (201, expected)


async def test_both_addresses_are_asked_and_keep_their_query(outlook, order, bell):
    lifecycle = bell.url.replace("hook?k=1", "life")
    await outlook.post("subscriptions", order(lifecycleNotificationUrl=lifecycle))
    assert bell.handshakes == ["/hook?k=1&", "/life?"]


@pytest.mark.parametrize(
    "misbehaviour",
    [{"echo": "something else"}, {"echo_status": 202}, {"echo_type": "text/html"}, {"echo_status": 500}],
)
async def test_an_address_that_does_not_repeat_the_token_is_refused(outlook, order, bell, misbehaviour):
    for name, value in misbehaviour.items():
        setattr(bell, name, value)
    refused = await outlook.post("subscriptions", order())
    assert (refused.status, refused.code, (await outlook.get("subscriptions")).values) == (400, "ValidationError", [])


async def test_an_address_where_nobody_answers_is_refused(outlook, order):
    refused = await outlook.post("subscriptions", order(notificationUrl="http://127.0.0.1:9/hook"))
    assert (refused.status, refused.code) == (400, "ValidationError")


@pytest.mark.parametrize("resource", ["me/events", "/me/calendar/events", "/users/claire@example.com/contacts", "/Me/Contacts"])
async def test_contacts_and_events_can_be_watched(outlook, order, resource):
    assert (await outlook.post("subscriptions", order(resource=resource))).status == 201


async def test_one_folder_and_one_calendar_can_be_watched(outlook, order, world):
    folder, calendar = world.mailbox.create_folder("CRM").id, world.claire.calendars.create_calendar("CRM").id
    paths = [f"/me/contactFolders('{folder}')/contacts", f"/users/{world.claire.object_id}/calendars/{calendar}/events"]
    assert [(await outlook.post("subscriptions", order(resource=path))).status for path in paths] == [201, 201]


@pytest.mark.parametrize(
    "changes",
    [
        *({name: None} for name in ("changeType", "notificationUrl", "resource", "expirationDateTime")),
        {"changeType": "created,moved"},
        {"notificationUrl": "http://example.com/hook"},
        {"notificationUrl": "ftp://localhost/hook"},
        {"notificationUrl": "/hook"},
        {"lifecycleNotificationUrl": "http://example.com/life"},
        {"expirationDateTime": at(WEEK + timedelta(minutes=1))},
        {"expirationDateTime": at(timedelta())},
        {"expirationDateTime": "2026-05-05T08:00:00"},
        {"expirationDateTime": "soon"},
        {"clientState": "x" * 129},
        {"resource": "/me/calendarView"},
        {"resource": "/me/calendars"},
        {"resource": "/me/contacts?$filter=x"},
        {"resource": "https://graph.microsoft.com/v1.0/me/contacts"},
        {"resource": "/groups/1/events"},
        {"resource": "/me/contactFolders/AAMkA_nowhere_nowhere_nowhere_nowhere=/contacts"},
        {"includeResourceData": True},
        {"notificationURL": "http://localhost/"},
        {"clientState": 5},
    ],
    ids=str,
)
async def test_a_faulty_order_is_refused_before_anybody_is_called(outlook, order, bell, changes):
    refused = await outlook.post("subscriptions", order(**changes))
    assert (refused.status, bell.handshakes) == (400, [])


async def test_the_longest_state_is_accepted(outlook, order):
    assert (await outlook.post("subscriptions", order(clientState="x" * 128))).status == 201


async def test_a_near_expiry_is_put_off_to_45_minutes(outlook, order):
    made = await outlook.post("subscriptions", order(expirationDateTime=at(timedelta(minutes=1))))
    assert datetime.fromisoformat(made.body["expirationDateTime"]) == MORNING + timedelta(minutes=45)


async def test_a_second_order_of_the_same_is_a_conflict(outlook, order):
    first = await outlook.post("subscriptions", order())
    second = await outlook.post("subscriptions", order(changeType="deleted,created,updated"))
    assert (first.status, second.status) == (201, 409)


async def test_another_change_type_is_another_subscription(outlook, order):
    await outlook.post("subscriptions", order())
    assert (await outlook.post("subscriptions", order(changeType="deleted"))).status == 201


async def test_a_mailbox_has_only_so_many_subscriptions(outlook, order, world):
    world.directory.switches.subscriptions_per_mailbox = 1
    await outlook.post("subscriptions", order())
    assert (await outlook.post("subscriptions", order(resource="/me/events"))).status == 403


async def test_the_permission_for_the_resource_is_needed(outlook, order, world):
    outlook.token = world.token(scopes=("Calendars.Read",))
    statuses = [(await outlook.post("subscriptions", order(resource=path))).status for path in ("/me/events", "/me/contacts")]
    assert statuses == [201, 403]


async def test_somebody_elses_mailbox_cannot_be_watched(outlook, order):
    assert (await outlook.post("subscriptions", order(resource="/users/denis@example.com/contacts"))).status == 403


async def test_a_mailbox_that_is_not_there_is_an_extension_error(outlook, order, world):
    world.claire.state = MailboxState.NOT_ENABLED
    refused = await outlook.post("subscriptions", order())
    assert (refused.status, refused.code, "backend 'Unknown'" in refused.body["error"]["message"]) == (404, "ExtensionError", True)


async def test_the_application_itself_watches_by_user_and_not_as_me(outlook, order, world):
    grant = {"client_id": "app", "object_id": "", "scopes": frozenset({"Contacts.ReadWrite"})}
    life = timedelta(hours=1)
    outlook.token = world.directory.tokens.issue_access(**grant, audience="https://graph.microsoft.com", life=life)
    paths = ("/users/denis@example.com/contacts", "/me/contacts")
    assert [(await outlook.post("subscriptions", order(resource=path))).status for path in paths] == [201, 400]


async def test_an_item_of_a_batch_can_subscribe(outlook, order):
    item = {"id": "1", "method": "POST", "url": "/subscriptions", "headers": {"Content-Type": "application/json"}, "body": order()}
    assert (await outlook.batch(item))["1"]["status"] == 201


# --- life ---------------------------------------------------------------------------------------------------------------------


@pytest.fixture
async def made(outlook, order):
    return (await outlook.post("subscriptions", order())).body["id"]


async def test_a_subscription_reads_back_without_its_state(outlook, made):
    read = await outlook.get(f"subscriptions/{made}")
    assert (read.body["id"], read.body["clientState"]) == (made, None)


async def test_a_renewal_moves_the_expiry(sign_in, made, world):
    world.clock.advance(days=3)
    renewed = await sign_in().patch(f"subscriptions/{made}", {"expirationDateTime": at(timedelta(days=10))})
    assert (renewed.status, renewed.body["expirationDateTime"]) == (200, "2026-05-14T08:00:00.0000000Z")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"expirationDateTime": at(timedelta(days=8))},
        {"expirationDateTime": at(timedelta(days=1)), "lifecycleNotificationUrl": "https://example.com/life"},
    ],
)
async def test_a_renewal_can_do_nothing_else(outlook, made, body):
    assert (await outlook.patch(f"subscriptions/{made}", body)).status == 400


async def test_an_expired_subscription_is_gone(sign_in, made, world):
    world.clock.advance(days=7)
    outlook = sign_in()
    refused = await outlook.patch(f"subscriptions/{made}", {"expirationDateTime": at(timedelta(days=8))})
    assert (refused.status, refused.code, (await outlook.get("subscriptions")).values) == (404, "ResourceNotFound", [])


async def test_a_deleted_subscription_is_gone(outlook, made):
    statuses = [(await outlook.delete(f"subscriptions/{made}")).status for _ in range(2)]
    assert statuses == [204, 404]


@pytest.mark.parametrize("status", [200, 204])
async def test_a_subscription_is_authorised_again(outlook, made, world, status):
    world.directory.switches.reauthorize_status = status
    assert (await outlook.post(f"subscriptions/{made}/reauthorize", None)).status == status


async def test_another_person_does_not_see_it(outlook, made, world):
    outlook.token = world.token(world.denis)
    answers = [await outlook.get(f"subscriptions/{made}"), await outlook.delete(f"subscriptions/{made}")]
    assert [answer.status for answer in answers] == [404, 404]


async def test_a_list_comes_in_pages(outlook, order, world):
    for number in range(101):
        calendar = world.claire.calendars.create_calendar(f"C{number}").id
        await outlook.post("subscriptions", order(resource=f"/me/calendars/{calendar}/events"))
    first = await outlook.get("subscriptions")
    second = await outlook.get(first.body["@odata.nextLink"])
    assert (len(first.values), len(second.values)) == (100, 1)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("PUT", "subscriptions", 405),
        ("POST", "subscriptions/1", 405),
        ("GET", "subscriptions/1/contacts", 400),
        ("GET", "subscriptions?$top=1", 400),
    ],
)
async def test_what_subscriptions_do_not_offer_is_refused(outlook, method, path, status):
    assert (await outlook.send(method, path)).status == status


async def test_the_kind_of_ids_is_said_back(outlook, order):
    made = await outlook.post("subscriptions", order(), headers=IMMUTABLE)
    assert made.headers["Preference-Applied"] == 'IdType="ImmutableId"'
