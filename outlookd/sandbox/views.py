"""A view of the simulated CRM: which rows and which columns of a table it shows, and how.

Pure: no HTTP, no state, no clock (today's date and the caller come as arguments). It does not page; `listing.py` does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
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

    def choose(self, rows: Iterable[Row], *, caller: str, today: date) -> list[Row]:
        """The rows that meet every condition, for this caller, on this day.

        One condition after the other, each over what the one before left: with a thousand users a table is read often.
        """
        chosen = list(rows)
        for condition in self.conditions:
            chosen = _meeting(condition, chosen, caller, today)
        return chosen


def _meeting(condition: Condition, rows: Iterable[Row], caller: str, today: date) -> list[Row]:
    match condition:
        case Equals(column=column, value=value):
            wanted = caller if value == ME else value
            return [row for row in rows if text_of(row.get(column)) == wanted]
        case Within(column=column, past=past, future=future):
            days = ((row, date_of(row.get(column))) for row in rows)
            return [row for row, day in days if day is not None and today - past <= day <= today + future]
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
