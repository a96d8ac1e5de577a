"""A run's pairs and records -> one ordered plan, and the names by which a person approves it. `core.decision` decides each."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable

from outlookd.core.births import keys_for
from outlookd.core.decision import decide
from outlookd.core.introduction import (
    create_in_gopaas,
    create_in_outlook,
    follow,
    introduce,
    relink,
    rest_born,
    rest_orphans,
)
from outlookd.core.model import WRITES, Action, Conflict, Held, Link, LinkStatus, Op, Plan, Record, Side
from outlookd.core.pairing import Pairing
from outlookd.core.rules import Rules
from outlookd.core.verdict import Observation, Seen, Verdict, glance, judge
from outlookd.core.writes import Decision


def draft(pairing: Pairing, gopaas: Seen, outlook: Seen, rules: Rules, *, existing: Collection[str] = ()) -> Plan:
    """Decide every pair of a run.

    `existing` are keys whose record exists outside the view: of orphans, and of what we made of Outlook items in an earlier life.
    A GoPaaS listing that may have missed a record, or that showed recent changes only, makes no new ones there: the record that
    seems to be missing may be the one.
    """
    taken_up = {link.id for link, _ in pairing.relinks}
    links = [link for link in pairing.links if link.id not in taken_up]
    known = [_decide(link, gopaas, outlook, rules) for link in links]
    made = [relink(link, record, gopaas, rules) for link, record in pairing.relinks]
    made += [introduce(match, rules) for match in pairing.matches]
    generations = {link.gopaas_id: link.generation for link in pairing.links if link.status is LinkStatus.TOMBSTONE}
    made += [create_in_outlook(row, rules, generation=generations.get(row.id, 0) + 1) for row in pairing.new_gopaas]
    living = {link.gopaas_id for link in pairing.links if link.status is not LinkStatus.TOMBSTONE}
    made += rest_orphans(pairing.orphans, living, existing, rules)
    made += [follow(entry, rules) for entry in pairing.following]
    if gopaas.complete and gopaas.snapshot:
        made += [_bring_in(record, rules, existing) for record in pairing.new_outlook]
    disputes = tuple(dispute for decision in (*known, *made) for dispute in decision.disputes)
    waiting = sum(1 for decision in known if decision.waiting)
    active = [decision for link, decision in zip(links, known, strict=True) if link.status is LinkStatus.ACTIVE]
    return Plan(
        actions=tuple(sorted((action for decision in (*known, *made) for action in decision.actions), key=_order)),
        held=(*_disputed(disputes), *_unclear(pairing)),
        unchanged=sum(1 for decision in active if not decision.waiting and not _acts(decision)),
        waiting=waiting,
        disputes=disputes,
    )


def _bring_in(record: Record, rules: Rules, existing: Collection[str]) -> Decision:
    key = next((key for key in keys_for(record, rules) if key in existing), "")
    return rest_born(record, key, rules) if key else create_in_gopaas(record, rules)


def _decide(link: Link, gopaas: Seen, outlook: Seen, rules: Rules) -> Decision:
    return Decision() if rests(link, gopaas, outlook, rules) else decide(link, judge(link, gopaas), judge(link, outlook), rules)


def rests(link: Link, gopaas: Seen, outlook: Seen, rules: Rules) -> bool:
    """Whether `decide` has nothing to say of a pair, because neither side has: the case of nearly all, told without merging.

    A contact without our stamp gets one at once, so it does not rest.
    """
    if link.status is LinkStatus.TOMBSTONE:
        return True
    stamped = bool(link.marker) or rules.resource == "events" or not rules.direction.writes(Side.OUTLOOK)
    return link.status is LinkStatus.ACTIVE and stamped and _is_silent(glance(link, gopaas)) and _is_silent(glance(link, outlook))


def _is_silent(observation: Observation) -> bool:
    """Whether a half is as it is remembered: nothing was shown, or what was shown is the same."""
    return observation.verdict is Verdict.UNCHANGED and observation.record is None


def _acts(decision: Decision) -> bool:
    """Whether anything is done. What only brings a base up to date is no act."""
    return any(action.op is not Op.REBASE for action in decision.actions)


def _disputed(disputes: tuple[Conflict, ...]) -> tuple[Held, ...]:
    if not disputes:
        return ()
    reason = f"{len(disputes)} field groups were changed on both sides and wait for a person to decide (`outlookd conflicts`)"
    return (Held(guard="conflict", reason=reason, links=tuple(sorted({dispute.link for dispute in disputes}))),)


def _unclear(pairing: Pairing) -> tuple[Held, ...]:
    """Nothing is guessed about twins, and nothing is made of them (complaint 18). Their keys say where to look."""
    if not pairing.twins:
        return ()
    ids = tuple(sorted(record.id for record in pairing.twins))
    reason = f"{len(ids)} appointments look alike and could belong together in more than one way; remove or change the copies"
    return (Held(guard="twins", reason=reason, links=ids),)


def _order(action: Action) -> tuple[int, str, str]:
    """What is only remembered first, then creates and updates, deletes last (complaint 3)."""
    rank = {Op.CREATE: 1, Op.UPDATE: 2, Op.DELETE: 3}.get(action.op, 0)
    return rank, action.side, action.link.gopaas_id


def fingerprint(actions: Iterable[Action]) -> str:
    """The hash that an approval is bound to: the same writes give the same hash, whatever their order."""
    rows = sorted(
        [
            action.op,
            action.side,
            action.link.gopaas_id,
            action.link.outlook_id,
            sorted((n, c.before, c.after) for n, c in action.changes.items()),
            sorted(action.raw.items()),
        ]
        for action in actions
        if action.op in WRITES
    )
    return hashlib.sha256(json.dumps(rows, default=list, sort_keys=True).encode()).hexdigest()[:16]


def plan_hash(plan: Plan) -> str:
    """A name for exactly this plan: its writes, and what the guards hold of it."""
    return hash_of([fingerprint(plan.actions), *sorted(held.hash for held in plan.held)])


def hash_of(names: Iterable[str]) -> str:
    """A short name for these names, in this order: what a person can type to approve them."""
    return hashlib.sha256("|".join(names).encode()).hexdigest()[:16]
