"""Many requests in one: Graph's `$batch`, sent as chains in which each step waits for the one before.

Graph runs the items of a batch side by side and then refuses those beyond four for one mailbox (graph.md section 5, complaint
37). A chain (`dependsOn`) counts as one, so a batch with a write in it is one chain: it needs one place of the mailbox's limit,
and writes happen in the order given. The price: behind a failed item the chain is answered 424, "not executed". Those are sent
again without the culprit.

Reads have no order, and "no such item" is what many of them are sent for: as one chain, twenty deleted events would cost twenty
requests. They go as four chains side by side, Graph's own limit, which have the mailbox to themselves for that moment.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import orjson

from outlookd.errors import NotFound, OutlookdError, Rejected, Stale, Throttled, Unintelligible
from outlookd.graph.client import IMMUTABLE_IDS, Method, note_failure, request_id_of
from outlookd.graph.errors import may_have_happened, refusal, unintelligible
from outlookd.graph.throttle import parse_retry_after

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from outlookd.core.model import Payload
    from outlookd.graph.client import Answer, GraphClient

MAX_ITEMS: Final = 20
"""Graph refuses more (graph.md section 5)."""

LANES: Final = 4
"""What Graph runs side by side for one mailbox before it refuses (graph.md 6.1)."""

_MAX_BYTES = 3_500_000
"""Below the 4 MB that Graph accepts as a body, with room for what surrounds the items."""

_NOT_EXECUTED = 424


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One request of a batch. `ref` is ours, `path` starts at the version root, `version` goes into If-Match.

    `prefer` are wishes beyond immutable ids: the envelope's own do not reach its items. `follows` is the ref of an earlier item
    without which this one must not be done.
    """

    ref: str
    method: Method
    path: str
    body: Payload | None = None
    version: str = ""
    prefer: tuple[str, ...] = ()
    follows: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """The item was done. `payload` is empty when the answer had no body."""

    ref: str
    status: int
    payload: Payload = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The item was not done, or (`ambiguous`) nobody knows."""

    ref: str
    error: OutlookdError
    ambiguous: bool = False


Reply: TypeAlias = Answered | Refused


def is_not_found(reply: Reply) -> bool:
    """Whether Graph knows no such item."""
    return isinstance(reply, Refused) and isinstance(reply.error, NotFound)


async def send_batch(client: GraphClient, items: Sequence[Item], *, canary: Item | None = None) -> dict[str, Reply]:
    """Send all items in as many batches as it takes, in order where one of them writes; one reply for each `ref`.

    `canary` travels along, first, as soon as an item was not found and others are left: it says what that means, and costs no
    request of its own then. It has a reply only if it was sent.

    Raises only when nothing can have happened yet: no token, no connection, the whole mailbox refused or throttled. After the
    first answered item an error of the whole batch becomes the reply of every item that was left.
    """
    run = _Run(client, items, canary)
    while run.waiting:
        await run.next_round()
    return run.replies


class _Run:
    """The items still waiting and the replies so far. Each round settles at least one item or uses up one of its few waits."""

    def __init__(self, client: GraphClient, items: Sequence[Item], canary: Item | None) -> None:
        self.waiting = {item.ref: item for item in items}
        self._canary = canary
        self.replies: dict[str, Reply] = {}
        self._client = client
        self._throttles = 0

    async def next_round(self) -> None:
        self._take_canary_along()
        reads = all(item.method == "GET" for item in self.waiting.values())
        lanes = LANES if reads else 1
        items, content = _envelope(self.waiting.values(), lanes)
        try:
            width = min(lanes, len(items))
            envelope = await self._client.post_batch(content, cost=len(items), width=width, repeatable=reads)
            answers = _answers(envelope)
        except OutlookdError as error:
            self._settle_failure(items, error, ambiguous=not reads and may_have_happened(error))
            return
        throttled = self._read(items, answers, envelope)
        if throttled:
            await self._wait(throttled)

    def _take_canary_along(self) -> None:
        if self._canary is not None and any(is_not_found(reply) for reply in self.replies.values()):
            self.waiting = {self._canary.ref: self._canary, **self.waiting}
            self._canary = None

    def _settle_failure(self, items: Sequence[Item], error: OutlookdError, *, ambiguous: bool) -> None:
        """A whole batch failed: settle what it held, and what nothing can be done for any more."""
        if isinstance(error, Rejected):
            # Too large, most likely: an item that is goes alone (see `_envelope`). The others must not suffer for it.
            self._settle_all(items, error, ambiguous=False)
            return
        if not self.replies and not ambiguous:
            raise error
        self._settle_all(items, error, ambiguous=ambiguous)
        self._settle_all(list(self.waiting.values()), error, ambiguous=False)

    def _read(self, items: Sequence[Item], answers: Mapping[str, Mapping[str, Any]], envelope: Answer) -> list[Throttled]:
        """Take the answers of one batch; what was not executed stays in `waiting`. Returns the throttles among them."""
        throttled: list[Throttled] = []
        skipped = 0
        for position, item in enumerate(items):
            answer = answers.get(str(position))
            if answer is not None and answer.get("status") == _NOT_EXECUTED:
                skipped += 1
                continue
            reply = self._reply(item, answer, envelope)
            if isinstance(reply, Refused) and isinstance(reply.error, Throttled):
                throttled.append(reply.error)
            else:
                self._settle(reply)
        if skipped == len(items):
            # Nobody failed and yet nobody ran: sending the same again would go on for ever.
            self._settle_all(items, _unreadable("no item of a batch was executed", envelope), ambiguous=False)
        return throttled

    def _reply(self, item: Item, answer: Mapping[str, Any] | None, envelope: Answer) -> Reply:
        status = answer.get("status") if answer is not None else None
        if answer is None or not isinstance(status, int):
            unread = _unreadable("an item of a batch has no answer", envelope)
            note_failure(item.method, unread, batched=True)
            return Refused(ref=item.ref, error=unread, ambiguous=item.method != "GET")
        body = answer.get("body")
        if 200 <= status < 300:
            return Answered(ref=item.ref, status=status, payload=body if isinstance(body, dict) else {})
        sent = answer.get("headers")
        headers = {name.casefold(): str(value) for name, value in sent.items()} if isinstance(sent, dict) else {}
        refused = refusal(
            status,
            body,
            # An item has no name of its own from us: the envelope's leads to it.
            request_id=request_id_of(headers) or envelope.request_id,
            client_request_id=envelope.client_request_id,
            retry_after=parse_retry_after(headers.get("retry-after"), self._client.clock.now()),
        )
        if item.method != "GET" or not isinstance(refused, NotFound):
            # "No such item" is what a probe asks for, and no failure.
            note_failure(item.method, refused, batched=True)
        return Refused(ref=item.ref, error=refused, ambiguous=item.method != "GET" and may_have_happened(refused))

    async def _wait(self, throttled: Sequence[Throttled]) -> None:
        """Wait as long as the most demanding item asks, or give up on everything that is left."""
        self._throttles += 1
        patience = self._client.patience
        waits = [patience.before_repeating(error, self._throttles, repeatable=False) for error in throttled]
        if None in waits:
            longest = max(throttled, key=lambda error: error.retry_after or 0.0)
            self._client.limit.pause(longest.retry_after or 0.0)
            self._settle_all(list(self.waiting.values()), longest, ambiguous=False)
            return
        wait = max(wait for wait in waits if wait is not None)
        self._client.limit.pause(wait)
        await self._client.clock.sleep(wait)

    def _settle_all(self, items: Iterable[Item], error: OutlookdError, *, ambiguous: bool) -> None:
        for item in items:
            self._settle(Refused(ref=item.ref, error=error, ambiguous=ambiguous))

    def _settle(self, reply: Reply) -> None:
        self.replies[reply.ref] = reply
        self.waiting.pop(reply.ref, None)
        if isinstance(reply, Refused):
            alone = Stale("The write that this one follows was not done.", service="graph")
            for item in [item for item in self.waiting.values() if item.follows == reply.ref]:
                self._settle(Refused(ref=item.ref, error=alone))


def _envelope(waiting: Iterable[Item], lanes: int) -> tuple[list[Item], bytes]:
    """The next items, and the body that sends them: at most 20 and 3.5 MB, at least one."""
    items: list[Item] = []
    encoded: list[orjson.Fragment] = []
    size = 0
    for item in islice(waiting, MAX_ITEMS):
        content = orjson.dumps(_request(len(items), item, lanes))
        size += len(content)
        if items and size > _MAX_BYTES:
            break
        items.append(item)
        encoded.append(orjson.Fragment(content))
    return items, orjson.dumps({"requests": encoded})


def _request(position: int, item: Item, lanes: int) -> dict[str, Any]:
    headers = {"Prefer": ", ".join((IMMUTABLE_IDS, *item.prefer))}
    request: dict[str, Any] = {"id": str(position), "method": item.method, "url": item.path, "headers": headers}
    if item.version:
        headers["If-Match"] = item.version
    if item.body is not None:
        headers["Content-Type"] = "application/json"
        request["body"] = item.body
    if position >= lanes:
        request["dependsOn"] = [str(position - lanes)]
    return request


def _answers(envelope: Answer) -> dict[str, Mapping[str, Any]]:
    """Answers by id: they come in any order. Raises Unintelligible when the envelope has none."""
    responses = envelope.json().get("responses")
    if not isinstance(responses, list):
        raise _unreadable("a batch has no list of answers", envelope)
    return {str(answer.get("id")): answer for answer in responses if isinstance(answer, Mapping)}


def _unreadable(what: str, envelope: Answer) -> Unintelligible:
    return unintelligible(what, request_id=envelope.request_id, client_request_id=envelope.client_request_id)
