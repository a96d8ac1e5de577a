from __future__ import annotations

import pytest
from aiohttp import web
from gopaas_server import TROUBLE

from outlookd.errors import AccessDenied, BadRecord, ServerTrouble, Unintelligible
from outlookd.gopaas import GopaasAdapter
from outlookd.ports import Absent, Found, Unreadable

SIGNS = {
    "an empty list": lambda _: web.json_response([]),
    "an empty object": lambda _: web.json_response({}),
    "null": lambda _: web.json_response(None),
    "nothing": lambda _: web.Response(),
    "404": lambda _: web.json_response({"msg": "Not found."}, status=404),
    "404 page": lambda _: web.Response(text="<html>404</html>", status=404, content_type="text/html"),
    "400 that quotes the key": lambda key: web.json_response({"msg": f"No record {key}."}, status=400),
    "500": lambda _: web.json_response(TROUBLE, status=500),
    "an empty record": lambda _: web.json_response({"cle": None, "nom": None}),
}


@pytest.mark.parametrize("sign", SIGNS.values(), ids=SIGNS)
async def test_a_missing_key_is_recognised_however_gopaas_says_it(adapter, gopaas, sign):
    gopaas.missing = sign
    readings = await adapter.read(["c1", "gone"])
    assert readings == {"c1": Found(payload=gopaas.table["c1"]), "gone": Absent()}


async def test_found_records_cost_one_question_each_and_one_for_the_sign(adapter, gopaas):
    await adapter.read(["c1", "c2", "c1"])
    assert gopaas.count("/item/") == 3


async def test_nothing_asked_is_nothing_sent(adapter):
    assert await adapter.read([]) == {}
    assert adapter.requests == 0


async def test_absence_is_proved_by_a_record_of_the_last_listing(adapter, gopaas, drain):
    await drain(adapter.changes(None))
    del gopaas.table["c1"]
    assert await adapter.read(["c1"]) == {"c1": Absent()}
    assert gopaas.count("/item/contact/c2/") == 0
    assert gopaas.count("/item/contact/c6/") + gopaas.count("/item/contact/c11/") == 1


async def test_absence_before_any_listing_is_proved_by_a_look_at_the_view(adapter, gopaas):
    assert await adapter.read(["gone"]) == {"gone": Absent()}
    assert (gopaas.count("/list/"), gopaas.count("/item/contact/c1/")) == (1, 1)


async def test_an_empty_view_proves_no_absence(adapter, gopaas):
    gopaas.table.clear()
    reading = (await adapter.read(["gone"]))["gone"]
    assert isinstance(reading, Unreadable)
    assert "no other record" in str(reading.error)


async def test_nothing_is_absent_while_an_existing_record_cannot_be_read(adapter, gopaas, drain):
    """A right that was lost looks like a table that was emptied."""
    await drain(adapter.changes(None))
    gopaas.table.clear()
    readings = await adapter.read(["c1", "c2"])
    assert {type(reading) for reading in readings.values()} == {Unreadable}


async def test_nothing_is_absent_when_the_trouble_began_after_a_record_was_found(adapter, gopaas):
    def empty_at_c2(key):
        if key == "c2":
            gopaas.table.clear()

    gopaas.before_item = empty_at_c2
    readings = await adapter.read(["c1", "c2"])
    assert isinstance(readings["c1"], Found)
    assert isinstance(readings["c2"], Unreadable)


@pytest.mark.parametrize("sign", SIGNS)
async def test_a_short_disturbance_that_answers_like_a_missing_key_is_not_taken_for_absence(adapter, gopaas, sign):
    """The missing ones are asked again after the canary."""
    gopaas.missing = SIGNS[sign]
    hidden = {}

    def outage(key):
        if key == "c2" and not hidden:
            hidden["c2"] = gopaas.table.pop("c2")
        elif key == "c1" and "c2" in hidden:
            gopaas.table["c2"] = hidden["c2"]

    gopaas.before_item = outage
    readings = await adapter.read(["c1", "c2"])
    assert isinstance(readings["c2"], Found)


async def test_a_record_that_answers_under_another_key_is_unreadable(adapter, gopaas):
    """GoPaaS looks a record up by key *or* by numeric id."""
    gopaas.table["7"] = {"cle": "c7", "nom": "another"}
    reading = (await adapter.read(["7"]))["7"]
    assert isinstance(reading, Unreadable)
    assert "another record" in str(reading.error)


@pytest.mark.parametrize("answer", [{"nom": "no key"}, {"msg": "Try later."}, "text", [1], {"cle": ""}])
async def test_an_answer_unlike_both_is_unreadable(adapter, gopaas, answer):
    gopaas.missing = lambda key: web.json_response(answer if key == "odd" else [])
    readings = await adapter.read(["c1", "odd"])
    assert isinstance(readings["odd"], Unreadable)
    assert isinstance(readings["odd"].error, Unintelligible)


async def test_a_refused_record_is_unreadable_and_not_absent(adapter, gopaas):
    gopaas.missing = lambda key: web.json_response({}, status=403) if key == "secret" else web.json_response([])
    reading = (await adapter.read(["c1", "secret"]))["secret"]
    assert isinstance(reading.error, AccessDenied)


async def test_a_key_that_cannot_be_asked_for_is_unreadable(adapter):
    assert isinstance((await adapter.read([".."]))[".."].error, BadRecord)


async def test_a_gopaas_that_shows_a_record_for_any_key_proves_nothing(adapter, gopaas):
    gopaas.missing = lambda key: web.json_response({"cle": key, "nom": None})
    readings = await adapter.read(["c1", "gone"])
    assert {type(reading) for reading in readings.values()} == {Unreadable}
    with pytest.raises(Unintelligible, match="cannot be recognised"):
        await adapter.missing_signature()


@pytest.mark.parametrize(("status", "error"), [(403, AccessDenied), (502, ServerTrouble), (503, ServerTrouble)])
async def test_a_refusal_or_a_gateways_trouble_is_never_the_sign_of_absence(adapter, gopaas, status, error):
    gopaas.missing = lambda _: web.json_response({}, status=status)
    with pytest.raises(error):
        await adapter.read(["gone"])


@pytest.mark.parametrize(
    ("sign", "text"),
    [
        ("an empty list", "200 with []"),
        ("null", "200 with null"),
        ("nothing", "200 with an empty body"),
        ("404 page", "404 with a body that is not JSON"),
        ("500", "500 with a message"),
        ("an empty record", "200 with an object of 2 fields"),
    ],
)
async def test_the_sign_of_absence_can_be_printed(adapter, gopaas, sign, text):
    gopaas.missing = SIGNS[sign]
    assert str(await adapter.missing_signature()) == text


async def test_the_sign_never_shows_a_text_of_gopaas(adapter, gopaas):
    gopaas.missing = lambda _: web.json_response({"msg": "jeanne@example.test is unknown"}, status=400)
    signature = await adapter.missing_signature()
    assert "jeanne" not in f"{signature} {signature!r}"


async def test_the_keys_that_cannot_exist_differ_each_time(adapter, gopaas):
    await adapter.missing_signature()
    await adapter.missing_signature()
    assert len({path for _, path, _ in gopaas.requests if "none" in path}) == 2


async def test_learning_the_sign_fails_when_existing_records_cannot_be_read(adapter, gopaas):
    """A table of another name than the view's would make every record look missing."""
    gopaas.before_item = lambda key: gopaas.table.pop(key, None)
    with pytest.raises(Unintelligible, match="cannot be read by its key"):
        await adapter.missing_signature()


async def test_the_sign_can_be_learnt_from_an_empty_view(adapter, gopaas):
    gopaas.table.clear()
    assert str(await adapter.missing_signature()) == "200 with []"


async def test_finding_gives_the_row_under_the_key_or_nothing(adapter, gopaas):
    assert await adapter.find("any marker", "c1") == (gopaas.table["c1"],)
    assert await adapter.find("any marker", "gone") == ()


async def test_finding_nothing_in_an_empty_table_needs_no_canary(adapter, gopaas):
    """The first record of all must be recoverable; resending it under its key is harmless."""
    gopaas.table.clear()
    assert await adapter.find("", "ol-1") == ()


async def test_finding_needs_a_canary_where_a_500_is_the_sign_of_absence(client, gopaas):
    gopaas.missing = SIGNS["500"]
    adapter = GopaasAdapter(client, table="contact", view="1170", columns=frozenset())
    assert await adapter.find("", "gone") == ()
    gopaas.table.clear()
    with pytest.raises(Unintelligible):
        await adapter.find("", "gone")


async def test_finding_reports_an_answer_that_says_neither(adapter, gopaas):
    gopaas.missing = lambda key: web.json_response({"?": 1} if key == "odd" else [])
    with pytest.raises(Unintelligible):
        await adapter.find("", "odd")
