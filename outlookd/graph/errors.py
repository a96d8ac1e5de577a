"""What an answer of Graph means, told by its status and its codes, never by its text.

Graph nests codes: the outermost is often generic, an inner one exact; `innerError` is also written `innererror` (graph.md 6.3).
Texts are translated, change without notice and quote mail addresses, so they are neither read nor passed on.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import aiohttp

from outlookd.errors import (
    AccessDenied,
    CredentialsRefused,
    MailboxMoving,
    MailboxUnusable,
    NotFound,
    OutlookdError,
    Rejected,
    RemoteError,
    ServerTrouble,
    Stale,
    Throttled,
    Unintelligible,
    Unreachable,
    WatermarkExpired,
    later,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

_KINDS: Final[dict[str, type[RemoteError]]] = {
    "invalidauthenticationtoken": CredentialsRefused,
    "erroraccessdenied": AccessDenied,
    "authorization_requestdenied": AccessDenied,
    "toomanyrequests": Throttled,
    "applicationthrottled": Throttled,
    "erroritemnotfound": NotFound,
    "errorfoldernotfound": NotFound,
    "errorsyncfoldernotfound": NotFound,
    "errorinvalididmalformed": NotFound,
    "imagenotfound": NotFound,
    # The whole mailbox, not one item: reading these as "not found" once emptied address books (trap 25).
    "mailboxnotenabledforrestapi": MailboxUnusable,
    "mailboxnotsupportedforrestapi": MailboxUnusable,
    "mailboxinactive": MailboxUnusable,
    "errorinvaliduser": MailboxUnusable,
    "errornonexistentmailbox": MailboxUnusable,
    "request_resourcenotfound": MailboxUnusable,
    "resourcenotfound": MailboxUnusable,
    "errormailboxmoveinprogress": MailboxMoving,
    "errorquotaexceeded": MailboxUnusable,
    "errorirresolvableconflict": Stale,
    "errorfolderexists": Rejected,
    "errorduplicatetransactionid": Rejected,
    "syncstatenotfound": WatermarkExpired,
    "syncstateinvalid": WatermarkExpired,
    "resyncrequired": WatermarkExpired,
}

_BY_STATUS: Final[dict[int, type[RemoteError]]] = {
    401: CredentialsRefused,
    403: AccessDenied,
    # A bare 404 can come from a proxy, a wrong path or a mailbox in trouble. Only a code that names an item is evidence.
    404: Unintelligible,
    408: ServerTrouble,
    409: Stale,
    410: WatermarkExpired,
    412: Stale,
    507: MailboxUnusable,
    509: Throttled,
}

_HINTS: Final[dict[type[RemoteError], str]] = {
    CredentialsRefused: "Check the application's registration and its client secret.",
    AccessDenied: "Grant Contacts.ReadWrite and Calendars.ReadWrite to the application for this mailbox.",
    MailboxMoving: "Microsoft is moving the mailbox to other servers. Nothing has to be done; the next runs try again.",
    MailboxUnusable: "Check that the account is licensed for Exchange Online and has room left.",
    ServerTrouble: "Nothing has to be done; the next run tries again.",
    Unintelligible: "Check graph.url: it must be the address of Microsoft Graph, such as https://graph.microsoft.com/v1.0.",
}

_DEEPEST = 8
_CODE = re.compile(r"[A-Za-z0-9_.\-]{1,80}")


class NotSent(Unreachable):
    """The connection was never made, so nothing can have happened: even a write may be sent again."""


def codes_of(body: object) -> Iterator[str]:
    """The codes of an error body, outermost first, as Graph spelt them. What does not look like a code is left out."""
    level = body.get("error") if isinstance(body, dict) else None
    for _ in range(_DEEPEST):
        if not isinstance(level, dict):
            return
        code = level.get("code")
        if isinstance(code, str) and _CODE.fullmatch(code):
            yield code
        level = next((value for key, value in level.items() if key.casefold() == "innererror"), None)


def refusal(
    status: int, body: object, *, request_id: str = "", client_request_id: str = "", retry_after: float | None = None
) -> RemoteError:
    """The error that an answer outside 200..299 stands for.

    The innermost code that we know decides; without one the status does. 429 is always a throttle, whatever else it says.
    """
    codes = list(codes_of(body))
    known = next((code for code in reversed(codes) if code.casefold() in _KINDS), "")
    kind = Throttled if status == 429 else _KINDS.get(known.casefold()) or _kind_of(status, retry_after)
    code = known or next(iter(codes), "")
    return kind(
        f"Graph answered {status} {code}".rstrip() + ".",
        service="graph",
        status=status,
        code=code,
        request_id=request_id,
        client_request_id=client_request_id,
        retry_after=retry_after,
        hint=_hint(kind, retry_after),
    )


def _hint(kind: type[RemoteError], retry_after: float | None) -> str:
    if kind is not Throttled:
        return _HINTS.get(kind, "")
    return f"Nothing is lost; a run {later(retry_after)} goes on where this one stopped."


def no_answer(error: Exception, *, client_request_id: str = "") -> Unreachable:
    """The error for a request that aiohttp could not finish. Its text names no address: it may contain a state token."""
    name = type(error).__name__
    kind, text, hint = Unreachable, f"Graph did not answer ({name}).", ""
    match error:
        case aiohttp.ClientConnectorCertificateError() | aiohttp.ClientConnectorSSLError():
            kind, text, hint = NotSent, f"Graph's certificate is not trusted ({name}).", "Check graph.ca_file."
        case aiohttp.ClientConnectorError() | aiohttp.ConnectionTimeoutError():
            kind, text, hint = NotSent, f"Graph cannot be reached ({name}).", "Check graph.url and the network."
    return kind(text, service="graph", client_request_id=client_request_id, hint=hint)


def unintelligible(what: str, *, request_id: str = "", client_request_id: str = "", status: int = 0) -> Unintelligible:
    """The error for an answer in a shape that we do not know. `what` is our own text."""
    return Unintelligible(
        f"Graph's answer cannot be read: {what}.",
        service="graph",
        request_id=request_id,
        client_request_id=client_request_id,
        status=status,
    )


def may_have_happened(error: OutlookdError) -> bool:
    """Whether a write that failed so may have been done all the same: look before resending (design rule 13)."""
    match error:
        case NotSent():
            return False
        case Unreachable() | ServerTrouble() | Unintelligible():
            return True
        case _:
            return False


def _kind_of(status: int, retry_after: float | None) -> type[RemoteError]:
    if status == 503 and retry_after is not None:
        return Throttled  # MailboxConcurrency comes as 503 too (graph.md 6.2)
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if status >= 500:
        return ServerTrouble
    return Rejected if status >= 400 else Unintelligible
