"""Thousands of contacts with the installed command: how many requests, how many writes, how much memory."""

from __future__ import annotations

from math import ceil

from effort import SOAK
from trial import Trial

ROWS = 5_000 if SOAK else 1_000
PAGE = 500
BATCH = 20
MEGABYTES = 150


def writes(trial):
    """What was sent to Graph that could change something, batches of reads aside."""
    return [
        entry
        for entry in trial.sandbox.requests["graph"]
        if entry.method != "GET" and (not entry.items or any(not item.startswith("GET ") for item in entry.items))
    ]


async def test_thousands_of_contacts_go_out_in_full_batches_and_a_second_run_only_asks(tmp_path):
    async with Trial.start(tmp_path, contacts=ROWS) as trial:
        await trial.sign_in()
        trial.forget_requests()

        first = await trial.run("sync", "--json")
        graph, gopaas = trial.sandbox.requests["graph"], trial.sandbox.requests["gopaas"]
        assert first.status == 0, first.said
        (run,) = first.runs
        assert run["created"] == {"gopaas": 0, "outlook": ROWS}
        assert run["requests"] == {"gopaas": len(gopaas), "graph": len(graph)}
        assert len(graph) <= ROWS / BATCH + 10
        assert len(gopaas) == ceil(ROWS / PAGE)
        assert len(trial.exported) == ROWS
        assert first.peak < MEGABYTES

        trial.forget_requests()
        second = await trial.run("sync", "--json")
        assert second.status == 0, second.said
        (run,) = second.runs
        assert run["unchanged"] == ROWS
        assert writes(trial) == []
        assert len(graph) == run["requests"]["graph"] == 1
        assert len(gopaas) == run["requests"]["gopaas"] == ceil(ROWS / PAGE)
        assert second.peak < MEGABYTES
