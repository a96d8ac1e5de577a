"""GoPaaS's calls as methods: list a page, read one record, write several.

Knows addresses, headers, which call may be repeated and what a lost answer to a write means. Does not know when a listing is
complete (`listing`), when "not found" may be believed (`probe`) or what rows mean.
"""

from __future__ import annotations

import random as randomness
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import aiohttp
import orjson
from yarl import URL

from outlookd.errors import OutlookdError, RemoteError, Unintelligible
from outlookd.gopaas.address import base_address, item_path, items_path, list_path
from outlookd.gopaas.credentials import Credentials
from outlookd.gopaas.header import carried
from outlookd.gopaas.reading import ListPage, parse, read_list, refusal
from outlookd.gopaas.retry import Retry
from outlookd.gopaas.wire import BODY_LIMIT, SERVICE, Answer, NoAnswer, Wire
from outlookd.meter import SILENT, Meter
from outlookd.ports import Clock

REFUSED_UNDONE = frozenset({400, 401, 403, 404, 405, 413, 415, 422, 429})
"""Statuses that say: nothing was written. After any other one, nobody knows."""


class UncertainWrite(OutlookdError):
    """The rows may or may not have been written: look before resending (design rule 13). `cause` is what came instead."""

    def __init__(self, cause: RemoteError) -> None:
        super().__init__("the write may or may not have happened.")
        self.cause = cause


class _Troubled(RemoteError):
    """Carries a 5xx answer out of the retry loop, for the one caller who reads a meaning into it."""

    retryable = True

    def __init__(self, answer: Answer) -> None:
        super().__init__("server trouble", service=SERVICE, status=answer.status, retry_after=answer.retry_after)
        self.answer = answer


class GopaasClient:
    """The REST API of one GoPaaS application, as one caller. Cheap: make one per job, so that `requests` counts that job's.

    `url` is ``https://HOST/APP``; `random` gives the jitter. Token calls are counted by the credentials, which jobs share.
    Raises ConfigurationError for an unusable address.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        url: str,
        credentials: Credentials,
        clock: Clock,
        *,
        random: Callable[[], float] = randomness.random,
        timeout: float = 60.0,
        body_limit: int = BODY_LIMIT,
        meter: Meter = SILENT,
    ) -> None:
        self.clock = clock
        self._base = base_address(url)
        self._credentials = credentials
        self._wire = Wire(session, timeout=timeout, body_limit=body_limit)
        self._retry = Retry(clock=clock, random=random, meter=meter)

    @property
    def requests(self) -> int:
        """How many requests were sent, repeated ones included."""
        return self._wire.requests

    async def list_page(self, view: str, page: int, rows: int, *, columns: bool = False, search: str = "") -> ListPage:
        """Page `page` (from 1) of a view, `rows` rows at most. `columns` asks for their description, `search` narrows.

        Raises ConfigurationError for what cannot be asked, else the errors of the answer.
        """
        headers = {"page": str(page), "rowPerPage": str(rows)}
        if columns:
            headers["columns"] = "on"
        if search:
            headers["advancedSearch"] = carried("the search", search)
        what = f"view {view}"
        return read_list(await self._get(list_path(view), headers, what), what)

    async def item(self, table: str, key: str) -> Answer:
        """The raw answer about one record, whatever its status: how GoPaaS says "no such record" is not documented.

        Raises BadRecord for a key that no address can carry, Unreachable, CredentialsRefused, or what a token call raises.
        """
        return await self._get(item_path(table, key), {}, f"record of {table}")

    async def upsert(self, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Write `rows` by key, in one request: a known key is updated (only the fields sent), an unknown one created.

        Never resent after anything but a refusal. Raises UncertainWrite when the write may have happened; any other error
        means that nothing did.
        """
        what = f"write to {table}"
        body = orjson.dumps(list(rows))
        url = self._url(items_path(table))

        async def send(headers: Mapping[str, str]) -> Answer:
            try:
                return await self._wire.send("POST", url, headers={**headers, "Content-Type": "application/json"}, data=body)
            except (NoAnswer, Unintelligible) as error:
                raise UncertainWrite(error) from error

        answer = await self._let_in(send, what)
        if answer.status in REFUSED_UNDONE:
            raise refusal(answer, what)
        _confirm_written(answer, what)

    async def _get(self, path: str, options: Mapping[str, str], what: str) -> Answer:
        url = self._url(path)

        async def once(headers: Mapping[str, str]) -> Answer:
            answer = await self._wire.send("GET", url, headers={**headers, **options})
            if answer.status >= 500 or answer.status == 429:
                raise _Troubled(answer)
            return answer

        async def send(headers: Mapping[str, str]) -> Answer:
            try:
                return await self._retry.repeat(what, lambda: once(headers))
            except _Troubled as trouble:
                return trouble.answer

        return await self._let_in(send, what)

    async def _let_in(self, send: Callable[[Mapping[str, str]], Awaitable[Answer]], what: str) -> Answer:
        """`send` with credentials, and once more with fresh ones after a 401: GoPaaS's tokens may die between two pages.

        A 401 says that nothing was done, so this is safe for writes too.
        """
        bearer = await self._credentials.bearer()
        answer = await send(_headers(bearer))
        if answer.status != 401:
            return answer
        bearer = await self._credentials.bearer(refused=bearer)
        answer = await send(_headers(bearer))
        if answer.status == 401:
            raise refusal(answer, what)
        return answer

    def _url(self, path: str) -> URL:
        """Built as text and taken as it is: yarl would decode a key's ``%2F`` into a slash."""
        return URL(f"{self._base}/{self._credentials.family}/{path}", encoded=True)


def _headers(bearer: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {bearer}", "Accept": "application/json"}


def _confirm_written(answer: Answer, what: str) -> None:
    """Accept a 2xx that is empty or JSON. A web page with status 200 is a proxy's, and says nothing about the rows."""
    try:
        if not 200 <= answer.status < 300:
            raise refusal(answer, what)
        if answer.body.strip():
            parse(answer, what)
    except RemoteError as error:
        raise UncertainWrite(error) from error
