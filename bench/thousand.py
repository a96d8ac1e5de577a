"""A thousand people, each with a job every minute: is every run on time, does the loop stay free, does memory stay flat?

The daemon runs in a process of its own, as ``outlookd run``; the sandbox, with everybody's account, mailbox and settings record, in
this one. All figures come from the daemon's own ``/metrics``, as an operator would see them. Signing a thousand people in takes a
minute or two before the measurement begins.

    python bench/thousand.py [--users 1000] [--minutes 10]
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import aiohttp
from first_export import COMMAND
from prometheus_client.parser import text_string_to_metric_families

from outlookd.app import App, load_installation, pages
from outlookd.cli.demo import sign_in
from outlookd.cli.options import quiet_logs
from outlookd.cli.sandbox import started
from outlookd.sandbox.server import Sandbox

AT_ONCE = 8
"""People who sign in at the same time."""
EVERY = 10.0
"""Seconds between two looks."""
CYCLE = 60.0

Samples = Mapping[tuple[str, frozenset[tuple[str, str]]], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What ``/metrics`` said, `at` seconds after the daemon was ready."""

    at: float
    samples: Samples

    def total(self, name: str, **labels: str) -> float:
        """The sum over every series of `name` that carries `labels`."""
        wanted = set(labels.items())
        return sum(value for (each, has), value in self.samples.items() if each == name and wanted <= has)

    def buckets(self, name: str) -> list[tuple[float, float]]:
        """A histogram's upper bounds and counts, over all labels."""
        counts: dict[float, float] = {}
        for (each, has), value in self.samples.items():
            if each == f"{name}_bucket":
                bound = float(dict(has)["le"])
                counts[bound] = counts.get(bound, 0.0) + value
        return sorted(counts.items())


def main() -> None:
    """Measure, and print one table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--users", type=int, default=1000)
    parser.add_argument("--minutes", type=float, default=10.0)
    options = parser.parse_args()
    quiet_logs()
    with tempfile.TemporaryDirectory() as directory:
        looks = asyncio.run(measure(Path(directory), options.users, options.minutes * 60))
    print("\n".join(table(options.users, looks)))


async def measure(directory: Path, users: int, seconds: float) -> Sequence[Look]:
    """Start everything, and look every ten seconds."""
    async with started(directory, 0, users=users) as (sandbox, config):
        print(f"signing {users} people in ...", file=sys.stderr)
        address = await admit(sandbox, config)
        print("running ...", file=sys.stderr)
        with (directory / "daemon.log").open("wb") as log:
            daemon = await asyncio.create_subprocess_exec(str(COMMAND), "run", "--config", str(config), stderr=log)
            try:
                return await watch(address, seconds)
            finally:
                daemon.send_signal(signal.SIGTERM)
                await daemon.wait()


async def admit(sandbox: Sandbox, config: Path) -> str:
    """Let everybody sign in, over the pages. Returns where the pages are."""
    async with App(load_installation(config, os.environ)) as app:
        await app.roster.refresh()
        places = asyncio.Semaphore(AT_ONCE)

        async def enter(login: str) -> None:
            async with places:
                await sign_in(app, sandbox, login)

        async with pages(app), asyncio.TaskGroup() as group:
            for member in sandbox.members:
                group.create_task(enter(member.login))
        return app.settings.web.public_url


async def watch(address: str, seconds: float) -> Sequence[Look]:
    """Look at the metrics until the time is over."""
    loop = asyncio.get_running_loop()
    looks: list[Look] = []
    async with aiohttp.ClientSession() as session:
        while not await answers(session, f"{address}/readyz"):  # noqa: ASYNC110 (another process)
            await asyncio.sleep(0.2)
        began = loop.time()
        while loop.time() - began < seconds + 1:
            async with session.get(f"{address}/metrics") as answer:
                looks.append(Look(at=loop.time() - began, samples=parse(await answer.text())))
            await asyncio.sleep(EVERY)
    return looks


async def answers(session: aiohttp.ClientSession, url: str) -> bool:
    """Whether the daemon is ready."""
    try:
        async with session.get(url) as answer:
            return answer.status == 200
    except aiohttp.ClientConnectionError:
        return False


def parse(text: str) -> Samples:
    """Every sample of an exposition."""
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def quantile(share: float, before: Look, after: Look, name: str) -> float:
    """A quantile of what a histogram saw between two looks, as Prometheus' ``histogram_quantile`` reckons it."""
    both = zip(after.buckets(name), before.buckets(name), strict=True)
    grown = [(bound, count - earlier) for (bound, count), (_, earlier) in both]
    rank = share * grown[-1][1]
    for (low, below), (high, count) in pairwise([(0.0, 0.0), *grown]):
        if count >= rank and high == float("inf"):
            return low
        if count >= rank:
            return low + (high - low) * ((rank - below) / (count - below) if count > below else 1.0)
    return float("inf")


def table(users: int, looks: Sequence[Look]) -> Sequence[str]:
    """The figures: the first cycle apart, because in it everybody's contacts are written."""
    settled = next(look for look in looks if look.at >= CYCLE)
    first, last = looks[0], looks[-1]
    heads = ("cycles", "runs", "runs a second", "missed", "overlapped", "failed", "loop lag p99", "run p95", "memory")
    lines = [f"| {' | '.join(heads)} |", "| --- |" + " ---: |" * (len(heads) - 1)]
    for name, before, after in (("first minute", first, settled), ("after it", settled, last)):
        runs = [after.total("outlookd_sync_runs_total") - before.total("outlookd_sync_runs_total")]
        runs += [fired(before, after, outcome) for outcome in ("missed", "overlap", "failed")]
        lag = quantile(0.99, before, after, "outlookd_event_loop_lag_seconds") * 1000
        run = quantile(0.95, before, after, "outlookd_sync_run_duration_seconds")
        memory = [look.total("process_resident_memory_bytes") / 2**20 for look in looks if before.at <= look.at <= after.at]
        lines.append(
            f"| {name} | {runs[0]:,.0f} | {runs[0] / (after.at - before.at):.1f} | {runs[1]:.0f} | {runs[2]:.0f} | {runs[3]:.0f} | "
            f"{lag:.1f} ms | {run:.2f} s | {memory[0]:.0f} to {memory[-1]:.0f} MB, at most {max(memory):.0f} |"
        )
    cpu = last.total("process_cpu_seconds_total") - settled.total("process_cpu_seconds_total")
    lines.append(f"\n{users:,} jobs, {cpu / (last.at - settled.at) * 100:.0f} % of one core after the first minute.")
    return lines


def fired(before: Look, after: Look, outcome: str) -> float:
    """So often the schedule said this of a run."""
    name = "outlookd_scheduler_jobs_fired_total"
    return after.total(name, outcome=outcome) - before.total(name, outcome=outcome)


if __name__ == "__main__":
    main()
