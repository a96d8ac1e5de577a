"""Which operation a request is, and how an attempt is counted."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest
import requests
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st
from waiting import DEADLINE

from outlookd.runtime.metrics.upstream import OPERATIONS, OTHER, MeasuredClient, operation_of, trace_requests

KNOWN = {(service, name) for service, names in OPERATIONS.items() for name in names}


class Counted:
    def __init__(self):
        self.attempts = []

    def requested(self, service, operation, code, *, seconds):
        assert seconds >= 0
        self.attempts.append((service, operation, code))


@pytest.mark.parametrize(
    ("service", "method", "path", "operation"),
    [
        ("graph", "GET", "/me/contactFolders/AAMk=/contacts/delta", "GET contactFolders/{id}/contacts/delta"),
        ("graph", "GET", "/me/contactFolders('AAMk=')/contacts/delta", "GET contactFolders/{id}/contacts/delta"),
        ("graph", "GET", "/users('ada%40example.com')/calendars('A')/calendarView/delta", "GET calendars/{id}/calendarView/delta"),
        ("graph", "GET", "/users/ada@example.com/calendars", "GET calendars"),
        ("graph", "POST", "/$batch", "POST $batch"),
        ("graph", "DELETE", "/me/events/AAMk", "DELETE events/{id}"),
        ("graph", "PUT", "/me/events/AAMk", OTHER),
        ("graph", "GET", "/me/ada@example.com", OTHER),
        ("gopaas", "GET", "/api/list/contact.outlook/", "GET list/{id}"),
        ("gopaas", "GET", "/api/oauth2/item/contact/17/", "GET item/{id}/{id}"),
        ("gopaas", "POST", "/api/oauth2/access_token/", "POST access_token"),
        ("login", "POST", "/5d2f9c1e/oauth2/v2.0/token", "POST oauth2/v2.0/token"),
    ],
)
def test_an_operation_is_named_by_the_call_and_not_by_what_it_is_about(service, method, path, operation):
    assert operation_of(service, method, path) == operation


@given(
    st.sampled_from(sorted(OPERATIONS)),
    st.sampled_from(["GET", "POST", "PATCH", "DELETE", "BREW"]),
    st.lists(st.one_of(st.text(max_size=20), st.sampled_from(["me", "users", "events", "list", "calendars('x')"])), max_size=6),
)
def test_nothing_of_an_address_becomes_a_label(service, method, parts):
    operation = operation_of(service, method, "/".join(parts))
    assert operation == OTHER or (service, operation) in KNOWN


@pytest.fixture
def arrived():
    """Set once somebody waits for the slow answer."""
    return asyncio.Event()


@pytest.fixture
async def service(arrived):
    async def answer(request):
        if "slow" in request.path:
            arrived.set()
            await asyncio.Event().wait()
        return web.Response(status=503 if "ill" in request.path else 200)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.01)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


@pytest.fixture
async def asked(service):
    """What is counted, and a way to ask for a path of the service, which is Graph and GoPaaS in one."""
    counted = Counted()
    trace = trace_requests(counted, lambda: {"graph": f"{service}/v1.0/", "gopaas": f"{service}/crm"})
    async with aiohttp.ClientSession(trace_configs=[trace]) as session:

        async def ask(path, **options):
            async with session.get(service + path, **options):
                return counted.attempts

        yield ask, counted


async def test_each_attempt_is_counted_for_the_service_that_was_asked(asked):
    ask, counted = asked
    await ask("/v1.0/me/calendars?$top=10")
    await ask("/crm/api/list/17/")
    assert counted.attempts == [("graph", "GET calendars", "200"), ("gopaas", "GET list/{id}", "200")]


async def test_a_refusal_is_counted_by_its_status(asked):
    ask, _ = asked
    assert await ask("/v1.0/me/contacts/ill") == [("graph", "GET contacts/{id}", "503")]


async def test_requests_to_anybody_else_are_not_counted(asked):
    ask, _ = asked
    assert await ask("/elsewhere/api/list/17/") == []


async def test_a_silent_service_is_counted_as_timeout(asked):
    ask, counted = asked
    with pytest.raises(TimeoutError):
        await ask("/v1.0/me/contacts/slow", timeout=aiohttp.ClientTimeout(total=0.05))
    assert counted.attempts == [("graph", "GET contacts/{id}", "timeout")]


async def test_a_closed_port_is_counted_as_connection():
    counted = Counted()
    trace = trace_requests(counted, lambda: {"graph": "http://127.0.0.1:1/v1.0"})
    async with aiohttp.ClientSession(trace_configs=[trace]) as session:
        with pytest.raises(aiohttp.ClientConnectorError):
            await session.get("http://127.0.0.1:1/v1.0/me/calendars")
    assert counted.attempts == [("graph", "GET calendars", "connection")]


async def test_a_request_that_we_cut_off_is_nobodys_failure(asked, arrived):
    ask, counted = asked
    task = asyncio.create_task(ask("/v1.0/me/contacts/slow"))
    async with asyncio.timeout(DEADLINE):
        await arrived.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert counted.attempts == []


class Http:
    """What MSAL speaks through, with one thing to say."""

    def __init__(self, says):
        self._says = says

    def post(self, url, **options):
        if isinstance(self._says, Exception):
            raise self._says
        return self._says

    get = post

    def close(self):
        pass


def answered(status):
    response = requests.Response()
    response.status_code = status
    return response


TOKEN = "https://login.example.com/5d2f9c1e/oauth2/v2.0/token"


def test_a_token_call_is_counted_by_its_status():
    counted = Counted()
    MeasuredClient(Http(answered(400)), counted).post(TOKEN, data={})
    assert counted.attempts == [("login", "POST oauth2/v2.0/token", "400")]


@pytest.mark.parametrize(("error", "code"), [(requests.ReadTimeout(), "timeout"), (requests.ConnectionError(), "connection")])
def test_a_token_call_without_an_answer_is_counted_and_still_fails(error, code):
    counted = Counted()
    with pytest.raises(type(error)):
        MeasuredClient(Http(error), counted).post(TOKEN)
    assert counted.attempts == [("login", "POST oauth2/v2.0/token", code)]
