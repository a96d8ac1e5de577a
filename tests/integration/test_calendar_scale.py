"""Hundreds of events in the window, two thousand in `make soak`: how much the first run, a quiet cycle and twenty changes cost."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import pytest_asyncio
from agenda_trial import HOUR, Agenda, at, event, moment, row, weekly
from effort import SOAK

pytestmark = pytest.mark.asyncio(loop_scope="module")

SERIES, WEEKS = 10, 10
SINGLES, ROWS = (1_200, 700) if SOAK else (400, 240)
EVENTS = SINGLES + SERIES * WEEKS + ROWS
BATCH = CHANGES = 20
# Three keys twice, a random one that tells what a missing key gets, and a record that exists.
SAMPLE = 8
MORE = 5
"""Requests to Graph that twenty changes may cost beyond the one of a quiet cycle."""

SINGLE = re.compile(r"/events/[^/?]+(\?|$)|/item/")


def spread(number):
    """A time of its own for each of them, from tomorrow on."""
    return at(1 + number % 50, 7 + number // 50 % 12) + timedelta(minutes=number // 600 * 10)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def agenda(tmp_path_factory):
    async with Agenda.ready(tmp_path_factory.mktemp("scale")) as agenda:
        for number in range(SINGLES):
            agenda.plan_event(event(f"Outlook {number}", spread(number)))
        for number in range(SERIES):
            start = at(1 + number % 5, 6)
            agenda.plan_event(event(f"Série {number}", start, recurrence=weekly(start, WEEKS)))
        for number in range(ROWS):
            agenda.enter(row(f"GoPaaS {number}", spread(number)))
        agenda.forget_requests()
        yield agenda


def named(agenda, word, first, last):
    """Keys of records whose subject begins with a word, from the first to before the last; each change takes others."""
    found = sorted(key for key, cells in agenda.shown_rows.items() if cells["intitule"].startswith(word))
    return found[first:last]


def of_both(agenda, first):
    """Twenty keys: ten records that were born in GoPaaS, ten in Outlook."""
    return [key for word in ("GoPaaS", "Outlook") for key in named(agenda, word, first, first + CHANGES // 2)]


def edit_in_outlook(agenda):
    for key in of_both(agenda, 0):
        agenda.change_event(agenda.rows[key]["outlook_id"], {"location": {"displayName": "Ailleurs"}})
    return {"updated": (CHANGES, 0)}


def edit_in_gopaas(agenda):
    for key in of_both(agenda, 20):
        agenda.amend(key, {"lieu": "Là-bas"})
    return {"updated": (0, CHANGES)}


def edit_two_series_in_gopaas(agenda):
    """Each write to an occurrence changes the version of all others of its series."""
    for word in ("Série 3", "Série 4"):
        for key in named(agenda, word, 0, WEEKS):
            agenda.amend(key, {"lieu": "Là-haut"})
    return {"updated": (0, 2 * WEEKS)}


def enter_in_outlook(agenda):
    for number in range(CHANGES):
        agenda.plan_event(event(f"Neuf {number}", spread(number)))
    return {"created": (CHANGES, 0)}


def enter_in_gopaas(agenda):
    for number in range(CHANGES):
        agenda.enter(row(f"Nouveau {number}", spread(number)))
    return {"created": (0, CHANGES), "updated": (CHANGES, 0)}


def mix(agenda):
    """Ten in Outlook, one of them a whole series, and ten in GoPaaS."""
    ours, theirs = named(agenda, "GoPaaS", 40, 50), named(agenda, "Outlook", 40, 44)
    for key in ours[:5]:
        agenda.amend(key, {"note": "Noté"})
    for key in (*ours[5:], *theirs):
        agenda.change_event(agenda.rows[key]["outlook_id"], {"body": {"contentType": "text", "content": "Écrit"}})
    series = next(item for item in agenda.calendars.events() if item.shape.recurrence)
    start = series.shape.start.wall + HOUR
    agenda.change_event(series.immutable_id, {"start": moment(start), "end": moment(start + HOUR)})
    for number in range(5):
        agenda.enter(row(f"Mêlé {number}", spread(number)))
    return {"created": (0, 5), "updated": (9 + WEEKS + 5, 5)}


def delete_in_outlook(agenda):
    for key in of_both(agenda, 60):
        agenda.delete_event(agenda.rows[key]["outlook_id"])
    return {"deleted": (0, 0)}


def single_reads(log):
    """Whatever asks for one item in a request of its own."""
    return [entry.line for entry in log if entry.method == "GET" and SINGLE.search(entry.line)]


async def test_the_first_run_reads_no_item_one_by_one(agenda):
    """At Outlook neither in a request of its own nor in a batch: two listings, the calendars, a batch for each twenty new events.

    In GoPaaS a handful of keys is asked for, however many there are, which tells a first run from one that lost its state.
    """
    await agenda.sync(created=(SINGLES + SERIES * WEEKS, ROWS), updated=(ROWS, 0))
    agenda.assert_agreed()
    graph, gopaas = agenda.sandbox.requests["graph"], agenda.sandbox.requests["gopaas"]
    assert (single_reads(graph), len(single_reads(gopaas)) <= SAMPLE) == ([], True)
    assert [item for entry in graph for item in entry.items if item.startswith("GET")] == []
    assert len(graph) <= ROWS / BATCH + 10


async def test_a_cycle_without_changes_costs_one_request_to_graph(agenda):
    agenda.forget_requests()
    run = await agenda.sync(created=(0, 0))
    assert run["unchanged"] >= EVENTS - CHANGES
    assert run["requests"]["graph"] == len(agenda.sandbox.requests["graph"]) == 1
    assert single_reads(agenda.sandbox.requests["gopaas"]) == []


@pytest.mark.parametrize(
    "change",
    [edit_in_outlook, edit_in_gopaas, edit_two_series_in_gopaas, enter_in_outlook, enter_in_gopaas, mix, delete_in_outlook],
    ids=lambda f: f.__name__,
)
async def test_a_cycle_with_twenty_changes_costs_at_most_five_requests_more(agenda, change):
    """A batch is one request, of reads as of writes: single reads in it prove a deletion or look for our stamp."""
    expected = change(agenda)
    agenda.forget_requests()
    run = await agenda.sync(**expected)
    graph, gopaas = agenda.sandbox.requests["graph"], agenda.sandbox.requests["gopaas"]
    assert run["requests"]["graph"] == len(graph) <= 1 + MORE
    assert single_reads(graph) + single_reads(gopaas) == []
