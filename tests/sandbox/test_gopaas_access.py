"""Who gets in: the two families, addresses, tokens that die."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from crm_client import KEY, Caller, serving

from outlookd.sandbox.access import ApiKey


@pytest.fixture
async def gopaas() -> AsyncIterator[Caller]:
    async with serving() as caller:
        yield caller


@pytest.mark.parametrize("key", ["", "wrong", KEY + "x"])
async def test_a_wrong_key_gets_the_documented_401(gopaas: Caller, key: str) -> None:
    reply = await gopaas.list(key=key)
    assert (reply.status, reply.body) == (401, {"msg": "Invalid API key."})


async def test_a_key_restricted_to_other_addresses_is_refused_from_here(gopaas: Caller) -> None:
    gopaas.access.keys[KEY] = ApiKey(login="claire", addresses=frozenset({"192.0.2.7"}))
    assert (await gopaas.list()).status == 401


async def test_a_key_restricted_to_this_address_works(gopaas: Caller) -> None:
    gopaas.access.keys[KEY] = ApiKey(login="claire", addresses=frozenset({"192.0.2.7", "127.0.0.1"}))
    assert (await gopaas.list()).status == 200


async def test_the_life_of_a_token_is_told_as_a_string(gopaas: Caller) -> None:
    assert (await gopaas.token()).body["expires_in"] == "60"


@pytest.mark.parametrize(
    "form", [{"client_secret": "no"}, {"client_id": "no"}, {"grant_type": "password"}], ids=lambda form: next(iter(form))
)
async def test_a_wrong_token_call_gets_the_documented_401(gopaas: Caller, form: dict[str, str]) -> None:
    reply = await gopaas.token(**form)
    assert (reply.status, reply.body) == (401, {"msg": "Invalid Information."})


async def test_the_grant_may_be_written_as_the_documentation_writes_it(gopaas: Caller) -> None:
    assert (await gopaas.token(grant_type="Client Credentials")).status == 200


async def test_a_token_call_must_be_a_form(gopaas: Caller) -> None:
    assert (await gopaas.call("POST", "/api/oauth2/access_token/", json={"grant_type": "client_credentials"})).status == 400


async def test_a_token_opens_the_oauth_family_only(gopaas: Caller) -> None:
    token = (await gopaas.token()).body["access_token"]
    statuses = [(await gopaas.list(key=token, family=family)).status for family in ("api/oauth2", "api")]
    assert statuses == [200, 401]


async def test_a_key_does_not_open_the_oauth_family(gopaas: Caller) -> None:
    assert (await gopaas.list(family="api/oauth2")).status == 401


async def test_a_token_dies_when_its_seconds_are_over(gopaas: Caller) -> None:
    gopaas.access.token_seconds = 1
    token = (await gopaas.token()).body["access_token"]
    before = (await gopaas.list(key=token, family="api/oauth2")).status
    gopaas.seconds.value = 1.0
    assert (before, (await gopaas.list(key=token, family="api/oauth2")).status) == (200, 401)


async def test_a_token_dies_in_the_middle_of_a_paged_read(gopaas: Caller) -> None:
    gopaas.access.token_uses = 2
    token = (await gopaas.token()).body["access_token"]
    pages = [await gopaas.list(key=token, family="api/oauth2", page=str(page), rowPerPage="2") for page in (1, 2, 3)]
    assert [page.status for page in pages] == [200, 200, 401]


async def test_me_is_whoever_calls(gopaas: Caller) -> None:
    rows = (await gopaas.list("contact.mes_contacts")).body["rows"]
    assert [row["cle"] for row in rows] == ["A", "B"]


async def test_a_view_of_ones_own_rows_shows_nothing_to_a_service_account(gopaas: Caller) -> None:
    token = (await gopaas.token()).body["access_token"]
    assert (await gopaas.list("contact.mes_contacts", key=token, family="api/oauth2")).body == {"rows": [], "total": 0}


async def test_a_fault_struck_request_is_logged_with_its_status(gopaas: Caller) -> None:
    gopaas.faults.add("gopaas", "status", status=500)
    reply = await gopaas.list()
    assert (reply.body["msg"], [entry.status for entry in gopaas.log]) == ("Something went wrong. Please try again later.", [500])
