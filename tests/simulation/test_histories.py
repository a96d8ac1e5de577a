"""A thousand histories of the whole of outlookd, in one process and in virtual time; none breaks an invariant (docs/simulation.md)."""

from __future__ import annotations

import pytest

from simulation.campaign import COMPARISONS, DECISIONS, MISFORTUNES, Score
from simulation.histories import run_history

PORTIONS, SIZE = 20, 50


@pytest.fixture(scope="module")
def score():
    return Score()


@pytest.mark.parametrize("portion", range(PORTIONS))
def test_no_history_breaks_an_invariant(portion, score):
    for seed in range(portion * SIZE, (portion + 1) * SIZE):
        result = run_history(seed)
        score.add(result)
        assert not result.violations, f"replay it, from tests/: python -m simulation --seed {seed}\n" + "\n".join(result.violations)


def test_every_misfortune_struck_and_every_decision_was_taken(score):
    if score.histories < PORTIONS * SIZE:
        pytest.skip("only some of the histories were played")
    assert [name for name in (*MISFORTUNES, *DECISIONS, *COMPARISONS) if not score.met[name]] == []
