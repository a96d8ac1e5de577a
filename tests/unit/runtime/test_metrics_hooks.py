"""Every call of a plugin's hook is counted by how it went."""

from __future__ import annotations

from types import ModuleType

import pytest

from outlookd import Hold, hookimpl
from outlookd.hooks import Hooks, create_manager
from outlookd.runtime.metrics import Metrics, catalogue
from outlookd.testing import FakeClock


@pytest.fixture
def metrics():
    return Metrics(FakeClock(), version="1.2.3")


def counted(metrics, **hooks):
    plugin = ModuleType("acme")
    for name, hook in hooks.items():
        setattr(plugin, name, hook)
    manager = create_manager()
    manager.register(plugin, name="acme")
    made = Hooks(manager)
    made.count_with(metrics.hook)
    return made


def calls(metrics, hook, outcome):
    labels = {"plugin": "acme", "hook": hook, "outcome": outcome}
    return metrics.registry.get_sample_value(catalogue.HOOK_CALLS.name, labels)


async def test_an_observer_that_listened_is_ok(metrics):
    @hookimpl
    async def run_started(run):
        pass

    await counted(metrics, run_started=run_started).run_started("r", "j")
    assert (calls(metrics, "run_started", "ok"), calls(metrics, "run_started", "failed")) == (1, 0)


async def test_an_observer_that_raises_has_failed(metrics):
    @hookimpl
    def run_started(run):
        raise KeyError

    await counted(metrics, run_started=run_started).run_started("r", "j")
    assert (calls(metrics, "run_started", "ok"), calls(metrics, "run_started", "failed")) == (0, 1)


@pytest.mark.parametrize(
    ("answer", "outcome"), [(None, "ok"), (Hold(reason="wait"), "ok"), ("yes", "failed"), (KeyError(), "failed")]
)
def test_a_check_is_counted_by_whether_it_could_be_used(metrics, answer, outcome):
    @hookimpl
    def check_action():
        if isinstance(answer, Exception):
            raise answer
        return answer

    counted(metrics, check_action=check_action).check_action(None, None)
    assert calls(metrics, "check_action", outcome) == 1
