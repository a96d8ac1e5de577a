"""Who shares a token of GoPaaS's, and what a reload changes about that."""

from __future__ import annotations

from contextlib import AsyncExitStack, suppress
from datetime import UTC, datetime
from urllib.parse import parse_qs

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import SecretStr

from outlookd.app.parts.connections import Connections
from outlookd.errors import OutlookdError
from outlookd.settings import GopaasSettings
from outlookd.testing import FakeClock


class Crm:
    """A GoPaaS that gives everybody a token, and remembers who asked."""

    def __init__(self):
        self.asked = []

    async def give(self, request):
        form = parse_qs(await request.text())
        self.asked.append((form["client_id"][0], form["grant_type"][0], form["client_secret"][0]))
        return web.json_response({"access_token": "t", "expires_in": 3600, "token_type": "Bearer"})


@pytest.fixture
async def two():
    """The address that the configuration names, and the one it will name."""
    async with AsyncExitStack() as stack:
        found = []
        for _ in range(2):
            crm, app = Crm(), web.Application()
            app.router.add_post("/api/oauth2/access_token/", crm.give)
            server = await stack.enter_async_context(TestServer(app))
            found.append((crm, str(server.make_url("/"))))
        yield found


@pytest.fixture
async def connections():
    async with AsyncExitStack() as stack:
        yield Connections(stack, FakeClock(datetime(2026, 11, 23, tzinfo=UTC)))


def settings(url, **more):
    keys = {"client_id": "one", "client_secret": SecretStr("CANARY-same"), "grant_type": "client_credentials", **more}
    return GopaasSettings(url=url, **keys)


async def ask(connections, found):
    with suppress(OutlookdError):  # there is no such view; what counts is who was asked for a token before
        await connections.gopaas(found).list_page("contact.1170", 1, 1)


async def test_jobs_of_one_service_account_share_a_token(connections, two):
    [(crm, url), _] = two
    for _ in range(2):
        await ask(connections, settings(url))
    assert len(crm.asked) == 1


async def test_after_the_address_changed_no_secret_goes_to_the_old_one(connections, two):
    [(old, first), (new, second)] = two
    await ask(connections, settings(first))
    await ask(connections, settings(second))
    assert (len(old.asked), len(new.asked)) == (1, 1)


@pytest.mark.parametrize("changed", [{"client_id": "two"}, {"grant_type": "Client Credentials"}])
async def test_another_account_or_grant_takes_effect_though_the_secret_stays(connections, two, changed):
    [(crm, url), _] = two
    await ask(connections, settings(url))
    await ask(connections, settings(url, **changed))
    assert crm.asked[1] == (changed.get("client_id", "one"), changed.get("grant_type", "client_credentials"), "CANARY-same")
