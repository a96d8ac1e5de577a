"""Microsoft Graph v1.0 for contacts and calendars, over HTTP.

Turns HTTP requests into calls and answers into HTTP; what a call means is in `service.py` and below.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

import orjson
from aiohttp import web
from multidict import CIMultiDict

from outlookd.sandbox.courier import Courier
from outlookd.sandbox.directory import Directory
from outlookd.sandbox.faults import Fault, Faults
from outlookd.sandbox.graph.batch import item_lines
from outlookd.sandbox.graph.call import Answer, Call
from outlookd.sandbox.graph.errors import GraphError, error_answer, from_fault
from outlookd.sandbox.graph.service import GraphService
from outlookd.sandbox.maillog import MailLog
from outlookd.sandbox.requests import BATCH_ITEMS, RequestLog
from outlookd.sandbox.traffic import REQUESTS, watched

__all__ = ["GRAPH", "REQUESTS", "graph_app"]

VERSION = "/v1.0"
LARGEST_BODY = 4 * 1024**2
GRAPH = web.AppKey("graph", GraphService)
REQUEST_ID = web.RequestKey("request_id", str)


def graph_app(
    directory: Directory, mail_log: MailLog, faults: Faults | None = None, *, requests: RequestLog | None = None
) -> web.Application:
    """An application that answers below ``/v1.0`` on whatever host and port it is put.

    Links in answers start with the scheme and host of the request. Ordered faults are those of service ``graph`` (and
    ``graph.item`` for batch items, ``graph.notification`` for deliveries, which leave while the application runs).
    ``app[REQUESTS]`` is the request log; other routes may be added to the application and are not logged.
    """
    faults = Faults() if faults is None else faults
    log = RequestLog() if requests is None else requests  # an empty log is false, too
    courier = Courier(directory.subscriptions, faults, directory.switches, directory.now)
    service = GraphService(directory, mail_log, faults, courier.shake_hands)
    app = web.Application(client_max_size=LARGEST_BODY)
    app.cleanup_ctx.append(courier.at_work)
    app[REQUESTS] = log
    app[GRAPH] = service

    def fault_body(request: web.Request, fault: Fault) -> Mapping[str, Any]:
        body = error_answer(from_fault(fault), _bare_call(request), directory.now()).body
        return body if isinstance(body, Mapping) else {}

    async def handle(request: web.Request) -> web.Response:
        call = _bare_call(request)
        try:
            call = await _read_call(request, call)
        except GraphError as error:
            return _respond(call, service.refuse(call, error))
        return _respond(call, await service.answer(call))

    watched_handle = watched(handle, log=log, faults=faults, service="graph", render=fault_body)
    app.router.add_route("*", VERSION + "/{path:.*}", watched_handle)
    return app


def _bare_call(request: web.Request) -> Call:
    """The call without its body."""
    return Call(
        method=request.method,
        target=request.raw_path.removeprefix(VERSION).lstrip("/"),
        root=f"{request.scheme}://{request.host}{VERSION}",
        headers=CIMultiDict(request.headers),
        request_id=request.setdefault(REQUEST_ID, str(uuid.uuid4())),
    )


async def _read_call(request: web.Request, call: Call) -> Call:
    """The call with its JSON body. Raises GraphError."""
    try:
        content = await request.read()
    except web.HTTPRequestEntityTooLarge as error:
        raise GraphError(413, "RequestEntityTooLarge", "The request body is larger than 4 MB.") from error
    if not content:
        return call
    if request.content_type != "application/json":
        raise GraphError(415, "UnsupportedMediaType", f"The content type '{request.content_type}' is not supported.")
    try:
        body = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise GraphError(400, "BadRequest", "Unable to read JSON request payload.") from error
    request[BATCH_ITEMS] = item_lines(body) if call.target.lower().startswith("$batch") else ()
    return Call(method=call.method, target=call.target, root=call.root, headers=call.headers, body=body, request_id=call.request_id)


def _respond(call: Call, answer: Answer) -> web.Response:
    headers = {"request-id": call.request_id, "client-request-id": call.client_request_id or call.request_id, **answer.headers}
    body = answer.body if isinstance(answer.body, bytes | None) else orjson.dumps(answer.body)
    return web.Response(status=answer.status, body=body, headers=headers)
