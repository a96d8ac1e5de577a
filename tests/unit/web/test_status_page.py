"""The administrators' page: what needs somebody comes first, long tables are cut, and a link is shown once."""

from __future__ import annotations

import re
from datetime import date

import pytest
from unit.web.twins import MemoryDesk, standing
from unit.web.visiting import Browser, sign_in

from outlookd.core.model import RunStatus
from outlookd.web import SessionVisitors
from outlookd.web.jobs.desk import Fault, Overview

HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
async def root(house: Browser, visitors: SessionVisitors) -> Browser:
    await sign_in(house, visitors, "root")
    return house


async def rows(root: Browser, path: str = "/crm/status") -> list[str]:
    """The logins of the table, in order."""
    return re.findall(r'<th scope="row"><a [^>]*>([^<]*)</a>', await (await root.get(path)).text())


async def test_what_needs_somebody_comes_first(root: Browser, desk: MemoryDesk) -> None:
    desk.standings = [
        standing("calm"),
        standing("late", stale=True),
        standing("Anna"),
        standing("held", state=RunStatus.HELD),
        standing("dead", sign_in=True),
        standing("broken", state=RunStatus.FAILED),
    ]
    assert await rows(root) == ["dead", "broken", "held", "late", "Anna", "calm"]
    assert "6 jobs, <strong>4 need somebody</strong>" in await (await root.get("/crm/status")).text()


@pytest.mark.parametrize(
    ("wanted", "found"), [("BER", ["berta"]), ("failed", ["alice"]), ("calendar", ["alice", "berta"]), ("zz", [])]
)
async def test_the_filter_looks_at_user_kind_and_state(root: Browser, desk: MemoryDesk, wanted: str, found: list[str]) -> None:
    desk.standings = [standing("alice", state=RunStatus.FAILED), standing("berta")]
    assert await rows(root, f"/crm/status?q={wanted}") == found


async def test_a_long_table_has_pages(root: Browser, desk: MemoryDesk) -> None:
    desk.standings = [standing(f"user{number:03}", job=str(number)) for number in range(101)]
    assert len(await rows(root)) == 100
    assert await rows(root, "/crm/status?page=2") == ["user100"]
    text = await (await root.get("/crm/status?page=2&q=user")).text()
    assert 'rel="prev" href="?q=user&amp;page=1"' in text
    assert 'rel="next"' not in text


@pytest.mark.parametrize("page", ["0", "-1", "x", "", "٣", "9" * 30, "1.5"])
async def test_no_page_number_is_a_crash(root: Browser, page: str) -> None:
    assert (await root.get("/crm/status", params={"page": page})).status == 200


async def test_a_link_is_in_the_answer_and_nowhere_else(root: Browser, desk: MemoryDesk) -> None:
    text = await (await root.post("/crm/status", data={"login": " alice "})).text()
    assert "https://crm.example.test/crm/connect/link-of-alice" in text
    assert "link-of-alice" not in await (await root.get("/crm/status")).text()


@pytest.mark.parametrize("login", ["nobody", "", HOSTILE])
async def test_there_is_no_link_for_a_login_without_jobs(root: Browser, desk: MemoryDesk, login: str) -> None:
    response = await root.post("/crm/status", data={"login": login})
    text = await response.text()
    assert response.status == 422
    assert "No job belongs to this login." in text
    assert 'aria-invalid="true"' in text
    assert HOSTILE not in text
    assert not desk.pressed


async def test_a_link_that_cannot_be_made_now_says_so(root: Browser, desk: MemoryDesk) -> None:
    desk.reachable = False
    assert "could not be made right now" in await (await root.post("/crm/status", data={"login": "alice"})).text()


@pytest.mark.parametrize(
    ("day", "text"),
    [
        (None, "name no day"),
        (date(2026, 11, 24), "ends in 1 day"),
        (date(2026, 12, 3), "ends in 10 days"),
        (date(2026, 11, 22), "has ended"),
    ],
)
async def test_the_client_secret_says_when_it_ends(root: Browser, desk: MemoryDesk, day: date | None, text: str) -> None:
    desk.overviewed = Overview(version="1", standings=(), faults=(), unread="", plugins=(), secret_expires=day)
    assert text in await (await root.get("/crm/status")).text()


async def test_faulty_records_and_hostile_names_are_shown_as_text(root: Browser, desk: MemoryDesk) -> None:
    fault = Fault(record=HOSTILE, login=HOSTILE, text=HOSTILE)
    desk.overviewed = Overview(
        version="1", standings=(), faults=(fault,), unread=HOSTILE, plugins=((HOSTILE, HOSTILE),), secret_expires=None
    )
    desk.standings = [standing(HOSTILE)]
    text = await (await root.get("/crm/status")).text()
    assert text.count("&lt;script&gt;alert(1)&lt;/script&gt;") == 7
    assert HOSTILE not in text


async def test_records_that_could_not_be_read_are_told_even_when_none_is_faulty(root: Browser, desk: MemoryDesk) -> None:
    desk.overviewed = Overview(
        version="1", standings=(), faults=(), unread="GoPaaS does not answer.", plugins=(), secret_expires=None
    )
    assert "GoPaaS does not answer." in await (await root.get("/crm/status")).text()
