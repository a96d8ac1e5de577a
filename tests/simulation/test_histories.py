"""Two thousand histories of the whole of outlookd, in one process and in virtual time; none breaks an invariant (docs/simulation.md)."""

from __future__ import annotations

import pytest

from simulation.histories import run_history

CHUNKS, SIZE = 40, 5


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_no_history_breaks_an_invariant(chunk):
    for seed in range(chunk * SIZE, (chunk + 1) * SIZE):
        result = run_history(seed)
        assert not result.violations, f"replay it, from tests/: python -m simulation --seed {seed}\n" + "\n".join(result.violations)
