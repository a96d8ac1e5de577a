"""Which histories tell that a rule is missing: `tells` asks one, `search` tries them in the order in which they are likely to.

Knows mutants and the door of the simulation; what an invariant says is not judged here, only which one it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from simulation.circumstances import draw_theme
from simulation.histories import run_history

from mutation.mutants import Mutant
from outlookd.errors import OutlookdError

HISTORIES = 2000
"""As many as `make test` plays of the code as it is: a rule whose loss none of them notices is not held."""


def tells(mutant: Mutant, seed: int) -> str:
    """What this history says of the code with this mutation, if it is one of the invariants that should; else nothing."""
    with mutant.applied():
        try:
            violations = run_history(seed).violations
        except OutlookdError:
            return ""  # the mutant stopped the history itself: nobody judged it
    return next((wrong for wrong in violations if wrong.split(":", maxsplit=1)[0] in mutant.by), "")


def telling(mutant: Mutant, seeds: Iterable[int]) -> Iterator[tuple[int, str]]:
    """Those of the seeds that tell, with what they say."""
    for seed in seeds:
        if said := tells(mutant, seed):
            yield seed, said


def likely(mutant: Mutant, seeds: Iterable[int] = range(HISTORIES)) -> list[int]:
    """The seeds, those first whose history is about what the rule is about."""
    return sorted(seeds, key=lambda seed: not draw_theme(seed).name.startswith(mutant.theme))
