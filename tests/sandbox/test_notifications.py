"""Who is told what about changes, and what can happen to a notification on its way."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from aiohttp import web
from doorbell import ringing
from graph_caller import IMMUTABLE, MORNING
from waiting import until

from outlookd.sandbox.access import Access
from outlookd.sandbox.courier import SERVICE, Courier
from outlookd.sandbox.crm import Crm
from outlookd.sandbox.happenings import Kind
from outlookd.sandbox.ids import Family
from outlookd.sandbox.people import People
from outlookd.sandbox.subscriptions import Lifecycle, Subscription, Topic
from outlookd.sandbox.world import World as WholeWorld

SCOPES = ("Contacts.ReadWrite", "Calendars.ReadWrite")
TOMORROW = {
    "start": {"dateTime": "2026-05-05T09:00:00", "timeZone": "UTC"},
    "end": {"dateTime": "2026-05-05T10:00:00", "timeZone": "UTC"},
}


@pytest.fixture
async def bell():
    async with ringing() as bell:
        yield bell


@pytest.fixture
def outlook(outlook, world):
    world.directory.switches.notification_latency = 0.0
    world.directory.switches.notification_retry = 0.0
    outlook.token = world.token(scopes=SCOPES)
    return outlook


@pytest.fixture
def subscribe(outlook, bell):
    async def order(resource="/me/contacts", headers=None, **changes):
        body = {
            "changeType": "created,updated,deleted",
            "notificationUrl": bell.url,
            "lifecycleNotificationUrl": bell.url,
            "resource": resource,
            "expirationDateTime": (MORNING + timedelta(days=1)).isoformat(),
            "clientState": "secret",
        }
        made = await outlook.post("subscriptions", body | changes, headers)
        assert made.status == 201, made.body
        return made.body["id"]

    return order


@pytest.fixture
def people(world):
    whole = WholeWorld(directory=world.directory, crm=Crm(now=world.clock), access=Access(), mail_log=world.mail_log)
    return People(whole)


async def quiet(bell) -> bool:
    """Whether nothing was delivered until no courier has anything under way any more."""
    await asyncio.sleep(0)  # letters are taken by the loop, a moment after they were written
    await until(lambda: not [task for task in asyncio.all_tasks() if task.get_coro().__qualname__ == Courier._round.__qualname__])
    return bell.posts.empty()


# --- what is told -------------------------------------------------------------------------------------------------------------


async def test_a_new_contact_is_told_as_graph_tells_it(subscribe, bell, world):
    subscription = await subscribe()
    contact = world.mailbox.create_contact({"givenName": "Pat"})
    about = f"Users/{world.claire.object_id}/Contacts/{contact.classic_id}"
    assert await bell.next() == [
        {
            "subscriptionId": subscription,
            "subscriptionExpirationDateTime": "2026-05-05T08:00:00.0000000+00:00",
            "clientState": "secret",
            "tenantId": world.directory.tenant_id,
            "changeType": "created",
            "resource": about,
            "resourceData": {
                "@odata.type": "#Microsoft.Graph.Contact",
                "@odata.id": about,
                "@odata.etag": contact.etag,
                "id": contact.classic_id,
            },
        }
    ]


async def test_ids_are_of_the_kind_that_the_order_asked_for(subscribe, bell, world):
    await subscribe(headers=IMMUTABLE)
    contact = world.mailbox.create_contact({})
    assert (await bell.next())[0]["resourceData"]["id"] == contact.immutable_id


async def test_the_applications_own_writes_are_told_too(subscribe, outlook, bell):
    await subscribe("/me/events")
    made = await outlook.post("me/events", {"subject": "Visit", **TOMORROW})
    (told,) = await bell.next()
    assert (told["changeType"], told["resourceData"]["id"]) == ("created", made.body["id"])


async def test_changes_at_the_same_time_travel_together(subscribe, bell, world):
    await subscribe()
    await subscribe("/me/events")
    contact = world.mailbox.create_contact({})
    world.claire.calendars.create({"subject": "Visit", **TOMORROW})
    world.mailbox.update_contact(contact.immutable_id, {"givenName": "Pat"})
    told = await bell.next()
    assert [(item["changeType"], item["resourceData"]["@odata.type"].rpartition(".")[2]) for item in told] == [
        ("created", "Contact"),
        ("created", "Event"),
        ("updated", "Contact"),
    ]


async def test_a_deletion_is_told_and_deleted_items_are_nobodys_business(subscribe, bell, world):
    contact = world.mailbox.create_contact({})
    await subscribe()
    gone = contact.classic_id
    world.mailbox.delete_contact(contact.immutable_id)
    assert [(item["changeType"], item["resourceData"]["id"]) for item in await bell.next()] == [("deleted", gone)]


async def test_a_deleted_occurrence_is_an_update_of_its_series(subscribe, bell, world):
    pattern = {"type": "daily", "interval": 1}
    span = {"type": "numbered", "startDate": "2026-05-05", "numberOfOccurrences": 3, "recurrenceTimeZone": "UTC"}
    series = world.claire.calendars.create({**TOMORROW, "recurrence": {"pattern": pattern, "range": span}})
    await subscribe("/me/events")
    occurrence = series.occurrence(series.shape.start.wall.date())
    world.claire.calendars.delete(occurrence.id(Family.IMMUTABLE))
    assert [(item["changeType"], item["resourceData"]["id"]) for item in await bell.next()] == [("updated", series.classic_id)]


async def test_an_invitation_is_told_to_the_guest(subscribe, outlook, bell, world):
    outlook.token = world.token(world.denis, scopes=SCOPES)
    await subscribe("/me/events")
    outlook.token = world.token(scopes=SCOPES)
    guest = {"type": "required", "emailAddress": {"address": world.denis.upn, "name": "Denis"}}
    await outlook.post("me/events", {**TOMORROW, "attendees": [guest]})
    assert (await bell.next())[0]["resource"].startswith(f"Users/{world.denis.object_id}/Events/")


@pytest.mark.parametrize(("scope", "expected"), [("default", ["default"]), ("mailbox", ["folder", "default"])])
async def test_contacts_of_other_folders_are_told_by_switch(subscribe, bell, world, scope, expected):
    world.directory.switches.subscription_scope = scope
    folder = world.mailbox.create_folder("CRM")
    await subscribe(headers=IMMUTABLE)
    ids = {
        world.mailbox.create_contact({}, folder_id=folder.id).immutable_id: "folder",
        world.mailbox.create_contact({}).immutable_id: "default",
    }
    assert [ids[item["resourceData"]["id"]] for item in await bell.next()] == expected


async def test_a_folders_subscription_is_about_that_folder(subscribe, bell, world):
    folder = world.mailbox.create_folder("CRM")
    await subscribe(f"/me/contactFolders/{folder.id}/contacts", headers=IMMUTABLE)
    world.mailbox.create_contact({})
    inside = world.mailbox.create_contact({}, folder_id=folder.id)
    assert [item["resourceData"]["id"] for item in await bell.next()] == [inside.immutable_id]


async def test_only_the_ordered_kinds_of_change_are_told(subscribe, bell, world):
    await subscribe(changeType="deleted")
    contact = world.mailbox.create_contact({})
    world.mailbox.delete_contact(contact.immutable_id)
    assert [item["changeType"] for item in await bell.next()] == ["deleted"]


async def test_after_the_expiry_nothing_is_told(subscribe, bell, world):
    await subscribe()
    world.clock.advance(days=1)
    world.mailbox.create_contact({})
    assert await quiet(bell)


# --- on the way ---------------------------------------------------------------------------------------------------------------


async def test_what_is_not_accepted_comes_again(subscribe, bell, world):
    await subscribe()
    bell.statuses = [503, 302]
    world.mailbox.create_contact({})
    assert await bell.next() == await bell.next() == await bell.next()


async def test_a_lost_notification_never_comes(subscribe, bell, world):
    await subscribe()
    world.faults.add(SERVICE, "drop_before", match="^created ")
    contact = world.mailbox.create_contact({})
    world.mailbox.update_contact(contact.immutable_id, {"givenName": "Pat"})
    assert [item["changeType"] for item in await bell.next()] == ["updated"]


@pytest.mark.parametrize("kind", ["drop_after", "status_after"])
async def test_a_notification_whose_answer_is_lost_comes_again(subscribe, bell, world, kind):
    world.directory.switches.notification_retry = 0.01
    await subscribe()
    world.faults.add(SERVICE, kind, match="/Contacts/")
    world.mailbox.create_contact({})
    assert await bell.next() == await bell.next()


@pytest.mark.parametrize(("kind", "options"), [("slow", {"seconds": 0.02}), ("status", {})])
async def test_a_late_notification_is_overtaken(subscribe, bell, world, kind, options):
    world.directory.switches.notification_retry = 0.02
    await subscribe()
    world.faults.add(SERVICE, kind, **options)
    contact = world.mailbox.create_contact({})
    world.mailbox.update_contact(contact.immutable_id, {"givenName": "Pat"})
    order = [item["changeType"] for item in [*await bell.next(), *await bell.next()]]
    assert order == ["updated", "created"]


async def test_each_notification_comes_several_times_by_switch(subscribe, bell, world):
    world.directory.switches.notification_copies = 3
    await subscribe()
    world.mailbox.create_contact({})
    assert len(await bell.next()) == 3


class Pauses:
    """Waits for nothing and remembers how long that would have taken; `then` happens meanwhile."""

    def __init__(self, then=lambda: None):
        self.asked, self._then = [], then

    async def __call__(self, seconds):
        self.asked.append(seconds)
        self._then()
        await asyncio.sleep(0)


@asynccontextmanager
async def at_work(world, pauses):
    courier = Courier(world.directory.subscriptions, world.faults, world.directory.switches, world.clock, sleep=pauses)
    async with asynccontextmanager(courier.at_work)(web.Application()):
        yield


def watched(world, url, **changes):
    """A subscription to Claire's contacts that nobody had to order."""
    topic = Topic(owner=world.claire.object_id, kind=Kind.CONTACTS)
    subscription = Subscription(
        client_id="app",
        creator="",
        topic=topic,
        resource="/me/contacts",
        change_types=("created",),
        notification_url=url,
        lifecycle_url="",
        client_state=None,
        family=Family.CLASSIC,
        expires=MORNING + timedelta(days=5),
    )
    world.directory.subscriptions.add(subscription)
    return subscription


async def test_each_pause_before_a_repetition_is_twice_as_long(world, bell):
    pauses, bell.statuses = Pauses(), [500, 500, 500, 202]
    watched(world, bell.url)
    async with at_work(world, pauses):
        world.mailbox.create_contact({})
        for _ in range(4):
            await bell.next()
    assert pauses.asked == [0.05, 1.0, 2.0, 4.0]


async def test_after_four_hours_a_notification_is_given_up(world, bell):
    pauses = Pauses(then=lambda: world.clock.advance(minutes=80))
    bell.statuses = [500] * 9
    watched(world, bell.url)
    async with at_work(world, pauses):
        world.mailbox.create_contact({})
        posts = [await bell.next(), await bell.next()]
        assert (len(posts), await quiet(bell)) == (2, True)


async def test_what_is_under_way_ends_with_its_subscription(world, bell):
    subscription = watched(world, bell.url)
    async with at_work(world, Pauses(then=lambda: world.directory.subscriptions.remove(subscription))):
        world.mailbox.create_contact({})
        assert await quiet(bell)


# --- the subscription itself --------------------------------------------------------------------------------------------------


async def test_each_lifecycle_event_is_told_to_the_second_address(subscribe, bell, people):
    id = await subscribe()
    for event in Lifecycle:
        if event is not Lifecycle.REMOVED:
            people.act("send_lifecycle", {"id": id, "event": event.value})
    people.act("remove_subscription", {"id": id})
    told = await bell.next()
    assert [(item["lifecycleEvent"], item["subscriptionId"], item["clientState"]) for item in told] == [
        (event, id, "secret") for event in ("reauthorizationRequired", "missed", "subscriptionRemoved")
    ]


async def test_a_removal_may_be_silent(subscribe, bell, people, outlook):
    id = await subscribe()
    people.act("remove_subscription", {"id": id, "tell": False})
    assert ((await outlook.get(f"subscriptions/{id}")).status, await quiet(bell)) == (404, True)


async def test_nothing_is_delivered_until_the_authorisation_is_renewed(subscribe, bell, people, outlook, world):
    id = await subscribe(changeType="created")
    people.act("send_lifecycle", {"id": id, "event": "reauthorizationRequired"})
    await bell.next()
    world.mailbox.create_contact({})
    await outlook.post(f"subscriptions/{id}/reauthorize", None)
    told_after = world.mailbox.create_contact({})
    assert [item["resourceData"]["id"] for item in await bell.next()] == [told_after.classic_id]


async def test_a_forged_notification_says_what_it_was_told_to(subscribe, bell, people):
    id = await subscribe()
    people.act("forge_notification", {"id": id, "changes": {"clientState": "guess", "tenantId": "another"}})
    (told,) = await bell.next()
    assert (told["subscriptionId"], told["clientState"], told["tenantId"]) == (id, "guess", "another")


async def test_the_state_shows_subscriptions_without_their_secret(subscribe, world):
    id = await subscribe()
    (shown,) = world.directory.dump()["subscriptions"]
    assert (shown["id"], shown["resource"], "secret" in str(shown)) == (id, "/me/contacts", False)
