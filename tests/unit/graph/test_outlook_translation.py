"""Older ids as immutable ones: what is asked, and what an answer is worth."""

from __future__ import annotations

import pytest
from graph_wire import Reply, refused
from structlog.testing import capture_logs

from outlookd.errors import MailboxUnusable, Rejected, ServerTrouble, Unintelligible
from outlookd.graph.translation import translate_ids
from outlookd.ports import Absent, Found, Unreadable


class Reader:
    """Reads what it was told, and remembers what it was asked."""

    def __init__(self, readings=()):
        self.readings, self.asked = dict(readings), []

    async def __call__(self, ids):
        self.asked += ids
        return {id: self.readings[id] for id in ids}


@pytest.fixture
def read():
    return Reader()


def answering(seen):
    return Reply(body={"value": [{"sourceId": id, "targetId": f"{id}-immutable"} for id in seen.body["inputIds"]]})


async def test_an_older_id_is_asked_for_as_an_immutable_one(client, wire, read):
    wire.script = answering
    assert await translate_ids(client, ["A", "B", "A"], read) == {"A": "A-immutable", "B": "B-immutable"}
    assert (wire.seen[0].method, wire.seen[0].raw_path) == ("POST", "/v1.0/me/translateExchangeIds")
    assert wire.seen[0].body == {"inputIds": ["A", "B"], "sourceIdType": "restId", "targetIdType": "restImmutableEntryId"}


@pytest.mark.parametrize(("count", "calls"), [(0, 0), (1, 1), (1000, 1), (1001, 2), (2500, 3)])
async def test_a_thousand_ids_go_into_one_call(client, wire, read, count, calls):
    wire.script = answering
    assert len(await translate_ids(client, [f"I{number}" for number in range(count)], read)) == count
    assert client.requests == calls


NOTHING = ["ErrorItemNotFound", "ErrorInvalidIdMalformed", "ErrorInvalidMailboxItemId"]
NO_ANSWER = ["ErrorServerBusy", "ErrorInternalServerTransientError", "ErrorNobodyHeardOf"]


def failing(code, **more):
    return Reply(body={"value": [{"sourceId": "A", **more, "errorDetails": {"code": code, "message": "x"}}]})


@pytest.mark.parametrize("code", NOTHING)
@pytest.mark.parametrize("target", [{}, {"targetId": ""}, {"targetId": "A2"}])
async def test_an_id_of_which_graph_says_that_it_names_nothing_has_an_empty_name(client, wire, read, code, target):
    wire.say(failing(code, **target))
    assert await translate_ids(client, ["A"], read) == {"A": ""}


@pytest.mark.parametrize("code", NO_ANSWER)
async def test_an_id_that_failed_for_another_reason_is_unknown(client, wire, read, code):
    wire.say(failing(code))
    assert await translate_ids(client, ["A"], read) == {}


@pytest.mark.parametrize("answers", [[], [{"sourceId": "A"}], [{"sourceId": "A", "targetId": ""}], [{"targetId": "A2"}]])
async def test_an_id_without_a_target_or_a_reason_is_unknown(client, wire, read, answers):
    wire.say(Reply(body={"value": answers}))
    assert await translate_ids(client, ["A"], read) == {}


@pytest.mark.parametrize(
    ("status", "code"), [(403, "ErrorAccessDenied"), (400, "ErrorInvalidRequest"), (400, "ErrorInvalidIdMalformed")]
)
async def test_where_the_call_is_refused_the_items_are_read(client, wire, status, code):
    wire.say(refused(status, code))
    busy = ServerTrouble("busy", service="graph", status=503)
    foreign = Rejected("of another mailbox", service="graph", status=400, code="ErrorInvalidMailboxItemId")
    found = Found(payload={"id": "A2"}), Found(payload={"id": "B2"}, elsewhere=True)
    read = Reader(zip("ABCDE", [*found, Absent(), Unreadable(error=busy), Unreadable(error=foreign)], strict=True))
    assert await translate_ids(client, [*"ABCDE"], read) == {"A": "A2", "B": "B2", "C": "", "E": ""}


async def test_a_refused_call_is_logged_without_ids(client, wire):
    wire.say(refused(403, "ErrorAccessDenied"))
    with capture_logs() as lines:
        await translate_ids(client, ["SECRET"], Reader({"SECRET": Unreadable(error=ServerTrouble("busy", service="graph"))}))
    (line,) = [line for line in lines if line["event"] == "graph.ids.untranslated"]
    assert (line["count"], line["status"], line["code"]) == (1, 403, "ErrorAccessDenied")
    assert "SECRET" not in str(lines)


async def test_only_the_ids_of_the_refused_call_are_read(client, wire):
    first = ["BAD", *(f"I{number}" for number in range(999))]
    wire.script = lambda seen: refused(400, "ErrorInvalidRequest") if "BAD" in seen.body["inputIds"] else answering(seen)
    read = Reader(dict.fromkeys(first, Absent()))
    assert await translate_ids(client, [*first, "LAST"], read) == {**dict.fromkeys(first, ""), "LAST": "LAST-immutable"}
    assert read.asked == first


async def test_a_question_whose_answer_was_lost_is_asked_again(client, wire, read, clock):
    wire.say(Reply(hang_up=True), Reply(body={"value": [{"sourceId": "A", "targetId": "A2"}]}))
    assert await translate_ids(client, ["A"], read) == {"A": "A2"}


async def test_a_mailbox_that_is_unusable_is_not_one_without_translations(client, wire, read):
    wire.say(refused(404, "MailboxNotEnabledForRESTAPI"))
    with pytest.raises(MailboxUnusable):
        await translate_ids(client, ["A"], read)


async def test_an_answer_without_a_list_is_not_an_empty_one(client, wire, read):
    wire.say(Reply(body={}))
    with pytest.raises(Unintelligible):
        await translate_ids(client, ["A"], read)
