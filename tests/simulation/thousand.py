"""A thousand histories as tests, in portions: one file of tests for each thousand, so that two cores share them."""

from __future__ import annotations

import pytest

from simulation.campaign import COMPARISONS, DECISIONS, MISFORTUNES, Score
from simulation.histories import run_history

PORTIONS, SIZE = 20, 50


def portions_from(first: int) -> list[range]:
    """The seeds of a thousand histories, in portions."""
    return [range(begin, begin + SIZE) for begin in range(first, first + PORTIONS * SIZE, SIZE)]


def play(seeds: range, score: Score) -> None:
    """Play these histories. A violation fails, and says how to see it again."""
    for seed in seeds:
        result = run_history(seed)
        score.add(result)
        assert not result.violations, f"replay it, from tests/: python -m simulation --seed {seed}\n" + "\n".join(result.violations)


def judge(score: Score) -> None:
    """Whether everything that may go wrong or be decided really did."""
    if score.histories < PORTIONS * SIZE:
        pytest.skip("only some of the histories were played")
    assert [name for name in (*MISFORTUNES, *DECISIONS, *COMPARISONS) if not score.met[name]] == []
