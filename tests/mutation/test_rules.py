"""Every rule of design section 5 is held by the simulation: without it, some history ends in the violation that is to be expected.

The histories are those of `make test`. Seeds that are known to tell are tried first; when none of them does any more, because the histories
have changed, the search goes on for a while: then the test is slower, and `python -m mutation --keep` finds new ones. The long profile
trusts no list and begins at 0.
"""

from __future__ import annotations

import os
from itertools import islice

import pytest

from mutation.mutants import RULES, Mutant
from mutation.search import HISTORIES, likely, telling
from mutation.seeds import known_seeds
from outlookd.core import expression

LONG = os.environ.get("HYPOTHESIS_PROFILE") == "soak"
PATIENCE = 60
"""So many more histories are played before a rule counts as not held."""


def test_no_rule_is_left_out():
    assert [mutant.rule for mutant in RULES] == list(range(1, 18))


@pytest.mark.parametrize("mutant", RULES, ids=lambda mutant: f"rule {mutant.rule}")
def test_without_a_rule_some_history_ends_in_a_violation(mutant: Mutant) -> None:
    seeds = range(HISTORIES) if LONG else [*known_seeds().get(mutant.rule, ()), *islice(likely(mutant), PATIENCE)]
    found = next(telling(mutant, seeds), None)
    assert found is not None, f"no history noticed that rule {mutant.rule} is missing: {mutant.without}"


def test_nothing_of_a_mutant_is_left_when_its_block_ends() -> None:
    mutant = next(mutant for mutant in RULES if mutant.rule == 17)
    with mutant.applied():
        assert not expression.is_expression("$$NULL")
    assert expression.is_expression("$$NULL")
