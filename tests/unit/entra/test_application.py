"""The application's own token: one for everybody, asked for once, and never a user's matter."""

from __future__ import annotations

import asyncio

import pytest
import requests
from unit.entra.twins import Answer, CountingMeter, Sts, refusal

from outlookd.entra import ApplicationTokens, Authority, application_scope
from outlookd.errors import CredentialsRefused, OutlookdError, ServerTrouble, Unreachable
from outlookd.testing import FakeClock

SCOPE = application_scope("https://graph.microsoft.com/v1.0")


@pytest.fixture
def tokens(authority: Authority, clock: FakeClock, meter: CountingMeter) -> ApplicationTokens:
    return ApplicationTokens(authority=authority, clock=clock, scope=SCOPE, meter=meter)


def test_everything_granted_is_asked_for_at_the_clouds_own_graph() -> None:
    assert SCOPE == "https://graph.microsoft.com/.default"
    assert application_scope("https://microsoftgraph.chinacloudapi.cn/v1.0") == "https://microsoftgraph.chinacloudapi.cn/.default"
    assert application_scope("http://127.0.0.1:8081/v1.0") == SCOPE


async def test_a_token_is_asked_for_with_the_applications_own_credentials(tokens: ApplicationTokens, sts: Sts) -> None:
    await tokens.token()
    (post,) = sts.posts
    assert (post["grant_type"], post["scope"], post["client_secret"]) == ("client_credentials", SCOPE, "CANARY-secret")


async def test_a_token_is_used_until_its_last_five_minutes(tokens: ApplicationTokens, sts: Sts, clock: FakeClock) -> None:
    first = await tokens.token()
    clock.advance(sts.lifetime - 310)
    assert await tokens.token() == first
    clock.advance(20)
    assert await tokens.token() != first


@pytest.mark.parametrize("claims", ["", '{"access_token":{"nbf":{"value":"1"}}}'], ids=["refresh", "claims"])
async def test_callers_at_the_same_time_make_one_request(tokens: ApplicationTokens, sts: Sts, claims: str) -> None:
    await tokens.token()
    gate = sts.hold()
    callers = [asyncio.create_task(tokens.token(refresh=not claims, claims=claims)) for _ in range(5)]
    await gate.reached()
    gate.open()
    assert set(await asyncio.gather(*callers)) == {"CANARY-at-2"}
    assert len(sts.posts) == 2


@pytest.mark.parametrize(
    ("failure", "error", "outcome"),
    [
        (refusal("invalid_client", 7000222), CredentialsRefused, "client_refused"),
        (refusal("unauthorized_client", 700016), CredentialsRefused, "client_refused"),
        (refusal("invalid_grant", 7000229), CredentialsRefused, "client_refused"),
        (refusal("temporarily_unavailable", 90033), ServerTrouble, "transient"),
        (Answer(503, ""), ServerTrouble, "transient"),
        (requests.ConnectionError("CANARY"), Unreachable, "transient"),
    ],
    ids=["expired secret", "unknown application", "no principal", "busy", "503", "no line"],
)
async def test_a_refusal_is_never_a_users_sign_in(
    tokens: ApplicationTokens,
    sts: Sts,
    meter: CountingMeter,
    failure: Answer | Exception,
    error: type[OutlookdError],
    outcome: str,
) -> None:
    sts.failures = [failure]
    with pytest.raises(error) as caught:
        await tokens.token()
    assert "CANARY" not in str(caught.value)
    assert meter.renewals == [outcome]


async def test_after_a_failure_the_next_caller_asks_again(tokens: ApplicationTokens, sts: Sts, meter: CountingMeter) -> None:
    sts.failures = [requests.ConnectionError("CANARY")]
    with pytest.raises(Unreachable):
        await tokens.token()
    assert await tokens.token() == "CANARY-at-1"
    assert meter.renewals == ["transient", "success"]
