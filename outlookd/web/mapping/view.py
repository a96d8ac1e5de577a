"""What the mapping page shows: the choice of texts, options and places that a template should not have to make. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from outlookd.web.mapping.faults import Complaint, read_complaint
from outlookd.web.mapping.form import Form, Line, Need, Place
from outlookd.web.mapping.sheet import Preview, Sheet
from outlookd.web.mapping.text import as_json, as_toml
from outlookd.web.words.foreign import shown
from outlookd.web.words.mapping import MappingWords
from outlookd.web.words.speech import Speech

__all__ = ["MappingView", "Note", "Option", "Row"]

LONGEST_LABEL: Final = 60
"""Of a column's name in a drop-down. It comes from the CRM, where anybody may have typed a novel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One choice of a drop-down."""

    value: str
    text: str
    chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the table. `number` makes the ids of its parts; `label` is what people call the name, or nothing."""

    number: int
    line: Line
    label: str
    complaints: tuple[str, ...]
    columns: tuple[Option, ...]
    pipes: tuple[Option, ...]

    @property
    def called(self) -> str:
        """The name in one word, for what is only heard."""
        return self.label or self.line.name.key


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What became of a button. `detail` is English text. `before` is the map that was replaced, `theirs` somebody else's."""

    key: str
    bad: bool = False
    detail: str = ""
    before: Mapping[str, str] | None = None
    theirs: Mapping[str, str] | None = None


@dataclass(frozen=True, kw_only=True)
class MappingView:
    """One page. `faults` are sentences as `mapping.faults` reads them."""

    sheet: Sheet
    form: Form
    words: MappingWords
    speech: Speech
    faults: Sequence[str] = ()
    preview: Preview | None = None
    note: Note | None = None

    @cached_property
    def rows(self) -> Mapping[Place, Sequence[Row]]:
        """The lines of each table."""
        rows = [self._row(number, line) for number, line in enumerate(self.form.lines, start=1)]
        return {place: [row for row in rows if row.line.name.place is place] for place in Place}

    @property
    def others_open(self) -> bool:
        """Whether the part with the less usual names is unfolded: something in it is wrong."""
        return any(row.complaints for row in self.rows[Place.OTHER])

    @property
    def others_used(self) -> int:
        """How many of the less usual names have a column."""
        return sum(1 for row in self.rows[Place.OTHER] if row.line.target)

    @cached_property
    def summary(self) -> Sequence[tuple[Row | None, str, bool]]:
        """Every complaint once: the first line that it concerns, if any, its text, and whether that is English."""
        return [
            (next((row for row in self._all if complaint.concerns(row.line)), None), text, text == complaint.sentence)
            for complaint in self._complaints
            for text in [self._said(complaint)]
        ]

    @property
    def missing(self) -> Sequence[str]:
        """What GoPaaS's documentation asks for and the form does not have."""
        return [row.called for row in self._all if row.line.name.need is Need.EXPECTED and not row.line.target]

    @property
    def json(self) -> str:
        """What to paste into the settings record."""
        return as_json(self.form.entries)

    @property
    def toml(self) -> str:
        """What to paste into the configuration file."""
        return as_toml(self.form.entries)

    @property
    def previewed(self) -> Iterator[tuple[Row, Sequence[str]]]:
        """Per line that has a column: what it becomes, sample by sample."""
        samples = self.preview.samples if self.preview is not None else ()
        for row in self._all:
            if row.line.target:
                yield row, [self.speech.value(sample.fields.get(row.line.name.canonical)) for sample in samples]

    def as_json(self, entries: Mapping[str, str]) -> str:
        """Another map as text."""
        return as_json(entries)

    @property
    def _all(self) -> Sequence[Row]:
        return [row for place in Place for row in self.rows[place]]

    @cached_property
    def _complaints(self) -> Sequence[Complaint]:
        return [read_complaint(sentence) for sentence in self.faults]

    def _said(self, complaint: Complaint) -> str:
        text = self.words.faults.get(complaint.kind)
        return text.format(name=complaint.name, second=complaint.second) if text else complaint.sentence

    def _row(self, number: int, line: Line) -> Row:
        return Row(
            number=number,
            line=line,
            label=self.words.names.get(line.name.key, ""),
            complaints=tuple(self._said(complaint) for complaint in self._complaints if complaint.concerns(line)),
            columns=tuple(self._columns_for(line)),
            pipes=tuple(self._pipes_for(line)),
        )

    def _columns_for(self, line: Line) -> Iterator[Option]:
        """Nothing, what the map says although the view does not show it, and the view's columns."""
        columns = self.sheet.columns or {}
        yield Option(value="", text=self.words.no_column, chosen=not line.column)
        if line.column and line.column not in columns:
            yield Option(value=line.column, text=self.words.not_shown.format(name=shown(line.column, LONGEST_LABEL)), chosen=True)
        for name, label in columns.items():
            if is_sayable(name):
                yield Option(value=name, text=named(name, label), chosen=name == line.column)

    def _pipes_for(self, line: Line) -> Iterator[Option]:
        """Nothing, what the map says although it is more than one transform, and the transforms that there are."""
        chosen = " | ".join(line.pipe)
        yield Option(value="", text=self.words.no_transform, chosen=not chosen)
        if chosen and chosen not in self.sheet.transforms:
            yield Option(value=chosen, text=shown(chosen, LONGEST_LABEL), chosen=True)
        for name in self.sheet.transforms:
            yield Option(value=name, text=name, chosen=name == chosen)


def is_sayable(column: str) -> bool:
    """Whether a map can name that column: not with a bar in it, nor with blanks around it."""
    return bool(column) and column == column.strip() and "|" not in column


def named(name: str, label: str) -> str:
    """A column as a choice: what people call it, and its name where that is another one."""
    called, column = shown(label, LONGEST_LABEL), shown(name, LONGEST_LABEL)
    return f"{called} ({column})" if called and called != name else column
