"""The invariants of the end: people and misfortunes have stopped, and runs were given until one wrote nothing."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from outlookd.core.marker import parse_marker
from outlookd.core.model import Side
from outlookd.sandbox.crm import ZONE
from simulation.circumstances import CONTACTS, Part
from simulation.contact_people import COLUMNS, shown_property
from simulation.ledger import Written, thing_of, words_of
from simulation.witness import Item, Sight, look

if TYPE_CHECKING:
    from simulation.course import History

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

    Excused: what a person wrote into a cell while our write to that cell was on its way (`Ledger.overtaken`).
    """
    shown = everything(history)
    later = _later(history)
    for entry in history.ledger.written:
        if not entry.token or _is_shown(entry, shown) or later(entry) or entry.number in history.ledger.overtaken:
            continue
        if not _in(entry, history.stored):
            yield f"{entry.token}, written into {entry.field} of {entry.side} {entry.id[-24:]}, is nowhere"


def i05_uniqueness(history: History) -> Iterator[str]:
    """One thing is one row and one item, and as many more as a person made copies. Of a series every day is a thing of its own.

    A row that a person took out of the trash can when another had been made for its item already is one more row, not one more item.

    Excused: what was on both sides before the first run, if a person then changed what it is known by, or took its row out of the view before a run ended
    well (its contact is a person's own, as far as anything tells). Not excused: lost databases, crashes, lost answers.
    """
    for part in history.circumstances.parts:
        sight = look(history.stage, part)
        yield from _too_many(history, part, "items", _items_by_thing(history, part, sight))
        yield from _too_many(history, part, "rows", _rows_by_thing(history, part, sight) - Counter(history.ledger.put_back))


def _items_by_thing(history: History, part: Part, sight: Sight) -> Counter[int]:
    home = _home(history, part)
    return Counter(thing_of(item.name) for item in sight.items.values() if item.home == home and not item.gone)


def _rows_by_thing(history: History, part: Part, sight: Sight) -> Counter[int]:
    return Counter(_row_thing(part, row) for row in sight.rows.values() if row["utilisateur"] in {part.login, "personne"})


def _too_many(history: History, part: Part, what: str, counts: Counter[int]) -> Iterator[str]:
    for thing, count in counts.items():
        if not thing or thing in history.ledger.series or _may_be_two(history, thing):
            continue
        if count > 1 + history.ledger.copies.get(thing, 0):
            yield f"thing {thing} is {count} {what} of {part.name}"


def _may_be_two(history: History, thing: int) -> bool:
    """Whether outlookd could not know that its halves belong together: each has a partner of its own by now."""
    return _is_disguised(history, thing) or thing in history.ledger.unmet


def _is_disguised(history: History, thing: int) -> bool:
    since = history.ledger.found.get(thing)
    names = {"prenom", "nom", "email", "intitule", "time"}
    return since is not None and any(
        entry.number > since and entry.field in names and whose(history, entry.side, entry.id) == thing
        for entry in history.ledger.written
    )


def _home(history: History, part: Part) -> str:
    people = history.people[part]
    return people.folder() if part.type == CONTACTS else people.calendars.default.id


def everything(history: History) -> str:
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


def _later(history: History) -> Callable[[Written], bool]:
    """Whether something that a person did later explains that a value is gone."""
    ledger = history.ledger
    by_thing: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for entry in ledger.written:
        by_thing[whose(history, entry.side, entry.id)].append((entry.number, entry.field))
    for gone in ledger.removed:
        by_thing[gone.thing].append((gone.number, ""))

    def later(entry: Written) -> bool:
        thing = whose(history, entry.side, entry.id)
        return any(number > entry.number and field in {"", entry.field} for number, field in by_thing[thing])

    return later


def whose(history: History, side: Side, id: str) -> int:
    """The thing that an item or a row belongs to, as far as anything tells; else 0."""
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


def _is_comparable(history: History) -> bool:
    """Whether what a plan or a full reading still finds would be a fault.

    What is in quarantine is tried again in every run. And where the change feed never shows the row of a series, nothing tells that an occurrence was
    deleted (the fault menu's "deleted occurrence unreported"): only a full reading finds that, which is what `full_interval` is for.
    """
    return not history.met["quarantined"] and history.circumstances.switches["delta_masters"] != "never"


def i02_idempotence(history: History) -> Iterator[str]:
    """A plan made after a run that had nothing to do wants nothing written. Asked of every eighth history.

    Excused as in I10.
    """
    if _is_comparable(history):
        yield from (action for action in history.planned if action.startswith("write"))


def i10_cursor_safety(history: History) -> Iterator[str]:
    """Reading everything once more finds nothing that reading the changes had missed. Asked of every eighth history.

    No history is longer than `full_interval`, so nothing but the kept places of the change feeds and of the listings brought both sides here. Excused:
    what came into the window because time passed, which is what `full_interval` is for.
    """
    if _is_comparable(history):
        yield from history.found_in_full


def i19_fixed_point(history: History) -> Iterator[str]:
    """What both sides show is what is remembered of them: a plan made in the end has not even something to note."""
    if _is_comparable(history):
        yield from (action for action in history.planned if action.startswith("memory"))


def i03_both_sides_agree(history: History) -> Iterator[str]:
    """A thing that is one row and one item says the same on both sides. Of one that may be two (I5), the row is compared that the item's stamp names.

    Excused: jobs that write one way (what GoPaaS leaves empty is the person's, an import's other side is nobody's), conflicts that are held for a person,
    histories in which a guard or the quarantine still holds something, copies, series, and what the rules leave alone: an event of another organiser, one with
    guests, that is over, private, online or outside the window, an adopted pair of a lost state, and records that nobody can read.
    """
    for part in history.circumstances.parts:
        if part.direction != "both" or history.met["held"] or _is_waiting(history) or part.settings["policy"] == "hold":
            continue
        sight = look(history.stage, part)
        apart = {*history.ledger.copies, *history.ledger.put_back, *history.ledger.series, *history.ledger.impossible, 0}
        for item in (item for item in sight.items.values() if item.home == _home(history, part) and item.markers):
            for row in _rows_of(history, part, sight, item) if thing_of(item.name) not in apart else ():
                yield from _disagreement(history, part, item, row)


def _rows_of(history: History, part: Part, sight: Sight, item: Item) -> Iterator[Mapping[str, Any]]:
    """The rows that are to say what `item` says."""
    thing = thing_of(item.name)
    named = {marker.key for text in item.markers if (marker := parse_marker(text)) is not None}
    for key, row in sight.rows.items():
        if _is_shown_row(part, row) and _row_thing(part, row) == thing and (key in named or not _may_be_two(history, thing)):
            yield row


def _is_waiting(history: History) -> bool:
    """Whether anything but what a person made impossible may be in quarantine. What nobody can read holds up nothing else (design rule 16)."""
    return bool(history.met["quarantined"] and not history.ledger.impossible)


def _row_thing(part: Part, row: Mapping[str, Any]) -> int:
    return thing_of(row["prenom" if part.type == CONTACTS else "intitule"])


def _is_shown_row(part: Part, row: Mapping[str, Any]) -> bool:
    return row["utilisateur"] == part.login and (part.type != CONTACTS or row["synchroniser"] == "oui")


def _disagreement(history: History, part: Part, item: Item, row: Mapping[str, Any]) -> Iterator[str]:
    if part.type == CONTACTS:
        for name in COLUMNS:
            cell, shown = str(row[name] or ""), shown_property(item.content, name)
            if name not in {"date_naissance", "telephone"} and words_of(cell) != words_of(shown):
                yield f"{name} of {row['cle']}: {cell!r} here, {shown!r} there"
        return
    shape: Any = item.shape
    over = shape.end.instant <= history.stage.world.crm.now()
    if (
        item.guest
        or item.attended
        or item.joined
        or over
        or item.content["sensitivity"] != "normal"
        or _is_far(history, part, shape.start.instant)
        or _is_far(history, part, _start_of(row))
    ):
        return
    start = shape.start.instant.astimezone(ZONE)
    if (str(row["date_debut"]), str(row["heure_debut"] or "00:00:00")) != (f"{start:%Y-%m-%d}", f"{start:%H:%M:%S}"):
        yield f"the start of {row['cle']}: {row['date_debut']} {row['heure_debut']} here, {start} there"
    for name, property in (("intitule", "subject"), ("note", "body"), ("lieu", "location")):
        if words_of(row[name]) != words_of(item.content[property]):
            yield f"{name} of {row['cle']}: {row[name]!r} here, {item.content[property]!r} there"


def _start_of(row: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(f"{row['date_debut']}T{row['heure_debut'] or '00:00:00'}").replace(tzinfo=ZONE)


def _is_far(history: History, part: Part, start: datetime) -> bool:
    now, days = history.stage.world.crm.now(), {name: int(part.settings[name][:-1]) for name in ("window_past", "window_future")}
    past, future = timedelta(days=days["window_past"] - 3), timedelta(days=days["window_future"] - 3)
    return not now - past < start < now + future


CHECKS: tuple[Callable[[History], Iterator[str]], ...] = (
    i01_quiescence,
    i02_idempotence,
    i03_no_lost_edit,
    i03_both_sides_agree,
    i05_uniqueness,
    i10_cursor_safety,
    i19_fixed_point,
)
