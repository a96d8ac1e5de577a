"""Outlook's page, driven as a person drives it: by its forms."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from page_reader import Browser

from outlookd.sandbox.contact_form import changes, shown
from outlookd.sandbox.directory import Directory
from outlookd.sandbox.mailbox import Mailbox
from outlookd.sandbox.maillog import MailLog
from outlookd.sandbox.outlook_pages import outlook_pages

MARK = {"id": "String {b0c4f7d2-93f1-4f0e-8a44-6a7d1f2e5c90} Name mark", "value": "m"}


@pytest.fixture
def directory() -> Directory:
    directory = Directory()
    directory.add_user("claire@example.test", "Claire <b>")
    return directory


@pytest.fixture
def mailbox(directory: Directory) -> Mailbox:
    return directory.users[0].mailbox


@pytest.fixture
def mails() -> MailLog:
    return MailLog()


@pytest.fixture
async def browser(directory: Directory, mailbox: Mailbox, mails: MailLog) -> AsyncIterator[Browser]:
    mailbox.create_contact(
        {
            "givenName": "Odile",
            "surname": "<i>Pastoureau</i>",
            "emailAddresses": [{"address": "odile@example.com", "name": "Tante"}, {"address": "o@example.com", "name": ""}],
            "businessAddress": {"street": "1 rue", "city": "Brest", "state": "Finistère"},
            "birthday": "1984-02-29T11:59:00Z",
            "personalNotes": "\nune\ndeux",
            "singleValueExtendedProperties": [MARK],
        }
    )
    app = web.Application()
    app.add_subapp("/outlook", outlook_pages(directory, mails, root="/outlook"))
    async with TestServer(app) as server, aiohttp.ClientSession() as session:
        yield await Browser(session, str(server.make_url("/outlook/"))).open()


async def _open_contact(browser: Browser) -> None:
    await browser.follow("Claire <b>")
    await browser.follow("Odile <i>Pastoureau</i>")


async def test_text_from_strangers_is_escaped(browser: Browser) -> None:
    await browser.follow("Claire <b>")
    assert ("<i>" in browser.html, "<i>" in browser.text) == (False, True)


async def test_saving_a_contact_unchanged_does_not_touch_it(browser: Browser, mailbox: Mailbox) -> None:
    before = mailbox.contacts()[0].etag
    await _open_contact(browser)
    await browser.submit()
    assert (browser.status, mailbox.contacts()[0].etag) == (200, before)


async def test_an_edit_changes_only_what_was_typed(browser: Browser, mailbox: Mailbox) -> None:
    before = dict(mailbox.contacts()[0].properties)
    await _open_contact(browser)
    await browser.submit(mobilePhone="06 39 98 00 00")
    assert mailbox.contacts()[0].properties == before | {"mobilePhone": "06 39 98 00 00"}


async def test_a_part_of_an_address_is_edited_without_losing_the_others(browser: Browser, mailbox: Mailbox) -> None:
    await _open_contact(browser)
    await browser.submit(**{"businessAddress/city": "Quimper"})
    address = mailbox.contacts()[0].properties["businessAddress"]
    assert (address["city"], address["street"], address["state"]) == ("Quimper", "1 rue", "Finistère")


async def test_a_birthday_is_cleared_by_emptying_it(browser: Browser, mailbox: Mailbox) -> None:
    await _open_contact(browser)
    await browser.submit(birthday="")
    assert mailbox.contacts()[0].properties["birthday"] is None


async def test_a_fourth_address_is_refused_and_nothing_typed_is_lost(browser: Browser, mailbox: Mailbox) -> None:
    await _open_contact(browser)
    await browser.submit(emailAddresses="a@example.com\nb@example.com\nc@example.com\nd@example.com", jobTitle="Tante")
    assert (browser.status, browser.forms[0].fields["jobTitle"], mailbox.contacts()[0].properties["jobTitle"]) == (
        422,
        "Tante",
        None,
    )


async def test_a_new_contact_lands_in_the_folder_it_was_begun_in(browser: Browser, mailbox: Mailbox) -> None:
    await browser.follow("Claire <b>")
    await browser.submit("/folders", name="Amis")
    await browser.follow("Nouveau contact")
    await browser.submit(givenName="Zoé")
    folder = mailbox.folders()[0]
    assert [contact.properties["givenName"] for contact in mailbox.contacts(folder.id)] == ["Zoé"]


async def test_a_contact_is_deleted(browser: Browser, mailbox: Mailbox) -> None:
    await _open_contact(browser)
    await browser.submit("/delete")
    assert (mailbox.contacts(), len(mailbox.deleted_contacts())) == ([], 1)


async def test_a_copy_takes_the_mark_along(browser: Browser, mailbox: Mailbox) -> None:
    await _open_contact(browser)
    await browser.submit("/copy")
    assert [list(contact.extended.values()) for contact in mailbox.contacts()] == [["m"], ["m"]]


async def test_a_photo_is_added_and_taken_away(browser: Browser, mailbox: Mailbox) -> None:
    photos = []
    for _ in range(2):
        await browser.open("/outlook/")
        await _open_contact(browser)
        await browser.submit("/photo")
        photos.append(mailbox.contacts()[0].photo is not None)
    assert photos == [True, False]


async def test_a_contact_is_moved_to_another_folder(browser: Browser, mailbox: Mailbox) -> None:
    folder = mailbox.create_folder("Amis")
    await _open_contact(browser)
    await browser.submit("/move", folder=folder.id)
    assert (len(mailbox.contacts()), len(mailbox.contacts(folder.id))) == (0, 1)


async def test_a_folder_is_renamed(browser: Browser, mailbox: Mailbox) -> None:
    mailbox.create_folder("Amis")
    await browser.follow("Claire <b>")
    await browser.follow("Amis")
    await browser.submit("/rename", name="Copains")
    assert mailbox.folders()[0].name == "Copains"


async def test_a_folder_is_deleted(browser: Browser, mailbox: Mailbox) -> None:
    mailbox.create_folder("Amis")
    await browser.follow("Claire <b>")
    await browser.follow("Amis")
    await browser.submit("/delete")
    assert mailbox.folders() == []


async def test_two_folders_of_one_name_are_refused(browser: Browser, mailbox: Mailbox) -> None:
    await browser.follow("Claire <b>")
    await browser.submit("/folders", name="Amis")
    await browser.submit("/folders", name="amis")
    assert (browser.status, "ErrorFolderExists" in browser.text, len(mailbox.folders())) == (422, True, 1)


async def test_the_default_folder_offers_no_deletion(browser: Browser) -> None:
    await browser.follow("Claire <b>")
    assert [form.action for form in browser.forms if "delete" in form.action] == []


async def test_a_mail_that_would_have_been_sent_is_shown(browser: Browser, mails: MailLog) -> None:
    mails.add(sender="claire@example.test", recipients=("x@example.test",), reason="invitation", subject="Point", item="1")
    await browser.open("/outlook/")
    assert "x@example.test" in browser.text


@pytest.mark.parametrize(
    "path", ["/outlook/nobody/", "/outlook/claire@example.test/?folder=AAno", "/outlook/claire@example.test/contacts/AAno"]
)
async def test_an_unknown_place_is_not_found(browser: Browser, path: str) -> None:
    assert (await browser.open(path)).status == 404


def test_an_empty_form_makes_an_empty_contact() -> None:
    assert changes({}, shown({})) == {}


async def test_the_default_folder_stays_even_if_its_deletion_is_asked_for(browser: Browser, mailbox: Mailbox) -> None:
    mailbox.create_folder("Amis")
    await browser.follow("Claire <b>")
    await browser.follow("Amis")
    form = next(form for form in browser.forms if form.action.endswith("/delete"))
    form.action = form.action.replace(mailbox.folders()[0].id, mailbox.default_folder.id)
    await browser.submit("/delete")
    assert (browser.status, len(mailbox.all_folders())) == (422, 2)


async def test_a_new_name_that_is_taken_is_refused(browser: Browser, mailbox: Mailbox) -> None:
    mailbox.create_folder("Amis")
    mailbox.create_folder("Copains")
    await browser.follow("Claire <b>")
    await browser.follow("Amis")
    await browser.submit("/rename", name="Copains")
    assert (browser.status, mailbox.folders()[0].name) == (422, "Amis")
