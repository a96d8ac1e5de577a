"""A calendar and a view that do what they are told, in memory: runs of the core over them, for laws that concern several runs.

It writes what an action says and shows it afterwards. What a real side adds (delays, refusals, normalised text) is not its matter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from agenda_examples import (
    FAR,
    FUTURE,
    LATER,
    LONG_AGO,
    MAP,
    PAST,
    POINTING_MAP,
    RUNNING,
    STATUS,
    event,
    linked,
    marker,
    row,
    rules,
)
from hypothesis import strategies as st

from outlookd.core.guards import review
from outlookd.core.model import WRITES, Action, Bar, Direction, Fields, Link, LinkStatus, Op, Origin, Plan, Record, Side, Span
from outlookd.core.pairing import pair
from outlookd.core.plan import draft
from outlookd.core.policy import BUILT_IN
from outlookd.core.rules import Limits, OutlookDelete, Rules, ViewExit
from outlookd.core.series import reseat
from outlookd.core.settle import announce, settle_listing, settle_write
from outlookd.core.verdict import Proof, Seen, is_quiet

PATIENT = Limits(deletes_min=10_000)


@dataclass(slots=True, kw_only=True)
class World:
    """Both sides and the store. `hidden` ids exist where no listing looks; `unreadable` ones cannot be understood."""

    rules: Rules
    links: dict[str, Link] = field(default_factory=dict)
    shown: dict[Side, dict[str, Record]] = field(default_factory=lambda: {side: {} for side in Side})
    hidden: set[str] = field(default_factory=set)
    unreadable: set[str] = field(default_factory=set)
    feed: bool = False
    """Whether Outlook mentions only what is not as remembered."""

    def look(self) -> tuple[Seen, Seen]:
        """What both sides show; links whose last write was not answered learn what became of it."""
        return self._seen(Side.GOPAAS), self._seen(Side.OUTLOOK)

    def _seen(self, side: Side) -> Seen:
        records, same = {}, set()
        known = {link.side_id(side): link for link in self.links.values() if link.status is not LinkStatus.TOMBSTONE}
        for id, record in self.shown[side].items():
            if id in self.unreadable:
                continue
            link = known.get(id)
            if link is not None:
                link = self.links[link.id] = settle_listing(link, side, record, same_run=False)
            if link is not None and is_quiet(link, record):
                same.add(id)
            else:
                records[id] = record
        missing = known.keys() - self.shown[side].keys() - {""}
        feed = self.feed and side is Side.OUTLOOK
        return Seen(
            side=side,
            records=records,
            same=frozenset() if feed else frozenset(same),
            unreadable=frozenset(self.unreadable & self.shown[side].keys()),
            proofs={id: Proof.EXISTS if id in self.hidden else Proof.GONE for id in missing},
            snapshot=not feed,
            complete=True,
        )

    def plan(self) -> Plan:
        """What a run would do now."""
        gopaas, outlook = self.look()
        self.links.update({link.id: link for link in reseat(self.links.values(), outlook)})
        drafted = draft(pair(self.links.values(), gopaas, outlook, self.rules), gopaas, outlook, self.rules)
        return review(drafted, limits=PATIENT, pairs=frozenset(self.links), allow_mail=self.rules.allow_mail, approved=frozenset())

    def run(self) -> Plan:
        """One run: what it planned, carried out."""
        plan = self.plan()
        latest: dict[str, Link] = {}
        for action in plan.actions:
            if action.op not in WRITES:
                self.links[action.link.id] = action.link
                continue
            known = announce(action, latest.get(action.link.id))
            id, answer = self._write(action, known)
            settled = settle_write(action, known, answer, self.rules.fieldmap, id=id)
            self.links[settled.id] = latest[settled.id] = settled
        return plan

    def _write(self, action: Action, known: Link) -> tuple[str, Record | None]:
        items = self.shown[action.side]
        id = known.side_id(action.side) if action.op is not Op.CREATE or action.side is Side.GOPAAS else f"made-{known.marker}"
        if action.op is Op.DELETE:
            del items[id]
            return id, None
        before = items.get(id) if action.op is Op.UPDATE else Record(side=action.side, id=id)
        assert before is not None, "an update is written to what is there"
        assert action.op is Op.UPDATE or id not in items, "a create makes something new"
        after = shaped(before, action.fields, version=f"{before.version}+")
        if action.side is Side.GOPAAS:
            items[id] = replace(after, version="", pointer=self._pointer(action, before))
            if action.retires:
                self.hidden.add(id)
                del items[id]
            return id, None
        items[id] = replace(after, marker=known.marker) if action.restamp or action.op is Op.CREATE else after
        return id, items[id]

    def _pointer(self, action: Action, before: Record) -> str | None:
        return action.points_to or before.pointer or "" if self.rules.fieldmap.pointer else None


def shaped(record: Record, fields: Fields, **traits: Any) -> Record:
    """`record` with other fields, and with everything that follows from them."""
    fields = {**record.fields, **fields}
    start, end = fields.get("start"), fields.get("end")
    span = Span(start=datetime.fromisoformat(str(start)), end=datetime.fromisoformat(str(end))) if start and end else None
    digest = repr(sorted(fields.items())) if record.side is Side.OUTLOOK else ""
    natural = f"{start}|{end}|{fields.get('subject')}"
    return replace(record, fields=fields, span=span, digest=digest, natural=natural, **traits)


SPANS = st.sampled_from([FUTURE, LATER, RUNNING, PAST, LONG_AGO, FAR])
TRAITS = st.sampled_from(
    [{}, {}, {"attended": True}, {"guest": True, "attended": True}, {"guest": True}, {"sealed": frozenset({"body"})}]
)
EDITS: st.SearchStrategy[Mapping[str, Any]] = st.one_of(
    st.just({}),
    st.just({}),
    st.fixed_dictionaries(
        {},
        optional={
            "subject": st.sampled_from(["Left", "Right", "Same"]),
            "location": st.sampled_from([None, "Yard 9"]),
            "body": st.sampled_from([None, "The report."]),
            "at": SPANS,
        },
    ),
)
FATES = st.sampled_from(["shown", "shown", "shown", "gone", "hidden", "unreadable"])
STATUSES = st.sampled_from([LinkStatus.ACTIVE, LinkStatus.ACTIVE, LinkStatus.ACTIVE, *LinkStatus])
BARS = st.sampled_from([None, None, None, *Bar])


@st.composite
def settings(draw: st.DrawFn) -> Rules:
    """The rules of some calendar job."""
    return rules(
        draw(st.sampled_from(Direction)),
        fieldmap=draw(st.sampled_from([MAP, POINTING_MAP])),
        policy=BUILT_IN[draw(st.sampled_from(sorted(BUILT_IN)))],
        on_view_exit=draw(st.sampled_from([ViewExit.DETACH, ViewExit.DELETE])),
        on_outlook_delete=draw(st.sampled_from([OutlookDelete(), STATUS])),
        allow_mail=draw(st.booleans()),
    )


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Some pairs in any state, some strangers on both sides."""
    world = World(rules=draw(settings()), feed=draw(st.booleans()))
    for number in range(draw(st.integers(0, 3))):
        _add_pair(draw, world, number)
    for number in range(draw(st.integers(0, 2))):
        _show(world, shaped(row(f"new-{number}"), _at(draw(SPANS)), pointer=_column(world, ""), barred=draw(BARS)))
    for number in range(draw(st.integers(0, 2))):
        stamp = draw(st.sampled_from(["", "", marker(key="k9"), marker(install="another")]))
        series = draw(st.sampled_from([{}, {}, {"series": "s", "original_start": f"2026-12-0{number + 1}"}]))
        traits = {**draw(TRAITS), **series, "barred": draw(BARS), "marker": stamp}
        _show(world, shaped(event(f"stray-{number}"), _at(draw(SPANS)), **traits))
    return world


def _add_pair(draw: st.DrawFn, world: World, number: int) -> None:
    at, traits, origin = draw(SPANS), draw(TRAITS), draw(st.sampled_from(Origin))
    left = shaped(row(f"k{number}", at=at, pointer=_column(world, f"o{number}")), {})
    right = shaped(event(f"o{number}", at=at, **traits), {})
    known = linked(left, right, origin=origin, status=draw(STATUSES), generation=draw(st.integers(1, 2)))
    world.links[known.id] = known
    pointer = draw(st.sampled_from([left.pointer, _column(world, "")]))
    _place(draw, world, _edited(left, draw(EDITS), pointer=pointer))
    changed = {**draw(st.sampled_from([traits, draw(TRAITS)])), "barred": draw(BARS), "marker": known.marker}
    _place(draw, world, _edited(right, draw(EDITS), **changed))


def _edited(record: Record, edit: Mapping[str, Any], **traits: Any) -> Record:
    at = _at(edit["at"]) if "at" in edit else {}
    fields = {**at, **{name: value for name, value in edit.items() if name != "at"}}
    return shaped(record, fields, version="2" if record.side is Side.OUTLOOK else "", **traits)


def _at(span: Span) -> Fields:
    return {"start": span.start.isoformat(), "end": span.end.isoformat()}


def _column(world: World, id: str) -> str | None:
    return id if world.rules.fieldmap.pointer else None


def _show(world: World, record: Record) -> None:
    world.shown[record.side][record.id] = record


def _place(draw: st.DrawFn, world: World, record: Record) -> None:
    match draw(FATES):
        case "shown":
            _show(world, record)
        case "unreadable":
            _show(world, record)
            world.unreadable.add(record.id)
        case "hidden":
            world.hidden.add(record.id)
