"""`$batch` (Graph page, section 5): several calls in one request, each answered on its own."""

from __future__ import annotations

import asyncio
import random
import re
from base64 import b64encode
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from multidict import CIMultiDict

from outlookd.sandbox.faults import Fault
from outlookd.sandbox.graph.call import JSON_TYPE, Answer, Call
from outlookd.sandbox.graph.errors import GraphError

MOST_ITEMS = 20
ABSOLUTE = re.compile(r"https?://[^/]+/v1\.0(?=/)", re.IGNORECASE)
METHODS = frozenset({"GET", "POST", "PATCH", "PUT", "DELETE"})
FAILED = 400
FAILED_DEPENDENCY = 424

Serve: TypeAlias = Callable[[Call, Fault | None], Awaitable[Answer | None]]
"""Carries out one item. The fault is what it meets; None as an answer means that it is lost on the way."""
TakeFault: TypeAlias = Callable[[str, str], Fault | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One call of a batch. `parents` are the items that must succeed first."""

    id: str
    call: Call
    parents: tuple[str, ...]


async def run_batch(call: Call, serve: Serve, take_fault: TakeFault, *, shuffle: bool) -> Answer:
    """Carry out the items of `call`: those that depend on nothing at the same time, the others after their parents.

    Items with a failed parent are answered 424 and not carried out. Raises GraphError 400 when the envelope is wrong; failing
    items never make the batch fail.
    """
    items = read_items(call)
    tasks: dict[str, asyncio.Task[Answer | None]] = {}

    async def run(item: Item) -> Answer | None:
        outcomes = [await tasks[parent] for parent in item.parents]
        if any(outcome is None or outcome.status >= FAILED for outcome in outcomes):
            return _failed_dependency()
        return await serve(item.call, take_fault(item.call.method, item.call.target))

    async with asyncio.TaskGroup() as group:
        for item in items:
            tasks[item.id.lower()] = group.create_task(run(item))
    answers = [(item, tasks[item.id.lower()].result()) for item in items]
    responses = [_response(item.id, answer) for item, answer in answers if answer is not None]
    if shuffle:
        random.Random(len(items)).shuffle(responses)  # noqa: S311  (repeatable on purpose)
    return Answer(body={"responses": responses}, headers={"Content-Type": JSON_TYPE})


def item_lines(body: Any) -> tuple[str, ...]:
    """``METHOD url`` of each item, for the request log; whatever the body is."""
    items = body.get("requests") if isinstance(body, Mapping) else None
    return tuple(f"{item.get('method')} {item.get('url')}" for item in items or () if isinstance(item, Mapping))


def read_items(call: Call) -> Sequence[Item]:
    """The items of a batch, checked. Raises GraphError 400."""
    raw = call.body.get("requests") if isinstance(call.body, Mapping) else None
    if not isinstance(raw, list) or not raw:
        raise _bad("The batch request must contain a 'requests' array.")
    if len(raw) > MOST_ITEMS:
        raise _bad(f"Number of batch request steps exceeds the maximum value of {MOST_ITEMS}.")
    items: dict[str, Item] = {}
    for entry in raw:
        item = _read_item(call, entry)
        if item.id.lower() in items:
            raise _bad(f"Request Id '{item.id}' is not unique.")
        if unknown := [parent for parent in item.parents if parent not in items]:
            raise _bad(f"Request '{item.id}' depends on '{unknown[0]}', which is not an earlier request.")
        items[item.id.lower()] = item
    return list(items.values())


def _read_item(call: Call, entry: Any) -> Item:
    if not isinstance(entry, Mapping) or not all(isinstance(entry.get(name), str) for name in ("id", "method", "url")):
        raise _bad("Every request needs an 'id', a 'method' and a 'url'.")
    sent, parents = entry.get("headers") or {}, entry.get("dependsOn") or entry.get("depends_on") or []
    if not isinstance(sent, Mapping) or not isinstance(parents, list):
        raise _bad(f"Request '{entry['id']}' has 'headers' that are no object or a 'dependsOn' that is no array.")
    headers: CIMultiDict[str] = CIMultiDict({str(name): str(value) for name, value in sent.items()})
    body = entry.get("body")
    if body is not None and "Content-Type" not in headers:
        raise _bad(f"Write request id : {entry['id']} does not contain Content-Type header or body.")
    method, target = entry["method"].upper(), ABSOLUTE.sub("", entry["url"]).lstrip("/")
    if method not in METHODS or "://" in target or target.lower().startswith("$batch"):
        raise _bad(f"Request '{entry['id']}' has a method or a url that a batch cannot carry.")
    headers.setdefault("Authorization", call.headers.get("Authorization", ""))
    headers.setdefault("client-request-id", call.client_request_id)
    inner = Call(method=method, target=target, root=call.root, headers=headers, body=body)
    return Item(id=entry["id"], call=inner, parents=tuple(str(parent).lower() for parent in parents))


def _bad(message: str) -> GraphError:
    return GraphError(400, "BadRequest", f"Invalid batch payload format. {message}")


def _failed_dependency() -> Answer:
    error = {"code": "FailedDependency", "message": "Failed dependency."}
    return Answer(status=FAILED_DEPENDENCY, body={"error": error}, headers={"Content-Type": "application/json"})


def _response(id: str, answer: Answer) -> dict[str, Any]:
    response: dict[str, Any] = {"id": id, "status": answer.status, "headers": dict(answer.headers)}
    if answer.body is not None:
        response["body"] = b64encode(answer.body).decode() if isinstance(answer.body, bytes) else answer.body
    return response
