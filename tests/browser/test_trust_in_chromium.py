"""What a person does on the pages of trust, in a real browser, against the real pages and the sandbox."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from browser.conftest import CLAIRE, window
from playwright.async_api import Browser, expect

from outlookd.app import App, load_installation, pages
from outlookd.cli.sandbox import started
from outlookd.sandbox.mailbox import Contact
from outlookd.sandbox.server import Sandbox

pytestmark = pytest.mark.asyncio(loop_scope="module")

HOSTILE = "<script>alert(1)</script>"
PHONE = {"locale": "fr-FR", "viewport": {"width": 360, "height": 740}, "java_script_enabled": False}


@dataclass
class House:
    """The pages of an installation with one job of four contacts, kept in step both ways, and what stands behind it."""

    app: App
    sandbox: Sandbox

    @property
    def address(self) -> str:
        return self.app.settings.web.public_url

    @property
    def contacts(self) -> list[Contact]:
        (mailbox,) = (user.mailbox for user in self.sandbox.world.directory.users if user.display_name == CLAIRE)
        folders = [folder for folder in mailbox.all_folders() if folder.name == "GoPaaS"]
        return [contact for folder in folders for contact in mailbox.contacts(folder.id)]

    def edit_in_outlook(self, contact: Contact, **properties: str) -> None:
        (mailbox,) = (user.mailbox for user in self.sandbox.world.directory.users if user.display_name == CLAIRE)
        mailbox.update_contact(contact.immutable_id, properties)

    async def sync(self) -> None:
        (job,) = self.app.jobs()
        report = await self.app.sync(job, full=True)
        assert report.exit_status == 0, report.message


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    directory = tmp_path_factory.mktemp("trust")
    async with started(directory, 4, jobs=("contact",)) as (sandbox, config):
        config.write_text(config.read_text().replace('type = "Contact"', 'type = "Contact"\ndirection = "both"'))
        key = next(iter(sandbox.crm.table("contact").rows))
        sandbox.crm.edit("contact", key, {"prenom": HOSTILE}, by="paul")
        async with App(load_installation(config, {})) as app, pages(app):
            yield House(app, sandbox)


async def test_a_run_is_foretold_told_and_taken_back(chromium: Browser, house: House, pictures: Path | None) -> None:
    async with window(chromium, pictures) as shown:
        page = shown.page
        await shown.sign_in((await house.app.connect("claire")).url)
        await page.goto(house.address)
        await page.get_by_role("link", name="What would change").click()
        await page.get_by_role("button", name="Find out").click()
        await expect(page.get_by_text("4 changes would be written.")).to_be_visible()
        await expect(page.get_by_text(HOSTILE).first).to_be_visible()
        await expect(page.get_by_text("None of them sends mail.")).to_be_visible()
        assert house.contacts == []

        await house.sync()
        kept = house.contacts[0]
        house.edit_in_outlook(kept, jobTitle="Edited since")
        await page.get_by_role("link", name="History", exact=True).click()
        await page.get_by_role("table").get_by_role("link").first.click()
        await page.get_by_role("button", name="Undo this run…").click()
        await expect(page.get_by_role("heading", name="3 changes would be made:")).to_be_visible()
        await expect(page.get_by_role("heading", name="1 thing stays as it is:")).to_be_visible()
        assert len(house.contacts) == 4
        await shown.picture("undo-preview")
        await page.get_by_role("button", name="Undo now").click()
        await expect(page.get_by_role("heading", name="3 changes were made:")).to_be_visible()
        assert [contact.immutable_id for contact in house.contacts] == [kept.immutable_id]
        await shown.picture("undone")


async def test_a_person_chooses_the_other_value_on_a_phone_without_a_script(
    chromium: Browser, house: House, pictures: Path | None
) -> None:
    (contact,) = house.contacts
    await house.sync()
    (key,) = (link.gopaas_id for link in await house.app.store.find_links(contact.immutable_id))
    house.sandbox.crm.edit("contact", key, {"fonction": "Relieuse"}, by="paul")
    house.edit_in_outlook(contact, jobTitle="Archiviste")
    await house.sync()
    async with window(chromium, pictures, **PHONE) as shown:
        page = shown.page
        await shown.sign_in((await house.app.connect("claire", replace=True)).url)
        await page.goto(f"{house.address}")
        await page.get_by_role("link", name="Historique").click()
        await page.get_by_label("Clé dans GoPaaS, ou ID Outlook").fill(contact.immutable_id)
        await page.get_by_role("button", name="Afficher son histoire").click()
        story = page.get_by_role("article")
        await expect(story).to_contain_text("Relieuse")
        await page.get_by_role("button", name="Regarder les deux côtés maintenant").click()
        await expect(page.get_by_role("progressbar")).to_have_count(0, timeout=10_000)
        await shown.picture("story-phone")
        assert await shown.overflow() <= 0
        await story.get_by_role("button", name="Garder la valeur d’Outlook").first.click()
        await expect(page.locator("#answer")).to_contain_text("C’est fait.", timeout=10_000)
        await shown.picture("chosen-phone")
    assert house.sandbox.crm.table("contact").rows[key]["fonction"] == "Archiviste"
