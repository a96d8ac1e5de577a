"""Who may do what: bearer tokens, permissions, whose mailbox, and whether that mailbox can be used at all."""

from __future__ import annotations

from typing import assert_never

from outlookd.sandbox.directory import Directory, MailboxState, User
from outlookd.sandbox.graph.call import Call
from outlookd.sandbox.graph.errors import GraphError
from outlookd.sandbox.tokens import GRAPH, Grant

READS = frozenset({"GET", "HEAD"})


def check_token(directory: Directory, call: Call) -> Grant:
    """What the bearer token of `call` allows. Raises GraphError 401."""
    scheme, _, token = call.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise _unauthorized("Access token is empty.")
    grant = directory.tokens.access.get(token)
    if grant is None:
        raise _unauthorized("CompactToken parsing failed.")
    if grant.expires <= directory.now():
        raise _unauthorized("Lifetime validation failed, the token is expired.")
    if grant.audience != GRAPH:
        raise _unauthorized("Access token validation failure. Invalid audience.")
    return grant


def _unauthorized(message: str) -> GraphError:
    challenge = (
        f'Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", client_id="{GRAPH}"'
    )
    return GraphError(401, "InvalidAuthenticationToken", message, headers={"WWW-Authenticate": challenge})


def find_owner(directory: Directory, grant: Grant, owner: str | None) -> User:
    """The person that a path is about: `owner` is None for ``/me``. Raises GraphError.

    A delegated token reaches its own person only: shared mailboxes are not offered.
    """
    if owner is None:
        if not grant.object_id:
            raise GraphError(400, "BadRequest", "/me request is only valid with delegated authentication flow.")
        owner = grant.object_id
    user = directory.user(owner)
    if user is None:
        raise GraphError(404, "Request_ResourceNotFound", f"Resource '{owner}' does not exist.")
    if grant.object_id and user.object_id != grant.object_id:
        raise GraphError(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")
    return user


def check_permission(grant: Grant, method: str, resource: str) -> None:
    """Whether the token carries the permission for `resource` (``Contacts``). Raises GraphError 403."""
    enough = {f"{resource}.ReadWrite"} | ({f"{resource}.Read"} if method in READS else set())
    if not enough & grant.scopes:
        raise GraphError(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")


def check_mailbox(user: User, method: str) -> None:
    """Whether the mailbox can be used. Raises GraphError; none of these ever means that items were deleted (Graph trap 25)."""
    match user.state:
        case MailboxState.OK:
            pass
        case MailboxState.NOT_ENABLED:
            message = "The mailbox is either inactive, soft-deleted, or is hosted on-premise."
            raise GraphError(404, "MailboxNotEnabledForRESTAPI", message)
        case MailboxState.ACCESS_DENIED:
            raise GraphError(403, "ErrorAccessDenied", "Access to OData is disabled.")
        case MailboxState.MOVING:
            headers = {"Retry-After": "60"}
            raise GraphError(503, "ErrorMailboxMoveInProgress", "Mailbox move in progress. Try again later.", headers=headers)
        case MailboxState.OVER_QUOTA:
            if method == "POST":
                raise GraphError(507, "ErrorQuotaExceeded", "The mailbox quota has been exceeded.")
        case _:
            assert_never(user.state)
