"""Access tokens: renewed once, stored first, and never for the wrong mailbox."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import requests
from structlog.testing import capture_logs
from unit.entra.test_signin import sign_in
from unit.entra.twins import ALICE, AUTHORITY, BERTA, CLIENT, SCOPES, Answer, CountingMeter, Sts, refusal

from outlookd.entra import AccountTokens, Authority, SignIn
from outlookd.entra.authority import Renewal
from outlookd.errors import (
    CredentialsRefused,
    OutlookdError,
    RemoteError,
    ServerTrouble,
    SignInNeeded,
    StoreFull,
    Throttled,
    Unintelligible,
    Unreachable,
)
from outlookd.sealing import Seal
from outlookd.testing import FakeClock, MemoryAccounts

PURPOSE = "token cache"


@pytest.fixture
async def signed_in(signin: SignIn, sts: Sts, accounts: MemoryAccounts) -> None:
    await sign_in(signin, sts)
    sts.posts.clear()
    accounts.events.clear()


def peer_of(accounts: MemoryAccounts, authority: Authority, seal: Seal, clock: FakeClock, login: str = "alice") -> AccountTokens:
    return AccountTokens(login, accounts=accounts, authority=lambda _login: authority, seal=seal, clock=clock, scopes=SCOPES)


async def test_a_login_that_never_signed_in_is_told_the_command(tokens: AccountTokens) -> None:
    with pytest.raises(SignInNeeded) as caught:
        await tokens.token()
    assert caught.value.user == "alice"
    assert "outlookd connect alice" in str(caught.value)


@pytest.mark.usefixtures("signed_in")
async def test_the_token_of_the_sign_in_is_used_without_asking_again(tokens: AccountTokens, sts: Sts) -> None:
    assert await tokens.token() == await tokens.token() == "CANARY-at-1"
    assert not sts.posts


class CountingAuthority(Authority):
    """Counts how often it is asked: MSAL reads the real clock, so that its own requests prove nothing about ours."""

    asked = 0

    async def renew(self, *args: Any, **options: Any) -> Renewal:
        self.asked += 1
        return await super().renew(*args, **options)


@pytest.mark.usefixtures("signed_in")
async def test_a_token_in_its_last_five_minutes_is_renewed(
    accounts: MemoryAccounts, sts: Sts, seal: Seal, clock: FakeClock
) -> None:
    authority = CountingAuthority(AUTHORITY, client_id=CLIENT, client_secret="s", instance_discovery=False, http_client=sts)
    tokens = peer_of(accounts, authority, seal, clock)
    await tokens.token()
    clock.advance(sts.lifetime - 310)
    await tokens.token()
    assert authority.asked == 1
    clock.advance(20)
    await tokens.token()
    assert authority.asked == 2
    await authority.close()


@pytest.mark.usefixtures("signed_in")
async def test_a_rotated_refresh_token_is_stored_before_the_token_is_handed_out(
    tokens: AccountTokens, accounts: MemoryAccounts, seal: Seal
) -> None:
    access = await tokens.token(refresh=True)
    accounts.events.append("handed out")
    assert accounts.events == ["stored", "handed out"]
    stored = seal.open(accounts.caches["alice"], purpose=PURPOSE, owner="alice").decode()
    assert access in stored
    assert "CANARY-rt-2" in stored


@pytest.mark.usefixtures("signed_in")
async def test_a_token_whose_rotation_cannot_be_stored_is_not_handed_out(
    tokens: AccountTokens, accounts: MemoryAccounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(_login: str, _cache: bytes) -> None:
        raise StoreFull("No room.")

    monkeypatch.setattr(accounts, "keep_cache", full)
    with pytest.raises(StoreFull):
        await tokens.token(refresh=True)


@pytest.mark.usefixtures("signed_in")
async def test_each_renewal_uses_the_newest_refresh_token(tokens: AccountTokens, sts: Sts) -> None:
    for _ in range(3):
        await tokens.token(refresh=True)
    assert [post["refresh_token"] for post in sts.posts] == ["CANARY-rt-1", "CANARY-rt-2", "CANARY-rt-3"]


@pytest.mark.usefixtures("signed_in")
@pytest.mark.parametrize("claims", ["", '{"access_token":{"nbf":{"value":"1"}}}'], ids=["refresh", "claims"])
async def test_concurrent_callers_make_one_token_request(tokens: AccountTokens, sts: Sts, claims: str) -> None:
    await tokens.token()
    gate = sts.hold()
    callers = [asyncio.create_task(tokens.token(refresh=not claims, claims=claims)) for _ in range(5)]
    await gate.reached()
    gate.open()
    handed_out = await asyncio.gather(*callers)
    assert len(set(handed_out)) == 1
    assert len(sts.posts) == 1


@pytest.mark.usefixtures("signed_in")
async def test_a_claims_challenge_reaches_entra(tokens: AccountTokens, sts: Sts) -> None:
    await tokens.token(claims='{"access_token":{"nbf":{"essential":true,"value":"1"}}}')
    assert '"nbf"' in sts.posts[0]["claims"]


@pytest.mark.usefixtures("signed_in")
async def test_a_cancelled_caller_does_not_lose_the_rotated_token(
    tokens: AccountTokens, sts: Sts, accounts: MemoryAccounts
) -> None:
    gate = sts.hold()
    caller = asyncio.create_task(tokens.token(refresh=True))
    await gate.reached()
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    gate.open()
    assert await tokens.token() == "CANARY-at-2"
    assert accounts.events == ["stored"]
    assert len(sts.posts) == 1


@pytest.mark.usefixtures("signed_in")
async def test_a_cancelled_callers_failure_is_not_reported_as_lost(tokens: AccountTokens, sts: Sts) -> None:
    gate = sts.hold()
    sts.failures = [requests.ConnectionError("gone")]
    caller = asyncio.create_task(tokens.token(refresh=True))
    await gate.reached()
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    gate.open()
    await tokens.token()


@pytest.mark.usefixtures("signed_in")
async def test_a_revoked_refresh_token_asks_for_a_new_sign_in(tokens: AccountTokens, sts: Sts) -> None:
    sts.failures = [refusal("invalid_grant", 50173)]
    with pytest.raises(SignInNeeded) as caught:
        await tokens.token(refresh=True)
    assert caught.value.code == "AADSTS50173"


@pytest.mark.usefixtures("signed_in")
async def test_a_refusal_is_asked_again_with_what_a_peer_has_stored(
    tokens: AccountTokens, sts: Sts, accounts: MemoryAccounts, authority: Authority, seal: Seal, clock: FakeClock
) -> None:
    stale = accounts.caches["alice"]
    await peer_of(accounts, authority, seal, clock).token(refresh=True)
    rotated = accounts.caches["alice"]
    sts.posts.clear()
    sts.failures = [refusal("invalid_grant", 700082)]
    reads = iter([stale, stale])

    async def late(_login: str) -> bytes:
        return next(reads, rotated)

    accounts.cache = late
    assert (await tokens.token(refresh=True)).startswith("CANARY-at-")
    assert len(sts.posts) == 2


@pytest.mark.usefixtures("signed_in")
@pytest.mark.parametrize(("code", "word"), [(7000222, "expired"), (7000215, "wrong")])
async def test_a_bad_client_secret_is_the_operators_matter(tokens: AccountTokens, sts: Sts, code: int, word: str) -> None:
    sts.failures = [refusal("invalid_client", code)]
    with pytest.raises(CredentialsRefused) as caught:
        await tokens.token(refresh=True)
    assert word in caught.value.hint
    assert "entra.client_secret_file" in caught.value.hint


@pytest.mark.usefixtures("signed_in")
@pytest.mark.parametrize(
    ("failure", "error"),
    [
        (requests.ConnectionError("refused"), Unreachable),
        (requests.exceptions.SSLError("not trusted"), Unreachable),
        (Answer(500, ""), ServerTrouble),
        (Answer(429, "", {"Retry-After": "12"}), Throttled),
        (Answer(200, "<html>captive portal"), Unintelligible),
    ],
    ids=["connection", "tls", "500", "429", "html"],
)
async def test_what_passes_is_never_a_reason_to_sign_in_again(
    tokens: AccountTokens, sts: Sts, failure: Answer | Exception, error: type[OutlookdError]
) -> None:
    sts.failures = [failure]
    with pytest.raises(error):
        await tokens.token(refresh=True)
    assert await tokens.token(refresh=True)


@pytest.mark.usefixtures("signed_in")
async def test_retry_after_is_passed_on(tokens: AccountTokens, sts: Sts) -> None:
    sts.failures = [Answer(429, "", {"Retry-After": "12"})]
    with pytest.raises(Throttled) as caught:
        await tokens.token(refresh=True)
    assert caught.value.retry_after == 12


@pytest.mark.usefixtures("signed_in")
@pytest.mark.parametrize(
    ("answer", "when"), [(Answer(503, ""), "in a few minutes"), (Answer(429, "", {"Retry-After": "90"}), "in 2 minutes or later")]
)
async def test_trouble_at_entra_says_when_to_try_again(tokens: AccountTokens, sts: Sts, answer: Answer, when: str) -> None:
    sts.failures = [answer]
    with pytest.raises(RemoteError) as caught:
        await tokens.token(refresh=True)
    assert when in caught.value.hint


@pytest.mark.usefixtures("signed_in")
async def test_a_row_moved_from_another_user_does_not_open(
    accounts: MemoryAccounts, authority: Authority, seal: Seal, clock: FakeClock, signin: SignIn, sts: Sts
) -> None:
    sts.account = BERTA
    await sign_in(signin, sts, "berta")
    accounts.caches["alice"] = accounts.caches["berta"]
    with pytest.raises(SignInNeeded) as caught:
        await peer_of(accounts, authority, seal, clock).token()
    assert caught.value.code == "seal-broken"


@pytest.mark.usefixtures("signed_in")
async def test_a_replaced_state_key_is_told_from_a_damaged_row(
    accounts: MemoryAccounts, authority: Authority, clock: FakeClock
) -> None:
    with pytest.raises(SignInNeeded) as caught:
        await peer_of(accounts, authority, Seal([b"n" * 32]), clock).token()
    assert caught.value.code == "key-unknown"
    assert "state key" in str(caught.value)


@pytest.mark.usefixtures("signed_in")
async def test_a_forgotten_login_cannot_use_the_token_in_memory(tokens: AccountTokens, accounts: MemoryAccounts) -> None:
    await tokens.token()
    accounts.caches.clear()
    accounts.bindings.clear()
    with pytest.raises(SignInNeeded):
        await tokens.token()


@pytest.mark.usefixtures("signed_in")
async def test_after_another_mailbox_was_bound_the_old_token_is_not_used(tokens: AccountTokens, signin: SignIn, sts: Sts) -> None:
    before = await tokens.token()
    sts.account = BERTA
    await sign_in(signin, sts, replace=True)
    assert await tokens.token() != before


@pytest.mark.usefixtures("signed_in")
async def test_a_renewal_overtaken_by_a_new_sign_in_overwrites_nothing(
    tokens: AccountTokens, signin: SignIn, sts: Sts, accounts: MemoryAccounts, seal: Seal
) -> None:
    gate = sts.hold()
    renewal = asyncio.create_task(tokens.token(refresh=True))
    await gate.reached()
    sts.account = BERTA
    await sign_in(signin, sts, replace=True)
    gate.open()
    access = await renewal
    stored = seal.open(accounts.caches["alice"], purpose=PURPOSE, owner="alice").decode()
    assert accounts.events[0] == "bound"
    assert BERTA in stored
    assert ALICE not in stored
    assert access in stored


@pytest.mark.usefixtures("signed_in")
async def test_no_secret_and_no_text_of_entra_is_logged(tokens: AccountTokens, sts: Sts) -> None:
    sts.failures = [refusal("invalid_grant", 50173)]
    with capture_logs() as lines:
        await tokens.token()
        with pytest.raises(SignInNeeded) as caught:
            await tokens.token(refresh=True)
    assert [line["event"] for line in lines] == ["entra.token.refused"]
    assert "CANARY" not in repr(lines) + str(caught.value)
    assert "someone@" not in repr(lines) + str(caught.value)


@pytest.mark.usefixtures("signed_in")
async def test_the_discovery_document_is_not_fetched_for_every_renewal(tokens: AccountTokens, sts: Sts) -> None:
    for _ in range(20):
        await tokens.token(refresh=True)
    assert len(sts.gets) <= 8 + 1, "at most once per thread of the pool, and once for the issuer"


@pytest.mark.usefixtures("signed_in")
async def test_closing_waits_for_a_call_in_flight_without_stopping_the_loop(
    tokens: AccountTokens, authority: Authority, sts: Sts
) -> None:
    gate = sts.hold()
    renewal = asyncio.create_task(tokens.token(refresh=True))
    await gate.reached()
    closing = asyncio.create_task(authority.close())
    await asyncio.sleep(0)
    assert not closing.done()
    assert not sts.closed
    gate.open()
    await closing
    assert sts.closed
    assert await renewal == "CANARY-at-2"


@pytest.mark.usefixtures("signed_in")
@pytest.mark.parametrize(
    ("failure", "outcome"),
    [
        (refusal("invalid_grant", 700082), "needs_consent"),
        (refusal("invalid_grant", 65001), "needs_consent"),
        (refusal("invalid_client", 7000222), "client_refused"),
        (refusal("invalid_client", 7000215), "client_refused"),
        (refusal("invalid_grant", 50196), "transient"),
        (Answer(503, ""), "transient"),
        (requests.ConnectionError("no route"), "transient"),
    ],
    ids=["expired", "no consent", "expired secret", "wrong secret", "busy", "503", "no line"],
)
async def test_a_renewal_is_counted_by_who_must_act(
    tokens: AccountTokens, sts: Sts, meter: CountingMeter, failure: Answer | Exception, outcome: str
) -> None:
    await tokens.token(refresh=True)
    sts.failures = [failure]
    with pytest.raises(OutlookdError):
        await tokens.token(refresh=True)
    assert meter.renewals == ["success", outcome]
