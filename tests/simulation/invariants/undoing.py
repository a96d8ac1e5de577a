"""I20: what a person takes back is as it was, or they are told why not."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from outlookd.core.orders import Kept
from simulation.circumstances import CONTACTS
from simulation.contact_people import COLUMNS, shown_property
from simulation.ledger import words_of
from simulation.witness import Deed, Item

if TYPE_CHECKING:
    from simulation.course import History

_UNPRINTED = re.compile(r"[\x00-\x1f]")
CELLS = ("intitule", "lieu", "note", "date_debut", "heure_debut", "date_fin", "heure_fin")


def i20_undo(history: History, done: Deed, taken: Deed, kept: Sequence[Kept]) -> Iterator[str]:
    """Every row and item that the run changed shows again what it showed before it, or is reported; nothing else was changed.

    Control characters do not come back, and of a text that began with `$$` the two stand apart (design rule 17): so everything is
    written to GoPaaS. An item that the run deleted comes back under another id, so it is looked for by what it says. What was
    reported as kept is not looked at any closer, and neither is the column with the Outlook id: it names what there is. Excused is
    what a killed run had sent and what arrives only now: it is that run's, and is taken back with it.
    """
    told = {entry.id for entry in kept}
    columns = COLUMNS if done.part.type == CONTACTS else CELLS
    for was, _ in done.written:
        key = was.get("cle")
        if key and key not in told and _cells(was, columns) != _cells(taken.after.rows.get(key, {}), columns):
            yield f"row {key} shows {_cells(taken.after.rows.get(key, {}), columns)} and not again {_cells(was, columns)}"
    for was, now in done.changed:
        if was is None:
            if (
                not _begins_with_a_late_write(done)
                and not taken.after.items[now.id].gone
                and now.id not in told
                and done.after.items[now.id].markers
            ):
                yield f"{now.name}, which the run had made, is still there"
        elif was.id not in told and not was.gone and not _is_back(was, taken):
            yield f"{was.name} does not show again what it showed before the run: {_said(was)}"
    mine = {item.id for _, item in done.changed}
    for was, now in taken.changed:
        if was is not None and now.id not in mine:
            yield f"{now.name} was changed, and the run had not changed it"


def _begins_with_a_late_write(done: Deed) -> bool:
    """Whether the first request of the run is a dead process's: a run of its own begins by asking."""
    graph = done.requests["graph"]
    return bool(graph) and graph[0].method != "GET"


def _is_back(was: Item, taken: Deed) -> bool:
    alive = [item for item in taken.after.items.values() if not item.gone]
    return any(_said(item) == _said(was) for item in alive)


def _said(item: Item) -> tuple[Any, ...]:
    if item.shape is None:
        return tuple(_plain(shown_property(item.content, name)) for name in COLUMNS)
    shape: Any = item.shape
    return (_plain(item.content["subject"]), words_of(item.content["location"]), shape.start.instant, shape.end.instant)


def _cells(row: Mapping[str, Any], columns: Sequence[str]) -> list[str]:
    return [_plain(row.get(name)) for name in columns]


def _plain(text: object) -> str:
    return _UNPRINTED.sub("", str(text or "")).strip().replace("$$", "$ $")
