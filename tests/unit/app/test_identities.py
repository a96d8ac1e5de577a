"""Each login signs in through its own registration, and one that changes takes effect without disturbing the others."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import SecretStr
from unit.entra.twins import ALICE, AUTHORITY, CLIENT, TENANT, CountingMeter, Sts, refusal

from outlookd.app.parts.identity import Identities
from outlookd.entra import Reason, SignedIn, SignInRefused, Visit, delegated_scopes
from outlookd.errors import ConfigurationError, CredentialsRefused, SignInNeeded, Unreachable
from outlookd.settings import Registration, load_settings
from outlookd.testing import FakeClock, MemoryAccounts

BROWSER = "session"
OTHER = Registration(client_id="dddddddd-0000-4000-8000-00000000000d", client_secret=SecretStr("CANARY-other"))

TEXT = f"""
[gopaas]
url = "https://crm.example.test"
api_key_file = "secret"
settings_view = "settings"
[entra]
authority = "{AUTHORITY}"
instance_discovery = false
client_id = "{CLIENT}"
client_secret_file = "secret"
[web]
public_url = "https://crm.example.test"
[state]
key_file = "key"
"""


class House:
    """The identities of one installation; `records` names registrations of logins."""

    def __init__(self, directory: Path, stack: AsyncExitStack, text: str) -> None:
        for name, secret in {"secret": "CANARY-secret", "key": "6b" * 32}.items():
            (directory / name).write_text(secret)
            (directory / name).chmod(0o600)
        (directory / "outlookd.toml").write_text(text)
        self.records: dict[str, Registration] = {}
        self.accounts = MemoryAccounts()
        self.clock = FakeClock(datetime.now(UTC))
        self.sts = Sts()
        self.sts.scopes = delegated_scopes("https://graph.microsoft.com")
        self.opened = 0
        self.identities = Identities(
            load_settings(directory / "outlookd.toml", {}),
            self.accounts,
            self.clock,
            stack,
            meter=CountingMeter(),
            registration_of=lambda login: self.records.get(login) if login else next(iter(self.records.values()), None),
            measured=self.measured,
        )

    def measured(self, client: object) -> Sts:
        del client
        self.opened += 1
        return self.sts

    async def connect(self, login: str) -> SignedIn:
        self.sts.claims["aud"] = self.identities.authority(login).client_id
        signin = self.identities.signin
        address = await signin.begin((await signin.issue_ticket(login)).token, BROWSER)
        signed_in = await signin.finish(self.sts.visit(address), BROWSER)
        assert isinstance(signed_in, SignedIn)
        return signed_in


@pytest.fixture
async def stack():
    async with AsyncExitStack() as stack:
        yield stack


@pytest.fixture
def house(tmp_path, stack):
    return House(tmp_path, stack, TEXT)


async def test_a_login_without_a_record_uses_that_of_entra(house):
    await house.connect("alice")
    assert house.sts.posts[-1]["client_id"] == CLIENT


async def test_a_login_signs_in_and_renews_through_its_own_registration(house):
    house.records["alice"] = OTHER
    await house.connect("alice")
    await house.identities.tokens("alice").token(refresh=True)
    assert [(post["client_id"], post["client_secret"]) for post in house.sts.posts] == [(OTHER.client_id, "CANARY-other")] * 2


async def test_logins_of_one_registration_share_its_connections(house):
    house.records |= {"alice": OTHER, "berta": OTHER}
    assert house.identities.authority("alice") is house.identities.authority("berta")
    assert house.opened == 1


async def test_a_registration_that_nobody_uses_any_more_is_closed(house):
    house.records |= {"alice": OTHER, "berta": OTHER}
    old = house.identities.authority("alice")
    house.identities.authority("berta")
    del house.records["alice"]
    house.identities.authority("alice")
    await old.begin((), redirect_uri="https://crm.example.test/", state="still used by berta")
    del house.records["berta"]
    house.identities.authority("berta")
    await asyncio.sleep(0)
    with pytest.raises(Unreachable):
        await old.begin((), redirect_uri="https://crm.example.test/", state="used by nobody")


async def test_the_registration_of_people_who_have_left_is_closed_and_its_refusal_forgotten(house):
    house.records["alice"] = OTHER
    await house.connect("alice")
    house.sts.failures = [refusal("invalid_client", 7000222)]
    with pytest.raises(CredentialsRefused):
        await house.identities.tokens("alice").token(refresh=True)
    old = house.identities.authority("alice")
    house.identities.forget_others({"berta"})
    await asyncio.sleep(0)
    assert house.identities.refused == frozenset()
    with pytest.raises(Unreachable):
        await old.begin((), redirect_uri="https://crm.example.test/", state="used by nobody")


async def test_whoever_stays_and_the_next_visitor_keep_their_registrations_when_others_leave(house):
    house.records |= {"alice": OTHER, "berta": OTHER}
    kept = [house.identities.authority(login) for login in ("alice", "berta", "zoe", "")][1:]
    house.identities.forget_others({"berta"})
    assert [house.identities.authority(login) for login in ("berta", "zoe", "")] == kept


async def test_whoever_has_left_and_comes_back_signs_in_with_what_was_stored(house):
    await house.connect("alice")
    before = house.identities.tokens("alice")
    house.identities.forget_others(())
    assert house.identities.tokens("alice") is not before
    assert await house.identities.tokens("alice").token()


async def test_a_sign_in_of_another_registration_is_asked_for_anew(house):
    await house.connect("alice")
    house.records["alice"] = OTHER
    with pytest.raises(SignInNeeded):
        await house.identities.tokens("alice").token()
    await house.connect("alice")
    assert await house.identities.tokens("alice").token()


async def test_a_new_secret_of_the_same_registration_needs_no_sign_in(house):
    house.records["alice"] = OTHER
    await house.connect("alice")
    house.records["alice"] = Registration(client_id=OTHER.client_id, client_secret=SecretStr("CANARY-new"))
    assert await house.identities.tokens("alice").token(refresh=True)
    assert house.sts.posts[-1]["client_secret"] == "CANARY-new"


async def test_a_sign_in_that_was_begun_through_another_registration_begins_again(house):
    signin = house.identities.signin
    answer = house.sts.visit(await signin.begin((await signin.issue_ticket("alice")).token, BROWSER))
    house.records["alice"] = OTHER
    with pytest.raises(SignInRefused) as caught:
        await signin.finish(answer, BROWSER)
    assert caught.value.reason is Reason.RESTART


async def test_a_visit_through_the_common_registration_knows_a_user_of_another(house):
    house.records["alice"] = OTHER
    await house.connect("alice")
    house.sts.claims["aud"] = CLIENT
    signin = house.identities.signin
    departure = await signin.begin_visit()
    assert isinstance(await signin.finish(house.sts.visit(departure.address), departure.session), Visit)


def without_registration():
    return TEXT.replace(f'client_id = "{CLIENT}"\nclient_secret_file = "secret"\n', "")


async def test_without_a_registration_of_entra_visitors_use_a_records(tmp_path, stack):
    house = House(tmp_path, stack, without_registration())
    house.records["alice"] = OTHER
    address = (await house.identities.signin.begin_visit()).address
    assert parse_qs(urlsplit(address).query)["client_id"] == [OTHER.client_id]


async def test_without_any_registration_the_pages_still_open_and_a_sign_in_says_why_not(tmp_path, stack):
    house = House(tmp_path, stack, without_registration())
    assert house.identities.origin == "https://login.example.test"
    with pytest.raises(ConfigurationError) as caught:
        await house.identities.signin.begin_visit()
    assert "entra.client_id" in str(caught.value)


async def test_a_refused_secret_is_remembered_until_entra_takes_it_again(house):
    await house.connect("alice")
    house.sts.failures = [refusal("invalid_client", 7000222)]
    with pytest.raises(CredentialsRefused):
        await house.identities.tokens("alice").token(refresh=True)
    assert house.identities.refused == {"AADSTS7000222"}
    await house.identities.tokens("alice").token()
    assert house.identities.refused == {"AADSTS7000222"}, "a token out of the cache says nothing about the secret"
    await house.identities.tokens("alice").token(refresh=True)
    assert house.identities.refused == frozenset()


@pytest.fixture
def alone(tmp_path, stack):
    return House(tmp_path, stack, TEXT.replace("[entra]", '[entra]\nmode = "application"'))


async def test_an_application_has_one_token_for_everybody(alone):
    tokens = [await alone.identities.tokens(login).token() for login in ("alice", "berta")]
    assert tokens[0] == tokens[1]
    assert [post["grant_type"] for post in alone.sts.posts] == ["client_credentials"]


async def test_a_link_of_an_application_binds_who_the_person_is_and_keeps_no_token(alone):
    address = await alone.identities.signin.begin((await alone.identities.signin.issue_ticket("alice")).token, BROWSER)
    assert set(parse_qs(urlsplit(address).query)["scope"][0].split()) == {"openid", "profile"}
    await alone.identities.signin.finish(alone.sts.visit(address), BROWSER)
    binding = alone.accounts.bindings["alice"]
    assert (binding.tenant, binding.object_id) == (TENANT, ALICE)
    assert alone.identities.seal.open(alone.accounts.caches["alice"], purpose="token cache", owner="alice") == b""


async def test_a_user_bound_by_an_application_must_sign_in_once_users_do(alone, house):
    await alone.connect("alice")
    house.accounts.bindings, house.accounts.caches = alone.accounts.bindings, alone.accounts.caches
    with pytest.raises(SignInNeeded):
        await house.identities.tokens("alice").token()
    assert not house.sts.posts


async def test_an_administrator_is_asked_for_what_the_application_was_granted(alone):
    assert parse_qs(urlsplit(alone.identities.consent.link()).query)["scope"] == ["https://graph.microsoft.com/.default"]
