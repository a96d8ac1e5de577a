"""`python -m simulation`, from the directory `tests`: replay one history, or play many and keep the score (docs/simulation.md)."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from simulation.campaign import Score, play_many, write_score
from simulation.histories import Result, run_history

PAGE = Path(__file__).parents[2] / "docs" / "simulation.md"


def say(line: str) -> None:
    """One line to whoever asked."""
    sys.stdout.write(f"{line}\n")


def tell(result: Result) -> None:
    """A history, step by step."""
    for number, line in enumerate(result.story, 1):
        say(f"{number:3}. {line}")
    say(f"\n{result.runs} runs, {result.requests} requests, {result.days:.1f} user-days")
    for violation in result.violations:
        say(f"VIOLATION {violation}")
    if not result.violations:
        say("no violation")


def campaign(histories: int, *, keep: bool) -> int:
    """Play many, say what broke as soon as it is known, and keep the score if asked."""
    score, told = Score(), 0
    for score in play_many(histories):
        for seed in list(score.broken)[told:]:
            say(f"python -m simulation --seed {seed}: " + "; ".join(score.broken[seed]))
        told = len(score.broken)
        if sys.stdout.isatty():
            sys.stdout.write(f"\r{score.histories:,} histories, {len(score.broken)} violated\r")
    say(f"{score.histories:,} histories, {score.runs:,} runs, {score.requests:,} requests, {score.days:,.0f} user-days")
    if keep:
        write_score(score, PAGE)
    return 1 if score.broken else 0


def main(arguments: list[str] | None = None) -> int:
    """Exit status 1 when something was violated."""
    parser = argparse.ArgumentParser(prog="python -m simulation", description=__doc__)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--seed", type=int, help="replay this history")
    what.add_argument("--histories", type=int, help="play so many, from seed 0 on")
    parser.add_argument("--keep-score", action="store_true", help="write the score into docs/simulation.md")
    options = parser.parse_args(arguments)
    if options.histories is not None:
        return campaign(options.histories, keep=options.keep_score)
    result = run_history(options.seed)
    tell(result)
    return 1 if result.violations else 0


if __name__ == "__main__":
    sys.exit(main())
