"""Signing in on another machine: the code, the page, and what a waiting application is told."""

from __future__ import annotations

import asyncio
import re
import ssl

import msal
import pytest
import requests

SCOPE = "openid offline_access https://graph.microsoft.com/Contacts.ReadWrite"
GRANT = "urn:ietf:params:oauth:grant-type:device_code"


class Device:
    """An application without a browser, and the person's browser beside it."""

    def __init__(self, session, server):
        self._session, self._authority = session, server.authority
        self._tls = ssl.create_default_context(cafile=server.ca_file)

    async def post(self, path, **form):
        async with self._session.post(f"{self._authority}/oauth2/{path}", data=form, ssl=self._tls) as answer:
            return answer.status, await (answer.json() if answer.content_type == "application/json" else answer.text())

    async def begin(self, scope=SCOPE, client_id="app"):
        return (await self.post("v2.0/devicecode", client_id=client_id, scope=scope))[1]

    async def poll(self, code, **more):
        _, body = await self.post("v2.0/token", grant_type=GRANT, client_id="app", device_code=code["device_code"], **more)
        return body.get("error", "signed in")

    async def press(self, code, **button):
        return (await self.post("deviceauth", user_code=code["user_code"], **button))[1]


@pytest.fixture
def device(session, entra_server):
    return Device(session, entra_server)


async def test_a_device_waits_until_somebody_signs_in(device, world):
    code = await device.begin()
    waiting = await device.poll(code)
    await device.press(code, user=world.claire.object_id)
    assert (waiting, await device.poll(code)) == ("authorization_pending", "signed in")


async def test_a_device_that_asks_too_often_is_told_so(device, world):
    code = await device.begin()
    said = [await device.poll(code), await device.poll(code)]
    world.clock.advance(seconds=1)
    assert [*said, await device.poll(code)] == ["authorization_pending", "slow_down", "authorization_pending"]


async def test_a_code_expires_after_fifteen_minutes(device, world):
    code = await device.begin()
    world.clock.advance(minutes=15)
    page = await device.press(code, user=world.claire.object_id)
    assert (await device.poll(code), "no longer" in page) == ("expired_token", True)


async def test_a_declined_device_is_told_so(device):
    code = await device.begin()
    await device.press(code, decline="1")
    assert await device.poll(code) == "authorization_declined"


async def test_a_code_gives_tokens_once(device, world):
    code = await device.begin()
    await device.press(code, user=world.claire.object_id)
    assert [await device.poll(code), await device.poll(code)] == ["signed in", "invalid_grant"]


async def test_a_decision_cannot_be_taken_twice(device, world):
    code = await device.begin()
    await device.press(code, decline="1")
    page = await device.press(code, user=world.claire.object_id)
    assert ("no longer" in page, await device.poll(code)) == (True, "authorization_declined")


async def test_the_page_takes_a_code_as_people_type_it(device, world):
    code = await device.begin()
    code["user_code"] = f" {code['user_code'].lower()} "
    assert "You have signed in" in await device.press(code, user=world.claire.object_id)


async def test_the_interval_is_a_switch(device, world):
    world.directory.switches.device_interval = 5
    assert (await device.begin())["interval"] == 5


@pytest.mark.parametrize(
    ("changes", "number"),
    [({"client_id": "stranger"}, 700016), ({"scope": "https://graph.microsoft.com/Mail.Send"}, 90094), ({"scope": ""}, 900144)],
)
async def test_what_cannot_begin_has_a_number(device, changes, number):
    assert (await device.begin(**changes))["error_codes"] == [number]


async def test_an_application_that_is_not_public_cannot_begin(device, world):
    world.client.public_flows = False
    assert (await device.begin())["error_codes"] == [7000218]


async def test_where_people_may_not_decide_a_device_keeps_waiting(device, world):
    world.directory.switches.user_consent = False
    code = await device.begin()
    page = await device.press(code, user=world.claire.object_id)
    assert ("AADSTS90094" in page, await device.poll(code)) == (True, "authorization_pending")


async def test_msal_polls_reads_the_page_and_renews_without_a_secret(entra_server, world):
    """A person who opens the address that MSAL shows, reads the form there, and signs in while MSAL waits."""
    scopes = ["https://graph.microsoft.com/Contacts.ReadWrite"]

    def play():
        with requests.Session() as https:
            https.trust_env, https.verify = False, str(entra_server.ca_file)
            public = msal.PublicClientApplication(
                "app", authority=entra_server.authority, instance_discovery=False, http_client=https
            )
            flow = public.initiate_device_flow(scopes)
            waiting = public.acquire_token_by_device_flow(flow, exit_condition=lambda _flow: True)
            page = https.get(flow["verification_uri"]).text
            (button,) = re.findall(r'name="user" value="([^"]+)">Claire', page)
            https.post(flow["verification_uri"], data={"user_code": flow["user_code"], "user": button})
            signed_in = public.acquire_token_by_device_flow(flow)
            renewed = public.acquire_token_silent(scopes, public.get_accounts()[0], force_refresh=True)
            return waiting, signed_in, renewed

    waiting, signed_in, renewed = await asyncio.to_thread(play)
    assert waiting["error"] == "authorization_pending"
    assert signed_in["id_token_claims"]["oid"] == world.claire.object_id
    assert renewed["access_token"] != signed_in["access_token"]
