"""Every answer's headers, the access log, and the words."""

from __future__ import annotations

import re
from dataclasses import fields

import aiohttp
import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs
from unit.web.browser import REDIRECT, Browser
from unit.web.conftest import app_of

from outlookd.entra import Reason, SignIn
from outlookd.web import create_runner
from outlookd.web.outcomes import STATUS, Outcome
from outlookd.web.texts import ENGLISH, FRENCH, Texts, choose_texts


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    "path",
    ["/healthz", "/crm/", "/crm/connect/x", "/crm/connect/end/done", f"/crm{REDIRECT}", "/crm/static/outlookd.css", "/nowhere"],
)
async def test_every_answer_carries_the_protective_headers(browser: Browser, path: str, method: str) -> None:
    headers = (await browser.ask(method, path)).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Server"] == "outlookd"


async def test_the_policy_lets_the_form_go_on_to_the_authority(browser: Browser) -> None:
    policy = (await browser.get("/crm/")).headers["Content-Security-Policy"]
    assert "form-action 'self' https://login.example.test;" in policy


async def test_health_asks_nobody(browser: Browser) -> None:
    response = await browser.get("/healthz")
    assert await response.json() == {"status": "ok"}
    assert not browser.sts.gets


async def test_the_front_page_says_what_this_is(browser: Browser) -> None:
    text = await (await browser.get("/crm/")).text()
    assert "GoPaaS" in text
    assert "<title>outlookd</title>" in text


async def test_the_icon_is_a_picture_that_the_policy_lets_in(browser: Browser) -> None:
    """Without one of our own, browsers ask for /favicon.ico and complain in the console."""
    response = await browser.get("/crm/static/outlookd.svg")
    assert (response.status, response.content_type) == (200, "image/svg+xml")
    assert "img-src 'self'" in response.headers["Content-Security-Policy"]
    assert not re.search("style|script|on[a-z]+=", await response.text())


async def test_a_page_loads_nothing_from_elsewhere_and_runs_no_script(browser: Browser, signin: SignIn) -> None:
    token = (await signin.issue_ticket("alice")).token
    for path in ("/crm/", f"/crm/connect/{token}", "/crm/connect/end/done"):
        text = await (await browser.get(path)).text()
        assert re.findall(r'(?:src|href)="([^"]+)"', text) == ["/crm/static/outlookd.svg", "/crm/static/outlookd.css"]
        assert "<script" not in text


async def test_neither_link_nor_code_nor_state_is_in_the_access_log(signin: SignIn) -> None:
    runner = create_runner(app_of(signin))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    with capture_logs() as lines:
        async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session:
            for path in ("/crm/connect/CANARY", f"/crm{REDIRECT}?code=CANARY&state=CANARY", "/CANARY", "/healthz"):
                await (await session.get(path, allow_redirects=False)).read()
        await runner.cleanup()
    logged = [line["route"] for line in lines if line["event"] == "web.request"]
    assert logged == ["/crm/connect/{token}", f"/crm{REDIRECT}", "(none)"]
    assert "CANARY" not in repr(lines)


@pytest.mark.parametrize(
    ("header", "texts"),
    [
        ("fr-FR,fr;q=0.9,en;q=0.8", FRENCH),
        ("en-GB,en;q=0.9,fr;q=0.8", ENGLISH),
        ("de,fr;q=0.5,en;q=0.3", FRENCH),
        ("de", ENGLISH),
        ("", ENGLISH),
        ("en;q=0,fr;q=0.1", FRENCH),
    ],
)
def test_the_language_is_the_one_the_browser_ranks_highest(header: str, texts: Texts) -> None:
    assert choose_texts(header) is texts


@given(st.text())
def test_no_language_header_is_a_crash(header: str) -> None:
    assert choose_texts(header) in (ENGLISH, FRENCH)


async def test_a_french_browser_gets_french(browser: Browser, signin: SignIn) -> None:
    token = (await signin.issue_ticket("alice")).token
    page = await browser.get(f"/crm/connect/{token}", headers={"Accept-Language": "fr"})
    text = await page.text()
    assert '<html lang="fr">' in text
    assert FRENCH.connect_button in text
    assert page.headers["Content-Language"] == "fr"


@pytest.mark.parametrize("texts", [ENGLISH, FRENCH], ids=["en", "fr"])
def test_every_outcome_has_a_text_and_a_status(texts: Texts) -> None:
    assert set(texts.endings) == set(Outcome) == set(STATUS)
    assert {reason.value for reason in Reason} < {outcome.value for outcome in Outcome}


def test_both_languages_fill_the_same_places() -> None:
    for name in (field.name for field in fields(Texts) if field.name not in {"language", "endings"}):
        english, french = getattr(ENGLISH, name), getattr(FRENCH, name)
        assert english
        assert sorted(re.findall(r"{\w+}", english)) == sorted(re.findall(r"{\w+}", french))


def test_french_puts_a_no_break_space_before_double_punctuation() -> None:
    words = [getattr(FRENCH, field.name) for field in fields(Texts) if field.name != "endings"]
    words += [text for ending in FRENCH.endings.values() for text in (ending.title, ending.text)]
    assert not [word for word in words if re.search(r"(?<!\u00a0)[:;?!]", word)]
