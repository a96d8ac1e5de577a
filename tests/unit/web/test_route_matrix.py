"""Every route, asked by everybody, with both methods, against one table (threats T16, T18). A route without a row fails."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Literal

import pytest
from aiohttp import web
from unit.web.trust_twins import RUN
from unit.web.twins import JOB, MemoryDesk, MemoryMaps, Unplugged
from unit.web.visiting import FROM_OUR_PAGE, PUBLIC, REDIRECT, Browser, sign_in

from outlookd.app import App, load_installation
from outlookd.app.figures.exposition import exposition, new_metrics
from outlookd.app.pages.rooms import opened, rooms
from outlookd.testing import FakeClock
from outlookd.web import MappingRoom, SessionVisitors, Site, create_app
from outlookd.web.doors.notifications import Notifications
from outlookd.web.jobs.desk import address_of

ALICES = address_of(JOB)
Who = Literal["nobody", "alice", "berta", "root"]
WHO: tuple[Who, ...] = ("nobody", "alice", "berta", "root")

TABLE: dict[str, tuple[str, tuple[int, ...], tuple[int, ...]]] = {
    # pattern: (an address, GET by each of WHO, POST by each of WHO). Everything that names a job names alice's.
    "/healthz": ("/healthz", (200, 200, 200, 200), (405, 405, 405, 405)),
    "/readyz": ("/readyz", (200, 200, 200, 200), (405, 405, 405, 405)),
    "/crm/static": ("/crm/static/outlookd.svg", (200, 200, 200, 200), (405, 405, 405, 405)),
    "/crm/signin": ("/crm/signin", (200, 303, 303, 303), (303, 303, 303, 303)),
    "/crm/signout": ("/crm/signout", (405, 405, 405, 405), (303, 303, 303, 303)),
    "/crm": ("/crm", (308, 308, 308, 308), (405, 405, 405, 405)),
    "/crm/": ("/crm/", (303, 200, 200, 200), (405, 405, 405, 405)),
    "/crm/api/panels": ("/crm/api/panels", (303, 200, 200, 200), (405, 405, 405, 405)),
    "/crm/users/{login}": ("/crm/users/alice", (303, 200, 404, 200), (405, 405, 405, 405)),
    "/crm/api/users/{login}/panels": ("/crm/api/users/alice/panels", (303, 200, 404, 200), (405, 405, 405, 405)),
    "/crm/api/jobs/{job}/start": (f"/crm/api/jobs/{ALICES}/start", (405, 405, 405, 405), (303, 303, 404, 303)),
    "/crm/api/jobs/{job}/approve": (f"/crm/api/jobs/{ALICES}/approve", (405, 405, 405, 405), (303, 303, 404, 303)),
    "/crm/api/jobs/{job}/folder": (f"/crm/api/jobs/{ALICES}/folder", (405, 405, 405, 405), (303, 303, 404, 303)),
    "/crm/api/connect": ("/crm/api/connect", (405, 405, 405, 405), (303, 303, 303, 303)),
    "/crm/status": ("/crm/status", (303, 403, 403, 200), (303, 403, 403, 422)),
    "/crm/mapping/{job}": (f"/crm/mapping/{ALICES}", (303, 200, 404, 200), (401, 200, 404, 200)),
    "/crm/jobs/{job}/plan": (f"/crm/jobs/{ALICES}/plan", (303, 200, 404, 200), (303, 303, 404, 303)),
    "/crm/jobs/{job}/plan/approve": (f"/crm/jobs/{ALICES}/plan/approve", (405, 405, 405, 405), (303, 303, 404, 303)),
    "/crm/jobs/{job}/history": (f"/crm/jobs/{ALICES}/history", (303, 200, 404, 200), (405, 405, 405, 405)),
    "/crm/jobs/{job}/history/{run}": (f"/crm/jobs/{ALICES}/history/{RUN}", (303, 200, 404, 200), (405, 405, 405, 405)),
    "/crm/jobs/{job}/history/{run}/undo": (f"/crm/jobs/{ALICES}/history/{RUN}/undo", (303, 200, 404, 200), (303, 303, 404, 303)),
    "/crm/jobs/{job}/why": (f"/crm/jobs/{ALICES}/why?id=k", (303, 303, 404, 303), (303, 400, 404, 400)),
    "/crm/jobs/{job}/why/{id}": (f"/crm/jobs/{ALICES}/why/8f14e45f", (303, 200, 404, 200), (405, 405, 405, 405)),
    "/crm/jobs/{job}/retry": (f"/crm/jobs/{ALICES}/retry", (405, 405, 405, 405), (303, 400, 404, 400)),
    "/crm/jobs/{job}/conflicts": (f"/crm/jobs/{ALICES}/conflicts", (303, 200, 404, 200), (303, 400, 404, 400)),
    "/crm/jobs/{job}/aside": (f"/crm/jobs/{ALICES}/aside", (303, 200, 404, 200), (405, 405, 405, 405)),
    "/crm/api/alive": ("/crm/api/alive", (405, 405, 405, 405), (303, 204, 204, 204)),
    "/crm/notifications": ("/crm/notifications", (405, 405, 405, 405), (503, 503, 503, 503)),
    "/crm/connect/{token}": ("/crm/connect/unknown", (404, 404, 404, 404), (404, 404, 404, 404)),
    "/crm/connect/end/{outcome}": ("/crm/connect/end/done", (200, 200, 200, 200), (405, 405, 405, 405)),
    f"/crm{REDIRECT}": (f"/crm{REDIRECT}", (303, 303, 303, 303), (405, 405, 405, 405)),
}


CONFIGURATION = """
[gopaas]
url = "https://crm.example.test"
api_key_file = "gopaas.key"
[entra]
client_id = "one"
client_secret_file = "entra.secret"
[state]
url = "sqlite:///{directory}/state.db"
key_file = "state.key"
[web]
public_url = "https://crm.example.test/crm"
"""


@pytest.fixture
def every_page(every_page: web.Application, desk: MemoryDesk, visitors: SessionVisitors, page_clock: FakeClock) -> web.Application:
    """The mapping page and Graph's door as well. The latter has no subscriptions here, and says so to everybody alike."""
    site = Site(PUBLIC)
    MappingRoom(MemoryMaps(), desk, visitors, site).add_to(every_page)
    Notifications(site, Unplugged(), page_clock).add_to(every_page)
    return every_page


def routes(app: web.Application) -> set[str]:
    """The patterns of all addresses."""
    return {resource.canonical for resource in app.router.resources()}


def test_every_route_has_a_row(every_page: web.Application) -> None:
    assert routes(every_page) == set(TABLE)


async def test_the_daemon_has_these_routes_and_no_other(tmp_path: Path) -> None:
    """But for the metrics, whose door looks at where the caller is, not at who (tests of `MetricsRoom`)."""
    for name in ("gopaas.key", "entra.secret", "state.key"):
        (tmp_path / name).write_text(base64.b64encode(bytes(32)).decode())
        (tmp_path / name).chmod(0o600)
    file = tmp_path / "outlookd.toml"
    file.write_text(CONFIGURATION.format(directory=tmp_path))
    async with App(load_installation(file, {}), metrics=new_metrics()) as app, opened(app) as behind, exposition(app) as metrics:
        site = Site(app.settings.web.public_url)
        assert routes(create_app(site, [*rooms(app, site, behind), *metrics.rooms])) == {*TABLE, "/metrics"}


@pytest.mark.parametrize("pattern", TABLE)
async def test_a_route_answers_everybody_as_the_table_says(
    house: Browser, visitors: SessionVisitors, desk: MemoryDesk, pattern: str
) -> None:
    address, gets, posts = TABLE[pattern]
    for column, who in enumerate(WHO):
        browser = house.another()
        if who != "nobody":
            await sign_in(browser, visitors, who)
        desk.pressed.clear()
        got = await browser.get(address)
        posted = await browser.post(address)
        assert (who, got.status, posted.status) == (who, gets[column], posts[column])
        if who == "nobody" and got.status == 303 and pattern != f"/crm{REDIRECT}":
            assert got.headers["Location"] == "/crm/signin"
        if who in {"nobody", "berta"}:
            assert not [pressed for pressed in desk.pressed if pressed[1].startswith("alice")]


@pytest.mark.parametrize("pattern", TABLE)
async def test_every_route_carries_the_protective_headers(house: Browser, visitors: SessionVisitors, pattern: str) -> None:
    await sign_in(house, visitors, "root")
    for method in ("GET", "POST"):
        headers = (await house.ask(method, TABLE[pattern][0], headers=FROM_OUR_PAGE)).headers
        assert "default-src 'none'; script-src 'self'; style-src 'self'" in headers["Content-Security-Policy"]
        assert (headers["Cache-Control"], headers["Referrer-Policy"]) == ("no-store", "no-referrer")
        assert (headers["X-Content-Type-Options"], headers["X-Frame-Options"]) == ("nosniff", "DENY")


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "https://evil.example.test"},
        {"Origin": "null"},
        {"Origin": PUBLIC.removesuffix("/crm") + ".evil.test"},
    ],
)
@pytest.mark.parametrize("pattern", [pattern for pattern, (_, _, posts) in TABLE.items() if 405 not in posts])
async def test_no_other_site_can_press_a_button(
    house: Browser, visitors: SessionVisitors, desk: MemoryDesk, pattern: str, headers: dict[str, str]
) -> None:
    """Threat T20: the browser of a signed-in administrator is made to post here by another site's page."""
    await sign_in(house, visitors, "root")
    assert (await house.post(TABLE[pattern][0], headers)).status == 403
    assert not desk.pressed
