"""Every way of signing in, at the sandbox's Entra: the real MSAL, the installed configuration, the command as a person types it."""

from __future__ import annotations

import asyncio
import io
import json
import re
import ssl
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp
import pytest
from pydantic import SecretStr
from waiting import until
from yarl import URL

from outlookd.app import App, load_installation, pages
from outlookd.core.model import RunStatus
from outlookd.errors import SignInNeeded
from outlookd.sandbox.seed import APPLICATION, CLAIRE, CLIENT_ID, PAUL, UPNS
from outlookd.settings import Registration

OUR_PAGE = {"Sec-Fetch-Site": "same-origin"}


@dataclass
class Person:
    """Somebody with a browser of their own."""

    place: object
    browser: aiohttp.ClientSession
    login: str

    @classmethod
    @asynccontextmanager
    async def at(cls, place, login):
        trust = ssl.create_default_context(cafile=str(place.sandbox.addresses.ca_file))
        async with aiohttp.ClientSession(
            cookie_jar=aiohttp.CookieJar(unsafe=True), connector=aiohttp.TCPConnector(ssl=trust), headers=OUR_PAGE
        ) as browser:
            yield cls(place, browser, login)

    @property
    def account(self):
        return self.place.sandbox.directory.user(UPNS[self.login])

    async def press(self, address, **decision):
        """The button on our page, then one on Entra's. Returns the page that it all ends on."""
        async with self.browser.post(address, allow_redirects=False) as answer:
            assert answer.status == 303, await answer.text()
            authorize = URL(answer.headers["Location"], encoded=True)
        if not authorize.host:
            return await self.open(f"{URL(address).origin()}{authorize}")
        return await self.decide(authorize, **decision)

    async def decide(self, page, **decision):
        """Choose at Entra's `page`: oneself, unless it says otherwise."""
        form = {**page.query, **(decision or {"user": self.account.object_id})}
        async with self.browser.post(page.with_query(None), data=form) as answer:
            return answer.url.path, await answer.text()

    async def open(self, address):
        async with self.browser.get(address) as answer:
            return answer.url.path, await answer.text()


@pytest.fixture
def client(place):
    return place.sandbox.directory.client(CLIENT_ID)


@asynccontextmanager
async def opened(place):
    async with App(load_installation(place.config, {})) as app, pages(app):
        yield app


async def test_a_person_who_has_connected_is_known_at_the_next_visit(signed_in):
    async with opened(signed_in) as app, Person.at(signed_in, CLAIRE) as claire:
        path, page = await claire.press(f"{app.settings.web.public_url}/signin")
    assert path == "/"
    assert CLAIRE in page


async def test_a_colleague_whom_nobody_connected_is_not_let_in(signed_in):
    async with opened(signed_in) as app, Person.at(signed_in, PAUL) as paul:
        path, page = await paul.press(f"{app.settings.web.public_url}/signin")
        assert (path, "do not know this account" in page) == ("/connect/end/unknown", True)
        path, _ = await paul.open(f"{app.settings.web.public_url}/")
        assert path == "/signin"


async def test_a_connected_mailbox_opens_the_pages_at_once(place):
    async with opened(place) as app, Person.at(place, CLAIRE) as claire:
        path, page = await claire.press((await app.connect(CLAIRE)).url)
        assert (path, UPNS[CLAIRE] in page) == ("/connect/end/done", True)
        path, page = await claire.open(f"{app.settings.web.public_url}/")
    assert (path, CLAIRE in page) == ("/", True)


async def test_a_mailbox_that_belongs_to_another_user_is_freed_with_forget_and_the_link_still_works(signed_in):
    """Threat T5, and the way out: Paul comes with the mailbox that CLAIRE's login is bound to."""
    async with opened(signed_in) as app, Person.at(signed_in, CLAIRE) as holder:
        link = (await app.identities.signin.issue_ticket(PAUL)).url
        path, page = await holder.press(link)
        assert (path, "your link still works" in page) == ("/connect/end/taken", True)
        path, _ = await holder.press(f"{app.settings.web.public_url}/signin")
        assert path == "/"
        ended = await signed_in.call("forget", CLAIRE)
        assert (ended.status, "the sign-in is forgotten" in ended.out) == (0, True)
        assert (await holder.open(f"{app.settings.web.public_url}/"))[0] == "/signin", "nobody stays signed in as that login"
        assert (await holder.press(link))[0] == "/connect/end/done"
    assert (await signed_in.call("sync", "--user", CLAIRE)).status == 4


async def test_forgetting_somebody_who_never_signed_in_says_so(place):
    ended = await place.call("forget", "nobody", "--json")
    assert ended.status == 1
    assert ended.json["error"]["message"].startswith("No mailbox is connected to this user.")


# --- a code on another device ------------------------------------------------------------------------------------------------


async def type_in_the_code(place, *, login=CLAIRE, **decision):
    """What the person does with the code, once the command has got one."""
    devices = place.sandbox.directory.tokens.devices
    ((_, device),) = await until(devices.items)
    async with Person.at(place, login) as person:
        page = URL(f"{place.sandbox.addresses.entra}/oauth2/deviceauth").with_query(user_code=device.user_code)
        await person.decide(page, **decision)


async def test_a_code_on_another_device_connects_a_mailbox(place):
    ended, _ = await asyncio.gather(place.call("connect", CLAIRE, "--device", "--yes", "--json"), type_in_the_code(place))
    assert ended.status == 0, ended.err
    assert ended.json == {"login": CLAIRE, "mailbox": UPNS[CLAIRE]}
    assert re.search(r"enter the code [A-Z0-9]{9}\.", ended.err)
    assert (await place.call("sync")).status == 0


async def test_without_a_yes_nothing_is_connected(place, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO("n\n"))
    ended, _ = await asyncio.gather(place.call("connect", CLAIRE, "--device"), type_in_the_code(place, login=PAUL))
    assert ended.status == 1
    assert f"{UPNS[PAUL]} signed in. Connect it to the GoPaaS user {CLAIRE}?" in ended.err
    assert (await place.call("sync")).status == 4


async def test_a_person_who_declines_ends_the_wait(place):
    ended, _ = await asyncio.gather(place.call("connect", CLAIRE, "--device", "--yes"), type_in_the_code(place, decline="1"))
    assert ended.status == 4
    assert "cancelled" in ended.err


async def test_a_registration_without_public_flows_is_told_apart(place, client):
    client.public_flows = False
    ended = await place.call("connect", CLAIRE, "--device")
    assert ended.status == 78
    assert "allow public client flows" in ended.err


# --- an administrator's consent ----------------------------------------------------------------------------------------------


async def test_an_administrator_opens_the_way_for_everybody(place):
    place.sandbox.directory.switches.user_consent = False
    async with opened(place) as app, Person.at(place, CLAIRE) as claire:
        path, page = await claire.press((await app.connect(CLAIRE)).url)
        assert path == "/connect/end/consent"
        shown = URL(re.search(r'href="(https://[^"]+adminconsent[^"]+)"', page)[1].replace("&amp;", "&"), encoded=True)
        claire.account.admin = True
        assert (await claire.decide(shown))[0] == "/connect/end/consented"
        assert (await claire.press((await app.connect(CLAIRE)).url))[0] == "/connect/end/done"


async def test_the_command_prints_a_link_for_a_named_directory(place):
    tenant = place.sandbox.directory.tenant_id
    ended = await place.call("connect", tenant, "--admin-consent")
    link = URL(ended.out.strip(), encoded=True)
    assert link.path == f"/{tenant}/v2.0/adminconsent"
    async with opened(place), Person.at(place, CLAIRE) as claire:
        claire.account.admin = True
        assert (await claire.decide(link, decline="1"))[0] == "/connect/end/not-consented"
        assert (await claire.decide(link))[0] == "/connect/end/consented"


# --- the application itself --------------------------------------------------------------------------------------------------


@pytest.fixture
def alone(place, client):
    """Without any sign-in: the application has been allowed in, and the job says whose mailbox it is for."""
    client.application = frozenset(APPLICATION)
    place.edit("[entra]", '[entra]\nmode = "application"')
    place.edit('type = "Contact"', f'type = "Contact"\nmailbox = "{UPNS[CLAIRE]}"')
    return place


async def test_an_application_fills_a_mailbox_that_nobody_signed_in_to(alone):
    ended = await alone.call("sync", "--json")
    assert ended.status == 0, ended.err
    assert ended.json["runs"][0]["created"]["outlook"] == alone.contacts
    folders = alone.sandbox.directory.user(UPNS[CLAIRE]).mailbox.all_folders()
    assert "GoPaaS" in {folder.name for folder in folders}


async def test_check_says_which_mailbox_an_application_cannot_open(alone, client):
    client.application = frozenset()
    ended = await alone.call("check")
    assert ended.status == 78
    assert "job[1]" in ended.out
    assert "the application may not open this mailbox" in ended.out


async def test_nobody_is_asked_to_sign_in_where_the_application_does(alone):
    standing = json.loads((await alone.call("status", "--json")).out)["jobs"][0]
    assert standing["sign_in"] == "signed_in"


async def test_a_link_of_an_application_asks_only_who_the_person_is(alone, client):
    async with opened(alone) as app, Person.at(alone, CLAIRE) as claire:
        path, _ = await claire.press((await app.connect(CLAIRE)).url)
        assert path == "/connect/end/done"
        assert client.consents.get(claire.account.object_id, frozenset()) == frozenset()


# --- what changes later ------------------------------------------------------------------------------------------------------


async def test_a_lost_consent_asks_this_user_to_sign_in_and_a_sign_in_mends_it(signed_in):
    signed_in.sandbox.directory.revoke_sessions(signed_in.sandbox.directory.user(UPNS[CLAIRE]))
    signed_in.sandbox.directory.tokens.expire_access()
    async with opened(signed_in) as app, Person.at(signed_in, CLAIRE) as claire:
        (job,) = app.jobs()
        assert (await app.sync(job)).status is RunStatus.REAUTH
        await claire.press((await app.connect(CLAIRE)).url)
        assert (await app.sync(job)).status is RunStatus.OK


async def test_a_mailbox_signed_in_through_another_registration_needs_a_new_sign_in(signed_in):
    directory = signed_in.sandbox.directory
    old = directory.client(CLIENT_ID)
    new = directory.register_client(
        "22222222-0000-4000-8000-000000000002", secret="another", redirect_uris=old.redirect_uris, delegated=old.delegated
    )
    async with App(load_installation(signed_in.config, {})) as app:
        assert await app.identities.tokens(CLAIRE).token()
        registration = Registration(client_id=new.client_id, client_secret=SecretStr(new.secret))
        app.identities._registration_of = lambda _login: registration
        with pytest.raises(SignInNeeded):
            await app.identities.tokens(CLAIRE).token(refresh=True)
