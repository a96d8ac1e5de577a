"""$batch: what an envelope may hold, in which order items run, and how they fail."""

from __future__ import annotations

from itertools import pairwise

import pytest
from graph_caller import IMMUTABLE

JSON = {"Content-Type": "application/json"}


def create(id, name="Pat", **more):
    return {"id": id, "method": "POST", "url": "/me/contacts", "headers": JSON, "body": {"givenName": name}, **more}


def read(id, url="/me/contacts", **more):
    return {"id": id, "method": "GET", "url": url, **more}


def chain(*items):
    """Each item after the one before it."""
    return [items[0], *({**item, "dependsOn": [before["id"]]} for before, item in pairwise(items))]


async def test_each_item_is_answered_on_its_own(outlook):
    answers = await outlook.batch(create("a"), read("b", "/me/contacts/42"))
    assert answers["a"]["status"] == 201
    assert answers["b"]["body"]["error"]["code"] == "ErrorInvalidIdMalformed"


async def test_an_item_says_by_header_which_ids_it_wants(outlook, world):
    answers = await outlook.batch(create("a", headers=JSON | IMMUTABLE))
    assert answers["a"]["body"]["id"] == world.mailbox.contacts()[0].immutable_id
    assert answers["a"]["headers"]["Preference-Applied"] == 'IdType="ImmutableId"'


async def test_an_answer_without_content_has_no_body(outlook, world):
    contact = world.mailbox.create_contact({})
    answers = await outlook.batch({"id": "a", "method": "DELETE", "url": f"/me/contacts/{contact.immutable_id}"})
    assert "body" not in answers["a"]


async def test_a_picture_in_a_batch_is_base64(outlook, world):
    contact = world.mailbox.create_contact({})
    world.mailbox.set_photo(contact.immutable_id, b"jpeg")
    assert (await outlook.batch(read("a", f"/me/contacts/{contact.immutable_id}/photo/$value")))["a"]["body"] == "anBlZw=="


async def test_answers_come_in_another_order_than_the_items(outlook):
    items = chain(*(create(str(number)) for number in range(8)))
    reply = await outlook.post("$batch", {"requests": items})
    assert [answer["id"] for answer in reply.body["responses"]] != [item["id"] for item in items]


async def test_a_chain_runs_in_order(outlook, world):
    await outlook.batch(*chain(*(create(str(number), f"P{number}") for number in range(20))))
    assert [contact.properties["givenName"] for contact in world.mailbox.contacts()] == [f"P{number}" for number in range(20)]


async def test_a_failed_item_stops_those_behind_it(outlook, world):
    answers = await outlook.batch(*chain(create("a"), read("b", "/me/contacts/42"), create("c"), create("d")))
    assert {id: answer["status"] for id, answer in answers.items()} == {"a": 201, "b": 400, "c": 424, "d": 424}
    assert len(world.mailbox.contacts()) == 1


async def test_more_than_four_items_at_once_are_throttled(outlook):
    answers = await outlook.batch(*(create(str(number)) for number in range(20)))
    throttled = [answer for answer in answers.values() if answer["status"] == 429]
    assert len(throttled) == 16
    assert throttled[0]["body"]["error"]["code"] == "ApplicationThrottled"
    assert throttled[0]["headers"]["Retry-After"] == "1"


async def test_a_chain_counts_as_one_at_a_time(outlook, world):
    world.directory.switches.concurrency = 1
    answers = await outlook.batch(*chain(*(create(str(number)) for number in range(20))))
    assert {answer["status"] for answer in answers.values()} == {201}


async def test_an_absolute_url_and_a_missing_slash_are_understood(outlook):
    answers = await outlook.batch(*chain(read("a", f"{outlook.root}/me/contacts"), read("b", "me/contacts"), read("c")))
    assert {answer["status"] for answer in answers.values()} == {200}


async def test_depends_on_may_be_spelt_as_the_sdk_does(outlook):
    answers = await outlook.batch(create("a", depends_on=[]), create("b", depends_on=["a"]))
    assert {answer["status"] for answer in answers.values()} == {201}


@pytest.mark.parametrize(
    "requests",
    [
        pytest.param([create(str(number)) for number in range(21)], id="21 items"),
        pytest.param([], id="no items"),
        pytest.param([create("a"), create("A")], id="ids that differ by case only"),
        pytest.param([create("a", headers={})], id="body without content type"),
        pytest.param([create("a", dependsOn=["b"]), create("b")], id="dependence on a later item"),
        pytest.param([{"id": "a", "method": "POST", "url": "/$batch", "headers": JSON, "body": {}}], id="batch in a batch"),
        pytest.param([{"id": "a", "method": "TRACE", "url": "/me"}], id="strange method"),
        pytest.param([{"id": "a", "method": "GET"}], id="no url"),
        pytest.param([{"id": 1, "method": "GET", "url": "/me"}], id="id is a number"),
        pytest.param([read("a", headers=["Prefer"])], id="headers are a list"),
        pytest.param([create("a"), read("b", dependsOn="a")], id="dependsOn is a text"),
        pytest.param([read("a", "https://evil.test/v2.0/me")], id="another address"),
    ],
)
async def test_a_wrong_envelope_is_refused_whole(outlook, world, requests):
    assert (await outlook.post("$batch", {"requests": requests})).status == 400
    assert world.mailbox.contacts() == []


async def test_without_a_token_nothing_in_the_envelope_runs(outlook, world):
    outlook.token = "stranger"
    assert (await outlook.post("$batch", {"requests": [create("a")]})).status == 401
    assert world.mailbox.contacts() == []


async def test_the_log_counts_a_batch_as_one_and_names_its_items(outlook, graph_server):
    await outlook.batch(*chain(create("a"), read("b")))
    assert graph_server.requests.count() == 1
    assert graph_server.requests.entries[0].items == ("POST /me/contacts", "GET /me/contacts")


@pytest.mark.parametrize(
    ("kind", "status", "done"),
    [("status", 503, 0), ("status_after", 503, 1), ("drop_before", None, 0), ("drop_after", None, 1), ("slow", 201, 1)],
)
async def test_a_fault_can_strike_a_single_item(outlook, world, kind, status, done):
    world.faults.add("graph.item", kind, status=503, match="POST /me/contacts")
    answers = await outlook.batch(create("a"))
    assert (answers["a"]["status"] if "a" in answers else None) == status
    assert len(world.mailbox.contacts()) == done


async def test_a_lost_item_stops_those_behind_it(outlook, world):
    world.faults.add("graph.item", "drop_after")
    answers = await outlook.batch(*chain(create("a"), create("b")))
    assert answers["b"]["status"] == 424
