"""A small GoPaaS on a real socket: one view, one table, one service account. Only what the client's tests need to be false."""

from __future__ import annotations

from collections.abc import Callable

import orjson
from aiohttp import web

TROUBLE = {"msg": "Something went wrong. Please try again later."}


class FakeGopaas:
    """State and switches; `app` serves them. `requests` is what came in, as (method, path, headers)."""

    def __init__(self):
        self.table = {f"c{n}": {"cle": f"c{n}", "nom": f"Nom {n}", "email": f"c{n}@example.test"} for n in range(1, 13)}
        self.requests: list[tuple[str, str, dict[str, str]]] = []
        self.uses_left: dict[str, int] = {}
        self.uses_per_token = 1000
        self.api_keys = {"key-of-claire"}
        self.find: Callable[[list, str], list | web.Response] = self.matching
        self.show_list: Callable[[list, int, int], object] = self.with_total
        self.missing: Callable[[str], web.Response] = lambda _: web.json_response([])
        self.before_item: Callable[[str], None] = lambda _: None
        self.after_list: Callable[[int], None] = lambda _: None
        self.on_write: Callable[[list], web.Response | None] = lambda _: None

    @property
    def app(self):
        app = web.Application()
        app.router.add_post("/crm/api/oauth2/access_token/", self.grant)
        for family in ("api", "api/oauth2"):
            app.router.add_get(f"/crm/{family}/list/{{view}}/", self.list)
            app.router.add_get(f"/crm/{family}/item/contact/{{key}}/", self.item)
            app.router.add_post(f"/crm/{family}/items/contact/", self.write)
        return app

    def count(self, part):
        return sum(part in path for _, path, _ in self.requests)

    @property
    def searches(self):
        return [headers.get("advancedSearch", "") for _, path, headers in self.requests if "/list/" in path]

    def matching(self, rows, search):
        parts = search.split("|")
        wanted = dict(zip(parts[0::4], parts[2::4], strict=False))
        return [row for row in rows if all(row.get(field) == value for field, value in wanted.items())]

    def with_total(self, rows, page, size):
        return {"total": len(rows), "rows": rows[(page - 1) * size : page * size]}

    def without_total(self, rows, page, size):
        return {"rows": rows[(page - 1) * size : page * size]}

    def bare_array(self, rows, page, size):
        return rows[(page - 1) * size : page * size]

    async def grant(self, request):
        self.requests.append((request.method, request.path, dict(request.headers)))
        form = await request.post()
        if form["client_secret"] != "right":
            return web.json_response({"msg": "Invalid Information."}, status=401)
        token = f"token-{self.count('access_token')}"
        self.uses_left[token] = self.uses_per_token
        return web.json_response({"access_token": token, "token_type": "Bearer", "expires_in": "60", "scope": None})

    def refused(self, request):
        self.requests.append((request.method, request.raw_path, dict(request.headers)))
        bearer = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if "/oauth2/" not in request.path:
            return None if bearer in self.api_keys else web.json_response({"msg": "Invalid API key."}, status=401)
        self.uses_left[bearer] = self.uses_left.get(bearer, 0) - 1
        return None if self.uses_left[bearer] >= 0 else web.json_response({"msg": "Invalid Information."}, status=401)

    async def list(self, request):
        if refusal := self.refused(request):
            return refusal
        rows = [dict(row) for row in self.table.values()]
        shown = self.find(rows, request.headers.get("advancedSearch", ""))
        if isinstance(shown, web.Response):
            return shown
        page = int(request.headers["page"])
        answer = self.show_list(shown, page, int(request.headers["rowPerPage"]))
        self.after_list(page)
        return web.Response(body=orjson.dumps(answer), content_type="application/json")

    async def item(self, request):
        if refusal := self.refused(request):
            return refusal
        key = request.match_info["key"]
        self.before_item(key)
        row = self.table.get(key)
        return web.json_response(row) if row else self.missing(key)

    async def write(self, request):
        if refusal := self.refused(request):
            return refusal
        rows = await request.json()
        answer = self.on_write(rows)
        if answer is not None and answer.status == 400:
            return answer
        for row in rows:
            self.table.setdefault(row["cle"], {}).update(row)
        if answer is not None and answer.status == 0:
            request.transport.close()
        return answer or web.json_response([])
