"""How one record stands now: both sides are read as for a plan, and then this record by its ids. Writes nothing anywhere.

An id that somebody gives may be anybody's, and is asked for with the job's rights. What may be told of it is `core.standing`'s.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace

from outlookd.core.model import Link, LinkStatus, Payload, Side
from outlookd.core.standing import Sight, Standing, present
from outlookd.core.story import Scene
from outlookd.core.verdict import judge
from outlookd.errors import BadRecord, RemoteError
from outlookd.ports import Found, Unreadable
from outlookd.sync.engine import survey
from outlookd.sync.job import Deps, Job
from outlookd.sync.observe import View
from outlookd.sync.place import Round
from outlookd.sync.state import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Present:
    """What is known of a record now. `found`: it was paired once, or at least one side shows it."""

    link: Link | None
    ids: Mapping[Side, str]
    scenes: tuple[Scene, ...]
    found: bool


async def inquire(job: Job, deps: Deps, id: str) -> Present:
    """Look for a record by its GoPaaS key or Outlook id, the way a run would see it. Raises OutlookdError."""
    state, round_ = await survey(job, deps)
    link = _link_of(state.links.values(), id)
    ids = _ids_of(link, round_, id)
    sights = {view.side: await _look(state, view, link, ids[view.side]) for view in (round_.gopaas, round_.outlook)}
    if link is None:
        # Of a record without a pair only one id is known, and not of which side.
        sights = {side: sight if sight.record is not None else replace(sight, id="") for side, sight in sights.items()}
    standing = Standing(
        link=link,
        sights=sights,
        plan=round_.plan,
        rules=state.rules,
        whole=round_.gopaas.end is not None and round_.gopaas.end.complete,
        remembered=frozenset(known.gopaas_id for known in state.links.values()),
    )
    return Present(
        link=link,
        ids={side: sight.id for side, sight in sights.items()},
        scenes=present(standing),
        found=link is not None or any(sight.record is not None for sight in sights.values()),
    )


def _link_of(links: Iterable[Link], id: str) -> Link | None:
    """The pair that this id belongs to; one that is forgotten only where none is alive."""
    found = [link for link in links if id in (link.id, link.gopaas_id, link.outlook_id)]
    living = [link for link in found if link.status is not LinkStatus.TOMBSTONE]
    return next(iter((*living, *reversed(found))), None)


def _ids_of(link: Link | None, round_: Round, id: str) -> dict[Side, str]:
    """The ids of both halves: of the pair, or of the pair that is about to be made; else the given one, for either side."""
    held = (action for held in round_.plan.held for action in held.actions)
    coming = (action.link for action in (*round_.plan.actions, *held) if id in (action.link.gopaas_id, action.link.outlook_id))
    pair = link or next(coming, None)
    return {side: pair.side_id(side) if pair is not None else id for side in Side}


async def _look(state: State, view: View, link: Link | None, id: str) -> Sight:
    """What one side shows of it: the verdict about a kept pair's half, or whatever asking for the id gives."""
    if link is not None and link.status is LinkStatus.ACTIVE:
        observation = judge(link, view.freeze())
        return Sight(id=id, observation=observation, record=observation.record, listed=True)
    if record := view.records.get(id):
        return Sight(id=id, record=record, listed=True)
    if not id or (view.side is Side.OUTLOOK and not state.deps.outlook.container):
        return Sight(id="")
    return await _ask(state, view.side, id)


async def _ask(state: State, side: Side, id: str) -> Sight:
    """Ask a side for an id. What is no id of that side at all is not found there either."""
    reading = None
    with suppress(RemoteError):
        reading = (await state.adapter(side).read([id])).get(id)
    match reading:
        case Found(payload=payload) if side is Side.GOPAAS and _is_somebody_elses(state, payload):
            return Sight(id=id)
        case Found(payload=payload, elsewhere=elsewhere):
            with suppress(BadRecord):
                # A row is in the view when the listing shows it; an item is ours when it lies in our folder.
                return Sight(id=id, record=state.normalize(side, payload), listed=side is Side.OUTLOOK and not elsewhere)
            return Sight(id=id, unread=True)
        case Unreadable() | None:
            return Sight(id=id, unread=True)
        case _:
            return Sight(id=id)


def _is_somebody_elses(state: State, row: Payload) -> bool:
    """Whether a row that was asked for by its key is one that this job's listing, made for one user, would never show (T18)."""
    column, user = state.context.user_field, state.job.user.strip().casefold()
    return state.job.own_rows and str(row.get(column) or "").strip().casefold() != user
