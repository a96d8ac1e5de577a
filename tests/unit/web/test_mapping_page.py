"""The mapping page as a browser sees it: who may see it, what a button does, and that hostile text stays text."""

from __future__ import annotations

import html
import json
import re
from collections.abc import AsyncIterator
from dataclasses import replace

import aiohttp
import pytest
from aiohttp.test_utils import TestClient, TestServer
from structlog.testing import capture_logs
from unit.entra.twins import Sts
from unit.web.twins import JOB, MAP, MemoryDesk, MemoryMaps
from unit.web.visiting import PUBLIC, Browser, sign_in

from outlookd.core.model import Bar
from outlookd.testing import FakeClock
from outlookd.web import MappingRoom, SessionVisitors, Site, create_app
from outlookd.web.jobs.desk import address_of
from outlookd.web.mapping.sheet import Extent, Outcome, Preview, Sample

PAGE = f"/crm/mapping/{address_of(JOB)}"
HOSTILE = '"><script>alert("CANARY")</script>'


@pytest.fixture
def maps() -> MemoryMaps:
    return MemoryMaps()


@pytest.fixture
async def house(maps: MemoryMaps, desk: MemoryDesk, visitors: SessionVisitors, sts: Sts) -> AsyncIterator[Browser]:
    room = MappingRoom(maps, desk, visitors, Site(PUBLIC))
    async with TestClient(TestServer(create_app(Site(PUBLIC), [room])), cookie_jar=aiohttp.DummyCookieJar()) as client:
        yield Browser(client, sts)


@pytest.fixture
async def alice(house: Browser, visitors: SessionVisitors) -> Browser:
    await sign_in(house, visitors, "alice")
    return house


def chosen(page: str) -> dict[str, str]:
    """What a browser would send of the page's form."""
    found: dict[str, str] = {}
    for name, inside in re.findall(r'<select[^>]* name="([cp]:[^"]*)"[^>]*>(.*?)</select>', page, re.DOTALL):
        values = re.findall(r'<option value="([^"]*)" selected>', inside)
        found[html.unescape(name)] = html.unescape(values[0] if values else "")
    version = re.search(r'name="version" value="(\w+)"', page)
    return {**found, "version": version[1] if version else ""}


async def page_of(browser: Browser, **options: object) -> str:
    response = await browser.get(PAGE, **options)
    assert response.status == 200
    return await response.text()


async def press(browser: Browser, do: str, **changes: str) -> tuple[int, str]:
    response = await browser.post(PAGE, data={**chosen(await page_of(browser)), **changes, "do": do})
    return response.status, await response.text()


@pytest.mark.parametrize(("who", "get", "post"), [("", 303, 401), ("alice", 200, 200), ("berta", 404, 404), ("root", 200, 200)])
async def test_only_its_user_and_administrators_reach_a_map(
    house: Browser, visitors: SessionVisitors, maps: MemoryMaps, who: str, get: int, post: int
) -> None:
    """Threats T16, T18: the rows of the route matrix that this room has."""
    if who:
        await sign_in(house, visitors, who)
    answers = [await house.get(PAGE), await house.post(PAGE, data={"do": "save"}), await house.get("/crm/mapping/0123456789abcdef")]
    assert [answer.status for answer in answers] == [get, post, 404 if who else 303]
    assert bool(maps.saves) is (post == 200)


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example.test"}, {"Origin": "null"}])
async def test_no_other_site_can_save_a_map(alice: Browser, maps: MemoryMaps, headers: dict[str, str]) -> None:
    assert (await alice.post(PAGE, headers, data={"do": "save", "c:subject": "x"})).status == 403
    assert not maps.saves


async def test_the_form_shows_the_map_and_sends_it_back_unchanged(alice: Browser, maps: MemoryMaps) -> None:
    status, _ = await press(alice, "save")
    assert status == 200
    assert maps.saves == [(MAP, maps.sheet.version)]


async def test_what_is_sent_after_the_session_has_ended_is_kept_until_its_sender_is_back(
    alice: Browser, visitors: SessionVisitors, maps: MemoryMaps
) -> None:
    sent = {**chosen(await page_of(alice)), "c:subject": HOSTILE, "do": "save"}
    alice.cookies.clear()
    response = await alice.post(PAGE, data=sent)
    page = await response.text()
    assert (response.status, maps.saves) == (401, [])
    assert "Your session has ended" in page
    assert '<a href="/crm/signin" target="_blank" rel="noopener">' in page
    assert "<script>" not in page
    kept = {
        html.unescape(name): html.unescape(value)
        for name, value in re.findall(r'type="hidden" name="([^"]*)" value="([^"]*)"', page)
    }
    assert kept == sent
    await sign_in(alice, visitors, "alice")
    await alice.post(PAGE, data=kept)
    assert [entries["subject"] for entries, _ in maps.saves] == [HOSTILE]


@pytest.mark.parametrize("job", [address_of(JOB), "0123456789abcdef"])
async def test_the_page_of_an_ended_session_does_not_tell_which_jobs_there_are(house: Browser, job: str) -> None:
    response = await house.post(f"/crm/mapping/{job}", data={"do": "save"})
    assert response.status == 401
    assert (await response.text()).replace(job, "") == (await (await house.post(PAGE, data={"do": "save"})).text()).replace(
        address_of(JOB), ""
    )


async def test_somebody_who_fills_in_the_form_stays_signed_in(alice: Browser, page_clock: FakeClock) -> None:
    assert 'data-alive="/crm/api/alive"' in await page_of(alice)
    for _ in range(3):
        page_clock.advance(1200)
        assert (await alice.post("/crm/api/alive", {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors"})).status == 204
    page_clock.advance(1800)
    assert (await alice.post("/crm/api/alive", {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors"})).status == 401


async def test_entries_that_nobody_knows_are_shown_and_kept(alice: Browser, maps: MemoryMaps) -> None:
    maps.sheet = replace(maps.sheet, entries={"subject": "gone | upper | odd", "old name": "vieux"})
    page = await page_of(alice)
    assert "gone (not in the view)" in page
    assert chosen(page)["p:subject"] == "upper | odd"
    assert chosen(page)["c:old name"] == "vieux"


async def test_columns_are_offered_with_what_people_call_them_and_as_text(alice: Browser) -> None:
    page = await page_of(alice)
    assert "Intitulé (intitule)" in page
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; (note)" in page


async def test_every_field_has_a_label_and_every_line_a_heading(alice: Browser) -> None:
    page = await page_of(alice)
    fields = re.findall(r'<(?:select|input|textarea)[^>]* id="(\w+)"', page)
    lines = [field for field in fields if field not in {"json", "toml"}]
    assert len(lines) > 40
    assert sorted(re.findall(r'<label[^>]* for="(\w+)"', page)) == sorted(fields)
    assert page.count('<th scope="row">') == len(lines) / 2
    assert 'id="c4" name="c:startDate" aria-describedby="n4" required' in page


async def test_the_page_is_french_for_the_french(alice: Browser) -> None:
    page = await page_of(alice, headers={"Accept-Language": "fr"})
    assert "Heure de début" in page
    assert "attendu par GoPaaS" in page
    assert "Enregistrer dans GoPaaS" in page


async def test_a_fault_stands_at_its_field_and_in_the_summary_that_has_the_focus_and_nothing_is_saved(
    alice: Browser, maps: MemoryMaps
) -> None:
    maps.said = ["names no column for 'startDate': what has no day has no place in a calendar", "something quite new"]
    status, page = await press(alice, "save", **{"c:startDate": ""})
    assert (status, maps.saves) == (422, [])
    assert re.search(r'id="problems" tabindex="-1" role="alert" autofocus', page)
    assert '<a href="#c4">Start date – A column is needed here.' in page
    assert '<p class="fault" id="f4-1">A column is needed here.' in page
    assert 'name="c:startDate" aria-describedby="n4 f4-1" aria-invalid="true"' in page
    assert '<li lang="en">something quite new</li>' in page
    assert "2 things to correct" in page


async def test_a_preview_shows_values_as_text_and_what_would_be_set_aside(alice: Browser, maps: MemoryMaps) -> None:
    maps.tried = Preview(
        samples=(
            Sample(key="a1", fields={"subject": HOSTILE, "startDate": "2026-11-23"}),
            Sample(key="a2", problem="startDate: this is not a date"),
            Sample(key="a3", fields={"subject": "x"}, barred=Bar.UNDATED),
        ),
        extent=Extent(writes=3, held=7),
    )
    with capture_logs() as logged:
        status, page = await press(alice, "preview")
    assert (status, maps.saves) == (200, [])
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    for said in (
        "this is not a date",
        "Without a day, not copied",
        "The next run would write 3 appointments.",
        "It would hold 7 back",
    ):
        assert said in page
    assert "CANARY" not in str(logged)


async def test_what_to_copy_is_what_gopaas_writes(alice: Browser) -> None:
    _, page = await press(alice, "preview", **{"c:bodyPreview": "note", "p:bodyPreview": "trim"})
    copies = [html.unescape(text) for text in re.findall(r"<textarea[^>]* readonly[^>]*>\n(.*?)</textarea>", page)]
    assert copies == [
        '{"subject":"intitule","bodyPreview":"note | trim","startDate":"jour","old name":"vieux"}',
        'map = { subject = "intitule", bodyPreview = "note | trim", startDate = "jour", "old name" = "vieux" }',
    ]


async def test_after_a_save_the_map_before_is_shown_and_can_be_restored(alice: Browser, maps: MemoryMaps) -> None:
    status, page = await press(alice, "save", **{"c:subject": "note"})
    assert status == 200
    assert "the next run reads every appointment once more" in page
    restore = re.search(r'name="version" value="(\w+)">\s*<input type="hidden" name="map" value="([^"]+)"', page)
    assert restore
    assert json.loads(html.unescape(restore[2])) == MAP
    await alice.post(PAGE, data={"do": "restore", "version": restore[1], "map": html.unescape(restore[2])})
    assert [dict(entries) for entries, _ in maps.saves] == [{**MAP, "subject": "note"}, MAP]
    assert maps.saves[1][1] == restore[1] != maps.saves[0][1]


async def test_a_map_that_somebody_else_changed_is_not_replaced_unseen(alice: Browser, maps: MemoryMaps) -> None:
    maps.outcome, maps.present = Outcome.CONFLICT, {"subject": "theirs", "startDate": "jour"}
    status, page = await press(alice, "save", **{"c:subject": "note"})
    assert status == 409
    assert "&#34;theirs&#34;" in page
    assert chosen(page)["c:subject"] == "note"
    assert chosen(page)["version"] != maps.sheet.version


@pytest.mark.parametrize(("outcome", "said"), [(Outcome.LATER, "Not saved."), (Outcome.UNCERTAIN, "Nobody knows")])
async def test_a_save_that_failed_says_so_and_keeps_what_was_chosen(
    alice: Browser, maps: MemoryMaps, outcome: Outcome, said: str
) -> None:
    maps.outcome = outcome
    status, page = await press(alice, "save", **{"c:subject": "note"})
    assert (status, chosen(page)["c:subject"]) == (503, "note")
    assert said in page
    assert '<p class="message" lang="en">It is broken.</p>' in page


async def test_a_job_that_went_meanwhile_is_not_found(alice: Browser, maps: MemoryMaps) -> None:
    maps.outcome = Outcome.GONE
    assert (await press(alice, "save"))[0] == 404


@pytest.mark.parametrize("sent", ["{", "[]", "", '{"a":1}', '{"a":"b","a":"c"}'])
async def test_only_a_map_can_be_restored(alice: Browser, maps: MemoryMaps, sent: str) -> None:
    assert (await alice.post(PAGE, data={"do": "restore", "map": sent})).status == 400
    assert not maps.saves


async def test_a_job_of_the_file_has_no_button_to_save_and_cannot_be_saved(alice: Browser, maps: MemoryMaps) -> None:
    maps.sheet = replace(maps.sheet, record=False, savable=False)
    page = await page_of(alice)
    assert 'value="save"' not in page
    assert "configuration file" in page
    assert (await press(alice, "save"))[0] == 200
    assert not maps.saves


async def test_without_gopaas_columns_are_typed(alice: Browser, maps: MemoryMaps) -> None:
    maps.sheet = replace(maps.sheet, columns=None, trouble="GoPaaS does not answer.")
    page = await page_of(alice)
    assert "GoPaaS does not answer." in page
    assert re.search(r'<input id="c2" name="c:subject" value="intitule"', page)
    response = await alice.post(PAGE, data={"c:subject": "note | upper", "do": "preview"})
    assert "note | upper" in html.unescape(await response.text())
