"""What a person does on the mapping page, in a real browser, against the real pages and the sandbox's settings records."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from browser.axe import violations
from browser.conftest import window
from playwright.async_api import Browser, expect

from outlookd.app import App, load_installation, pages
from outlookd.cli.sandbox import free_port
from outlookd.sandbox.schema import SETTINGS_TABLE
from outlookd.sandbox.server import Sandbox, write_configuration

pytestmark = pytest.mark.asyncio(loop_scope="module")

HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>'
CONTACTS, CALENDAR = "claire/contact/contact/GoPaaS", "claire/calendar/action"


@dataclass
class House:
    """The pages of an installation whose jobs are settings records, and the CRM behind it."""

    app: App
    sandbox: Sandbox

    @property
    def address(self) -> str:
        return self.app.settings.web.public_url

    def map_of(self, job: str) -> dict[str, str]:
        found = self.app.roster.find(job)
        assert found is not None
        read: dict[str, str] = json.loads(self.sandbox.crm.table(SETTINGS_TABLE).rows[found.record]["map"])
        return read


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    directory = tmp_path_factory.mktemp("mapping")
    async with await Sandbox.start(directory, contacts=12) as sandbox:
        contacts = sandbox.crm.table("contact")
        contacts.columns["fonction"] = replace(contacts.columns["fonction"], label=HOSTILE)
        next(iter(contacts.rows.values()))["prenom"] = HOSTILE
        config = write_configuration(sandbox, directory, web_listen=f"127.0.0.1:{free_port()}", jobs=[], records=True)
        config.write_text(config.read_text().replace("[gopaas]", f'[gopaas]\nsettings_table = "{SETTINGS_TABLE}"'))
        async with App(load_installation(config, {})) as app, pages(app):
            await app.roster.refresh()
            yield House(app, sandbox)


async def enter(shown: Any, house: House, panel: str, link: str) -> None:
    """Sign in, and follow the panel's link."""
    await shown.sign_in((await house.app.connect("claire", replace=True)).url)
    await shown.page.goto(house.address)
    await shown.page.get_by_role("article", name=panel).get_by_role("link", name=link).click()


async def test_a_person_tries_a_map_saves_it_and_takes_it_back(chromium: Browser, house: House, pictures: Path | None) -> None:
    before = house.map_of(CONTACTS)
    async with window(chromium, pictures) as shown:
        page = shown.page
        dialogs: list[str] = []
        page.on("dialog", lambda dialog: dialogs.append(dialog.message))
        await enter(shown, house, "Contact export", "Field mapping")
        await expect(page.get_by_label("GoPaaS column for Surname")).to_have_value("nom")
        await shown.picture("mapping")
        assert await violations(page) == []

        await page.get_by_label("GoPaaS column for Birthday").select_option("")
        await page.get_by_label("Transform for Mobile Phone").select_option("phone_fr")
        await page.locator("summary").first.click()
        await page.get_by_label("GoPaaS column for department").select_option("fonction")
        await page.get_by_role("button", name="Check and preview").click()
        await expect(page.get_by_role("heading", name="Preview")).to_be_focused()
        table = page.get_by_role("region", name="Preview").get_by_role("table")
        await expect(table.get_by_role("row", name="Mobile Phone")).to_contain_text("+33 ")
        await expect(table).to_contain_text("<script>alert(1)</script>")
        await expect(page.get_by_label("For the field Map")).to_have_value(
            house_map := json.dumps(
                {
                    **{k: v for k, v in before.items() if k != "birthday"},
                    "mobilePhone": "telephone | phone_fr",
                    "department": "fonction",
                },
                separators=(",", ":"),
            )
        )
        await shown.picture("mapping-preview")
        assert await violations(page) == []
        assert house.map_of(CONTACTS) == before

        await page.get_by_role("button", name="Save in GoPaaS").click()
        await expect(page.get_by_role("status")).to_contain_text("Saved in GoPaaS.")
        assert house.map_of(CONTACTS) == json.loads(house_map)
        await shown.picture("mapping-saved")
        assert await violations(page) == []
        await page.get_by_role("button", name="Restore the map before").click()
        await expect(page.get_by_label("GoPaaS column for Birthday")).to_have_value("date_naissance")
        assert house.map_of(CONTACTS) == before
        assert dialogs == []


async def test_a_fault_is_found_by_keyboard_on_a_phone_without_a_script(
    chromium: Browser, house: House, pictures: Path | None
) -> None:
    phone = {"locale": "fr-FR", "viewport": {"width": 360, "height": 740}, "color_scheme": "dark", "java_script_enabled": False}
    before = house.map_of(CALENDAR)
    async with window(chromium, pictures, **phone) as shown:
        page = shown.page
        await enter(shown, house, "Synchronisation des agendas", "Correspondance des champs")
        await page.get_by_label("Colonne GoPaaS pour Date de début").select_option("")
        await page.get_by_role("button", name="Enregistrer dans GoPaaS").focus()
        await page.keyboard.press("Enter")
        problems = page.get_by_role("alert")
        await expect(problems).to_contain_text("1 point à corriger")
        await expect(problems).to_be_focused()
        await shown.picture("mapping-fault-phone")
        await page.keyboard.press("Tab")
        await expect(problems.get_by_role("link")).to_be_focused()
        await page.keyboard.press("Enter")
        field = page.get_by_label("Colonne GoPaaS pour Date de début")
        await expect(field).to_be_focused()
        await expect(field).to_have_attribute("aria-invalid", "true")
        await expect(field).to_have_accessible_description(
            "obligatoire Une colonne est nécessaire ici. Ce qui n’a pas de jour n’a pas de place dans un agenda."
        )
        # The browser itself reports every refusal.
        shown.complaints.clear()
    assert house.map_of(CALENDAR) == before


async def test_a_phone_shows_all_of_it_and_nothing_is_too_small(chromium: Browser, house: House, pictures: Path | None) -> None:
    phone = {"locale": "fr-FR", "viewport": {"width": 360, "height": 740}, "color_scheme": "dark", "has_touch": True}
    async with window(chromium, pictures, **phone) as shown:
        page = shown.page
        await enter(shown, house, "Export des contacts", "Correspondance des champs")
        await page.get_by_role("button", name="Vérifier et prévisualiser").click()
        await expect(page.get_by_role("heading", name="Aperçu")).to_be_focused()
        assert await shown.overflow() <= 0
        await shown.picture("mapping-phone")
        assert await violations(page) == []
        small = await page.evaluate(
            """() => [...document.querySelectorAll("main a, main button, summary, select, input:not([type=hidden])")]
                .filter(e => e.checkVisibility()).map(e => [e.textContent || e.name, e.getBoundingClientRect()])
                .filter(([_, box]) => box.height < 24 || box.width < 24).map(([name]) => name)"""
        )
        assert small == []
