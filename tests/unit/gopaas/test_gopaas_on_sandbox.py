"""The adapter against the sandbox's CRM, which nobody of this side wrote: each documented doubt, switched on."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from aiohttp.test_utils import TestServer

from outlookd.errors import ConfigurationError
from outlookd.gopaas import ApiKey as Key
from outlookd.gopaas import ClientCredentials, GopaasAdapter, GopaasClient
from outlookd.ports import Absent, Done, Failed, Found, Write
from outlookd.sandbox.access import Access, ApiClient, ApiKey
from outlookd.sandbox.crm import Crm
from outlookd.sandbox.faults import Faults
from outlookd.sandbox.gopaas import gopaas_app
from outlookd.sandbox.schema import MY_CONTACT_VIEW, build_schema

COLUMNS = frozenset({"nom", "prenom", "email", "telephone"})
KEYS = [f"K{n:02}" for n in range(1, 24)]


@pytest.fixture
def crm(clock):
    crm = Crm(now=clock.now)
    build_schema(crm)
    for number, key in enumerate(KEYS):
        owner = "claire" if number < 4 else "paul"
        crm.table("contact").add({"cle": key, "nom": f"Nom {key}", "synchroniser": "oui", "utilisateur": owner})
    return crm


@pytest.fixture
def access():
    access = Access()
    access.keys["key-of-claire"] = ApiKey(login="claire")
    access.clients["daemon"] = ApiClient(secret="right", login="outlookd")
    return access


@pytest.fixture
def faults():
    return Faults()


@pytest.fixture
async def url(crm, access, faults):
    async with TestServer(gopaas_app(crm, access, faults)) as server:
        yield str(server.make_url("/crm"))


@pytest.fixture
def credentials(session, url, clock):
    return ClientCredentials(session, url, "daemon", "right", clock, grant="Client Credentials")


@pytest.fixture
def make(session, url, clock, credentials):
    def make(view="contact.outlook", *, key="", **options):
        client = GopaasClient(session, url, Key(key) if key else credentials, clock, random=lambda: 0.5)
        return GopaasAdapter(client, table="contact", view=view, columns=COLUMNS, page_size=10, **options)

    return make


async def listed(adapter, drain, since=None):
    pages = await drain(adapter.changes(since))
    return [row["cle"] for page in pages for row in page.payloads], pages[-1].end


QUIRKS = [
    {},
    {"total": "text"},
    {"total": "missing"},
    {"bare_list": True},
    {"numbers_as_text": True},
    {"empty_cell": "null"},
    {"column_shape": "list"},
    {"formatted_dates": True},
    {"page_cap": 4},
    {"page_cap": 4, "total": "missing"},
    {"page_cap": 4, "bare_list": True},
]


@pytest.mark.parametrize("quirks", QUIRKS, ids=str)
async def test_a_listing_is_complete_under_every_quirk(make, crm, drain, quirks):
    crm.quirks.turn(quirks)
    keys, end = await listed(make(), drain)
    assert (keys, end.complete) == (KEYS, True)


@pytest.mark.parametrize("quirks", QUIRKS, ids=str)
async def test_a_scan_shows_what_people_edited_under_every_quirk_but_formatted_dates(make, crm, clock, drain, quirks):
    crm.quirks.turn(quirks)
    adapter = make(zone=ZoneInfo("Europe/Paris"))
    crm.edit("contact", "K05", {"nom": "Avant"}, by="claire")
    _, first = await listed(adapter, drain)
    clock.advance(24 * 3600)
    crm.edit("contact", "K07", {"nom": "Après"}, by="claire")
    keys, end = await listed(adapter, drain, first.watermark)
    assert end.complete
    assert (keys, end.snapshot) == ((KEYS, True) if "formatted_dates" in quirks else (["K05", "K07"], False))


@pytest.mark.parametrize("total", ["int", "missing"])
@pytest.mark.parametrize("drift", ["move", "insert", "delete"])
async def test_rows_that_drift_while_paging_are_noticed_and_read_again(make, crm, drain, drift, total):
    crm.quirks.turn({"drift": drift, "total": total})
    keys, end = await listed(make(), drain)
    assert end.complete
    shown = {row["cle"] for row in crm.rows_of(crm.view("contact.outlook"), caller="outlookd")}
    assert shown <= set(keys)


@pytest.mark.parametrize("page", [1, 2])
@pytest.mark.parametrize("quirks", [{}, {"total": "missing"}, {"bare_list": True}, {"total": "missing", "page_cap": 2}], ids=str)
async def test_a_page_that_comes_empty_is_not_believed(make, crm, drain, quirks, page):
    """Without a total nothing contradicts it, and every row behind it would seem to have left the view."""
    crm.quirks.turn({"empty_page": page, **quirks})
    assert not (await listed(make(), drain))[1].complete


@pytest.mark.parametrize("body", [{"total": 0, "rows": []}, []], ids=str)
async def test_a_view_that_says_once_that_it_is_empty_is_not_believed(make, faults, drain, body):
    """A first run would make every contact anew that the old button left."""
    faults.add("gopaas", "status", match="list/contact.outlook", status=200, body=body, times=1)
    keys, end = await listed(make(), drain)
    assert (keys, end.complete) == (KEYS, True)


@pytest.mark.parametrize("uses", [1, 2])
async def test_tokens_that_die_after_a_few_requests_do_not_end_a_listing(make, access, drain, uses):
    access.turn({"token_uses": uses})
    keys, end = await listed(make(), drain)
    assert (keys, end.complete) == (KEYS, True)


async def test_a_view_for_the_caller_needs_that_callers_key(make, drain):
    assert (await listed(make(MY_CONTACT_VIEW, key="key-of-claire"), drain))[0] == KEYS[:4]
    assert (await make(MY_CONTACT_VIEW).describe_view()).rows == 0


async def test_a_service_account_can_ask_for_one_users_rows(make, drain):
    keys, end = await listed(make(filter=("utilisateur", "claire")), drain)
    assert (keys, end.complete) == (KEYS[:4], True)


async def test_a_missing_column_is_named(make, session, url, clock, credentials, drain):
    client = GopaasClient(session, url, credentials, clock)
    adapter = GopaasAdapter(client, table="contact", view="1170", columns=frozenset({"prenoms"}))
    with pytest.raises(ConfigurationError, match="did you mean 'prenom'"):
        await drain(adapter.changes(None))


@pytest.mark.parametrize("sign", ["200 []", "200 {}", "200 null", "404", "500"])
async def test_a_deleted_record_is_absent_and_the_others_are_found(make, crm, sign):
    crm.quirks.turn({"missing_key": sign})
    crm.delete("contact", "K02")
    readings = await make().read(["K01", "K02"])
    assert isinstance(readings["K01"], Found)
    assert readings["K02"] == Absent()
    assert str(await make().missing_signature()).startswith(sign[:3])


async def test_a_write_that_was_carried_out_and_answered_500_is_ambiguous_and_can_be_found(make, crm, faults):
    faults.add("gopaas", "status_after", match="POST .*items", status=500)
    adapter = make()
    (result,) = await adapter.write([Write(ref="r", op="create", id="ol-1", payload={"nom": "Né"})])
    assert isinstance(result, Failed)
    assert result.ambiguous
    (row,) = await adapter.find("", "ol-1")
    assert row["nom"] == "Né"


async def test_a_write_whose_connection_is_dropped_afterwards_is_ambiguous(make, faults, crm):
    faults.add("gopaas", "drop_after", match="POST .*items")
    (result,) = await make().write([Write(ref="r", op="update", id="K01", payload={"nom": "Neuf"})])
    assert result.ambiguous
    assert crm.table("contact").find("K01")["nom"] == "Neuf"


async def test_a_write_reaches_the_table_and_no_expression_does(make, crm):
    good = Write(ref="good", op="update", id="K01", payload={"nom": "Neuf"})
    evil = Write(ref="evil", op="update", id="K02", payload={"nom": "$$NULL"})
    results = {result.ref: type(result) for result in await make().write([good, evil])}
    assert results == {"good": Done, "evil": Failed}
    assert crm.table("contact").find("K01")["nom"] == "Neuf"
    assert not crm.injections
