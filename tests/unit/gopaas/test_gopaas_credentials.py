from __future__ import annotations

import asyncio

import pytest
from aioresponses import CallbackResult, aioresponses
from hypothesis import given
from hypothesis import strategies as st

from outlookd.errors import ConfigurationError, CredentialsRefused, ServerTrouble, Unintelligible
from outlookd.gopaas import ApiKey, ClientCredentials
from outlookd.gopaas.credentials import useful_life

URL = "https://crm.example.test/app"
TOKEN_URL = f"{URL}/api/oauth2/access_token/"


@pytest.fixture
def credentials(session, clock):
    return ClientCredentials(session, URL, "app", "a secret & more", clock, random=lambda: 0.5)


@pytest.fixture
def wire():
    with aioresponses() as mocked:
        yield mocked


def grant(wire, *tokens, life="60"):
    for token in tokens:
        wire.post(TOKEN_URL, payload={"access_token": token, "token_type": "Bearer", "expires_in": life})


async def test_the_grant_is_asked_for_as_a_form(credentials, wire):
    grant(wire, "one")
    assert await credentials.bearer() == "one"
    (call,) = next(iter(wire.requests.values()))
    assert call.kwargs["data"] == b"grant_type=client_credentials&client_id=app&client_secret=a+secret+%26+more"
    assert call.kwargs["allow_redirects"] is False


async def test_the_name_of_the_grant_can_be_that_of_the_documentation(session, clock, wire):
    grant(wire, "one")
    await ClientCredentials(session, URL, "app", "s", clock, grant="Client Credentials").bearer()
    (call,) = next(iter(wire.requests.values()))
    assert call.kwargs["data"].startswith(b"grant_type=Client+Credentials&")


async def test_one_token_serves_until_little_of_its_life_remains(credentials, clock, wire):
    grant(wire, "one", "two")
    assert await credentials.bearer() == "one"
    clock.advance(47.9)
    assert await credentials.bearer() == "one"
    clock.advance(0.1)
    assert await credentials.bearer() == "two"


async def test_many_who_wait_share_one_token_request(credentials, wire):
    grant(wire, "one")
    assert set(await asyncio.gather(*(credentials.bearer() for _ in range(20)))) == {"one"}
    assert credentials.requests == 1


async def test_many_whose_token_was_refused_share_one_new_one(credentials, wire):
    grant(wire, "one", "two")
    await credentials.bearer()
    assert set(await asyncio.gather(*(credentials.bearer(refused="one") for _ in range(20)))) == {"two"}
    assert credentials.requests == 2


@given(st.floats(0, 1e6))
def test_a_token_is_used_for_half_its_life_at_least_and_never_to_its_end(life):
    useful = useful_life(life)
    assert life / 2 <= useful <= life
    assert useful == life / 2 or life - useful >= max(10, life / 5) - 1e-6


async def test_a_token_without_a_stated_life_is_kept_as_if_it_lived_a_minute(credentials, clock, wire):
    grant(wire, "one", "two", life=None)
    await credentials.bearer()
    clock.advance(48)
    assert await credentials.bearer() == "two"


@pytest.mark.parametrize("status", [400, 401])
async def test_a_refused_secret_is_reported_at_once_and_not_shown(credentials, clock, wire, status):
    wire.post(TOKEN_URL, status=status, payload={"msg": "Invalid Information."})
    with pytest.raises(CredentialsRefused) as caught:
        await credentials.bearer()
    assert caught.value.hint
    assert "secret & more" not in str(caught.value) + repr(credentials)
    assert clock.sleeps == []


async def test_a_token_call_that_meets_trouble_is_repeated(credentials, wire):
    wire.post(TOKEN_URL, status=500)
    grant(wire, "one")
    assert await credentials.bearer() == "one"


async def test_a_token_call_is_given_up_after_four_tries(credentials, wire):
    wire.post(TOKEN_URL, status=500, repeat=True)
    with pytest.raises(ServerTrouble):
        await credentials.bearer()
    assert credentials.requests == 4


async def test_a_web_page_is_no_token(credentials, wire):
    wire.post(TOKEN_URL, body="<html>please sign in</html>")
    with pytest.raises(Unintelligible):
        await credentials.bearer()


async def test_a_cancelled_token_call_does_not_lock_out_the_others(credentials, wire):
    asked = asyncio.Event()

    async def hang_once(_url, **_):
        if not asked.is_set():
            asked.set()
            await asyncio.Event().wait()
        return CallbackResult(payload={"access_token": "two", "expires_in": "60"})

    wire.post(TOKEN_URL, callback=hang_once)
    first = asyncio.create_task(credentials.bearer())
    await asked.wait()
    first.cancel()
    assert await credentials.bearer() == "two"
    assert first.cancelled()


async def test_a_refused_api_key_is_final():
    key = ApiKey("key-of-claire")
    assert await key.bearer() == "key-of-claire"
    with pytest.raises(CredentialsRefused) as caught:
        await key.bearer(refused="key-of-claire")
    assert "key-of-claire" not in str(caught.value) + repr(key)


@pytest.mark.parametrize("text", ["", "two\nlines", "blank ", "clé"])
def test_an_unusable_api_key_names_the_setting_that_names_its_file(text):
    with pytest.raises(ConfigurationError) as caught:
        ApiKey(text, setting="job[2].api_key_file")
    assert "job[2].api_key_file" in caught.value.hint
