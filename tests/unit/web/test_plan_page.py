"""The plan page: nothing is read before somebody asks, what would be written is told whole, and an approval names what was shown."""

from __future__ import annotations

import html
import re

import pytest
from unit.web.trust_twins import MemoryPlans, held_part, line, made, planned
from unit.web.twins import JOB, NOW, MemoryDesk
from unit.web.visiting import Browser, sign_in

from outlookd.core.model import Op, Side
from outlookd.web import SessionVisitors
from outlookd.web.history.errands import Errand, Ongoing
from outlookd.web.history.lines import Altered, Known
from outlookd.web.history.paging import PAGE
from outlookd.web.jobs.desk import Answer, HeldBack, address_of
from outlookd.web.troubles import Problem, Trouble

PLAN = f"/crm/jobs/{address_of(JOB)}/plan"
HOSTILE = '"><script>alert("CANARY")</script>'


async def read(browser: Browser, path: str = PLAN, language: str = "en") -> str:
    """The page's text without its tags."""
    text = await (await browser.get(path, headers={"Accept-Language": language})).text()
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


@pytest.fixture
async def alice(house: Browser, visitors: SessionVisitors) -> Browser:
    await sign_in(house, visitors, "alice")
    return house


async def test_looking_at_the_page_reads_nothing(alice: Browser, plans: MemoryPlans) -> None:
    assert "Find out" in await read(alice)
    assert not plans.asked


async def test_a_plan_is_made_when_somebody_asks_and_the_page_waits_for_it(alice: Browser, plans: MemoryPlans) -> None:
    asked = await alice.post(PLAN)
    assert (asked.status, asked.headers["Location"]) == (303, PLAN)
    assert plans.asked == [("ask", JOB)]
    plans.errand = Errand(at=NOW, ongoing=Ongoing(stage="gopaas", done=500, total=2000))
    page = await (await alice.get(PLAN)).text()
    assert 'hx-trigger="every 1s"' in page
    assert f'<meta http-equiv="refresh" content="2; url={PLAN}">' in page
    assert "500 of 2,000" in page
    plans.errand = made(planned())
    ready = await (await alice.get(PLAN)).text()
    assert "every 1s" not in ready
    assert "refresh" not in ready


async def test_every_field_is_told_before_and_after(alice: Browser, plans: MemoryPlans) -> None:
    changed = line(
        altered=(Altered(name="mobilePhone", before=None, after="02 00"), Altered(name="fonction", before="a", after=None))
    )
    plans.errand = made(planned(lines=(changed,), waiting=2))
    page = await read(alice)
    assert "1 change would be written." in page
    assert "Change in Outlook Ann Example" in page
    assert "Mobile Phone (empty) 02 00 fonction a (empty)" in page
    assert "30 records stay as they are. 2 cannot be decided yet." in page
    assert "feedfacefeedface" in page


@pytest.mark.parametrize(("language", "sentence"), [("en", "None of them sends mail."), ("fr", "Aucun n’envoie de courriel.")])
async def test_it_is_said_that_no_mail_is_sent(alice: Browser, plans: MemoryPlans, language: str, sentence: str) -> None:
    plans.errand = made(planned())
    assert sentence in await read(alice, language=language)


async def test_a_write_that_could_send_mail_is_counted_and_marked(alice: Browser, plans: MemoryPlans) -> None:
    plans.errand = made(planned(lines=(line(mails=True), line())))
    page = await read(alice)
    assert "1 of them could send mail." in page
    assert page.count("could send mail") == 2


async def test_writes_are_counted_by_side_and_kind(alice: Browser, plans: MemoryPlans) -> None:
    lines = (line(op=Op.CREATE), line(op=Op.CREATE), line(op=Op.DELETE), line(side=Side.GOPAAS))
    plans.errand = made(planned(lines=lines))
    page = await read(alice)
    assert "Outlook 2 0 1 GoPaaS 0 1 0" in page


async def test_a_long_plan_has_pages_and_says_its_total(alice: Browser, plans: MemoryPlans) -> None:
    plans.errand = made(planned(lines=tuple(line(f"Contact {number:03}") for number in range(2 * PAGE + 1))))
    first, last, beyond = await read(alice), await read(alice, f"{PLAN}?page=3"), await read(alice, f"{PLAN}?page=99")
    assert "101 changes would be written." in first
    assert "Contact 049" in first
    assert "Contact 050" not in first
    assert last.count("Contact ") == beyond.count("Contact ")
    assert "Contact 100" in last


async def test_a_held_part_shows_some_on_the_plan_and_all_of_it_on_its_own_page(alice: Browser, plans: MemoryPlans) -> None:
    plans.errand = made(planned(held=(held_part(),)))
    page = await read(alice)
    assert "12 deletions at once are more than usual." in page
    assert "Contact 4" in page
    assert "Contact 11" not in page
    assert "All of it (12)" in page
    assert "Contact 11" in await read(alice, f"{PLAN}?part=1")


@pytest.mark.parametrize("part", ["2", "-1", "x", "99999999999"])
async def test_a_part_that_is_not_there_is_the_plan(alice: Browser, plans: MemoryPlans, part: str) -> None:
    plans.errand = made(planned(held=(held_part(),)))
    assert "1 change would be written." in await read(alice, f"{PLAN}?part={part}")


async def test_records_that_were_not_even_looked_into_are_named(alice: Browser, plans: MemoryPlans) -> None:
    missing = tuple(Known(id=f"key{number}", name=f"Contact {number}") for number in range(9))
    shrink = held_part(lines=(), records=missing, held=HeldBack(guard="shrink", count=9, name="aa", reason="shows nothing"))
    plans.errand = made(planned(lines=(), held=(shrink,)))
    assert "Contact 4" in await read(alice)
    assert "Contact 8" in await read(alice, f"{PLAN}?part=1")


async def test_what_no_approval_can_release_has_no_button(alice: Browser, plans: MemoryPlans) -> None:
    plans.errand = made(planned(held=(held_part("mail", name="", count=1),)))
    assert "plan/approve" not in await (await alice.get(PLAN)).text()


@pytest.mark.parametrize(
    ("answer", "then", "said"),
    [
        (Answer.APPROVED, [("forget", JOB)], "Approved."),
        (Answer.CHANGED, [("ask", JOB)], "This has changed since the page was opened, so nothing was approved."),
        (Answer.LATER, [], "Nothing was approved"),
    ],
)
async def test_an_approval_names_what_was_shown(
    alice: Browser, plans: MemoryPlans, desk: MemoryDesk, answer: Answer, then: list[tuple[str, str]], said: str
) -> None:
    """What changed meanwhile is not approved: the plan is made anew, and the page says so."""
    desk.release = answer
    posted = await alice.post(f"{PLAN}/approve", data={"name": "0123456789abcdef"})
    assert desk.pressed == [("approve", JOB, "0123456789abcdef")]
    assert plans.asked == then
    assert said in await read(alice, posted.headers["Location"])


async def test_a_plan_that_could_not_be_made_says_why(alice: Browser, plans: MemoryPlans) -> None:
    plans.errand = Errand(at=NOW, problem=Problem(kind=Trouble.UNREACHABLE, detail="no route to crm-host"))
    page = await read(alice)
    assert "This could not be done. GoPaaS or Microsoft does not answer right now." in page
    assert "crm-host" not in page
    assert "Find out" in page


async def test_hostile_text_stays_text(alice: Browser, plans: MemoryPlans) -> None:
    hostile = line(HOSTILE, reason=HOSTILE, altered=(Altered(name=HOSTILE, before=HOSTILE, after=HOSTILE),))
    plans.errand = made(planned(lines=(hostile,), held=(held_part(HOSTILE, lines=(hostile,)),)))
    page = await (await alice.get(PLAN)).text()
    assert page.count("CANARY") > 8
    assert "<script>alert" not in page
