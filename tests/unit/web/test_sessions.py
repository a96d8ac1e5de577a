"""Sessions (threat T17): made by a sign-in only, worth nothing when made up, short-lived, and gone when they end."""

from __future__ import annotations

import asyncio
from datetime import datetime
from functools import partial

import pytest
from aiohttp.test_utils import TestClient, TestServer
from structlog.testing import capture_logs
from unit.web.twins import MemorySessions
from unit.web.visiting import FROM_OUR_PAGE, PUBLIC, REDIRECT, SESSION_COOKIE, Browser, sign_in

from outlookd.entra import Departure, SignIn
from outlookd.errors import StoreFull
from outlookd.testing import FakeClock, MemoryAccounts
from outlookd.web import SessionVisitors, SignInRoom, Site, create_app
from outlookd.web.entrance.signin import MOST_AT_ONCE
from outlookd.web.words.signin import SIGN_IN

ASKED_BY_THE_PAGE = {"HX-Request": "true"}


async def arrive(house: Browser, signin: SignIn, login: str = "alice") -> None:
    """Open the sign-in link, and come back from Microsoft."""
    await house.come_back(await house.start((await signin.issue_ticket(login)).token))


async def test_nobody_sees_a_page_without_signing_in(house: Browser) -> None:
    response = await house.get("/crm/")
    assert (response.status, response.headers["Location"]) == (303, "/crm/signin")


async def test_a_part_of_a_page_is_refused_in_a_way_that_leads_the_whole_page_to_the_sign_in(house: Browser) -> None:
    response = await house.get("/crm/api/panels", headers=ASKED_BY_THE_PAGE)
    assert (response.status, response.headers["HX-Redirect"]) == (401, "/crm/signin")


@pytest.mark.parametrize("headers", [{"Accept": "application/json"}, {"Sec-Fetch-Mode": "cors"}])
async def test_a_script_is_not_led_to_a_page(house: Browser, headers: dict[str, str]) -> None:
    assert (await house.get("/crm/api/panels", headers=headers)).status == 401


async def test_connecting_a_mailbox_signs_its_owner_in(house: Browser, signin: SignIn) -> None:
    await arrive(house, signin)
    assert "alice" in await (await house.get("/crm/")).text()


async def test_a_visit_signs_in_whoever_the_mailbox_belongs_to(house: Browser, signin: SignIn) -> None:
    await arrive(house, signin)
    stranger = house.another()
    answer = await stranger.post("/crm/signin")
    back = await stranger.come_back(stranger.sts.visit(answer.headers["Location"]))
    assert back.headers["Location"] == "/crm/"
    assert "alice" in await (await stranger.get("/crm/")).text()


async def test_a_visit_of_another_browser_signs_nobody_in(house: Browser, signin: SignIn) -> None:
    await arrive(house, signin)
    attacker, victim = house.another(), house.another()
    answer = await attacker.post("/crm/signin")
    await victim.come_back(attacker.sts.visit(answer.headers["Location"]))
    assert (await victim.get("/crm/")).status == 303


async def test_a_session_that_was_planted_is_replaced_and_stays_worth_nothing(house: Browser, signin: SignIn) -> None:
    house.cookies[SESSION_COOKIE] = "planted"
    await arrive(house, signin)
    assert house.cookies[SESSION_COOKIE] != "planted"
    attacker = house.another()
    attacker.cookies[SESSION_COOKIE] = "planted"
    assert (await attacker.get("/crm/")).status == 303


async def test_each_sign_in_has_a_token_of_its_own_and_ends_the_one_before(
    house: Browser, visitors: SessionVisitors, signin: SignIn
) -> None:
    first = await sign_in(house, visitors, "alice")
    await arrive(house, signin)
    assert house.cookies[SESSION_COOKIE] != first
    old = house.another()
    old.cookies[SESSION_COOKIE] = first
    assert (await old.get("/crm/")).status == 303


async def test_the_database_cannot_be_turned_into_a_cookie(
    house: Browser, visitors: SessionVisitors, sessions: MemorySessions
) -> None:
    token = await sign_in(house, visitors, "alice")
    assert token not in repr(sessions.rows)
    for digest in sessions.rows:
        house.cookies[SESSION_COOKIE] = digest
        assert (await house.get("/crm/")).status == 303


async def test_a_cookie_with_one_other_character_is_nobodys(house: Browser, visitors: SessionVisitors) -> None:
    token = await sign_in(house, visitors, "alice")
    for tampered in (token[:-1] + ("A" if token[-1] != "A" else "B"), token + "A", token[:-1], token.swapcase()):
        house.cookies[SESSION_COOKIE] = tampered
        assert (await house.get("/crm/")).status == 303


async def test_a_session_ends_after_half_an_hour_without_use(
    house: Browser, visitors: SessionVisitors, page_clock: FakeClock
) -> None:
    await sign_in(house, visitors, "alice")
    page_clock.advance(29 * 60)
    assert (await house.get("/crm/")).status == 200
    page_clock.advance(31 * 60)
    assert (await house.get("/crm/")).status == 303


async def test_whoever_presses_a_button_after_the_session_has_ended_is_told_that_nothing_was_done(house: Browser) -> None:
    pressed = await house.post("/crm/api/connect")
    assert (pressed.status, pressed.headers["Location"]) == (303, "/crm/signin?ended=1")
    told = SIGN_IN.english.ended
    assert told in await (await house.get(pressed.headers["Location"])).text()
    assert told not in await (await house.get("/crm/signin")).text()


async def test_a_session_ends_after_eight_hours_however_much_it_is_used(
    house: Browser, visitors: SessionVisitors, page_clock: FakeClock
) -> None:
    await sign_in(house, visitors, "alice")
    for _ in range(23):
        page_clock.advance(20 * 60)
        assert (await house.get("/crm/")).status == 200
    page_clock.advance(20 * 60)
    assert (await house.get("/crm/")).status == 303


async def test_what_a_page_asks_for_by_itself_keeps_no_session_alive(
    house: Browser, visitors: SessionVisitors, page_clock: FakeClock
) -> None:
    await sign_in(house, visitors, "alice")
    for _ in range(3):
        page_clock.advance(10 * 60 - 1)
        assert (await house.get("/crm/api/panels", headers=ASKED_BY_THE_PAGE)).status == 200
    page_clock.advance(60)
    assert (await house.get("/crm/api/panels", headers=ASKED_BY_THE_PAGE)).status == 401


async def test_looking_often_writes_to_the_database_once_a_minute(
    house: Browser, visitors: SessionVisitors, sessions: MemorySessions, page_clock: FakeClock
) -> None:
    await sign_in(house, visitors, "alice")
    for _ in range(12):
        page_clock.advance(10)
        await house.get("/crm/")
    assert sessions.touches == 2


async def test_signing_out_ends_the_session_on_our_side_too(house: Browser, visitors: SessionVisitors) -> None:
    token = await sign_in(house, visitors, "alice")
    response = await house.post("/crm/signout")
    assert (response.status, response.headers["Location"]) == (303, "/crm/signin")
    assert SESSION_COOKIE not in house.cookies
    house.cookies[SESSION_COOKIE] = token
    assert (await house.get("/crm/")).status == 303


async def test_a_link_cannot_sign_anybody_out(house: Browser, visitors: SessionVisitors) -> None:
    await sign_in(house, visitors, "alice")
    assert (await house.get("/crm/signout")).status == 405
    assert (await house.get("/crm/")).status == 200


async def test_the_session_cookie_has_every_guard(house: Browser, signin: SignIn) -> None:
    answer = await house.start((await signin.issue_ticket("alice")).token)
    response = await house.get(f"/crm{REDIRECT}", params=answer)
    line = next(line for line in response.headers.getall("Set-Cookie") if line.startswith(SESSION_COOKIE))
    parts = {part.strip().lower() for part in line.split(";")}
    assert {"httponly", "secure", "samesite=lax", "path=/", "max-age=28800"} <= parts
    assert not any(part.startswith("domain") for part in parts)


async def test_a_signed_in_browser_is_not_asked_again(house: Browser, visitors: SessionVisitors) -> None:
    await sign_in(house, visitors, "alice")
    response = await house.get("/crm/signin")
    assert (response.status, response.headers["Location"]) == (303, "/crm/")


async def test_an_administrator_who_is_struck_off_the_list_is_none_at_the_next_request(
    house: Browser, visitors: SessionVisitors, admins: list[str]
) -> None:
    admins.append("alice")
    await sign_in(house, visitors, "alice")
    assert (await house.get("/crm/status")).status == 200
    admins.clear()
    assert (await house.get("/crm/status")).status == 403


async def test_no_token_is_logged(house: Browser, visitors: SessionVisitors) -> None:
    with capture_logs() as lines:
        token = await sign_in(house, visitors, "alice")
        await house.post("/crm/signout", FROM_OUR_PAGE)
    assert [line["event"] for line in lines] == ["web.session.begun", "web.session.ended"]
    assert token not in repr(lines)


async def test_a_flood_of_sign_ins_fills_no_database_and_locks_nobody_out(house: Browser, accounts: MemoryAccounts) -> None:
    """Threat T21: whoever presses the button all day must not keep the others from signing in."""
    for _ in range(200):
        answer = await house.post("/crm/signin")
    assert answer.headers["Location"].startswith("https://login.example.test")
    assert not accounts.flows


async def test_while_microsoft_does_not_answer_those_who_wait_are_bounded_and_it_is_told_who_is_busy(
    visitors: SessionVisitors,
) -> None:
    gate = asyncio.Event()

    class Slow:
        async def begin_visit(self) -> Departure:
            await gate.wait()
            return Departure(address="https://login.example.test/", session="s")

    app = create_app(Site(PUBLIC), [SignInRoom(visitors, Slow(), Site(PUBLIC))])
    async with TestClient(TestServer(app)) as client:
        press = partial(client.post, "/crm/signin", allow_redirects=False, headers=FROM_OUR_PAGE)
        waiting = [asyncio.create_task(press()) for _ in range(MOST_AT_ONCE + 1)]
        done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED, timeout=5)
        assert [task.result().headers["Location"] for task in done] == ["/crm/connect/end/busy"]
        gate.set()
        await asyncio.gather(*waiting)
        assert (await press()).headers["Location"] == "https://login.example.test/"


async def test_a_disk_that_is_full_hides_no_page(
    house: Browser,
    visitors: SessionVisitors,
    sessions: MemorySessions,
    page_clock: FakeClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def refuse(_digest: str, _now: datetime) -> None:
        raise StoreFull("no room left")

    await sign_in(house, visitors, "alice")
    monkeypatch.setattr(sessions, "touch", refuse)
    page_clock.advance(120)
    assert (await house.get("/crm/")).status == 200
