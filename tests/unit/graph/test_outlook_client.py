"""One request: what goes out, what is sent again, and what never is."""

from __future__ import annotations

import asyncio
import base64
import json
import ssl

import aiohttp
import pytest
import trustme
from aiohttp import web
from aiohttp.test_utils import TestServer
from aioresponses import aioresponses
from graph_wire import Reply, Tokens, refused
from structlog.testing import capture_logs

from outlookd.errors import (
    AccessDenied,
    ConfigurationError,
    CredentialsRefused,
    MailboxUnusable,
    RemoteError,
    ServerTrouble,
    SignInNeeded,
    Throttled,
    Unintelligible,
    Unreachable,
)
from outlookd.graph import GraphClient, MailboxLimit
from outlookd.graph.errors import NotSent
from outlookd.testing import FakeClock


async def test_every_request_asks_for_immutable_ids_and_names_itself(client, wire):
    await client.get(client.path("contactFolders"), prefer=["odata.maxpagesize=1000"])
    await client.write("POST", client.path("contactFolders"), {})
    for seen in wire.seen:
        assert 'IdType="ImmutableId"' in seen.headers["Prefer"]
        assert seen.headers["Authorization"] == "Bearer token-1"
    assert wire.seen[0].headers["Prefer"].endswith(", odata.maxpagesize=1000")
    assert wire.seen[0].headers["client-request-id"] != wire.seen[1].headers["client-request-id"]


async def test_our_request_id_is_logged_beside_graphs_own_and_nothing_secret_is(client, wire):
    wire.say(Reply(body={}, headers={"request-id": "0f-graph"}))
    with capture_logs() as lines:
        await client.follow(f"{client.root}/me/contacts/delta?$deltatoken=secret")
    (line,) = [line for line in lines if line["event"] == "graph.request.answered"]
    assert (line["client_request_id"], line["request_id"]) == (wire.seen[0].headers["client-request-id"], "0f-graph")
    assert "secret" not in str(lines)
    assert "token-1" not in str(lines)


def failures(lines):
    return [line for line in lines if line["event"] == "graph.request.failed"]


async def test_a_failed_request_is_named_by_both_ids_in_the_log_and_in_the_error(client, wire):
    wire.say(refused(403, "ErrorAccessDenied", request_id="0f-graph"))
    with capture_logs() as lines, pytest.raises(AccessDenied) as caught:
        await client.get(client.path("contacts", "PAT"))
    ours = wire.seen[0].headers["client-request-id"]
    assert (caught.value.client_request_id, caught.value.request_id) == (ours, "0f-graph")
    (line,) = failures(lines)
    assert (line["log_level"], line["method"], line["status"], line["code"]) == ("warning", "GET", 403, "ErrorAccessDenied")
    assert (line["client_request_id"], line["request_id"], line["repeated"]) == (ours, "0f-graph", False)
    assert "PAT" not in str(lines)
    assert "pat@" not in str(lines)


@pytest.mark.parametrize(
    ("method", "status", "code", "level"),
    [
        ("GET", 404, "ImageNotFound", "debug"),
        ("GET", 410, "SyncStateNotFound", "debug"),
        ("DELETE", 404, "ErrorItemNotFound", "warning"),
    ],
)
async def test_a_read_that_finds_nothing_is_an_ordinary_answer_and_no_warning(client, wire, method, status, code, level):
    wire.say(refused(status, code))
    with capture_logs() as lines, pytest.raises(RemoteError):
        await (client.get if method == "GET" else client.delete)(client.path("contacts", "k", "photo"))
    assert [(line["log_level"], line["code"]) for line in failures(lines)] == [(level, code)]


async def test_every_try_of_a_repeated_request_is_logged_by_its_own_id(client, wire):
    wire.say(refused(503, "x"), refused(401, "InvalidAuthenticationToken"), Reply(body={}))
    with capture_logs() as lines:
        await client.get(client.path("contacts"))
    assert [line["status"] for line in failures(lines)] == [503, 401]
    assert [line["client_request_id"] for line in failures(lines)] == [s.headers["client-request-id"] for s in wire.seen[:2]]
    assert all(line["repeated"] and line["log_level"] == "warning" for line in failures(lines))


async def test_a_request_without_an_answer_is_named_by_our_id(client, wire):
    wire.say(Reply(hang_up=True))
    with pytest.raises(Unreachable) as caught:
        await client.write("POST", client.path("contacts"), {})
    assert caught.value.client_request_id == wire.seen[0].headers["client-request-id"]


async def test_an_answer_that_cannot_be_read_is_named_by_our_id(client, wire):
    wire.say(Reply(body=b"<html>"))
    with pytest.raises(Unintelligible) as caught:
        await client.get(client.path("contacts"))
    assert caught.value.client_request_id == wire.seen[0].headers["client-request-id"]


async def test_an_application_addresses_the_mailbox_by_user(session, base, tokens, clock, wire):
    client = GraphClient(session, base, tokens, clock, mailbox="users/pat@example.com", random=lambda: 1.0)
    await client.get(client.path("contacts", "A=", top=1))
    assert wire.seen[0].raw_path == "/v1.0/users/pat@example.com/contacts/A=?$top=1"


async def test_an_unsafe_address_is_refused_before_anything_is_sent(session, tokens, clock):
    with pytest.raises(ConfigurationError):
        GraphClient(session, "http://graph.example.com", tokens, clock, mailbox="me", random=lambda: 1.0)


async def test_a_redirect_is_never_followed(client, wire):
    wire.say(Reply(status=302, headers={"Location": "https://evil.example.net/"}))
    with pytest.raises(Unintelligible):
        await client.get(client.path("contacts"))
    assert len(wire.seen) == 1


@pytest.mark.parametrize(("value", "wait"), [("7", 7.0), ("2.128", 2.128), ("Sun, 22 Nov 2026 12:00:30 GMT", 30.0), (None, 2.0)])
async def test_a_throttled_request_waits_as_told_and_is_sent_again(client, wire, clock, value, wait):
    wire.say(refused(429, "TooManyRequests", **({"Retry_After": value} if value else {})), Reply(body={"id": "1"}))
    assert await client.write("POST", client.path("contacts"), {}) == {"id": "1"}
    assert clock.slept == pytest.approx(wait)


async def test_a_429_without_retry_after_waits_longer_each_time(client, wire, clock):
    wire.say(refused(429, "TooManyRequests"))
    with pytest.raises(Throttled):
        await client.get(client.path("contacts"))
    assert clock.sleeps == [2.0, 4.0, 8.0, 16.0]
    assert len(wire.seen) == 5


async def test_a_long_wait_is_raised_at_once_and_holds_back_the_next_request_too(client, wire, clock):
    wire.say(refused(429, "TooManyRequests", Retry_After="300"))
    for _ in range(2):
        with pytest.raises(Throttled) as caught:
            await client.get(client.path("contacts"))
        assert caught.value.retry_after == pytest.approx(300)
    assert clock.sleeps == []
    assert len(wire.seen) == 1


async def test_a_throttle_pauses_the_other_clients_of_the_mailbox(session, base, tokens, clock, wire):
    limit = MailboxLimit(clock)
    first, second = (GraphClient(session, base, tokens, clock, mailbox="me", random=lambda: 1.0, limit=limit) for _ in range(2))
    wire.say(refused(429, "TooManyRequests", Retry_After="300"))
    with pytest.raises(Throttled):
        await first.get(first.path("contacts"))
    with pytest.raises(Throttled):
        await second.get(second.path("contacts"))
    assert second.requests == 0


@pytest.mark.parametrize("trouble", [refused(500, "X"), refused(502, "X"), Reply(status=503, body=b""), Reply(hang_up=True)])
async def test_a_read_survives_trouble_that_passes(client, wire, trouble):
    wire.say(trouble, trouble, Reply(body={"value": []}))
    assert await client.get(client.path("contacts")) == {"value": []}
    assert len(wire.seen) == 3


async def test_a_read_gives_up_after_five_tries(client, wire):
    wire.say(refused(500, "X"))
    with pytest.raises(ServerTrouble):
        await client.get(client.path("contacts"))
    assert len(wire.seen) == 5


@pytest.mark.parametrize(
    ("trouble", "kind"),
    [
        (refused(500, "X"), ServerTrouble),
        (refused(504, "X", Retry_After="1"), ServerTrouble),
        (refused(503, "X"), ServerTrouble),
        (Reply(hang_up=True), Unreachable),
        (Reply(body=b"<html>"), Unintelligible),
        (Reply(body=[1]), Unintelligible),
    ],
)
async def test_a_write_that_may_have_happened_is_never_sent_again(client, wire, trouble, kind):
    wire.say(trouble)
    with pytest.raises(kind) as caught:
        await client.write("POST", client.path("contacts"), {})
    assert type(caught.value) is kind
    assert len(wire.seen) == 1


async def test_a_503_with_retry_after_did_nothing_so_a_write_is_sent_again(client, wire):
    wire.say(refused(503, "X", Retry_After="1"), Reply(status=201, body={"id": "1"}))
    assert await client.write("POST", client.path("contacts"), {}) == {"id": "1"}


async def test_a_write_that_never_left_may_be_sent_again(session, tokens, clock):
    client = GraphClient(session, "http://127.0.0.1:1", tokens, clock, mailbox="me", random=lambda: 1.0)
    with pytest.raises(NotSent):
        await client.write("POST", client.path("contacts"), {})
    assert client.requests == 5


async def test_a_mailbox_that_is_not_usable_is_not_asked_again(client, wire):
    wire.say(refused(404, "MailboxNotEnabledForRESTAPI"))
    with pytest.raises(MailboxUnusable):
        await client.get(client.path("contacts"))
    assert len(wire.seen) == 1


# --- tokens --------------------------------------------------------------------------------------------------------------


async def test_an_expired_token_is_refreshed_once_also_for_a_write(client, wire, tokens):
    wire.say(refused(401, "InvalidAuthenticationToken"), Reply(status=201, body={"id": "1"}))
    assert await client.write("POST", client.path("contacts"), {}) == {"id": "1"}
    assert tokens.refreshes == [""]
    assert wire.seen[1].headers["Authorization"] == "Bearer token-2"


async def test_a_fresh_token_that_is_refused_as_well_is_an_operators_matter(client, wire, tokens):
    wire.say(refused(401, "InvalidAuthenticationToken"))
    with pytest.raises(CredentialsRefused):
        await client.get(client.path("contacts"))
    assert len(tokens.refreshes) == 1
    assert len(wire.seen) == 2


@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
@pytest.mark.parametrize("status", [401, 403])
async def test_a_claims_challenge_reaches_the_token_source_decoded(client, wire, tokens, encode, status):
    claims = json.dumps({"access_token": {"nbf": {"essential": True, "value": "1700000000?>~"}}})
    encoded = encode(claims.encode()).decode().rstrip("=")
    challenge = f'Bearer realm="", error="insufficient_claims", claims="{encoded}"'
    wire.say(refused(status, "InvalidAuthenticationToken", WWW_Authenticate=challenge), Reply(body={}))
    await client.get(client.path("contacts"))
    assert tokens.refreshes == [claims]


async def test_a_claims_challenge_that_cannot_be_decoded_still_refreshes(client, wire, tokens):
    wire.say(refused(401, "InvalidAuthenticationToken", WWW_Authenticate='Bearer claims="%%%"'), Reply(body={}))
    await client.get(client.path("contacts"))
    assert tokens.refreshes == [""]


async def test_a_user_who_must_sign_in_again_is_reported_before_anything_is_sent(client, wire, tokens):
    tokens.failure = SignInNeeded("x", user="pat")
    with pytest.raises(SignInNeeded):
        await client.get(client.path("contacts"))
    assert wire.seen == []


@pytest.mark.parametrize("kind", [Unreachable, ServerTrouble])
async def test_without_a_token_nothing_can_have_happened(client, tokens, kind):
    tokens.failure = kind("no", service="entra", status=500)
    with pytest.raises(NotSent) as caught:
        await client.write("POST", client.path("contacts"), {})
    assert caught.value.service == "entra"


async def test_a_cancelled_request_ends_as_cancelled_and_frees_its_place(client, wire):
    entered = asyncio.Event()

    async def never(seen):
        entered.set()
        await asyncio.Event().wait()

    wire.script = never
    task = asyncio.create_task(client.get(client.path("contacts")))
    await entered.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    wire.say(Reply(body={}))
    for _ in range(4):
        await client.get(client.path("contacts"))


@pytest.mark.parametrize(
    ("raised", "kind"),
    [
        (aiohttp.ConnectionTimeoutError(), NotSent),
        (aiohttp.SocketTimeoutError(), Unreachable),
        (aiohttp.ClientPayloadError(), Unreachable),
    ],
)
async def test_each_way_of_not_answering_is_told_apart(raised, kind):
    with aioresponses() as mocked:
        mocked.get("https://graph.example.com/v1.0/me/contacts", exception=raised, repeat=True)
        async with aiohttp.ClientSession() as session:
            client = GraphClient(session, "https://graph.example.com", Tokens(), FakeClock(), mailbox="me", random=lambda: 0.0)
            with pytest.raises(Unreachable) as caught:
                await client.get(client.path("contacts"))
    assert type(caught.value) is kind


async def test_a_certificate_that_is_not_trusted_names_the_setting_to_look_at(tokens, clock, wire):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("localhost").configure_cert(context)
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", wire.handle)
    server = TestServer(app, scheme="https", host="localhost")
    await server.start_server(ssl=context)
    async with aiohttp.ClientSession() as session:
        client = GraphClient(session, str(server.make_url("/")), tokens, clock, mailbox="me", random=lambda: 0.0)
        with pytest.raises(NotSent) as caught:
            await client.get(client.path("contacts"))
    await server.close()
    assert "graph.ca_file" in caught.value.hint
    assert wire.seen == []


async def test_a_write_may_be_answered_without_a_body(client, wire):
    wire.say(Reply(status=204))
    assert await client.write("PATCH", client.path("contacts", "A"), {}) == {}
