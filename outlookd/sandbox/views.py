"""A view of the simulated CRM: which rows and which columns of a table it shows, and how.

Pure: no HTTP, no state, no clock (today's date and the caller come as arguments). It does not page; `listing.py` does.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import TypeAlias, assert_never

ME = "(-me-)"
"""In a condition: the login of whoever calls. For a service account that is the service account (gopaas.md, vocabulary)."""

Cell: TypeAlias = str | int | float | None
Row: TypeAlias = dict[str, Cell]

_ISO_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})")


class ColumnKind(StrEnum):
    """What a column holds; it decides the page's input field and the formatted form."""

    TEXT = "text"
    LONG_TEXT = "longtext"
    DATE = "date"
    TIME = "time"
    LINK = "link"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a table. A LINK holds the key of a row of another table."""

    name: str
    label: str
    kind: ColumnKind = ColumnKind.TEXT


@dataclass(frozen=True, slots=True, kw_only=True)
class Equals:
    """The column has this value; `ME` stands for the caller's login."""

    column: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Within:
    """The date in the column lies between so many days before and after today, both included."""

    column: str
    past: timedelta
    future: timedelta


Condition: TypeAlias = Equals | Within


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewColumn:
    """A column as a view shows it. A hidden one is listed unless the caller asks for `onlyVisible`."""

    name: str
    formatted: bool = False
    visible: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A saved query, addressed by its number (``1170``) or its key (``contact.outlook``)."""

    number: int
    key: str
    table: str
    columns: tuple[ViewColumn, ...]
    conditions: tuple[Condition, ...] = ()

    def accepts(self, row: Mapping[str, Cell], *, caller: str, today: date) -> bool:
        """Whether the row meets every condition, for this caller, on this day."""
        return all(_holds(condition, row, caller, today) for condition in self.conditions)


def _holds(condition: Condition, row: Mapping[str, Cell], caller: str, today: date) -> bool:
    match condition:
        case Equals(column=column, value=value):
            return text_of(row.get(column)) == (caller if value == ME else value)
        case Within(column=column, past=past, future=future):
            day = date_of(row.get(column))
            return day is not None and today - past <= day <= today + future
        case _:
            assert_never(condition)


def text_of(cell: Cell) -> str:
    """A cell as text; an empty one is the empty text."""
    return "" if cell is None else str(cell)


def date_of(cell: Cell) -> date | None:
    """The date in a cell, or None: ``0000-00-00``, empty and unreadable all mean that there is none."""
    try:
        return date.fromisoformat(text_of(cell))
    except ValueError:
        return None


def formatted(cell: Cell, kind: ColumnKind) -> Cell:
    """A cell as a view with formatted columns shows it: dates as dd/mm/yyyy, the rest unchanged."""
    found = _ISO_DATE.fullmatch(text_of(cell)) if kind is ColumnKind.DATE else None
    return f"{found[3]}/{found[2]}/{found[1]}" if found else cell
