"""Errors as a person sees them: a page of ours in their language. Programs and scripts get a line of text."""

from __future__ import annotations

from http import HTTPStatus

import pytest
from unit.web.twins import MemoryDesk
from unit.web.visiting import FROM_OUR_PAGE, Browser, sign_in

from outlookd.errors import StoreError
from outlookd.web import SessionVisitors
from outlookd.web.outcomes import AGAIN, Outcome
from outlookd.web.words.connect import CONNECT, ConnectWords
from outlookd.web.words.refusals import REFUSALS

A_BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8", "Accept-Language": "fr"}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/crm/nowhere", 404),
        ("GET", "/nowhere", 404),
        ("GET", "/crm/status", 403),
        ("GET", "/crm/users/berta", 404),
        ("GET", "/crm/signout", 405),
        ("GET", "/crm/connect/end/nothing", 404),
    ],
)
async def test_a_refusal_is_a_page_in_the_readers_language(
    house: Browser, visitors: SessionVisitors, method: str, path: str, status: int
) -> None:
    await sign_in(house, visitors, "alice")
    response = await house.ask(method, path, headers=A_BROWSER)
    text = await response.text()
    assert response.status == status
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    assert (response.headers["Content-Language"], response.headers["Cache-Control"]) == ("fr", "no-store")
    assert REFUSALS.french.endings[HTTPStatus(status)].title in text
    assert '<a href="/crm/">' in text


async def test_a_form_of_another_site_is_refused_with_a_page(house: Browser) -> None:
    response = await house.post("/crm/signin", {**A_BROWSER, "Sec-Fetch-Site": "cross-site"})
    assert response.status == 403
    assert "<h1>" in await response.text()


async def test_a_form_that_cannot_be_read_is_refused_with_a_page(house: Browser, visitors: SessionVisitors) -> None:
    await sign_in(house, visitors, "root")
    headers = {**A_BROWSER, **FROM_OUR_PAGE, "Content-Type": "multipart/form-data"}
    response = await house.post("/crm/status", headers, data=b"x")
    assert response.status == 415
    assert REFUSALS.french.unreadable.title in await response.text()


async def test_a_database_that_refuses_is_told_on_a_page(house: Browser, visitors: SessionVisitors, desk: MemoryDesk) -> None:
    desk.failure = StoreError("CANARY-path cannot be read", code="SQLITE_IOERR", hint="Look at the disk.")
    await sign_in(house, visitors, "alice")
    response = await house.get("/crm/", headers=A_BROWSER)
    text = await response.text()
    assert (response.status, "<h1>" in text, "CANARY" in text) == (503, True, False)


@pytest.mark.parametrize("headers", [{}, {"Accept": "application/json"}, {**A_BROWSER, "HX-Request": "true"}])
async def test_a_program_and_a_script_get_a_line(house: Browser, headers: dict[str, str]) -> None:
    response = await house.get("/crm/nowhere", headers=headers)
    assert (response.status, await response.text()) == (404, "404: Not Found")


async def test_a_page_in_place_of_a_method_still_names_those_that_there_are(house: Browser) -> None:
    assert (await house.get("/crm/signout", headers=A_BROWSER)).headers["Allow"] == "POST"


async def test_the_address_without_its_slash_leads_to_the_start_page(house: Browser) -> None:
    response = await house.get("/crm")
    assert (response.status, response.headers["Location"]) == (308, "/crm/")


@pytest.mark.parametrize("outcome", Outcome)
async def test_an_end_that_lets_one_begin_again_leads_to_the_sign_in(house: Browser, outcome: Outcome) -> None:
    text = await (await house.get(f"/crm/connect/end/{outcome}")).text()
    assert ('<a href="/crm/signin">' in text) == (outcome in AGAIN)


@pytest.mark.parametrize("words", [CONNECT.english, CONNECT.french])
def test_whoever_is_told_to_begin_again_can(words: ConnectWords) -> None:
    told = {
        outcome
        for outcome, ending in words.endings.items()
        if any(phrase in ending.text for phrase in ("egin again", "ecommence", "ry again", "éessayez"))
    }
    assert told == AGAIN - {Outcome.UNKNOWN}
