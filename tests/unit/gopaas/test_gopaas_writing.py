from __future__ import annotations

import pytest
from aiohttp import web
from gopaas_server import TROUBLE

from outlookd.errors import BadRecord, CredentialsRefused, Rejected, ServerTrouble, Unreachable
from outlookd.gopaas import ApiKey, ClientCredentials, GopaasAdapter, GopaasClient
from outlookd.ports import Done, Failed, Write


def upsert(key, ref="", **payload):
    return Write(ref=ref or f"ref-{key}", op="update", id=key, payload=payload)


def by_ref(results):
    return {result.ref: result for result in results}


async def test_a_batch_is_one_request_and_changes_only_the_fields_sent(adapter, gopaas):
    results = await adapter.write([upsert("c1", nom="Nouveau"), Write(ref="r2", op="create", id="ol-1", payload={"nom": "Né"})])
    assert list(results) == [Done(ref="ref-c1", id="c1"), Done(ref="r2", id="ol-1")]
    assert adapter.requests == 1
    assert gopaas.table["c1"] == {"cle": "c1", "nom": "Nouveau", "email": "c1@example.test"}
    assert gopaas.table["ol-1"] == {"cle": "ol-1", "nom": "Né"}


async def test_a_payload_cannot_name_another_key(adapter, gopaas):
    await adapter.write([upsert("c1", cle="c2", nom="X")])
    assert (gopaas.table["c1"]["nom"], gopaas.table["c2"]["nom"]) == ("X", "Nom 2")


async def test_a_500_after_the_rows_were_written_is_ambiguous_and_not_resent(adapter, gopaas):
    gopaas.on_write = lambda _: web.json_response(TROUBLE, status=500)
    (result,) = await adapter.write([upsert("ol-1", nom="N")])
    assert isinstance(result, Failed)
    assert (result.ambiguous, type(result.error)) == (True, ServerTrouble)
    assert gopaas.count("/items/") == 1
    assert len(await adapter.find("", "ol-1")) == 1


async def test_a_connection_lost_after_the_rows_were_written_is_ambiguous(adapter, gopaas):
    class HungUp:
        status = 0

    gopaas.on_write = lambda _: HungUp()
    results = await adapter.write([upsert("ol-1", nom="N"), upsert("ol-2", nom="N")])
    assert [(result.ambiguous, type(result.error).__mro__[1]) for result in results] == [(True, Unreachable)] * 2
    assert gopaas.count("/items/") == 1


async def test_a_refused_batch_is_split_until_the_bad_row_stands_alone(adapter, gopaas):
    gopaas.on_write = lambda rows: web.json_response({}, status=400) if any(row["nom"] == "bad" for row in rows) else None
    results = by_ref(await adapter.write([upsert(f"n{n}", nom="bad" if n == 13 else "good") for n in range(50)]))
    failed = results.pop("ref-n13")
    assert (type(failed.error), failed.ambiguous) == (Rejected, False)
    assert {type(result) for result in results.values()} == {Done}
    assert len(results) == 49
    assert "n13" not in gopaas.table
    assert gopaas.count("/items/") <= 13


async def test_a_half_that_meets_trouble_does_not_hide_what_happened_to_the_other(adapter, gopaas):
    def answers(rows):
        if len(rows) == 2:
            return web.json_response({}, status=400)
        if rows[0]["cle"] == "n1":
            gopaas.api_keys.clear()
        return None

    gopaas.on_write = answers
    results = by_ref(await adapter.write([upsert("n1", nom="N"), upsert("n2", nom="N")]))
    assert isinstance(results["ref-n1"], Done)
    assert (type(results["ref-n2"].error), results["ref-n2"].ambiguous) == (CredentialsRefused, False)


@pytest.mark.parametrize("value", ["$$NULL", "  $$[%nom%]", "\n$$NULL", ["list"], {"a": 1}])
async def test_a_value_that_gopaas_would_evaluate_or_cannot_hold_is_never_sent(adapter, gopaas, value):
    results = by_ref(await adapter.write([upsert("c1", nom=value), upsert("c2", nom="sound")]))
    assert (type(results["ref-c1"].error), results["ref-c1"].ambiguous, results["ref-c1"].error.field) == (BadRecord, False, "nom")
    assert isinstance(results["ref-c2"], Done)
    assert gopaas.table["c1"]["nom"] == "Nom 1"


@pytest.mark.parametrize("key", ["", "  ", "$$NULL"])
async def test_a_write_without_a_usable_key_is_never_sent(adapter, key):
    (result,) = await adapter.write([upsert(key, ref="r", nom="N")])
    assert isinstance(result.error, BadRecord)
    assert adapter.requests == 0


async def test_deletes_do_not_exist(adapter):
    (result,) = await adapter.write([Write(ref="r", op="delete", id="c1")])
    assert (type(result.error), result.ambiguous, adapter.requests) == (Rejected, False, 0)


async def test_null_clears_and_numbers_pass(adapter, gopaas):
    await adapter.write([upsert("c1", nom=None, age=3)])
    assert (gopaas.table["c1"]["nom"], gopaas.table["c1"]["age"]) == (None, 3)


async def test_a_write_that_cannot_be_sent_is_raised_for_the_whole_batch(session, clock, unused_tcp_port):
    client = GopaasClient(session, f"http://127.0.0.1:{unused_tcp_port}/crm", ApiKey("key"), clock)
    adapter = GopaasAdapter(client, table="contact", view="1170", columns=frozenset())
    with pytest.raises(Unreachable):
        await adapter.write([upsert("c1", nom="N")])
    assert adapter.requests == 1


async def test_a_token_that_died_before_a_write_is_replaced_and_the_write_sent_once(token_client, gopaas):
    gopaas.uses_per_token = 1
    adapter = GopaasAdapter(token_client, table="contact", view="1170", columns=frozenset())
    written = []
    gopaas.on_write = written.append
    await adapter.write([upsert("c1", nom="A")])
    await adapter.write([upsert("c1", nom="B")])
    assert [rows[0]["nom"] for rows in written] == ["A", "B"]


async def test_trouble_with_the_token_before_a_write_is_not_ambiguous(session, url, gopaas, clock):
    class Down(ClientCredentials):
        async def bearer(self, *, refused=""):
            raise ServerTrouble("token call", service="gopaas", status=500)

    client = GopaasClient(session, url, Down(session, url, "app", "right", clock), clock)
    adapter = GopaasAdapter(client, table="contact", view="1170", columns=frozenset())
    with pytest.raises(ServerTrouble):
        await adapter.write([upsert("c1", nom="N")])
    assert gopaas.requests == []
