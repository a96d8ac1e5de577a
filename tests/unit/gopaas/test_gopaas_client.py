from __future__ import annotations

import asyncio
from types import SimpleNamespace

import aiohttp
import pytest
from aioresponses import aioresponses

from outlookd.errors import (
    AccessDenied,
    BadRecord,
    ConfigurationError,
    CredentialsRefused,
    NotFound,
    Rejected,
    ServerTrouble,
    Throttled,
    Unintelligible,
    Unreachable,
)
from outlookd.gopaas import ApiKey, GopaasClient, UncertainWrite

URL = "https://crm.example.test/app"
LIST_URL = f"{URL}/api/list/1170/"
ITEMS_URL = f"{URL}/api/items/contact/"
PAGE = {"total": 1, "rows": [{"cle": "a"}]}


@pytest.fixture
def client(session, clock):
    return GopaasClient(session, URL, ApiKey("key"), clock, random=lambda: 0.5)


@pytest.fixture
def wire():
    with aioresponses() as mocked:
        yield mocked


def headers_of(wire):
    (call,) = next(iter(wire.requests.values()))
    return call.kwargs["headers"]


async def test_the_options_of_a_listing_travel_as_headers(client, wire):
    wire.get(LIST_URL, payload=PAGE)
    await client.list_page("1170", 3, 500, columns=True, search="utilisateur|equal|claire|")
    assert headers_of(wire) == {
        "Authorization": "Bearer key",
        "Accept": "application/json",
        "page": "3",
        "rowPerPage": "500",
        "columns": "on",
        "advancedSearch": "utilisateur|equal|claire|",
    }


async def test_nothing_is_sent_that_was_not_asked_for(client, wire):
    wire.get(LIST_URL, payload=PAGE)
    await client.list_page("1170", 1, 500)
    assert {"columns", "advancedSearch"}.isdisjoint(headers_of(wire))


async def test_a_search_that_would_inject_a_header_is_refused_before_the_call(client, wire):
    wire.get(LIST_URL, payload=PAGE)
    with pytest.raises(ConfigurationError):
        await client.list_page("1170", 1, 500, search="nom|equal|x|\r\nAuthorization: Bearer other")
    assert client.requests == 0


@pytest.mark.parametrize(
    ("status", "error"),
    [(302, Unintelligible), (400, Rejected), (401, CredentialsRefused), (403, AccessDenied), (404, NotFound), (418, Rejected)],
)
async def test_a_refused_listing_is_not_repeated(client, clock, wire, status, error):
    wire.get(LIST_URL, status=status, payload={"msg": "Invalid version."}, repeat=True)
    with pytest.raises(error):
        await client.list_page("1170", 1, 500)
    assert (client.requests, clock.sleeps) == (1, [])


@pytest.mark.parametrize(("status", "error"), [(429, Throttled), (500, ServerTrouble), (502, ServerTrouble), (504, ServerTrouble)])
async def test_a_read_that_meets_trouble_is_given_up_after_four_tries(client, clock, wire, status, error):
    wire.get(LIST_URL, status=status, repeat=True)
    with pytest.raises(error):
        await client.list_page("1170", 1, 500)
    assert client.requests == 4
    assert clock.sleeps == [0.25, 0.5, 1.0]


async def test_a_read_that_meets_passing_trouble_succeeds(client, wire):
    wire.get(LIST_URL, status=500)
    wire.get(LIST_URL, exception=aiohttp.ServerDisconnectedError())
    wire.get(LIST_URL, exception=TimeoutError())
    wire.get(LIST_URL, payload=PAGE)
    assert (await client.list_page("1170", 1, 500)).total == 1
    assert client.requests == 4


async def test_a_stated_wait_is_kept(client, clock, wire):
    wire.get(LIST_URL, status=429, headers={"Retry-After": "7"})
    wire.get(LIST_URL, payload=PAGE)
    await client.list_page("1170", 1, 500)
    assert clock.sleeps == [7.0]


async def test_a_stated_wait_that_is_too_long_is_left_to_the_scheduler(client, clock, wire):
    wire.get(LIST_URL, status=503, headers={"Retry-After": "600"})
    with pytest.raises(Throttled) as caught:
        await client.list_page("1170", 1, 500)
    assert (caught.value.retry_after, clock.sleeps) == (600.0, [])


@pytest.mark.parametrize("said", ["Wed, 21 Oct 2026 07:28:00 GMT", "-1", "nan", "inf", ""])
async def test_a_stated_wait_that_is_no_number_of_seconds_is_not_kept(client, clock, wire, said):
    wire.get(LIST_URL, status=429, headers={"Retry-After": said})
    wire.get(LIST_URL, payload=PAGE)
    await client.list_page("1170", 1, 500)
    assert clock.sleeps == [0.25]


@pytest.mark.parametrize("body", [b"<html></html>", b"\xef\xbb\xbf[]", b"", b'{"rows":', b'{"msg": "x"}'])
async def test_an_unknown_answer_is_neither_empty_nor_repeated(client, wire, body):
    wire.get(LIST_URL, body=body)
    with pytest.raises(Unintelligible):
        await client.list_page("1170", 1, 500)
    assert client.requests == 1


async def test_an_answer_beyond_all_bounds_is_not_read_to_its_end(session, clock, wire):
    client = GopaasClient(session, URL, ApiKey("key"), clock, body_limit=1000)
    wire.get(LIST_URL, body=b"[" + b" " * 1000 + b"]")
    with pytest.raises(Unintelligible, match="larger than 1000 bytes"):
        await client.list_page("1170", 1, 500)


async def test_a_key_with_a_slash_stays_one_segment(client, wire):
    wire.get(f"{URL}/api/item/contact/a%2Fb/", payload={"cle": "a/b"})
    await client.item("contact", "a/b")
    ((_, asked),) = wire.requests
    assert asked.raw_path == "/app/api/item/contact/a%2Fb/"


async def test_a_key_that_no_address_can_carry_is_never_asked_for(client, wire):
    with pytest.raises(BadRecord):
        await client.item("contact", "..")
    assert client.requests == 0


@pytest.mark.parametrize("status", [200, 400, 404, 500])
async def test_a_single_record_comes_back_raw_whatever_its_status(client, wire, status):
    wire.get(f"{URL}/api/item/contact/a/", status=status, body=b"[]", repeat=True)
    answer = await client.item("contact", "a")
    assert (answer.status, answer.body) == (status, b"[]")


@pytest.mark.parametrize("body", [b"", b"[]", b'{"msg": "ok"}'])
async def test_a_write_is_done_by_any_2xx_that_is_empty_or_data(client, wire, body):
    wire.post(ITEMS_URL, body=body)
    await client.upsert("contact", [{"cle": "a", "nom": "É"}])
    (call,) = next(iter(wire.requests.values()))
    assert call.kwargs["data"] == '[{"cle":"a","nom":"É"}]'.encode()


@pytest.mark.parametrize(
    ("status", "error"),
    [(400, Rejected), (401, CredentialsRefused), (403, AccessDenied), (404, NotFound), (413, Rejected), (429, Throttled)],
)
async def test_a_refused_write_did_not_happen(client, wire, status, error):
    wire.post(ITEMS_URL, status=status, repeat=True)
    with pytest.raises(error):
        await client.upsert("contact", [{"cle": "a"}])
    assert client.requests == 1


@pytest.mark.parametrize(
    "answer",
    [
        {"status": 500},
        {"status": 502},
        {"status": 504},
        {"status": 302, "headers": {"Location": "/"}},
        {"body": b"<html>sign in</html>"},
        {"exception": TimeoutError()},
        {"exception": aiohttp.ServerDisconnectedError()},
        {"exception": aiohttp.SocketTimeoutError()},
        {"exception": aiohttp.ClientOSError(104, "reset")},
        {"exception": aiohttp.ClientPayloadError()},
    ],
    ids=str,
)
async def test_a_write_without_a_clear_answer_is_uncertain_and_never_resent(client, clock, wire, answer):
    wire.post(ITEMS_URL, **answer, repeat=True)
    with pytest.raises(UncertainWrite):
        await client.upsert("contact", [{"cle": "a"}])
    assert (client.requests, clock.sleeps) == (1, [])


async def test_a_write_that_could_not_connect_did_not_happen(client, wire):
    wire.post(ITEMS_URL, exception=aiohttp.ConnectionTimeoutError())
    with pytest.raises(Unreachable):
        await client.upsert("contact", [{"cle": "a"}])


async def test_a_closed_port_is_unreachable_and_says_what_to_check(session, clock, unused_tcp_port):
    client = GopaasClient(session, f"http://127.0.0.1:{unused_tcp_port}/crm", ApiKey("key"), clock, random=lambda: 0.5)
    with pytest.raises(Unreachable) as caught:
        await client.list_page("1170", 1, 500)
    assert "gopaas.url" in caught.value.hint
    assert client.requests == 4


@pytest.mark.parametrize(
    ("error", "setting"),
    [
        (aiohttp.ClientConnectorDNSError(SimpleNamespace(host="h", port=443, ssl=True), OSError(-2, "unknown")), "gopaas.url"),
        (aiohttp.ClientConnectorCertificateError(SimpleNamespace(host="h", port=443, is_ssl=True), ValueError()), "gopaas.ca_file"),
    ],
)
async def test_what_keeps_a_connection_from_being_made_names_the_setting_to_check(client, wire, error, setting):
    wire.get(LIST_URL, exception=error, repeat=True)
    with pytest.raises(Unreachable) as caught:
        await client.list_page("1170", 1, 500)
    assert setting in caught.value.hint


async def test_a_redirect_does_not_take_the_key_elsewhere(client, wire):
    wire.get(LIST_URL, status=301, headers={"Location": "https://elsewhere.example.test/"})
    with pytest.raises(Unintelligible) as caught:
        await client.list_page("1170", 1, 500)
    assert "gopaas.url" in caught.value.hint
    assert "elsewhere" not in str(caught.value)


async def test_a_real_timeout_ends_a_silent_request(session, clock):
    async def say_nothing(reader, writer):
        await reader.read()
        writer.close()

    async with await asyncio.start_server(say_nothing, "127.0.0.1", 0) as silent:
        port = silent.sockets[0].getsockname()[1]
        client = GopaasClient(session, f"http://127.0.0.1:{port}/crm", ApiKey("key"), clock, random=lambda: 0.5, timeout=0.02)
        with pytest.raises(Unreachable):
            await client.list_page("1170", 1, 500)


async def test_a_cancelled_read_is_cancelled(client, wire):
    wire.get(LIST_URL, exception=asyncio.CancelledError())
    with pytest.raises(asyncio.CancelledError):
        await client.list_page("1170", 1, 500)
