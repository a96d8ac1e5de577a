"""What a person does on the sync page, in a real browser, against the real daemon and the sandbox."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from browser.conftest import CLAIRE, Daemon, window
from playwright.async_api import Browser, Locator, Page, expect

from outlookd.sandbox.faults import Kind

pytestmark = pytest.mark.asyncio(loop_scope="module")


def panel(page: Page, title: str) -> Locator:
    return page.get_by_role("article", name=title)


async def test_a_person_connects_presses_both_buttons_and_sees_both_sides_agree(
    chromium: Browser, daemon: Daemon, pictures: Path | None
) -> None:
    async with window(chromium, pictures) as shown:
        page = shown.page
        await shown.sign_in(await daemon.link())
        await shown.picture("connected")
        await page.goto(daemon.address)
        calendar, contacts = panel(page, "Calendar synchronization"), panel(page, "Contact export")
        await expect(contacts).to_contain_text("32 contacts to synchronize")
        await expect(calendar).to_contain_text(re.compile(r"\d+ appointments to synchronize"))
        await shown.picture("waiting")

        daemon.sandbox.faults.add("graph", Kind.SLOW, times=2, match=r"\$batch", seconds=0.7)
        await contacts.get_by_role("button", name="Start Exportation").click()
        await expect(contacts.get_by_role("progressbar")).to_be_visible()
        await expect(page.get_by_role("status")).to_contain_text("Contact export – ")
        await shown.picture("running")
        await calendar.get_by_role("button", name="Start Synchronization").click()
        for one in (contacts, calendar):
            await expect(one).to_contain_text("Both sides agree")
        await expect(contacts.get_by_role("row", name="Outlook")).to_have_text(re.compile(r"Outlook\s*32\s*0\s*0"))
        await expect(contacts).to_contain_text("0 contacts to synchronize")
        await expect(contacts.get_by_role("progressbar")).to_have_count(0)
        await shown.picture("done")


async def test_a_bar_never_runs_backwards(chromium: Browser, daemon: Daemon, claire: Any, pictures: Path | None) -> None:
    async with window(chromium, pictures, storage_state=claire) as shown:
        page = shown.page
        await page.goto(daemon.address)
        contacts = panel(page, "Contact export")
        await page.evaluate(
            """() => {
                window.seen = [];
                new MutationObserver(() => {
                    for (const bar of document.querySelectorAll("progress[value]")) window.seen.push(bar.value);
                }).observe(document.body, {subtree: true, childList: true, attributes: true});
            }"""
        )
        daemon.sandbox.faults.add("gopaas", Kind.SLOW, times=2, seconds=0.7)
        await contacts.get_by_role("button", name="Start Exportation").click()
        await expect(contacts.get_by_role("progressbar")).to_be_visible()
        await expect(contacts.get_by_role("progressbar")).to_have_count(0)
        seen = await page.evaluate("window.seen")
        assert seen == sorted(seen)


async def test_the_page_works_without_a_script(chromium: Browser, daemon: Daemon, claire: Any, pictures: Path | None) -> None:
    async with window(chromium, pictures, storage_state=claire, java_script_enabled=False, locale="fr-FR") as shown:
        page = shown.page
        await page.goto(daemon.address)
        calendar = panel(page, "Synchronisation des agendas")
        daemon.sandbox.faults.add("gopaas", Kind.SLOW, times=1, seconds=0.5)
        await calendar.get_by_role("button", name="Démarrer la synchronisation").click()
        await expect(page.get_by_text("C’est parti.").last).to_be_visible()
        await expect(calendar.get_by_role("progressbar")).to_be_visible()
        await shown.picture("without-script")
        # The page fetches itself again, and its address no longer says what was pressed.
        await expect(calendar.get_by_role("progressbar")).to_have_count(0)
        assert page.url == f"{daemon.address}/"


async def test_a_keyboard_is_enough_and_the_focus_stays_where_it_was(
    chromium: Browser, daemon: Daemon, claire: Any, pictures: Path | None
) -> None:
    async with window(chromium, pictures, storage_state=claire) as shown:
        page = shown.page
        await page.goto(daemon.address)
        await page.keyboard.press("Tab")
        await expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
        await page.keyboard.press("Enter")
        start = panel(page, "Calendar synchronization").get_by_role("button", name="Start Synchronization")
        await page.keyboard.press("Tab")
        await expect(start).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("status")).to_contain_text("Started.")
        await expect(page.get_by_role("status")).not_to_contain_text("Started.")
        await expect(start).to_be_focused()


async def test_a_phone_shows_all_of_it_in_french(chromium: Browser, daemon: Daemon, claire: Any, pictures: Path | None) -> None:
    phone = {"locale": "fr-FR", "viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
    async with window(chromium, pictures, storage_state=claire, **phone) as shown:
        page = shown.page
        await page.goto(daemon.address)
        await expect(page.get_by_role("heading", level=1)).to_have_text("Synchronisation")
        assert await shown.overflow() <= 0
        await shown.picture("phone")
        await page.goto(f"{daemon.address}/status")
        assert await shown.overflow() <= 0
        small = await page.evaluate(
            """() => [...document.querySelectorAll("main a, main button, header a, header button, summary, input:not([type=hidden])")]
                .map(e => [e.textContent || e.name, e.getBoundingClientRect()])
                .filter(([_, box]) => box.height < 24 || box.width < 24).map(([name]) => name)"""
        )
        assert small == []


async def test_signing_out_leads_to_the_sign_in_and_back_does_not_show_the_page(
    chromium: Browser, daemon: Daemon, claire: Any, pictures: Path | None
) -> None:
    """Whoever has connected a mailbox, as `claire` has, needs no link to come back."""
    async with window(chromium, pictures) as shown:
        page = shown.page
        await shown.sign_in(f"{daemon.address}/signin")
        await page.get_by_role("button", name="Sign out").click()
        await expect(page).to_have_url(f"{daemon.address}/signin")
        await page.go_back()
        await expect(page.get_by_role("button", name="Sign in with Microsoft")).to_be_visible()


async def test_a_folder_that_was_deleted_in_outlook_is_made_again_by_a_press(
    chromium: Browser, daemon: Daemon, claire: Any, pictures: Path | None
) -> None:
    async with window(chromium, pictures, storage_state=claire) as shown:
        page = shown.page
        await page.goto(daemon.address)
        contacts = panel(page, "Contact export")
        (mailbox,) = (user.mailbox for user in daemon.sandbox.world.directory.users if user.display_name == CLAIRE)
        (folder,) = (each for each in mailbox.all_folders() if each.name == "GoPaaS")
        mailbox.delete_folder(folder.id)
        await contacts.get_by_role("button", name="Start Exportation").click()
        await contacts.get_by_role("button", name="Make the folder again").click()
        await expect(contacts).to_contain_text("Both sides agree")
        assert "GoPaaS" in [each.name for each in mailbox.all_folders()]


async def test_an_administrator_makes_a_link_that_is_shown_once(
    chromium: Browser, daemon: Daemon, claire: Any, pictures: Path | None
) -> None:
    async with window(chromium, pictures, storage_state=claire) as shown:
        page = shown.page
        await page.goto(daemon.address)
        await page.get_by_role("link", name="Status").click()
        await expect(page.get_by_role("table")).to_contain_text("claire")
        await page.get_by_label("GoPaaS login").fill("claire")
        await page.get_by_role("button", name="Make a sign-in link").click()
        link = page.locator("code.secret")
        await expect(link).to_contain_text(f"{daemon.address}/connect/")
        await shown.picture("status")
        await page.get_by_role("link", name="Status").click()
        await expect(link).to_have_count(0)
