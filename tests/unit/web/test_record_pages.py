"""The pages of one record and of conflicts: the story, and the buttons that choose a side or try again."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from urllib.parse import quote, unquote

import pytest
from unit.web.trust_twins import OUTLOOK_ID, RUN, MemoryRecords, case, made, told
from unit.web.twins import JOB, NOW
from unit.web.visiting import Browser, sign_in
from yarl import URL

from outlookd.core.model import Side
from outlookd.web import SessionVisitors
from outlookd.web.history.archive import Left
from outlookd.web.history.errands import Errand, Ongoing
from outlookd.web.history.lines import Known
from outlookd.web.history.paging import PAGE
from outlookd.web.history.records import Settled, Verdict
from outlookd.web.jobs.desk import SetAside, address_of
from outlookd.web.troubles import Problem, Trouble
from outlookd.web.words.troubles import TROUBLES

BASE = f"/crm/jobs/{address_of(JOB)}"
CONFLICTS = f"{BASE}/conflicts"
RECORD = f"{BASE}/why/8f14e45f"
HOSTILE = '"><script>alert("CANARY")</script>'


async def read(browser: Browser, path: str, language: str = "en") -> str:
    """The page's text without its tags."""
    text = await (await browser.get(path, headers={"Accept-Language": language})).text()
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


@pytest.fixture
async def alice(house: Browser, visitors: SessionVisitors) -> Browser:
    await sign_in(house, visitors, "alice")
    return house


@pytest.mark.parametrize("language", ["en", "fr"])
async def test_a_record_tells_its_story_and_leads_to_the_run(alice: Browser, language: str) -> None:
    page = await (await alice.get(RECORD, headers={"Accept-Language": language})).text()
    assert "Ann Example" in page
    assert "02 00" in page
    assert f"{BASE}/history/" in page


@pytest.mark.parametrize("id", [OUTLOOK_ID, "a b", "?x=1#y", "ä/ö"])
@pytest.mark.parametrize("safe", ["", "/"])
async def test_any_id_reaches_the_story_whether_or_not_a_proxy_writes_its_slashes_out(
    alice: Browser, records: MemoryRecords, id: str, safe: str
) -> None:
    await alice.get(f"{BASE}/why/{quote(id, safe=safe)}")
    assert records.asked == [("tell", JOB, id)]


@pytest.mark.parametrize("id", ["a\nb", ".", "..", "...", "a/../b", "/a//b", "?", "#"])
async def test_an_id_that_is_odd_in_an_address_is_found_from_the_search_on(alice: Browser, records: MemoryRecords, id: str) -> None:
    answer = await alice.get(f"{BASE}/why?id={quote(id, safe='')}")
    if answer.status == 303:
        answer = await alice.get(URL(answer.headers["Location"], encoded=True))
    assert (answer.status, records.asked) == (200, [("tell", JOB, id)])
    said = await alice.post(f"{BASE}/retry", data={"side": "gopaas", "id": id})
    assert "is tried again" in await (await alice.get(URL(said.headers["Location"], encoded=True))).text()


@pytest.mark.parametrize("path", ["/why", "/retry", f"/history/{RUN}/undo"])
async def test_of_an_id_that_no_address_has_room_for_no_address_is_made(alice: Browser, records: MemoryRecords, path: str) -> None:
    sent = {"id": "é" * 2000, "item": "é" * 2000, "side": "gopaas", "do": "preview"}
    assert (await alice.post(f"{BASE}{path}", data=sent)).status == 400
    assert not records.asked


async def test_an_unknown_id_is_said_to_be_unknown(alice: Browser) -> None:
    assert "Nothing is known under this key or ID." in await read(alice, f"{BASE}/why/nobody")


async def test_both_sides_are_read_only_when_somebody_asks(alice: Browser, records: MemoryRecords) -> None:
    assert "Look at both sides now" in await read(alice, RECORD)
    assert records.asked == [("tell", JOB, "8f14e45f")]
    asked = await alice.post(f"{BASE}/why", data={"id": OUTLOOK_ID})
    assert ("inquire", JOB, OUTLOOK_ID) in records.asked
    assert unquote(asked.headers["Location"]) == f"{BASE}/why/{OUTLOOK_ID}"


async def test_whoever_asks_for_too_much_is_told_to_try_again(alice: Browser, records: MemoryRecords) -> None:
    records.crowded = True
    asked = await alice.post(f"{BASE}/why", data={"id": "8f14e45f"})
    assert "Try again in a moment." in await read(alice, asked.headers["Location"])


async def test_while_both_sides_are_read_the_past_is_told_already(alice: Browser, records: MemoryRecords) -> None:
    records.errand = Errand(at=NOW, ongoing=Ongoing(stage="gopaas"))
    page = await (await alice.get(RECORD)).text()
    assert "Ann Example" in page
    assert 'hx-trigger="every 1s"' in page
    assert "Look at both sides now" not in page


async def test_a_page_that_waits_asks_for_the_same_id_again(alice: Browser, records: MemoryRecords) -> None:
    records.errand = Errand(at=NOW, ongoing=Ongoing(stage="gopaas"))
    path = f"{BASE}/why/{quote('a?b#c%', safe='')}"
    page = await (await alice.get(f"{path}?said=retried")).text()
    assert f'hx-get="{path}"' in page


async def test_what_both_sides_say_is_told_with_its_time(alice: Browser, records: MemoryRecords) -> None:
    records.errand = Errand(at=NOW, result=[told(record=Known(id="8f14e45f", name="As it is now"))])
    page = await read(alice, RECORD)
    assert "As it is now" in page
    assert "as of 14:05" in page


async def test_both_values_stand_beside_each_other_with_the_one_that_was_kept(alice: Browser) -> None:
    page = await read(alice, CONFLICTS)
    assert "Field GoPaaS Outlook Mobile Phone 01 00 02 00" in page
    assert "GoPaaS was kept. ( kept by the rule of this job )" in page.replace("(kept", "( kept").replace("job)", "job )")
    assert "Keep Outlook’s value" in page
    assert "Keep GoPaaS’s value" not in page


async def test_two_long_values_are_told_apart_and_can_be_read_whole(alice: Browser, records: MemoryRecords) -> None:
    note = "Ligne un\n" + "toujours pareil " * 30
    records.disputed = [case(values=(("personalNotes", f"{note}oui", f"{note}non"),))]
    page = html.unescape(await (await alice.get(CONFLICTS)).text())
    for word in ("oui", "non"):
        assert re.search(rf"<summary>…[^<]{{0,60}}{word}</summary>", page)
        assert f"<p>{note}{word}</p>" in page


@pytest.mark.parametrize(
    ("changes", "said", "buttons"),
    [
        ({"kept": None}, "Nobody has decided this yet.", 2),
        ({"chosen": Side.OUTLOOK}, "Outlook was kept. (chosen by a person)", 1),
        ({"kept": None, "settled": True}, "Both sides agree by now.", 0),
    ],
)
async def test_a_conflict_offers_what_can_still_be_chosen(
    alice: Browser, records: MemoryRecords, changes: dict[str, object], said: str, buttons: int
) -> None:
    records.disputed = [case(**changes)]
    page = await read(alice, CONFLICTS)
    assert said in page.replace("( ", "(").replace(" )", ")")
    assert page.count("’s value of Ann Example") == buttons


async def test_a_choice_is_carried_out_behind_the_page_which_tells_what_came_of_it(alice: Browser, records: MemoryRecords) -> None:
    answer = await alice.post(CONFLICTS, data={"number": "3", "side": "outlook"})
    assert records.asked == [("choose", JOB, 3, Side.OUTLOOK, "")]
    assert answer.headers["Location"] == f"{CONFLICTS}?chosen=3"
    records.chosen = Errand(at=NOW, ongoing=Ongoing(stage="writes"))
    assert f'hx-get="{CONFLICTS}?chosen=3"' in await (await alice.get(f"{CONFLICTS}?chosen=3")).text()
    records.chosen = made(Settled(verdict=Verdict.SETTLED, side=Side.OUTLOOK))
    assert "Done. Both sides have the value that you chose." in await read(alice, f"{CONFLICTS}?chosen=3")
    assert "Done." not in await read(alice, CONFLICTS)


async def test_what_could_not_be_written_is_told_with_its_reason(alice: Browser, records: MemoryRecords) -> None:
    left = Left(side=Side.OUTLOOK, record=Known(id="k", name="Ann"), field="city", reason="other people would be told")
    records.chosen = made(Settled(verdict=Verdict.LEFT, side=Side.OUTLOOK, left=(left,)))
    page = await read(alice, f"{CONFLICTS}?chosen=3")
    assert "Some of it could not be written:" in page
    assert "Other people would get mail about it." in page


async def test_what_was_changed_since_is_shown_and_whoever_insists_replaces_exactly_that(
    alice: Browser, records: MemoryRecords
) -> None:
    values = (("jobTitle", "Relieuse", "Directrice"),)
    records.chosen = made(
        Settled(verdict=Verdict.CHANGED, side=Side.GOPAAS, record=Known(id="k", name="Ann"), values=values, seen="0123456789abcdef")
    )
    page = await (await alice.get(f"{CONFLICTS}?chosen=3", headers={"Accept-Language": "fr"})).text()
    assert "Directrice" in page
    (form,) = [form for form in re.findall(r"<form.*?</form>", page, re.DOTALL) if "Remplacer par la valeur que GoPaaS" in form]
    sent = dict(re.findall(r'name="(\w+)" value="(\w+)"', form))
    await alice.post(CONFLICTS, data=sent)
    assert records.asked == [("choose", JOB, 3, Side.GOPAAS, "0123456789abcdef")]


@pytest.mark.parametrize(
    "chosen",
    [
        made(Settled(verdict=Verdict.GONE, side=Side.GOPAAS)),
        Errand(at=NOW, problem=Problem(kind=Trouble.BUSY, detail=HOSTILE)),
    ],
)
async def test_a_choice_that_was_not_carried_out_is_no_success(
    alice: Browser, records: MemoryRecords, chosen: Errand[Settled]
) -> None:
    records.chosen = chosen
    page = await (await alice.get(f"{CONFLICTS}?chosen=3")).text()
    assert 'class="alert"' in page
    assert "<script>alert" not in page
    assert "Done." not in page


@pytest.mark.parametrize("trouble", list(Trouble))
async def test_an_employee_is_told_what_stands_in_the_way_in_french_and_nothing_of_hosts(
    house: Browser, visitors: SessionVisitors, records: MemoryRecords, trouble: Trouble
) -> None:
    problem = Problem(kind=trouble, detail="process 4711 on crm-host is running this job")
    records.errand = Errand(at=NOW, problem=problem)
    records.told = [told(problem=problem)]
    await sign_in(house, visitors, "alice")
    page = await read(house, RECORD, "fr")
    assert page.count(" ".join(TROUBLES.french[trouble].split())) == 2
    assert "crm-host" not in page
    admin = house.another()
    await sign_in(admin, visitors, "root")
    assert "crm-host" in await read(admin, RECORD, "fr")


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"number": "3"},
        {"number": "x", "side": "gopaas"},
        {"number": "3", "side": "both"},
        {"number": "9" * 20, "side": "gopaas"},
    ],
)
async def test_nonsense_chooses_nothing(alice: Browser, records: MemoryRecords, sent: dict[str, str]) -> None:
    assert (await alice.post(CONFLICTS, data=sent)).status == 400
    assert not records.asked


@pytest.mark.parametrize(("retried", "said"), [(True, "is tried again in the next run"), (False, "is not set aside any more")])
async def test_a_record_that_was_set_aside_can_be_tried_again_at_once(
    alice: Browser, records: MemoryRecords, retried: bool, said: str
) -> None:
    records.retried = retried
    assert "Try again now" in await read(alice, RECORD)
    posted = await alice.post(f"{BASE}/retry", data={"side": "gopaas", "id": "8f14e45f"})
    assert ("retry", JOB, Side.GOPAAS, "8f14e45f") in records.asked
    assert said in await read(alice, posted.headers["Location"])


async def test_everything_that_was_set_aside_is_listed_page_by_page_with_what_helps(alice: Browser, records: MemoryRecords) -> None:
    records.set_aside = [
        SetAside(side=Side.GOPAAS, id=f"cle{number}", field="", reason="birthday: this is not a date", retry_at=NOW)
        for number in range(PAGE + 1)
    ]
    first, second = [await read(alice, f"{BASE}/aside?page={number}", "fr") for number in (1, 2)]
    assert (first.count("cle"), "cle50" in first, "cle50" in second) == (PAGE, False, True)
    assert "Date de naissance : Ce n’est pas une date. Corrigez ce champ de la fiche" in first
    page = await (await alice.get(f"{BASE}/aside")).text()
    assert f'action="{BASE}/retry"' in page
    assert f'href="{BASE}/why/cle0"' in page


async def test_a_job_with_nothing_set_aside_says_so(alice: Browser) -> None:
    assert "Nothing is set aside." in await read(alice, f"{BASE}/aside")


async def test_hostile_text_stays_text(alice: Browser, records: MemoryRecords) -> None:
    disputed = case(record=Known(id=HOSTILE, name=HOSTILE), values=((HOSTILE, HOSTILE, HOSTILE),))
    hostile = told(record=Known(id=HOSTILE, name=HOSTILE), cases=(disputed,))
    scenes = tuple(replace(scene, reason=HOSTILE) for scene in hostile.story.scenes)
    records.told = [replace(hostile, story=replace(hostile.story, scenes=scenes))]
    records.disputed = [disputed]
    for path in (RECORD, CONFLICTS, f"{BASE}/why/{quote(HOSTILE, safe='')}"):
        page = await (await alice.get(path)).text()
        assert "CANARY" in page
        assert "<script>alert" not in page
