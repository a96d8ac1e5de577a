"""Older ids as immutable ones: what is asked, and what an answer is worth."""

from __future__ import annotations

import pytest
from graph_wire import Reply, refused
from structlog.testing import capture_logs

from outlookd.errors import MailboxUnusable, Unintelligible
from outlookd.graph.translation import translate_ids


def answering(seen):
    return Reply(body={"value": [{"sourceId": id, "targetId": f"{id}-immutable"} for id in seen.body["inputIds"]]})


async def test_an_older_id_is_asked_for_as_an_immutable_one(client, wire):
    wire.script = answering
    assert await translate_ids(client, ["A", "B", "A"]) == {"A": "A-immutable", "B": "B-immutable"}
    assert (wire.seen[0].method, wire.seen[0].raw_path) == ("POST", "/v1.0/me/translateExchangeIds")
    assert wire.seen[0].body == {"inputIds": ["A", "B"], "sourceIdType": "restId", "targetIdType": "restImmutableEntryId"}


@pytest.mark.parametrize(("count", "calls"), [(0, 0), (1, 1), (1000, 1), (1001, 2), (2500, 3)])
async def test_a_thousand_ids_go_into_one_call(client, wire, count, calls):
    wire.script = answering
    assert len(await translate_ids(client, [f"I{number}" for number in range(count)])) == count
    assert client.requests == calls


async def test_what_graph_cannot_translate_is_left_out(client, wire):
    error = {"code": "ErrorItemNotFound", "message": "x"}
    wire.say(
        Reply(
            body={
                "value": [
                    {"sourceId": "A", "targetId": "A2"},
                    {"sourceId": "B", "targetId": "", "errorDetails": error},
                    {"sourceId": "C", "targetId": "C2", "errorDetails": error},
                    {"sourceId": "D"},
                ]
            }
        )
    )
    assert await translate_ids(client, ["A", "B", "C", "D"]) == {"A": "A2"}


@pytest.mark.parametrize(
    ("status", "code"), [(403, "ErrorAccessDenied"), (400, "ErrorInvalidRequest"), (400, "ErrorInvalidIdMalformed")]
)
async def test_a_refused_call_translates_nothing_and_is_logged_without_ids(client, wire, status, code):
    wire.say(refused(status, code))
    with capture_logs() as lines:
        assert await translate_ids(client, ["SECRET"]) == {}
    (line,) = [line for line in lines if line["event"] == "graph.ids.untranslated"]
    assert (line["count"], line["status"], line["code"]) == (1, status, code)
    assert "SECRET" not in str(lines)


async def test_a_refused_call_leaves_the_others_standing(client, wire):
    wire.script = lambda seen: refused(400, "ErrorInvalidRequest") if "BAD" in seen.body["inputIds"] else answering(seen)
    found = await translate_ids(client, ["BAD", *(f"I{number}" for number in range(1000))])
    assert set(found) == {"I999"}


async def test_a_question_whose_answer_was_lost_is_asked_again(client, wire, clock):
    wire.say(Reply(hang_up=True), Reply(body={"value": [{"sourceId": "A", "targetId": "A2"}]}))
    assert await translate_ids(client, ["A"]) == {"A": "A2"}


async def test_a_mailbox_that_is_unusable_is_not_one_without_translations(client, wire):
    wire.say(refused(404, "MailboxNotEnabledForRESTAPI"))
    with pytest.raises(MailboxUnusable):
        await translate_ids(client, ["A"])


async def test_an_answer_without_a_list_is_not_an_empty_one(client, wire):
    wire.say(Reply(body={}))
    with pytest.raises(Unintelligible):
        await translate_ids(client, ["A"])
