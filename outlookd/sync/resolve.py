"""Carry out a person's choice about one conflict, as a run of its own: read both halves anew, write, and see what came of it.

What is written where, and what is not, is `core.resolution`'s.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from outlookd.core.model import WRITES, Action, Fields, Link, Record, RunKind, RunReport, Side
from outlookd.core.orders import Half, Kept
from outlookd.core.resolution import Choice, Resolution, confirm, is_resolvable, settle
from outlookd.errors import OutlookdError
from outlookd.sync.execute import execute
from outlookd.sync.glimpse import glimpse
from outlookd.sync.guardian import require_trust
from outlookd.sync.job import Deps, Job
from outlookd.sync.recover import recover, recover_in_known_folder
from outlookd.sync.session import conduct
from outlookd.sync.state import State

GONE = "the pair is not kept in step any more; `outlookd undo` can bring a deleted half back"
MOVED = "it is not where this job looks any more"
REFUSED = "it was changed at this very moment, or refused; nothing is lost, choose again"
UNKNOWN = "nobody could say whether it arrived; the next run finds out"


@dataclass(slots=True, kw_only=True)
class Settled:
    """What became of a choice: the run's report, what stayed as it is and why, and what each side showed before that."""

    report: RunReport
    kept: tuple[Kept, ...] = ()
    shown: Mapping[Side, Fields] = field(default_factory=dict)


async def resolve(job: Job, deps: Deps, number: int, side: Side, *, insist: bool = False, seen: str = "") -> Settled:
    """Have both sides show what `side` showed in the conflict of that number. Never raises, like any run.

    `insist` writes over what was changed since; with `seen` only over the values of that name.
    """
    kept: list[Kept] = []
    shown: dict[Side, Fields] = {}

    async def work(state: State) -> None:
        await require_trust(state)
        await recover_in_known_folder(state, recreate=False)
        found = await deps.store.conflict(number)
        if found is None or found[0] != job.id:
            raise OutlookdError(f"there is no conflict {number} of this job", hint="`outlookd conflicts --all` lists them.")
        kept.extend(await _resolve(state, Choice(conflict=found[1], side=side, insist=insist, seen=seen), shown))

    report = await conduct(job, deps, RunKind.RESOLVE, work)
    return Settled(report=report, kept=tuple(kept), shown=shown)


async def _resolve(state: State, choice: Choice, shown: dict[Side, Fields]) -> Sequence[Kept]:
    link = state.links.get(choice.conflict.link)
    if link is None or not is_resolvable(link):
        return await _without_pair(state, choice, link)
    halves = (await glimpse(state, [link]))[link.id]
    gopaas, outlook = (_kept_in_step(halves[side]) for side in Side)
    if gopaas is None or outlook is None:
        missing = Side.OUTLOOK if outlook is None else Side.GOPAAS
        reason = halves[missing].missing or MOVED
        return [Kept(side=missing, id=link.side_id(missing), field=choice.conflict.group, reason=reason)]
    shown |= {record.side: {name: record.fields.get(name) for name in choice.wanted} for record in (gopaas, outlook)}
    return await _carry_out(state, choice, settle(choice, state.links[link.id], gopaas, outlook, state.rules))


def _kept_in_step(half: Half) -> Record | None:
    """What a half shows, where it is to be copied at all."""
    return half.record if half.record is not None and half.record.barred is None else None


async def _without_pair(state: State, choice: Choice, link: Link | None) -> Sequence[Kept]:
    """Nothing can be written to half a pair. Whoever agrees with what stands there is remembered all the same."""
    if link is not None and choice.side is choice.counts:
        await execute(state, [confirm(choice, link)])
        return ()
    id = link.side_id(choice.side) if link is not None else ""
    return [Kept(side=choice.side, id=id, field=choice.conflict.group, reason=GONE)]


async def _carry_out(state: State, choice: Choice, resolution: Resolution) -> Sequence[Kept]:
    """Each write only after the one before it is known to be done."""
    for action in resolution.actions:
        await execute(state, [action])
        if state.ambiguous:
            await recover(state)
            return [_left(choice, action, UNKNOWN)]
        if action.op in WRITES and action.side not in state.written:
            return [_left(choice, action, REFUSED)]
        link = state.links[action.link.id]
        if not link.gopaas.settled:
            await glimpse(state, [link], just_written=True)
    return resolution.kept


def _left(choice: Choice, action: Action, reason: str) -> Kept:
    return Kept(side=action.side, id=action.link.side_id(action.side), field=choice.conflict.group, reason=reason)
