"""I1 to I20 of sync-model 3.3 and the rules of design section 5 that none of them holds, each a named function that yields what is wrong, and says what it excuses.

`check_run` asks those that can be asked of a single run, right after it; `check_outcome` those of the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from outlookd.core.orders import Kept
from simulation.invariants import outcomes, rules, runs, undoing
from simulation.witness import Deed

if TYPE_CHECKING:
    from simulation.course import History


def check_run(history: History, deed: Deed, mails: int) -> list[str]:
    """What the run broke. `mails` is how many had been sent before it."""
    checks = runs.UNDO_CHECKS if deed.undo else (*runs.CHECKS, *rules.RUN_CHECKS)
    return [f"{check.__name__}: {wrong}" for check in checks for wrong in check(history, deed)] + [
        f"i08_no_mail: {wrong}" for wrong in runs.i08_no_mail(history, mails)
    ]


def check_outcome(history: History) -> list[str]:
    """What is broken in the end."""
    return [f"{check.__name__}: {wrong}" for check in (*outcomes.CHECKS, *rules.CHECKS) for wrong in check(history)]


def check_undo(history: History, done: Deed, taken: Deed, kept: Sequence[Kept]) -> list[str]:
    """What taking `done` back broke."""
    return [f"i20_undo: {wrong}" for wrong in undoing.i20_undo(history, done, taken, kept)]
