"""An administrator's link: our registration, our address, and a state that only we can have made."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from unit.entra.test_signin import refused as sign_in_refused
from unit.entra.twins import AUTHORITY, CLIENT, SCOPES, TENANT, Sts

from outlookd.entra import AdminConsent, Authority, Reason, SignIn, SignInRefused
from outlookd.sealing import Seal
from outlookd.testing import FakeClock

BACK = "https://crm.example.test/back"
GRANTED = {"admin_consent": "True", "tenant": TENANT}


def consent_of(authority: Authority, seal: Seal, clock: FakeClock) -> AdminConsent:
    return AdminConsent(authority=lambda _login: authority, seal=seal, clock=clock, scopes=SCOPES, redirect_uri=BACK)


@pytest.fixture
def consent(authority: Authority, seal: Seal, clock: FakeClock) -> AdminConsent:
    return consent_of(authority, seal, clock)


def state_of(link: str) -> str:
    return parse_qs(urlsplit(link).query)["state"][0]


def refused(consent: AdminConsent, state: str) -> Reason:
    with pytest.raises(SignInRefused) as caught:
        consent.read({"state": state, **GRANTED})
    return caught.value.reason


def test_the_link_asks_for_our_permissions_and_leads_back_to_us(consent: AdminConsent) -> None:
    link = urlsplit(consent.link())
    asked = parse_qs(link.query)
    assert f"{link.scheme}://{link.netloc}{link.path}" == f"{AUTHORITY}/v2.0/adminconsent"
    assert (asked["client_id"], asked["scope"], asked["redirect_uri"]) == ([CLIENT], [" ".join(SCOPES)], [BACK])


@pytest.mark.parametrize(
    ("authority", "tenant", "directory"),
    [
        ("common", "", "organizations"),
        ("organizations", "", "organizations"),
        ("organizations", TENANT, TENANT),
        (TENANT, "a/b?", "a%2Fb%3F"),
    ],
)
async def test_the_directory_is_the_one_named_or_the_authoritys(
    seal: Seal, clock: FakeClock, sts: Sts, authority: str, tenant: str, directory: str
) -> None:
    made = Authority(f"https://login.example.test/{authority}", client_id=CLIENT, client_secret="s", http_client=sts)
    link = consent_of(made, seal, clock).link(tenant=tenant)
    await made.close()
    assert link.startswith(f"https://login.example.test/{directory}/v2.0/adminconsent?")


@pytest.mark.parametrize(
    ("answer", "granted"),
    [
        (GRANTED, True),
        ({"admin_consent": "true"}, True),
        ({}, False),
        ({"admin_consent": "False"}, False),
        ({"error": "access_denied", "admin_consent": "True"}, False),
    ],
    ids=str,
)
def test_only_a_plain_yes_is_a_yes(consent: AdminConsent, answer: dict[str, str], *, granted: bool) -> None:
    assert consent.read({"state": state_of(consent.link()), **answer}) is granted


@pytest.mark.parametrize("state", ["", "consent.", "consent.invented", "consent.é", "a" * 43])
def test_a_state_that_we_did_not_make_is_refused(consent: AdminConsent, state: str) -> None:
    assert refused(consent, state) is Reason.STATE


def test_a_state_of_another_installation_is_refused(consent: AdminConsent, authority: Authority, clock: FakeClock) -> None:
    theirs = consent_of(authority, Seal([b"t" * 32]), clock)
    assert refused(consent, state_of(theirs.link())) is Reason.STATE


def test_a_link_lives_a_week(consent: AdminConsent, clock: FakeClock) -> None:
    state = state_of(consent.link())
    clock.advance(7 * 86400 - 1)
    assert consent.read({"state": state, **GRANTED})
    clock.advance(1)
    assert refused(consent, state) is Reason.STATE


async def test_neither_kind_of_state_passes_for_the_other(consent: AdminConsent, signin: SignIn, sts: Sts) -> None:
    theirs = state_of(consent.link())
    departure = await signin.begin_visit()
    mine = sts.visit(departure.address)
    assert not consent.concerns(mine)
    assert await sign_in_refused(signin, {"state": theirs, "code": mine["code"]}) is Reason.STATE
    assert await sign_in_refused(signin, {"state": theirs, "code": mine["code"]}, departure.session) is Reason.STATE
    assert refused(consent, mine["state"]) is Reason.STATE
