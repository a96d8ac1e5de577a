"""One scripted Graph and one client to talk to it."""

from __future__ import annotations

from datetime import UTC, datetime

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from graph_wire import Tokens, Wire
from graph_world import SandboxTokens, World

from outlookd.core.model import Span
from outlookd.graph import ContactsAdapter, EventsAdapter, GraphClient
from outlookd.testing import FakeClock


@pytest.fixture
def clock():
    return FakeClock(datetime(2026, 11, 22, 12, tzinfo=UTC))


@pytest.fixture
def tokens():
    return Tokens()


@pytest.fixture
def wire():
    return Wire()


@pytest.fixture
async def base(wire):
    app = web.Application(client_max_size=4 * 1024 * 1024)  # what Graph takes
    app.router.add_route("*", "/{tail:.*}", wire.handle)
    server = TestServer(app)
    await server.start_server()
    yield str(server.make_url("")).rstrip("/")
    await server.close()


@pytest.fixture
async def session():
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def client(session, base, tokens, clock):
    return GraphClient(session, base, tokens, clock, mailbox="me", random=lambda: 1.0)


@pytest.fixture
def contacts(client):
    return ContactsAdapter(client, container="FOLDER")


@pytest.fixture
def window():
    """A month back and three ahead of the clock."""
    return Span(start=datetime(2026, 10, 22, 12, tzinfo=UTC), end=datetime(2027, 2, 22, 12, tzinfo=UTC))


@pytest.fixture
def events(client, window):
    return EventsAdapter(client, container="CAL", window=window)


@pytest.fixture
def world():
    return World()


@pytest.fixture
async def sandbox_url(world):
    server = TestServer(world.app)
    await server.start_server()
    yield str(server.make_url("/"))
    await server.close()


@pytest.fixture
def calendar(world, session, sandbox_url, clock, window):
    """Claire's own calendar in the sandbox."""
    client = GraphClient(session, sandbox_url, SandboxTokens(world.directory, world.user), clock, mailbox="me", random=lambda: 1.0)
    return EventsAdapter(client, container=world.calendars.default.id, window=window)
