"""The sign-in as a browser sees it."""

from __future__ import annotations

import base64
import re
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from aiohttp import DummyCookieJar
from aiohttp.test_utils import TestClient, TestServer
from structlog.testing import capture_logs
from unit.entra.twins import AUTHORITY, BERTA, CLIENT, OTHER_TENANT, Sts, refusal
from unit.web.twins import Arrivals
from unit.web.visiting import FROM_OUR_PAGE, PUBLIC, REDIRECT, Browser

from outlookd.entra import AdminConsent, Authority, SignIn
from outlookd.errors import ConfigurationError
from outlookd.sealing import Seal
from outlookd.testing import FakeClock, MemoryAccounts
from outlookd.web import ConnectPages, Site, create_app

SESSION = "__Host-outlookd-signin"
DONE, NOT_YOURS = "/crm/connect/end/done", "/crm/connect/end/state"


async def test_from_the_link_to_a_connected_mailbox(browser: Browser, signin: SignIn, accounts: MemoryAccounts) -> None:
    token = (await signin.issue_ticket("alice")).token
    page = await browser.get(f"/crm/connect/{token}")
    assert page.status == 200
    assert "alice" in await page.text()
    back = await browser.come_back(await browser.start(token))
    assert (back.status, back.headers["Location"]) == (303, "/crm/connect/end/done")
    end = await browser.get(back.headers["Location"])
    text = await end.text()
    assert end.status == 200
    assert "alice" in text
    assert "someone@example.test" in text
    assert accounts.bindings["alice"]


async def test_the_names_on_the_last_page_are_shown_once(browser: Browser, signin: SignIn) -> None:
    token = (await signin.issue_ticket("alice")).token
    back = await browser.come_back(await browser.start(token))
    await browser.get(back.headers["Location"])
    assert "someone@example.test" not in await (await browser.get(back.headers["Location"])).text()
    assert browser.cookies.keys() == {"arrived"}


async def test_a_scanner_that_looks_at_the_link_changes_nothing(browser: Browser, signin: SignIn, accounts: MemoryAccounts) -> None:
    token = (await signin.issue_ticket("alice")).token
    for _ in range(3):
        await browser.another().get(f"/crm/connect/{token}")
    assert (await browser.ask("HEAD", f"/crm/connect/{token}")).status == 405
    assert not accounts.flows
    assert (await browser.come_back(await browser.start(token))).headers["Location"].endswith("/done")


async def test_a_head_request_does_not_use_up_microsofts_answer(browser: Browser, signin: SignIn) -> None:
    answer = await browser.start((await signin.issue_ticket("alice")).token)
    assert (await browser.ask("HEAD", f"/crm{REDIRECT}", params=answer)).status == 405
    assert (await browser.come_back(answer)).headers["Location"] == DONE


async def test_an_answer_in_another_browser_is_refused_without_harm(
    browser: Browser, signin: SignIn, accounts: MemoryAccounts
) -> None:
    answer = await browser.start((await signin.issue_ticket("alice")).token)
    assert (await browser.another().come_back(answer)).headers["Location"] == NOT_YOURS
    assert not accounts.bindings
    assert (await browser.come_back(answer)).headers["Location"] == DONE


async def test_another_browsers_session_is_no_use_for_my_answer(browser: Browser, signin: SignIn, accounts: MemoryAccounts) -> None:
    other = browser.another()
    mine = await browser.start((await signin.issue_ticket("alice")).token)
    await other.start((await signin.issue_ticket("berta")).token)
    assert (await other.come_back(mine)).headers["Location"] == NOT_YOURS
    assert not accounts.bindings


async def test_a_replayed_answer_is_refused(browser: Browser, signin: SignIn) -> None:
    answer = await browser.start((await signin.issue_ticket("alice")).token)
    kept = dict(browser.cookies)
    await browser.come_back(answer)
    browser.cookies = kept
    assert (await browser.come_back(answer)).headers["Location"] == NOT_YOURS


async def test_a_forged_answer_does_not_end_the_sign_in_under_way(browser: Browser, signin: SignIn) -> None:
    answer = await browser.start((await signin.issue_ticket("alice")).token)
    assert (await browser.come_back({"state": "forged", "code": "forged"})).headers["Location"] == NOT_YOURS
    assert (await browser.come_back(answer)).headers["Location"] == DONE


@pytest.mark.parametrize("answer", [{"state": "forged", "code": "CANARY"}, {}, {"state": "", "code": "CANARY"}], ids=str)
async def test_no_page_is_shown_at_the_address_that_holds_code_and_state(browser: Browser, answer: dict[str, str]) -> None:
    back = await browser.come_back(answer)
    assert (back.status, back.headers["Location"]) == (303, NOT_YOURS)
    assert not await back.read()
    end = await browser.get(back.headers["Location"])
    assert end.status == 400
    assert "cannot be continued" in await end.text()


async def test_of_two_windows_the_later_one_wins(browser: Browser, signin: SignIn) -> None:
    token = (await signin.issue_ticket("alice")).token
    first, second = await browser.start(token), await browser.start(token)
    assert (await browser.come_back(first)).headers["Location"] == NOT_YOURS
    assert (await browser.come_back(second)).headers["Location"] == DONE


async def test_a_planted_session_is_replaced_when_the_sign_in_starts(browser: Browser, signin: SignIn) -> None:
    browser.cookies[SESSION] = "planted"
    await browser.start((await signin.issue_ticket("alice")).token)
    assert browser.cookies[SESSION] != "planted"
    assert len(browser.cookies[SESSION]) >= 43


@pytest.mark.parametrize("token", ["unknown", "r-unknown", "%3Cimg%20src=x%20onerror=alert(1)%3E"])
async def test_an_unknown_link_is_refused_without_repeating_it(browser: Browser, token: str) -> None:
    page = await browser.get(f"/crm/connect/{token}")
    assert page.status == 404
    assert "onerror" not in await page.text()


async def test_an_expired_link_is_refused(browser: Browser, signin: SignIn, clock: FakeClock) -> None:
    token = (await signin.issue_ticket("alice")).token
    clock.advance(24 * 3600)
    assert (await browser.get(f"/crm/connect/{token}")).status == 404
    assert (await browser.post(f"/crm/connect/{token}")).status == 404


async def test_a_used_link_is_refused(browser: Browser, signin: SignIn) -> None:
    token = (await signin.issue_ticket("alice")).token
    await browser.come_back(await browser.start(token))
    assert (await browser.get(f"/crm/connect/{token}")).status == 404


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "https://crm.example.test"},
        {"Origin": "https://evil.example.test"},
        {"Origin": "null"},
        {"Origin": "https://crm.example.test.evil.test"},
        {"Origin": "http://crm.example.test"},
    ],
    ids=str,
)
async def test_a_form_on_another_site_cannot_start_a_sign_in(
    browser: Browser, signin: SignIn, accounts: MemoryAccounts, headers: dict[str, str]
) -> None:
    token = (await signin.issue_ticket("alice")).token
    assert (await browser.post(f"/crm/connect/{token}", headers=headers)).status == 403
    assert not accounts.flows


@pytest.mark.parametrize("headers", [FROM_OUR_PAGE, {"Origin": "https://crm.example.test"}, {}], ids=str)
async def test_our_own_form_and_plain_programs_can(browser: Browser, signin: SignIn, headers: dict[str, str]) -> None:
    token = (await signin.issue_ticket("alice")).token
    assert (await browser.post(f"/crm/connect/{token}", headers=headers)).status == 303


async def test_a_forged_host_changes_no_address(browser: Browser, signin: SignIn) -> None:
    token = (await signin.issue_ticket("alice")).token
    headers = {**FROM_OUR_PAGE, "Host": "evil.example.test", "X-Forwarded-Host": "evil.example.test", "X-Forwarded-Proto": "http"}
    response = await browser.post(f"/crm/connect/{token}", headers=headers)
    assert "evil" not in response.headers["Location"]
    assert "redirect_uri=https%3A%2F%2Fcrm.example.test%2Fcrm%2Fwebservice" in response.headers["Location"]


@pytest.mark.parametrize(
    "outcome", ["//evil.test", "/%5cevil.test", "..%2f..%2fevil", "https:%2f%2fevil.test", "invented", "done%0d%0aX: y"]
)
async def test_the_last_page_is_one_of_a_fixed_list(browser: Browser, outcome: str) -> None:
    assert (await browser.get(f"/crm/connect/end/{outcome}")).status == 404


async def test_a_mailbox_of_somebody_else_is_a_conflict(browser: Browser, signin: SignIn, accounts: MemoryAccounts) -> None:
    await browser.come_back(await browser.start((await signin.issue_ticket("alice")).token))
    token = (await signin.issue_ticket("berta")).token
    back = await browser.come_back(await browser.start(token))
    assert back.headers["Location"] == "/crm/connect/end/taken"
    assert (await browser.get(back.headers["Location"])).status == 409
    assert "berta" not in accounts.bindings
    assert (await browser.get(f"/crm/connect/{token}")).status == 200, "with the right account, or once it is free, it still works"


async def test_another_mailbox_than_before_is_a_conflict(browser: Browser, signin: SignIn, sts: Sts) -> None:
    await browser.come_back(await browser.start((await signin.issue_ticket("alice")).token))
    sts.account = BERTA
    back = await browser.come_back(await browser.start((await signin.issue_ticket("alice")).token))
    assert back.headers["Location"] == "/crm/connect/end/other-mailbox"


@pytest.mark.parametrize(
    ("failure", "outcome", "status"),
    [
        (refusal("invalid_client", 7000222), "settings", 502),
        (requests.ConnectionError("CANARY"), "later", 503),
    ],
    ids=["expired secret", "unreachable"],
)
async def test_a_fault_at_microsoft_ends_on_a_page_and_keeps_the_link(
    browser: Browser, signin: SignIn, sts: Sts, failure: Exception, outcome: str, status: int
) -> None:
    token = (await signin.issue_ticket("alice")).token
    answer = await browser.start(token)
    sts.failures = [failure]
    back = await browser.come_back(answer)
    end = await browser.get(back.headers["Location"])
    assert (back.headers["Location"], end.status) == (f"/crm/connect/end/{outcome}", status)
    assert "CANARY" not in await end.text()
    assert (await browser.get(f"/crm/connect/{token}")).status == 200


async def test_the_operator_is_told_what_to_do_about_an_expired_secret(browser: Browser, signin: SignIn, sts: Sts) -> None:
    answer = await browser.start((await signin.issue_ticket("alice")).token)
    sts.failures = [refusal("invalid_client", 7000222)]
    with capture_logs() as lines:
        await browser.come_back(answer)
    line = next(line for line in lines if line["event"] == "web.signin.ended")
    assert (line["log_level"], line["code"]) == ("error", "AADSTS7000222")
    assert "entra.client_secret_file" in line["hint"]
    assert "CANARY" not in repr(lines)


async def test_a_hostile_login_is_escaped(browser: Browser, signin: SignIn) -> None:
    token = (await signin.issue_ticket("<img src=x onerror=alert(1)>{login}")).token
    text = await (await browser.get(f"/crm/connect/{token}")).text()
    assert "<img src=x" not in text
    assert "&lt;img" in text


@pytest.mark.parametrize("receipt", ["junk", "e30=", "W10=", "eyJsb2dpbiI6IDEsICJtYWlsYm94IjogW119", "%ff"])
async def test_a_made_up_receipt_shows_no_names(browser: Browser, receipt: str) -> None:
    browser.cookies["__Host-outlookd-receipt"] = receipt
    page = await browser.get("/crm/connect/end/done")
    assert page.status == 200
    assert 'class="login"' not in await page.text()


async def test_the_session_cookie_has_every_guard(browser: Browser, signin: SignIn) -> None:
    response = await browser.post(f"/crm/connect/{(await signin.issue_ticket('alice')).token}")
    parts = {part.strip().lower() for part in response.headers["Set-Cookie"].split(";")}
    assert {"httponly", "secure", "samesite=lax", "path=/", "max-age=600"} <= parts
    assert not any(part.startswith("domain") for part in parts)
    assert response.headers["Set-Cookie"].startswith(SESSION)


@pytest.mark.parametrize("url", ["http://crm.example.test", "ftp://localhost", "crm.example.test", "https://"])
def test_a_public_address_without_tls_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Site(url)
    assert "web.public_url" in caught.value.faults[0]


async def test_a_finished_sign_in_is_a_visit_too(browser: Browser, signin: SignIn, arrivals: Arrivals) -> None:
    back = await browser.come_back(await browser.start((await signin.issue_ticket("alice")).token))
    assert arrivals.logins == ["alice"]
    assert (browser.cookies["arrived"], back.headers["Location"]) == ("alice", DONE)


async def visited(browser: Browser, signin: SignIn) -> dict[str, str]:
    """As the page with the sign-in button does."""
    departure = await signin.begin_visit()
    browser.cookies[SESSION] = departure.session
    return browser.sts.visit(departure.address)


async def test_a_visitor_whom_microsoft_names_has_arrived_and_is_led_to_the_front_page_only(
    browser: Browser, signin: SignIn, arrivals: Arrivals
) -> None:
    await browser.come_back(await browser.start((await signin.issue_ticket("alice")).token))
    back = await browser.come_back(await visited(browser, signin))
    assert arrivals.logins == ["alice", "alice"]
    assert (back.status, back.headers["Location"]) == (303, "/crm/")
    assert SESSION not in browser.cookies


async def test_a_stranger_is_told_whom_to_ask_and_has_not_arrived(browser: Browser, signin: SignIn, arrivals: Arrivals) -> None:
    back = await browser.come_back(await visited(browser, signin))
    end = await browser.get(back.headers["Location"])
    assert (back.headers["Location"], end.status) == ("/crm/connect/end/unknown", 403)
    assert "administrator" in await end.text()
    assert not arrivals.logins


async def test_a_visit_cannot_be_finished_in_another_browser(browser: Browser, signin: SignIn, arrivals: Arrivals) -> None:
    await browser.come_back(await browser.start((await signin.issue_ticket("alice")).token))
    answer = await visited(browser, signin)
    assert (await browser.another().come_back(answer)).headers["Location"] == NOT_YOURS
    assert arrivals.logins == ["alice"]


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ({"admin_consent": "True", "tenant": OTHER_TENANT}, "consented"),
        ({"error": "access_denied", "error_description": "AADSTS65004: CANARY", "admin_consent": "True"}, "not-consented"),
        ({"admin_consent": "False"}, "not-consented"),
    ],
    ids=["granted", "declined", "not granted"],
)
async def test_an_administrators_answer_has_pages_of_its_own_and_needs_no_cookie(
    browser: Browser, consent: AdminConsent, accounts: MemoryAccounts, answer: dict[str, str], outcome: str
) -> None:
    back = await browser.come_back({"state": state_of(consent.link()), **answer})
    assert (back.status, back.headers["Location"]) == (303, f"/crm/connect/end/{outcome}")
    assert (await browser.get(back.headers["Location"])).status == 200
    assert not accounts.bindings


async def test_an_answer_to_an_invented_consent_link_says_nothing_of_consent(browser: Browser) -> None:
    back = await browser.come_back({"state": "consent.aW52ZW50ZWQ", "admin_consent": "True"})
    assert back.headers["Location"] == NOT_YOURS


async def test_a_consent_does_not_disturb_the_sign_in_under_way(browser: Browser, signin: SignIn, consent: AdminConsent) -> None:
    answer = await browser.start((await signin.issue_ticket("alice")).token)
    await browser.come_back({"state": state_of(consent.link()), "admin_consent": "True"})
    assert (await browser.come_back(answer)).headers["Location"] == DONE


async def test_whoever_lacks_consent_gets_the_link_for_the_administrator(browser: Browser, signin: SignIn) -> None:
    answer = await browser.start((await signin.issue_ticket("alice")).token)
    refused = {"state": answer["state"], "error": "consent_required", "error_description": "AADSTS65001: CANARY"}
    back = await browser.come_back(refused)
    text = await (await browser.get(back.headers["Location"])).text()
    (link,) = re.findall(r'href="(https://login[^"]+)"', text)
    assert link.startswith(f"{AUTHORITY}/v2.0/adminconsent?client_id={CLIENT}&amp;")
    assert "CANARY" not in text


async def test_a_forged_receipt_has_nothing_looked_up_for_the_login_in_it(
    signin: SignIn, authority: Authority, seal: Seal, clock: FakeClock, sts: Sts
) -> None:
    """Threats T16, T21: it would tell which logins have a registration of their own, and each look-up would be remembered."""
    asked: list[str] = []

    def authority_of(login: str) -> Authority:
        asked.append(login)
        return authority

    consent = AdminConsent(authority=authority_of, seal=seal, clock=clock, scopes=(), redirect_uri=f"{PUBLIC}{REDIRECT}")
    pages = create_app(Site(PUBLIC), [ConnectPages(signin, Site(PUBLIC), REDIRECT, consent=consent, seal=seal)])
    async with TestClient(TestServer(pages), cookie_jar=DummyCookieJar()) as client:
        browser = Browser(client, sts)
        forged = base64.urlsafe_b64encode(b'{"login": "alice", "mailbox": ""}').decode()
        browser.cookies["__Host-outlookd-receipt"] = forged
        assert (await browser.get("/crm/connect/end/consent")).status == 403
        assert asked == [""]


def state_of(link: str) -> str:
    return parse_qs(urlsplit(link).query)["state"][0]
