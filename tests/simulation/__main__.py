"""`python -m simulation`, from the directory `tests`: replay one history, or play many and keep the score (docs/simulation.md)."""

from __future__ import annotations

import argparse
import sys

from simulation.histories import Result, run_history


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


def main(arguments: list[str] | None = None) -> int:
    """Exit status 1 when something was violated."""
    parser = argparse.ArgumentParser(prog="python -m simulation", description=__doc__)
    parser.add_argument("--seed", type=int, required=True, help="replay this history")
    options = parser.parse_args(arguments)
    result = run_history(options.seed)
    tell(result)
    return 1 if result.violations else 0


if __name__ == "__main__":
    sys.exit(main())
