"""Every answer's headers, and the access log."""

from __future__ import annotations

import re

import aiohttp
import pytest
from aiohttp import web
from structlog.testing import capture_logs
from unit.web.browser import REDIRECT, Browser

from outlookd.entra import SignIn
from outlookd.web import create_runner
from outlookd.web.words.connect import CONNECT


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


async def test_neither_link_nor_code_nor_state_is_in_the_access_log(pages: web.Application) -> None:
    runner = create_runner(pages)
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


async def test_a_french_browser_gets_french(browser: Browser, signin: SignIn) -> None:
    token = (await signin.issue_ticket("alice")).token
    page = await browser.get(f"/crm/connect/{token}", headers={"Accept-Language": "fr"})
    text = await page.text()
    assert '<html lang="fr">' in text
    assert CONNECT.french.button in text
    assert page.headers["Content-Language"] == "fr"
