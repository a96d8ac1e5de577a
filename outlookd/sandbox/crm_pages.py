"""GoPaaS as a person sees it: every table, its rows, a form for each row, the trash can."""

from __future__ import annotations

from collections.abc import Callable

from aiohttp import web

from outlookd.sandbox.crm import SYSTEM_COLUMNS, Crm, Refused, Table
from outlookd.sandbox.pages import PER_PAGE, changed_cells, page_number, pages_app, read_form, redirect, render
from outlookd.sandbox.views import Row, text_of

OWNER = "utilisateur"
"""The column that a new row's form fills in by itself: whoever enters an appointment means their own."""


def crm_pages(crm: Crm, *, root: str, person: str) -> web.Application:
    """The pages, to be mounted at `root`. `person` is the login that edits are stamped with."""
    app = pages_app(root)
    pages = _CrmPages(crm, person)
    app.router.add_get("/", pages.home)
    app.router.add_get("/tables/{table}/", pages.rows)
    app.router.add_get("/tables/{table}/new", pages.form)
    app.router.add_post("/tables/{table}/new", pages.create)
    app.router.add_post("/tables/{table}/delete", pages.delete)
    app.router.add_post("/tables/{table}/restore", pages.restore)
    app.router.add_get("/tables/{table}/rows/{cle:.+}", pages.form)
    app.router.add_post("/tables/{table}/rows/{cle:.+}", pages.edit)
    return app


class _CrmPages:
    def __init__(self, crm: Crm, person: str) -> None:
        self._crm = crm
        self._person = person

    async def home(self, request: web.Request) -> web.StreamResponse:
        raise redirect(request, f"/tables/{next(iter(self._crm.tables))}/")

    async def rows(self, request: web.Request) -> web.StreamResponse:
        return self._rows(request, self._table(request))

    async def form(self, request: web.Request) -> web.StreamResponse:
        table = self._table(request)
        return self._form(request, table, self._row(request, table))

    async def create(self, request: web.Request) -> web.StreamResponse:
        table, form = self._table(request), await read_form(request)
        typed = {name: text for name, text in form.items() if text}
        try:
            self._crm.create(table.name, typed, by=self._person)
        except Refused as refusal:
            return self._form(request, table, dict(form), problem=str(refusal))
        raise redirect(request, f"/tables/{table.name}/")

    async def edit(self, request: web.Request) -> web.StreamResponse:
        table, form = self._table(request), await read_form(request)
        row = self._row(request, table)
        try:
            self._crm.edit(table.name, text_of(row["cle"]), changed_cells(row, form), by=self._person)
        except Refused as refusal:
            return self._form(request, table, {**row, **form}, problem=str(refusal))
        raise redirect(request, f"/tables/{table.name}/")

    async def delete(self, request: web.Request) -> web.StreamResponse:
        return await self._act(request, self._crm.delete)

    async def restore(self, request: web.Request) -> web.StreamResponse:
        return await self._act(request, self._crm.restore)

    async def _act(self, request: web.Request, action: Callable[[str, str], None]) -> web.StreamResponse:
        table, form = self._table(request), await read_form(request)
        try:
            action(table.name, form.get("cle", ""))
        except Refused as refusal:
            return self._rows(request, table, problem=str(refusal))
        raise redirect(request, f"/tables/{table.name}/")

    def _table(self, request: web.Request) -> Table:
        try:
            return self._crm.table(request.match_info["table"])
        except Refused as refusal:
            raise web.HTTPNotFound from refusal

    def _row(self, request: web.Request, table: Table) -> Row:
        cle = request.match_info.get("cle")
        if cle is None:
            blank: Row = dict.fromkeys(("id", *table.columns))
            return blank | {OWNER: self._person} if OWNER in blank else blank
        if cle not in table.rows:
            raise web.HTTPNotFound
        return table.rows[cle]

    def _rows(self, request: web.Request, table: Table, problem: str = "") -> web.Response:
        search, page = request.query.get("q", ""), page_number(request)
        columns = (*table.own_columns, *(column for column in SYSTEM_COLUMNS if column.name.endswith("_modification")))
        wanted = search.casefold()
        found = [row for row in table.rows.values() if any(wanted in text_of(cell).casefold() for cell in row.values())]
        context = {
            "tables": self._crm.tables.values(),
            "table": table,
            "columns": columns,
            "rows": found[(page - 1) * PER_PAGE : page * PER_PAGE],
            "total": len(found),
            "page": page,
            "more": len(found) > page * PER_PAGE,
            "search": search,
        }
        return render(request, "crm_rows.html", context, status=422 if problem else 200, problem=problem)

    def _form(self, request: web.Request, table: Table, row: Row, problem: str = "") -> web.Response:
        blank: Row = dict.fromkeys(("id", *table.columns))
        context = {"table": table, "row": {**blank, **row}}
        return render(request, "crm_row.html", context, status=422 if problem else 200, problem=problem)
