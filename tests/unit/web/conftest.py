"""The real pages and the real sign-in, over the token endpoint of the Entra tests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from unit.entra.twins import AUTHORITY, CLIENT, SCOPES, Sts
from unit.web.browser import PUBLIC, REDIRECT, Browser

from outlookd.entra import Authority, Seal, SignIn
from outlookd.testing import FakeClock, MemoryAccounts
from outlookd.web import ConnectPages, Health, Home, Site, create_app


@pytest.fixture
def sts() -> Sts:
    return Sts()


@pytest.fixture
def accounts() -> MemoryAccounts:
    return MemoryAccounts()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(datetime.now(UTC))


@pytest.fixture
async def signin(sts: Sts, accounts: MemoryAccounts, clock: FakeClock) -> AsyncIterator[SignIn]:
    authority = Authority(AUTHORITY, client_id=CLIENT, client_secret="CANARY-secret", instance_discovery=False, http_client=sts)
    yield SignIn(
        accounts=accounts,
        authority=authority,
        seal=Seal([b"k" * 32]),
        clock=clock,
        scopes=SCOPES,
        public_url=PUBLIC,
        redirect_path=REDIRECT,
    )
    await authority.close()


def app_of(signin: SignIn) -> web.Application:
    site = Site(PUBLIC)
    return create_app(site, [Health(), Home(site), ConnectPages(signin, site, REDIRECT)], form_targets=[signin.authority_origin])


@pytest.fixture
async def browser(signin: SignIn, sts: Sts) -> AsyncIterator[Browser]:
    app = app_of(signin)
    async with TestClient(TestServer(app), cookie_jar=aiohttp.DummyCookieJar()) as client:
        yield Browser(client, sts)
