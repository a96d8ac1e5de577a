"""That the simulation is what it says: the same every time, without sockets and waiting, and able to see what it looks for."""

from __future__ import annotations

import asyncio
import time
from types import SimpleNamespace

import aiohttp
import pytest
from aiohttp import web

from outlookd.core.model import Side
from outlookd.testing import Crash
from simulation.campaign import BEGIN, END, Score, write_score
from simulation.circumstances import RETIRED, RETIRED_VALUE, Part
from simulation.comparisons import came_within_reach
from simulation.histories import run_history
from simulation.invariants.runs import i04_no_inferred_deletion
from simulation.ledger import Ledger
from simulation.loop import Standstill, VirtualLoop
from simulation.themes import CALENDAR
from simulation.wire import WireConnector
from simulation.witness import cells_of


@pytest.fixture
def loop():
    loop = VirtualLoop()
    yield loop
    loop.close()


@pytest.mark.parametrize("seed", [3, 24, 29])
def test_the_same_seed_is_the_same_history(seed):
    first, second = run_history(seed), run_history(seed)
    assert (first.story, first.requests, first.met) == (second.story, second.requests, second.met)


def test_a_person_approves_the_same_whether_or_not_the_run_that_would_have_asked_was_killed():
    result = run_history(3844)
    assert (result.met["i18_crash_anywhere"], result.met["approved"], result.violations) == (1, 1, ())


def test_a_row_that_is_put_back_beside_the_one_made_in_its_place_is_no_duplicate_of_ours():
    result = run_history(15601)
    assert (result.met["calendar: restore_row"], result.met["created in gopaas"], result.violations) == (1, 9, ())


def test_a_write_that_arrives_late_is_not_that_of_the_job_whose_turn_it_is():
    result = run_history(12886)
    assert (result.met["gopaas write too slow"], result.violations) == (1, ())


def test_a_pair_that_comes_into_the_window_as_days_go_by_is_no_work_left_over():
    result = run_history(19824)
    assert (round(result.days), result.violations) == (9, ())


def test_it_is_not_quiet_while_a_run_that_finds_its_memory_again_still_holds_what_is_new():
    result = run_history(26633)
    assert (result.met["i10_cursor_safety"], result.met["run held"], result.violations) == (0, 1, ())


def test_it_is_not_quiet_when_a_run_has_missed_for_the_first_time_what_no_feed_tells_of():
    result = run_history(25664)
    assert (result.met["calendar: delete_event"], result.met["run failed"], result.violations) == (1, 1, ())


def test_what_exchange_touches_in_another_calendar_was_not_changed_by_us():
    result = run_history(27379)
    assert (result.met["calendar: touch_all"], result.violations) == (1, ())


def test_what_was_approved_may_be_done_by_a_later_run():
    result = run_history(43733)
    assert (result.met["approved"], result.met["deleted in outlook"], result.violations) == (1, 6, ())


def test_a_plan_may_let_go_what_a_run_holds_that_was_told_only_of_changes():
    result = run_history(47360)
    assert (result.met["run held"], result.violations) == (3, ())


def test_what_a_killed_run_had_sent_is_not_taken_back_with_the_run_in_which_it_arrives():
    result = run_history(8487)
    assert (result.met["undone"], result.violations) == (1, ())


def test_what_left_the_view_before_it_was_ever_adopted_is_no_duplicate_of_its_row():
    result = run_history(2717)
    assert (result.met["contact: mass_exit"], result.met["run held"], result.violations) == (1, 1, ())


def test_what_a_person_wrote_while_our_write_to_that_cell_was_on_its_way_need_not_be_kept():
    result = run_history(4146)
    assert (result.met["people act during the run"], result.violations) == (1, ())


def test_a_value_is_overtaken_only_in_a_cell_that_the_request_writes():
    ledger = Ledger()
    for side, column in ((Side.GOPAAS, "note"), (Side.GOPAAS, "note"), (Side.GOPAAS, "lieu"), (Side.OUTLOOK, "note")):
        ledger.write(side, "K1", column, "")
    body = b'[{"cle": "K2", "lieu": "there"}, {"cle": "K1", "note": "ours"}]'
    for line in (b"GET /crm/api/item/action/K1/", b"POST /v1.0/$batch"):
        ledger.overtake(0, cells_of(line + b" HTTP/1.1\r\n\r\n" + body))
    assert ledger.overtaken == set()
    ledger.overtake(1, cells_of(b"POST /crm/api/items/action/ HTTP/1.1\r\n\r\n" + body))
    assert ledger.overtaken == {2}


def test_of_what_became_two_pairs_each_item_is_compared_with_the_row_that_its_stamp_names():
    result = run_history(7344)
    assert (result.met["process killed"], result.met["calendar: edit_both"], result.violations) == (1, 1, ())


@pytest.mark.parametrize(
    ("deleted", "how", "is_founded"),
    [
        ("SERIES-EAAI20261208AA=", "deleted", True),
        ("SERIES=", "deleted", True),
        ("SERIES=", "reshaped", True),
        ("SERIES=", "moved", False),
        ("SERIES=", "private", False),
        ("SERIES-EAAI20261215AA=", "deleted", False),
        ("OTHER=", "deleted", False),
    ],
)
def test_the_row_of_a_private_day_is_retired_only_if_that_day_or_its_series_was_ended(deleted, how, is_founded):
    ledger = Ledger()
    ledger.remove(Side.OUTLOOK, deleted, how, thing=5)
    row = {"cle": "ol-1", "intitule": "Occupé", "outlook_id": "SERIES-EAAI20261208AA=", RETIRED: RETIRED_VALUE}
    deed = SimpleNamespace(changed=(), written=[({**row, RETIRED: None}, row)])
    assert (not [*i04_no_inferred_deletion(SimpleNamespace(ledger=ledger), deed)]) is is_founded


def test_a_day_of_a_series_that_is_reached_while_the_killed_play_waits_to_do_its_work_is_no_difference():
    result = run_history(42372)
    assert (result.met["i18_crash_anywhere"], result.violations) == (1, ())


@pytest.mark.parametrize(
    ("thing", "day", "time", "is_excused"),
    [
        (13, "2026-12-23", "12:05:00", True),
        (13, "2026-12-23", "13:55:00", True),
        (13, "2026-12-23", "12:00:00", False),  # was in reach of the run that was killed
        (13, "2026-12-23", "14:05:00", False),  # is in reach of nobody yet
        (13, "2026-12-09", "12:25:00", False),
        (15, "2026-12-23", "12:25:00", False),  # no series
    ],
)
def test_nothing_else_may_differ_after_a_kill(thing, day, time, is_excused):
    circumstances = SimpleNamespace(skew=0.0)
    ledger = Ledger(series={13})
    clock = SimpleNamespace(time=lambda: 5 * 3600.0)  # 13:02:30 UTC
    history = SimpleNamespace(circumstances=circumstances, ledger=ledger, last_round=3 * 3600.0, loop=clock)
    part = Part(login="claire", type=CALENDAR, settings={"recurrence_future": "30d"})
    said = (day, time, day, time, frozenset({"w67z"}), frozenset(), frozenset())
    assert came_within_reach(history, part, (thing, "row", *said)) is is_excused
    assert not came_within_reach(history, part, (thing, "event", False, *said))


def test_a_year_of_waiting_takes_no_time(loop):
    before = time.monotonic()
    loop.run_until_complete(asyncio.sleep(366 * 86_400))
    assert loop.time() == pytest.approx(366 * 86_400)
    assert time.monotonic() - before < 5


def test_whoever_waits_for_nothing_is_told(loop):
    with pytest.raises(Standstill):
        loop.run_until_complete(asyncio.Event().wait())


def test_a_request_crosses_the_wire_as_http_in_both_directions(loop):
    async def echo(request):
        return web.Response(text=f"{request.method} {request.path} {await request.text()}", headers={"X-From": request.remote})

    async def ask():
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", echo)
        runner = web.AppRunner(app)
        await runner.setup()
        connector = WireConnector(loop, {"service.test:80": runner.server})
        async with (
            aiohttp.ClientSession(connector=connector) as session,
            session.post("http://service.test/x", data="body") as answer,
        ):
            said = (answer.status, await answer.text(), answer.headers["X-From"])
        await runner.cleanup()
        return said

    assert loop.run_until_complete(ask()) == (200, "POST /x body", "127.0.0.1")


def test_a_dead_process_does_nothing_more(loop):
    done = []
    loop.mortality.arm(2, survives=False, on_death=lambda: done.append("died"))

    async def work():
        for number in range(4):
            try:
                await loop.run_in_executor(None, done.append, number)
            except Crash:
                done.append("refused")

    loop.run_until_complete(work())
    assert done == [0, "died", "refused", "refused", "refused"]


def test_the_score_stands_between_its_marks_on_the_page(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(f"before\n{BEGIN}\nyesterday's\n{END}\nafter\n")
    write_score(Score(histories=7), page)
    text = page.read_text()
    assert text.startswith("before\n")
    assert text.endswith("\nafter\n")
    assert "yesterday" not in text
    assert "| histories | 7 |" in text
