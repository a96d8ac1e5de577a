"""History and undo: the runs and their lines, a preview before anything is taken back, and what could not be restored."""

from __future__ import annotations

import html
import re
from urllib.parse import unquote

import pytest
from unit.web.trust_twins import OUTLOOK_ID, RUN, MemoryArchive, MemoryTakebacks, line, made, run, takeback, undone_run
from unit.web.twins import JOB, NOW
from unit.web.visiting import Browser, sign_in
from yarl import URL

from outlookd.core.model import Op, RunKind, RunStatus
from outlookd.web import SessionVisitors
from outlookd.web.history.errands import Errand, Ongoing
from outlookd.web.history.lines import Known
from outlookd.web.jobs.desk import address_of
from outlookd.web.troubles import Problem, Trouble

BASE = f"/crm/jobs/{address_of(JOB)}"
HISTORY = f"{BASE}/history"
UNDO = f"{HISTORY}/{RUN}/undo"
HOSTILE = '"><script>alert("CANARY")</script>'


async def read(browser: Browser, path: str, language: str = "en") -> str:
    """The page's text without its tags."""
    text = await (await browser.get(path, headers={"Accept-Language": language})).text()
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


@pytest.fixture
async def alice(house: Browser, visitors: SessionVisitors) -> Browser:
    await sign_in(house, visitors, "alice")
    return house


async def test_the_runs_are_told_with_kind_counts_and_what_was_held(alice: Browser, archive: MemoryArchive) -> None:
    archive.runs.append(run("second", kind=RunKind.UNDO, status=RunStatus.HELD, held=4))
    page = await read(alice, HISTORY)
    assert "Synchronization 0 / 0 1 / 0 0 / 0 Done" in page
    assert "Taking back 0 / 0 1 / 0 0 / 0 Done, but for what is held back , 4 held back" in page
    assert "berta" not in page


async def test_older_runs_are_a_page_further(alice: Browser, archive: MemoryArchive) -> None:
    archive.earlier = True
    page = await (await alice.get(f"{HISTORY}?page=2")).text()
    assert 'href="?page=1"' in page
    assert 'href="?page=3"' in page


async def test_a_job_that_never_wrote_says_so(alice: Browser, archive: MemoryArchive) -> None:
    archive.runs.clear()
    assert "No run has written anything yet." in await read(alice, HISTORY)


@pytest.mark.parametrize("other", ["berta-run", "unknown"])
async def test_a_run_of_another_job_does_not_exist(alice: Browser, other: str) -> None:
    assert (await alice.get(f"{HISTORY}/{other}")).status == 404
    assert (await alice.get(f"{HISTORY}/{other}/undo")).status == 404
    assert (await alice.post(f"{HISTORY}/{other}/undo", data={"do": "undo"})).status == 404


async def test_a_run_opens_to_its_lines(alice: Browser, archive: MemoryArchive) -> None:
    archive.done = [line(at=NOW, number=7), line("Bo", op=Op.LINK, altered=()), line("Cy", undone="later-run")]
    page = await read(alice, f"{HISTORY}/{RUN}")
    assert "Change in Outlook Ann Example" in page
    assert "Mobile Phone 01 00 02 00" in page
    assert page.count(" Undo… ") == 1
    assert "Only what outlookd remembers was changed." in page
    assert "Taken back since." in page


async def test_a_run_that_was_taken_back_whole_offers_nothing_more(alice: Browser, archive: MemoryArchive) -> None:
    archive.done = [line(undone="later-run"), line("Bo", op=Op.LINK, altered=())]
    assert "Undo" not in await read(alice, f"{HISTORY}/{RUN}")


async def test_an_undo_begins_with_a_preview_of_the_run_or_of_one_record(alice: Browser, takebacks: MemoryTakebacks) -> None:
    whole = await alice.post(UNDO, data={"do": "preview"})
    one = await alice.post(UNDO, data={"do": "preview", "item": OUTLOOK_ID})
    assert takebacks.asked == [("preview", JOB, RUN, ""), ("preview", JOB, RUN, OUTLOOK_ID)]
    assert whole.headers["Location"] == UNDO
    assert dict(URL(one.headers["Location"]).query) == {"item": OUTLOOK_ID}


async def test_a_preview_says_what_goes_back_and_what_stays_and_why(alice: Browser, takebacks: MemoryTakebacks) -> None:
    takebacks.errand = made(takeback())
    page = await read(alice, UNDO)
    assert "1 change would be made: Change in Outlook Ann Example" in page
    assert "1 thing stays as it is: Ann Example Outlook, City changed since" in page
    assert "Undo now" in page


async def test_where_nothing_goes_back_there_is_nothing_to_confirm(alice: Browser, takebacks: MemoryTakebacks) -> None:
    takebacks.errand = made(takeback(lines=()))
    page = await read(alice, UNDO)
    assert "Nothing would go back." in page
    assert "Undo now" not in page


async def test_undo_is_done_only_by_its_own_button(alice: Browser, takebacks: MemoryTakebacks) -> None:
    await alice.get(f"{UNDO}?do=undo")
    await alice.post(UNDO)
    await alice.post(UNDO, data={"do": "else"})
    assert not takebacks.asked
    await alice.post(UNDO, data={"do": "undo", "item": "k"})
    assert takebacks.asked == [("undo", JOB, RUN, "k", "")]


async def test_who_presses_undo_agrees_to_what_the_page_showed(alice: Browser, takebacks: MemoryTakebacks) -> None:
    takebacks.errand = made(takeback())
    shown = await (await alice.get(UNDO)).text()
    seen = re.search(r'name="seen" value="([^"]*)"', shown)
    assert seen is not None
    await alice.post(UNDO, data={"do": "undo", "seen": seen.group(1)})
    assert takebacks.asked == [("undo", JOB, RUN, "", "name-of-this")]
    assert "As it was on" in shown


async def test_what_changed_since_it_was_shown_is_shown_anew(alice: Browser, takebacks: MemoryTakebacks) -> None:
    takebacks.errand = made(takeback(overtaken=True))
    page = await read(alice, UNDO)
    assert "nothing was written. This is how it is now." in page
    assert "Undo now" in page


async def test_the_result_says_what_could_not_be_restored(alice: Browser, takebacks: MemoryTakebacks) -> None:
    takebacks.errand = made(takeback(report=undone_run()))
    page = await read(alice, UNDO, "fr")
    assert "1 changement a été fait" in page
    assert "1 point n’a pas pu être rétabli" in page
    assert "Annuler maintenant" not in page


async def test_an_undo_that_failed_says_so_beside_what_it_did(alice: Browser, takebacks: MemoryTakebacks) -> None:
    problem = Problem(kind=Trouble.REFUSED, detail="Graph refused it.")
    takebacks.errand = made(takeback(report=undone_run(status=RunStatus.FAILED), problem=problem))
    page = await read(alice, UNDO)
    assert "The undo failed before its end." in page
    assert "Your administrator can correct that." in page
    assert "Graph refused it." not in page
    assert "1 change was made:" in page


async def test_an_undo_under_way_asks_again_about_the_same_record(alice: Browser, takebacks: MemoryTakebacks) -> None:
    takebacks.errand = Errand(at=NOW, ongoing=Ongoing(stage="writes", done=3, total=9))
    page = await (await alice.get(f"{UNDO}?item=a%2Fb")).text()
    assert f'hx-get="{UNDO}?item=a%2Fb"' in page
    assert "3 of 9" in page


async def test_the_search_leads_to_the_records_own_address(alice: Browser) -> None:
    found = await alice.get(f"{BASE}/why", params={"id": f"  {OUTLOOK_ID} "})
    assert unquote(found.headers["Location"].removeprefix(f"{BASE}/why/")) == OUTLOOK_ID
    assert "/" not in found.headers["Location"].removeprefix(f"{BASE}/why/")
    assert (await alice.get(f"{BASE}/why?id=")).headers["Location"] == HISTORY


@pytest.mark.parametrize("path", [f"{HISTORY}/{RUN}", UNDO])
async def test_hostile_text_stays_text(alice: Browser, archive: MemoryArchive, takebacks: MemoryTakebacks, path: str) -> None:
    hostile = line(HOSTILE, record=Known(id=HOSTILE, name=HOSTILE), reason=HOSTILE)
    archive.done = [hostile]
    takebacks.errand = made(takeback(lines=(hostile,), report=undone_run()))
    page = await (await alice.get(path)).text()
    assert "CANARY" in page
    assert "<script>alert" not in page
