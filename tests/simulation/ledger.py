"""What people did, written down as they did it: the only source of what is right.

Every value that a person writes carries a word that nobody else writes (``w17z``), and everything that a person makes carries its number in its
name (``b4q``) for ever, because whoever renames it writes the number again. So a value can be found wherever it went, and who belongs
together needs no help from the code that is tested. `CANARY` is in all of them.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count

from outlookd.core.model import Side

CANARY = "Kanari"
_OCCURRENCE = "-EAAI"
"""What Exchange puts between the id of a series and the day of an occurrence."""
_THING, _WORD = re.compile(r"b(\d+)q"), re.compile(r"w(\d+)z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """One value that a person wrote: number `number` of the history, into a column's field of one item of one side."""

    number: int
    side: Side
    id: str
    field: str
    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """A person took something away, before which `number` values had been written. `how`: ``deleted``, ``left``, ``moved``, ``private``, ``reshaped``."""

    number: int
    side: Side
    id: str
    how: str
    thing: int


class Numbers:
    """The numbers that one person gives out. Nobody else's acts change them, so that a history is the same for one user whatever happens to another.

    `first` tells persons apart: they give out every `OFFSET`-th number from there.
    """

    OFFSET = 2

    def __init__(self, first: int) -> None:
        self._things = count(first + 1, self.OFFSET)
        self._words = count(first + 1, self.OFFSET)

    def thing(self) -> int:
        """The number of something that a person makes now."""
        return next(self._things)

    def word(self) -> str:
        """A word that nobody wrote before."""
        return f"w{self.number()}z"

    def number(self) -> int:
        """A number that no word has: for times and phone numbers, which cannot carry a word."""
        return next(self._words)


@dataclass(slots=True)
class Ledger:
    """Of one history. `things` says which item is whose, as far as people made it; `copies` how often a thing was copied,
    `put_back` how often a person restored a row of it beside another that was made meanwhile.

    `births` says on which side a thing was made first, `found` what was on both before the first run, and since which number, `days` how many days a series
    has; `secrets` are words that were written into private events, `impossible` things with times that nobody can mean. `marks` says after which number a run began or ended.
    `unmet` was found on both sides, but its row left the view before any run of its job ended well: outlookd never saw the two together.
    `overtaken` are the numbers of values that a person wrote into a cell of GoPaaS between our last look at it and the arrival of our write to it: GoPaaS
    writes without conditions and does not say what was there, so nobody can keep them (sync-model 5.10).
    """

    written: list[Written] = field(default_factory=list)
    removed: list[Removed] = field(default_factory=list)
    things: dict[tuple[Side, str], int] = field(default_factory=dict)
    copies: dict[int, int] = field(default_factory=dict)
    put_back: dict[int, int] = field(default_factory=dict)
    series: set[int] = field(default_factory=set)
    strangers: set[str] = field(default_factory=set)
    touched: set[str] = field(default_factory=set)
    stored: list[str] = field(default_factory=list)
    mails: set[int] = field(default_factory=set)
    births: dict[int, Side] = field(default_factory=dict)
    found: dict[int, int] = field(default_factory=dict)
    secrets: set[str] = field(default_factory=set)
    impossible: set[int] = field(default_factory=set)
    days: dict[int, int] = field(default_factory=dict)
    marks: list[int] = field(default_factory=list)
    unmet: set[int] = field(default_factory=set)
    overtaken: set[int] = field(default_factory=set)
    _agreed: set[int] = field(default_factory=set)
    _count: int = 0

    def made(self, thing: int, side: Side, id: str) -> None:
        """It is there now, and this is what it is called."""
        self.things[side, id] = thing
        self.births.setdefault(thing, side)

    def write(self, side: Side, id: str, field: str, token: str) -> None:
        """A person wrote `token` there."""
        self._count += 1
        self.written.append(Written(number=self._count, side=side, id=id, field=field, token=token))
        self.touch(id)

    def overtake(self, before: int, cells: Collection[tuple[str, str]]) -> None:
        """After the first `before` values a person wrote others, while outlookd's write to these cells, by key and column, was on its way."""
        self.overtaken |= {e.number for e in self.written[before:] if e.side is Side.GOPAAS and (e.id, e.field) in cells}

    def remove(self, side: Side, id: str, how: str = "deleted", *, thing: int = 0) -> None:
        """A person took it away."""
        self._count += 1
        thing = thing or self.things.get((side, id), 0)
        self.removed.append(Removed(number=self._count, side=side, id=id, how=how, thing=thing))
        self.touch(id)
        if how == "left" and thing in self.found.keys() - self._agreed:
            self.unmet.add(thing)

    def agree(self, things: Iterable[int]) -> None:
        """A run of their job ended well, so outlookd knows them."""
        self._agreed.update(things)

    def restore(self, id: str, thing: int, others: Sequence[int]) -> None:
        """A person took a row of `thing` out of the trash can; `others` are the things of the rows that stood in the table."""
        if others.count(thing) > self.copies.get(thing, 0):
            self.put_back[thing] = self.put_back.get(thing, 0) + 1
        self.touched.add(id)

    def touch(self, id: str) -> None:
        """A person has to do with it just now; with an occurrence, also with its series."""
        self.touched |= {id, series_of(id) or id}

    def find(self, thing: int) -> None:
        """It is on both sides now, and nobody has told outlookd."""
        self.found[thing] = self._count

    def mark(self) -> None:
        """A run begins or ends."""
        self.marks.append(self._count)

    def was_removed(self, side: Side, id: str, *how: str) -> bool:
        """Whether a person ever took this away, in one of these ways."""
        return any(entry.side is side and entry.id == id and entry.how in how for entry in self.removed)


def series_of(id: str) -> str:
    """The id of the series that an occurrence is a day of; nothing for the id of anything else."""
    stem, between, _ = id.partition(_OCCURRENCE)
    return f"{stem}=" if between else ""


def thing_of(text: object) -> int:
    """The thing that a name belongs to; 0 for a name that no person of ours wrote."""
    found = _THING.search(str(text or ""))
    return int(found[1]) if found else 0


def words_of(text: object) -> frozenset[str]:
    """The words in a text, each of which one person wrote once."""
    return frozenset(f"w{number}z" for number in _WORD.findall(str(text or "")))


def stamp(wall: datetime) -> str:
    """A time as the ledger keeps it."""
    return f"{wall:%Y-%m-%dT%H:%M}"
