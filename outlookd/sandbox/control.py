"""The control API under ``/sandbox/``: what a test from outside reads, orders and switches. Described in docs/sandbox.md.

No service of Microsoft or GoPaaS has this; it is for this machine only (`guard.py`) and never appears in a request log.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias

from aiohttp import web
from aiohttp.typedefs import Handler

from outlookd.sandbox import courier
from outlookd.sandbox.guard import guard
from outlookd.sandbox.people import Impossible, People
from outlookd.sandbox.world import SERVICES, World

FAULT_SERVICES = (*SERVICES, "graph.item", courier.SERVICE)

_Answer: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]


def control_app(world: World) -> web.Application:
    """The control API, to be mounted at ``/sandbox``. A wrong request gets 400 and ``{"error": ...}``."""
    app = web.Application(middlewares=[guard, _plain_errors])
    app.router.add_get("/state", _reading(world.dump))
    app.router.add_get("/mail-log", _reading(world.mail_log.dump))
    app.router.add_delete("/mail-log", _clearing(world.mail_log.clear))
    app.router.add_get("/requests", _reading(lambda: {service: log.dump() for service, log in world.requests.items()}))
    app.router.add_delete("/requests", _clearing(*(log.clear for log in world.requests.values())))
    app.router.add_get("/faults", _reading(lambda: [f"{fault.service} {fault.kind}" for fault in world.faults.waiting]))
    app.router.add_post("/faults", _taking(lambda order: _order(world, order)))
    app.router.add_delete("/faults", _clearing(world.faults.clear))
    app.router.add_get("/switches", _reading(lambda: _switches(world)))
    app.router.add_post("/switches", _taking(lambda changes: _turn(world, changes)))
    people = People(world)
    app.router.add_post("/people", _taking(lambda order: people.act(str(order.pop("do", "")), order)))
    return app


@web.middleware
async def _plain_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except (Impossible, ValueError, TypeError) as error:
        return web.json_response({"error": str(error)}, status=400)


def _reading(read: Callable[[], Any]) -> _Answer:
    async def answer(_request: web.Request) -> web.StreamResponse:
        return web.json_response(read())

    return answer


def _clearing(*clear: Callable[[], None]) -> _Answer:
    async def answer(_request: web.Request) -> web.StreamResponse:
        for each in clear:
            each()
        return web.Response(status=204)

    return answer


def _taking(take: Callable[[dict[str, Any]], Any]) -> _Answer:
    async def answer(request: web.Request) -> web.StreamResponse:
        body = json.loads(await request.read())
        if not isinstance(body, dict):
            raise Impossible("an object is expected")
        return web.json_response(take(body))

    return answer


def _order(world: World, order: dict[str, Any]) -> dict[str, Any]:
    """Order a fault: ``service`` and ``kind``, and any option of `Faults.add`."""
    service, kind = str(order.pop("service", "")), str(order.pop("kind", ""))
    if service not in FAULT_SERVICES:
        raise Impossible(f"service is one of {', '.join(FAULT_SERVICES)}")
    world.faults.add(service, kind, **order)
    return {"waiting": len(world.faults.waiting)}


def _switches(world: World) -> dict[str, Any]:
    access = {"token_seconds": world.access.token_seconds, "token_uses": world.access.token_uses}
    return {"gopaas": world.crm.quirks.dump(), "gopaas_tokens": access, "microsoft": world.directory.switches.dump()}


def _turn(world: World, changes: Mapping[str, Any]) -> dict[str, Any]:
    if unknown := sorted(set(changes) - {"gopaas", "gopaas_tokens", "microsoft"}):
        raise Impossible(f"there are no switches for {', '.join(unknown)}")
    world.crm.quirks.turn(changes.get("gopaas", {}))
    world.access.turn(changes.get("gopaas_tokens", {}))
    world.directory.switches.turn(changes.get("microsoft", {}))
    return _switches(world)
