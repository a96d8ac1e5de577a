"""Forms: what is none is the sender's fault, and is told at once; it is never an error of ours."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer, make_mocked_request
from unit.web.twins import JOB, MemoryDesk
from unit.web.visiting import Browser, sign_in

from outlookd.web import SessionVisitors
from outlookd.web.jobs.desk import address_of
from outlookd.web.site.forms import read_form

KIND = "application/x-www-form-urlencoded"
APPROVE = f"/crm/api/jobs/{address_of(JOB)}/approve"


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("multipart/form-data", b"xx", 415),
        ("multipart/form-data; boundary=a", b"--a\r\n\r\n", 415),
        ("application/json", b"{}", 415),
        ("nonsense", b"a=b", 415),
        (KIND, b"name=\xff", 400),
        (KIND, b"name=%ff%fe", 400),
        (f"{KIND}; charset=utf-16", b"\xff", 400),
        (KIND, b"name=" + b"a" * 70_000, 413),
    ],
)
@pytest.mark.parametrize("path", [APPROVE, "/crm/status"])
async def test_what_is_no_form_is_refused_without_a_traceback(
    house: Browser,
    visitors: SessionVisitors,
    desk: MemoryDesk,
    caplog: pytest.LogCaptureFixture,
    path: str,
    kind: str,
    body: bytes,
    status: int,
) -> None:
    await sign_in(house, visitors, "root")
    headers = {"Sec-Fetch-Site": "same-origin", "Content-Type": kind}
    assert (await house.post(path, headers, data=body)).status == status
    assert not desk.pressed
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


@pytest.mark.parametrize("charset", ["", "; charset=nope", "; charset=iso-8859-1"])
async def test_a_form_is_utf8_whatever_its_sender_says(
    house: Browser, visitors: SessionVisitors, desk: MemoryDesk, charset: str
) -> None:
    await sign_in(house, visitors, "alice")
    headers = {"Sec-Fetch-Site": "same-origin", "Content-Type": KIND + charset}
    await house.post(APPROVE, headers, data="name=%C3%A9&empty=&x=\u00e9".encode())
    assert [name for _, _, name in desk.pressed] == ["\u00e9"]


async def test_a_button_without_fields_is_a_form_too(house: Browser, visitors: SessionVisitors) -> None:
    await sign_in(house, visitors, "root")
    assert (await house.post("/crm/status")).status == 422


async def test_a_body_that_does_not_arrive_ends_its_connection() -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.json_response(dict(await read_form(request, within=0.01)))

    async def trickle() -> AsyncIterator[bytes]:
        yield b"name="
        await asyncio.Event().wait()

    app = web.Application()
    app.router.add_post("/", answer)
    async with TestClient(TestServer(app)) as client:
        response = await client.post("/", data=trickle(), headers={"Content-Type": KIND})
        assert (response.status, response.headers["Connection"]) == (408, "close")


async def test_nobody_waits_for_a_body_that_there_is_not() -> None:
    assert not await read_form(make_mocked_request("POST", "/"))
