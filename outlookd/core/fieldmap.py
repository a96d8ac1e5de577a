"""The "map" of a settings record: which Outlook name is which GoPaaS column, through which transforms.

Maps are read exactly as GoPaaS's form writes them (``{"givenName": "nom", "emailAdresses": "email"}``, spelt so), with full Graph
names, and with pipes: ``"telephone | phone_fr"``. After parsing, only canonical names remain.
"""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, Protocol

from outlookd.core.expression import harmless
from outlookd.core.model import Fields, Value
from outlookd.errors import ConfigurationError

FieldKind = Literal["text", "date", "list", "number", "bool"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldSpec:
    """One canonical field of a kind of record.

    Fields of one `group` are merged and written together (design rule 4). A `read_only` field may be mapped towards GoPaaS
    only. `limit` is how many values a list can hold in Outlook; what does not fit stays in GoPaaS (Graph trap 20). The column of
    an `identity` field holds the Outlook id itself: a second copy of the link, and no part of any comparison (sync-model 5.1f).
    """

    name: str
    group: str
    kind: FieldKind = "text"
    read_only: bool = False
    limit: int | None = None
    identity: bool = False


class Transform(Protocol):
    """A named, pure, two-way value function. The law: ``to_gopaas(to_outlook(x))`` means the same as ``x``.

    Values are canonical in and out; ``None`` goes in and comes out as ``None`` without the transform being asked.
    Raises BadRecord for a value that must not pass. A value that it merely does not understand it returns unchanged.
    """

    name: str

    def to_outlook(self, value: Value) -> Value:
        """From what GoPaaS shows towards what Outlook shows."""
        ...

    def to_gopaas(self, value: Value) -> Value:
        """The way back."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldRule:
    """One line of the map: canonical name, GoPaaS column, transforms in reading order (GoPaaS towards Outlook)."""

    outlook: str
    gopaas: str
    transforms: tuple[Transform, ...] = ()

    def to_outlook(self, value: Value) -> Value:
        """`value` through the pipe, left to right."""
        for transform in self.transforms:
            if value is None:
                return None
            value = transform.to_outlook(value)
        return value

    def to_gopaas(self, value: Value) -> Value:
        """`value` through the pipe, right to left."""
        for transform in reversed(self.transforms):
            if value is None:
                return None
            value = transform.to_gopaas(value)
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldMap:
    """A parsed map. `groups` are the groups it touches; a group's fields travel together even if only some are mapped.

    `pointer` is the column that holds the Outlook id, empty when the map names none; it has no rule.
    """

    rules: tuple[FieldRule, ...] = ()
    specs: Mapping[str, FieldSpec] = field(default_factory=dict)
    pointer: str = ""

    @property
    def columns(self) -> frozenset[str]:
        """The GoPaaS columns that the view must show."""
        return frozenset(rule.gopaas for rule in self.rules) | ({self.pointer} if self.pointer else frozenset())

    @property
    def mapped(self) -> frozenset[str]:
        """The canonical fields that have a column."""
        return frozenset(rule.outlook for rule in self.rules)

    @property
    def groups(self) -> frozenset[str]:
        """The groups touched by the map."""
        return frozenset(self.specs[rule.outlook].group for rule in self.rules)

    @property
    def tracked(self) -> frozenset[str]:
        """Every field of every touched group: what a base remembers."""
        groups = self.groups
        return frozenset(name for name, spec in self.specs.items() if spec.group in groups)

    def widened(self) -> FieldMap:
        """The same with every writable field mapped, to a column of its own name: for reading all that an item holds."""
        rest = [name for name, spec in self.specs.items() if not (spec.read_only or name in self.mapped)]
        return replace(self, rules=(*self.rules, *(FieldRule(outlook=name, gopaas=name) for name in rest)))

    @property
    def fingerprint(self) -> str:
        """The same for maps that mean the same; another one tells that bases were remembered under another map."""
        rules = sorted((rule.outlook, rule.gopaas, *(transform.name for transform in rule.transforms)) for rule in self.rules)
        if self.pointer:
            rules.append(("", self.pointer))
        return hashlib.sha256(repr(rules).encode()).hexdigest()[:16]

    def group_of(self, name: str) -> str:
        """The group of a canonical field."""
        return self.specs[name].group

    def read_row(self, row: Mapping[str, object]) -> dict[str, Value]:
        """A GoPaaS row's mapped columns as field values, transforms applied; canonicalising is the handler's."""
        return {rule.outlook: rule.to_outlook(cell(row.get(rule.gopaas))) for rule in self.rules}

    def write_row(self, fields: Fields) -> dict[str, str]:
        """The mapped ones of `fields` as GoPaaS columns. A list that no transform joined is joined with ``", "``.

        No value starts with ``$$``: GoPaaS would evaluate it (design rule 17).
        """
        return {rule.gopaas: harmless(_text(rule.to_gopaas(fields[rule.outlook]))) for rule in self.rules if rule.outlook in fields}


def parse_map(
    entries: Mapping[str, str],
    *,
    specs: Mapping[str, FieldSpec],
    aliases: Mapping[str, str],
    transforms: Mapping[str, Transform],
    two_way: bool,
) -> FieldMap:
    """Read a map. Reports every fault at once, each with the nearest name that would have been right.

    `two_way` jobs may not give one column to two Outlook names: the way back would be a guess.

    Raises ConfigurationError.
    """
    faults: list[str] = []
    rules: list[FieldRule] = []
    pointer = ""
    for key, target in entries.items():
        name = aliases.get(key, key)
        column, *pipe = (part.strip() for part in target.split("|"))
        if name not in specs:
            faults.append(f"map: unknown Outlook name {key!r}{_nearest(key, [*aliases, *specs])}")
        elif not column:
            faults.append(f"map: {key!r} names no GoPaaS field")
        unknown = [step for step in pipe if step not in transforms]
        faults.extend(f"map: {key!r} names an unknown transform {step!r}{_nearest(step, transforms)}" for step in unknown)
        if name in specs and specs[name].identity:
            faults.extend(f"map: {key!r} takes no transform: its column holds the id as it is" for _ in pipe[:1])
            faults.extend(f"map: the Outlook name {name!r} is used twice" for _ in [pointer] if pointer)
            pointer = column
        elif name in specs and column and not unknown:
            rules.append(FieldRule(outlook=name, gopaas=column, transforms=tuple(transforms[step] for step in pipe)))
    faults.extend(_doubles("Outlook name", [rule.outlook for rule in rules]))
    if pointer and any(rule.gopaas == pointer for rule in rules):
        faults.append(f"map: the GoPaaS field {pointer!r} holds the Outlook id and can hold nothing else")
    faults.extend(_mixed_lists([rule.outlook for rule in rules]))
    if two_way:
        writable = [rule.gopaas for rule in rules if not specs[rule.outlook].read_only]
        faults.extend(_doubles("GoPaaS field", writable))
    if not entries:
        faults.append("map: is empty, so there is nothing to synchronise")
    if faults:
        raise ConfigurationError("the map cannot be used", faults=faults)
    return FieldMap(rules=tuple(rules), specs=specs, pointer=pointer)


def _mixed_lists(names: list[str]) -> list[str]:
    """A list and one slot of it (``emailAddresses`` and ``emailAddresses[1]``) would each overwrite the other."""
    lists = {name.partition("[")[0] for name in names if "[" in name} & set(names)
    return [f"map: {name!r} is mapped as a whole and by its slots; use one or the other" for name in sorted(lists)]


def is_stored_as(sent: Value, shown: Value) -> bool:
    """Whether `shown` is what `sent` becomes on its way into GoPaaS, which takes no text that begins with ``$$``."""
    return shown == sent or (isinstance(sent, str) and shown == harmless(sent))


def cell(raw: object) -> Value:
    """A cell as GoPaaS sends it: everything may be a string, a number or null; blank means nothing there."""
    match raw:
        case None:
            return None
        case bool() | int():
            return str(int(raw))
        case float():
            return str(int(raw)) if raw.is_integer() else repr(raw)
        case str():
            return raw if raw.strip() else None
        case list() | tuple():
            return tuple(str(item) for item in raw if str(item).strip()) or None
        case _:
            return str(raw)


def _text(value: Value) -> str:
    match value:
        case None:
            return ""
        case tuple():
            return ", ".join(value)
        case bool():
            return "1" if value else "0"
        case _:
            return str(value)


def _nearest(word: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(word, list(known), n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


def _doubles(what: str, names: list[str]) -> list[str]:
    return [f"map: the {what} {name!r} is used {names.count(name)} times" for name in sorted(set(names)) if names.count(name) > 1]
