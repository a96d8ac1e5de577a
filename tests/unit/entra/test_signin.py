"""A sign-in binds exactly one mailbox to exactly one login, or nothing at all."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from unit.entra.twins import ALICE, AUTHORITY, BERTA, CLIENT, OTHER_TENANT, SCOPES, TENANT, Answer, Sts, refusal

from outlookd.entra import Admission, Authority, Reason, SignedIn, SignIn, SignInRefused
from outlookd.errors import CredentialsRefused, OutlookdError, ServerTrouble, Throttled, Unreachable
from outlookd.sealing import Seal
from outlookd.testing import FakeClock, MemoryAccounts

BROWSER = "session-of-this-browser"


async def sign_in(signin: SignIn, sts: Sts, login: str = "alice", *, replace: bool = False) -> SignedIn:
    ticket = await signin.issue_ticket(login, replace=replace)
    signed_in = await signin.finish(sts.visit(await signin.begin(ticket.token, BROWSER)), BROWSER)
    assert isinstance(signed_in, SignedIn)
    return signed_in


async def refused(signin: SignIn, query: dict[str, str], session: str = BROWSER) -> Reason:
    with pytest.raises(SignInRefused) as caught:
        await signin.finish(query, session)
    return caught.value.reason


async def test_a_sign_in_binds_tenant_and_object_id_to_the_login(signin: SignIn, sts: Sts, accounts: MemoryAccounts) -> None:
    signed_in = await sign_in(signin, sts)
    assert accounts.bindings["alice"] == signed_in.binding
    assert (signed_in.binding.tenant, signed_in.binding.object_id) == (TENANT, ALICE)
    assert signed_in.binding.home_account == f"{ALICE}.{TENANT}"
    assert signed_in.mailbox == "someone@example.test"


async def test_the_link_is_below_the_public_address(signin: SignIn) -> None:
    ticket = await signin.issue_ticket("alice")
    assert ticket.url == f"https://crm.example.test/crm/connect/{ticket.token}"


async def test_the_browser_is_sent_with_pkce_and_the_configured_redirect(signin: SignIn) -> None:
    asked = parse_qs(urlsplit(await signin.begin((await signin.issue_ticket("alice")).token, BROWSER)).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["prompt"] == ["select_account"]
    assert asked["redirect_uri"] == ["https://crm.example.test/crm/webservice/outlook-sync/getAccessToken.php"]
    assert "offline_access" in asked["scope"][0]


async def test_nothing_secret_is_stored_in_clear(signin: SignIn, sts: Sts, accounts: MemoryAccounts) -> None:
    open_ticket = await signin.issue_ticket("berta")
    address = await signin.begin(open_ticket.token, BROWSER)
    await sign_in(signin, sts)
    stored = accounts.everything()
    state = parse_qs(urlsplit(address).query)["state"][0]
    assert accounts.caches
    assert accounts.flows
    for secret in ("CANARY", open_ticket.token, state, BROWSER, "code_verifier", "someone@example.test"):
        assert secret not in stored


async def test_looking_at_a_link_does_not_use_it_up(signin: SignIn) -> None:
    ticket = await signin.issue_ticket("alice")
    assert [await signin.ticket_login(ticket.token) for _ in range(3)] == ["alice"] * 3


async def test_a_link_works_once(signin: SignIn, sts: Sts) -> None:
    ticket = await signin.issue_ticket("alice")
    await signin.finish(sts.visit(await signin.begin(ticket.token, BROWSER)), BROWSER)
    with pytest.raises(SignInRefused) as caught:
        await signin.begin(ticket.token, BROWSER)
    assert caught.value.reason is Reason.LINK


async def test_of_two_sign_ins_begun_with_one_link_only_one_ends(signin: SignIn, sts: Sts) -> None:
    ticket = await signin.issue_ticket("alice")
    first, second = [sts.visit(await signin.begin(ticket.token, BROWSER)) for _ in range(2)]
    await signin.finish(first, BROWSER)
    assert await refused(signin, second) is Reason.LINK


async def test_a_link_expires_after_a_day(signin: SignIn, clock: FakeClock) -> None:
    ticket = await signin.issue_ticket("alice")
    clock.advance(24 * 3600)
    with pytest.raises(SignInRefused) as caught:
        await signin.begin(ticket.token, BROWSER)
    assert caught.value.reason is Reason.LINK


async def test_the_mark_for_replacing_cannot_be_added_to_a_link(signin: SignIn) -> None:
    ticket = await signin.issue_ticket("alice")
    with pytest.raises(SignInRefused):
        await signin.ticket_login("r-" + ticket.token)


async def test_an_answer_cannot_be_replayed(signin: SignIn, sts: Sts) -> None:
    answer = sts.visit(await signin.begin((await signin.issue_ticket("alice")).token, BROWSER))
    await signin.finish(answer, BROWSER)
    assert await refused(signin, answer) is Reason.STATE


@pytest.mark.parametrize("session", ["", "session-of-another-browser"])
async def test_an_answer_in_another_browser_is_refused_and_the_right_one_goes_on(
    signin: SignIn, sts: Sts, session: str, accounts: MemoryAccounts
) -> None:
    answer = sts.visit(await signin.begin((await signin.issue_ticket("alice")).token, BROWSER))
    assert await refused(signin, answer, session) is Reason.STATE
    assert not accounts.bindings
    await signin.finish(answer, BROWSER)
    assert accounts.bindings


async def test_an_answer_after_ten_minutes_is_refused(signin: SignIn, sts: Sts, clock: FakeClock) -> None:
    answer = sts.visit(await signin.begin((await signin.issue_ticket("alice")).token, BROWSER))
    clock.advance(600)
    assert await refused(signin, answer) is Reason.STATE


@pytest.mark.parametrize("query", [{}, {"code": "x"}, {"state": "invented", "code": "x"}])
async def test_an_answer_to_no_question_is_refused(signin: SignIn, query: dict[str, str]) -> None:
    assert await refused(signin, query) is Reason.STATE


async def test_another_mailbox_than_before_is_refused(signin: SignIn, sts: Sts, accounts: MemoryAccounts) -> None:
    await sign_in(signin, sts)
    before = dict(accounts.caches)
    sts.account = BERTA
    with pytest.raises(SignInRefused) as caught:
        await sign_in(signin, sts)
    assert caught.value.reason is Reason.OTHER_MAILBOX
    assert accounts.bindings["alice"].object_id == ALICE
    assert accounts.caches == before


async def test_a_wrong_account_does_not_use_the_link_up(signin: SignIn, sts: Sts) -> None:
    await sign_in(signin, sts)
    ticket = await signin.issue_ticket("alice")
    sts.account = BERTA
    assert await refused(signin, sts.visit(await signin.begin(ticket.token, BROWSER))) is Reason.OTHER_MAILBOX
    assert await signin.ticket_login(ticket.token) == "alice"


async def test_a_link_that_may_replace_binds_another_mailbox(signin: SignIn, sts: Sts, accounts: MemoryAccounts) -> None:
    await sign_in(signin, sts)
    sts.account = BERTA
    await sign_in(signin, sts, replace=True)
    assert accounts.bindings["alice"].object_id == BERTA


async def test_a_mailbox_of_another_login_is_refused(signin: SignIn, sts: Sts, accounts: MemoryAccounts) -> None:
    await sign_in(signin, sts, "alice")
    with pytest.raises(SignInRefused) as caught:
        await sign_in(signin, sts, "berta")
    assert caught.value.reason is Reason.TAKEN
    assert "berta" not in accounts.bindings


@pytest.mark.parametrize("replace", [False, True])
async def test_a_mailbox_of_another_login_does_not_use_the_link_up(
    signin: SignIn, sts: Sts, accounts: MemoryAccounts, *, replace: bool
) -> None:
    await sign_in(signin, sts, "alice")
    ticket = await signin.issue_ticket("berta", replace=replace)
    assert await refused(signin, sts.visit(await signin.begin(ticket.token, BROWSER))) is Reason.TAKEN
    await accounts.forget("alice")
    assert isinstance(await signin.finish(sts.visit(await signin.begin(ticket.token, BROWSER)), BROWSER), SignedIn)


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "another application"},
        {"iss": f"https://login.example.test/{OTHER_TENANT}/v2.0"},
        {"iss": "https://evil.example.test/v2.0"},
        {"tid": OTHER_TENANT},
        {"tid": "../.."},
        {"oid": ""},
        {"exp": int(time.time()) - 3600},
        {"exp": None},
        {"nonce": "another sign-in's"},
    ],
    ids=lambda claims: "-".join(f"{name}" for name in claims),
)
async def test_an_identity_that_does_not_fit_binds_nothing(
    signin: SignIn, sts: Sts, accounts: MemoryAccounts, claims: dict[str, Any]
) -> None:
    sts.claims = claims
    answer = sts.visit(await signin.begin((await signin.issue_ticket("alice")).token, BROWSER))
    assert await refused(signin, answer) is Reason.IDENTITY
    assert not accounts.bindings


@pytest.mark.parametrize(
    ("tenants", "bound"),
    [((), True), ((TENANT.upper(),), True), ((OTHER_TENANT,), False)],
    ids=["any", "listed", "not listed"],
)
async def test_a_multi_tenant_authority_takes_the_directories_of_the_list(
    accounts: MemoryAccounts, seal: Seal, clock: FakeClock, sts: Sts, tenants: tuple[str, ...], *, bound: bool
) -> None:
    sts.issuer = "https://login.example.test/{tenantid}/v2.0"
    sts.claims = {"iss": f"https://login.example.test/{TENANT}/v2.0"}
    authority = Authority(
        "https://login.example.test/organizations", client_id=CLIENT, client_secret="s", instance_discovery=False, http_client=sts
    )
    signin = SignIn(
        accounts=accounts,
        authority=lambda _login: authority,
        admission=Admission(accounts=accounts, seal=seal, clock=clock, tenants=tenants),
        seal=seal,
        clock=clock,
        scopes=SCOPES,
        public_url="https://crm.example.test",
        redirect_path="/back",
    )
    try:
        answer = sts.visit(await signin.begin((await signin.issue_ticket("alice")).token, BROWSER))
        if bound:
            await signin.finish(answer, BROWSER)
        else:
            assert await refused(signin, answer) is Reason.TENANT
    finally:
        await authority.close()
    assert bool(accounts.bindings) is bound


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"error": "access_denied", "error_description": "AADSTS65004: CANARY declined"}, Reason.CANCELLED),
        ({"error": "access_denied", "error_description": "The user has denied access"}, Reason.CANCELLED),
        ({"error": "consent_required", "error_description": "AADSTS65001: CANARY"}, Reason.CONSENT),
        ({"error": "access_denied", "error_description": "AADSTS90094: CANARY"}, Reason.CONSENT),
        ({"error": "interaction_required", "error_description": "AADSTS53003: CANARY"}, Reason.POLICY),
        ({"error": "invalid_request", "error_description": "AADSTS900144: CANARY"}, Reason.RESTART),
        ({}, Reason.RESTART),
    ],
)
async def test_microsofts_no_has_a_reason_and_repeats_no_text(
    signin: SignIn, sts: Sts, answer: dict[str, str], reason: Reason
) -> None:
    state = sts.visit(await signin.begin((await signin.issue_ticket("alice")).token, BROWSER))["state"]
    with pytest.raises(SignInRefused) as caught:
        await signin.finish({"state": state, **answer}, BROWSER)
    assert caught.value.reason is reason
    assert "CANARY" not in str(caught.value) + caught.value.code


async def test_a_code_that_another_page_obtained_fails_on_pkce(signin: SignIn, sts: Sts) -> None:
    mine = sts.visit(await signin.begin((await signin.issue_ticket("alice")).token, BROWSER))
    theirs = sts.visit(await signin.begin((await signin.issue_ticket("berta")).token, "their browser"))
    assert await refused(signin, {**mine, "code": theirs["code"]}) is Reason.RESTART


@pytest.mark.parametrize(
    ("failure", "error"),
    [
        (refusal("invalid_client", 7000222), CredentialsRefused),
        (refusal("invalid_client", 7000215), CredentialsRefused),
        (requests.ConnectionError("no route"), Unreachable),
        (requests.Timeout("slow"), Unreachable),
        (Answer(503, "<html>"), ServerTrouble),
        (Answer(429, "", {"Retry-After": "7"}), Throttled),
    ],
    ids=["expired secret", "wrong secret", "no connection", "timeout", "503", "429"],
)
async def test_a_fault_during_the_exchange_is_not_the_users_and_keeps_the_link(
    signin: SignIn, sts: Sts, accounts: MemoryAccounts, failure: Answer | Exception, error: type[OutlookdError]
) -> None:
    ticket = await signin.issue_ticket("alice")
    answer = sts.visit(await signin.begin(ticket.token, BROWSER))
    sts.failures = [failure]
    with pytest.raises(error):
        await signin.finish(answer, BROWSER)
    assert not accounts.bindings
    assert await signin.ticket_login(ticket.token) == "alice"


async def test_a_flow_moved_to_another_row_does_not_open(signin: SignIn, sts: Sts, accounts: MemoryAccounts) -> None:
    mine = sts.visit(await signin.begin((await signin.issue_ticket("alice")).token, BROWSER))
    (my_row,) = accounts.flows
    await signin.begin((await signin.issue_ticket("berta")).token, "another")
    (their_row,) = accounts.flows.keys() - {my_row}
    accounts.flows[my_row] = accounts.flows[their_row]
    assert await refused(signin, mine) is Reason.RESTART


def test_the_authority_is_an_origin_for_the_pages_policy(authority: Authority) -> None:
    assert authority.origin == AUTHORITY.rpartition("/")[0]


BOUND = {("alice", ALICE), ("berta", BERTA)}


@pytest.mark.parametrize("account", [ALICE, BERTA])
@pytest.mark.parametrize("finisher", [BROWSER, "another browser"])
@pytest.mark.parametrize("login", ["alice", "berta", "carla"])
async def test_whoever_starts_finishes_or_signs_in_a_mailbox_stays_where_it_was(
    signin: SignIn, sts: Sts, accounts: MemoryAccounts, login: str, finisher: str, account: str
) -> None:
    """Threats T2, T3 and T5 as a matrix: starter, finisher, account. Only the pairs that were bound already pass."""
    for owner, mailbox in BOUND:
        sts.account = mailbox
        await sign_in(signin, sts, owner)
    sts.account = account
    answer = sts.visit(await signin.begin((await signin.issue_ticket(login)).token, BROWSER))
    if finisher == BROWSER and (login, account) in BOUND:
        await signin.finish(answer, finisher)
    else:
        assert await refused(signin, answer, finisher) in {Reason.STATE, Reason.OTHER_MAILBOX, Reason.TAKEN}
    assert {(each.login, each.object_id) for each in accounts.bindings.values()} == BOUND
