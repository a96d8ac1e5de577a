"""What an application may order when it subscribes (Graph page, sections 7.1 and 7.2): body, addresses, expiry, resource.

Only reads and refuses; nobody is called and nothing is kept here.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from yarl import URL

from outlookd.sandbox.directory import Directory
from outlookd.sandbox.graph.access import check_mailbox, check_permission, find_owner
from outlookd.sandbox.graph.call import Call, split_path
from outlookd.sandbox.graph.errors import GraphError
from outlookd.sandbox.graph.routes import split_owner
from outlookd.sandbox.guard import is_loopback
from outlookd.sandbox.happenings import CHANGE_TYPES, Kind
from outlookd.sandbox.refusal import Refusal
from outlookd.sandbox.subscriptions import LONGEST, SHORTEST, Subscription, Topic
from outlookd.sandbox.tokens import Grant

REQUIRED: Final = ("changeType", "notificationUrl", "resource", "expirationDateTime")
OPTIONAL: Final = ("clientState", "lifecycleNotificationUrl", "latestSupportedTlsVersion")
RICH: Final = ("includeResourceData", "encryptionCertificate", "encryptionCertificateId", "notificationQueryOptions")
"""Notifications with content in them: not offered here."""
LONGEST_STATE: Final = 128
TLS_VERSIONS: Final = ("v1_0", "v1_1", "v1_2", "v1_3")


def read_order(directory: Directory, call: Call, grant: Grant) -> Subscription:
    """The subscription that a POST asks for. Raises GraphError, Refusal."""
    body = read_fields(call, REQUIRED, OPTIONAL)
    resource = body["resource"]
    return Subscription(
        topic=read_topic(directory, grant, resource),
        resource=resource,
        client_id=grant.client_id,
        creator=grant.object_id,
        change_types=_change_types(body["changeType"]),
        notification_url=_address("notificationUrl", body["notificationUrl"]),
        lifecycle_url=_address("lifecycleNotificationUrl", url) if (url := body.get("lifecycleNotificationUrl")) else "",
        client_state=_state(body.get("clientState")),
        family=call.family,
        expires=read_expiry(body["expirationDateTime"], directory.now()),
    )


def read_fields(call: Call, required: tuple[str, ...], optional: tuple[str, ...] = ()) -> Mapping[str, str]:
    """The texts of a body that has these members and no others; absent and null are the same. Raises GraphError."""
    if not isinstance(call.body, Mapping):
        raise GraphError(400, "BadRequest", "A JSON object was expected in the request body.")
    body = {name: value for name, value in call.body.items() if not name.startswith("@odata.") and value is not None}
    if rich := [name for name in RICH if body.pop(name, False)]:
        raise _invalid(f"Notifications with resource data are not offered: '{rich[0]}'.")
    if unknown := [name for name in body if name not in (*required, *optional)]:
        raise _invalid(f"The property '{unknown[0]}' does not exist on type 'microsoft.graph.subscription' or cannot be set here.")
    if missing := [name for name in required if not body.get(name)]:
        raise _invalid(f"'{missing[0]}' is a required property.")
    if wrong := [name for name, value in body.items() if not isinstance(value, str)]:
        raise _invalid(f"'{wrong[0]}' must be a string.")
    if body.get("latestSupportedTlsVersion", TLS_VERSIONS[0]) not in TLS_VERSIONS:
        raise _invalid("'latestSupportedTlsVersion' is not a known version.")
    return body


def read_expiry(text: str, instant: datetime) -> datetime:
    """When a subscription ends: at most a week ahead, never sooner than in 45 minutes. Raises GraphError."""
    try:
        expires = datetime.fromisoformat(text)
    except ValueError as error:
        raise _invalid("'expirationDateTime' is not a date and time.") from error
    if expires.tzinfo is None:
        raise _invalid("'expirationDateTime' must have an offset.")
    if expires <= instant:
        raise _invalid("Subscription expiration must be in the future.")
    if expires - instant > LONGEST:
        minutes = int(LONGEST.total_seconds() // 60)
        raise _invalid(f"Subscription expiration can only be {minutes} minutes in the future.")
    return max(expires, instant + SHORTEST).astimezone(instant.tzinfo)


def read_topic(directory: Directory, grant: Grant, resource: str) -> Topic:
    """What a resource path means: contacts or events of a mailbox that the token may read. Raises GraphError.

    A calendar view, one item, a path with a query and an absolute address cannot be subscribed to.
    """
    if "?" in resource or "://" in resource:
        raise _invalid("'Resource' is invalid.")
    owner, rest = split_owner(split_path(resource))
    match [segment.lower() for segment in rest]:
        case ["contacts"] | ["contactfolders", _, "contacts"]:
            kind, permission = Kind.CONTACTS, "Contacts"
        case ["events"] | ["calendar", "events"] | ["calendars", _, "events"]:
            kind, permission = Kind.EVENTS, "Calendars"
        case _:
            raise _invalid(f"Subscriptions to '{resource}' are not supported.")
    user = find_owner(directory, grant, owner[1] if len(owner) > 1 else None)
    check_permission(grant, "GET", permission)
    try:
        check_mailbox(user, "GET")
    except GraphError as error:
        reason = f"[Status Code: {error.status}; Reason: {error.message} Currently on backend 'Unknown'.]"
        raise GraphError(
            error.status, "ExtensionError", f"Operation: Create; Exception: {reason}", headers=error.headers
        ) from error
    container = rest[1] if len(rest) == 3 else ""
    try:
        if container:
            (user.mailbox.folder if kind is Kind.CONTACTS else user.calendars.calendar)(container)
    except Refusal as refusal:
        raise _invalid("'Resource' is invalid.") from refusal
    return Topic(owner=user.object_id, kind=kind, container=container)


def _change_types(text: str) -> tuple[str, ...]:
    named = tuple(dict.fromkeys(part.strip() for part in text.split(",")))
    if not set(named) <= set(CHANGE_TYPES.values()):
        raise _invalid("'changeType' is a list of created, updated and deleted.")
    return named


def _address(name: str, text: str) -> str:
    """An address that may be notified. Plain http is accepted for this machine only, where the real one never calls."""
    try:
        url = URL(text, encoded=True)
    except ValueError as error:
        raise _invalid(f"'{name}' is not a valid URL.") from error
    if not url.host or url.fragment or url.user is not None:
        raise _invalid(f"'{name}' is not a valid URL.")
    if url.scheme != "https" and not (url.scheme == "http" and is_loopback(url.host)):
        raise _invalid(f"'{name}' must use https.")
    return text


def _state(text: str | None) -> str | None:
    if text is not None and len(text) > LONGEST_STATE:
        raise _invalid(f"'clientState' must not be longer than {LONGEST_STATE} characters.")
    return text


def _invalid(message: str) -> GraphError:
    return GraphError(400, "InvalidRequest", message)
