"""Chromium, and what stands behind it: the sandbox with a daemon that runs a job only when a button asks for it, or rooms over twins.

One browser and one daemon per module: starting either takes a second.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect
from waiting import DEADLINE

from outlookd.app import App, load_installation, pages, schedule
from outlookd.cli.sandbox import started
from outlookd.sandbox.server import Sandbox

CHROMIUM = next(filter(None, map(shutil.which, ("chromium-headless-shell", "chromium", "chromium-browser"))), None)
"""The shell without windows takes a third of the time of the whole browser, and is the same engine."""
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
CLAIRE = "Claire Aubrac"
PATIENCE = 1000 * DEADLINE
"""Milliseconds."""

expect.set_options(timeout=PATIENCE)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if CHROMIUM is None:
        here = Path(__file__).parent
        for item in items:
            if here in item.path.parents:
                item.add_marker(pytest.mark.skip(reason="there is no chromium"))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        await browser.close()


@pytest.fixture(scope="session")
def pictures() -> Path | None:
    """Where screenshots go, if somebody wants to look at them: each takes as long as a page."""
    asked = os.environ.get("OUTLOOKD_SCREENSHOTS")
    if not asked:
        return None
    place = Path(asked)
    place.mkdir(parents=True, exist_ok=True)
    return place


@dataclass
class Window:
    """One page of one browser, and everything that it complained about."""

    page: Page
    pictures: Path | None
    complaints: list[str] = field(default_factory=list)

    async def picture(self, name: str) -> None:
        if self.pictures is not None:
            await self.page.screenshot(path=self.pictures / f"{name}.png", full_page=True)

    async def overflow(self) -> int:
        """How many pixels the page is wider than the window."""
        return await self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")

    async def sign_in(self, address: str) -> None:
        """Open the address, and do what a person does from there to the sync page."""
        await self.page.goto(address)
        await self.page.locator("main button").click()
        await self.page.get_by_role("button", name=CLAIRE).click()
        await self.page.wait_for_load_state()


@asynccontextmanager
async def window(chromium: Browser, pictures: Path | None, **options: Any) -> AsyncIterator[Window]:
    """A fresh browser without cookies. It must have nothing to complain about at the end."""
    context: BrowserContext = await chromium.new_context(
        **{"ignore_https_errors": True, "locale": "en-GB", "viewport": {"width": 1200, "height": 850}} | options
    )
    try:
        page = await context.new_page()
        page.set_default_timeout(PATIENCE)
        shown = Window(page, pictures)
        page.on("console", lambda message: shown.complaints.append(message.text) if message.type in {"error", "warning"} else None)
        page.on("pageerror", lambda error: shown.complaints.append(str(error)))
        yield shown
        assert shown.complaints == []
    finally:
        await context.close()


@dataclass
class Daemon:
    """The daemon in this process, and the services that it talks to."""

    app: App
    sandbox: Sandbox

    @property
    def address(self) -> str:
        return self.app.settings.web.public_url

    async def link(self, login: str = "claire") -> str:
        """A sign-in link, as an administrator hands it out."""
        return (await self.app.connect(login)).url


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def daemon(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Daemon]:
    directory = tmp_path_factory.mktemp("daemon")
    async with started(directory, 32, appointments=True) as (sandbox, config):
        config.write_text(config.read_text().replace("[web]", '[web]\nadmins = ["claire"]'))
        async with App(load_installation(config, {})) as app, pages(app), schedule(app) as rounds:
            # Its alarms are taken away: what runs is what a test presses.
            for job in app.jobs():
                rounds.schedule._timetable.remove(job.id)
            yield Daemon(app, sandbox)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def claire(chromium: Browser, daemon: Daemon) -> Any:
    """The cookies of a browser in which claire has connected her mailbox, and is signed in."""
    async with window(chromium, None) as shown:
        await shown.sign_in(await daemon.link())
        return await shown.page.context.storage_state()
