"""Every page in every state: no axe violation, in light and dark, nothing hostile runs, nothing is wider than a phone."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from browser.axe import VENDOR, violations
from browser.conftest import window
from browser.rooms import HOSTILE, PAGES, OneVisitor, desk, served
from playwright.async_api import Browser, Route, expect

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def address() -> AsyncIterator[str]:
    async with served(OneVisitor("root", admin=True)) as found:
        yield found


async def test_axe_is_what_it_was() -> None:
    rows = [line.split() for line in (VENDOR / "VENDORED.txt").read_text().splitlines() if not line.startswith("#")]
    assert all(hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == digest for _, _, name, digest in rows)
    assert {row[2] for row in rows} == {path.name for path in VENDOR.iterdir()} - {"VENDORED.txt"}


@pytest.mark.parametrize(("scheme", "rules"), [("light", ()), ("dark", ("color-contrast",))], ids=["light", "dark"])
async def test_axe_finds_nothing_wrong(
    chromium: Browser, address: str, pictures: Path | None, scheme: str, rules: tuple[str, ...]
) -> None:
    """In the dark only the colours are others."""
    locale = "fr-FR" if scheme == "dark" else "en-GB"
    async with window(chromium, pictures, color_scheme=scheme, locale=locale) as shown:
        for name, path in PAGES.items():
            await shown.page.goto(address + path)
            await shown.picture(f"{name}-{scheme}")
            assert (name, await violations(shown.page, *rules)) == (name, [])


async def test_no_page_is_wider_than_a_phone(chromium: Browser, address: str, pictures: Path | None) -> None:
    async with window(chromium, pictures, viewport={"width": 360, "height": 740}, locale="fr-FR") as shown:
        for name, path in PAGES.items():
            await shown.page.goto(address + path)
            await shown.picture(f"{name}-phone")
            assert (name, await shown.overflow()) == (name, 0)


@pytest.mark.parametrize(
    "path", ["/users/alice", "/status", PAGES["plan"], PAGES["run"], PAGES["record"], PAGES["conflicts"], PAGES["aside"]]
)
async def test_hostile_text_is_shown_and_does_nothing(chromium: Browser, address: str, pictures: Path | None, path: str) -> None:
    async with window(chromium, pictures) as shown:
        dialogs: list[str] = []
        shown.page.on("dialog", lambda dialog: dialogs.append(dialog.message))
        await shown.page.goto(address + path)
        await expect(shown.page.get_by_text(HOSTILE).first).to_be_attached()
        assert dialogs == []


async def test_a_bar_is_only_filled_where_the_end_is_known(chromium: Browser, address: str, pictures: Path | None) -> None:
    async with window(chromium, pictures) as shown:
        await shown.page.goto(f"{address}/users/alice")
        values = await shown.page.locator("progress").evaluate_all("bars => bars.map(bar => bar.getAttribute('value'))")
        assert values == ["70.0", None, None]


async def test_picos_own_pictures_are_let_in_before_our_sheet_has_come(
    chromium: Browser, address: str, pictures: Path | None
) -> None:
    """Each sheet is a request of its own, and a browser may draw with the first while it waits for the second."""
    async with window(chromium, pictures) as shown:
        await shown.page.route("**/outlookd*.css", lambda route: route.fulfill(content_type="text/css", body=""))
        await shown.page.goto(f"{address}/users/alice")
        await expect(shown.page.locator("details").first).to_be_visible()


async def test_what_a_person_has_unfolded_stays_unfolded(chromium: Browser, address: str, pictures: Path | None) -> None:
    async with window(chromium, pictures) as shown:
        await shown.page.goto(f"{address}/users/alice")
        details = shown.page.locator("details").first
        await details.locator("summary").click()
        await shown.page.evaluate("new Promise(drawn => document.addEventListener('htmx:after:settle', drawn, {once: true}))")
        await expect(details).to_have_attribute("open", "")


async def test_a_session_that_has_ended_leads_the_page_to_the_sign_in(chromium: Browser, pictures: Path | None) -> None:
    visitor = OneVisitor("alice")
    async with served(visitor) as address, window(chromium, pictures) as shown:
        # The page also looks by itself now and then: that would lead there before the press.
        await shown.page.route("**/panels*", lambda route: route.abort())
        await shown.page.goto(address)
        visitor.gone = True
        await shown.page.get_by_role("button", name="Start Synchronization").first.click()
        await expect(shown.page).to_have_url(f"{address}/signin")
        # The browser itself reports every refusal.
        shown.complaints.clear()


async def test_a_server_that_fails_leaves_the_page_as_it_is(chromium: Browser, pictures: Path | None) -> None:
    async with served(OneVisitor("alice")) as address, window(chromium, pictures) as shown:
        await shown.page.goto(address)
        await shown.page.route("**/api/**", lambda route: route.fulfill(status=502, body="<h1>Bad Gateway</h1>"))
        await shown.page.get_by_role("button", name="Start Synchronization").first.click()
        await expect(shown.page.get_by_role("article")).to_have_count(len(desk().shown))
        await expect(shown.page.get_by_text("Bad Gateway")).to_have_count(0)
        shown.complaints.clear()


async def test_a_press_that_nobody_answers_says_so_until_somebody_does(chromium: Browser, pictures: Path | None) -> None:
    async with served(OneVisitor("alice")) as address, window(chromium, pictures, locale="fr-FR") as shown:
        page = shown.page
        await page.goto(address)
        start = page.get_by_role("button", name="Démarrer").first
        alert = page.get_by_role("alert")
        await expect(alert).to_have_count(0)
        for answer in (lambda route: route.abort(), lambda route: route.fulfill(status=503, body="x")):
            await page.route("**/api/**", answer)
            await start.click()
            await expect(alert).to_contain_text("outlookd ne répond pas comme il devrait.")
            await page.unroute("**/api/**")
            await start.click()
            await expect(alert).to_have_count(0)
        shown.complaints.clear()


async def test_choosing_in_the_mapping_keeps_the_session_alive_once_a_minute(
    chromium: Browser, address: str, pictures: Path | None
) -> None:
    async with window(chromium, pictures) as shown:
        page = shown.page
        sent: list[str] = []
        page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
        await page.goto(address + PAGES["mapping"])
        transform = page.get_by_label("Transform for Subject")
        async with page.expect_response("**/api/alive") as answered:
            await transform.select_option("upper")
        assert (await answered.value).status == 204
        await transform.select_option("trim")
        assert sent == [f"{address}/api/alive"]


async def test_a_double_click_is_one_press_and_keeps_the_focus(chromium: Browser, pictures: Path | None) -> None:
    async with served(OneVisitor("alice")) as address, window(chromium, pictures) as shown:
        page = shown.page
        await page.goto(address)
        sent: list[str] = []

        async def slowly(route: Route) -> None:
            sent.append(route.request.url)
            await page.wait_for_timeout(200)
            await route.continue_()

        await page.route("**/approve", slowly)
        approve = page.get_by_role("button", name="Approve").first
        await approve.dblclick()
        await expect(page.locator("#note")).to_contain_text("Approved.")
        assert len(sent) == 1
        await expect(approve).to_be_focused()
