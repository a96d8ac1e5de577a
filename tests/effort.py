"""How far a run of the tests goes: `make test` shows every claim, `make soak` shows the costly ones on more histories and larger worlds."""

from __future__ import annotations

import os

SOAK = os.environ.get("HYPOTHESIS_PROFILE") == "soak"


def stride(step):
    """Of moments, writes or kinds that are tried one after the other: every `step`-th, or each."""
    return 1 if SOAK else step


def examples(count):
    """How many examples a law is tried on."""
    return 20 * count if SOAK else count
