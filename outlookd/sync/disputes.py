"""Conflicts that wait for a person: stored once, under a number, for as long as both sides differ. The core says which."""

from __future__ import annotations

from collections.abc import Iterable

from outlookd.core.model import Conflict, LinkStatus
from outlookd.core.resolution import keep_waiting
from outlookd.core.verdict import SHOWN, glance
from outlookd.sync.execute import execute
from outlookd.sync.place import Round
from outlookd.sync.sources import HELD
from outlookd.sync.state import State


async def keep_disputes(state: State, round_: Round) -> None:
    """Store what this round found to be disputed and what is not any more.

    Nothing waits where the last run held nothing back, so most runs ask nothing of the store.
    """
    store, job = state.deps.store, state.job.id
    if not (state.held or round_.plan.disputes):
        return
    waiting = [conflict for conflict in await store.conflicts(job) if conflict.waits]
    actions = keep_waiting(state.links, waiting, round_.plan.disputes, _judged(state, round_, waiting))
    if round_.plan.disputes and not state.held:
        # First, so that a run which dies here is followed by one that looks for what has ended.
        await store.note(job, HELD, "1")
        state.held = True
    await execute(state, actions)


def _judged(state: State, round_: Round, waiting: Iterable[Conflict]) -> frozenset[str]:
    """The pairs of which this round says for sure whether they are still in dispute: seen on both sides, or gone for good."""
    gopaas, outlook = round_.gopaas.freeze(), round_.outlook.freeze()
    judged = set()
    for link in (state.links[id] for id in {conflict.link for conflict in waiting} & state.links.keys()):
        glimpses = (glance(link, gopaas), glance(link, outlook))
        seen = all(glimpse.fresh and glimpse.verdict in SHOWN for glimpse in glimpses)
        if link.status is LinkStatus.TOMBSTONE or (link.status is LinkStatus.ACTIVE and seen):
            judged.add(link.id)
    return frozenset(judged)
