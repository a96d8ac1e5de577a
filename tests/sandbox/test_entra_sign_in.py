"""Signing in: who gets a code, where it is sent, and what the pages show."""

from __future__ import annotations

import base64
import json
import re
import ssl

import aiohttp
import pytest
from graph_caller import CALLBACK, SECRET
from yarl import URL

from outlookd.sandbox.entra.exchange import pkce_challenge

VERIFIER = "v" * 64
SCOPE = "openid profile offline_access https://graph.microsoft.com/Contacts.ReadWrite"


class Browser:
    """Keeps nothing and follows nothing: every redirect is looked at."""

    def __init__(self, session, server):
        self.session, self.authority = session, server.authority
        self.tls = ssl.create_default_context(cafile=server.ca_file)

    def parameters(self, **changes):
        usual = {
            "client_id": "app",
            "response_type": "code",
            "redirect_uri": CALLBACK,
            "scope": SCOPE,
            "state": "st&te",
            "nonce": "n",
            "code_challenge": pkce_challenge(VERIFIER),
            "code_challenge_method": "S256",
        }
        return {name: value for name, value in (usual | changes).items() if value is not None}

    async def authorize(self, *, press=None, **changes):
        """The answer to the authorize request, or to the button `press` on its page."""
        sent, url = self.parameters(**changes), f"{self.authority}/oauth2/v2.0/authorize"
        how = {"data": sent | press} if press else {"params": sent}
        async with self.session.request("POST" if press else "GET", url, ssl=self.tls, allow_redirects=False, **how) as answer:
            location = URL(answer.headers["Location"]).query if "Location" in answer.headers else {}
            return answer.status, dict(location), await answer.text()

    async def code(self, **changes):
        return (await self.authorize(login_hint="claire@example.com", **changes))[1]["code"]

    async def token(self, headers=None, **form):
        usual = {"client_id": "app", "client_secret": SECRET, "redirect_uri": CALLBACK}
        sent = {name: value for name, value in (usual | form).items() if value is not None}
        async with self.session.post(f"{self.authority}/oauth2/v2.0/token", data=sent, ssl=self.tls, headers=headers) as answer:
            return answer.status, await answer.json()

    async def redeem(self, code, **form):
        return await self.token(grant_type="authorization_code", code=code, **{"code_verifier": VERIFIER, **form})

    async def refresh(self, token, **form):
        return await self.token(grant_type="refresh_token", refresh_token=token, **form)


@pytest.fixture
def browser(session, entra_server):
    return Browser(session, entra_server)


@pytest.fixture
async def signed_in(browser):
    """The tokens of Claire."""
    status, tokens = await browser.redeem(await browser.code())
    assert status == 200, tokens
    return tokens


def number(answer):
    status, body = answer
    assert body["error_description"].startswith(f"AADSTS{body['error_codes'][0]}: ")
    return status, body["error"], body["error_codes"][0]


def claims(token):
    return json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))


# --- the page -----------------------------------------------------------------------------------------------------------------


async def test_without_a_hint_there_is_a_page_with_everybody(browser):
    status, _, page = await browser.authorize()
    assert status == 200
    assert {"claire@example.com", "denis@example.com"} <= set(re.findall(r"[\w.]+@[\w.]+", page))


async def test_pressing_a_person_sends_code_and_state_back(browser, world):
    _, sent, _ = await browser.authorize(press={"user": world.denis.object_id})
    assert sent["state"] == "st&te"
    _, tokens = await browser.redeem(sent["code"])
    assert claims(tokens["id_token"])["oid"] == world.denis.object_id


async def test_declining_sends_a_refusal_back(browser):
    _, sent, _ = await browser.authorize(press={"decline": "1"})
    assert (sent["error"], sent["state"], "code" in sent) == ("access_denied", "st&te", False)


async def test_a_login_hint_needs_no_page(browser):
    assert (await browser.authorize(login_hint="CLAIRE@example.com"))[0] == 302


@pytest.mark.parametrize("changes", [{"prompt": "login"}, {"prompt": "consent"}, {"login_hint": "nobody@example.com"}])
async def test_a_page_comes_when_it_must(browser, changes):
    assert (await browser.authorize(**{"login_hint": "claire@example.com", **changes}))[0] == 200


async def test_a_page_comes_for_everybody_by_switch(browser, world):
    world.directory.switches.auto_sign_in = False
    assert (await browser.authorize(login_hint="claire@example.com"))[0] == 200


async def test_prompt_none_without_a_session_is_refused(browser):
    assert (await browser.authorize(prompt="none"))[1]["error"] == "login_required"


async def test_a_form_post_answer_is_a_form_for_the_application(browser):
    _, _, page = await browser.authorize(login_hint="claire@example.com", response_mode="form_post")
    assert f'action="{CALLBACK}"' in page
    assert 'name="code"' in page
    assert 'value="st&amp;te"' in page


async def test_what_came_from_outside_is_escaped(browser):
    page = (await browser.authorize(state='"><script>alert(1)</script>'))[2]
    assert "<script>alert" not in page


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"redirect_uri": "http://localhost:8080/other"}, "AADSTS50011"), ({"client_id": "stranger"}, "AADSTS700016")],
)
async def test_a_doubtful_redirect_uri_is_never_redirected_to(browser, changes, code):
    status, sent, page = await browser.authorize(login_hint="claire@example.com", **changes)
    assert (status, sent) == (400, {})
    assert code in page


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"scope": "https://graph.microsoft.com/Mail.Send"}, "access_denied"),
        ({"scope": "https://other.example.com/.default"}, "invalid_resource"),
        ({"scope": None}, "invalid_request"),
    ],
)
async def test_other_faults_are_told_to_the_application(browser, changes, error):
    assert (await browser.authorize(login_hint="claire@example.com", **changes))[1]["error"] == error


# --- codes --------------------------------------------------------------------------------------------------------------------


async def test_the_id_token_says_who_signed_in_where(signed_in, world, entra_server):
    told = claims(signed_in["id_token"])
    assert told["aud"] == "app"
    assert told["iss"] == f"{entra_server.authority}/v2.0"
    assert (told["tid"], told["oid"], told["nonce"]) == (world.directory.tenant_id, world.claire.object_id, "n")
    assert told["preferred_username"] == "claire@example.com"


async def test_the_access_token_opens_the_mailbox_of_that_person(signed_in, outlook):
    outlook.token = signed_in["access_token"]
    assert (await outlook.post("me/contacts", {})).status == 201


async def test_a_code_works_once(browser):
    code = await browser.code()
    await browser.redeem(code)
    assert number(await browser.redeem(code)) == (400, "invalid_grant", 54005)


async def test_a_code_lives_ten_minutes(browser, world):
    code = await browser.code()
    world.clock.advance(minutes=10)
    assert number(await browser.redeem(code)) == (400, "invalid_grant", 70008)


@pytest.mark.parametrize("verifier", ["w" * 64, None])
async def test_a_code_needs_the_verifier_of_its_challenge(browser, verifier):
    answer = await browser.redeem(await browser.code(), code_verifier=verifier)
    assert number(answer) == (400, "invalid_grant", 501481)


async def test_a_code_is_bound_to_its_redirect_uri(browser):
    answer = await browser.redeem(await browser.code(), redirect_uri="http://localhost:8080/other")
    assert number(answer) == (400, "invalid_request", 50011)


async def test_a_code_that_was_never_issued_is_refused(browser):
    assert number(await browser.redeem("0.code.guess")) == (400, "invalid_grant", 70000)


async def test_no_refresh_token_without_offline_access(browser):
    _, tokens = await browser.redeem(await browser.code(scope="https://graph.microsoft.com/Contacts.ReadWrite"))
    assert {"refresh_token", "id_token"} & set(tokens) == set()


# --- the application's secret -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ({"client_secret": "wrong"}, (401, "invalid_client", 7000215)),
        ({"client_secret": None}, (401, "invalid_client", 7000218)),
        ({"client_id": "stranger"}, (400, "unauthorized_client", 700016)),
        ({"client_id": None}, (400, "invalid_request", 900144)),
        ({"grant_type": "password"}, (400, "unsupported_grant_type", 70003)),
        ({"scope": "https://graph.microsoft.com/Contacts.ReadWrite"}, (400, "invalid_scope", 70011)),
    ],
)
async def test_what_is_wrong_with_an_application_has_a_number(browser, form, expected):
    usual = {"grant_type": "client_credentials", "scope": "https://graph.microsoft.com/.default"}
    assert number(await browser.token(**(usual | form))) == expected


async def test_an_expired_secret_is_told_from_a_wrong_one(browser, world):
    world.client.secret_expires = world.clock()
    answer = await browser.token(grant_type="client_credentials", scope="https://graph.microsoft.com/.default")
    assert number(answer) == (401, "invalid_client", 7000222)


async def test_a_disabled_application_gets_nothing(browser, world):
    world.client.enabled = False
    answer = await browser.token(grant_type="client_credentials", scope="https://graph.microsoft.com/.default")
    assert number(answer) == (400, "unauthorized_client", 7000112)


async def test_the_secret_may_come_by_http_basic(browser):
    headers = {"Authorization": aiohttp.encode_basic_auth("app", SECRET.replace(" ", "%20"))}
    form = {"client_id": None, "client_secret": None, "grant_type": "client_credentials"}
    status, _ = await browser.token(headers, scope="https://graph.microsoft.com/.default", **form)
    assert status == 200


# --- refreshing ---------------------------------------------------------------------------------------------------------------


async def test_each_refresh_gives_another_refresh_token_and_the_old_one_stays_good(browser, signed_in):
    first = (await browser.refresh(signed_in["refresh_token"]))[1]["refresh_token"]
    status, again = await browser.refresh(signed_in["refresh_token"])
    assert status == 200
    assert len({signed_in["refresh_token"], first, again["refresh_token"]}) == 3


async def test_a_used_refresh_token_is_worthless_by_switch(browser, world, signed_in):
    world.directory.switches.old_refresh_tokens_work = False
    await browser.refresh(signed_in["refresh_token"])
    assert number(await browser.refresh(signed_in["refresh_token"])) == (400, "invalid_grant", 70000)


async def revoke(world):
    world.directory.revoke_sessions(world.claire)


async def disable(world):
    world.claire.enabled = False


async def withdraw(world):
    world.directory.withdraw_consent(world.client, world.claire)


async def wait(world):
    world.clock.advance(days=90)


async def demand_mfa(world):
    world.claire.mfa_required = True


@pytest.mark.parametrize(
    ("misfortune", "error", "code"),
    [
        (revoke, "invalid_grant", 50173),
        (disable, "invalid_grant", 50057),
        (withdraw, "invalid_grant", 65001),
        (wait, "invalid_grant", 700082),
        (demand_mfa, "interaction_required", 50076),
    ],
)
async def test_a_refresh_that_no_longer_holds_says_why(browser, world, signed_in, misfortune, error, code):
    await misfortune(world)
    assert number(await browser.refresh(signed_in["refresh_token"])) == (400, error, code)


async def test_a_demand_for_mfa_carries_claims_and_ends_with_the_next_sign_in(browser, world, signed_in):
    world.claire.mfa_required = True
    _, refused = await browser.refresh(signed_in["refresh_token"])
    assert refused["suberror"] == "basic_action"
    assert "access_token" in json.loads(refused["claims"])
    await browser.code()
    assert (await browser.refresh(signed_in["refresh_token"]))[0] == 200


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ({"status": 400, "code": "AADSTS53003"}, (400, "interaction_required", 53003)),
        ({"status": 400, "code": "50196"}, (400, "invalid_grant", 50196)),
        ({"status": 503}, (503, "temporarily_unavailable", 90033)),
        ({"status": 400, "code": "consent_required"}, (400, "consent_required", 90033)),
    ],
)
async def test_any_number_can_be_ordered(browser, world, signed_in, order, expected):
    world.faults.add("entra", "status", match="^POST .*/token$", **order)
    assert number(await browser.refresh(signed_in["refresh_token"])) == expected


# --- tenants ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("tenant", "status"), [("common", 200), ("example.com", 200), ("contoso.example", 400)])
async def test_a_tenant_is_known_by_id_or_domain(session, browser, entra_server, tenant, status):
    url = f"{entra_server.origin}/{tenant}/v2.0/.well-known/openid-configuration"
    async with session.get(url, ssl=browser.tls) as answer:
        assert answer.status == status
        if status == 200:
            assert (await answer.json())["token_endpoint"] == f"{entra_server.origin}/{tenant}/oauth2/v2.0/token"
