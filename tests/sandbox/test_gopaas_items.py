"""Single records and the upsert: what is found, what a write changes, what is refused."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from crm_client import Caller, serving
from hypothesis import given
from hypothesis import strategies as st

from outlookd.sandbox.crm import Crm, Injection, Refused
from outlookd.sandbox.schema import SETTINGS_TABLE, SETTINGS_VIEW, build_schema


@pytest.fixture
async def gopaas() -> AsyncIterator[Caller]:
    async with serving() as caller:
        yield caller


def _row(gopaas: Caller, cle: str) -> dict[str, Any]:
    return gopaas.crm.table("contact").rows[cle]


@pytest.mark.parametrize("address", ["C", "3"], ids=["key", "id"])
async def test_a_record_is_found_by_key_and_by_id(gopaas: Caller, address: str) -> None:
    assert (await gopaas.call("GET", f"/api/item/contact/{address}/")).body["nom"] == "Nom C"


async def test_a_key_is_looked_for_before_an_id(gopaas: Caller) -> None:
    gopaas.crm.table("contact").add({"cle": "3", "nom": "Nom 3"})
    assert (await gopaas.call("GET", "/api/item/contact/3/")).body["nom"] == "Nom 3"


async def test_a_key_may_hold_a_slash(gopaas: Caller) -> None:
    gopaas.crm.table("contact").add({"cle": "x/y é", "nom": "Nom X"})
    assert (await gopaas.call("GET", "/api/item/contact/x%2Fy%20%C3%A9/")).body["cle"] == "x/y é"


@pytest.mark.parametrize(
    ("form", "status", "body"),
    [
        ("200 []", 200, []),
        ("200 {}", 200, {}),
        ("200 null", 200, None),
        ("404", 404, {"msg": "Not found."}),
        ("500", 500, {"msg": "Something went wrong. Please try again later."}),
    ],
)
async def test_a_missing_key_is_answered_as_switched(gopaas: Caller, form: str, status: int, body: object) -> None:
    gopaas.crm.quirks.turn({"missing_key": form})
    reply = await gopaas.call("GET", "/api/item/contact/nobody/")
    assert (reply.status, reply.body) == (status, body)


async def test_a_row_in_the_trash_can_is_not_found(gopaas: Caller) -> None:
    gopaas.crm.delete("contact", "C")
    assert (await gopaas.call("GET", "/api/item/contact/C/")).body == []


async def test_a_row_comes_back_from_the_trash_can_with_its_id(gopaas: Caller) -> None:
    gopaas.crm.delete("contact", "C")
    gopaas.crm.restore("contact", "C")
    assert _row(gopaas, "C")["id"] == 3


async def test_without_a_trash_can_nothing_comes_back(gopaas: Caller) -> None:
    gopaas.crm.quirks.turn({"trash": False})
    gopaas.crm.delete("contact", "C")
    with pytest.raises(Refused):
        gopaas.crm.restore("contact", "C")


async def test_an_upsert_changes_only_the_columns_sent(gopaas: Caller) -> None:
    before = dict(_row(gopaas, "B"))
    await gopaas.upsert({"cle": "B", "ville": "Quimper"})
    assert _row(gopaas, "B") == before | {"ville": "Quimper"}


async def test_an_upsert_does_not_touch_the_modification_date(gopaas: Caller) -> None:
    gopaas.crm.edit("contact", "B", {"ville": "Brest"}, by="claire")
    gopaas.crm.now = lambda: pytest.fail("the API asked for the time")
    await gopaas.upsert({"cle": "B", "ville": "Quimper"})
    assert _row(gopaas, "B")["date_modification"] == "2026-05-04"


async def test_an_upsert_may_set_the_modification_date_itself(gopaas: Caller) -> None:
    await gopaas.upsert({"cle": "B", "date_modification": "2026-05-01"})
    assert _row(gopaas, "B")["date_modification"] == "2026-05-01"


async def test_an_unknown_key_creates_a_row_under_that_key(gopaas: Caller) -> None:
    await gopaas.upsert({"cle": "chosen by the client", "nom": "Neuf"})
    row = _row(gopaas, "chosen by the client")
    assert (row["id"], row["nom"], row["date_creation"]) == (6, "Neuf", None)


@pytest.mark.parametrize(
    "rows",
    [
        {"cle": "A"},
        ["A"],
        [{"nom": "no key"}],
        [{"cle": ""}],
        [{"cle": None}],
        [{"cle": "A", "nom": {"nested": 1}}],
        [{"cle": "A", "nom": True}],
        [{"cle": "A", "unheard_of": "x"}],
    ],
)
async def test_a_malformed_upsert_is_refused(gopaas: Caller, rows: object) -> None:
    reply = await gopaas.call("POST", "/api/items/contact/", json=rows)
    assert (reply.status, reply.body) == (400, {"msg": "Invalid version."})


async def test_a_body_that_is_not_json_is_refused(gopaas: Caller) -> None:
    assert (await gopaas.call("POST", "/api/items/contact/", data=b"\xff")).status == 400


async def test_a_settings_record_is_written_and_listed_over_the_api(gopaas: Caller) -> None:
    await gopaas.upsert({"cle": "S1", "utilisateur": "claire", "map": '{"givenName":"prenom"}'}, table=SETTINGS_TABLE)
    (row,) = (await gopaas.list(SETTINGS_VIEW)).body["rows"]
    assert (row["cle"], row["utilisateur"], row["map"]) == ("S1", "claire", '{"givenName":"prenom"}')


async def test_one_bad_row_spoils_the_whole_upsert(gopaas: Caller) -> None:
    await gopaas.upsert({"cle": "A", "ville": "Quimper"}, {"cle": "B", "unheard_of": "x"})
    assert _row(gopaas, "A")["ville"] is None


async def test_an_unknown_column_can_be_dropped_silently(gopaas: Caller) -> None:
    gopaas.crm.quirks.turn({"unknown_column": "ignore"})
    reply = await gopaas.upsert({"cle": "A", "ville": "Quimper", "unheard_of": "x"})
    assert (reply.status, _row(gopaas, "A")["ville"], "unheard_of" in _row(gopaas, "A")) == (200, "Quimper", False)


async def test_text_can_be_trimmed_and_cut_on_write(gopaas: Caller) -> None:
    gopaas.crm.quirks.turn({"trim": True, "max_length": 4})
    await gopaas.upsert({"cle": "A", "ville": "  Quimper "})
    assert _row(gopaas, "A")["ville"] == "Quim"


async def test_an_expression_that_gets_in_is_noted(gopaas: Caller) -> None:
    await gopaas.upsert({"cle": "A", "ville": "$$NULL", "nom": "costs $$"})
    assert gopaas.crm.injections == [Injection(table="contact", cle="A", column="ville")]


async def test_a_500_can_come_after_the_upsert_took_effect(gopaas: Caller) -> None:
    gopaas.faults.add("gopaas", "status_after", match="^POST .*/items/")
    reply = await gopaas.upsert({"cle": "A", "ville": "Quimper"})
    assert (reply.status, _row(gopaas, "A")["ville"]) == (500, "Quimper")


async def test_an_upsert_can_take_effect_without_an_answer(gopaas: Caller) -> None:
    gopaas.faults.add("gopaas", "drop_after", match="^POST .*/items/")
    with pytest.raises(aiohttp.ClientConnectionError):
        await gopaas.upsert({"cle": "A", "ville": "Quimper"})
    assert _row(gopaas, "A")["ville"] == "Quimper"


@pytest.mark.parametrize("method", ["DELETE", "PUT", "PATCH"])
async def test_there_is_no_delete_call(gopaas: Caller, method: str) -> None:
    async with gopaas.session.request(method, gopaas.url + "/api/item/contact/A/") as response:
        assert response.status == 405


async def test_a_persons_edit_is_stamped_in_local_time(gopaas: Caller) -> None:
    gopaas.crm.edit("contact", "A", {"ville": "Quimper"}, by="claire")
    row = _row(gopaas, "A")
    assert (row["date_modification"], row["heure_modification"], row["modification_par"]) == ("2026-05-04", "12:00:00", "claire")


@given(st.lists(st.tuples(st.sampled_from("ABC"), st.sampled_from(["nom", "ville"]), st.text(max_size=3)), max_size=12))
def test_a_row_is_the_sum_of_what_was_written_to_it(writes: list[tuple[str, str, str]]) -> None:
    crm = Crm()
    build_schema(crm)
    expected: dict[str, dict[str, str]] = {}
    for cle, column, value in writes:
        crm.upsert("contact", [{"cle": cle, column: value}])
        expected.setdefault(cle, {})[column] = value
    rows = crm.table("contact").rows
    assert {cle: {name: row[name] for name in ("nom", "ville") if row[name] is not None} for cle, row in rows.items()} == expected
