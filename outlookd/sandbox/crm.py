"""The simulated CRM itself: tables, rows, views, trash can. What a person sees and what the API changes.

Knows no HTTP and no client. Two ways to write, and they differ as in GoPaaS (gopaas.md): a person's edit stamps the creation and
modification fields, because the interface sends them; a write through the API changes exactly what was sent and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from outlookd.sandbox.quirks import Quirks
from outlookd.sandbox.views import Cell, Column, ColumnKind, Row, View, text_of

ZONE = ZoneInfo("Europe/Paris")
"""The application's local time: every date and hour in a row is in it, without saying so."""

EXPRESSION = "$$"
"""A value that starts so is an expression that GoPaaS evaluates."""

SYSTEM_COLUMNS = (
    Column(name="cle", label="Clé"),
    Column(name="date_creation", label="Date création", kind=ColumnKind.DATE),
    Column(name="heure_creation", label="Heure création", kind=ColumnKind.TIME),
    Column(name="creation_par", label="Création par", kind=ColumnKind.LINK),
    Column(name="date_modification", label="Date modification", kind=ColumnKind.DATE),
    Column(name="heure_modification", label="Heure modification", kind=ColumnKind.TIME),
    Column(name="modification_par", label="Modification par", kind=ColumnKind.LINK),
    Column(name="gestion_par", label="Gestion par", kind=ColumnKind.LINK),
)


class Refused(Exception):
    """The CRM does not accept this request: an unknown table, view, key or column, or a row that is no flat object with a key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Injection:
    """An expression that came in through the API. Tests assert that there is none (design rule 17)."""

    table: str
    cle: str
    column: str


@dataclass(slots=True, kw_only=True)
class Table:
    """One table: its columns by name (the system ones added), its rows and its trash can by key.

    `title` names the column a person recognises a row by. Rows keep their order; it is the order of listings.
    """

    name: str
    label: str
    title: str
    own_columns: tuple[Column, ...]
    columns: dict[str, Column] = field(init=False)
    rows: dict[str, Row] = field(default_factory=dict)
    trash: dict[str, Row] = field(default_factory=dict)
    last_id: int = 0

    def __post_init__(self) -> None:
        self.columns = {column.name: column for column in (*self.own_columns, *SYSTEM_COLUMNS)}

    def add(self, cells: Mapping[str, Cell], *, first: bool = False) -> Row:
        """A new row with the next id; a key is made up when none is given. `first` puts it on top of every listing."""
        self.last_id += 1
        cle = text_of(cells.get("cle")) or f"{self.name[:3].upper()}{self.last_id:06d}"
        row: Row = {"id": self.last_id, f"id{self.name}": self.last_id, **dict.fromkeys(self.columns), **cells, "cle": cle}
        self.rows[cle] = row
        if first:
            self.move_first(cle)
        return row

    def find(self, id_or_key: str) -> Row | None:
        """The row with this key, or else with this numeric id. What lies in the trash can is not found."""
        if id_or_key in self.rows:
            return self.rows[id_or_key]
        return next((row for row in self.rows.values() if str(row["id"]) == id_or_key), None)

    def move_first(self, cle: str) -> None:
        """Put a row on top of every listing, as an edit does in a view that is sorted by its modification."""
        self.rows = {cle: self.rows[cle], **self.rows}


class Crm:
    """Every table and view. `now` is the application's clock; `injections` lists the expressions that the API let in."""

    def __init__(self, *, now: Callable[[], datetime] | None = None, quirks: Quirks | None = None) -> None:
        self.now = now or (lambda: datetime.now(ZONE))
        self.quirks = quirks or Quirks()
        self.tables: dict[str, Table] = {}
        self.views: dict[str, View] = {}
        self.injections: list[Injection] = []

    def add_table(self, table: Table) -> None:
        """Make a table known."""
        self.tables[table.name] = table

    def add_view(self, view: View) -> None:
        """Make a view known, under its number and its key. Raises Refused when its table lacks one of its columns."""
        self._check_columns(self.table(view.table), (column.name for column in view.columns))
        self.views[str(view.number)] = self.views[view.key] = view

    def table(self, name: str) -> Table:
        """A table by name. Raises Refused."""
        if name not in self.tables:
            raise Refused("unknown table")
        return self.tables[name]

    def view(self, address: str) -> View:
        """A view by number or key. Raises Refused."""
        if address not in self.views:
            raise Refused("unknown view")
        return self.views[address]

    def rows_of(self, view: View, *, caller: str) -> list[Row]:
        """The rows that a view's own conditions let through, for this caller, today."""
        today = self.now().astimezone(ZONE).date()
        return view.choose(self.table(view.table).rows.values(), caller=caller, today=today)

    def create(self, table: str, cells: Mapping[str, Cell], *, by: str) -> Row:
        """A person adds a row in the interface; it is stamped with their login and the time. Raises Refused."""
        target = self.table(table)
        self._check_columns(target, cells)
        if text_of(cells.get("cle")) in target.rows:
            raise Refused("this key exists")
        return target.add({**cells, **self._stamp("creation", by), **self._stamp("modification", by)})

    def edit(self, table: str, cle: str, cells: Mapping[str, Cell], *, by: str) -> Row:
        """A person changes a row in the interface; the modification is stamped. The key stays. Raises Refused."""
        target = self.table(table)
        self._check_columns(target, cells)
        row = self._row(target, cle)
        row.update({**cells, **self._stamp("modification", by), "cle": cle})
        return row

    def delete(self, table: str, cle: str) -> None:
        """A person deletes a row. With the trash can switched on, it can come back. Raises Refused."""
        target = self.table(table)
        row = self._row(target, cle)
        del target.rows[cle]
        if self.quirks.trash:
            target.trash[cle] = row

    def restore(self, table: str, cle: str) -> None:
        """A person takes a row out of the trash can; it keeps its id. Raises Refused when it is not there or its key is taken."""
        target = self.table(table)
        if cle not in target.trash or cle in target.rows:
            raise Refused("nothing to restore")
        target.rows[cle] = target.trash.pop(cle)

    def upsert(self, table: str, rows: Any) -> None:
        """Write rows through the API: a known key is updated (only the columns sent), an unknown one is created.

        All or nothing. No modification date is set unless the client sends one. Expressions are recorded in `injections`.

        Raises Refused for anything but a list of flat objects that each have a key, and for unknown columns (by switch).
        """
        target = self.table(table)
        for cells in [self._incoming(target, row) for row in _flat_rows(rows)]:
            cle = text_of(cells["cle"])
            self._note_expressions(target, cle, cells)
            if cle in target.rows:
                target.rows[cle].update({**cells, "cle": cle})
            else:
                target.add({**cells, "cle": cle})

    def dump(self) -> dict[str, Any]:
        """Everything as plain data: rows and trash can by table, the injections, the quirks."""
        return {
            "tables": {
                name: {"rows": [dict(row) for row in table.rows.values()], "trash": [dict(row) for row in table.trash.values()]}
                for name, table in self.tables.items()
            },
            "injections": [{"table": entry.table, "cle": entry.cle, "column": entry.column} for entry in self.injections],
        }

    def _incoming(self, table: Table, row: Row) -> Row:
        if self.quirks.unknown_column == "ignore":
            row = {name: cell for name, cell in row.items() if name in table.columns}
        self._check_columns(table, row)
        return {name: self._altered(cell) if name != "cle" else cell for name, cell in row.items()}

    def _altered(self, cell: Cell) -> Cell:
        if not isinstance(cell, str):
            return cell
        text = cell.strip() if self.quirks.trim else cell
        return text[: self.quirks.max_length] if self.quirks.max_length else text

    def _note_expressions(self, table: Table, cle: str, cells: Row) -> None:
        self.injections += [
            Injection(table=table.name, cle=cle, column=name)
            for name, cell in cells.items()
            if isinstance(cell, str) and cell.startswith(EXPRESSION)
        ]

    def _stamp(self, word: str, by: str) -> Row:
        now = self.now().astimezone(ZONE)
        return {f"date_{word}": f"{now:%Y-%m-%d}", f"heure_{word}": f"{now:%H:%M:%S}", f"{word}_par": by}

    @staticmethod
    def _row(table: Table, cle: str) -> Row:
        if cle not in table.rows:
            raise Refused("unknown key")
        return table.rows[cle]

    @staticmethod
    def _check_columns(table: Table, names: Iterable[str]) -> None:
        if any(name not in table.columns for name in names):
            raise Refused("unknown column")


def _flat_rows(rows: Any) -> Sequence[Row]:
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise Refused("a list of objects is expected")
    for row in rows:
        if not isinstance(row.get("cle"), str | int) or not text_of(row["cle"]):
            raise Refused("every row needs its key")
        if any(isinstance(cell, dict | list | bool) for cell in row.values()):
            raise Refused("every value must be a text, a number or null")
    return rows
