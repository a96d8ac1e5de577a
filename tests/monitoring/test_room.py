"""Who may read /metrics, and what is counted of our own pages."""

from __future__ import annotations

import asyncio
import shutil
from asyncio.subprocess import PIPE

import aiohttp
import pytest
from aiohttp import web

from outlookd.runtime.metrics import Metrics, catalogue
from outlookd.testing import FakeClock
from outlookd.web.doors.metrics import MetricsRoom, create_metrics_app


class Server:
    def __init__(self):
        self.metrics = Metrics(FakeClock(), version="1.2.3")
        self.refreshed = 0

    async def refresh(self):
        self.refreshed += 1

    async def start(self, app):
        self.runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.01)
        await self.runner.setup()
        await web.TCPSite(self.runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self.runner.addresses[0][1]}"

    async def get(self, path, **options):
        async with aiohttp.ClientSession() as session, session.get(self.url + path, **options) as answer:
            return answer.status, await answer.text()

    def count(self, route, code, method="GET"):
        return self.metrics.registry.get_sample_value(
            catalogue.HTTP_REQUESTS.name, {"route": route, "method": method, "code": str(code)}
        )


async def hello(request):
    if "boom" in request.path:
        raise KeyError
    return web.Response(text="hello")


@pytest.fixture
async def server():
    server = Server()
    server.runner = None
    yield server
    if server.runner is not None:
        await server.runner.cleanup()


def pages(server, *, shown=True):
    app = web.Application()
    MetricsRoom(server.metrics, server.refresh, shown=shown).add_to(app)
    app.router.add_get("/mapping/{job}", hello)
    return app


@pytest.fixture
async def room(server):
    await server.start(pages(server))
    return server


async def test_prometheus_on_this_machine_is_answered(room):
    status, text = await room.get("/metrics")
    assert (status, "outlookd_build_info" in text) == (200, True)


async def test_the_figures_are_read_before_they_are_shown(room):
    await room.get("/metrics")
    assert room.refreshed == 1


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"])
async def test_what_a_proxy_passes_on_is_refused_even_when_it_says_loopback(room, header):
    status, text = await room.get("/metrics", headers={header: "127.0.0.1"})
    assert (status, "outlookd_build_info" in text) == (403, False)


class Elsewhere:
    """A connection from another machine."""

    def __init__(self, peer):
        self._peer = peer

    def get_extra_info(self, name, default=None):
        return self._peer if name == "peername" else default


@pytest.mark.parametrize(
    ("peer", "welcome"),
    [
        (("127.0.0.1", 1), True),
        (("127.8.9.10", 1), True),
        (("::1", 1, 0, 0), True),
        (("::ffff:127.0.0.1", 1, 0, 0), True),
        (("192.0.2.7", 1), False),
        (("::ffff:192.0.2.7", 1, 0, 0), False),
        (("fe80::1%eth0", 1, 0, 2), False),
        ("", False),
        (None, False),
    ],
)
async def test_the_connection_says_where_a_request_comes_from(server, monkeypatch, peer, welcome):
    await server.start(pages(server))
    monkeypatch.setattr(web.BaseRequest, "transport", property(lambda request: Elsewhere(peer)))
    status, _ = await server.get("/metrics")
    assert status == (200 if welcome else 403)


async def test_with_a_port_of_its_own_the_pages_show_no_metrics(server):
    await server.start(pages(server, shown=False))
    status, _ = await server.get("/metrics")
    assert status == 404


async def test_the_own_port_answers_whoever_reaches_it(server):
    await server.start(create_metrics_app(server.metrics, server.refresh))
    status, text = await server.get("/metrics", headers={"X-Forwarded-For": "192.0.2.7"})
    assert (status, "outlookd_build_info" in text) == (200, True)


async def test_pages_are_counted_by_their_pattern(room):
    await room.get("/mapping/ada-contact")
    assert room.count("/mapping/{job}", 200) == 1


async def test_an_unknown_address_is_counted_without_its_name(room):
    await room.get("/secret/of/a/stranger")
    assert room.count("other", 404) == 1


async def test_a_page_that_breaks_is_counted_as_an_error(room):
    await room.get("/mapping/boom")
    assert room.count("/mapping/{job}", 500) == 1


async def test_an_odd_method_is_counted_without_its_name(room):
    async with aiohttp.ClientSession() as session, session.request("PROPFIND", f"{room.url}/mapping/x"):
        pass
    assert room.count("other", 405, method="other") == 1


async def test_a_scraper_that_wants_openmetrics_gets_it(room):
    _, text = await room.get("/metrics", headers={"Accept": "application/openmetrics-text; version=1.0.0"})
    assert text.endswith("# EOF\n")


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed")
async def test_promtool_finds_nothing_to_say_about_the_names(room):
    _, text = await room.get("/metrics")
    checked = await asyncio.create_subprocess_exec("promtool", "check", "metrics", stdin=PIPE, stdout=PIPE, stderr=PIPE)
    said = await checked.communicate(text.encode())
    assert (checked.returncode, said) == (0, (b"", b""))
