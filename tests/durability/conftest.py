"""The crash tests of the real process use the trials of the integration tests, which are found as theirs are."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "integration"))


@pytest.fixture(scope="session")
def strace():
    """Skips where nothing can be traced."""
    from tracer import why_not

    if reason := why_not():
        pytest.skip(reason)
