"""What one side says about one link (design rule 2), from what was seen of it in this run.

Seven verdicts; a record that is new has no link to judge. Absence is never deletion: an id that is missing from a listing is ABSENT
until the side was asked for it by id, and neither ABSENT nor UNKNOWN ever leads to a write.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from outlookd.core.model import Bar, Base, Fields, Link, LinkStatus, Record, Side, Span
from outlookd.core.window import overlap


class Verdict(StrEnum):
    """What one side says about one link.

    UNCHANGED and CHANGED against that side's own base. DELETED: proved gone, or cancelled by who organises it. OUT_OF_SCOPE:
    exists, but left the view or the folder, or is not to be copied any more. ABSENT: not shown, not proved. UNKNOWN: no statement
    is possible. LOST: the link has no half there; it went with its whole folder, which a person then asked to make again, or was
    let go.
    """

    UNCHANGED = "unchanged"
    CHANGED = "changed"
    DELETED = "deleted"
    OUT_OF_SCOPE = "out of scope"
    ABSENT = "absent"
    UNKNOWN = "unknown"
    LOST = "lost"


SHOWN = frozenset({Verdict.UNCHANGED, Verdict.CHANGED})
"""The verdicts that come with a record."""


class Proof(StrEnum):
    """What asking for an id gave. GONE: the side says so, and was healthy. EXISTS: it is there, outside what we read."""

    GONE = "gone"
    EXISTS = "exists"
    UNKNOWN = "unknown"


_PROVED = {
    Proof.GONE: Verdict.DELETED,
    Proof.EXISTS: Verdict.OUT_OF_SCOPE,
    Proof.UNKNOWN: Verdict.UNKNOWN,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Everything one side showed in one run.

    `records` by id; `same` are linked ids shown exactly as remembered, whose records nobody needs; `removed` are ids said to be
    gone (a hint); `unreadable` are ids that exist but could not be understood, or are in quarantine; `proofs` are the answers
    for ids that were asked for one by one. `snapshot` and `complete` are the listing's own verdicts, `window` the part of time
    that it covers (None: all), `whole` the series of which it shows every occurrence there; `elsewhere` is what exists outside of
    it, as far as that was read. `followed` are meetings of which another mailbox still has a copy.
    """

    side: Side
    records: Mapping[str, Record] = field(default_factory=dict)
    same: frozenset[str] = frozenset()
    removed: frozenset[str] = frozenset()
    unreadable: frozenset[str] = frozenset()
    proofs: Mapping[str, Proof] = field(default_factory=dict)
    snapshot: bool = False
    complete: bool = False
    window: Span | None = None
    elsewhere: Mapping[str, Record] = field(default_factory=dict)
    whole: frozenset[str] = frozenset()
    followed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """A verdict and what it rests on.

    `record` is what the side shows; for an unseen, unchanged half it is rebuilt from the base, and not `fresh`.
    """

    verdict: Verdict
    record: Record | None = None
    fresh: bool = True


_UNMENTIONED = Observation(verdict=Verdict.UNCHANGED, fresh=False)
_SAME = Observation(verdict=Verdict.UNCHANGED)
_ABSENT = Observation(verdict=Verdict.ABSENT)
_UNKNOWN = Observation(verdict=Verdict.UNKNOWN)
_LOST = Observation(verdict=Verdict.LOST)
"""What is said of nearly every pair in nearly every run, made once."""


def judge(link: Link, seen: Seen) -> Observation:
    """The verdict of one side about one link, with what it shows: an unseen, unchanged half is rebuilt from the base."""
    glimpse = glance(link, seen)
    if glimpse.record is None and glimpse.verdict is Verdict.UNCHANGED:
        return Observation(verdict=glimpse.verdict, record=remembered(seen.side, link), fresh=glimpse.fresh)
    return glimpse


def glance(link: Link, seen: Seen) -> Observation:
    """The verdict alone: where nothing was shown or nothing has changed, nothing is rebuilt.

    Thousands of pairs are looked at several times in a run in which nothing happened.
    """
    id = link.side_id(seen.side)
    if not id:
        return _LOST
    if id in seen.unreadable:
        return _UNKNOWN
    if record := seen.records.get(id):
        verdict = _shown(link.base(seen.side), record)
        if verdict is Verdict.DELETED and _is_followed(link, seen):
            # Whoever was taken off the list of guests gets a cancellation, too.
            verdict = Verdict.OUT_OF_SCOPE
        return Observation(verdict=verdict, record=record)
    if id in seen.same:
        return _SAME
    if proof := seen.proofs.get(id):
        return Observation(verdict=_proved(proof, link, seen), record=seen.elsewhere.get(id))
    if is_left_out(id, link.series, seen):
        return _ABSENT
    if seen.snapshot and _is_covered(link.base(seen.side), seen.window):
        return _ABSENT if seen.complete else _UNKNOWN
    return _UNMENTIONED


def is_left_out(id: str, series: str, seen: Seen) -> bool:
    """Whether an id that is not shown would be, if it still were what it was: its whole series is, or is said to be gone."""
    if not seen.removed.isdisjoint((id, series)) or not seen.whole.isdisjoint((id, series)):
        return True
    # What was the series is shown as an event of its own: it has no occurrences any more.
    return series in seen.records or series in seen.same


def _shown(base: Base, record: Record) -> Verdict:
    """What a shown half says. An event that was cancelled is as good as deleted: who organises it said so."""
    match record.side, record.barred:
        case (_, None) | (Side.OUTLOOK, Bar.DECLINED):
            return Verdict.CHANGED if dirty(base, record.fields) else Verdict.UNCHANGED
        case Side.OUTLOOK, Bar.CANCELLED:
            return Verdict.DELETED
        case _:
            return Verdict.OUT_OF_SCOPE


def _proved(proof: Proof, link: Link, seen: Seen) -> Verdict:
    """What was asked for by id says."""
    return Verdict.OUT_OF_SCOPE if proof is Proof.GONE and _is_followed(link, seen) else _PROVED[proof]


def _is_followed(link: Link, seen: Seen) -> bool:
    """Whether it is one guest's copy of a meeting that others still have: its end says nothing of the meeting (sync-model 5.13)."""
    return link.guest and bool(link.meeting) and link.meeting in seen.followed


def _is_covered(base: Base, window: Span | None) -> bool:
    """Whether a listing of `window` had to show this half."""
    return window is None or base.span is None or overlap(base.span, window)


def is_quiet(link: Link, record: Record) -> bool:
    """Whether `record` is exactly what the link remembers of that side: our own echo, or no news at all."""
    base = link.base(record.side)
    if not base.settled or record.overflow or not record.fields.keys() <= base.fields.keys():
        return False
    if record.barred is not None or link.status is LinkStatus.FOLLOWER or dirty(base, record.fields):
        return False
    if record.pointer is not None and record.pointer != link.outlook_id:
        return False
    return record.version == base.version and (link.touched or record.side is Side.GOPAAS or record.digest == base.digest)


def remembered(side: Side, link: Link) -> Record:
    """The half that a change feed did not mention: still what it was at the last agreement."""
    base = link.base(side)
    if side is Side.GOPAAS:
        return Record(side=side, id=link.gopaas_id, version=base.version, fields=base.fields, digest=base.digest, span=base.span)
    return Record(
        side=side,
        id=link.outlook_id,
        version=base.version,
        fields=base.fields,
        digest=base.digest,
        span=base.span,
        marker=link.marker,
        series=link.series,
        original_start=link.original_start,
        meeting=link.meeting,
        attended=link.attended,
        guest=link.guest,
        sealed=link.sealed,
    )


def dirty(base: Base, shown: Fields, names: Iterable[str] | None = None) -> frozenset[str]:
    """The fields whose shown value differs from the base.

    Where the base does not know a field (it was mapped since), a value differs and emptiness does not: an empty column must not
    clear what a person has.
    """
    return frozenset(name for name in (shown if names is None else names) if name in shown and base.fields.get(name) != shown[name])


def suspects(links: Iterable[Link], seen: Seen) -> tuple[str, ...]:
    """The ids of this side to ask for one by one, because they are missing and nothing is proved."""
    return tuple(
        link.side_id(seen.side) for link in links if link.side_id(seen.side) and glance(link, seen).verdict is Verdict.ABSENT
    )


def unread(links: Iterable[Link], seen: Seen, mapped: Iterable[str]) -> tuple[str, ...]:
    """The ids of halves that were not shown and whose base does not know every mapped field: nothing may be concluded from it."""
    names = frozenset(mapped)
    shown = seen.records.keys() | seen.same | seen.unreadable | seen.removed | seen.proofs.keys()
    return tuple(
        id
        for link in links
        if (id := link.side_id(seen.side)) and id not in shown and not names <= link.base(seen.side).fields.keys()
    )
