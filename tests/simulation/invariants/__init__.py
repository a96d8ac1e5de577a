"""I1 to I20 of sync-model 3.3, each a named function that yields what is wrong, and says what it excuses.

`check_run` asks those that can be asked of a single run, right after it; `check_outcome` those of the end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulation.invariants import outcomes, runs
from simulation.witness import Deed

if TYPE_CHECKING:
    from simulation.histories import History


def check_run(history: History, deed: Deed, mails: int) -> list[str]:
    """What the run broke. `mails` is how many had been sent before it."""
    return [f"{check.__name__}: {wrong}" for check in runs.CHECKS for wrong in check(history, deed)] + [
        f"i08_no_mail: {wrong}" for wrong in runs.i08_no_mail(history, mails)
    ]


def check_outcome(history: History) -> list[str]:
    """What is broken in the end."""
    return [f"{check.__name__}: {wrong}" for check in outcomes.CHECKS for wrong in check(history)]
