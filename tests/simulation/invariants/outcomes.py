"""The invariants of the end: people and misfortunes have stopped, and runs were given until one wrote nothing."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from outlookd.core.model import Side
from simulation.circumstances import CONTACTS, Part
from simulation.ledger import Written, thing_of
from simulation.witness import Item, Sight, look

if TYPE_CHECKING:
    from simulation.histories import History

CYCLES = 2
"""Rounds that may still write after the last person and the last misfortune. A round is every job once."""


def i01_quiescence(history: History) -> Iterator[str]:
    """Two rounds after the last change of a person nothing is written any more."""
    if not history.quiet:
        yield "every round of peace still wrote something"
    elif history.rounds_until_quiet > CYCLES:
        yield f"{history.rounds_until_quiet} rounds of peace wrote something"


def i03_no_lost_edit(history: History) -> Iterator[str]:
    """Whatever a person wrote is to be seen somewhere, was followed by something that a person did there later, or is kept for them.

    Kept means: in the conflict store or the journal, also of a database that was lost (an operator can open it; the machine that lost it is not
    what is tested). Followed means: the same field of that item or of its partner was written later, or a person took one of them away.
    """
    shown = _everything(history)
    kept = None
    later = _later(history)
    for entry in history.ledger.written:
        if not entry.token or _is_shown(entry, shown) or later(entry):
            continue
        kept = kept if kept is not None else _kept(history)
        if not _in(entry, kept):
            yield f"{entry.token}, written into {entry.field} of {entry.side} {entry.id[-24:]}, is nowhere"


def i05_uniqueness(history: History) -> Iterator[str]:
    """One thing is one row and one item, and as many more as a person made copies. Of a series every day is a thing of its own.

    Not excused: lost databases, crashes, lost answers.
    """
    for part in history.circumstances.parts:
        sight = look(history.stage, part)
        yield from _too_many(history, part, "items", _items_by_thing(history, part, sight))
        yield from _too_many(history, part, "rows", _rows_by_thing(history, part, sight))


def _items_by_thing(history: History, part: Part, sight: Sight) -> Counter[int]:
    home = _home(history, part)
    return Counter(thing_of(item.name) for item in sight.items.values() if item.home == home and not item.gone)


def _rows_by_thing(history: History, part: Part, sight: Sight) -> Counter[int]:
    column = "prenom" if part.type == CONTACTS else "intitule"
    return Counter(thing_of(row[column]) for row in sight.rows.values() if row["utilisateur"] in {part.login, "personne"})


def _too_many(history: History, part: Part, what: str, counts: Counter[int]) -> Iterator[str]:
    for thing, count in counts.items():
        if thing and thing not in history.ledger.series and count > 1 + history.ledger.copies.get(thing, 0):
            yield f"thing {thing} is {count} {what} of {part.name}"


def _home(history: History, part: Part) -> str:
    people = history.people[part]
    return people.folder() if part.type == CONTACTS else people.calendars.default.id


def _everything(history: History) -> str:
    """Both sides as one text, trash can and deleted items included."""
    world = history.stage.world
    parts = [str(row) for table in world.crm.tables.values() for row in (*table.rows.values(), *table.trash.values())]
    for part in history.circumstances.parts:
        parts += [str((item.content, item.days)) for item in look(history.stage, part).items.values()]
    return "\n".join(parts)


def _is_shown(entry: Written, shown: str) -> bool:
    return entry.field == "time" or _in(entry, shown)


def _in(entry: Written, text: str) -> bool:
    return entry.token in text


def _kept(history: History) -> str:
    future = history.stored()
    try:
        future.send(None)
    except StopIteration as done:
        return "\n".join([*history.ledger.stored, done.value])
    raise AssertionError("the store's work is done at once on a virtual loop")


def _later(history: History) -> Callable[[Written], bool]:
    """Whether something that a person did later explains that a value is gone."""
    ledger = history.ledger
    by_thing: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for entry in ledger.written:
        by_thing[_thing(history, entry.side, entry.id)].append((entry.number, entry.field))
    for gone in ledger.removed:
        by_thing[gone.thing].append((gone.number, ""))

    def later(entry: Written) -> bool:
        thing = _thing(history, entry.side, entry.id)
        return any(number > entry.number and field in {"", entry.field} for number, field in by_thing[thing])

    return later


def _thing(history: History, side: Side, id: str) -> int:
    known = history.ledger.things.get((side, id))
    if known:
        return known
    if side is Side.GOPAAS:
        for table, column in (("contact", "prenom"), ("action", "intitule")):
            found = history.stage.world.crm.table(table)
            row = found.rows.get(id) or found.trash.get(id)
            if row is not None:
                return thing_of(row[column])
        return 0
    return next(
        (
            thing_of(_named(item))
            for part in history.circumstances.parts
            for item in look(history.stage, part).items.values()
            if id.startswith(item.id)
        ),
        0,
    )


def _named(item: Item) -> str:
    return item.name


CHECKS: tuple[Callable[[History], Iterator[str]], ...] = (i01_quiescence, i03_no_lost_edit, i05_uniqueness)
