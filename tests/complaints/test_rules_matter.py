"""Every story fails without its rule, for that reason, and every story has one."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from complaints import rules
from complaints.rules import RULES, Barrier, Rule


def number_of(rule: Rule) -> str:
    return "_".join(rule.story.__name__.split("_")[1:3])


@pytest.mark.parametrize("rule", RULES, ids=number_of)
async def test_a_story_fails_without_its_rule(rule: Rule, monkeypatch: pytest.MonkeyPatch):
    take_out(monkeypatch, *rule.barriers)
    with capture_logs() as logs, pytest.raises(AssertionError):
        await rule.story()
    # It must be the story that fails, not the program that breaks over what was taken out.
    assert not [line for line in logs if line["event"] == "sync.run.crashed"]


DOUBLE = [(rule, kept) for rule in RULES if len(rule.barriers) > 1 for kept in rule.barriers]


@pytest.mark.parametrize(("rule", "kept"), DOUBLE, ids=[f"{number_of(rule)}-{kept.name}" for rule, kept in DOUBLE])
async def test_of_several_barriers_one_is_enough(rule: Rule, kept: Barrier, monkeypatch: pytest.MonkeyPatch):
    take_out(monkeypatch, *(barrier for barrier in rule.barriers if barrier is not kept))
    await rule.story()


def test_every_story_has_its_rule():
    told = {
        name
        for module in vars(rules).values()
        if getattr(module, "__name__", "").startswith("complaints.test_")
        for name in vars(module)
        if name.startswith("test_complaint_")
    }
    assert told == {rule.story.__name__ for rule in RULES}


def take_out(monkeypatch: pytest.MonkeyPatch, *barriers: Barrier) -> None:
    for barrier in barriers:
        assert hasattr(barrier.owner, barrier.name)
        monkeypatch.setattr(barrier.owner, barrier.name, barrier.without)
