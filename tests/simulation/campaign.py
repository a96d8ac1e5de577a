"""Many histories, and the score that is kept of them: what was played, what really happened, what was broken.

`python -m simulation --histories N` plays them over all cores; `make soak` writes the score into docs/simulation.md.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from simulation.course import CRASH, DISK, LOST, MEANWHILE, OLDER
from simulation.histories import Result, run_history
from simulation.misfortunes import ORDERS, STATES

MISFORTUNES = (*ORDERS, *STATES, CRASH, MEANWHILE, DISK, LOST, OLDER)
DECISIONS = (
    *(
        f"{word} in {side}"
        for word in ("created", "updated", "deleted")
        for side in ("gopaas", "outlook")
        if (word, side) != ("deleted", "gopaas")
    ),
    *("conflicts", "held", "quarantined", "approved", "undone", "run ok", "run held", "run failed", "run reauth"),
    *("log sync.recovery.started", "log sync.write.ambiguous", "log sync.watermark.expired", "log store.lease.taken_over"),
)
COMPARISONS = ("i12_bulkhead", "i16_clock_freedom", "i17_order_freedom", "i18_crash_anywhere")
CHUNK = 25
BEGIN, END = "<!-- score -->", "<!-- end of score -->"


@dataclass
class Score:
    """Of any number of histories."""

    histories: int = 0
    runs: int = 0
    requests: int = 0
    days: float = 0.0
    met: Counter[str] = field(default_factory=Counter)
    broken: dict[int, tuple[str, ...]] = field(default_factory=dict)

    def add(self, result: Result) -> None:
        """One more history."""
        self.histories += 1
        self.runs += result.runs
        self.requests += result.requests
        self.days += result.days
        self.met += result.met
        if result.violations:
            self.broken[result.seed] = result.violations

    def merge(self, other: Score) -> None:
        """Those of another score, too."""
        self.histories += other.histories
        self.runs += other.runs
        self.requests += other.requests
        self.days += other.days
        self.met += other.met
        self.broken |= other.broken

    def table(self) -> str:
        """The score as the page shows it."""
        struck = {name: self.met[name] for name in MISFORTUNES}
        lines = ["| what | how many |", "| --- | --- |"]
        lines += [f"| histories | {self.histories:,} |", f"| runs | {self.runs:,} |", f"| requests | {self.requests:,} |"]
        lines += [f"| user-days | {self.days:,.0f} |", f"| misfortunes that struck | {sum(struck.values()):,} |"]
        lines += [f"| histories with a violation | {len(self.broken):,} |", "", "| compared | histories |", "| --- | --- |"]
        lines += [f"| {name} | {self.met[name]:,} |" for name in COMPARISONS]
        lines += ["", "| misfortune | struck |", "| --- | --- |", *(f"| {name} | {count:,} |" for name, count in struck.items())]
        lines += ["", "| decision | times |", "| --- | --- |", *(f"| {name} | {self.met[name]:,} |" for name in DECISIONS)]
        return "\n".join(lines)


def play(seeds: range) -> Score:
    """These histories, one after the other."""
    score = Score()
    for seed in seeds:
        score.add(run_history(seed))
    return score


def play_many(histories: int) -> Iterator[Score]:
    """The score so far, again and again, until so many histories were played over all cores."""
    score = Score()
    chunks = [range(first, min(first + CHUNK, histories)) for first in range(0, histories, CHUNK)]
    with ProcessPoolExecutor(max_workers=os.cpu_count()) as pool:
        for part in pool.map(play, chunks):
            score.merge(part)
            yield score


def write_score(score: Score, page: Path) -> None:
    """Put the score where the page keeps the last one."""
    before, _, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    page.write_text(f"{before}{BEGIN}\n{score.table()}\n{END}{after}", encoding="utf-8")
