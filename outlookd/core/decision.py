"""The decision table: one pair, or one record without partner -> its actions.

Rows and columns are `sync-model.md` 5.4 and 5.5. Everything is decided here, so that carrying it out needs no judgement: an
action already holds the link as it will be remembered.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

from outlookd.core.marker import Marker, parse_marker, record_key
from outlookd.core.merge import Merge, adopt, changes, conflict, grouped, merge
from outlookd.core.model import Action, Base, Conflict, Fields, Link, LinkStatus, Op, Origin, Record, Side, Value
from outlookd.core.pairing import Match
from outlookd.core.policy import birth_side
from outlookd.core.rules import Rules, ViewExit
from outlookd.core.settle import refresh, with_base
from outlookd.core.verdict import SHOWN, Observation, Seen, Verdict, dirty, judge, remembered

UNSHOWN = "the view does not show the record that was made from Outlook"
GONE = frozenset({Verdict.DELETED, Verdict.OUT_OF_SCOPE, Verdict.LOST})


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What to do about one pair: its actions in order.

    `waiting`: nothing can be said about it in this run. `disputes` are conflicts that the policy leaves to a person.
    """

    actions: tuple[Action, ...] = ()
    waiting: bool = False
    disputes: tuple[Conflict, ...] = ()


def decide(link: Link, gopaas: Observation, outlook: Observation, rules: Rules) -> Decision:
    """The table for a known pair."""
    match link.status:
        case LinkStatus.TOMBSTONE:
            return Decision()
        case LinkStatus.DETACHED:
            return _resume(link, gopaas, outlook, rules)
        case LinkStatus.ACTIVE:
            pass
    g, o = gopaas.verdict, outlook.verdict
    if {g, o} & {Verdict.UNKNOWN, Verdict.ABSENT}:
        return Decision(waiting=True)
    link = notice_touch(link, outlook)
    if g in SHOWN and o is Verdict.LOST:
        return _made_again(link, _shown(gopaas), rules)
    if g in SHOWN and o in SHOWN:
        return _keep_in_step(link, _shown(gopaas), _shown(outlook), rules)
    if g in GONE and o in GONE:
        return _local(Op.FORGET, replace(link, status=LinkStatus.TOMBSTONE), "both halves are gone", "2")
    if g in GONE:
        return _retire(link, outlook, rules, left=g)
    if o is Verdict.OUT_OF_SCOPE:
        return _let_go(link, "the contact was moved out of our folder", "3")
    return _outlook_half_deleted(link, _shown(gopaas), gopaas.verdict, rules)


def notice_touch(link: Link, outlook: Observation) -> Link:
    """`link`, marked for good once a person edited anything of the Outlook half, mapped or not."""
    record = outlook.record
    if link.touched or record is None or record.digest == link.outlook.digest:
        return link
    return replace(link, touched=True)


def _keep_in_step(link: Link, gopaas: Record, outlook: Record, rules: Rules) -> Decision:
    result = merge(link, gopaas, outlook, fieldmap=rules.fieldmap, direction=rules.direction, policy=rules.policy)
    restamp = not link.marker and rules.direction.writes(Side.OUTLOOK)
    return _writes(link, gopaas, outlook, result, rules, restamp=restamp, reason=_why(result), rule="1")


def _why(result: Merge) -> str:
    if any(conflict.winner is not None for conflict in result.conflicts):
        return "changed on both sides"
    return (
        "changed in " + " and ".join(side.other.name for side in Side if result.writes[side]) if any(result.writes.values()) else ""
    )


def introduce(match: Match, rules: Rules) -> Decision:
    """Make a pair of two records that were found to belong together (design rule 14).

    A pair rebuilt from our own marker keeps its origin, but counts as touched: nobody remembers what we wrote.
    """
    marker = parse_marker(match.outlook.marker) if match.by_marker else None
    origin, generation = (marker.origin, marker.generation) if marker else (Origin.ADOPTED, 1)
    link = replace(
        _new_link(match.gopaas.id, rules, origin=origin, generation=generation),
        outlook_id=match.outlook.id,
        marker=match.outlook.marker if marker else "",
        touched=True,
    )
    result = adopt(link, match.gopaas, match.outlook, fieldmap=rules.fieldmap, direction=rules.direction, policy=rules.policy)
    reason = "found again by our marker" if marker else "already in the folder under the same e-mail and name"
    restamp = marker is None and rules.direction.writes(Side.OUTLOOK)
    decision = _writes(link, match.gopaas, match.outlook, result, rules, restamp=restamp, reason=reason, rule="14")
    if any(action.op is not Op.REBASE for action in decision.actions):
        return decision
    return Decision(actions=tuple(replace(action, op=Op.LINK) for action in decision.actions))


def relink(link: Link, record: Record, gopaas: Seen, rules: Rules) -> Decision:
    """A contact that we had let go came back into our folder, still carrying our marker."""
    observation = judge(link, gopaas)
    if observation.verdict not in SHOWN:
        return Decision(waiting=True)
    row = _shown(observation)
    link = replace(link, status=LinkStatus.ACTIVE, outlook_id=record.id, marker=record.marker, touched=True)
    result = adopt(link, row, record, fieldmap=rules.fieldmap, direction=rules.direction, policy=rules.policy)
    return _writes(link, row, record, result, rules, restamp=False, reason="came back into our folder", rule="6", always=True)


def create_in_outlook(row: Record, rules: Rules, *, generation: int = 1) -> Decision:
    """A GoPaaS record without partner."""
    if not rules.direction.writes(Side.OUTLOOK):
        return Decision()
    link = _new_link(row.id, rules, origin=Origin.GOPAAS, generation=generation)
    return Decision(actions=(_create(link, row, rules, reason="new in GoPaaS", rule="13"),))


def create_in_gopaas(record: Record, rules: Rules) -> Decision:
    """An Outlook item without partner, under a key that will always be the same (design rule 13)."""
    if not rules.direction.writes(Side.GOPAAS):
        return Decision()
    key = record_key(rules.install, rules.user, record.id)
    link = replace(_new_link(key, rules, origin=Origin.OUTLOOK), outlook_id=record.id, touched=True)
    link = with_base(link, Side.OUTLOOK, refresh(Base(digest=record.digest), record, record.fields))
    wanted: Fields = {name: record.fields.get(name) for name in rules.fieldmap.mapped}
    return Decision(
        actions=(
            Action(
                op=Op.CREATE,
                side=Side.GOPAAS,
                link=link,
                reason="new in Outlook",
                rule="13",
                changes=changes({}, wanted),
                fields=wanted,
            ),
        )
    )


def _create(link: Link, row: Record, rules: Rules, *, reason: str, rule: str) -> Action:
    marker = str(_marker(link, rules))
    link = replace(with_base(link, Side.GOPAAS, refresh(link.gopaas, row, row.fields)), marker=marker, outlook_id="")
    wanted = {name: value for name, value in row.fields.items() if not rules.fieldmap.specs[name].read_only}
    filled = {name: value for name, value in wanted.items() if value is not None}
    return Action(op=Op.CREATE, side=Side.OUTLOOK, link=link, reason=reason, rule=rule, changes=changes({}, filled), fields=wanted)


def _retire(link: Link, outlook: Observation, rules: Rules, *, left: Verdict) -> Decision:
    """The row is gone or left the view: only what we made and nobody touched is taken back."""
    where = "left the view" if left is Verdict.OUT_OF_SCOPE else "was deleted in GoPaaS"
    keep = left is Verdict.OUT_OF_SCOPE and rules.on_view_exit is not ViewExit.DELETE
    if keep or not rules.direction.writes(Side.OUTLOOK):
        return _rest(link, f"the row {where}", "12")
    if link.origin is Origin.OUTLOOK and left is Verdict.OUT_OF_SCOPE and not link.gopaas.settled:
        return _rest(link, UNSHOWN, "12")
    if link.origin is not Origin.GOPAAS:
        return _rest(link, f"the row {where}, but we did not make the contact", "6")
    if link.touched or not link.marker:
        return _rest(link, f"the row {where}, but a person edited the contact", "12")
    shown = outlook.record or remembered(Side.OUTLOOK, link)
    before = {name: value for name, value in shown.fields.items() if value is not None}
    action = Action(
        op=Op.DELETE,
        side=Side.OUTLOOK,
        link=replace(link, status=LinkStatus.TOMBSTONE),
        reason=f"the row {where}",
        rule="3" if left is Verdict.DELETED else "12",
        changes=changes(before, dict.fromkeys(before)),
        version=shown.version,
    )
    return Decision(actions=(action,))


def _rest(link: Link, reason: str, rule: str) -> Decision:
    """Keep the contact and know it, until its row is back."""
    return _local(Op.DETACH, replace(link, status=LinkStatus.DETACHED), reason, rule)


def _outlook_half_deleted(link: Link, gopaas: Record, verdict: Verdict, rules: Rules) -> Decision:
    """A person deleted the Outlook half while the row is still there (design rules 5 and 12)."""
    edited = verdict is Verdict.CHANGED
    if not rules.direction.writes(Side.GOPAAS):
        return Decision(actions=(_again(link, gopaas, rules, "deleted in Outlook; the folder mirrors the view", "5"),))
    if edited and birth_side(link) is Side.GOPAAS and link.generation == 1 and rules.direction.writes(Side.OUTLOOK):
        return Decision(actions=(_again(link, gopaas, rules, "deleted in Outlook, but edited in GoPaaS where it was born", "5"),))
    lost = _lost_edit(link, gopaas, rules) if edited else ()
    target = rules.on_outlook_delete
    gone = replace(link, status=LinkStatus.DETACHED, outlook_id="")
    if not target.field or link.origin is Origin.ADOPTED:
        return _local(Op.DETACH, gone, "deleted in Outlook", "12", conflicts=lost)
    action = Action(
        op=Op.UPDATE,
        side=Side.GOPAAS,
        link=gone,
        reason="deleted in Outlook",
        rule="12",
        raw={target.field: target.value},
        conflicts=lost,
    )
    return Decision(actions=(action,))


def _made_again(link: Link, row: Record, rules: Rules) -> Decision:
    """The folder was lost with everything in it, and a person asked for a new one."""
    if not rules.direction.writes(Side.OUTLOOK):
        return _let_go(link, "its folder was deleted", "6")
    return Decision(actions=(_again(link, row, rules, "its folder was made again", "6"),))


def _lost_edit(link: Link, gopaas: Record, rules: Rules) -> tuple[Conflict, ...]:
    """What the deleted half's partner was edited to: kept, since the deletion wins."""
    return tuple(
        conflict(link, group, names, gopaas.fields, {}, Side.OUTLOOK, rule="5")
        for group, names in grouped(rules.fieldmap).items()
        if any(gopaas.fields.get(name) != link.gopaas.fields.get(name) for name in names)
    )


def _again(link: Link, row: Record, rules: Rules, reason: str, rule: str) -> Action:
    fresh = replace(link, generation=link.generation + 1, outlook=Base(), touched=False)
    return _create(fresh, row, rules, reason=reason, rule=rule)


def _let_go(link: Link, reason: str, rule: str) -> Decision:
    return _local(Op.DETACH, replace(link, status=LinkStatus.DETACHED, outlook_id=""), reason, rule)


def _resume(link: Link, gopaas: Observation, outlook: Observation, rules: Rules) -> Decision:
    """A detached pair whose row is back in the view goes on where it stopped, if its Outlook half is still ours.

    The caller has asked for that half by id (`pairing.returning`): nobody watched it while the pair was detached.
    """
    if not link.outlook_id or gopaas.verdict not in SHOWN:
        return Decision()
    row = _shown(gopaas)
    if outlook.verdict in SHOWN:
        item = _shown(outlook)
        active = notice_touch(replace(link, status=LinkStatus.ACTIVE), outlook)
        result = merge(active, row, item, fieldmap=rules.fieldmap, direction=rules.direction, policy=rules.policy)
        return _writes(active, row, item, result, rules, restamp=False, reason="back in the view", rule="3", always=True)
    if outlook.verdict is Verdict.DELETED and not rules.direction.writes(Side.GOPAAS):
        active = replace(link, status=LinkStatus.ACTIVE)
        return Decision(actions=(_again(active, row, rules, "back in the view; its contact was deleted in Outlook", "5"),))
    if outlook.verdict in GONE:
        return _let_go(link, "back in the view, but its contact is gone", "12")
    return Decision(waiting=True)


def _writes(
    link: Link,
    gopaas: Record,
    outlook: Record,
    result: Merge,
    rules: Rules,
    *,
    restamp: bool,
    reason: str,
    rule: str,
    always: bool = False,
) -> Decision:
    """The actions of a merge: one write per side that needs one, or only what we remember."""
    agreed = _agree(link, gopaas, outlook, result, rules)
    won = tuple(conflict for conflict in result.conflicts if conflict.winner is not None)
    actions = []
    to_outlook, to_gopaas = result.writes[Side.OUTLOOK], result.writes[Side.GOPAAS]
    if to_outlook or restamp:
        actions.append(
            Action(
                op=Op.UPDATE,
                side=Side.OUTLOOK,
                link=replace(agreed, marker=agreed.marker or str(_marker(link, rules))),
                reason=reason or "our marker was missing",
                rule=rule,
                changes=changes(outlook.fields, to_outlook),
                fields=whole_groups(to_outlook, outlook.fields, rules),
                takes={name: gopaas.fields.get(name) for name in to_outlook},
                version=outlook.version,
                restamp=restamp,
                conflicts=won,
            )
        )
    if to_gopaas:
        actions.append(
            Action(
                op=Op.UPDATE,
                side=Side.GOPAAS,
                link=agreed,
                reason=reason,
                rule=rule,
                changes=changes(gopaas.fields, to_gopaas),
                fields=_with_overflow(to_gopaas, gopaas),
                takes={name: outlook.fields.get(name) for name in to_gopaas},
                conflicts=() if actions else won,
            )
        )
    if not actions and (always or agreed != link):
        actions.append(
            Action(op=Op.REBASE, side=Side.OUTLOOK, link=agreed, reason=reason or "nothing to write", rule=rule, conflicts=won)
        )
    return Decision(actions=tuple(actions), disputes=tuple(c for c in result.conflicts if c.winner is None))


def _with_overflow(wanted: Fields, row: Record) -> Fields:
    """`wanted`, with the values that only GoPaaS can hold behind those that both sides show."""
    return {name: _extended(value, row.overflow.get(name, ())) for name, value in wanted.items()}


def _extended(value: Value, rest: tuple[str, ...]) -> Value:
    """A place for one value in a cell that holds several becomes a list, so that the others stay."""
    if not rest or isinstance(value, bool | int):
        return value
    shown = value if isinstance(value, tuple) else (value,) if value else ()
    return (*shown, *(item for item in rest if item not in shown))


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
    return link


def whole_groups(wanted: Fields, shown: Fields, rules: Rules) -> dict[str, Value]:
    """`wanted`, completed to whole groups with what Outlook shows: Graph replaces nested objects and lists whole (trap 17)."""
    groups = {rules.fieldmap.group_of(name) for name in wanted}
    rest = {
        name: value
        for name, value in shown.items()
        if rules.fieldmap.group_of(name) in groups and not rules.fieldmap.specs[name].read_only
    }
    return {**rest, **wanted}


def _new_link(key: str, rules: Rules, *, origin: Origin, generation: int = 1) -> Link:
    id = hashlib.sha256(f"{rules.install}|{rules.job}|{key}|{generation}".encode()).hexdigest()[:32]
    return Link(id=id, job=rules.job, gopaas_id=key, origin=origin, generation=generation)


def _marker(link: Link, rules: Rules) -> Marker:
    return Marker(install=rules.install, origin=link.origin, generation=link.generation, scope=rules.scope, key=link.gopaas_id)


def _local(op: Op, link: Link, reason: str, rule: str, conflicts: tuple[Conflict, ...] = ()) -> Decision:
    return Decision(actions=(Action(op=op, side=Side.OUTLOOK, link=link, reason=reason, rule=rule, conflicts=conflicts),))


def _shown(observation: Observation) -> Record:
    if observation.record is None:
        raise AssertionError("a shown half always has a record")
    return observation.record


def rest_again(record: Record, rules: Rules) -> Decision:
    """An item with our marker whose record exists outside the view: we knew this pair once. It rests until the row is back."""
    marker = parse_marker(record.marker)
    if marker is None:
        return Decision()
    link = _new_link(marker.key, rules, origin=marker.origin, generation=marker.generation)
    link = replace(link, outlook_id=record.id, marker=record.marker, status=LinkStatus.DETACHED, touched=True)
    return _local(Op.LINK, link, "found again by our marker; its row is not in the view", "14")


def still_as_planned(action: Action, shown: Record) -> bool:
    """Whether the side still shows what `action` was decided on, in the fields that it writes."""
    if action.raw and dirty(action.link.gopaas, shown.fields):
        return False
    return all(shown.fields.get(name) == change.before for name, change in action.changes.items())
