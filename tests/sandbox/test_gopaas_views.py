"""What a listing shows: options in headers, pages, searches, and every quirk of its shape."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest
from crm_client import KEY, Caller, serving


@pytest.fixture
async def gopaas() -> AsyncIterator[Caller]:
    async with serving() as caller:
        yield caller


@pytest.mark.parametrize("address", ["1170", "contact.outlook"])
async def test_a_view_answers_to_its_number_and_to_its_key(gopaas: Caller, address: str) -> None:
    assert (await gopaas.list(address)).body["total"] == 5


async def test_an_unknown_view_is_refused(gopaas: Caller) -> None:
    reply = await gopaas.list("9999")
    assert (reply.status, reply.body) == (400, {"msg": "Invalid version."})


async def test_pages_start_at_one_and_the_last_is_short(gopaas: Caller) -> None:
    pages = [await gopaas.keys(page=str(page), rowPerPage="2") for page in (1, 2, 3, 4)]
    assert pages == [["A", "B"], ["C", "D"], ["E"], []]


@pytest.mark.parametrize("headers", [{"page": "0"}, {"page": "x"}, {"rowPerPage": "0"}, {"rowPerPage": "-1"}, {"page": "²"}])
async def test_a_page_that_is_no_number_is_refused(gopaas: Caller, headers: dict[str, str]) -> None:
    assert (await gopaas.list(**headers)).status == 400


async def test_options_in_the_address_have_no_effect(gopaas: Caller) -> None:
    reply = await gopaas.call("GET", "/api/list/1170/?page=2&rowPerPage=1")
    assert len(reply.body["rows"]) == 5


async def test_a_row_outside_the_conditions_is_not_listed(gopaas: Caller) -> None:
    gopaas.crm.edit("contact", "C", {"synchroniser": "non"}, by="claire")
    assert await gopaas.keys() == ["A", "B", "D", "E"]


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("nom|equal|nom b|", ["B"]),
        ("nom|contain|Nom|", ["A", "B", "C", "D", "E"]),
        ("nom|contain|Nom|AND|utilisateur|equal|paul|", ["C", "D", "E"]),
        ("ville|equal||AND|nom|equal|Nom A|", ["A"]),
    ],
)
async def test_a_search_narrows_the_listing(gopaas: Caller, search: str, found: list[str]) -> None:
    assert await gopaas.keys(advancedSearch=search) == found


@pytest.mark.parametrize(
    "search",
    [
        "nom|begins|N|",
        "nom|contain|N",
        "nom|contain|",
        "nom|contain|N|OR|cp|equal|1|",
        "nom|contain|N|AND|",
        "nowhere|equal|x|",
        "nom|contain|a|b|",
        "nom",
    ],
)
async def test_a_search_outside_the_documented_form_is_refused(gopaas: Caller, search: str) -> None:
    assert (await gopaas.list(advancedSearch=search)).status == 400


async def test_a_text_search_looks_at_the_columns_of_the_view(gopaas: Caller) -> None:
    gopaas.crm.edit("contact", "D", {"ville": "Quimper"}, by="claire")
    assert await gopaas.keys(textSearch="quimp") == ["D"]


async def test_a_header_carries_accents_in_latin_1(gopaas: Caller) -> None:
    gopaas.crm.edit("contact", "D", {"ville": "Évreux"}, by="claire")
    assert await gopaas.keys(textSearch="Évreux") == ["D"]


async def test_a_header_carries_nothing_beyond_latin_1(gopaas: Caller) -> None:
    assert (await gopaas.list(textSearch="œuvre")).status == 400


async def test_a_line_break_never_leaves_the_client(gopaas: Caller) -> None:
    with pytest.raises(ValueError):
        await gopaas.list(textSearch="a\r\nX: b")


async def test_columns_are_described_on_demand(gopaas: Caller) -> None:
    assert (await gopaas.list(columns="on")).body["column"]["date_naissance"] == {"label": "Date de naissance", "type": "date"}


async def test_columns_may_be_described_as_a_list(gopaas: Caller) -> None:
    gopaas.crm.quirks.turn({"column_shape": "list"})
    assert {"name": "nom", "label": "Nom", "type": "text"} in (await gopaas.list(columns="on")).body["column"]


async def test_columns_are_not_described_without_being_asked_for(gopaas: Caller) -> None:
    assert "column" not in (await gopaas.list()).body


async def test_a_hidden_column_is_left_out_on_demand(gopaas: Caller) -> None:
    shown = ["utilisateur" in (await gopaas.list(**headers)).body["rows"][0] for headers in ({}, {"onlyVisible": "on"})]
    assert shown == [True, False]


async def test_a_formatted_view_shows_french_dates(gopaas: Caller) -> None:
    gopaas.crm.edit("contact", "A", {"date_naissance": "1984-02-29"}, by="claire")
    dates = [(await gopaas.list(view)).body["rows"][0]["date_naissance"] for view in ("1170", "1172")]
    assert dates == ["1984-02-29", "29/02/1984"]


@pytest.mark.parametrize(("total", "written"), [("int", {"total": 5}), ("text", {"total": "5"}), ("missing", {})])
async def test_the_total_comes_in_every_form(gopaas: Caller, total: str, written: dict[str, object]) -> None:
    gopaas.crm.quirks.turn({"total": total})
    body = (await gopaas.list(rowPerPage="1")).body
    assert {name: value for name, value in body.items() if name == "total"} == written


async def test_a_listing_may_be_a_bare_array(gopaas: Caller) -> None:
    gopaas.crm.quirks.turn({"bare_list": True})
    assert [row["cle"] for row in (await gopaas.list()).body] == ["A", "B", "C", "D", "E"]


async def test_numbers_may_be_written_as_texts(gopaas: Caller) -> None:
    await gopaas.upsert({"cle": "A", "cp": 1000})
    plain = (await gopaas.list()).body["rows"][0]["cp"]
    gopaas.crm.quirks.turn({"numbers_as_text": True})
    assert (plain, (await gopaas.list()).body["rows"][0]["cp"]) == (1000, "1000")


@pytest.mark.parametrize(("form", "written"), [("text", ""), ("null", None)])
async def test_an_empty_cell_comes_in_both_forms(gopaas: Caller, form: str, written: str | None) -> None:
    gopaas.crm.quirks.turn({"empty_cell": form})
    assert (await gopaas.list()).body["rows"][0]["ville"] == written


async def _paged(gopaas: Caller) -> list[str]:
    return [cle for page in (1, 2, 3) for cle in await gopaas.keys(page=str(page), rowPerPage="2")]


async def test_a_row_that_moves_while_we_page_hides_itself_and_repeats_another(gopaas: Caller) -> None:
    gopaas.crm.quirks.turn({"drift": "move"})
    assert await _paged(gopaas) == ["A", "B", "B", "C", "D"]


async def test_a_row_inserted_while_we_page_repeats_another(gopaas: Caller) -> None:
    gopaas.crm.quirks.turn({"drift": "insert"})
    assert await _paged(gopaas) == ["A", "B", "B", "C", "D", "E"]


async def test_a_row_deleted_while_we_page_hides_another(gopaas: Caller) -> None:
    gopaas.crm.quirks.turn({"drift": "delete"})
    assert await _paged(gopaas) == ["A", "B", "D", "E"]


async def test_a_drift_happens_once(gopaas: Caller) -> None:
    gopaas.crm.quirks.turn({"drift": "move"})
    await _paged(gopaas)
    assert await _paged(gopaas) == ["E", "A", "B", "C", "D"]


async def test_a_page_can_be_empty_without_a_word(gopaas: Caller) -> None:
    gopaas.crm.quirks.turn({"empty_page": 2})
    assert await _paged(gopaas) == ["A", "B", "E"]


async def test_a_page_is_no_longer_than_the_service_allows(gopaas: Caller) -> None:
    gopaas.crm.quirks.turn({"page_cap": 3})
    assert await gopaas.keys(rowPerPage="100") == ["A", "B", "C"]


async def test_a_request_without_the_final_slash_is_not_the_api(gopaas: Caller) -> None:
    async with gopaas.session.get(gopaas.url + "/api/list/1170", headers={"Authorization": f"Bearer {KEY}"}) as response:
        assert response.status == 404


async def test_a_dropped_listing_leaves_no_answer(gopaas: Caller) -> None:
    gopaas.faults.add("gopaas", "drop_before", times=2)
    with pytest.raises(aiohttp.ClientConnectionError):
        await gopaas.list()


@pytest.mark.parametrize("changes", [{"drifts": "move"}, {"drift": "sideways"}, {"bare_list": "yes"}, {"page_cap": 0}])
async def test_a_mistyped_switch_is_an_error(gopaas: Caller, changes: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        gopaas.crm.quirks.turn(changes)
