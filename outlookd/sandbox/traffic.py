"""One handler behind the request log and the faults of its service.

Composed by hand rather than as application middlewares, so that pages and controls served by the same application are neither
counted nor struck.
"""

from __future__ import annotations

from functools import partial

from aiohttp import web
from aiohttp.typedefs import Handler

from outlookd.sandbox.faults import Faults, Render, fault_middleware, plain_body
from outlookd.sandbox.requests import RequestLog, request_log_middleware

REQUESTS = web.AppKey("requests", RequestLog)
"""Where an application keeps its request log."""


def watched(handler: Handler, *, log: RequestLog, faults: Faults, service: str, render: Render = plain_body) -> Handler:
    """`handler`, with its requests noted in `log` and met by the faults ordered for `service`."""
    struck: Handler = partial(fault_middleware(faults, service, render), handler=handler)
    return partial(request_log_middleware(log), handler=struck)
