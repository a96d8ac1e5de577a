"""An address that Graph may notify: it answers handshakes and keeps what is delivered, or misbehaves as a test says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer
from waiting import DEADLINE


@dataclass(slots=True)
class Doorbell:
    """`statuses` are the answers to the next deliveries, 202 when there are none; `echo` is how a handshake is answered."""

    url: str = ""
    echo: str | None = None
    echo_status: int = 200
    echo_type: str = "text/plain"
    statuses: list[int] = field(default_factory=list)
    handshakes: list[str] = field(default_factory=list)
    posts: asyncio.Queue[list[dict[str, Any]]] = field(default_factory=asyncio.Queue)

    async def next(self) -> list[dict[str, Any]]:
        """The notifications of the next POST."""
        async with asyncio.timeout(DEADLINE):
            return await self.posts.get()

    async def answer(self, request: web.Request) -> web.Response:
        token = request.query.get("validationToken")
        if token is None:
            self.posts.put_nowait((await request.json())["value"])
            return web.Response(status=self.statuses.pop(0) if self.statuses else 202)
        self.handshakes.append(request.path_qs.partition("validationToken")[0])
        assert (request.method, request.content_type, await request.read()) == ("POST", "text/plain", b"")
        text = token if self.echo is None else self.echo
        return web.Response(status=self.echo_status, text=text, content_type=self.echo_type)


@asynccontextmanager
async def ringing() -> AsyncIterator[Doorbell]:
    """A doorbell on a free port of this machine."""
    bell = Doorbell()
    app = web.Application()
    app.router.add_post("/{place:.*}", bell.answer)
    async with TestServer(app) as server:
        bell.url = str(server.make_url("/hook?k=1"))
        yield bell
