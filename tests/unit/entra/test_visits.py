"""A visit names the login that an account is bound to, and changes nothing."""

from __future__ import annotations

import base64
from urllib.parse import parse_qs, urlsplit

import pytest
from unit.entra.test_signin import BROWSER, refused, sign_in
from unit.entra.twins import ALICE, BERTA, OTHER_TENANT, CountingMeter, Sts

from outlookd.entra import Reason, SignIn, SignInRefused, Visit
from outlookd.testing import FakeClock, MemoryAccounts


async def visit(signin: SignIn, sts: Sts) -> tuple[dict[str, str], str]:
    """Microsoft's answer, and what the browser holds."""
    departure = await signin.begin_visit()
    return sts.visit(departure.address), departure.session


@pytest.fixture
async def _connected(signin: SignIn, sts: Sts) -> None:
    await sign_in(signin, sts)


connected = pytest.mark.usefixtures("_connected")


@connected
async def test_a_visitor_is_the_login_that_their_account_is_bound_to(signin: SignIn, sts: Sts) -> None:
    assert await signin.finish(*await visit(signin, sts)) == Visit(login="alice", mailbox="someone@example.test")


@connected
async def test_a_visit_stores_nothing(signin: SignIn, sts: Sts, accounts: MemoryAccounts) -> None:
    """Anybody can begin any number of them (threat T21)."""
    before = accounts.everything()
    begun = await visit(signin, sts)
    assert accounts.everything() == before
    await signin.finish(*begun)
    assert accounts.everything() == before


async def test_a_visitor_is_asked_for_nothing_but_who_they_are(signin: SignIn) -> None:
    asked = parse_qs(urlsplit((await signin.begin_visit()).address).query)
    assert set(asked["scope"][0].split()) == {"openid", "profile"}
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["prompt"] == ["select_account"]


@connected
async def test_a_stranger_with_the_address_of_a_user_is_a_stranger(signin: SignIn, sts: Sts) -> None:
    """The nOAuth class of faults: an address can be given to anybody."""
    sts.account = BERTA
    assert await refused(signin, *await visit(signin, sts)) is Reason.UNKNOWN


@connected
async def test_the_same_object_id_in_another_directory_is_a_stranger(signin: SignIn, sts: Sts) -> None:
    sts.issuer = "https://login.example.test/{tenantid}/v2.0"
    sts.claims = {"tid": OTHER_TENANT, "iss": f"https://login.example.test/{OTHER_TENANT}/v2.0", "oid": ALICE}
    assert await refused(signin, *await visit(signin, sts)) is Reason.UNKNOWN


@connected
async def test_an_identity_for_another_application_is_no_visit(signin: SignIn, sts: Sts) -> None:
    sts.claims = {"aud": "another application"}
    assert await refused(signin, *await visit(signin, sts)) is Reason.IDENTITY


@connected
async def test_a_visit_ends_in_the_browser_that_began_it(signin: SignIn, sts: Sts) -> None:
    answer, _ = await visit(signin, sts)
    _, anothers = await visit(signin, sts)
    for session in ("", "another browser", anothers, "v.", "v.junk", "v." + "A" * 400):
        assert await refused(signin, answer, session) is Reason.STATE


@connected
async def test_a_visit_that_was_sealed_for_another_purpose_is_none(signin: SignIn, sts: Sts, accounts: MemoryAccounts) -> None:
    """What the database holds of a sign-in is no use in a cookie."""
    answer = sts.visit(await signin.begin((await signin.issue_ticket("alice")).token, BROWSER))
    ((digest, (flow, _)),) = accounts.flows.items()
    carried = "v." + base64.urlsafe_b64encode(flow).decode()
    assert await refused(signin, answer, carried) is Reason.STATE
    assert await refused(signin, {**answer, "state": digest}, carried) is Reason.STATE


@connected
async def test_the_answer_to_a_visit_cannot_be_replayed(signin: SignIn, sts: Sts) -> None:
    """Even where a browser has kept what it was told to forget: Microsoft's code is used once."""
    answer, session = await visit(signin, sts)
    await signin.finish(answer, session)
    assert await refused(signin, answer, session) is Reason.RESTART


@connected
async def test_a_visit_must_end_within_ten_minutes(signin: SignIn, sts: Sts, clock: FakeClock) -> None:
    answer, session = await visit(signin, sts)
    clock.advance(600)
    assert await refused(signin, answer, session) is Reason.STATE


async def test_what_a_visitor_carries_shows_nothing_and_fits_a_cookie(signin: SignIn) -> None:
    departure = await signin.begin_visit()
    state = parse_qs(urlsplit(departure.address).query)["state"][0]
    carried = base64.urlsafe_b64decode(departure.session.removeprefix("v.") + "==")
    assert b"verifier" not in carried
    assert state.encode() not in carried
    assert len(departure.session) < 3000


async def test_a_visit_binds_nobody_whatever_links_are_open(signin: SignIn, sts: Sts, accounts: MemoryAccounts) -> None:
    ticket = await signin.issue_ticket("alice")
    assert await refused(signin, *await visit(signin, sts)) is Reason.UNKNOWN
    assert not accounts.bindings
    assert await signin.ticket_login(ticket.token) == "alice"


async def test_a_link_for_nobody_is_no_visit(signin: SignIn) -> None:
    """The two kinds of flow are told apart by what was sealed, not by an empty login."""
    with pytest.raises(SignInRefused) as caught:
        await signin.begin("", BROWSER)
    assert caught.value.reason is Reason.LINK


@connected
async def test_each_end_of_a_sign_in_is_counted(signin: SignIn, sts: Sts, meter: CountingMeter) -> None:
    meter.sign_ins.clear()
    await signin.finish(*await visit(signin, sts))
    await refused(signin, {"state": "invented", "code": "x"})
    sts.account = BERTA
    await refused(signin, *await visit(signin, sts))
    assert meter.sign_ins == ["started", "completed", "state_mismatch", "started", "account_mismatch"]
