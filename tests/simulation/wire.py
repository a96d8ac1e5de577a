"""A wire without sockets: real HTTP bytes between aiohttp's client and aiohttp's servers, through memory.

Below `ClientSession` and above nothing: what the adapters send is what the sandbox parses. It knows no service.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import aiohttp
from aiohttp.client_proto import ResponseHandler

from outlookd.testing import Crash
from simulation.loop import VirtualLoop

ADDRESS = ("127.0.0.1", 49152)
"""Where the client calls from, as the servers see it."""

Serve = Callable[[], asyncio.Protocol]
"""Makes the server's end of one connection."""


class _End(asyncio.Transport):
    """One end of a connection. What is written arrives at `peer` in the next turn of the loop."""

    def __init__(self, loop: VirtualLoop, protocol: asyncio.Protocol) -> None:
        super().__init__()
        self._loop = loop
        self._protocol = protocol
        self._closed = False
        self._paused = False
        self._waiting: list[bytes] = []
        self.peer: _End | None = None

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return ADDRESS if name in {"peername", "sockname"} else default

    def get_protocol(self) -> asyncio.BaseProtocol:
        return self._protocol

    def set_protocol(self, protocol: Any) -> None:
        self._protocol = protocol

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if not self._closed and self.peer is not None:
            self._loop.call_soon(self.peer.receive, bytes(data))

    def receive(self, data: bytes) -> None:
        if self._closed:
            return
        if self._paused:
            self._waiting.append(data)
        else:
            self._protocol.data_received(data)

    def pause_reading(self) -> None:
        self._paused = True

    def resume_reading(self) -> None:
        self._paused = False
        waiting, self._waiting = self._waiting, []
        for data in waiting:
            self._loop.call_soon(self.receive, data)

    def is_reading(self) -> bool:
        return not self._paused

    def get_write_buffer_size(self) -> int:
        return 0

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """There is no buffer."""

    def can_write_eof(self) -> bool:
        return False

    def is_closing(self) -> bool:
        return self._closed

    def close(self) -> None:
        self.abort()

    def abort(self) -> None:
        """Hang up, at both ends."""
        for end in (self, self.peer):
            if end is not None and not end._closed:
                end._closed = True
                self._loop.call_soon(end._protocol.connection_lost, None)


class _ClientEnd(_End):
    """The client's end: each request that leaves is a moment in which the process may die."""

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if self._loop.mortality.is_dead:
            return
        if bytes(data[:5]).split(b" ")[0] in _METHODS:
            self._loop.errands.pass_request(bytes(data))
            if not self._loop.mortality.pass_moment():
                return
        super().write(data)


_METHODS = frozenset({b"GET", b"POST", b"PATCH", b"DELET"})


class WireConnector(aiohttp.BaseConnector):
    """Connects a `ClientSession` to servers in this process. `servers` are by ``host:port``."""

    def __init__(self, loop: VirtualLoop, servers: Mapping[str, Serve]) -> None:
        super().__init__(loop=loop, limit=64)
        self._virtual = loop
        self._servers = servers

    async def _create_connection(self, req: Any, traces: Any, timeout: Any) -> ResponseHandler:  # noqa: ASYNC109 (aiohttp calls it so)
        if self._virtual.mortality.is_dead:
            raise Crash
        client: ResponseHandler = self._factory()
        server = self._servers[f"{req.url.host}:{req.url.port}"]()
        ours, theirs = _ClientEnd(self._virtual, client), _End(self._virtual, server)
        ours.peer, theirs.peer = theirs, ours
        server.connection_made(theirs)
        client.connection_made(ours)
        return client
