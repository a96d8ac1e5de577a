"""Chains of twenty: order, failures in the middle, throttles, and what silence means."""

from __future__ import annotations

from dataclasses import replace

import pytest
from effort import examples
from graph_wire import Reply, StrictBatch, refused
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from outlookd.errors import (
    CredentialsRefused,
    NotFound,
    Rejected,
    ServerTrouble,
    SignInNeeded,
    Stale,
    Throttled,
    Unintelligible,
    Unreachable,
)
from outlookd.graph.batch import Answered, Item, Refused, send_batch
from outlookd.graph.errors import NotSent


def reads(count):
    return [Item(ref=f"r{number}", method="GET", path=f"/me/contacts/{number}") for number in range(count)]


def creates(count, note=""):
    return [
        Item(ref=f"w{number}", method="POST", path="/me/contacts", body={"n": number, "personalNotes": note})
        for number in range(count)
    ]


def number_of(request):
    return request["body"]["n"] if "body" in request else int(request["url"].rpartition("/")[2])


def fails(culprits, reply):
    return StrictBatch(lambda request: reply if number_of(request) in culprits else Reply(status=201, body={"id": "x"}))


async def test_every_item_asks_for_immutable_ids_and_says_that_its_body_is_json(client, wire):
    wire.script = StrictBatch(lambda request: Reply(status=200, body={}))
    await send_batch(client, [Item(ref="a", method="PATCH", path="/me/contacts/A", body={}, version='W/"1"'), *reads(1)])
    first, second = wire.seen[0].body["requests"]
    assert first["headers"] == {"Prefer": 'IdType="ImmutableId"', "If-Match": 'W/"1"', "Content-Type": "application/json"}
    assert second["headers"] == {"Prefer": 'IdType="ImmutableId"'}
    assert "body" not in second


@pytest.mark.parametrize(("count", "batches"), [(0, 0), (1, 1), (20, 1), (21, 2), (60, 3)])
async def test_twenty_items_go_into_one_request(client, wire, count, batches):
    wire.script = StrictBatch(lambda request: Reply(body={"id": request["url"]}))
    replies = await send_batch(client, reads(count))
    assert client.requests == batches
    assert {ref: reply.payload["id"] for ref, reply in replies.items()} == {item.ref: item.path for item in reads(count)}


async def test_large_bodies_are_spread_over_several_requests(client, wire):
    batch = wire.script = StrictBatch(lambda request: Reply(status=201, body={}))
    await send_batch(client, creates(4, note="é" * 800_000))
    assert [len(urls) for urls in batch.rounds] == [2, 2]


async def test_an_item_that_is_too_large_for_graph_harms_no_other(client, wire):
    batch = wire.script = StrictBatch(lambda request: Reply(status=201, body={}))
    huge = Item(ref="huge", method="POST", path="/me/contacts", body={"n": 9, "personalNotes": "x" * 5_000_000})
    replies = await send_batch(client, [*creates(2), huge, Item(ref="last", method="DELETE", path="/me/contacts/1")])
    assert isinstance(replies["huge"].error, Rejected)
    assert not replies["huge"].ambiguous
    assert [ref for ref, reply in replies.items() if isinstance(reply, Answered)] == ["w0", "w1", "last"]
    assert [len(urls) for urls in batch.rounds] == [2, 1]


async def test_what_was_not_executed_is_sent_again_without_the_culprit(client, wire):
    batch = wire.script = fails({2}, refused(412, "ErrorIrresolvableConflict"))
    replies = await send_batch(client, creates(6))
    assert [len(urls) for urls in batch.rounds] == [6, 3]
    assert isinstance(replies["w2"].error, Stale)
    assert not replies["w2"].ambiguous
    assert all(isinstance(replies[f"w{number}"], Answered) for number in (0, 1, 3, 4, 5))


async def test_what_follows_a_refused_item_is_never_sent_alone(client, wire):
    """It has no If-Match of its own: the item before it vouched for both."""
    batch = wire.script = fails({1}, refused(412, "ErrorIrresolvableConflict"))
    items = creates(5)
    items[2], items[3] = replace(items[2], follows="w1"), replace(items[3], follows="w2")
    replies = await send_batch(client, items)
    assert [len(urls) for urls in batch.rounds] == [5, 1]
    assert [type(replies[f"w{number}"].error) for number in (1, 2, 3)] == [Stale] * 3
    assert isinstance(replies["w4"], Answered)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=examples(20))
@given(st.sets(st.integers(0, 24)))
async def test_whatever_fails_every_item_runs_exactly_once_and_in_order(client, wire, clock, culprits):
    clock.advance(600)  # all examples have one mailbox, which takes 10,000 requests in ten minutes
    order = []

    def item(request):
        order.append(number_of(request))
        return refused(400, "RequestBodyRead") if number_of(request) in culprits else Reply(status=201, body={"id": "x"})

    wire.script = StrictBatch(item)
    replies = await send_batch(client, creates(25))
    assert order == list(range(25))
    assert {ref for ref, reply in replies.items() if isinstance(reply, Refused)} == {f"w{number}" for number in culprits}


async def test_a_failed_item_is_named_by_the_envelopes_id_and_its_own(client, wire):
    wire.script = fails({1}, refused(400, "ErrorInvalidArgument", request_id="0f-item"))
    with capture_logs() as lines:
        replies = await send_batch(client, creates(3))
    ours = wire.seen[0].headers["client-request-id"]
    assert (replies["w1"].error.client_request_id, replies["w1"].error.request_id) == (ours, "0f-item")
    (line,) = [line for line in lines if line["event"] == "graph.request.failed"]
    assert (line["log_level"], line["method"], line["status"], line["code"]) == ("warning", "POST", 400, "ErrorInvalidArgument")
    assert (line["client_request_id"], line["request_id"]) == (ours, "0f-item")


async def test_an_item_without_an_answer_is_named_by_the_envelopes_id(client, wire):
    wire.say(Reply(body={"responses": []}))
    replies = await send_batch(client, creates(1))
    assert replies["w0"].error.client_request_id == wire.seen[0].headers["client-request-id"]


async def test_a_throttled_item_and_those_behind_it_wait_and_are_sent_again(client, wire, clock):
    throttled = [refused(429, "ApplicationThrottled", Retry_After="2.5")]

    def item(request):
        return throttled.pop() if number_of(request) == 1 and throttled else Reply(status=201, body={"id": "x"})

    batch = wire.script = StrictBatch(item)
    replies = await send_batch(client, creates(4))
    assert [len(urls) for urls in batch.rounds] == [4, 3]
    assert clock.sleeps == [2.5]
    assert all(isinstance(reply, Answered) for reply in replies.values())


async def test_the_largest_wait_among_the_items_counts(client, wire, clock):
    """Graph may throttle several items even in a chain."""
    busy = {"error": {"code": "TooManyRequests"}}
    answers = [
        {"id": "0", "status": 429, "headers": {"Retry-After": "3"}, "body": busy},
        {"id": "1", "status": 503, "headers": {"retry-after": "9"}, "body": None},
    ]
    done = [{"id": "0", "status": 200, "body": {}}, {"id": "1", "status": 200, "body": {}}]
    wire.say(Reply(body={"responses": answers}), Reply(body={"responses": done}))
    await send_batch(client, reads(2))
    assert clock.sleeps == [9.0]


async def test_an_item_that_is_throttled_for_ever_is_given_up_without_doubt(client, wire, clock):
    batch = wire.script = fails({1}, refused(429, "TooManyRequests"))
    replies = await send_batch(client, creates(3))
    assert len(batch.rounds) == 5
    assert isinstance(replies["w0"], Answered)
    assert {(type(replies[ref].error), replies[ref].ambiguous) for ref in ("w1", "w2")} == {(Throttled, False)}


async def test_an_item_that_asks_for_a_long_wait_is_given_back_at_once(client, wire, clock):
    wire.script = fails({0}, refused(429, "TooManyRequests", Retry_After="900"))
    replies = await send_batch(client, creates(2))
    assert {reply.error.retry_after for reply in replies.values()} == {900.0}
    assert clock.sleeps == []


@pytest.mark.parametrize("reply", [refused(500, "ErrorInternalServerError"), refused(504, "X"), refused(503, "X")])
async def test_a_write_that_met_server_trouble_is_in_doubt_and_a_read_is_not(client, wire, reply):
    wire.script = fails({0}, reply)
    (write,) = (await send_batch(client, creates(1))).values()
    (read,) = (await send_batch(client, reads(1))).values()
    assert (write.ambiguous, read.ambiguous) == (True, False)
    assert isinstance(write.error, ServerTrouble)


async def test_a_write_without_an_answer_is_in_doubt(client, wire):
    wire.say(Reply(body={"responses": [{"id": "0", "status": 201, "body": {"id": "x"}}]}))
    replies = await send_batch(client, creates(2))
    assert isinstance(replies["w0"], Answered)
    assert replies["w1"].ambiguous


async def test_a_chain_in_which_nothing_ran_and_nothing_failed_is_not_repeated_for_ever(client, wire):
    wire.say(Reply(body={"responses": [{"id": "0", "status": 424}, {"id": "1", "status": 424}]}))
    replies = await send_batch(client, creates(2))
    assert client.requests == 1
    assert {(type(reply.error), reply.ambiguous) for reply in replies.values()} == {(Unintelligible, False)}


@pytest.mark.parametrize(
    ("lost", "kind"),
    [
        (Reply(hang_up=True), Unreachable),
        (refused(500, "X"), ServerTrouble),
        (refused(504, "X"), ServerTrouble),
        (Reply(body=b"<html>"), Unintelligible),
        (Reply(body={}), Unintelligible),
    ],
)
async def test_when_the_answer_is_lost_every_write_of_it_is_in_doubt_and_none_is_resent(client, wire, lost, kind):
    wire.say(lost)
    replies = await send_batch(client, creates(3))
    assert client.requests == 1
    assert [(type(reply.error), reply.ambiguous) for reply in replies.values()] == [(kind, True)] * 3


async def test_when_a_later_answer_is_lost_what_was_answered_stays_and_what_was_not_sent_is_certain(client, wire):
    chain = StrictBatch(lambda request: Reply(status=201, body={"id": "x"}))
    wire.script = lambda seen: chain(seen) if not chain.rounds else Reply(hang_up=True)
    replies = await send_batch(client, creates(45))
    assert [type(reply) for reply in replies.values()] == [Answered] * 20 + [Refused] * 25
    assert [reply.ambiguous for reply in list(replies.values())[20:]] == [True] * 20 + [False] * 5


async def test_a_batch_of_reads_is_sent_again_when_its_answer_is_lost(client, wire):
    chain = StrictBatch(lambda request: Reply(body={"id": "x"}))
    wire.script = lambda seen: chain(seen) if len(wire.seen) > 2 else Reply(hang_up=True)
    replies = await send_batch(client, reads(2))
    assert client.requests == 3
    assert all(isinstance(reply, Answered) for reply in replies.values())


async def test_reads_raise_when_graph_cannot_be_reached_at_all(client, wire):
    wire.say(Reply(hang_up=True))
    with pytest.raises(Unreachable):
        await send_batch(client, reads(2))


async def test_a_refused_envelope_raises_because_nothing_happened(client, wire):
    wire.say(refused(401, "InvalidAuthenticationToken"))
    with pytest.raises(CredentialsRefused):
        await send_batch(client, creates(2))


async def test_a_sign_in_that_dies_between_two_batches_does_not_lose_what_was_answered(client, wire, tokens):
    def item(request):
        tokens.failure = SignInNeeded("x", user="pat")
        return Reply(status=201, body={"id": "x"})

    wire.script = StrictBatch(item)
    replies = await send_batch(client, creates(21))
    assert isinstance(replies["w19"], Answered)
    assert isinstance(replies["w20"].error, SignInNeeded)
    assert not replies["w20"].ambiguous


async def test_a_write_batch_that_never_left_raises(client, tokens):
    tokens.failure = Unreachable("x", service="entra")
    with pytest.raises(NotSent):
        await send_batch(client, creates(2))


async def test_a_throttled_envelope_is_sent_again_because_nothing_of_it_ran(client, wire):
    chain = StrictBatch(lambda request: Reply(status=201, body={"id": "x"}))
    wire.script = lambda seen: chain(seen) if len(wire.seen) > 1 else refused(429, "ApplicationThrottled", Retry_After="1")
    replies = await send_batch(client, creates(2))
    assert all(isinstance(reply, Answered) for reply in replies.values())
    assert len(chain.executed) == 2


async def test_codes_inside_a_batch_mean_what_they_mean_outside(client, wire):
    answers = {0: refused(404, "ErrorItemNotFound"), 1: refused(400, "RequestBodyRead")}
    wire.script = StrictBatch(lambda request: answers[number_of(request)])
    replies = await send_batch(client, reads(2))
    assert [type(reply.error) for reply in replies.values()] == [NotFound, Rejected]


def no_such_item(request):
    return refused(404, "ErrorItemNotFound")


async def test_twenty_reads_that_all_fail_take_five_requests(client, wire):
    batch = wire.script = StrictBatch(no_such_item)
    replies = await send_batch(client, reads(20))
    assert [len(urls) for urls in batch.rounds] == [20, 16, 12, 8, 4]
    assert all(isinstance(reply, Refused) for reply in replies.values())


async def test_a_canary_travels_first_as_soon_as_something_is_not_found_and_takes_no_request_of_its_own(client, wire):
    wire.script = StrictBatch(lambda request: Reply(body={}) if number_of(request) == 99 else refused(404, "ErrorItemNotFound"))
    replies = await send_batch(client, reads(20), canary=Item(ref="canary", method="GET", path="/me/contactFolders/99"))
    assert (client.requests, replies.pop("canary")) == (5, Answered(ref="canary", status=200))
    assert [number_of(request.body["requests"][0]) for request in wire.seen[:2]] == [0, 99]
    assert len(replies) == 20


async def test_a_canary_stays_at_home_while_everything_is_found(client, wire):
    wire.script = StrictBatch(lambda request: Reply(body={}))
    replies = await send_batch(client, reads(25), canary=Item(ref="canary", method="GET", path="/me/contactFolders/99"))
    assert (client.requests, "canary" in replies) == (2, False)


async def test_reads_beside_a_write_stay_one_chain(client, wire):
    wire.script = StrictBatch(lambda request: Reply(body={"id": "x"}))
    await send_batch(client, [*reads(3), *creates(1), *(Item(ref=f"z{n}", method="GET", path="/me/contacts/1") for n in range(3))])
    assert [request.get("dependsOn") for request in wire.seen[0].body["requests"]] == [None, *([str(n)] for n in range(6))]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=examples(20))
@given(st.sets(st.integers(0, 29)))
async def test_whatever_cannot_be_read_every_read_runs_exactly_once(client, wire, clock, missing):
    clock.advance(600)  # all examples have one mailbox, which takes 10,000 requests in ten minutes
    batch = wire.script = StrictBatch(
        lambda request: no_such_item(request) if number_of(request) in missing else Reply(body={"id": "x"})
    )
    replies = await send_batch(client, reads(30))
    assert len(batch.executed) == len(set(batch.executed)) == 30
    assert {ref for ref, reply in replies.items() if isinstance(reply, Refused)} == {f"r{number}" for number in missing}


async def test_an_items_own_wishes_go_with_it(client, wire):
    wire.script = StrictBatch(lambda request: Reply(body={"id": "x"}))
    await send_batch(client, [Item(ref="a", method="GET", path="/me/events/A", prefer=('outlook.timezone="UTC"',))])
    assert wire.seen[0].body["requests"][0]["headers"]["Prefer"] == 'IdType="ImmutableId", outlook.timezone="UTC"'
