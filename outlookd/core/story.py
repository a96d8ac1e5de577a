"""What happened to one record, told from the journal in scenes: seen, decided, written, shown, disputed, taken back.

Knows neither words nor languages: a reason stays the text that was stored. How things stand now is `core.standing`'s.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from outlookd.core.fieldmap import is_stored_as
from outlookd.core.model import WRITES, Change, Conflict, JournalEntry, Link, Op, Quarantined, Side, Value
from outlookd.errors import OutlookdError

_FIRST = datetime.min.replace(tzinfo=UTC)


class Chapter(StrEnum):
    """What a scene tells. HELD, QUARANTINED and NOW are how things stand, the others what happened."""

    OBSERVED = "observed"
    DECIDED = "decided"
    WROTE = "wrote"
    ECHO = "echo"
    CONFLICT = "conflict"
    HELD = "held"
    QUARANTINED = "quarantined"
    UNDONE = "undone"
    NOW = "now"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One thing to tell about one record.

    `at` is when (aware, UTC; None: now), `run` in which run. `rule` is the number of the rule of design section 5, `reason` the
    stored English text, `seen` the words of `core.verdict` by side. `fields` go from what was there to what came; of a CONFLICT,
    `before` is GoPaaS's value and `after` Outlook's; of an ECHO, what was sent and what was shown. `side` is where it happened; of
    a CONFLICT who won, None while nobody did. `number` is the journal line, of a CONFLICT the number by which it is resolved, of
    a QUARANTINED record how often it was tried.
    """

    at: datetime | None
    run: str
    chapter: Chapter
    side: Side | None = None
    op: Op | None = None
    rule: str = ""
    reason: str = ""
    fields: Mapping[str, Change] = field(default_factory=dict)
    seen: Mapping[Side, str] = field(default_factory=dict)
    number: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """Everything about one record in one job: oldest first, and how it stands last.

    `link` is None for what was never paired; either id is empty where the record has no such half. `trouble` is what kept a side
    from saying how it stands now.
    """

    job: str
    link: Link | None
    gopaas_id: str
    outlook_id: str
    scenes: tuple[Scene, ...]
    trouble: OutlookdError | None = None


def recount(lines: Sequence[JournalEntry], conflicts: Collection[Conflict], link: Link | None) -> tuple[Scene, ...]:
    """The past of one record: its journal lines, oldest first, and its conflicts. `link` is the pair as it is remembered now."""
    scenes: list[Scene] = []
    told: tuple[object, ...] = ()
    untold = list(conflicts)
    for position, line in enumerate(lines):
        decision = (line.run, line.link, line.rule, line.reason)
        # A pair that is made and written at once is one decision in two lines.
        if decision != told:
            scenes += _decided(line)
        told = decision
        scenes += [_disputed(conflict) for conflict in untold if _is_of(conflict, line)]
        untold = [conflict for conflict in untold if not _is_of(conflict, line)]
        if line.op in WRITES:
            scenes += _written(line, lines[position + 1 :], link)
    scenes += [_disputed(conflict) for conflict in untold]
    scenes += _taken_back(lines)
    return tuple(sorted(scenes, key=lambda scene: scene.at or _FIRST))


def set_aside(entry: Quarantined) -> Scene:
    """A record that waits in quarantine, and since when."""
    return Scene(at=entry.since, run="", chapter=Chapter.QUARANTINED, side=entry.side, reason=entry.reason, number=entry.attempts)


def _decided(line: JournalEntry) -> Iterator[Scene]:
    if line.seen:
        yield Scene(at=line.at, run=line.run, chapter=Chapter.OBSERVED, seen=line.seen, number=line.seq)
    yield Scene(
        at=line.at,
        run=line.run,
        chapter=Chapter.DECIDED,
        side=line.side,
        op=line.op,
        rule=line.rule,
        reason=line.reason,
        number=line.seq,
    )


def _is_of(conflict: Conflict, line: JournalEntry) -> bool:
    """Whether the conflict was stored with that line: both have the same time, and no other says so."""
    return (conflict.link, conflict.at) == (line.link, line.at)


def _written(line: JournalEntry, later: Sequence[JournalEntry], link: Link | None) -> Iterator[Scene]:
    """The write, and what its side showed afterwards."""
    names = dict.fromkeys((*line.before, *line.after))
    changes = {name: Change(before=line.before.get(name), after=line.after.get(name)) for name in names}
    yield Scene(at=line.at, run=line.run, chapter=Chapter.WROTE, side=line.side, op=line.op, fields=changes, number=line.seq)
    echo = _echo(line, later, link) if line.op is not Op.DELETE else None
    if echo is not None:
        yield Scene(at=line.at, run=line.run, chapter=Chapter.ECHO, side=line.side, op=line.op, fields=echo, number=line.seq)


def _echo(line: JournalEntry, later: Sequence[JournalEntry], link: Link | None) -> Mapping[str, Change] | None:
    """What the side showed after the write, as far as that can still be known; None: it cannot. Empty: it has not shown it yet.

    Outlook's answer is the line itself. GoPaaS gives none: what the next listing showed is the base, until something moves it on.
    """
    if line.side is Side.OUTLOOK:
        return {name: Change(before=value, after=value) for name, value in line.after.items()} or None
    moved_on = {name for entry in later for name in entry.after}
    if link is None or link.id != line.link or not moved_on.isdisjoint(line.after):
        return None
    if not link.gopaas.settled:
        return {}
    shown = {name: link.gopaas.fields[name] for name in line.after if name in link.gopaas.fields}
    return {name: Change(before=line.after[name], after=_same_or(line.after[name], value)) for name, value in shown.items()} or None


def _same_or(sent: Value, shown: Value) -> Value:
    """What came, where it is not merely how GoPaaS stores what was sent."""
    return sent if is_stored_as(sent, shown) else shown


def _disputed(conflict: Conflict) -> Scene:
    """Both values of what differs; a group holds more than the field that somebody changed."""
    names = dict.fromkeys((*conflict.gopaas, *conflict.outlook))
    values = {name: Change(before=conflict.gopaas.get(name), after=conflict.outlook.get(name)) for name in names}
    return Scene(
        at=conflict.at,
        run="",
        chapter=Chapter.CONFLICT,
        side=conflict.winner,
        rule=conflict.rule,
        fields={name: change for name, change in values.items() if change.before != change.after},
        number=conflict.seq,
    )


def _taken_back(lines: Sequence[JournalEntry]) -> Iterator[Scene]:
    """Each line that a later run took back, at the time of that run as far as it is among the lines."""
    times = {line.run: line.at for line in reversed(lines)}
    for line in lines:
        if line.undone:
            at = times.get(line.undone, line.at)
            yield Scene(at=at, run=line.undone, chapter=Chapter.UNDONE, side=line.side, op=line.op, number=line.seq)
