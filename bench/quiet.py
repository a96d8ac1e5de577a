"""What it costs to decide that nothing is to be done: every pair by the decision table, and as a plan does it.

In one process, without any input or output: this is time in which the daemon does nothing else. Both ways find the same, nothing.

    python bench/quiet.py [PAIRS ...]
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from outlookd.core.decision import decide
from outlookd.core.fieldmap import FieldMap, FieldRule, FieldSpec
from outlookd.core.model import Base, Direction, Link, Side, Span
from outlookd.core.pairing import pair
from outlookd.core.plan import draft
from outlookd.core.rules import Rules
from outlookd.core.verdict import Seen, judge
from outlookd.core.window import Horizon

SIZES = (500, 2_000, 5_000)
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
GROUPS = {"subject": "subject", "start": "time", "end": "time", "location": "location", "body": "body"}
MAP = FieldMap(
    rules=tuple(FieldRule(outlook=name, gopaas=name) for name in GROUPS),
    specs={name: FieldSpec(name=name, group=group) for name, group in GROUPS.items()},
)
HORIZON = Horizon(past=timedelta(days=60), future=timedelta(days=365), series=timedelta(days=90))
RULES = Rules(
    job="j",
    user="u",
    install="i",
    scope="action",
    fieldmap=MAP,
    direction=Direction.BOTH,
    resource="events",
    now=NOW,
    window=HORIZON.at(NOW),
)


def main() -> None:
    """Measure every size and print one table."""
    print("| pairs | by the table | as a plan | ratio |")
    print("| ---: | ---: | ---: | ---: |")
    for size in [int(word) for word in sys.argv[1:]] or SIZES:
        print(f"| {size:,} | {row(size)} |", flush=True)


def row(size: int) -> str:
    """Both ways over so many pairs, as the cells of a row."""
    links = [known(number) for number in range(size)]
    gopaas = Seen(side=Side.GOPAAS, same=frozenset(link.gopaas_id for link in links))
    outlook = Seen(side=Side.OUTLOOK)
    pairing = pair(links, gopaas, outlook, RULES)
    table = fastest(lambda: [decide(link, judge(link, gopaas), judge(link, outlook), RULES) for link in links])
    plan = fastest(lambda: draft(pairing, gopaas, outlook, RULES))
    return f"{table * 1000:.0f} ms | {plan * 1000:.0f} ms | {table / plan:.0f}"


def known(number: int) -> Link:
    """A pair in step, some time in the next fifty days."""
    start = NOW + timedelta(days=number % 50, hours=1)
    span = Span(start=start, end=start + timedelta(hours=1))
    fields = {
        "subject": f"Appointment {number}",
        "start": span.start.isoformat(),
        "end": span.end.isoformat(),
        "location": "Yard 4",
        "body": None,
    }
    base = Base(fields=fields, version="1", span=span)
    return Link(id=f"l{number}", job="j", gopaas_id=f"k{number}", outlook_id=f"o{number}", gopaas=base, outlook=base)


def fastest(act: Callable[[], object]) -> float:
    """The shortest of five times, in seconds: the one that was least disturbed."""
    times = []
    for _ in range(5):
        began = time.perf_counter()
        act()
        times.append(time.perf_counter() - began)
    return min(times)


if __name__ == "__main__":
    main()
