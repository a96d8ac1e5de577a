"""The rules of design section 5 of which no invariant of sync-model 3.3 says enough, each named after its rule.

Judged from the services' own data and from what people did, as everything here. `RUN_CHECKS` are asked of every run, `CHECKS` of the end.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from outlookd.core.model import RunStatus, Side
from simulation.circumstances import CALENDAR, Part
from simulation.contact_people import COLUMNS, shown_property
from simulation.invariants.outcomes import everything, whose
from simulation.ledger import Removed, Written, thing_of, words_of
from simulation.witness import Deed, Item, Sight

if TYPE_CHECKING:
    from simulation.course import History

_TIMES = ("date_debut", "heure_debut", "date_fin", "heure_fin")
_LOST = ("database lost", "database restored from an older copy")
_BY_WORD = {"intitule", "note", "lieu", "prenom", "nom", "email", "fonction", "societe", "ville"}


def rule01_no_echo(history: History, deed: Deed) -> Iterator[str]:
    """What GoPaaS cuts when we write it is not brought back over the whole text in Outlook.

    Asked of histories whose people write at length, without misfortunes: whoever looks at a write only days later cannot tell a cut from a person's edit.
    """
    if not history.circumstances.theme.long_texts:
        return
    for was, now in deed.changed:
        for name in COLUMNS if was is not None else ():
            before, after = shown_property(was.content, name).strip(), shown_property(now.content, name).strip()
            if after and len(after) < len(before) and before.startswith(after):
                yield f"{name} of {now.name} was {before!r} and is only {after!r}"


def rule05_origin_decides(history: History, deed: Deed) -> Iterator[str]:
    """What a person deleted on the side where it was born is not made there again, whatever was edited on the other side.

    Excused: what has copies, and what people also took away on the other side, or otherwise.
    """
    ledger = history.ledger
    made = [(Side.OUTLOOK, thing_of(now.name)) for was, now in deed.changed if was is None]
    made += [(Side.GOPAAS, _thing(row)) for was, row in deed.written if not was]
    for side, thing in made:
        ends = [entry for entry in ledger.removed if entry.thing == thing]
        if thing in ledger.copies or thing in ledger.series or thing in ledger.found or ledger.births.get(thing) is not side:
            continue
        if ends and all(_is_deletion_on(entry, side) for entry in ends):
            yield f"thing {thing} was made on {side} again, where it was born and deleted"


def _is_deletion_on(entry: Removed, side: Side) -> bool:
    return entry.side is side and entry.how == "deleted"


def rule09_whole_days(history: History, deed: Deed) -> Iterator[str]:
    """A run that writes the times of a row or of an event leaves both with the same days, if they are whole days.

    Graph names the day after the last one, GoPaaS the last one. Excused: series, copies, and what people did meanwhile.
    """
    if deed.part.type != CALENDAR:
        return
    moved = {thing_of(now.name) for was, now in deed.changed if was is None or _span(was) != _span(now)}
    moved |= {_thing(row) for was, row in deed.written if not was or any(was[name] != row[name] for name in _TIMES)}
    for item, row in _pairs(history, deed.part, deed.after):
        if thing_of(item.name) in moved and not {item.id, row["cle"]} & deed.acted:
            yield from _other_days(item, row)


def _span(item: Item) -> tuple[Any, ...]:
    shape: Any = item.shape
    return (item.content["isAllDay"], shape.start.instant, shape.end.instant)


def _other_days(item: Item, row: Mapping[str, Any]) -> Iterator[str]:
    shape: Any = item.shape
    whole = bool(item.content["isAllDay"])
    if whole != (not row["heure_debut"]):
        yield f"{item.name}: whole days are {whole} in Outlook, and row {row['cle']} begins at {row['heure_debut']!r}"
    if whole:
        days = f"{shape.start.wall:%Y-%m-%d}", f"{shape.end.wall - timedelta(days=1):%Y-%m-%d}"
        told = str(row["date_debut"]), str(row["date_fin"] or row["date_debut"])
        if days != told:
            yield f"{item.name} is from {days[0]} to {days[1]} in Outlook, and row {row['cle']} from {told[0]} to {told[1]}"


def _pairs(history: History, part: Part, sight: Sight) -> Iterator[tuple[Item, Mapping[str, Any]]]:
    """The single things that are exactly one row of this user and one event of their own calendar."""
    home = history.people[part].calendars.default.id
    items, rows = _by_thing(item for item in sight.items.values() if item.home == home), {}
    for row in sight.rows.values():
        if row["utilisateur"] == part.login:
            rows.setdefault(_thing(row), []).append(row)
    for thing in items.keys() & rows.keys() - history.ledger.series - history.ledger.copies.keys() - {0}:
        if len(items[thing]) == len(rows[thing]) == 1:
            yield items[thing][0], rows[thing][0]


def _by_thing(items: Iterator[Item]) -> dict[int, list[Item]]:
    found: dict[int, list[Item]] = {}
    for item in items:
        found.setdefault(thing_of(item.name), []).append(item)
    return found


def rule10_occurrences(history: History, deed: Deed) -> Iterator[str]:
    """A series has a row a day at most, whatever became of it, and a run changes single days of it, never the whole.

    Excused: a lost database, since nothing on a row names its series (docs/decisions.md).
    """
    if deed.part.type != CALENDAR:
        return
    counts = Counter(_thing(row) for row in deed.after.rows.values() if row["utilisateur"] == deed.part.login)
    for thing, days in history.ledger.days.items():
        if counts[thing] > days and not _lost_its_state(history):
            yield f"series {thing} has {days} days and {counts[thing]} rows"
    for was, now in deed.changed:
        if was is not None and thing_of(was.name) in history.ledger.series and (was.content, was.shape) != (now.content, now.shape):
            yield f"the whole series {was.name} was changed"


def _lost_its_state(history: History) -> bool:
    return any(history.met[name] for name in _LOST)


def rule11_private(history: History, deed: Deed) -> Iterator[str]:
    """No word that was written into a private event is in GoPaaS."""
    secrets = history.ledger.secrets
    for row in deed.after.rows.values() if secrets else ():
        for word in words_of(" ".join(map(str, row.values()))) & secrets:
            yield f"row {row['cle']} shows {word}, which was written into a private event"


def rule16_bulkhead(history: History, deed: Deed) -> Iterator[str]:
    """In peace no run fails, whatever single records are like."""
    if history.at_peace and deed.report is not None and deed.report.status is RunStatus.FAILED:
        yield f"a run failed: {deed.report.message}"


def rule04_loser_is_kept(history: History) -> Iterator[str]:
    """Of two values that two people wrote into one field between two runs, both are to be seen, or among the conflicts.

    Excused: what was written there again later, what was taken away or is one of a series, and lost databases. Times, days and numbers carry no word.
    Also what a person wrote into a cell while our write to that cell was on its way (`Ledger.overtaken`); the other value is still asked for.
    """
    ledger = history.ledger
    if _lost_its_state(history):
        return
    gone = {entry.thing for entry in ledger.removed} | ledger.series
    shown = everything(history)
    for first, second in _concurrent(history):
        thing = whose(history, first.side, first.id)
        if thing in gone or _is_superseded(history, second, thing):
            continue
        for entry in (first, second):
            if entry.number in ledger.overtaken:
                continue
            if entry.token not in shown and entry.token not in history.disputed:
                yield f"{entry.token}, written into {entry.field} of thing {thing} on {entry.side}, is in no conflict"


def _concurrent(history: History) -> Iterator[tuple[Written, Written]]:
    """The last writes of both sides into one field between two runs."""
    last: dict[tuple[int, str, int], dict[Side, Written]] = {}
    for entry in history.ledger.written:
        thing = whose(history, entry.side, entry.id)
        if thing and entry.token and entry.field in _BY_WORD:
            gap = sum(mark < entry.number for mark in history.ledger.marks)
            last.setdefault((thing, entry.field, gap), {})[entry.side] = entry
    for pair in last.values():
        if len(pair) == 2:
            first, second = sorted(pair.values(), key=lambda entry: entry.number)
            yield first, second


def _is_superseded(history: History, last: Written, thing: int) -> bool:
    return any(
        entry.number > last.number and entry.field == last.field and whose(history, entry.side, entry.id) == thing
        for entry in history.ledger.written
    )


def _thing(row: Mapping[str, Any]) -> int:
    return thing_of(row.get("prenom") or row.get("intitule"))


RUN_CHECKS: tuple[Callable[[History, Deed], Iterator[str]], ...] = (
    rule01_no_echo,
    rule05_origin_decides,
    rule09_whole_days,
    rule10_occurrences,
    rule11_private,
    rule16_bulkhead,
)
CHECKS: tuple[Callable[[History], Iterator[str]], ...] = (rule04_loser_is_kept,)
