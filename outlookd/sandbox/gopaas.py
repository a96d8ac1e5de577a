"""The HTTP face of the simulated GoPaaS: both API families, below ``/crm``, with the documented errors and no others.

Written from gopaas.md, section "REST API". What is not documented there (which rows an unknown view gives, what an upsert answers)
is a guess, and clients must not rely on it. Rows and rules are in `crm.py` and `listing.py`, credentials in `access.py`.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from outlookd.sandbox.access import Access
from outlookd.sandbox.crm import Crm, Refused
from outlookd.sandbox.faults import Fault, Faults, fault_middleware
from outlookd.sandbox.listing import answer, read_options, written_cell
from outlookd.sandbox.requests import RequestLog, request_log_middleware
from outlookd.sandbox.views import Row

SERVICE = "gopaas"
"""The name under which faults are ordered for this service."""

PREFIX = "/crm"
"""The application's place on its host: ``{url}`` is the host and this."""

BAD_REQUEST = "Invalid version."
BAD_KEY = "Invalid API key."
BAD_CREDENTIALS = "Invalid Information."
WENT_WRONG = "Something went wrong. Please try again later."

MAX_BODY = 4 * 1024 * 1024

_MESSAGES: Mapping[int, str] = {400: BAD_REQUEST, 401: BAD_KEY}
_CALLER = web.RequestKey("caller", str)
_Route: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]


def gopaas_app(crm: Crm, access: Access, faults: Faults, requests: RequestLog | None = None) -> web.Application:
    """The service as an application whose ``{url}`` is ``http://HOST:PORT/crm``.

    Faults for it are ordered as service ``gopaas``. Only the API is logged and meets faults; what a launcher adds next to it
    (pages, controls) does not.
    """
    log = RequestLog() if requests is None else requests
    middlewares = (request_log_middleware(log), fault_middleware(faults, SERVICE, _fault_body), _documented_errors)
    api = web.Application(middlewares=middlewares, client_max_size=MAX_BODY)
    api.router.add_post("/oauth2/access_token/", _token_call(access))
    for family, caller_of in (("/oauth2", _token_caller(access)), ("", _key_caller(access))):
        api.router.add_get(f"{family}/list/{{view}}/", _guarded(caller_of, _list_call(crm)), allow_head=False)
        api.router.add_get(f"{family}/item/{{table}}/{{key}}/", _guarded(caller_of, _item_call(crm)), allow_head=False)
        api.router.add_post(f"{family}/items/{{table}}/", _guarded(caller_of, _items_call(crm)))
    app = web.Application()
    app.add_subapp(f"{PREFIX}/api", api)
    return app


def _fault_body(_request: web.Request, fault: Fault) -> Mapping[str, Any]:
    return {"msg": fault.message or _MESSAGES.get(fault.status, WENT_WRONG)}


def _error(status: int, message: str) -> web.Response:
    return web.json_response({"msg": message}, status=status)


@web.middleware
async def _documented_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Every request that the CRM does not accept gets the one documented 400."""
    try:
        return await handler(request)
    except (Refused, web.HTTPRequestEntityTooLarge):
        return _error(400, BAD_REQUEST)


def _bearer(request: web.Request) -> str:
    scheme, _, credential = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
    return credential.strip() if scheme.lower() == "bearer" else ""


def _key_caller(access: Access) -> Callable[[web.Request], str | None]:
    return lambda request: access.login_of_key(_bearer(request), request.remote or "")


def _token_caller(access: Access) -> Callable[[web.Request], str | None]:
    return lambda request: access.login_of_token(_bearer(request))


def _guarded(caller_of: Callable[[web.Request], str | None], route: _Route) -> _Route:
    async def guarded(request: web.Request) -> web.StreamResponse:
        caller = caller_of(request)
        if caller is None:
            return _error(401, BAD_KEY)
        request[_CALLER] = caller
        return await route(request)

    return guarded


def _token_call(access: Access) -> _Route:
    async def token(request: web.Request) -> web.StreamResponse:
        if request.content_type != "application/x-www-form-urlencoded":
            return _error(400, BAD_REQUEST)
        form = await request.post()
        granted = access.grant(*(str(form.get(name, "")) for name in ("grant_type", "client_id", "client_secret")))
        if granted is None:
            return _error(401, BAD_CREDENTIALS)
        # The seconds are a string; GoPaaS's documentation shows it so.
        body = {"access_token": granted, "token_type": "Bearer", "expires_in": str(access.token_seconds), "scope": None}
        return web.json_response(body)

    return token


def _list_call(crm: Crm) -> _Route:
    async def list_rows(request: web.Request) -> web.StreamResponse:
        view = crm.view(request.match_info["view"])
        options = read_options(request.headers, crm.table(view.table))
        return web.json_response(answer(crm, view, options, caller=request[_CALLER]))

    return list_rows


def _item_call(crm: Crm) -> _Route:
    async def item(request: web.Request) -> web.StreamResponse:
        row = crm.table(request.match_info["table"]).find(request.match_info["key"])
        if row is None:
            return _missing(crm)
        cells: Row = {name: written_cell(crm, cell) for name, cell in row.items()}
        return web.json_response(cells)

    return item


def _missing(crm: Crm) -> web.Response:
    status, _, body = crm.quirks.missing_key.partition(" ")
    if status == "200":
        return web.json_response(text=body)
    return _error(int(status), WENT_WRONG if status == "500" else "Not found.")


def _items_call(crm: Crm) -> _Route:
    async def items(request: web.Request) -> web.StreamResponse:
        try:
            rows = json.loads(await request.read())
        except ValueError as error:
            raise Refused("not JSON") from error
        crm.upsert(request.match_info["table"], rows)
        return web.json_response({"msg": "Success."})

    return items
