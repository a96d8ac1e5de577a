"""The door for Graph's calls: who is believed, what follows, and what a stranger can and cannot do."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient, TestServer
from structlog.testing import capture_logs

from outlookd.core.subscriptions import Subscription, digest_of
from outlookd.meter import SILENT, Meter, Notified
from outlookd.testing import FakeClock
from outlookd.web import Site, create_app
from outlookd.web.doors.notifications import Announcement, Notifications

SECRET = "CANARY-client-state"
NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
PATH = "/crm/notifications"
Client = TestClient[web.Request, web.Application]


def subscription(id: str) -> Subscription:
    return Subscription(id=id, login="claire", resource="me/events", client_state=digest_of(SECRET), expires=NOW, made_at=NOW)


@dataclass
class Board:
    """A switchboard that notes whom it woke."""

    is_open: bool = True
    shaking: bool = False
    known: dict[str, Subscription] = field(default_factory=lambda: {id: subscription(id) for id in ("S1", "S2")})
    news: list[str] = field(default_factory=list)
    announcements: list[tuple[str, Announcement]] = field(default_factory=list)

    def shake_hands(self) -> bool:
        return self.shaking

    def find(self, id: str) -> Subscription | None:
        return self.known.get(id)

    def changed(self, subscription: Subscription) -> None:
        self.news.append(subscription.id)

    def announced(self, subscription: Subscription, event: Announcement) -> None:
        self.announcements.append((subscription.id, event))


@dataclass
class Counts:
    """What was counted of notifications; the rest is silent."""

    seen: Counter[str] = field(default_factory=Counter)
    waited = SILENT.waited
    token_renewed = SILENT.token_renewed
    sign_in = SILENT.sign_in
    subscription_renewed = SILENT.subscription_renewed

    def notified(self, outcome: Notified) -> None:
        self.seen[outcome] += 1


@pytest.fixture
def board() -> Board:
    return Board()


@pytest.fixture
def counts() -> Counts:
    return Counts()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(NOW)


@pytest.fixture
async def graph(board: Board, counts: Counts, clock: FakeClock) -> AsyncIterator[Client]:
    """Whoever calls: Graph, or a stranger."""
    site = Site("https://crm.example.test/crm")
    meter: Meter = counts
    async with TestClient(TestServer(create_app(site, [Notifications(site, board, clock, meter=meter)]))) as client:
        yield client


def notice(
    id: str = "S1", *, item: str = "AAA=", etag: str | None = 'W/"1"', change: str = "updated", **more: Any
) -> dict[str, Any]:
    data = {"id": item, **({"@odata.etag": etag} if etag else {})}
    return {"subscriptionId": id, "clientState": SECRET, "changeType": change, "resource": f"Users/u/Events/{item}"} | {
        "resourceData": data,
        **more,
    }


async def tell(graph: Client, *notices: Any) -> ClientResponse:
    return await graph.post(PATH, json={"value": notices})


# --- the handshake -------------------------------------------------------------------------------------------------------

TOKEN = "Validation: Testing client application reachability for subscription Request-Id: 1&2+3%20=4"


async def shake(graph: Client, token: str) -> ClientResponse:
    return await graph.post(PATH, params={"validationToken": token})


async def test_a_handshake_that_we_wait_for_gets_its_token_back_letter_by_letter(graph: Client, board: Board) -> None:
    board.shaking = True
    answer = await shake(graph, TOKEN)
    assert (answer.status, answer.content_type, await answer.text()) == (200, "text/plain", TOKEN)


async def test_nobody_gets_an_echo_while_we_ask_for_nothing(graph: Client) -> None:
    answer = await shake(graph, TOKEN)
    assert answer.status == 400
    assert TOKEN not in await answer.text()


@pytest.mark.parametrize("token", ["", "x" * 1025, "a\nb", "a\x00b", "caf\u00e9"])
async def test_what_no_token_looks_like_is_not_echoed(graph: Client, board: Board, token: str) -> None:
    board.shaking = True
    answer = await shake(graph, token)
    assert answer.status == 400
    assert not token or token not in await answer.text()


async def test_markup_in_a_token_stays_text(graph: Client, board: Board) -> None:
    board.shaking = True
    answer = await shake(graph, "<script>alert(1)</script>")
    assert answer.content_type == "text/plain"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


async def test_a_handshake_is_no_notification(graph: Client, board: Board, counts: Counts) -> None:
    board.shaking = True
    await graph.post(PATH, params={"validationToken": "x"}, json={"value": [notice()]})
    assert (board.news, counts.seen) == ([], Counter())


# --- what is believed ----------------------------------------------------------------------------------------------------


async def test_a_notification_with_our_secret_wakes(graph: Client, board: Board, counts: Counts) -> None:
    answer = await tell(graph, notice())
    assert (answer.status, await answer.text()) == (202, "")
    assert (board.news, counts.seen) == (["S1"], {"accepted": 1})


async def test_many_changes_of_a_mailbox_wake_once_per_call(graph: Client, board: Board, counts: Counts) -> None:
    await tell(graph, *(notice(item=f"A{number}") for number in range(50)), notice("S2"))
    assert (board.news, counts.seen) == (["S1", "S2"], {"accepted": 51})


async def test_a_full_batch_of_graph_is_larger_than_a_page_takes_and_is_taken(graph: Client, board: Board) -> None:
    answer = await tell(graph, *(notice(item=f"{number:A>800}") for number in range(100)))
    assert (answer.status, board.news) == (202, ["S1"])


@pytest.mark.parametrize("wrong", [{"clientState": "guess"}, {"clientState": None}, {"clientState": 7}])
async def test_a_wrong_secret_wakes_nobody_and_hears_the_same_answer(
    graph: Client, board: Board, counts: Counts, wrong: dict[str, Any]
) -> None:
    answer = await tell(graph, notice(**wrong))
    assert (answer.status, await answer.text()) == (202, "")
    assert (board.news, counts.seen) == ([], {"bad_client_state": 1})


async def test_an_unknown_subscription_wakes_nobody_and_hears_the_same_answer(graph: Client, board: Board, counts: Counts) -> None:
    answer = await tell(graph, notice("S3"))
    assert (answer.status, await answer.text()) == (202, "")
    assert (board.news, counts.seen) == ([], {"unknown_subscription": 1})


async def test_one_forged_notification_does_not_spoil_the_others_of_its_call(graph: Client, board: Board, counts: Counts) -> None:
    await tell(graph, notice(clientState="guess"), 5, notice("S2"))
    assert (board.news, counts.seen) == (["S2"], {"bad_client_state": 1, "malformed": 1, "accepted": 1})


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"value":{}}',
        b'{"value":[]}',
        b'{"value":[null]}',
        b'{"value":[{}]}',
        b'{"value":[{"subscriptionId":"S1"}]}',
        b'{"value":[{"subscriptionId":7,"changeType":"updated"}]}',
        b'{"value":[{"subscriptionId":"S1","lifecycleEvent":"other"}]}',
        b'{"value":[{"subscriptionId":"S1","lifecycleEvent":[]}]}',
        b'{"value":[' + b"{}," * 1_000 + b"{}]}",
        b"[" * 5_000,
        b"\xff\xfe",
        b'{"value":[{"subscriptionId":"S1","clientState":"\\ud800","changeType":"updated"}]}',
    ],
)
async def test_what_is_no_notification_is_counted_once_and_answered_like_one(
    graph: Client, board: Board, counts: Counts, body: bytes
) -> None:
    answer = await graph.post(PATH, data=body)
    assert answer.status == 202
    assert (board.news, counts.seen) == ([], {"malformed": 1})


async def test_a_body_beyond_any_of_graphs_is_refused_unread(graph: Client, counts: Counts) -> None:
    answer = await graph.post(PATH, data=b"x" * 300_000)
    assert (answer.status, counts.seen) == (413, Counter())


async def test_a_page_of_another_site_cannot_call(graph: Client, board: Board) -> None:
    answer = await graph.post(PATH, json={"value": [notice()]}, headers={"Origin": "https://evil.example.test"})
    assert (answer.status, board.news) == (403, [])


async def test_while_we_start_graph_is_told_to_come_again(graph: Client, board: Board, counts: Counts) -> None:
    board.is_open = False
    answer = await tell(graph, notice())
    assert (answer.status, board.news, counts.seen) == (503, [], Counter())
    board.is_open = True
    await tell(graph, notice())
    assert board.news == ["S1"]


# --- duplicates ----------------------------------------------------------------------------------------------------------


async def test_the_same_state_of_an_item_is_news_once(graph: Client, board: Board, counts: Counts) -> None:
    for _ in range(3):
        await tell(graph, notice())
    assert (board.news, counts.seen) == (["S1"], {"accepted": 1, "duplicate": 2})


async def test_every_new_state_of_an_item_is_news(graph: Client, board: Board) -> None:
    for number in range(3):
        await tell(graph, notice(etag=f'W/"{number}"'))
    assert board.news == ["S1"] * 3


async def test_two_subscriptions_may_watch_one_item(graph: Client, board: Board) -> None:
    await tell(graph, notice("S1"), notice("S2"))
    assert board.news == ["S1", "S2"]


async def test_what_was_deleted_restored_and_deleted_again_is_news_each_time(graph: Client, board: Board) -> None:
    gone = notice(change="deleted", etag=None)
    for each in (gone, gone, notice(change="created"), gone):
        await tell(graph, each)
    assert board.news == ["S1"] * 3


async def test_without_an_etag_nothing_says_that_a_change_is_the_same(graph: Client, board: Board) -> None:
    for _ in range(2):
        await tell(graph, notice(etag=None))
    assert board.news == ["S1"] * 2


async def test_a_forged_notification_does_not_make_the_true_one_a_duplicate(graph: Client, board: Board) -> None:
    await tell(graph, notice(clientState="guess"))
    await tell(graph, notice())
    assert board.news == ["S1"]


async def test_what_is_remembered_of_items_has_an_end_and_what_is_forgotten_is_news(graph: Client, counts: Counts) -> None:
    await tell(graph, notice(item="first"))
    for number in range(10):
        await tell(graph, *(notice(item=f"{number}-{each}") for each in range(1_000)))
    await tell(graph, notice(item="first"))
    assert counts.seen == {"accepted": 10_002}


async def test_a_body_that_is_not_packed_as_it_says_counts_as_malformed(graph: Client, board: Board, counts: Counts) -> None:
    answer = await graph.post(PATH, data=b"plain", headers={"Content-Encoding": "gzip"})
    assert (answer.status, board.news, counts.seen) == (400, [], {"malformed": 1})


# --- lifecycle -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("event", list(Announcement))
async def test_what_graph_says_of_a_subscription_is_passed_on_each_time(
    graph: Client, board: Board, counts: Counts, event: Announcement
) -> None:
    said = {"subscriptionId": "S1", "clientState": SECRET, "lifecycleEvent": event.value}
    for _ in range(2):
        assert (await tell(graph, said)).status == 202
    assert (board.announcements, board.news, counts.seen) == ([("S1", event)] * 2, [], {"accepted": 2})


async def test_a_forged_announcement_is_not_passed_on(graph: Client, board: Board, counts: Counts) -> None:
    await tell(graph, {"subscriptionId": "S1", "clientState": "guess", "lifecycleEvent": "subscriptionRemoved"})
    assert (board.announcements, counts.seen) == ([], {"bad_client_state": 1})


# --- a flood -------------------------------------------------------------------------------------------------------------


async def test_ten_thousand_forged_notifications_wake_nobody_cost_little_and_leave_a_line_a_minute(
    graph: Client, board: Board, counts: Counts, clock: FakeClock
) -> None:
    flood = [notice(f"X{number}") for number in range(50)] + [notice(clientState=f"guess {number}") for number in range(50)]
    began = time.process_time()
    with capture_logs() as lines:
        for _ in range(100):
            await tell(graph, *flood)
        clock.advance(61)
        await tell(graph, *flood)
    assert time.process_time() - began < 2.0
    assert (board.news, counts.seen) == ([], {"unknown_subscription": 5_050, "bad_client_state": 5_050})
    said = [line for line in lines if line["event"] == "notification.refused"]
    assert [(line["outcome"], line["count"]) for line in said] == [
        ("unknown_subscription", 1),
        ("bad_client_state", 1),
        ("unknown_subscription", 5_000),
        ("bad_client_state", 5_000),
    ]


async def test_nothing_of_a_call_gets_into_the_log(graph: Client, board: Board) -> None:
    board.shaking = True
    with capture_logs() as lines:
        await tell(graph, notice(item="CANARY-item"), notice("CANARY-id"), notice(clientState="CANARY-guess"))
        await shake(graph, "CANARY-token")
    assert "CANARY" not in repr(lines)
