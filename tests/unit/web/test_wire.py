"""Bytes that are no request, and connections that say nothing: anybody can send and open any number of them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from structlog.testing import capture_logs
from unit.web.twins import Readings
from waiting import DEADLINE

from outlookd.web import Health, Site, create_app, create_runner


async def answer_to(port: int, sent: bytes) -> tuple[str, str]:
    """Head and body of whatever comes back until the other side hangs up."""
    async with asyncio.timeout(DEADLINE):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(sent)
        head, _, body = (await reader.read()).decode().partition("\r\n\r\n")
        writer.close()
        await writer.wait_closed()
    return head, body


@pytest.fixture
async def port() -> AsyncIterator[int]:
    runner = create_runner(create_app(Site("https://crm.example.test/crm"), [Health(Readings())]), first_request_within=0.2)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield runner.addresses[0][1]
    await runner.cleanup()


MALFORMED = [
    b"CANARY\r\n\r\n",
    b"GET / HTTP/9.9 CANARY\r\n\r\n",
    b"GET /CANARY HTTP/1.1\r\nHost: x\r\nCANARY\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: CANARY\r\n\r\n",
    b"GET /" + b"CANARY" * 5_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfcCANARY\r\n\r\n",
]


@pytest.mark.parametrize("sent", MALFORMED, ids=range(len(MALFORMED)))
async def test_what_is_no_request_gets_a_constant_text_our_headers_and_one_line(
    port: int, caplog: pytest.LogCaptureFixture, sent: bytes
) -> None:
    with capture_logs() as lines:
        head, body = await answer_to(port, sent)
    assert head.startswith(("HTTP/1.1 400 ", "HTTP/1.0 400 "))
    assert body == "400: this is no request that can be read."
    assert "\r\nServer: outlookd\r\n" in head
    assert "\r\nX-Content-Type-Options: nosniff\r\n" in head
    assert "aiohttp" not in head
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []
    assert [(line["event"], line["route"], line["status"]) for line in lines] == [("web.request", "(none)", 400)]
    assert "CANARY" not in repr(lines) + head + body


@pytest.mark.parametrize("sent", [b"", b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: a\r\n"], ids=["silent", "slow headers"])
async def test_a_connection_that_asks_for_nothing_is_closed(port: int, sent: bytes) -> None:
    assert await answer_to(port, sent) == ("", "")


async def test_a_connection_that_has_asked_is_kept_for_the_next_request(port: int) -> None:
    ask = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(2):
        writer.write(ask)
        assert b"200 OK" in await reader.readuntil(b"}")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await reader.read(1)
    writer.close()
    await writer.wait_closed()
