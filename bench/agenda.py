"""What a calendar in step costs: the first run, a cycle in which nothing happened, and cycles with twenty changes.

Everything is measured from outside, on the installed command, against the sandbox in a process of its own, in which this script
acts as the people through the control API. Seconds depend on the machine and on the sandbox; requests do not.

    python bench/agenda.py [APPOINTMENTS ...]
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from first_export import COMMAND, lift_limit, measured

SIZES = (500, 2_000, 5_000)
CHANGES = 20
CLAIRE = "claire@ateliers-du-lac.test"
TODAY = datetime.combine(datetime.now().astimezone().date(), datetime.min.time())


def main() -> None:
    """Measure every size and print one table."""
    print("| appointments | cycle | seconds | Graph requests | GoPaaS requests | written | peak memory |")
    print("| ---: | --- | ---: | ---: | ---: | ---: | ---: |")
    for size in [int(word) for word in sys.argv[1:]] or SIZES:
        with desk() as people:
            people.fill(size)
            for name, act in (
                ("first", people.rest),
                ("nothing happened", people.rest),
                ("20 edits in Outlook", people.edit_in_outlook),
                ("20 edits in GoPaaS", people.edit_in_gopaas),
                ("20 new in Outlook", people.enter_in_outlook),
                ("20 new in GoPaaS", people.enter_in_gopaas),
                ("20 deletions in Outlook", people.delete_in_outlook),
            ):
                act()
                print(f"| {size:,} | {name} | {cycle(people.config)} |", flush=True)


def cycle(config: Path) -> str:
    """One run, as the cells of a row. Exits with its message when it fails."""
    began = time.monotonic()
    status, answer, memory = measured([str(COMMAND), "sync", "--json", "--config", str(config)])
    seconds, (run,) = time.monotonic() - began, json.loads(answer)["runs"]
    if status:
        sys.exit(f"outlookd sync ended with status {status}: {run['message']}")
    written = sum(sum(run[word].values()) for word in ("created", "updated", "deleted"))
    return f"{seconds:.1f} | {run['requests']['graph']} | {run['requests']['gopaas']} | {written} | {memory:.0f} MB"


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """Claire at Outlook and in the CRM. `controls` is the address of the sandbox's control API."""

    controls: str
    config: Path

    def fill(self, count: int) -> None:
        """Half of the appointments are entered in Outlook, half in GoPaaS; all lie in the next fifty days."""
        for number in range(count // 2):
            self._event(f"Outlook {number}", number)
            self._row(f"GoPaaS {number}", number)

    def rest(self) -> None:
        """Do nothing."""

    def edit_in_outlook(self) -> None:
        """Give appointments of both sides another place, in Outlook."""
        for cells in self._some(0):
            self._do(do="update_event", user=CLAIRE, id=cells["outlook_id"], properties={"location": {"displayName": "Ailleurs"}})

    def edit_in_gopaas(self) -> None:
        """The same in GoPaaS."""
        for cells in self._some(1):
            self._do(do="update_row", table="action", cle=cells["cle"], cells={"lieu": "Là-bas"}, by="claire")

    def enter_in_outlook(self) -> None:
        """Enter twenty events."""
        for number in range(CHANGES):
            self._event(f"Neuf {number}", number)

    def enter_in_gopaas(self) -> None:
        """Enter twenty records."""
        for number in range(CHANGES):
            self._row(f"Nouveau {number}", number)

    def delete_in_outlook(self) -> None:
        """Delete twenty events."""
        for cells in self._some(2):
            self._do(do="delete_event", user=CLAIRE, id=cells["outlook_id"])

    def _event(self, subject: str, number: int) -> None:
        start = _spread(number)
        times = {"start": start, "end": start + timedelta(hours=1)}
        moments = {name: {"dateTime": when.isoformat(), "timeZone": "Romance Standard Time"} for name, when in times.items()}
        self._do(do="create_event", user=CLAIRE, properties={"subject": subject, **moments})

    def _row(self, subject: str, number: int) -> None:
        start = _spread(number)
        end = start + timedelta(hours=1)
        cells = {
            "intitule": subject,
            "date_debut": f"{start:%Y-%m-%d}",
            "heure_debut": f"{start:%H:%M:%S}",
            "date_fin": f"{end:%Y-%m-%d}",
            "heure_fin": f"{end:%H:%M:%S}",
            "utilisateur": "claire",
        }
        self._do(do="create_row", table="action", cells=cells, by="claire")

    def _some(self, turn: int) -> list[dict[str, Any]]:
        """Twenty records, others in each turn, half of them from either side."""
        with urllib.request.urlopen(f"{self.controls}/state") as answer:
            rows = json.load(answer)["gopaas"]["tables"]["action"]["rows"]
        half = CHANGES // 2
        born = ([row for row in rows if row["intitule"].startswith(word)] for word in ("Outlook ", "GoPaaS "))
        return [row for side in born for row in side[turn * half : (turn + 1) * half]]

    def _do(self, **order: Any) -> None:
        body = json.dumps(order).encode()
        request = urllib.request.Request(f"{self.controls}/people", data=body, headers={"Content-Type": "application/json"})
        with urllib.request.urlopen(request) as answer:
            answer.read()


def _spread(number: int) -> datetime:
    return TODAY + timedelta(days=1 + number % 50, hours=7 + number // 50 % 12, minutes=number // 600 * 10)


@contextmanager
def desk() -> Iterator[People]:
    """A sandbox in a process of its own, claire signed in, and her calendar job."""
    with tempfile.TemporaryDirectory(prefix="outlookd-bench-") as directory:
        order = [sys.executable, __file__, "--serve", directory]
        with subprocess.Popen(order, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
            controls = server.stdout.readline().strip() if server.stdout else ""
            try:
                lift_limit(controls)
                yield People(controls=controls, config=Path(directory) / "outlookd.toml")
            finally:
                server.terminate()


async def serve(directory: Path) -> None:
    """The other process: the sandbox, until it is terminated. Only this one imports outlookd: the measuring one stays small."""
    from outlookd.app import App, load_installation, pages  # noqa: PLC0415
    from outlookd.cli.demo import sign_in  # noqa: PLC0415
    from outlookd.cli.options import quiet_logs  # noqa: PLC0415
    from outlookd.cli.sandbox import free_port  # noqa: PLC0415
    from outlookd.sandbox.server import Sandbox, write_configuration  # noqa: PLC0415

    quiet_logs()
    async with await Sandbox.start(directory, contacts=0, events=0) as running:
        config = write_configuration(running, directory, web_listen=f"127.0.0.1:{free_port()}", jobs=["calendar"])
        async with App(load_installation(config, {})) as app, pages(app):
            await sign_in(app, running, "claire")
        print(running.addresses.graph.removesuffix("/v1.0") + "/sandbox", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--serve"]:
        asyncio.run(serve(Path(sys.argv[2])))
    else:
        main()
