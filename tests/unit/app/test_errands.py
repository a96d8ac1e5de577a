"""What pages asked for: done once however often somebody presses, kept for a while, and never silent about its end."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest
from structlog.testing import capture_logs
from waiting import until

from outlookd.app.pages.errands import AT_ONCE, KEPT_FOR, MOST_KEPT, MOST_OF_ONE, Errands
from outlookd.errors import Unreachable
from outlookd.sync.job import Progress
from outlookd.testing import FakeClock
from outlookd.web.troubles import Problem, Trouble

KEY = ("claire/contact",)


class Work:
    """Something that takes until it is let go."""

    def __init__(self) -> None:
        self.begun = 0
        self.free = asyncio.Event()
        self.fails: Exception | None = None

    async def __call__(self, progress: Progress) -> str:
        self.begun += 1
        progress("gopaas", 5, 9)
        await self.free.wait()
        if self.fails is not None:
            raise self.fails
        return "found"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(datetime(2026, 11, 23, 12, tzinfo=UTC))


@pytest.fixture
def errands(clock: FakeClock) -> Errands[str]:
    return Errands("plan", clock)


def is_over(errands: Errands[str], key: tuple[str, ...] = KEY) -> bool:
    """Whether nothing goes on under that key."""
    found = errands.look(key)
    return found is None or found.ongoing is None


async def test_an_errand_tells_how_far_it_is_and_then_what_was_found(errands: Errands[str], clock: FakeClock) -> None:
    work = Work()
    errands.begin(KEY, work, owner="claire")
    await until(lambda: work.begun)
    going = errands.look(KEY)
    assert going is not None
    assert going.ongoing is not None
    assert (going.ongoing.stage, going.ongoing.done, going.ongoing.total) == ("gopaas", 5, 9)
    work.free.set()
    await until(lambda: is_over(errands))
    done = errands.look(KEY)
    assert done is not None
    assert (done.result, done.problem, done.at) == ("found", None, clock.now())


async def test_a_second_press_begins_nothing(errands: Errands[str]) -> None:
    work = Work()
    errands.begin(KEY, work, owner="claire")
    await until(lambda: work.begun)
    errands.begin(KEY, work, owner="claire")
    work.free.set()
    await until(lambda: is_over(errands))
    assert work.begun == 1


async def test_a_failure_of_a_side_is_told_by_its_kind(errands: Errands[str]) -> None:
    work = Work()
    work.free.set()
    work.fails = Unreachable("GoPaaS does not answer", service="gopaas", hint="Try again.")
    errands.begin(KEY, work, owner="claire")
    await until(lambda: is_over(errands))
    found = errands.look(KEY)
    assert found is not None
    assert found.problem == Problem(kind=Trouble.UNREACHABLE, detail="GoPaaS does not answer. Try again.")


async def test_a_fault_of_ours_is_logged_and_the_page_does_not_wait_for_ever(errands: Errands[str]) -> None:
    work = Work()
    work.free.set()
    work.fails = KeyError("name of a person")
    with capture_logs() as lines:
        errands.begin(KEY, work, owner="claire")
        await until(lambda: is_over(errands))
    found = errands.look(KEY)
    assert found is not None
    assert found.problem == Problem(kind=Trouble.OTHER)
    assert [line["event"] for line in lines] == ["pages.errand.crashed"]


async def test_only_a_few_go_on_at_a_time(errands: Errands[str]) -> None:
    works = [Work() for _ in range(AT_ONCE + 1)]
    for number, work in enumerate(works):
        errands.begin((str(number),), work, owner=str(number))
    await until(lambda: all(work.begun for work in works[:AT_ONCE]))
    assert not works[-1].begun
    works[0].free.set()
    await until(lambda: works[-1].begun)
    await errands.close()


async def test_of_one_person_one_goes_on_at_a_time_and_the_others_do_not_keep_anybody_waiting(errands: Errands[str]) -> None:
    mine, hers = [Work() for _ in range(MOST_OF_ONE)], Work()
    for number, work in enumerate(mine):
        assert errands.begin(("claire/contact", str(number)), work, owner="claire")
    assert errands.begin(("paul/contact",), hers, owner="paul")
    await until(lambda: mine[0].begun and hers.begun)
    assert [work.begun for work in mine] == [1, 0, 0]
    await errands.close()


async def test_more_than_a_few_of_one_person_are_refused_until_one_is_over(errands: Errands[str]) -> None:
    works = [Work() for _ in range(MOST_OF_ONE)]
    for number, work in enumerate(works):
        errands.begin(("claire/contact", str(number)), work, owner="claire")
    another = ("claire/calendar", "one more")
    assert not errands.begin(another, Work(), owner="claire")
    assert errands.look(another) is None
    assert errands.begin(("claire/contact", "0"), Work(), owner="claire"), "the same question is not one more"
    works[0].free.set()
    await until(lambda: is_over(errands, ("claire/contact", "0")))
    assert errands.begin(another, Work(), owner="claire")
    await errands.close()


async def test_a_result_is_forgotten_when_it_is_old(errands: Errands[str], clock: FakeClock) -> None:
    work = Work()
    work.free.set()
    errands.begin(KEY, work, owner="claire")
    await until(lambda: is_over(errands))
    clock.advance(KEPT_FOR + 1)
    assert errands.look(KEY) is None


async def test_the_oldest_results_make_room(errands: Errands[str]) -> None:
    work = Work()
    work.free.set()
    for number in range(MOST_KEPT + 1):
        errands.begin((str(number),), work, owner=str(number))
        await until(lambda number=number: is_over(errands, (str(number),)))
    assert errands.look(("0",)) is None
    assert errands.look((str(MOST_KEPT),)) is not None


async def test_what_goes_on_ends_with_the_pages(errands: Errands[str]) -> None:
    work = Work()
    errands.begin(KEY, work, owner="claire")
    await until(lambda: work.begun)
    await errands.close()
    assert not [task for task in asyncio.all_tasks() if task.get_name() == "pages.plan"]
