"""Where a run stands in Outlook's change feed: the watermark, the strangers it passed, and what it could not settle.

A change feed tells once. Whatever it told and could not be settled (held, in quarantine, refused, missing without proof) is written
down before the watermark moves, and looked at again by the next round and the next run.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from outlookd.core.guards import is_blocked
from outlookd.core.marker import parse_marker
from outlookd.core.model import WRITES, LinkStatus, Plan, Side, Watermark
from outlookd.core.pairing import Pairing
from outlookd.core.strangers import sighting_of
from outlookd.core.verdict import SHOWN, Proof, Verdict, glance, is_left_out
from outlookd.ports import ListingEnd
from outlookd.sync.observe import View, reread
from outlookd.sync.state import State
from outlookd.sync.untold import note_untold, unknown

RECHECK = "recheck"
"""The note under which unfinished ids are kept, as JSON."""


@dataclass(slots=True, kw_only=True)
class Round:
    """What one round saw and decided."""

    gopaas: View
    outlook: View
    pairing: Pairing
    plan: Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfinished:
    """Outlook ids that are not settled: `changed` must be read again, `absent` are missing and nothing is proved."""

    changed: frozenset[str]
    absent: frozenset[str]


async def keep_place(state: State, round_: Round) -> None:
    """Note what is unfinished, then move the watermark past what was read."""
    end, rows, rest = round_.outlook.end, round_.gopaas.end, unfinished(state, round_)
    watermarks = {Side.OUTLOOK: _dated(end, state)} if end is not None and end.complete else {}
    if rows is not None and rows.complete:
        watermarks[Side.GOPAAS] = rows.watermark
    note = {"changed": rest.changed - state.waiting, "absent": rest.absent, "blind": state.blind, "waiting": state.waiting}
    await state.deps.store.note(state.job.id, RECHECK, json.dumps({name: sorted(ids) for name, ids in note.items()}))
    await note_untold(state, round_.outlook)
    linked = _linked(state)
    strangers = [
        sighting_of(record) for record in (*round_.pairing.strangers, *round_.outlook.resting.values()) if record.id not in linked
    ]
    await state.deps.store.advance(
        state.job.id,
        watermarks=watermarks,
        seen=strangers,
        # Who is there and could not be read is still one whom a new row may belong to.
        unseen=[(Side.OUTLOOK, id) for id in (*(round_.outlook.removed - round_.outlook.unreadable), *linked)],
        replace_sightings=[Side.OUTLOOK] if end is not None and end.snapshot else [],
    )


async def resume_place(state: State, outlook: View) -> None:
    """Put what the last run left unfinished into this run's view, and what the feed does not know yet."""
    text = (await state.deps.store.notes(state.job.id)).get(RECHECK)
    note = json.loads(text) if text else {"changed": (), "absent": ()}
    # What was missed already is asked for like all that is missing, and the answer is the second piece of evidence.
    untold = [link.outlook_id for link in unknown(state) if link.outlook_id not in outlook.told.union(note["absent"])]
    await reread(state, outlook, list(dict.fromkeys([*(id for id in note["changed"] if id not in outlook.records), *untold])))
    outlook.removed |= set(note["absent"]) - set(outlook.records) - outlook.same
    state.blind.update(note.get("blind", ()))
    waiting = set(note.get("waiting", ())) - outlook.told - outlook.removed
    if is_blocked(state.blind & outlook.unreadable, state.approved):
        # Nothing is made of them in this run either: they are read when their turn has come, not singly in every run until then.
        state.waiting = waiting
        outlook.unreadable |= waiting
    else:
        await reread(state, outlook, sorted(waiting))


def carry_over(state: State, round_: Round, outlook: View) -> None:
    """Put what the last round left unfinished into the next round's view, unless it was seen there anew.

    An occurrence of a series that was read anew without it is no news any more: a person moved the series between the two rounds.
    """
    rest, old, news = unfinished(state, round_), round_.outlook, outlook.freeze()
    seen = set(outlook.records) | outlook.same | outlook.unreadable | outlook.removed
    left = {id: record for id, record in old.records.items() if id in rest.changed and id not in seen}
    outlook.records |= {id: record for id, record in left.items() if not is_left_out(id, record.series, news)}
    outlook.unreadable |= (rest.changed & old.unreadable) - seen
    # What only this run's own question missed is not asked for twice within seconds: both answers were the same evidence.
    asked = {id for id in rest.absent - old.removed if old.proofs.get(id) is Proof.UNKNOWN}
    outlook.proofs |= dict.fromkeys(asked - seen, Proof.UNKNOWN)
    outlook.removed |= rest.absent - asked - seen


def unfinished(state: State, round_: Round) -> Unfinished:
    """What this round was told about Outlook and did not settle."""
    absent = _absent(state, round_)
    told = set(round_.outlook.records) | (round_.outlook.unreadable - absent)
    held = {action.link.outlook_id for held in round_.plan.held for action in held.actions}
    held |= {link.outlook_id for held in round_.plan.held for id in held.links if (link := state.links.get(id))}
    asked = {action.link.outlook_id for action in round_.plan.actions if action.side is Side.GOPAAS and action.op in WRITES}
    undone = asked - {link.outlook_id for link in state.latest.values()}
    waiting = _waiting(state, round_)
    changed = told & (held | _poisoned(state) | undone | waiting | _copied(state, round_) | round_.outlook.unreadable)
    changed |= state.again[Side.OUTLOOK]
    return Unfinished(changed=frozenset(changed), absent=absent)


def _waiting(state: State, round_: Round) -> set[str]:
    """Outlook ids whose partner could not be judged in this round, or whose new record had to wait for a complete listing."""
    gopaas, doubts = round_.gopaas.freeze(), {Verdict.ABSENT, Verdict.UNKNOWN}
    active = (link for link in state.links.values() if link.status is LinkStatus.ACTIVE)
    told = [link for link in active if link.outlook_id in round_.outlook.records]
    waiting = {link.outlook_id for link in told if glance(link, gopaas).verdict in doubts}
    if not (gopaas.complete and gopaas.snapshot) and state.rules.direction.writes(Side.GOPAAS):
        waiting |= {record.id for record in round_.pairing.new_outlook}
    return waiting


def _copied(state: State, round_: Round) -> set[str]:
    """Items whose stamp names a pair that this round found again with another item: copies, which only the next round can know."""
    if not round_.pairing.orphans:
        return set()
    linked = {link.gopaas_id: link.outlook_id for link in state.links.values() if link.status is not LinkStatus.TOMBSTONE}
    stamps = {record.id: parse_marker(record.marker) for record in round_.pairing.orphans}
    copies = {id for id, marker in stamps.items() if marker is not None and marker.key in linked}
    return copies.difference(linked.values())


def _absent(state: State, round_: Round) -> frozenset[str]:
    """Halves that are not shown while their pair is still kept: unproved, or proved and what follows was held or refused.

    What is there and cannot be read is none of them; what was missed, and then asked for without an answer, is.
    """
    seen = round_.outlook.freeze()
    active = (link for link in state.links.values() if link.status is LinkStatus.ACTIVE and state.is_near(link))
    hidden = {link.outlook_id for link in active if link.outlook_id and glance(link, seen).verdict not in SHOWN}
    return frozenset(hidden - (round_.outlook.unreadable - round_.outlook.proofs.keys()))


def _poisoned(state: State) -> set[str]:
    partners = {link.gopaas_id: link.outlook_id for link in state.links.values()} if state.quarantine else {}
    return {id if side is Side.OUTLOOK else partners.get(id, "") for side, id in state.quarantine}


def _linked(state: State) -> Sequence[str]:
    return [link.outlook_id for link in state.links.values() if link.outlook_id and link.status is not LinkStatus.TOMBSTONE]


def _dated(end: ListingEnd, state: State) -> Watermark:
    """The watermark to keep, with the date of the last full enumeration: this one, or the one before."""
    if end.snapshot:
        state.full_at = state.started
    return replace(end.watermark, full_at=state.full_at)
