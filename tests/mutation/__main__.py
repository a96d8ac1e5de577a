"""`python -m mutation`, from the directory `tests`: search anew for the histories that tell when a rule is missing (docs/simulation.md)."""

from __future__ import annotations

import argparse
import json
import sys
from itertools import islice

from mutation.mutants import RULES
from mutation.search import likely, telling
from mutation.seeds import FILE, known_seeds

ENOUGH = 3
"""So many seeds are kept for each rule."""


def main(arguments: list[str] | None = None) -> int:
    """Exit status 1 when a rule is held by no history."""
    parser = argparse.ArgumentParser(prog="python -m mutation", description=__doc__)
    parser.add_argument("--rule", type=int, action="append", help="only this one; may be given several times")
    parser.add_argument("--keep", action="store_true", help=f"write what is found into {FILE.name}")
    options = parser.parse_args(arguments)
    seeds = dict(known_seeds())
    for mutant in RULES:
        if options.rule and mutant.rule not in options.rule:
            continue
        found = list(islice(telling(mutant, likely(mutant)), ENOUGH))
        seeds[mutant.rule] = tuple(seed for seed, _ in found)
        sys.stdout.write(f"rule {mutant.rule}: {mutant.without}\n")
        sys.stdout.writelines(f"    {seed:5} {said}\n" for seed, said in found)
    if options.keep:
        FILE.write_text(json.dumps({str(rule): list(found) for rule, found in sorted(seeds.items())}, indent=1) + "\n")
    return 0 if all(seeds.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
