"""Taking back what a run wrote: one line of the journal and what both sides show now -> the write that restores it, or why not.

What was changed since stays as it is, and so does what could only be restored by mailing somebody or by rewriting the past
(design rule 7): a person is told of each. What is restored must stay restored, so that every action leaves a pair that the next
run has nothing to say about: bases are what the sides show, and a pair whose half was taken back rests (LinkStatus.WITHDRAWN).

It does not know how lines are chosen or what is read for them; that is `sync.undo`'s.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import assert_never

from outlookd.core.decision import notice_touch
from outlookd.core.expression import harmless
from outlookd.core.fieldmap import cell, is_stored_as
from outlookd.core.firewall import is_over, why_not_delete
from outlookd.core.merge import changes
from outlookd.core.model import Action, Base, Fields, JournalEntry, Link, LinkStatus, Op, Payload, Record, Side, Value
from outlookd.core.orders import Half, Kept
from outlookd.core.overflow import whole, with_overflow
from outlookd.core.rules import Rules
from outlookd.core.settle import described, refresh, with_base
from outlookd.core.verdict import Observation, Verdict, dirty
from outlookd.core.writes import aim, marker_of, whole_groups

REASON = "taken back by a person"
CHANGED = "it was changed since"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """What is known of a line's pair. `others` are the links of the same record, `later` the lines that came after this one.

    `image` is the item before the write, where the journal kept it as a whole.
    """

    link: Link
    halves: Mapping[Side, Half]
    others: tuple[Link, ...] = ()
    later: tuple[JournalEntry, ...] = ()
    image: Record | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reversal:
    """What is to be done to take one line back (None: nothing), and what stays as it is."""

    action: Action | None = None
    kept: tuple[Kept, ...] = ()


def take_back(line: JournalEntry, pair: Pair, rules: Rules) -> Reversal:
    """How one line of the journal is taken back. Only lines of writes have anything to take back."""
    if not rules.direction.writes(line.side):
        return _stays(line, f"this job does not write to {line.side.label} any more")
    match line.op:
        case Op.CREATE:
            return _withdraw_item(line, pair, rules) if line.side is Side.OUTLOOK else _withdraw_row(line, pair, rules)
        case Op.UPDATE:
            return _put_back(line, pair, rules)
        case Op.DELETE:
            return _make_again(line, pair, rules)
        case Op.REBASE | Op.LINK | Op.DETACH | Op.FORGET:
            return Reversal()
        case _:
            assert_never(line.op)


def is_bare(line: JournalEntry, rules: Rules) -> bool:
    """Whether a line only put our stamp on an item or an Outlook id into a row's column: there is no value to bring back."""
    return line.op is Op.UPDATE and not ({*line.before, *line.after} - {rules.fieldmap.pointer})


def point(link: Link, row: Record | None, gone: str, rules: Rules) -> Action | None:
    """The write that lets the row's column name what the pair has in Outlook after an undo: its new event, or nothing any more.

    `gone` is the id of what the undo deleted there.
    """
    if row is None or not rules.direction.writes(Side.GOPAAS):
        return None
    action = Action(op=Op.UPDATE, side=Side.GOPAAS, link=link, reason=REASON)
    match link.status:
        case LinkStatus.ACTIVE if target := aim(link, row, rules):
            return replace(action, points_to=target)
        case LinkStatus.WITHDRAWN | LinkStatus.TOMBSTONE if row.pointer and row.pointer == gone:
            return replace(action, raw={rules.fieldmap.pointer: ""})
        case _:
            return None


def _stays(line: JournalEntry, reason: str, names: Iterable[str] = ("",)) -> Reversal:
    return Reversal(kept=tuple(_kept(line, reason, name) for name in names))


def _kept(line: JournalEntry, reason: str, name: str = "") -> Kept:
    id = line.gopaas_id if line.side is Side.GOPAAS else line.outlook_id
    return Kept(side=line.side, id=id, field=name, reason=reason)


# --- an update -------------------------------------------------------------------------------------------------------------


def _put_back(line: JournalEntry, pair: Pair, rules: Rules) -> Reversal:
    """Every group that still shows what the run wrote shows again what was there before it."""
    half, link = pair.halves[line.side], pair.link
    if half.record is None:
        return _stays(line, half.missing)
    if line.side is Side.OUTLOOK and (why := _why_not_write(link, half.record, rules)):
        return _stays(line, why)
    names = {name for name in (*line.before, *line.after) if name in rules.fieldmap.specs}
    wanted: dict[str, Value] = {}
    kept = [_kept(line, "it is not synchronised any more", name) for name in sorted(names - rules.fieldmap.mapped)]
    for group in _groups(names & rules.fieldmap.mapped, rules):
        before = {name: _before(line, name, pair.image) for name in group}
        if all(whole(half.record, name) == value for name, value in before.items()):
            continue
        why = _why_stays(line, group, half.record, pair, rules)
        kept += [_kept(line, why, name) for name in group if why]
        wanted |= {} if why else before
    raw, stays = _put_back_columns(line, half.columns, rules)
    if wanted or raw:
        return Reversal(action=_restoring(line, pair, half.record, wanted, raw, rules), kept=(*kept, *stays))
    # It shows again what was there before, perhaps by an undo that was interrupted: what is left is to remember that.
    done = None if kept or stays else Action(op=Op.REBASE, side=line.side, link=link, reason=REASON, undoes=line.seq)
    return Reversal(action=done, kept=(*kept, *stays))


def _why_not_write(link: Link, item: Record, rules: Rules) -> str:
    """Why nothing at all may be written to this Outlook item: the mail firewall, the past, and whose it is."""
    if item.marker != link.marker:
        return "it does not carry our stamp any more"
    if item.guest:
        return "somebody else organises it"
    if item.attended:
        return "other people would be told"
    return "it is over" if is_over(item, rules.now) else ""


def _groups(names: Iterable[str], rules: Rules) -> list[tuple[str, ...]]:
    """The names, those that are decided together in one tuple."""
    groups: dict[str, list[str]] = {}
    for name in sorted(names):
        groups.setdefault(rules.fieldmap.group_of(name), []).append(name)
    return [tuple(group) for group in groups.values()]


def _why_stays(line: JournalEntry, names: tuple[str, ...], shown: Record, pair: Pair, rules: Rules) -> str:
    """Why one group stays as it is; empty when it is as the run left it. A group that was changed in part was changed."""
    if not shown.sealed.isdisjoint(names):
        return "Outlook keeps it as it is"
    if any(not is_stored_as(line.after.get(name), whole(shown, name)) for name in names):
        return CHANGED
    group = rules.fieldmap.group_of(names[0])
    members = [name for name in rules.fieldmap.mapped if rules.fieldmap.group_of(name) == group]
    written = (name for entry in pair.later if entry.side is line.side for name in entry.after if name in rules.fieldmap.specs)
    overwritten = any(rules.fieldmap.group_of(name) == group for name in written)
    return CHANGED if overwritten or dirty(pair.link.base(line.side), shown.fields, members) else ""


def _before(line: JournalEntry, name: str, image: Record | None) -> Value:
    return whole(image, name) if image is not None and name in image.fields else line.before.get(name)


def _compared(line: JournalEntry, name: str, image: Record | None) -> Value:
    """The same without what only GoPaaS can hold of it."""
    return image.fields[name] if image is not None and name in image.fields else line.before.get(name)


def _put_back_columns(line: JournalEntry, columns: Payload, rules: Rules) -> tuple[dict[str, str], list[Kept]]:
    """The columns that were set as they are (`on_outlook_delete`), as they were before."""
    raw, kept = {}, []
    for name in sorted({*line.before, *line.after} - {*rules.fieldmap.specs, rules.fieldmap.pointer}):
        if name not in columns or name not in line.before:
            kept.append(_kept(line, "what it held before is not known", name))
        elif cell(columns[name]) == cell(line.before[name]):
            continue
        elif cell(columns[name]) != cell(line.after.get(name)):
            kept.append(_kept(line, CHANGED, name))
        else:
            raw[name] = harmless(str(line.before[name] if line.before[name] is not None else ""))
    return raw, kept


def _restoring(
    line: JournalEntry, pair: Pair, shown: Record, wanted: Mapping[str, Value], raw: Mapping[str, str], rules: Rules
) -> Action:
    link, outlook = pair.link, line.side is Side.OUTLOOK
    if outlook:
        link = notice_touch(link, Observation(verdict=Verdict.UNCHANGED, record=shown))
    elif raw and link.status is LinkStatus.WITHDRAWN and pair.halves[Side.OUTLOOK].record is not None:
        link = replace(link, status=LinkStatus.ACTIVE)
    compared = {name: _compared(line, name, pair.image) for name in wanted}
    return Action(
        op=Op.UPDATE,
        side=line.side,
        link=link,
        reason=REASON,
        changes=changes(shown.fields, compared),
        fields=whole_groups(wanted, shown.fields, rules) if outlook else _with_what_is_over(wanted, shown, pair.image),
        overflow={name: rest for name, rest in shown.overflow.items() if name in wanted},
        raw=raw,
        image=pair.halves[line.side].columns if raw else {},
        version=shown.version,
        undoes=line.seq,
    )


def _with_what_is_over(wanted: Fields, row: Record, image: Record | None) -> Fields:
    """What only GoPaaS can hold is in the image; a line without one took nothing of it away."""
    return wanted if image is not None else with_overflow(wanted, row)


# --- a create --------------------------------------------------------------------------------------------------------------


def _withdraw_item(line: JournalEntry, pair: Pair, rules: Rules) -> Reversal:
    """Delete what we made in Outlook, if nobody touched it since. Its row stays, and rests with the pair."""
    item, link = pair.halves[Side.OUTLOOK].record, pair.link
    if item is None or item.id != line.outlook_id:
        return _stays(line, pair.halves[Side.OUTLOOK].missing or "it was made again since")
    link = notice_touch(link, Observation(verdict=Verdict.UNCHANGED, record=item))
    if item.marker != link.marker:
        return _stays(line, "it does not carry our stamp any more")
    if link.touched or dirty(link.outlook, item.fields):
        return _stays(line, "a person edited it")
    if why := why_not_delete(link, item, replace(rules, allow_mail=False)):
        return _stays(line, why)
    row = pair.halves[Side.GOPAAS].record
    if row is not None:
        link = with_base(link, Side.GOPAAS, refresh(link.gopaas, row, row.fields))
    # A pair that rested had no row to be made again of; any other has, and must not be made again by the next run.
    status = LinkStatus.WITHDRAWN if link.status is LinkStatus.ACTIVE else LinkStatus.TOMBSTONE
    before = {name: value for name, value in item.fields.items() if value is not None}
    action = Action(
        op=Op.DELETE,
        side=Side.OUTLOOK,
        link=replace(link, status=status, outlook=Base()),
        reason=REASON,
        changes=changes(before, dict.fromkeys(before)),
        version=item.version,
        undoes=line.seq,
    )
    return Reversal(action=action)


def _withdraw_row(line: JournalEntry, pair: Pair, rules: Rules) -> Reversal:
    """GoPaaS cannot delete: the column that stands for a deletion is set, if there is one. The item stays, and rests."""
    row, target = pair.halves[Side.GOPAAS].record, rules.on_outlook_delete
    if row is None:
        return _stays(line, pair.halves[Side.GOPAAS].missing)
    if not target.field:
        return _stays(line, "GoPaaS cannot delete, and on_outlook_delete names no column to set")
    if any(not is_stored_as(line.after.get(name), whole(row, name)) for name in rules.fieldmap.mapped if name in row.fields):
        return _stays(line, CHANGED)
    link = with_base(pair.link, Side.GOPAAS, refresh(pair.link.gopaas, row, row.fields))
    action = Action(
        op=Op.UPDATE,
        side=Side.GOPAAS,
        link=replace(link, status=LinkStatus.WITHDRAWN),
        reason=REASON,
        raw={target.field: target.value},
        image=pair.halves[Side.GOPAAS].columns,
        retires=True,
        undoes=line.seq,
    )
    return Reversal(action=action)


# --- a deletion ------------------------------------------------------------------------------------------------------------


def _make_again(line: JournalEntry, pair: Pair, rules: Rules) -> Reversal:
    """Make again what was deleted in Outlook, with all its fields, under a new id and a stamp of its own; nobody is invited."""
    if why := _why_not_make(line, pair, rules):
        return _stays(line, why)
    link, old = pair.link, pair.image or Record(side=Side.OUTLOOK, id="", fields=line.before)
    generation = 1 + max(other.generation for other in (link, *pair.others))
    # Where the row is still shown, it was our own half that was taken back: the pair goes on. Else it rests until its row is back.
    status = LinkStatus.ACTIVE if link.status is LinkStatus.WITHDRAWN else LinkStatus.DETACHED
    link = replace(link, status=status, outlook_id="", outlook=Base(), generation=generation, touched=False)
    stamp = marker_of(link, rules)
    link = replace(link, marker=str(stamp if stamp.key else replace(stamp, key=f"copy/{line.outlook_id}")))
    wanted = {name: old.fields.get(name) for name in {*rules.fieldmap.tracked, *old.fields} if _may_be_made(name, old, rules)}
    action = Action(
        op=Op.CREATE,
        side=Side.OUTLOOK,
        link=described(link, Record(side=Side.OUTLOOK, id="")),
        reason=REASON,
        changes=changes({}, {name: value for name, value in wanted.items() if value is not None}),
        fields=wanted,
        undoes=line.seq,
    )
    return Reversal(action=action, kept=_not_made(line, pair, old, rules))


def _why_not_make(line: JournalEntry, pair: Pair, rules: Rules) -> str:
    if not line.before:
        return "what it held was forgotten with time"
    living = (LinkStatus.ACTIVE, LinkStatus.DETACHED, LinkStatus.FOLLOWER)
    if pair.link.status in living or any(other.status is not LinkStatus.TOMBSTONE for other in pair.others):
        return "it was made again since"
    if pair.halves[Side.OUTLOOK].record is not None:
        return "it is back in Outlook already"
    if pair.link.series:
        return "it was one of a series, and cannot be made by itself"
    span = pair.image.span if pair.image is not None else pair.link.outlook.span
    return "it is over" if span is not None and span.end <= rules.now else ""


def _may_be_made(name: str, old: Record, rules: Rules) -> bool:
    return not rules.fieldmap.specs[name].read_only and name not in old.sealed


def _not_made(line: JournalEntry, pair: Pair, old: Record, rules: Rules) -> tuple[Kept, ...]:
    """What an event loses although it is made again."""
    sealed = [_kept(line, "the online meeting is not made again", name) for name in sorted(old.sealed)]
    guests = [_kept(line, "nobody is invited again", "attendees")] if pair.link.attended or old.attended else []
    return (*sealed, *guests, *_unknown(line, pair, rules))


def _unknown(line: JournalEntry, pair: Pair, rules: Rules) -> Iterator[Kept]:
    """What no map names of an event without an image: it could not be read then, or an older outlookd wrote the line."""
    if pair.image is not None or rules.resource != "events":
        return
    for name, spec in sorted(rules.fieldmap.specs.items()):
        if not (spec.read_only or spec.identity or name in rules.fieldmap.tracked):
            yield _kept(line, "what it held before is not known", name)
