"""A merge's outcome as actions: one write per side that needs one, or only what we remember.

An action already holds the link as it will be remembered, so that carrying it out needs no judgement.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

from outlookd.core.firewall import Shield
from outlookd.core.marker import Marker
from outlookd.core.merge import Merge, changes
from outlookd.core.model import Action, Conflict, Fields, Link, Op, Origin, Record, Side, Value
from outlookd.core.overflow import with_overflow
from outlookd.core.rules import Rules
from outlookd.core.settle import described, refresh, with_base


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What to do about one pair: its actions in order.

    `waiting`: nothing can be said about it in this run. `disputes` are conflicts that the policy leaves to a person.
    """

    actions: tuple[Action, ...] = ()
    waiting: bool = False
    disputes: tuple[Conflict, ...] = ()


def writes(
    link: Link,
    gopaas: Record,
    outlook: Record,
    result: Merge,
    rules: Rules,
    shield: Shield,
    *,
    restamp: bool,
    reason: str,
    rule: str,
    always: bool = False,
) -> Decision:
    """The actions of a merge. `always`: the link is new or changed in itself, and is remembered before anything is written.

    Otherwise a pair whose first write is refused or held would be forgotten, and its halves would meet as strangers.
    """
    agreed = _agree(link, gopaas, outlook, result, rules)
    target = aim(link, gopaas, rules)
    actions = []
    if result.writes[Side.OUTLOOK] or restamp:
        stamped = replace(agreed, marker=agreed.marker or str(marker_of(link, rules)))
        write = _to_outlook(stamped, gopaas, outlook, result, rules, shield)
        again = restamp or not agreed.marker or _may_lose_its_stamp(link, rules)
        actions.append(replace(write, restamp=again, reason=reason or "our marker was missing", rule=rule))
    if result.writes[Side.GOPAAS] or target:
        write = _to_gopaas(agreed, gopaas, outlook, result)
        actions.append(replace(write, points_to=target, reason=reason or "its column did not name the event", rule=rule))
    if actions and always:
        actions.insert(0, Action(op=Op.LINK, side=Side.OUTLOOK, link=agreed, reason=reason, rule=rule))
    if not actions and (always or agreed != link):
        kept = (*_overwritten(result, Side.GOPAAS), *_overwritten(result, Side.OUTLOOK))
        # Without a reason nothing was decided, only a base followed what is shown: nobody asks why.
        actions.append(Action(op=Op.REBASE, side=Side.OUTLOOK, link=agreed, reason=reason, rule=rule, conflicts=kept))
    return Decision(actions=tuple(actions), disputes=tuple(c for c in result.conflicts if c.winner is None))


def _may_lose_its_stamp(link: Link, rules: Rules) -> bool:
    """Whether the Outlook half may have lost the stamp that we put on it: then every write brings it again.

    In a series that a person made we stamp the occurrences one by one. Whoever moves it, or makes a single event of it, takes its
    exceptions away and our stamps with them, and no feed shows stamps. What a series was once does not show, so every event counts
    that a person made. What we made carries its stamp as a whole.
    """
    return rules.resource == "events" and link.origin is not Origin.GOPAAS


def _to_outlook(link: Link, gopaas: Record, outlook: Record, result: Merge, rules: Rules, shield: Shield) -> Action:
    wanted = result.writes[Side.OUTLOOK]
    return Action(
        op=Op.UPDATE,
        side=Side.OUTLOOK,
        link=link,
        reason="",
        changes=changes(outlook.fields, wanted),
        fields=whole_groups(wanted, outlook.fields, rules),
        takes={name: gopaas.fields.get(name) for name in wanted},
        version=outlook.version,
        mails=shield.mails,
        conflicts=_overwritten(result, Side.OUTLOOK),
    )


def _to_gopaas(link: Link, gopaas: Record, outlook: Record, result: Merge) -> Action:
    wanted = result.writes[Side.GOPAAS]
    return Action(
        op=Op.UPDATE,
        side=Side.GOPAAS,
        link=link,
        reason="",
        changes=changes(gopaas.fields, wanted),
        fields=with_overflow(wanted, gopaas),
        overflow={name: rest for name, rest in gopaas.overflow.items() if name in wanted},
        takes={name: outlook.fields.get(name) for name in wanted},
        conflicts=_overwritten(result, Side.GOPAAS),
    )


def _overwritten(result: Merge, side: Side) -> tuple[Conflict, ...]:
    """The values that a write to `side` replaces for good. They travel with it: one of two writes may be held, the other not."""
    return tuple(entry for entry in result.conflicts if entry.winner is side.other)


def takes_more(action: Action, rules: Rules) -> bool:
    """Whether a write takes away more than its changes say, so that only the whole item shows what was there.

    A column set as it is was never read; a list may be longer in GoPaaS than Outlook can hold; an event holds what no map names.
    An exported contact that is deleted holds nothing else, or it would be a person's.
    """
    if action.op is Op.DELETE:
        return rules.resource == "events"
    return action.op is Op.UPDATE and action.side is Side.GOPAAS and bool(action.raw or action.overflow)


def sent_longer(action: Action) -> Fields:
    """The fields that are sent as a longer list than is compared, as they are sent."""
    sent = {name: action.fields[name] for name in action.changes if name in action.fields}
    return {name: value for name, value in sent.items() if value != action.changes[name].after}


def aim(link: Link, row: Record, rules: Rules) -> str:
    """The Outlook id that the row's column should name and does not; empty when there is nothing to repair (complaint 12)."""
    if row.pointer is None or row.pointer == link.outlook_id or row.shared:
        return ""
    return link.outlook_id if rules.direction.writes(Side.GOPAAS) else ""


def _agree(link: Link, gopaas: Record, outlook: Record, result: Merge, rules: Rules) -> Link:
    """The link with the bases of everything that needs no write, and the versions last seen (a touch breaks If-Match otherwise).

    Fields that nobody maps always follow what is shown: they belong to the item's owner, and whole groups are rendered from them.
    """
    written = set(result.writes[Side.GOPAAS]) | set(result.writes[Side.OUTLOOK])
    for side, shown in ((Side.GOPAAS, gopaas), (Side.OUTLOOK, outlook)):
        unmapped = set(shown.fields) - rules.fieldmap.mapped
        # A field mapped since is learnt while it is empty, or the item would be read for it in every run.
        empty = {name for name, value in shown.fields.items() if value is None and name not in link.base(side).fields}
        link = with_base(link, side, refresh(link.base(side), shown, (result.agreed | unmapped | empty) - written))
    return described(link, outlook)


def whole_groups(wanted: Fields, shown: Fields, rules: Rules) -> dict[str, Value]:
    """`wanted`, completed to whole groups with what Outlook shows: Graph replaces nested objects and lists whole (trap 17)."""
    groups = {rules.fieldmap.group_of(name) for name in wanted}
    rest = {
        name: value
        for name, value in shown.items()
        if rules.fieldmap.group_of(name) in groups and not rules.fieldmap.specs[name].read_only
    }
    return {**rest, **wanted}


def new_link(key: str, rules: Rules, *, origin: Origin, generation: int = 1) -> Link:
    """A link for a record that has none; the same again for the same record and generation."""
    id = hashlib.sha256(f"{rules.install}|{rules.job}|{key}|{generation}".encode()).hexdigest()[:32]
    return Link(id=id, job=rules.job, gopaas_id=key, origin=origin, generation=generation)


def marker_of(link: Link, rules: Rules) -> Marker:
    """What this pair's Outlook half is stamped with."""
    return Marker(install=rules.install, origin=link.origin, generation=link.generation, scope=rules.scope, key=link.gopaas_id)


def note(op: Op, link: Link, reason: str, rule: str, conflicts: tuple[Conflict, ...] = ()) -> Decision:
    """Change nothing but what we remember."""
    return Decision(actions=(Action(op=op, side=Side.OUTLOOK, link=link, reason=reason, rule=rule, conflicts=conflicts),))
