"""Each wait before a request is repeated is told to the meter, with the reason."""

from __future__ import annotations

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from outlookd.errors import ServerTrouble, Throttled, Unreachable
from outlookd.gopaas.retry import Retry
from outlookd.graph import GraphClient
from outlookd.meter import wait_reason
from outlookd.testing import FakeClock


class Waits:
    """A meter that remembers waits; nothing else is told here."""

    def __init__(self):
        self.told = []

    def waited(self, service, reason, seconds):
        self.told.append((service, reason, seconds))


class Tokens:
    async def token(self, *, claims="", refresh=False):
        return "t"


def unanswered(cause):
    error = Unreachable("no answer", service="graph")
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (Throttled("slow down", service="graph", status=429), "throttled"),
        (ServerTrouble("ill", service="gopaas", status=503), "server_error"),
        (unanswered(TimeoutError()), "timeout"),
        (unanswered(aiohttp.ServerTimeoutError()), "timeout"),
        (unanswered(aiohttp.ClientConnectionError()), "connection"),
        (unanswered(None), "connection"),
    ],
)
def test_a_wait_has_the_reason_of_the_failure(error, reason):
    assert wait_reason(error) == reason


async def test_gopaas_waits_are_told():
    waits = Waits()
    answers = [ServerTrouble("ill", service="gopaas", status=503), Throttled("slow", service="gopaas", status=429, retry_after=3.0)]

    async def call():
        if answers:
            raise answers.pop(0)
        return "done"

    await Retry(clock=FakeClock(), random=lambda: 1.0, meter=waits).repeat("list", call)
    assert waits.told == [("gopaas", "server_error", 0.5), ("gopaas", "throttled", 3.0)]


@pytest.fixture
async def graph():
    """A mailbox that answers with these statuses in turn, and the waits that were told."""
    waits, statuses = Waits(), []

    async def answer(_request):
        status = statuses.pop(0) if statuses else 200
        return web.json_response({}, status=status, headers={"Retry-After": "2"} if status == 429 else {})

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    async with TestServer(app) as server, aiohttp.ClientSession() as session:
        client = GraphClient(
            session, str(server.make_url("/")), Tokens(), FakeClock(), mailbox="me", random=lambda: 1.0, meter=waits
        )
        yield client, statuses, waits


async def test_graph_waits_are_told(graph):
    client, statuses, waits = graph
    statuses += [429, 503]
    await client.get(client.path("contacts"))
    assert waits.told == [("graph", "throttled", 2.0), ("graph", "server_error", 4.0)]


async def test_a_failure_that_is_not_waited_for_is_not_told(graph):
    client, statuses, waits = graph
    statuses += [503]
    with pytest.raises(ServerTrouble):
        await client.write("POST", client.path("contacts"), {})
    assert waits.told == []
