"""Graph's error answers: which status goes with which code, and the shape of the body (Graph page, section 6.3)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from outlookd.sandbox.faults import Fault
from outlookd.sandbox.graph.call import Answer, Call
from outlookd.sandbox.refusal import Refusal
from outlookd.sandbox.switches import Switches

STATUSES: Mapping[str, int] = {
    "Conflict": 409,
    "ErrorAccessDenied": 403,
    "ErrorDeleteDistinguishedFolder": 403,
    "ErrorIrresolvableConflict": 412,
    "ErrorItemNotFound": 404,
    "ErrorQuotaExceeded": 507,
    "ErrorSyncFolderNotFound": 404,
    "Forbidden": 403,
    "MailboxNotEnabledForRESTAPI": 404,
    "ResourceNotFound": 404,
    "SyncStateInvalid": 410,
    "SyncStateNotFound": 410,
}
"""By code; anything else is a 400."""

USUAL_CODES: Mapping[int, str] = {
    401: "InvalidAuthenticationToken",
    403: "ErrorAccessDenied",
    404: "ErrorItemNotFound",
    409: "ErrorIrresolvableConflict",
    410: "SyncStateNotFound",
    412: "ErrorIrresolvableConflict",
    429: "ApplicationThrottled",
    500: "InternalServerError",
    502: "BadGateway",
    503: "ServiceUnavailable",
    504: "GatewayTimeout",
    507: "ErrorQuotaExceeded",
}
"""What an ordered fault says when it was given a status only."""


class GraphError(Exception):
    """An error answer under way. `headers` are those beyond the usual ones, `extra` further members of the error."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        headers: Mapping[str, str] | None = None,
        extra: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.headers = dict(headers or {})
        self.extra = dict(extra or {})


def from_refusal(refusal: Refusal, switches: Switches) -> GraphError:
    """The answer to what the mailbox refused. Two statuses are switches: reports differ."""
    switched = {
        "ErrorFolderExists": switches.folder_exists_status,
        "ErrorDuplicateTransactionId": switches.transaction_status,
    }
    status = switched.get(refusal.code) or STATUSES.get(refusal.code, 400)
    return GraphError(status, refusal.code, refusal.message, extra=refusal.extra)


def from_fault(fault: Fault) -> GraphError:
    """The answer of an ordered fault."""
    code = fault.code or USUAL_CODES.get(fault.status, "BadRequest")
    return GraphError(fault.status, code, fault.message or "The sandbox was told to say so.", headers=fault.header_fields())


def error_answer(error: GraphError, call: Call, instant: datetime) -> Answer:
    """`error` as the answer to `call`, with both request ids inside."""
    inner = {
        "date": instant.strftime("%Y-%m-%dT%H:%M:%S"),
        "request-id": call.request_id,
        "client-request-id": call.client_request_id or call.request_id,
    }
    body: dict[str, Any] = {"error": {"code": error.code, "message": error.message, **error.extra, "innerError": inner}}
    return Answer(status=error.status, body=body, headers={"Content-Type": "application/json"} | error.headers)
