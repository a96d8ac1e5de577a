"""Whether a write goes round in circles: the last of the barriers against loops (sync-model 5.7, complaints 26 and 27).

The others keep a loop from beginning. This one ends what none of them foresaw: a side that undoes each write, two transforms that
undo each other, a second engine. It knows what was written to a pair lately and what is about to be. A person who edits the same
thing again and again writes other values, or in one direction; whoever does neither waits a quarter of an hour and loses nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from itertools import pairwise

from outlookd.core.model import Action, JournalEntry, Op

MEMORY = timedelta(hours=1)
"""How far back writes count."""
AGAIN = 2
"""So often the same value was written to the same place within `MEMORY` when the next time is one too many."""
TURNS = 5
"""So many writes of one field went there and back, each to the other side than the one before, when the next is one too many."""


def circling(action: Action, past: Sequence[JournalEntry]) -> tuple[str, ...]:
    """The fields of an update that go round in circles; none for anything else. `past` are its pair's lines within `MEMORY`."""
    if action.op is not Op.UPDATE or action.undoes or action.resolves:
        return ()
    updates = [line for line in past if line.op is Op.UPDATE]
    return tuple(name for name in sorted(action.changes) if _repeats(name, action, updates) or _alternates(name, action, updates))


def _repeats(name: str, action: Action, updates: Iterable[JournalEntry]) -> bool:
    value = action.changes[name].after
    return sum(line.side is action.side and name in line.after and line.after[name] == value for line in updates) >= AGAIN


def _alternates(name: str, action: Action, updates: Iterable[JournalEntry]) -> bool:
    sides = [*(line.side for line in updates if name in line.after), action.side][-TURNS - 1 :]
    return len(sides) > TURNS and all(here is not there for here, there in pairwise(sides))
