"""One answer of ``api/list``: options read from request headers, rows chosen, cut into pages and written the way the quirks say.

Stated facts are in gopaas.md ("REST API"); what is not documented is a quirk. Knows no aiohttp type and checks no credentials.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, assert_never

from outlookd.sandbox.crm import Crm, Refused, Table
from outlookd.sandbox.views import ME, Cell, Equals, Row, View, ViewColumn, formatted, text_of

ROWS_PER_PAGE = 50
"""How many rows a page has when the caller does not say."""

OPERATORS = ("contain", "equal")
"""The documented ones. The web interface has more, under names that are not documented: they are refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """One group of an advanced search. Comparison ignores case, as the database's collation does."""

    column: str
    operator: str
    value: str

    def choose(self, rows: Iterable[Row]) -> list[Row]:
        """The rows that match."""
        column, wanted = self.column, self.value.casefold()
        if self.operator == "contain":
            return [row for row in rows if wanted in text_of(row.get(column)).casefold()]
        return [row for row in rows if text_of(row.get(column)).casefold() == wanted]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a caller asked for, in request headers."""

    search: tuple[Criterion, ...] = ()
    text: str = ""
    only_visible: bool = False
    describe: bool = False
    page: int = 1
    rows_per_page: int = ROWS_PER_PAGE


def read_options(headers: Mapping[str, str], table: Table) -> Options:
    """The options of a listing. Raises Refused for a bad number, a bad search, and text that a header cannot carry."""
    return Options(
        search=read_search(_header(headers, "advancedSearch"), table),
        text=_header(headers, "textSearch"),
        only_visible=_header(headers, "onlyVisible") == "on",
        describe=_header(headers, "columns") == "on",
        page=_number(_header(headers, "page"), 1),
        rows_per_page=_number(_header(headers, "rowPerPage"), ROWS_PER_PAGE),
    )


def answer(crm: Crm, view: View, options: Options, *, caller: str) -> Any:
    """The JSON of one page. A one-time drift of the rows takes effect after the first page."""
    table = crm.table(view.table)
    shown = [column for column in view.columns if column.visible or not options.only_visible]
    rows = _matching(crm.rows_of(view, caller=caller), options, shown)
    size = min(options.rows_per_page, crm.quirks.page_cap)
    start = (options.page - 1) * size
    page = [] if options.page == crm.quirks.empty_page else rows[start : start + size]
    written = [_written(crm, table, shown, row) for row in page]
    if options.page == 1:
        _drift(crm, view, rows, caller)
    if crm.quirks.bare_list:
        return written
    body: dict[str, Any] = {"rows": written}
    if crm.quirks.total != "missing":
        body["total"] = len(rows) if crm.quirks.total == "int" else str(len(rows))
    if options.describe:
        body["column"] = _described(crm, table, shown)
    return body


def written_cell(crm: Crm, cell: Cell) -> Cell:
    """A cell as this GoPaaS writes it in JSON."""
    if cell is None or cell == "":
        return None if crm.quirks.empty_cell == "null" else ""
    return str(cell) if crm.quirks.numbers_as_text else cell


def _written(crm: Crm, table: Table, shown: Sequence[ViewColumn], row: Row) -> Row:
    cells: Row = {"cle": row["cle"]}
    for column in shown:
        cell = row.get(column.name)
        if column.formatted or crm.quirks.formatted_dates:
            cell = formatted(cell, table.columns[column.name].kind)
        cells[column.name] = written_cell(crm, cell)
    return cells


def _described(crm: Crm, table: Table, shown: Sequence[ViewColumn]) -> Any:
    columns = [table.columns[name] for name in dict.fromkeys(("cle", *(column.name for column in shown)))]
    if crm.quirks.column_shape == "list":
        return [{"name": column.name, "label": column.label, "type": column.kind.value} for column in columns]
    return {column.name: {"label": column.label, "type": column.kind.value} for column in columns}


def _matching(rows: list[Row], options: Options, shown: Sequence[ViewColumn]) -> list[Row]:
    for criterion in options.search:
        rows = criterion.choose(rows)
    wanted = options.text.casefold()
    if not wanted:
        return rows
    return [row for row in rows if any(wanted in text_of(row.get(column.name)).casefold() for column in shown)]


def _drift(crm: Crm, view: View, rows: Sequence[Row], caller: str) -> None:
    """Somebody works in the CRM between two pages of a listing. Happens once, then the switch is off again."""
    kind, table = crm.quirks.drift, crm.table(view.table)
    if kind == "none" or not rows:
        return
    crm.quirks.drift = "none"
    match kind:
        case "move":
            table.move_first(text_of(rows[-1]["cle"]))
        case "insert":
            # The new row must pass the view's conditions, or it would not disturb the listing.
            wanted = {condition.column: condition.value for condition in view.conditions if isinstance(condition, Equals)}
            cells = {column: caller if value == ME else value for column, value in wanted.items()}
            table.add({table.title: "Nouvelle fiche", **cells}, first=True)
        case "delete":
            crm.delete(view.table, text_of(rows[0]["cle"]))
        case _:
            assert_never(kind)


def _header(headers: Mapping[str, str], name: str) -> str:
    """A header's text. Raises Refused for a control character or a character that no header can carry (beyond Latin-1)."""
    value = headers.get(name, "")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        # The server reads headers as UTF-8 and keeps stray bytes aside; a client that wrote Latin-1 means these bytes.
        value = value.encode("utf-8", "surrogateescape").decode("latin-1")
    if any(ord(character) < 0x20 or ord(character) > 0xFF for character in value):
        raise Refused("a header cannot carry this text")
    return value


def _number(text: str, default: int) -> int:
    if not text:
        return default
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise Refused("a number from 1 is expected")
    return int(text)


def read_search(text: str, table: Table) -> tuple[Criterion, ...]:
    """Groups of ``field|operator|value|``, joined by ``AND|``; the last one ends with a bar, too, as documented. Raises Refused."""
    if not text:
        return ()
    *parts, end = text.split("|")
    joints = parts[3::4]
    if end or len(parts) % 4 != 3 or any(joint != "AND" for joint in joints):
        raise Refused("bad search")
    groups = zip(parts[0::4], parts[1::4], parts[2::4], strict=True)
    criteria = tuple(Criterion(column=column, operator=operator, value=value) for column, operator, value in groups)
    if any(item.column not in table.columns or item.operator not in OPERATORS for item in criteria):
        raise Refused("bad search")
    return criteria
