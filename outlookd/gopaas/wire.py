"""One HTTP exchange with GoPaaS: a request goes out, an answer of bounded size or an error of ours comes back.

Knows aiohttp's exceptions and tells "nothing was sent" from "no answer came". Knows neither credentials nor retries, nor what an
answer means.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import aiohttp
from yarl import URL

from outlookd.errors import Unintelligible, Unreachable

SERVICE = "gopaas"
BODY_LIMIT = 32 * 1024 * 1024
"""Bytes of one answer, unpacked. A page of 500 wide rows has about one million."""

CHUNK = 64 * 1024


class NoAnswer(Unreachable):
    """The request left, and no complete answer came. A read may be repeated; a write may have happened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back. `retry_after` is in seconds, when the server named them."""

    status: int
    body: bytes
    retry_after: float | None = None


class Wire:
    """Sends requests, one at a time or many, and counts them. `timeout` is for one whole exchange, in seconds."""

    def __init__(self, session: aiohttp.ClientSession, *, timeout: float = 60.0, body_limit: int = BODY_LIMIT) -> None:
        self.requests = 0
        self._session = session
        self._timeout = aiohttp.ClientTimeout(total=timeout, connect=min(timeout, 10.0))
        self._body_limit = body_limit

    async def send(self, method: str, url: URL, *, headers: Mapping[str, str], data: bytes | None = None) -> Answer:
        """One request, never redirected: a redirect would carry the key to an address that nobody configured.

        Raises Unreachable when nothing was sent, NoAnswer when it is not known, Unintelligible for an answer beyond all bounds.
        """
        self.requests += 1
        try:
            async with self._session.request(
                method, url, headers=headers, data=data, allow_redirects=False, timeout=self._timeout
            ) as response:
                body = await self._bounded(response)
                return Answer(status=response.status, body=body, retry_after=_seconds(response.headers.get("Retry-After")))
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise _unreachable(error) from error
        except (aiohttp.ClientError, TimeoutError) as error:
            raise NoAnswer(f"GoPaaS did not answer ({type(error).__name__}).", service=SERVICE) from error

    async def _bounded(self, response: aiohttp.ClientResponse) -> bytes:
        body = bytearray()
        async for chunk in response.content.iter_chunked(CHUNK):
            body += chunk
            if len(body) > self._body_limit:
                raise Unintelligible(
                    f"GoPaaS's answer is larger than {self._body_limit} bytes.",
                    service=SERVICE,
                    status=response.status,
                    hint="Lower gopaas.page_size, or show fewer columns in the view.",
                )
        return bytes(body)


def _unreachable(error: aiohttp.ClientError) -> Unreachable:
    match error:
        case aiohttp.ClientSSLError():
            what, hint = "GoPaaS's certificate is not trusted", "Set gopaas.ca_file if it was issued by your own authority."
        case aiohttp.ClientConnectorDNSError():
            what, hint = "the host name of gopaas.url is not known", "Check gopaas.url and this machine's name resolution."
        case _:
            what, hint = "GoPaaS cannot be reached", "Check gopaas.url, the network and the firewall."
    return Unreachable(f"{what} ({type(error).__name__}).", service=SERVICE, hint=hint)


def _seconds(header: str | None) -> float | None:
    """Retry-After as a number. GoPaaS documents none; a proxy in front of it may send one. Its date form is not waited for."""
    try:
        seconds = float(header or "nan")
    except ValueError:
        return None
    return seconds if 0 <= seconds < math.inf else None
