"""An administrator's consent: how it is given, and what people and applications may do without it."""

from __future__ import annotations

import asyncio
import ssl

import msal
import pytest
import requests
from graph_caller import CALLBACK, SECRET
from yarl import URL

DEFAULT = "https://graph.microsoft.com/.default"
CONTACTS = "https://graph.microsoft.com/Contacts.ReadWrite"


@pytest.fixture
def admin(world):
    """Denis, who may decide for everybody; the application wants more than it has."""
    world.denis.admin = True
    world.client.application_wanted = frozenset({"Contacts.ReadWrite", "Calendars.ReadWrite"})
    world.client.application = frozenset()
    return world.denis


@pytest.fixture
def page(session, entra_server):
    """The answer of the consent page, or of a button on it: status, what the application is told, the text."""
    tls = ssl.create_default_context(cafile=entra_server.ca_file)

    async def ask(*, press=None, path="v2.0/adminconsent", tenant=None, **changes):
        usual = {"client_id": "app", "scope": DEFAULT, "redirect_uri": CALLBACK, "state": "st&te"}
        sent = {name: value for name, value in (usual | changes).items() if value is not None}
        how = {"data": sent | press} if press else {"params": sent}
        base = f"{entra_server.origin}/{tenant}" if tenant else entra_server.authority
        url = f"{base}/{path}"
        async with session.request("POST" if press else "GET", url, ssl=tls, allow_redirects=False, **how) as answer:
            location = URL(answer.headers.get("Location", ""))
            return answer.status, dict(location.query), await answer.text()

    return ask


@pytest.fixture
async def application(entra_server):
    """Called, it answers what a fresh MSAL is told when it wants a token for the application itself."""

    async def token():
        def ask():
            with requests.Session() as https:
                https.trust_env, https.verify = False, str(entra_server.ca_file)
                client = msal.ConfidentialClientApplication(
                    "app", client_credential=SECRET, authority=entra_server.authority, instance_discovery=False, http_client=https
                )
                return client.acquire_token_for_client([DEFAULT])

        return await asyncio.to_thread(ask)

    return token


# --- the page -----------------------------------------------------------------------------------------------------------------


async def test_the_page_says_who_wants_what(page, admin):
    status, _, text = await page()
    assert (status, [word in text for word in ("app", DEFAULT, "(administrator)")]) == (200, [True] * 3)


@pytest.mark.parametrize("tenant", [None, "organizations", "example.com"])
async def test_an_administrators_consent_is_told_with_tenant_and_state(page, admin, world, tenant):
    status, told, _ = await page(press={"user": admin.object_id}, tenant=tenant)
    expected = {"admin_consent": "True", "tenant": world.directory.tenant_id, "state": "st&te", "scope": DEFAULT}
    assert (status, told) == (302, expected)


async def test_the_legacy_address_needs_no_scope_and_grants_everything(page, admin, world):
    await page(press={"user": admin.object_id}, path="adminconsent", scope=None)
    assert (world.client.application, world.client.consent_for_all) == (world.client.application_wanted, world.client.delegated)


async def test_a_list_of_delegated_permissions_grants_those_only(page, admin, world):
    await page(press={"user": admin.object_id}, scope=CONTACTS)
    assert (world.client.application, world.client.consent_for_all) == (frozenset(), {"Contacts.ReadWrite"})


async def test_who_is_no_administrator_only_sees_a_page(page, admin, world):
    status, told, text = await page(press={"user": world.claire.object_id})
    assert (status, told, "AADSTS90094" in text, world.client.consent_for_all) == (400, {}, True, frozenset())


async def test_a_cancelled_consent_is_told(page, admin):
    _, told, _ = await page(press={"decline": "1"})
    assert (told["error"], told["error_subcode"], told["state"]) == ("access_denied", "cancel", "st&te")


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"scope": None}, "invalid_request"),
        ({"scope": "https://graph.microsoft.com/Mail.Send"}, "invalid_scope"),
        ({"scope": "https://other.example.com/.default"}, "invalid_resource"),
    ],
)
async def test_a_faulty_request_is_told_to_the_application(page, admin, changes, error):
    assert (await page(**changes))[1]["error"] == error


@pytest.mark.parametrize(
    "changes", [{"redirect_uri": "http://localhost:8080/other"}, {"client_id": "stranger"}, {"tenant": "nowhere"}]
)
async def test_a_doubtful_redirect_uri_is_never_redirected_to(page, admin, changes):
    status, told, _ = await page(press={"user": admin.object_id}, **changes)
    assert (status, told) == (400, {})


# --- what follows from it -----------------------------------------------------------------------------------------------------


async def sign_in(session, entra_server, **changes):
    """What the application is told when Claire signs in."""
    tls = ssl.create_default_context(cafile=entra_server.ca_file)
    sent = {
        "client_id": "app",
        "response_type": "code",
        "redirect_uri": CALLBACK,
        "scope": CONTACTS,
        "login_hint": "claire@example.com",
    }
    url = f"{entra_server.authority}/oauth2/v2.0/authorize"
    async with session.get(url, params=sent | changes, ssl=tls, allow_redirects=False) as answer:
        return dict(URL(answer.headers["Location"]).query)


async def test_where_people_may_not_decide_they_are_refused(session, entra_server, world):
    world.directory.switches.user_consent = False
    told = await sign_in(session, entra_server)
    assert (told["error"], "AADSTS90094" in told["error_description"]) == ("access_denied", True)


async def test_with_an_administrators_consent_everybody_signs_in(session, entra_server, world):
    world.directory.switches.user_consent = False
    world.directory.consent_for_all(world.client)
    assert "code" in await sign_in(session, entra_server)


async def test_a_consent_given_earlier_stays_good_when_people_may_no_longer_decide(session, entra_server, world):
    await sign_in(session, entra_server)
    world.directory.switches.user_consent = False
    assert "code" in await sign_in(session, entra_server)


async def test_an_administrator_may_sign_in_where_others_may_not(session, entra_server, world, admin):
    world.directory.switches.user_consent = False
    assert "code" in await sign_in(session, entra_server, login_hint=admin.upn)


async def test_without_consent_an_application_opens_no_mailbox(application, admin, outlook):
    outlook.token = (await application())["access_token"]
    assert (await outlook.get("users/claire@example.com/contacts")).status == 403


async def test_with_consent_an_application_opens_every_mailbox_but_is_nobody(application, admin, outlook, page, world):
    await page(press={"user": admin.object_id})
    outlook.token = (await application())["access_token"]
    paths = ("users/claire@example.com/contacts", f"users/{world.denis.object_id}/events", "me/contacts")
    assert [(await outlook.get(path)).status for path in paths] == [200, 200, 400]


async def test_a_withdrawn_consent_closes_the_mailboxes_to_new_tokens(application, admin, outlook, world):
    world.directory.consent_for_all(world.client)
    world.directory.withdraw_consent_for_all(world.client)
    outlook.token = (await application())["access_token"]
    assert (await outlook.get("users/claire@example.com/contacts")).status == 403


async def test_an_expired_secret_can_be_switched_on_and_off(application, world):
    world.directory.switches.secret_expired = True
    refused = await application()
    world.directory.switches.secret_expired = False
    assert (refused["error_codes"], "access_token" in await application()) == ([7000222], True)
