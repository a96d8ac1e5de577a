"""Every answer's headers, and the access log."""

from __future__ import annotations

import logging
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import web
from structlog.testing import capture_logs
from unit.web.twins import MemoryDesk, Readings
from unit.web.visiting import REDIRECT, Browser, sign_in

from outlookd.entra import SignIn
from outlookd.errors import StoreError
from outlookd.web import Room, SessionVisitors, Site, create_app, create_runner
from outlookd.web.words.connect import CONNECT


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("path", ["/nowhere", "/crm/signin"])
async def test_an_answer_carries_the_protective_headers_whether_there_is_a_page_or_not(
    house: Browser, path: str, method: str
) -> None:
    headers = (await house.ask(method, path)).headers
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; ")
    assert "base-uri 'none'; frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Server"] == "outlookd"


async def test_the_policy_lets_the_form_go_on_to_the_authority(house: Browser) -> None:
    policy = (await house.get("/crm/signin")).headers["Content-Security-Policy"]
    assert "form-action 'self' https://login.example.test;" in policy


async def test_health_asks_nobody(house: Browser) -> None:
    response = await house.get("/healthz")
    assert await response.json() == {"status": "ok"}
    assert not house.sts.gets


async def test_readiness_names_the_component_that_is_in_the_way(house: Browser, readings: Readings) -> None:
    assert (await house.get("/readyz")).status == 200
    readings.found["database"] = "read_only"
    response = await house.get("/readyz")
    assert (response.status, await response.json()) == (503, {"status": "unready", "components": {"database": "read_only"}})


async def test_a_page_loads_nothing_from_elsewhere_and_has_nothing_inline(
    house: Browser, visitors: SessionVisitors, signin: SignIn
) -> None:
    token = (await signin.issue_ticket("alice")).token
    paths = [f"/crm/connect/{token}", "/crm/connect/end/done", "/crm/signin"]
    pages = [await (await house.get(path)).text() for path in paths]
    await sign_in(house, visitors, "root")
    pages += [await (await house.get(path)).text() for path in ("/crm/", "/crm/users/alice", "/crm/status")]
    for text in pages:
        assert all(address.startswith(("/crm/", "?", "#")) for address in re.findall(r'(?:src|href|action)="([^"]+)"', text))
        assert not re.search(r"<style|<script(?! src=)|\sstyle=|\son\w+=|javascript:", text)


async def test_neither_link_nor_code_nor_state_is_in_the_access_log(pages: web.Application) -> None:
    runner = create_runner(pages)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    with capture_logs() as lines:
        async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session:
            for path in ("/crm/connect/CANARY", f"/crm{REDIRECT}?code=CANARY&state=CANARY", "/CANARY", "/healthz", "/readyz"):
                await (await session.get(path, allow_redirects=False)).read()
        await runner.cleanup()
    logged = [line["route"] for line in lines if line["event"] == "web.request"]
    assert logged == ["/crm/connect/{token}", f"/crm{REDIRECT}", "(none)"]
    assert "CANARY" not in repr(lines)


@asynccontextmanager
async def served(*rooms: Room) -> AsyncIterator[str]:
    """The rooms behind the runner that the daemon uses; yields their address."""
    runner = create_runner(create_app(Site("https://crm.example.test/crm"), rooms))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def test_a_body_that_is_not_packed_as_it_says_is_the_callers_error_and_none_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Reader:
        def add_to(self, app: web.Application) -> None:
            app.router.add_post("/read", self.answer)

        async def answer(self, request: web.Request) -> web.Response:
            return web.Response(body=await request.read())

    packed = {"Content-Encoding": "gzip"}
    async with served(Reader()) as address, aiohttp.ClientSession(address) as session:
        assert [(await session.post(path, data=b"plain", headers=packed)).status for path in ("/read", "/nowhere")] == [400, 404]
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_of_calls_at_the_notifications_door_only_unusual_answers_are_in_the_access_log() -> None:
    """A flood of them must not fill the disk, and each of the usual ones is counted."""
    statuses = iter([200, 202, 400, 413, 503, 500])

    class Door:
        def add_to(self, app: web.Application) -> None:
            app.router.add_post("/crm/notifications", self.answer)

        async def answer(self, _request: web.Request) -> web.Response:
            return web.Response(status=next(statuses))

    with capture_logs() as lines:
        async with served(Door()) as address, aiohttp.ClientSession(address) as session:
            for _ in range(6):
                await (await session.post("/crm/notifications")).read()
    assert [line["status"] for line in lines if line["event"] == "web.request"] == [500]


async def test_a_french_browser_gets_french(browser: Browser, signin: SignIn) -> None:
    token = (await signin.issue_ticket("alice")).token
    page = await browser.get(f"/crm/connect/{token}", headers={"Accept-Language": "fr"})
    text = await page.text()
    assert '<html lang="fr">' in text
    assert CONNECT.french.check in text
    assert page.headers["Content-Language"] == "fr"


async def test_the_switch_leads_to_this_very_page_in_the_other_language_and_is_remembered(house: Browser) -> None:
    page = await (await house.get("/crm/signin", headers={"Accept-Language": "fr"})).text()
    assert '<a href="?lang=en" lang="en" hreflang="en">English</a>' in page
    english = await house.get("/crm/signin?lang=en", headers={"Accept-Language": "fr"})
    assert '<html lang="en">' in await english.text()
    again = await house.get("/crm/signin", headers={"Accept-Language": "fr"})
    assert '<html lang="en">' in await again.text()


async def test_the_switch_keeps_what_the_address_asked_for_and_cannot_lead_elsewhere(
    house: Browser, visitors: SessionVisitors
) -> None:
    await sign_in(house, visitors, "root")
    page = await (await house.get('/crm/status?q="><script>&lang=en')).text()
    assert 'href="?q=%22%3E%3Cscript%3E&amp;lang=fr"' in page
    assert '"><script>' not in page


async def test_a_database_that_refuses_is_told_and_hides_nothing_else(
    house: Browser, visitors: SessionVisitors, desk: MemoryDesk
) -> None:
    desk.failure = StoreError("CANARY-path cannot be read", code="SQLITE_IOERR", hint="Look at the disk.")
    await sign_in(house, visitors, "alice")
    with capture_logs() as lines:
        response = await house.get("/crm/")
    assert response.status == 503
    assert "CANARY" not in await response.text()
    assert [(line["event"], line["route"], line["error"]) for line in lines] == [("web.request.failed", "/crm/", "StoreError")]
    assert (await house.get("/crm/signin")).status == 303
