"""Two thousand histories of the whole of outlookd, in one process and in virtual time; none breaks an invariant (docs/simulation.md)."""

from __future__ import annotations

import pytest

from simulation.campaign import COMPARISONS, DECISIONS, MISFORTUNES, Score
from simulation.histories import run_history

CHUNKS, SIZE = 40, 50


@pytest.fixture(scope="module")
def score():
    return Score()


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_no_history_breaks_an_invariant(chunk, score):
    for seed in range(chunk * SIZE, (chunk + 1) * SIZE):
        result = run_history(seed)
        score.add(result)
        assert not result.violations, f"replay it, from tests/: python -m simulation --seed {seed}\n" + "\n".join(result.violations)


def test_every_misfortune_struck_and_every_decision_was_taken(score):
    if score.histories < CHUNKS * SIZE:
        pytest.skip("only some of the histories were played")
    assert [name for name in (*MISFORTUNES, *DECISIONS, *COMPARISONS) if not score.met[name]] == []
