"""The first thousand histories of the whole of outlookd, in one process and in virtual time; none breaks an invariant (docs/simulation.md)."""

from __future__ import annotations

import pytest

from simulation.campaign import Score
from simulation.thousand import judge, play, portions_from


@pytest.fixture(scope="module")
def score():
    return Score()


@pytest.mark.parametrize("seeds", portions_from(0), ids=str)
def test_no_history_breaks_an_invariant(seeds, score):
    play(seeds, score)


def test_every_misfortune_struck_and_every_decision_was_taken(score):
    judge(score)
