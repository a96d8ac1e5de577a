"""GoPaaS's page, driven as a person drives it: by its forms."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from crm_client import NOON
from page_reader import Browser

from outlookd.sandbox.crm import Crm
from outlookd.sandbox.crm_pages import crm_pages
from outlookd.sandbox.schema import SETTINGS_TABLE, SETTINGS_VIEW, build_schema


@pytest.fixture
def crm() -> Crm:
    crm = Crm(now=lambda: NOON)
    build_schema(crm)
    crm.table("contact").add({"cle": "A/1 é", "nom": "<script>alert(1)</script>", "ville": "Évreux", "date_creation": "2026-01-01"})
    crm.table("action").add({"cle": "R", "intitule": "Point", "note": "\nune\ndeux"})
    return crm


@pytest.fixture
async def browser(crm: Crm) -> AsyncIterator[Browser]:
    app = web.Application()
    app.add_subapp("/crm", crm_pages(crm, root="/crm", person="claire"))
    async with TestServer(app) as server, aiohttp.ClientSession() as session:
        yield await Browser(session, str(server.make_url("/crm/"))).open()


def _rows(crm: Crm, table: str = "contact") -> dict[str, dict[str, Any]]:
    return crm.table(table).rows


async def test_the_first_page_lists_the_contacts(browser: Browser) -> None:
    assert (browser.status, "Évreux" in browser.text) == (200, True)


async def test_what_a_row_holds_is_escaped(browser: Browser) -> None:
    await browser.follow("A/1 é")
    assert "<script>" not in browser.html


async def test_an_edit_changes_the_row_and_stamps_it(browser: Browser, crm: Crm) -> None:
    await browser.follow("A/1 é")
    await browser.submit(ville="Quimper")
    row = _rows(crm)["A/1 é"]
    assert (row["ville"], row["nom"], row["date_modification"]) == ("Quimper", "<script>alert(1)</script>", "2026-05-04")


async def test_an_edit_leaves_null_cells_alone(browser: Browser, crm: Crm) -> None:
    await browser.follow("A/1 é")
    await browser.submit(ville="Quimper")
    assert _rows(crm)["A/1 é"]["email"] is None


async def test_saving_a_form_unchanged_keeps_a_text_with_line_breaks(browser: Browser, crm: Crm) -> None:
    await browser.open("/crm/tables/action/rows/R")
    await browser.submit()
    assert _rows(crm, "action")["R"]["note"] == "\nune\ndeux"


async def test_a_new_row_gets_a_key_when_none_is_typed(browser: Browser, crm: Crm) -> None:
    await browser.follow("Nouvelle fiche")
    await browser.submit(nom="Neuf", synchroniser="oui")
    assert _rows(crm)["CON000002"]["nom"] == "Neuf"


async def test_a_new_appointment_is_its_authors_unless_they_say_otherwise(browser: Browser, crm: Crm) -> None:
    """Else it would be in nobody's view."""
    for name, owner in (("Mien", {}), ("Sien", {"utilisateur": "paul"})):
        await browser.open("/crm/tables/action/new")
        await browser.submit(intitule=name, date_debut="2026-05-12", **owner)
    owners = {row["intitule"]: row["utilisateur"] for row in _rows(crm, "action").values()}
    assert (owners["Mien"], owners["Sien"]) == ("claire", "paul")


async def test_an_appointment_is_moved_and_annotated_on_its_page(browser: Browser, crm: Crm) -> None:
    await browser.open("/crm/tables/action/rows/R")
    texts = {"intitule": "Visite", "date_debut": "2026-05-13", "heure_debut": "10:30:00", "lieu": "Brest", "note": "Salle 2"}
    await browser.submit(**texts)
    assert {name: _rows(crm, "action")["R"][name] for name in texts} == texts


async def test_a_settings_record_is_edited_like_any_other_row(browser: Browser, crm: Crm) -> None:
    key = crm.table(SETTINGS_TABLE).add({"utilisateur": "claire", "map": '{"givenName":"prenom"}'})["cle"]
    await browser.open(f"/crm/tables/{SETTINGS_TABLE}/rows/{key}")
    await browser.submit(map='{"givenName":"prenom","surname":"nom"}')
    assert [row["map"] for row in crm.rows_of(crm.view(SETTINGS_VIEW), caller="outlookd")] == [
        '{"givenName":"prenom","surname":"nom"}'
    ]


async def test_a_key_that_exists_is_refused_and_nothing_typed_is_lost(browser: Browser, crm: Crm) -> None:
    await browser.follow("Nouvelle fiche")
    await browser.submit(cle="A/1 é", nom="Neuf")
    assert (browser.status, browser.forms[0].fields["nom"], len(_rows(crm))) == (422, "Neuf", 1)


async def test_a_deleted_row_comes_back_from_the_trash_can(browser: Browser, crm: Crm) -> None:
    await browser.follow("A/1 é")
    await browser.submit("/delete")
    gone = dict(_rows(crm))
    await browser.submit("/restore")
    assert (gone, list(_rows(crm))) == ({}, ["A/1 é"])


async def test_a_row_that_is_gone_cannot_be_deleted_twice(browser: Browser, crm: Crm) -> None:
    await browser.follow("A/1 é")
    crm.delete("contact", "A/1 é")
    await browser.submit("/delete")
    assert (browser.status, "unknown key" in browser.text) == (422, True)


@pytest.mark.parametrize("path", ["/crm/tables/nothing/", "/crm/tables/contact/rows/nobody"])
async def test_an_unknown_place_is_not_found(browser: Browser, path: str) -> None:
    assert (await browser.open(path)).status == 404


async def test_a_search_narrows_the_list(browser: Browser, crm: Crm) -> None:
    crm.table("contact").add({"cle": "B", "nom": "Autre", "ville": "Brest"})
    await browser.open("?q=brest")
    assert ("B" in browser.links, "A/1 é" in browser.links) == (True, False)


async def test_a_long_list_is_paged(browser: Browser, crm: Crm) -> None:
    for number in range(60):
        crm.table("contact").add({"nom": f"Nom {number}"})
    await browser.open()
    await browser.follow("Page suivante")
    assert ("Nom 59" in browser.text, "Nom 3 " in browser.text) == (True, False)


async def test_a_page_that_reloads_itself_has_nothing_to_type_in(browser: Browser) -> None:
    await browser.follow("Actualiser en continu")
    assert ('http-equiv="refresh"' in browser.html, browser.forms) == (True, [])


async def test_a_page_with_a_form_does_not_reload_itself(browser: Browser) -> None:
    await browser.follow("A/1 é")
    assert "refresh" not in browser.html


async def test_no_script_may_run(browser: Browser) -> None:
    policy = browser.headers["Content-Security-Policy"]
    assert (policy.startswith("default-src 'none'"), "script-src" in policy) == (True, False)


async def test_the_styles_are_served(browser: Browser) -> None:
    await browser.open("/crm/static/sandbox.css")
    assert (browser.status, browser.headers["Content-Type"]) == (200, "text/css")
