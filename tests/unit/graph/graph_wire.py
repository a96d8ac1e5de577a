"""A Graph that answers exactly what a test says, over real HTTP; tokens."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web


class Tokens:
    """A token source that hands out ``token-1`` until it is told to refresh; `failure` is raised instead, if set."""

    def __init__(self):
        self.refreshes: list[str] = []
        self.failure: Exception | None = None

    async def token(self, *, claims="", refresh=False):
        if self.failure is not None:
            raise self.failure
        if refresh:
            self.refreshes.append(claims)
        return f"token-{len(self.refreshes) + 1}"


@dataclass
class Seen:
    """One request as it arrived; `raw_path` is what was on the wire."""

    method: str
    raw_path: str
    headers: Mapping[str, str]
    body: Any


@dataclass
class Reply:
    """What to answer. `hang_up`: read the request, then close the connection without a word."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    hang_up: bool = False


Script = Callable[[Seen], Reply | Awaitable[Reply]]


class Wire:
    """The server's side. `script` answers; `seen` remembers."""

    def __init__(self):
        self.seen: list[Seen] = []
        self.script: Script = lambda seen: Reply(body={})

    def say(self, *replies: Reply):
        """Answer these in turn, the last one for ever."""
        rest = list(replies)
        self.script = lambda seen: rest.pop(0) if len(rest) > 1 else rest[0]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        content = await request.read()
        seen = Seen(request.method, request.raw_path, request.headers, json.loads(content) if content else None)
        self.seen.append(seen)
        reply = self.script(seen)
        if isinstance(reply, Awaitable):
            reply = await reply
        if reply.hang_up:
            request.transport.abort()
        body = b"" if reply.body is None else reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
        return web.Response(status=reply.status, body=body, headers=reply.headers, content_type="application/json")


def refused(status: int, code: str, **headers: str) -> Reply:
    """An error as Graph words it."""
    body = {"error": {"code": code, "message": "pat@example.com was not found", "innerError": {"request-id": "r"}}}
    return Reply(status=status, body=body, headers={name.replace("_", "-"): value for name, value in headers.items()})


class StrictBatch:
    """A `$batch` as Graph runs it: at most 20 items in at most four chains, each step after the one before, 424 behind a failure.

    `item` answers one step. Anything but one chain is refused where something is written, and answers come back in reverse order.
    """

    def __init__(self, item: Callable[[dict[str, Any]], Reply]):
        self.item = item
        self.rounds: list[list[str]] = []
        self.executed: list[str] = []

    def __call__(self, seen: Seen) -> Reply:
        if not seen.raw_path.endswith("/$batch"):
            return self.item({"method": seen.method, "url": seen.raw_path.removeprefix("/v1.0"), "headers": dict(seen.headers)})
        requests = seen.body["requests"]
        self.rounds.append([request["url"] for request in requests])
        chains = sum(not request.get("dependsOn") for request in requests)
        most = 4 if all(request["method"] == "GET" for request in requests) else 1
        forks = len(requests) - chains - len({parent for request in requests for parent in request.get("dependsOn", [])})
        if len(requests) > 20 or chains > most or forks:
            return refused(400, "BadRequest")
        answers, broken = [], set()
        for request in requests:
            skipped = not broken.isdisjoint(request.get("dependsOn", []))
            reply = refused(424, "FailedDependency") if skipped else self._run(request)
            if reply.status >= 300:
                broken.add(request["id"])
            answers.append({"id": request["id"], "status": reply.status, "headers": dict(reply.headers), "body": reply.body})
        return Reply(body={"responses": answers[::-1]})

    def _run(self, request: dict[str, Any]) -> Reply:
        self.executed.append(f"{request['method']} {request['url']}")
        return self.item(request)
