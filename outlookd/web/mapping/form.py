"""The mapping form as values: a line per Outlook name, out of a map and back into one. Pure.

Knows which names GoPaaS's own form offers and how it spells them. What a name means, and which maps are right, is the handler's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Literal

from outlookd.core.fieldmap import FieldSpec

__all__ = ["COLUMN", "PIPE", "Form", "Line", "Name", "Need", "Place", "column_in", "offered", "posted_entries"]

COLUMN: Final = "c:"
PIPE: Final = "p:"
"""What the two fields of a line are called when they are sent, before the line's key."""

_BAR = "|"

_USUAL: Mapping[str, Sequence[str]] = {
    "contacts": (
        "givenName",
        "surname",
        "emailAdresses",
        "mobilePhone",
        "birthday",
        "jobTitle",
        "companyName",
        "street",
        "postalCode",
        "city",
    ),
    "events": ("id", "subject", "bodyPreview", "startDate", "endDate", "startTime", "endTime"),
}
"""The names that GoPaaS's form offers, in its order and its spelling, ``emailAdresses`` and ``bodyPreview`` included."""

_EXPECTED: Mapping[str, frozenset[str]] = {
    "contacts": frozenset({"givenName", "surname"}),
    "events": frozenset(_USUAL["events"]) - {"bodyPreview"},
}
"""What GoPaaS's documentation asks a view for."""

_NEEDED: Mapping[str, frozenset[str]] = {"contacts": frozenset(), "events": frozenset({"startDate"})}
"""Without what nothing can be synchronised at all (`outlookd.app.jobs.objections`)."""


class Place(StrEnum):
    """Where on the page a line stands: among GoPaaS's own names, the other ones of Outlook, or what only this map has."""

    USUAL = "usual"
    OTHER = "other"
    EXTRA = "extra"


class Need(StrEnum):
    """How much a name is wanted."""

    NEEDED = "needed"
    EXPECTED = "expected"
    FREE = "free"


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """One name that a map may use: as it is written there (`key`), and what it means (empty: nothing that the handler knows)."""

    key: str
    canonical: str
    place: Place
    need: Need = Need.FREE


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the form: the column that a name takes, and the transforms on its way to Outlook."""

    name: Name
    column: str = field(default="", repr=False)
    pipe: tuple[str, ...] = ()

    @property
    def target(self) -> str:
        """The right side of the map's entry; empty where there is none. A transform without a column stays, to be told."""
        return f" {_BAR} ".join((self.column, *self.pipe)).strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """Every line, in the order of the page."""

    lines: tuple[Line, ...]

    @classmethod
    def of(cls, names: Sequence[Name], aliases: Mapping[str, str], entries: Mapping[str, str]) -> Form:
        """The form that shows `entries`: a line for each of `names`, then one for each entry that none of them takes.

        Where two entries mean the same name, the one in GoPaaS's spelling is shown in its line, else the first.
        """
        entries = {key: target for key, target in entries.items() if any(_split(target))}
        takes = {name.canonical: name.key for name in names}
        taken: dict[str, str] = {}
        for key in sorted(entries, key=lambda key: takes.get(aliases.get(key, key)) != key):
            if takes.get(canonical := aliases.get(key, key)):
                taken.setdefault(canonical, key)
        lines = [_line(name, entries[taken[name.canonical]] if name.canonical in taken else "") for name in names]
        rest = [key for key in entries if taken.get(aliases.get(key, key)) != key]
        extras = (_line(Name(key=key, canonical=aliases.get(key, ""), place=Place.EXTRA), entries[key]) for key in rest)
        return cls(lines=(*lines, *extras))

    @property
    def entries(self) -> dict[str, str]:
        """The map that the form says, in the order of the form, as GoPaaS writes it."""
        return {line.name.key: line.target for line in self.lines if line.target}


def offered(
    resource: Literal["contacts", "events"], fields: Mapping[str, FieldSpec], aliases: Mapping[str, str], *, into_gopaas: bool
) -> tuple[Name, ...]:
    """The names that the form offers for a handler. What Outlook only tells is offered where the job writes into GoPaaS."""
    canonical = {key: aliases.get(key, key) for key in _USUAL[resource]}
    usual = [key for key, name in canonical.items() if name in fields]
    told = {canonical[key] for key in usual}
    others = (name for name, spec in fields.items() if name not in told and (into_gopaas or spec.identity or not spec.read_only))
    return (
        *(Name(key=key, canonical=canonical[key], place=Place.USUAL, need=_need(resource, key)) for key in usual),
        *(Name(key=name, canonical=name, place=Place.OTHER) for name in others),
    )


def column_in(target: str) -> str:
    """The column that the right side of an entry names; empty where it names none."""
    return _split(target)[0]


def posted_entries(fields: Mapping[str, object]) -> dict[str, str]:
    """The map that a form says which was sent here. A name that was typed with its transforms is understood as well."""
    return dict(_posted(fields))


def _posted(fields: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for name, value in fields.items():
        key = name.removeprefix(COLUMN)
        pipe = fields.get(f"{PIPE}{key}", "")
        if key == name or not isinstance(value, str) or not isinstance(pipe, str):
            continue
        column, transforms = _split(f"{value}{_BAR}{pipe}")
        if target := f" {_BAR} ".join((column, *transforms)).strip():
            yield key, target


def _line(name: Name, target: str) -> Line:
    column, pipe = _split(target)
    return Line(name=name, column=column, pipe=pipe)


def _split(target: str) -> tuple[str, tuple[str, ...]]:
    column, *steps = (part.strip() for part in target.split(_BAR))
    return column, tuple(step for step in steps if step)


def _need(resource: Literal["contacts", "events"], key: str) -> Need:
    if key in _NEEDED[resource]:
        return Need.NEEDED
    return Need.EXPECTED if key in _EXPECTED[resource] else Need.FREE
