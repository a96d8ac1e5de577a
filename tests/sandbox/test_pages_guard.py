"""Who may not use the pages and controls."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer, make_mocked_request

from outlookd.sandbox.guard import guard


async def _fine(_request: web.Request) -> web.Response:
    return web.Response(text="done")


@pytest.fixture
async def server() -> AsyncIterator[TestServer]:
    app = web.Application(middlewares=[guard])
    app.router.add_route("*", "/", _fine)
    async with TestServer(app) as server:
        yield server


@pytest.mark.parametrize(
    ("method", "headers", "status"),
    [
        ("POST", {"Sec-Fetch-Site": "cross-site"}, 403),
        ("POST", {"Sec-Fetch-Site": "same-site"}, 403),
        ("DELETE", {"Sec-Fetch-Site": "cross-site"}, 403),
        ("POST", {"Origin": "https://evil.example"}, 403),
        ("POST", {"Origin": "null"}, 403),
        ("POST", {"Sec-Fetch-Site": "same-origin", "Origin": "null"}, 200),
        ("POST", {}, 200),
        ("GET", {"Sec-Fetch-Site": "cross-site"}, 200),
        ("GET", {"Host": "rebound.example:80"}, 403),
        ("GET", {"Host": "[::1]:80"}, 200),
        ("GET", {"Host": "localhost"}, 200),
    ],
)
async def test_other_sites_are_kept_out(server: TestServer, method: str, headers: dict[str, str], status: int) -> None:
    async with aiohttp.request(method, server.make_url("/"), headers=headers) as response:
        assert response.status == status


async def test_a_refusal_is_protected_too(server: TestServer) -> None:
    async with aiohttp.request("POST", server.make_url("/"), headers={"Origin": "https://evil.example"}) as response:
        assert response.headers["X-Content-Type-Options"] == "nosniff"


async def test_other_machines_are_kept_out() -> None:
    request = make_mocked_request("GET", "/", headers={"Host": "localhost"}).clone(remote="192.0.2.7")
    with pytest.raises(web.HTTPForbidden):
        await guard(request, _fine)
