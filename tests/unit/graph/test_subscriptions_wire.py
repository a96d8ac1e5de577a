"""Ordering, renewing and ending subscriptions: what is sent, and what refusals mean."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from graph_wire import Reply, refused

from outlookd.errors import AccessDenied, NotFound, Rejected, ServerTrouble, Stale, Unintelligible
from outlookd.graph.subscriptions import SubscriptionDesk

OURS = "https://crm.example.test/crm/notifications"
EXPIRES = datetime(2026, 11, 25, 10, tzinfo=UTC)
GRANTED = "2026-11-25T10:00:00.0000000Z"


def made(id="S1", **more):
    return Reply(status=201, body={"id": id, "resource": "me/events", "expirationDateTime": GRANTED, **more})


@pytest.fixture
def desk(client):
    return SubscriptionDesk(client, OURS)


async def test_an_order_names_both_addresses_the_secret_and_immutable_ids(desk, wire):
    wire.say(made())
    answer = await desk.create("me/events", expires=EXPIRES)
    [seen] = wire.seen
    assert (seen.method, seen.raw_path) == ("POST", "/v1.0/subscriptions")
    assert 'IdType="ImmutableId"' in seen.headers["Prefer"]
    assert seen.body == {
        "changeType": "created,updated,deleted",
        "notificationUrl": OURS,
        "lifecycleNotificationUrl": OURS,
        "resource": "me/events",
        "expirationDateTime": "2026-11-25T10:00:00Z",
        "clientState": answer.client_state,
    }
    assert (answer.id, answer.expires) == ("S1", EXPIRES)


async def test_every_order_has_a_secret_of_256_bits_of_its_own(desk, wire):
    wire.say(made())
    states = {(await desk.create("me/events", expires=EXPIRES)).client_state for _ in range(5)}
    assert len(states) == 5
    assert {len(state) for state in states} == {43}


async def test_the_end_is_the_one_that_graph_granted(desk, wire):
    wire.say(made(expirationDateTime="2026-11-23T08:30:00.1234567Z"))
    answer = await desk.create("me/events", expires=EXPIRES)
    assert answer.expires == datetime(2026, 11, 23, 8, 30, 0, 123456, tzinfo=UTC)


async def test_a_renewal_changes_the_end_and_nothing_else(desk, wire):
    wire.say(Reply(body={"id": "S/1", "expirationDateTime": GRANTED}))
    assert await desk.renew("S/1", expires=EXPIRES) == EXPIRES
    [seen] = wire.seen
    assert (seen.method, seen.raw_path) == ("PATCH", "/v1.0/subscriptions/S%2F1")
    assert seen.body == {"expirationDateTime": "2026-11-25T10:00:00Z"}


@pytest.mark.parametrize(("status", "code"), [(404, "ResourceNotFound"), (404, "ExtensionError"), (410, "Gone")])
async def test_a_renewal_of_what_is_gone_is_not_found(desk, wire, status, code):
    wire.say(refused(status, code))
    with pytest.raises(NotFound):
        await desk.renew("S1", expires=EXPIRES)


async def test_a_renewal_that_nobody_answers_properly_says_nothing_about_the_subscription(desk, wire):
    wire.say(refused(503, "ServiceUnavailable"))
    with pytest.raises(ServerTrouble):
        await desk.renew("S1", expires=EXPIRES)


@pytest.mark.parametrize("status", [204, 404, 410])
async def test_deleting_ends_well_whether_it_was_there_or_not(desk, wire, status):
    wire.say(Reply(status=204) if status == 204 else refused(status, "ResourceNotFound"))
    await desk.delete("S1")
    assert [(seen.method, seen.raw_path) for seen in wire.seen] == [("DELETE", "/v1.0/subscriptions/S1")]


async def test_a_deletion_that_is_refused_is_told(desk, wire):
    wire.say(refused(403, "Forbidden"))
    with pytest.raises(AccessDenied):
        await desk.delete("S1")


class Twin:
    """A Graph that has `held` and takes no second one with the same resource."""

    def __init__(self, *held, page=1):
        self.held = {item["id"]: item for item in held}
        self.page = page

    def __call__(self, seen):
        match seen.method:
            case "POST" if any(item["resource"].strip("/") == seen.body["resource"] for item in self.held.values()):
                return refused(409, "Conflict")
            case "POST":
                return made("NEW")
            case "DELETE":
                del self.held[seen.raw_path.rpartition("/")[2]]
                return Reply(status=204)
            case _:
                return self.listing(seen)

    def listing(self, seen):
        first = int(seen.raw_path.rpartition("=")[2]) if "=" in seen.raw_path else 0
        items = list(self.held.values())
        body = {"value": items[first : first + self.page]}
        if first + self.page < len(items):
            body["@odata.nextLink"] = f"http://{seen.headers['Host']}/v1.0/subscriptions?skip={first + self.page}"
        return Reply(body=body)


def held(id, resource="/me/events", url=OURS):
    return {"id": id, "resource": resource, "notificationUrl": url}


async def test_one_that_we_forgot_is_deleted_and_ordered_again(desk, wire):
    graph = wire.script = Twin(held("OTHER", resource="me/contacts"), held("FORGOTTEN"))
    assert (await desk.create("me/events", expires=EXPIRES)).id == "NEW"
    assert set(graph.held) == {"OTHER"}


async def test_one_of_another_installation_is_left_alone_and_named_in_the_hint(desk, wire):
    graph = wire.script = Twin(held("THEIRS", url="https://test.example.test/notifications"))
    with pytest.raises(Stale) as caught:
        await desk.create("me/events", expires=EXPIRES)
    assert set(graph.held) == {"THEIRS"}
    assert "graph.notifications" in caught.value.hint


async def test_an_order_is_repeated_once_only(desk, wire):
    answers = {"POST": refused(409, "Conflict"), "GET": Reply(body={"value": [held("S9")]}), "DELETE": Reply(status=204)}
    wire.script = lambda seen: answers[seen.method]
    with pytest.raises(Stale):
        await desk.create("me/events", expires=EXPIRES)
    assert [seen.method for seen in wire.seen] == ["POST", "GET", "DELETE", "POST"]


async def test_a_handshake_that_failed_points_at_the_public_address(desk, wire):
    wire.say(refused(400, "ValidationError"))
    with pytest.raises(Rejected) as caught:
        await desk.create("me/events", expires=EXPIRES)
    assert "web.public_url" in caught.value.hint


async def test_too_many_subscriptions_are_a_matter_of_limits_and_permissions(desk, wire):
    wire.say(refused(403, "Forbidden"))
    with pytest.raises(AccessDenied) as caught:
        await desk.create("me/events", expires=EXPIRES)
    assert "1,000" in caught.value.hint


@pytest.mark.parametrize("more", [{"id": None}, {"id": ""}, {"expirationDateTime": None}, {"expirationDateTime": "soon"}])
async def test_an_answer_without_name_or_end_is_not_believed(desk, wire, more):
    wire.say(made(**more))
    with pytest.raises(Unintelligible):
        await desk.create("me/events", expires=EXPIRES)
