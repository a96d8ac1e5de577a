"""One request to Graph: address, headers, token, limits, repetition, and an error of ours when it fails.

Knows one mailbox. Does not know what the paths mean. Redirects are never followed and links only on the configured host,
because every request carries a user's token (trap 35).
"""

from __future__ import annotations

import base64
import binascii
import io
import re
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias
from urllib.parse import quote

import aiohttp
import orjson
import structlog

from outlookd.errors import NotFound, RemoteError, ServerTrouble, Throttled, Unintelligible, Unreachable, WatermarkExpired
from outlookd.graph.errors import NotSent, no_answer, refusal, unintelligible
from outlookd.graph.links import encoded_query, segment, service_root, trusted
from outlookd.graph.throttle import MailboxLimit, Patience, parse_retry_after
from outlookd.meter import SILENT, wait_reason

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from yarl import URL

    from outlookd.core.model import Payload
    from outlookd.meter import Meter
    from outlookd.ports import Clock, TokenSource

Method: TypeAlias = Literal["GET", "POST", "PATCH", "DELETE"]

IMMUTABLE_IDS: Final = 'IdType="ImmutableId"'
"""A ``Prefer`` that goes with every request: without it an id changes when the item is moved (graph.md section 3)."""

_TIMEOUT = aiohttp.ClientTimeout(total=300, sock_connect=10, sock_read=120)
"""Seconds. A batch is a chain of 20 steps and says nothing until the last one is done: hence the long `sock_read`."""

_CLAIMS = re.compile(r'\bclaims="([^"]+)"')
_REQUEST_ID = re.compile(r"[0-9A-Za-z\-]{1,64}")

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back, whatever its status. `client_request_id` is our name for the request, `request_id` Graph's."""

    status: int
    headers: Mapping[str, str]
    content: bytes
    client_request_id: str
    request_id: str = ""

    def json(self) -> dict[str, Any]:
        """The body as an object; empty for no body. Raises Unintelligible for anything else."""
        if not self.content:
            return {}
        try:
            body = orjson.loads(self.content)
        except orjson.JSONDecodeError as error:
            raise self._unreadable("it is not JSON") from error
        if not isinstance(body, dict):
            raise self._unreadable("it is not an object")
        return body

    def _unreadable(self, what: str) -> Unintelligible:
        return unintelligible(what, request_id=self.request_id, client_request_id=self.client_request_id, status=self.status)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Call:
    """One request, ready to be sent as often as it takes.

    `cost` is what it counts against the mailbox's limit, `width` how many requests Graph makes of it at the same time.
    """

    method: Method
    url: URL
    headers: Mapping[str, str]
    content: bytes | None
    repeatable: bool
    cost: int
    width: int


class GraphClient:
    """Requests to one mailbox. `requests` counts what was sent, a batch as one.

    `mailbox` is ``me`` (delegated) or ``users/{id}`` (application permissions). `url` is the configured Graph, with or without
    its version. `random` yields numbers from 0 to 1, as `random.random`. `limit` is the mailbox's own gate: pass the same one
    to every client of that mailbox, or leave it out and get one for `concurrency` requests at a time.

    The constructor raises ConfigurationError for an address that a token must not be sent to.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        url: str,
        tokens: TokenSource,
        clock: Clock,
        *,
        mailbox: str,
        random: Callable[[], float],
        concurrency: int = 3,
        limit: MailboxLimit | None = None,
        meter: Meter = SILENT,
    ) -> None:
        self.root = service_root(url)
        self.mailbox = "/" + quote(mailbox.strip("/"), safe="/@=-_.")
        self.clock = clock
        self.limit = limit if limit is not None else MailboxLimit(clock, concurrency=concurrency)
        self.patience = Patience(random)
        self.requests = 0
        self._session = session
        self._tokens = tokens
        self._meter = meter

    def path(self, *segments: str, **options: str | int) -> str:
        """A path below the version root, inside this mailbox, as `$batch` wants it too. `options` are OData's, without ``$``."""
        path = "/".join((self.mailbox, *map(segment, segments)))
        return f"{path}?{encoded_query(**options)}" if options else path

    async def get(self, path: str, *, prefer: Sequence[str] = ()) -> dict[str, Any]:
        """Read a path made by `path`."""
        return (await self._send("GET", self._url(path), prefer=prefer, repeatable=True)).json()

    async def follow(self, link: str, *, prefer: Sequence[str] = ()) -> dict[str, Any]:
        """Read a nextLink or deltaLink; headers are not part of it and must be given again (graph.md 1.5).

        Raises Unintelligible when the link leads to another host than the configured one.
        """
        return (await self._send("GET", trusted(link, self.root), prefer=prefer, repeatable=True)).json()

    async def ask(self, path: str, body: Payload) -> dict[str, Any]:
        """A question that is too long for an address: a POST that changes nothing, and is repeated like a read."""
        return (await self._send("POST", self._url(path), content=orjson.dumps(body), repeatable=True)).json()

    async def write(self, method: Literal["POST", "PATCH"], path: str, body: Payload) -> dict[str, Any]:
        """Send one write. Only what was certainly not done is sent again; otherwise the error says what is not known."""
        return (await self._send(method, self._url(path), content=orjson.dumps(body), repeatable=False)).json()

    async def delete(self, path: str) -> None:
        """Delete what may be deleted twice. Raises NotFound, or what else Graph calls it, when it is gone already."""
        await self._send("DELETE", self._url(path), repeatable=True)

    async def post_batch(self, content: bytes, *, cost: int, width: int, repeatable: bool) -> Answer:
        """Send one `$batch` envelope of `cost` items, `width` of which run side by side. `repeatable`: it holds reads only."""
        return await self._send("POST", self._url("/$batch"), content=content, cost=cost, width=width, repeatable=repeatable)

    async def _send(
        self,
        method: Method,
        url: URL,
        *,
        repeatable: bool,
        prefer: Sequence[str] = (),
        content: bytes | None = None,
        cost: int = 1,
        width: int = 1,
    ) -> Answer:
        headers = {"Accept": "application/json", "Prefer": ", ".join((IMMUTABLE_IDS, *prefer))}
        if content is not None:
            headers["Content-Type"] = "application/json"
        call = _Call(method=method, url=url, headers=headers, content=content, repeatable=repeatable, cost=cost, width=width)
        failures = 0
        while True:
            try:
                return await self._authorised(call)
            except RemoteError as error:
                failures += 1
                await self._wait_or_raise(call, error, failures)

    async def _wait_or_raise(self, call: _Call, error: RemoteError, failures: int) -> None:
        wait = self.patience.before_repeating(error, failures, repeatable=call.repeatable)
        note_failure(call.method, error, repeated=wait is not None, seconds=wait if wait is not None else error.retry_after)
        if isinstance(error, Throttled):
            pause = error.retry_after if wait is None else wait
            self.limit.pause(pause or 0.0)
        if wait is None:
            raise error
        self._meter.waited("graph", wait_reason(error), wait)
        await self.clock.sleep(wait)

    async def _authorised(self, call: _Call) -> Answer:
        """Send with the cached token, and once more with a fresh one if Graph no longer takes it (graph.md 6.3, CAE)."""
        answer = await self._once(call, await self._token())
        claims = _claims_challenge(answer)
        if answer.status == 401 or claims:
            note_failure(call.method, self._refusal(answer), repeated=True)
            answer = await self._once(call, await self._token(claims=claims, refresh=True))
        if 200 <= answer.status < 300:
            return answer
        raise self._refusal(answer)

    def _refusal(self, answer: Answer) -> RemoteError:
        return refusal(
            answer.status,
            _error_body(answer),
            request_id=answer.request_id,
            client_request_id=answer.client_request_id,
            retry_after=parse_retry_after(answer.headers.get("Retry-After"), self.clock.now()),
        )

    async def _token(self, *, claims: str = "", refresh: bool = False) -> str:
        try:
            return await self._tokens.token(claims=claims, refresh=refresh)
        except (Unreachable, ServerTrouble) as error:
            # Without this, a write that never left for want of a token would look as if it might have happened.
            raise NotSent(error.message, service=error.service, status=error.status, code=error.code, hint=error.hint) from error

    async def _once(self, call: _Call, token: str) -> Answer:
        ours = str(uuid.uuid4())
        headers = {**call.headers, "Authorization": f"Bearer {token}", "client-request-id": ours}
        async with self.limit.slot(call.cost, width=call.width):
            began = self.clock.monotonic()
            self.requests += 1
            try:
                # Not the bytes themselves: aiohttp would send a full batch in one piece, and warn that this blocks the loop.
                body = io.BytesIO(call.content) if call.content is not None else None
                async with self._session.request(
                    call.method, call.url, data=body, headers=headers, allow_redirects=False, timeout=_TIMEOUT
                ) as response:
                    content = await response.read()
            except (aiohttp.ClientError, TimeoutError) as error:
                raise no_answer(error, client_request_id=ours) from error
        theirs = request_id_of(response.headers)
        log.debug(
            "graph.request.answered",
            method=call.method,
            status=response.status,
            items=call.cost,
            seconds=round(self.clock.monotonic() - began, 3),
            client_request_id=ours,
            request_id=theirs,
        )
        return Answer(status=response.status, headers=response.headers, content=content, client_request_id=ours, request_id=theirs)

    def _url(self, path: str) -> URL:
        return trusted(f"{self.root}{path}", self.root)


def note_failure(method: Method, error: RemoteError, **more: object) -> None:
    """One line for a request that failed, repeated or not, with both names that Microsoft's support asks for.

    That a read finds nothing, or a feed that Graph forgot, is an answer like any other: whoever asked goes on from there.
    """
    if method == "GET" and isinstance(error, NotFound | WatermarkExpired):
        log.debug(
            "graph.request.failed",
            method=method,
            status=error.status,
            code=error.code,
            client_request_id=error.client_request_id,
            request_id=error.request_id,
        )
        return
    log.warning(
        "graph.request.failed",
        method=method,
        status=error.status,
        code=error.code,
        error=type(error).__name__,
        text=error.message,
        client_request_id=error.client_request_id,
        request_id=error.request_id,
        **more,
    )


def request_id_of(headers: Mapping[str, str]) -> str:
    """Graph's name for a request, or an empty text when there is none that looks like one. `headers` in small letters, or any."""
    theirs = headers.get("request-id", "")
    return theirs if _REQUEST_ID.fullmatch(theirs) else ""


def _claims_challenge(answer: Answer) -> str:
    """The claims that a 401 (or, for authentication contexts, a 403) asks for, decoded; empty when it asks for none."""
    found = _CLAIMS.search(answer.headers.get("WWW-Authenticate", "")) if answer.status in {401, 403} else None
    if found is None:
        return ""
    encoded = found[1].replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _error_body(answer: Answer) -> object:
    """The body of a refusal as far as it can be read: some have none, proxies send HTML."""
    try:
        return orjson.loads(answer.content)
    except orjson.JSONDecodeError:
        return None
