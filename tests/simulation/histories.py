"""One history from one number: `run_history` is the stable door."""

from __future__ import annotations

import gc
import os
import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest import mock

import structlog

from simulation.circumstances import Circumstances, chance, draw_circumstances
from simulation.comparisons import comparison_for
from simulation.course import History, Profile, Variation
from simulation.loop import VirtualLoop
from simulation.stage import empty_database

SHORT = Profile()


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What came of a history. `violations` begin with the invariant's name; `story` tells every step in plain words.

    `met` counts what really happened: each misfortune that struck, each kind of act and decision. `requests` were sent, `days` went by,
    for each user.
    """

    seed: int
    violations: tuple[str, ...]
    story: tuple[str, ...]
    met: Counter[str]
    runs: int
    requests: int
    days: float


def run_history(seed: int, *, profile: Profile = SHORT) -> Result:
    """Play the history of `seed` and check it; some are played again in another way and compared. The same seed gives the same."""
    _prepare()
    circumstances = draw_circumstances(seed)
    history = _play(circumstances, profile, Variation())
    comparison = comparison_for(circumstances) if not history.violations else None
    if comparison is not None:
        one = _play(comparison.circumstances, profile, comparison.one)
        other = _play(comparison.others, profile, comparison.other)
        history.met[comparison.name] += 1
        history.violations += comparison.compare(one, other)
    return Result(
        seed=seed,
        violations=tuple(history.violations),
        story=tuple(history.story),
        met=history.met,
        runs=history.runs,
        requests=history.requests,
        days=history.loop.time() / 86_400 * len(circumstances.logins),
    )


def _play(circumstances: Circumstances, profile: Profile, variation: Variation) -> History:
    loop = VirtualLoop()
    history = History(loop, circumstances, profile, variation)
    try:
        with _determined(circumstances.seed), _overheard(history.hear), _unswept():
            loop.run_until_complete(history.play())
    finally:
        loop.close()
    return history


def _prepare() -> None:
    """What all histories of a process share is made before the first one, so that it is no different from the others."""
    with _determined(0), _overheard(_ignore):
        empty_database()


def _ignore(_logger: object, _method: str, _event: object) -> Any:
    raise structlog.DropEvent


@contextmanager
def _unswept() -> Iterator[None]:
    """Without looking for garbage between requests: that took a quarter of the time."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


@contextmanager
def _determined(seed: int) -> Iterator[None]:
    """Every chance comes from the seed: jitter, ids of runs and intents (`uuid` reads `os.urandom`), keys and tokens (`secrets` reads
    `random`'s)."""
    ids, state = chance(seed, "ids"), random.getstate()
    random.seed(seed)
    with mock.patch.object(os, "urandom", ids.randbytes), mock.patch.object(random, "_urandom", ids.randbytes):
        try:
            yield
        finally:
            random.setstate(state)


@contextmanager
def _overheard(hear: Callable[..., Any]) -> Iterator[None]:
    """Every log line goes to `hear` and nowhere else."""
    before = structlog.get_config()
    structlog.configure(processors=[hear], cache_logger_on_first_use=False)
    try:
        yield
    finally:
        structlog.configure(**before)
