"""A sign-in on another device: asked for at Entra's pace, checked as any other, bound only when somebody says so."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests
from unit.entra.twins import ALICE, BERTA, OTHER_TENANT, SCOPES, TENANT, Answer, CountingMeter, Sts, refusal

from outlookd.entra import Admission, Authority, DeviceCode, DeviceSignIn, Reason, SignInRefused
from outlookd.errors import CredentialsRefused, Unreachable
from outlookd.testing import FakeClock, MemoryAccounts

CODE = {
    "user_code": "ABCD1234",
    "device_code": "CANARY-device",
    "verification_uri": "https://login.example.test/device",
    "expires_in": 900,
    "interval": 5,
    "message": "CANARY",
}
PENDING = refusal("authorization_pending", 70016)


@pytest.fixture
def device(authority: Authority, admission: Admission, clock: FakeClock, meter: CountingMeter) -> DeviceSignIn:
    return DeviceSignIn(authority=lambda _login: authority, admission=admission, clock=clock, scopes=SCOPES, meter=meter)


async def begin(device: DeviceSignIn, sts: Sts, *answers: Answer | Exception) -> DeviceCode:
    sts.failures = [Answer(200, json.dumps(CODE))]
    code = await device.begin("alice")
    sts.failures = list(answers)
    return code


async def refused(device: DeviceSignIn, code: DeviceCode) -> Reason:
    with pytest.raises(SignInRefused) as caught:
        await device.wait(code)
    return caught.value.reason


async def test_the_person_is_shown_a_code_and_where_to_type_it(device: DeviceSignIn, sts: Sts) -> None:
    code = await begin(device, sts)
    assert (code.user_code, code.address) == ("ABCD1234", "https://login.example.test/device")


async def test_the_secret_does_not_travel_with_a_public_flow(device: DeviceSignIn, sts: Sts) -> None:
    await device.wait(await begin(device, sts))
    assert "CANARY-secret" not in repr(sts.posts)
    assert "offline_access" in sts.posts[0]["scope"]


async def test_entra_is_asked_until_the_person_has_signed_in(device: DeviceSignIn, sts: Sts, clock: FakeClock) -> None:
    began = clock.now()
    answer = await device.wait(await begin(device, sts, PENDING, PENDING))
    assert (answer.identity.tenant, answer.identity.object_id, answer.mailbox) == (TENANT, ALICE, "someone@example.test")
    assert (clock.now() - began).total_seconds() == 15


async def test_a_plea_to_slow_down_slows_every_question_after_it(device: DeviceSignIn, sts: Sts, clock: FakeClock) -> None:
    began = clock.now()
    await device.wait(await begin(device, sts, refusal("slow_down", 70016), PENDING))
    assert (clock.now() - began).total_seconds() == 5 + 10 + 10


async def test_a_line_that_breaks_meanwhile_is_no_reason_to_give_up(device: DeviceSignIn, sts: Sts, clock: FakeClock) -> None:
    began = clock.now()
    await device.wait(await begin(device, sts, requests.ConnectionError("CANARY"), Answer(503, "")))
    assert (clock.now() - began).total_seconds() == 5 + 10 + 15


async def test_a_code_that_nobody_used_expires(device: DeviceSignIn, sts: Sts, clock: FakeClock) -> None:
    began = clock.now()
    code = await begin(device, sts, *[PENDING] * 400)
    assert await refused(device, code) is Reason.RESTART
    assert (clock.now() - began).total_seconds() == 900


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (refusal("authorization_declined", 65004), Reason.CANCELLED),
        (refusal("expired_token", 70020), Reason.RESTART),
        (refusal("interaction_required", 53003), Reason.POLICY),
        (refusal("consent_required", 65001), Reason.CONSENT),
    ],
    ids=["declined", "expired", "forbidden", "no consent"],
)
async def test_a_no_ends_the_wait_with_its_reason(device: DeviceSignIn, sts: Sts, answer: Answer, reason: Reason) -> None:
    assert await refused(device, await begin(device, sts, PENDING, answer)) is reason


async def test_a_registration_without_public_flows_is_named_as_such(device: DeviceSignIn, sts: Sts) -> None:
    code = await begin(device, sts, refusal("invalid_client", 7000218))
    with pytest.raises(CredentialsRefused) as caught:
        await device.wait(code)
    assert "allow public client flows" in caught.value.hint


async def test_the_same_when_no_code_is_given_out_at_all(device: DeviceSignIn, sts: Sts) -> None:
    sts.failures = [refusal("invalid_client", 7000218)]
    with pytest.raises(CredentialsRefused) as caught:
        await device.begin("alice")
    assert "allow public client flows" in caught.value.hint


async def test_no_code_is_given_out_while_entra_is_away(device: DeviceSignIn, sts: Sts) -> None:
    sts.failures = [requests.ConnectionError("CANARY")]
    with pytest.raises(Unreachable):
        await device.begin("alice")


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"aud": "another application"}, Reason.IDENTITY),
        ({"tid": OTHER_TENANT}, Reason.IDENTITY),
        ({"oid": ""}, Reason.IDENTITY),
    ],
    ids=["audience", "tenant", "object"],
)
async def test_an_identity_that_does_not_fit_is_refused(
    device: DeviceSignIn, sts: Sts, claims: dict[str, Any], reason: Reason
) -> None:
    sts.claims = claims
    assert await refused(device, await begin(device, sts)) is reason


async def test_nothing_is_bound_before_it_was_confirmed(device: DeviceSignIn, sts: Sts, accounts: MemoryAccounts) -> None:
    answer = await device.wait(await begin(device, sts))
    assert not accounts.bindings
    await device.bind(answer)
    assert accounts.bindings["alice"].object_id == ALICE


async def test_another_mailbox_than_before_needs_leave(device: DeviceSignIn, sts: Sts, accounts: MemoryAccounts) -> None:
    await device.bind(await device.wait(await begin(device, sts)))
    sts.account = BERTA
    answer = await device.wait(await begin(device, sts))
    with pytest.raises(SignInRefused) as caught:
        await device.bind(answer)
    assert caught.value.reason is Reason.OTHER_MAILBOX
    await device.bind(answer, replace=True)
    assert accounts.bindings["alice"].object_id == BERTA


async def test_the_steps_are_counted(device: DeviceSignIn, sts: Sts, meter: CountingMeter) -> None:
    await device.bind(await device.wait(await begin(device, sts, PENDING)))
    await refused(device, await begin(device, sts, refusal("authorization_declined", 65004)))
    assert meter.sign_ins == ["started", "completed", "started", "denied"]
