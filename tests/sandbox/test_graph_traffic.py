"""Who is let in, how much of it, and what goes wrong on the way."""

from __future__ import annotations

import asyncio
import base64
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from io import BytesIO

import aiohttp
import pytest
from graph_caller import Caller

from outlookd.sandbox.clock import HandClock
from outlookd.sandbox.directory import MailboxState
from outlookd.sandbox.graph.errors import GraphError
from outlookd.sandbox.graph.throttle import Throttle
from outlookd.sandbox.switches import Switches


async def test_me_is_the_person_of_the_token(outlook):
    assert (await outlook.get("me")).body["userPrincipalName"] == "claire@example.com"


@pytest.mark.parametrize("key", ["upn", "object_id"])
async def test_a_person_is_found_by_upn_and_by_object_id(outlook, world, key):
    assert (await outlook.get(f"users/{getattr(world.claire, key)}/contacts")).status == 200


async def test_anothers_mailbox_is_closed_to_a_delegated_token(outlook):
    assert (await outlook.get("users/denis@example.com/contacts")).code == "ErrorAccessDenied"


@pytest.fixture
def daemon(world, session, graph_server):
    """An application with permissions of its own."""
    token = world.directory.tokens.issue_access(
        client_id="app",
        object_id="",
        scopes=frozenset({"Contacts.ReadWrite"}),
        audience="https://graph.microsoft.com",
        life=timedelta(hours=1),
    )
    return Caller(session, graph_server.root, token)


async def test_an_application_reaches_every_mailbox_but_has_no_me(daemon):
    assert (await daemon.post("users/denis@example.com/contacts", {})).status == 201
    assert (await daemon.get("me/contacts")).status == 400


async def test_an_unknown_person_is_not_found(daemon):
    reply = await daemon.get("users/nobody@example.com/contacts")
    assert (reply.status, reply.code) == (404, "Request_ResourceNotFound")


@pytest.mark.parametrize("why", ["missing", "unknown", "expired", "audience"])
async def test_a_token_that_does_not_hold_is_refused(outlook, world, why):
    match why:
        case "missing":
            outlook.token = ""
        case "unknown":
            outlook.token = "eyJ0.of.nobody"
        case "expired":
            world.clock.advance(hours=1)
        case "audience":
            outlook.token = world.token(audience="https://outlook.office.com")
    reply = await outlook.get("me/contacts")
    assert (reply.status, reply.code) == (401, "InvalidAuthenticationToken")
    assert reply.headers["WWW-Authenticate"].startswith("Bearer")


async def test_reading_permission_does_not_write(outlook, world):
    outlook.token = world.token(scopes=["Contacts.Read"])
    assert (await outlook.get("me/contacts")).status == 200
    assert (await outlook.post("me/contacts", {})).code == "ErrorAccessDenied"


async def test_a_claims_challenge_carries_its_claims_in_base64(outlook, world):
    world.faults.add("graph", "status", status=401, claims='{"access_token":{}}')
    challenge = (await outlook.get("me/contacts")).headers["WWW-Authenticate"]
    assert 'error="insufficient_claims"' in challenge
    assert base64.b64decode(challenge.partition('claims="')[2].rstrip('"')) == b'{"access_token":{}}'


@pytest.mark.parametrize(
    ("state", "status", "code"),
    [
        (MailboxState.NOT_ENABLED, 404, "MailboxNotEnabledForRESTAPI"),
        (MailboxState.ACCESS_DENIED, 403, "ErrorAccessDenied"),
        (MailboxState.MOVING, 503, "ErrorMailboxMoveInProgress"),
        (MailboxState.OVER_QUOTA, 507, "ErrorQuotaExceeded"),
    ],
)
async def test_an_unusable_mailbox_says_why(outlook, world, state, status, code):
    world.claire.state = state
    reply = await outlook.post("me/contacts", {})
    assert (reply.status, reply.code) == (status, code)


async def test_a_full_mailbox_can_be_read(outlook, world):
    world.claire.state = MailboxState.OVER_QUOTA
    assert (await outlook.get("me/contacts")).status == 200


async def test_a_fifth_request_at_once_is_throttled(outlook, world):
    world.directory.switches.latency = 0.05
    replies = await asyncio.gather(*(outlook.get("me/contacts") for _ in range(5)))
    assert sorted(reply.status for reply in replies) == [200, 200, 200, 200, 429]


async def test_mailboxes_do_not_throttle_each_other(outlook, world, session):
    world.directory.switches.turn({"latency": 0.05, "concurrency": 1})
    denis = Caller(session, outlook.root, world.token(world.denis))
    replies = await asyncio.gather(outlook.get("me/contacts"), denis.get("me/contacts"))
    assert [reply.status for reply in replies] == [200, 200]


@pytest.fixture
def window():
    """A limit of three requests in ten minutes, a clock, and a function that makes one."""
    clock, switches = HandClock(datetime(2026, 5, 4, 8, tzinfo=UTC)), Switches(requests_per_window=3)
    throttle = Throttle(switches, clock)

    def ask():
        with throttle.slot("app", "claire"):
            pass

    return ask, clock, switches


def test_a_request_beyond_the_window_waits_until_the_oldest_is_out(window):
    ask, clock, _ = window
    for _ in range(3):
        ask()
    clock.advance(minutes=4)
    with pytest.raises(GraphError) as refused:
        ask()
    assert refused.value.headers == {"Retry-After": "360"}
    clock.advance(minutes=6)
    ask()


@pytest.mark.parametrize(
    ("form", "read"),
    [
        ("integer", lambda value, _: int(value) == 600),
        ("decimal", lambda value, _: value == "600.000"),
        ("date", lambda value, clock: parsedate_to_datetime(value) == clock() + timedelta(minutes=10)),
        ("none", lambda value, _: value is None),
    ],
)
def test_the_wait_is_told_in_every_form(window, form, read):
    ask, clock, switches = window
    switches.turn({"retry_after": form})
    for _ in range(3):
        ask()
    with pytest.raises(GraphError) as refused:
        ask()
    assert read(refused.value.headers.get("Retry-After"), clock)


async def test_an_error_echoes_both_request_ids(outlook, graph_server):
    reply = await outlook.get("me/contacts/42", {"client-request-id": "mine"})
    inner = reply.body["error"]["innerError"]
    assert inner["client-request-id"] == reply.headers["client-request-id"] == "mine"
    assert inner["request-id"] == reply.headers["request-id"]
    assert graph_server.requests.entries[0].client_request_id


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "me/wishes", 400), ("GET", "groups", 400), ("PUT", "me/contacts", 405), ("GET", "$batch", 405)],
)
async def test_what_graph_does_not_offer_is_refused(outlook, method, path, status):
    assert (await outlook.send(method, path)).status == status


async def test_a_body_over_four_megabytes_is_refused(session, outlook):
    headers = {"Authorization": f"Bearer {outlook.token}", "Content-Type": "application/json"}
    async with session.post(f"{outlook.root}/me/contacts", data=BytesIO(b" " * (4 * 1024**2 + 1)), headers=headers) as answer:
        assert (answer.status, (await answer.json())["error"]["code"]) == (413, "RequestEntityTooLarge")


async def test_a_body_that_is_no_json_is_refused(session, outlook):
    headers = {"Authorization": f"Bearer {outlook.token}"}
    for content, content_type, status in (
        ("{", "application/json", 400),
        ("a=b", "text/plain", 415),
        ("[]", "application/json", 400),
    ):
        sent = headers | {"Content-Type": content_type}
        async with session.post(f"{outlook.root}/me/contacts", data=content, headers=sent) as answer:
            assert answer.status == status


# --- faults -------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "done"), [("drop_before", 0), ("drop_after", 1)])
async def test_a_dropped_connection_gives_no_answer(outlook, world, graph_server, kind, done):
    world.faults.add("graph", kind, match="^POST")
    with pytest.raises(aiohttp.ClientConnectionError):
        await outlook.post("me/contacts", {})
    assert len(world.mailbox.contacts()) == done
    assert [entry.status for entry in graph_server.requests] == [0]


async def test_a_write_can_succeed_and_answer_an_error(outlook, world):
    world.faults.add("graph", "status_after", status=504, empty=True)
    reply = await outlook.post("me/contacts", {})
    assert (reply.status, reply.body, len(world.mailbox.contacts())) == (504, b"", 1)


@pytest.mark.parametrize(
    ("retry_after", "header"),
    [
        (3, "3"),
        (2.128, "2.128"),
        ("soon", "soon"),
        (None, None),
        (datetime(2026, 5, 4, 8, tzinfo=UTC), "Mon, 04 May 2026 08:00:00 GMT"),
    ],
)
async def test_a_fault_names_the_wait_in_any_form(outlook, world, retry_after, header):
    world.faults.add("graph", "status", status=429, retry_after=retry_after)
    reply = await outlook.get("me/contacts")
    assert (reply.code, reply.headers.get("Retry-After")) == ("ApplicationThrottled", header)


async def test_a_write_can_conflict_without_an_etag(outlook, world):
    contact = world.mailbox.create_contact({})
    world.faults.add("graph", "status", status=412, match="^PATCH")
    reply = await outlook.patch(f"me/contacts/{contact.immutable_id}", {"jobTitle": "x"})
    assert (reply.code, contact.properties["jobTitle"]) == ("ErrorIrresolvableConflict", None)


async def test_a_proxy_can_answer_in_html(outlook, world):
    world.faults.add("graph", "status", status=200, body="<html>captive portal</html>")
    assert (await outlook.get("me/contacts")).headers["Content-Type"].startswith("text/html")


async def test_a_fault_strikes_as_often_as_ordered_and_only_what_it_matches(outlook, world):
    world.faults.add("graph", "status", times=2, match=r"^GET /v1\.0/me/contacts\?")
    statuses = [
        (await outlook.get(path)).status for path in ("me", "me/contacts?$top=1", "me/contacts?$top=1", "me/contacts?$top=1")
    ]
    assert statuses == [200, 500, 500, 200]
    assert world.faults.waiting == ()


async def test_a_standing_fault_ends_when_cleared(outlook, world):
    world.faults.add("graph", "status", times=-1, status=503)
    before = [(await outlook.get("me/contacts")).status for _ in range(3)]
    world.faults.clear()
    assert (before, (await outlook.get("me/contacts")).status) == ([503, 503, 503], 200)


@pytest.mark.parametrize(
    ("order", "error"),
    [
        ({"kind": "explode"}, ValueError),
        ({"kind": "status", "match": "("}, ValueError),
        ({"kind": "status", "statuss": 500}, TypeError),
    ],
)
def test_a_misspelt_order_is_refused(world, order, error):
    with pytest.raises(error):
        world.faults.add("graph", **order)


@pytest.mark.parametrize("changes", [{"overflo": "reject"}, {"overflow": "explode"}, {"latency": "slow"}, {"delta_shuffle": 1}])
def test_a_misspelt_switch_is_refused(changes):
    switches = Switches()
    with pytest.raises(ValueError, match="switch"):
        switches.turn({"birthday": "normalise", **changes})
    assert switches == Switches()


async def test_nothing_secret_is_in_a_dump(world):
    world.token()
    assert not {"secret", "token"} & set(str(world.directory.dump()).lower().split("'"))
