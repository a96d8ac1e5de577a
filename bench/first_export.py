"""How long the first export of a view takes, how much it asks, how much memory it needs; and the same for the run after it.

Everything is measured from outside, on the installed command, against the sandbox in a process of its own. Seconds depend on the
machine and on the sandbox, so they are also given as ratios within one call of this script; requests do not, memory hardly does.

    python bench/first_export.py [CONTACTS ...]
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

COMMAND = Path(sys.executable).with_name("outlookd")
SIZES = (1_000, 5_000, 20_000)
LATER = 75
"""Exit status of a run that used up what a mailbox may be asked in ten minutes; the next one goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """One task, from its start to its end. `runs` of the command were needed; `peak` is the largest of their memories, in MB."""

    runs: int
    seconds: float
    graph: int
    gopaas: int
    written: int
    peak: float


def main() -> None:
    """Measure every size and print one table."""
    sizes = [int(word) for word in sys.argv[1:]] or SIZES
    print("| contacts | run | commands | seconds | per contact | Graph requests | GoPaaS requests | written | peak memory |")
    print("| ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    unit = 0.0
    for size in sizes:
        with sandbox(size) as config:
            for name in ("first", "second"):
                result = synchronise(config)
                unit = unit or result.seconds / size
                print(line(size, name, result, result.seconds / size / unit), flush=True)


def line(size: int, name: str, result: Measurement, ratio: float) -> str:
    """One row of the table. `ratio` compares the time per contact with that of the first row."""
    effort = f"{result.graph} | {result.gopaas} | {result.written}"
    return f"| {size:,} | {name} | {result.runs} | {result.seconds:.1f} | {ratio:.2f} | {effort} | {result.peak:.0f} MB |"


def synchronise(config: Path) -> Measurement:
    """Run ``outlookd sync`` until nothing is left for later. Exits with its message when it fails."""
    began, peak, reports = time.monotonic(), 0.0, []
    status = LATER
    while status == LATER:
        status, answer, memory = measured([str(COMMAND), "sync", "--json", "--config", str(config)])
        peak = max(peak, memory)
        reports += json.loads(answer)["runs"]
        if status not in {0, LATER}:
            sys.exit(f"outlookd sync ended with status {status}: {reports[-1]['message']}")
    return Measurement(
        runs=len(reports),
        seconds=time.monotonic() - began,
        graph=sum(report["requests"]["graph"] for report in reports),
        gopaas=sum(report["requests"]["gopaas"] for report in reports),
        written=sum(sum(report[word].values()) for report in reports for word in ("created", "updated", "deleted")),
        peak=peak,
    )


def measured(order: list[str]) -> tuple[int, str, float]:
    """Run a command: its exit status, its answer, and its peak memory in MB.

    The kernel counts from the memory of whoever started it, which is why this process imports nothing large.
    """
    with subprocess.Popen(order, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        answer = process.stdout.read() if process.stdout else ""
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, answer, usage.ru_maxrss / 1024


@contextmanager
def sandbox(contacts: int) -> Iterator[Path]:
    """A sandbox in a process of its own, its user signed in. Yields the configuration for it."""
    with tempfile.TemporaryDirectory(prefix="outlookd-bench-") as directory:
        order = [sys.executable, __file__, "--serve", directory, str(contacts)]
        with subprocess.Popen(order, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
            controls = server.stdout.readline().strip() if server.stdout else ""
            try:
                lift_limit(controls)
                yield Path(directory) / "outlookd.toml"
            finally:
                server.terminate()


def lift_limit(controls: str) -> None:
    """Let the sandbox's Graph take any number of requests at once; the daemon keeps to the real limit by itself."""
    body = json.dumps({"microsoft": {"requests_per_window": 10**7}}).encode()
    request = urllib.request.Request(f"{controls}/switches", data=body, headers={"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        answer.read()


async def serve(directory: Path, contacts: int) -> None:
    """The other process: the sandbox, until it is terminated. Only this one imports outlookd: the measuring one stays small."""
    from outlookd.app import App, load_installation, pages  # noqa: PLC0415
    from outlookd.cli.demo import sign_in  # noqa: PLC0415
    from outlookd.cli.options import quiet_logs  # noqa: PLC0415
    from outlookd.cli.sandbox import started  # noqa: PLC0415

    quiet_logs()
    async with started(directory, contacts, jobs=["contact"]) as (running, config):
        async with App(load_installation(config, {})) as app, pages(app):
            await sign_in(app, running, "claire")
        print(running.addresses.graph.removesuffix("/v1.0") + "/sandbox", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--serve"]:
        asyncio.run(serve(Path(sys.argv[2]), int(sys.argv[3])))
    else:
        main()
