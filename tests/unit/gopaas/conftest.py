"""A fake GoPaaS that listens, a clock that does not tick, and the client between them."""

from __future__ import annotations

import aiohttp
import pytest
from aiohttp.test_utils import TestServer
from gopaas_server import FakeGopaas

from outlookd.gopaas import ApiKey, ClientCredentials, GopaasAdapter, GopaasClient
from outlookd.testing import FakeClock

COLUMNS = frozenset({"nom", "email"})


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
async def session():
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def gopaas():
    return FakeGopaas()


@pytest.fixture
async def url(gopaas):
    async with TestServer(gopaas.app) as server:
        yield str(server.make_url("/crm"))


@pytest.fixture
def client(session, url, clock):
    return GopaasClient(session, url, ApiKey("key-of-claire"), clock, random=lambda: 0.5, timeout=5)


@pytest.fixture
def token_client(session, url, clock):
    credentials = ClientCredentials(session, url, "app", "right", clock, random=lambda: 0.5)
    return GopaasClient(session, url, credentials, clock, random=lambda: 0.5, timeout=5)


@pytest.fixture
def adapter(client):
    return GopaasAdapter(client, table="contact", view="contact.default", columns=COLUMNS, page_size=5)


async def pages_of(listing):
    return [page async for page in listing]


@pytest.fixture
def drain():
    return pages_of
