"""Three-way merge of one linked pair, by field group: who writes what where, and what is agreed without writing.

The table is `sync-model.md` 5.6: a field is dirty on a side when it differs from *that side's own* base. Equal edits are no
conflict. Groups never mix sides: no street from one and city from the other.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from outlookd.core.fieldmap import FieldMap
from outlookd.core.model import Change, Conflict, Direction, Fields, Link, Record, Side, Value
from outlookd.core.policy import Policy
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


def merge(link: Link, gopaas: Record, outlook: Record, *, fieldmap: FieldMap, direction: Direction, policy: Policy) -> Merge:
    """Merge a pair that both sides still show."""
    result = Merge()
    for group, names in grouped(fieldmap).items():
        _merge_group(result, group, names, link, gopaas, outlook, fieldmap=fieldmap, direction=direction, policy=policy)
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
    *,
    fieldmap: FieldMap,
    direction: Direction,
    policy: Policy,
) -> None:
    dirty_g = dirty(link.gopaas, gopaas.fields, names)
    dirty_o = dirty(link.outlook, outlook.fields, names)
    if not dirty_g and not dirty_o:
        return
    if _same(gopaas.fields, outlook.fields, names):
        result.agreed.update(names)
        return
    readable = all(not fieldmap.specs[name].read_only for name in names)
    if dirty_g and dirty_o and direction is Direction.BOTH and readable:
        winner = policy.choose(link, gopaas, outlook)
        result.conflicts.append(conflict(link, group, names, gopaas.fields, outlook.fields, winner, rule="4"))
        if winner is not None:
            _write(result, winner.other, names, gopaas if winner is Side.GOPAAS else outlook)
        return
    source = _source(direction, readable=readable, edited=Side.GOPAAS if dirty_g else Side.OUTLOOK)
    shown, target = (gopaas, outlook) if source is Side.GOPAAS else (outlook, gopaas)
    dirty_source, dirty_target = (dirty_g, dirty_o) if source is Side.GOPAAS else (dirty_o, dirty_g)
    if (not readable and source is Side.GOPAAS) or _only_added(shown.fields, target.fields, names, dirty_source):
        result.agreed.update(names)
        return
    if dirty_target:
        # A one-way job restores its mirror (`drift = revert`, sync-model 5.5), and the person's value is kept.
        result.conflicts.append(conflict(link, group, names, gopaas.fields, outlook.fields, source, rule="4"))
    _write(result, source.other, names, shown)


def _source(direction: Direction, *, readable: bool, edited: Side) -> Side:
    """Whose value is shown on both sides afterwards. Fields that Outlook alone decides (read-only) flow one way in any job."""
    match direction:
        case Direction.TO_OUTLOOK:
            return Side.GOPAAS
        case Direction.TO_GOPAAS:
            return Side.OUTLOOK
        case Direction.BOTH:
            return edited if readable else Side.OUTLOOK


def adopt(link: Link, gopaas: Record, outlook: Record, *, fieldmap: FieldMap, direction: Direction, policy: Policy) -> Merge:
    """Merge a pair that was found, not made: there is no base, so nothing shown may be erased by an empty value.

    An empty field is filled from the other side where the job may write; two differing values go to the policy in a two-way
    job and to the source in a one-way job. The loser is kept.
    """
    result = Merge()
    for group, names in grouped(fieldmap).items():
        g = {name: gopaas.fields.get(name) for name in names}
        o = {name: outlook.fields.get(name) for name in names}
        differing = [name for name in names if g[name] is not None and o[name] is not None and g[name] != o[name]]
        winner = _adoption_winner(link, gopaas, outlook, direction, policy)
        if differing:
            result.conflicts.append(conflict(link, group, names, gopaas.fields, outlook.fields, winner, rule="14"))
        if differing and winner is None:
            continue
        first, second = (g, o) if winner is not Side.OUTLOOK else (o, g)
        union = {name: first[name] if first[name] is not None else second[name] for name in names}
        writable = not any(fieldmap.specs[name].read_only for name in names)
        if direction.writes(Side.OUTLOOK) and writable:
            result.writes[Side.OUTLOOK].update({n: v for n, v in union.items() if v != o[n]})
        if direction.writes(Side.GOPAAS):
            result.writes[Side.GOPAAS].update({n: v for n, v in union.items() if v != g[n]})
        result.agreed.update(names)
    return result


def _adoption_winner(link: Link, gopaas: Record, outlook: Record, direction: Direction, policy: Policy) -> Side | None:
    match direction:
        case Direction.TO_OUTLOOK:
            return Side.GOPAAS
        case Direction.TO_GOPAAS:
            return Side.OUTLOOK
        case Direction.BOTH:
            return policy.choose(link, gopaas, outlook)


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


def _write(result: Merge, side: Side, names: tuple[str, ...], source: Record) -> None:
    result.writes[side].update({name: source.fields.get(name) for name in names})


def _only_added(source: Fields, target: Fields, names: tuple[str, ...], dirty_source: frozenset[str]) -> bool:
    """Whether a person merely filled in what the source leaves empty: a mirror has nothing to restore there, only to erase."""
    return not dirty_source and all(source.get(name) in (None, target.get(name)) for name in names)


def _same(left: Fields, right: Fields, names: tuple[str, ...]) -> bool:
    return all(left.get(name) == right.get(name) for name in names)
