"""Three-way merge of one linked pair, by field group: who writes what where, and what is agreed without writing.

The table is `sync-model.md` 5.6: a field is dirty on a side when it differs from *that side's own* base. Equal edits are no
conflict. Groups never mix sides: no street from one and city from the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from outlookd.core.expression import is_beginning
from outlookd.core.fieldmap import FieldMap
from outlookd.core.firewall import Shield
from outlookd.core.model import Change, Conflict, Direction, Fields, Link, Record, Side, Value
from outlookd.core.rules import Rules
from outlookd.core.verdict import dirty


@dataclass(slots=True, kw_only=True)
class Merge:
    """The outcome for one pair.

    `writes` are the new values per side and canonical field. `agreed` are fields whose bases become the shown values without a
    write. `conflicts` have their losing values; a conflict without winner stays as it is on both sides.
    """

    writes: dict[Side, dict[str, Value]] = field(default_factory=lambda: {Side.GOPAAS: {}, Side.OUTLOOK: {}})
    agreed: set[str] = field(default_factory=set)
    conflicts: list[Conflict] = field(default_factory=list)


def merge(link: Link, gopaas: Record, outlook: Record, rules: Rules, shield: Shield) -> Merge:
    """Merge a pair that both sides still show. `shield` says what must stay in Outlook as it is."""
    result = Merge()
    for group, names in grouped(rules.fieldmap).items():
        _merge_group(result, group, names, link, gopaas, outlook, rules, shield)
    return result


def grouped(fieldmap: FieldMap) -> dict[str, tuple[str, ...]]:
    """The mapped fields, by group."""
    groups: dict[str, list[str]] = {}
    for name in sorted(fieldmap.mapped):
        groups.setdefault(fieldmap.group_of(name), []).append(name)
    return {group: tuple(names) for group, names in groups.items()}


def _merge_group(
    result: Merge,
    group: str,
    names: tuple[str, ...],
    link: Link,
    gopaas: Record,
    outlook: Record,
    rules: Rules,
    shield: Shield,
) -> None:
    direction = rules.direction
    dirty_g = dirty(link.gopaas, gopaas.fields, names)
    dirty_o = dirty(link.outlook, outlook.fields, names)
    if not dirty_g and not dirty_o:
        return
    if _same(gopaas.fields, outlook.fields, names):
        result.agreed.update(names)
        return
    sealed = not shield.sealed.isdisjoint(names)
    if sealed and not dirty_o:
        # What GoPaaS changed stays there, and stays a change: it must count when Outlook changes the same thing one day.
        return
    writable = not sealed and not shield.mirrored and not any(rules.fieldmap.specs[name].read_only for name in names)
    if dirty_g and dirty_o and direction is Direction.BOTH and writable:
        winner = rules.policy.choose(link, gopaas, outlook)
        result.conflicts.append(conflict(link, group, names, gopaas.fields, outlook.fields, winner, rule="4"))
        if winner is not None:
            won, lost = (gopaas, outlook) if winner is Side.GOPAAS else (outlook, gopaas)
            _write(result, names, won, lost, edited=dirty_g | dirty_o, rules=rules)
        return
    source = _source(direction, writable=writable, edited=Side.GOPAAS if dirty_g else Side.OUTLOOK)
    shown, target = (gopaas, outlook) if source is Side.GOPAAS else (outlook, gopaas)
    dirty_source, dirty_target = (dirty_g, dirty_o) if source is Side.GOPAAS else (dirty_o, dirty_g)
    if _only_added(shown.fields, target.fields, names, dirty_source):
        if not shield.mirrored:
            result.agreed.update(names)
        return
    if not writable and source is Side.GOPAAS:
        result.agreed.update(names)
        return
    if dirty_target or _was_added(link, target, names) or (rules.doubtful and _says(target, names)):
        # A one-way job restores its mirror (`drift = revert`, sync-model 5.5), and the person's value is kept. So is what an old
        # base calls unchanged: a person may have put it back after a write that the base does not know of.
        result.conflicts.append(conflict(link, group, names, gopaas.fields, outlook.fields, source, rule="4"))
    _write(result, names, shown, target, edited=dirty_g | dirty_o, rules=rules)


def _source(direction: Direction, *, writable: bool, edited: Side) -> Side:
    """Whose value is shown on both sides afterwards. What Outlook alone decides flows one way in any job."""
    match direction:
        case Direction.TO_OUTLOOK:
            return Side.GOPAAS
        case Direction.TO_GOPAAS:
            return Side.OUTLOOK
        case Direction.BOTH:
            return edited if writable else Side.OUTLOOK


def adopt(link: Link, gopaas: Record, outlook: Record, rules: Rules, shield: Shield) -> Merge:
    """Merge a pair that was found, not made: there is no base, so nothing shown may be erased by an empty value.

    An empty field is filled from the other side where the job may write; two differing values go to the policy in a two-way
    job and to the source in a one-way job. The loser is kept. Where `shield` seals what differs, both stay as they are; what it
    keeps from being filled stays an edit of GoPaaS, for the day on which it may be.
    """
    result = Merge()
    for group, names in grouped(rules.fieldmap).items():
        g = {name: gopaas.fields.get(name) for name in names}
        o = {name: outlook.fields.get(name) for name in names}
        differing = _differing(names, g, o, rules)
        if differing and not shield.sealed.isdisjoint(names):
            result.agreed.update(names)
            continue
        read_only = shield.mirrored or any(rules.fieldmap.specs[name].read_only for name in names)
        winner = Side.OUTLOOK if read_only else _adoption_winner(link, gopaas, outlook, rules)
        if differing:
            result.conflicts.append(conflict(link, group, names, gopaas.fields, outlook.fields, winner, rule="14"))
        if differing and winner is None:
            continue
        first, second = (g, o) if winner is not Side.OUTLOOK else (o, g)
        union = _union(names, first, second, rules)
        if rules.direction.writes(Side.OUTLOOK) and not read_only:
            filling = {n: v for n, v in union.items() if v != o[n]}
            if filling and not shield.sealed.isdisjoint(names):
                # It waits like any edit of what is sealed: if it were agreed, nobody would fill it in once it may be.
                continue
            result.writes[Side.OUTLOOK].update(filling)
        if rules.direction.writes(Side.GOPAAS):
            result.writes[Side.GOPAAS].update({n: v for n, v in union.items() if v != g[n]})
        result.agreed.update(names)
    return result


def _differing(names: Sequence[str], left: Fields, right: Fields, rules: Rules) -> bool:
    """Whether both say something about a group, and not the same. An event's group is one statement: no time means all day."""
    if rules.resource == "events":
        said = any(left[name] is not None for name in names) and any(right[name] is not None for name in names)
        return said and any(left[name] != right[name] for name in names)
    return any(left[name] is not None and right[name] is not None and left[name] != right[name] for name in names)


def _union(names: Sequence[str], first: Fields, second: Fields, rules: Rules) -> dict[str, Value]:
    """What both sides show afterwards. Groups of events never mix sides: no start from one and end from the other."""
    if rules.resource == "events":
        chosen = first if any(first[name] is not None for name in names) else second
        return {name: chosen[name] for name in names}
    return {name: first[name] if first[name] is not None else second[name] for name in names}


def _adoption_winner(link: Link, gopaas: Record, outlook: Record, rules: Rules) -> Side | None:
    match rules.direction:
        case Direction.TO_OUTLOOK:
            return Side.GOPAAS
        case Direction.TO_GOPAAS:
            return Side.OUTLOOK
        case Direction.BOTH:
            return rules.policy.choose(link, gopaas, outlook)


def conflict(
    link: Link, group: str, names: tuple[str, ...], gopaas: Fields, outlook: Fields, winner: Side | None, *, rule: str
) -> Conflict:
    """Both values of one group, and what they were before."""
    return Conflict(
        link=link.id,
        group=group,
        winner=winner,
        gopaas={name: gopaas.get(name) for name in names},
        outlook={name: outlook.get(name) for name in names},
        base={name: link.gopaas.fields.get(name) for name in names},
        rule=rule,
    )


def changes(before: Fields, after: Fields) -> dict[str, Change]:
    """The fields of `after` that differ from `before`."""
    return {name: Change(before=before.get(name), after=value) for name, value in after.items() if before.get(name) != value}


def _write(result: Merge, names: tuple[str, ...], source: Record, target: Record, *, edited: frozenset[str], rules: Rules) -> None:
    """Write a group as the source shows it, but for a text that nobody edited and that the source had cut: it stays whole."""
    written = {name: source.fields.get(name) for name in names}
    if rules.resource != "events":
        # An event's group is one statement: of its times none may stay, though one looks like the beginning of another.
        written = {n: v for n, v in written.items() if n in edited or not _is_cut(v, target.fields.get(n))}
    result.writes[target.side].update(written)


def _is_cut(source: Value, target: Value) -> bool:
    """Whether the source shows only the beginning of what the target shows."""
    return source != target and is_beginning(source, target)


def _only_added(source: Fields, target: Fields, names: tuple[str, ...], dirty_source: frozenset[str]) -> bool:
    """Whether a person merely filled in what the source leaves empty: a mirror has nothing to restore there, only to erase."""
    return not dirty_source and all(source.get(name) in (None, target.get(name)) for name in names)


def _was_added(link: Link, target: Record, names: tuple[str, ...]) -> bool:
    """Whether the target holds what a person once filled in where the source said nothing (`_only_added`)."""
    source = link.base(target.side.other)
    return any(target.fields.get(name) is not None and source.fields.get(name) is None for name in names)


def _says(shown: Record, names: tuple[str, ...]) -> bool:
    return any(shown.fields.get(name) is not None for name in names)


def _same(left: Fields, right: Fields, names: tuple[str, ...]) -> bool:
    return all(left.get(name) == right.get(name) for name in names)
