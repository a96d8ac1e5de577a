"""Graph's subscriptions: asking it to tell us of a mailbox's changes, asking again in time, and asking no more.

Knows the requests and what their refusals mean (graph.md 7.2). Does not know which subscriptions there should be, nor what arrives
under them. Graph calls our address *during* `create` to see whether it is ours; who answers there must be ready before.
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from outlookd.errors import AccessDenied, NotFound, Rejected, RemoteError, Stale
from outlookd.graph.client import GraphClient
from outlookd.graph.errors import unintelligible
from outlookd.graph.links import INSTANT, segment
from outlookd.graph.paging import Pager

_PATH: Final = "/subscriptions"
_CHANGES: Final = "created,updated,deleted"
_STATE_BYTES: Final = 32
"""256 bits: nobody guesses it, and its text stays far below the 128 characters that Graph allows."""
_GONE: Final = frozenset({404, 410})
_PAGE: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A subscription as Graph just made it. `client_state` is the secret itself: keep its hash only."""

    id: str
    client_state: str
    expires: datetime


class SubscriptionDesk:
    """Where one mailbox's subscriptions are ordered. `url` is the address that Graph is to call, for both kinds of notification."""

    def __init__(self, client: GraphClient, url: str) -> None:
        self._client = client
        self._url = url

    async def create(self, resource: str, *, expires: datetime) -> Made:
        """Have changes of `resource` told to us until `expires`; Graph may grant less. Ids in notifications are immutable ones.

        A subscription of ours that we forgot (we died between Graph's answer and our own record of it) is deleted, and the order
        repeated: Graph takes no second one of the same kind (trap 30). Raises Rejected when Graph cannot reach our address or does
        not know the resource, AccessDenied when the permission is missing or the mailbox has too many, Stale when another
        installation has the same subscription.
        """
        try:
            return await self._create(resource, expires)
        except Stale as error:
            if not await self._delete_forgotten(resource):
                raise _with_hint(error) from error
        return await self._create(resource, expires)

    async def renew(self, id: str, *, expires: datetime) -> datetime:
        """Put the end off, which also answers a demand to authorise it again. Returns what Graph granted.

        Raises NotFound when the subscription is gone: then it must be made anew, and what happened meanwhile be looked for.
        """
        try:
            answer = await self._client.write("PATCH", _path_of(id), {"expirationDateTime": _text(expires)})
        except RemoteError as error:
            if error.status in _GONE:
                raise NotFound(error.message, service="graph", status=error.status, code=error.code) from error
            raise
        return _expiry(answer)

    async def delete(self, id: str) -> None:
        """Have no more told. One that is gone already is no fault."""
        try:
            await self._client.delete(_path_of(id))
        except RemoteError as error:
            if error.status not in _GONE:
                raise

    async def _create(self, resource: str, expires: datetime) -> Made:
        state = secrets.token_urlsafe(_STATE_BYTES)
        order = {
            "changeType": _CHANGES,
            "notificationUrl": self._url,
            "lifecycleNotificationUrl": self._url,
            "resource": resource,
            "expirationDateTime": _text(expires),
            "clientState": state,
        }
        try:
            answer = await self._client.write("POST", _PATH, order)
        except (Rejected, AccessDenied) as error:
            raise _with_hint(error) from error
        id = answer.get("id")
        if not isinstance(id, str) or not id:
            raise unintelligible("a new subscription has no id")
        return Made(id=id, client_state=state, expires=_expiry(answer))

    async def _delete_forgotten(self, resource: str) -> int:
        """Delete what calls our own address for this resource. Only what nobody remembers: the caller has no such subscription."""
        forgotten = [
            id
            async for item in self._listed()
            if item.get("notificationUrl") == self._url
            and _same(item.get("resource"), resource)
            and isinstance(id := item.get("id"), str)
        ]
        for id in forgotten:
            await self.delete(id)
        return len(forgotten)

    async def _listed(self) -> AsyncIterator[Mapping[str, Any]]:
        """Every subscription that our application has, of this user where it acts for one."""
        pager = Pager(self._client, size=_PAGE)
        async for items in pager.pages(await pager.first(lambda _size: _PATH)):
            for item in items:
                yield item


_HINTS: Final[Mapping[type[RemoteError], str]] = {
    Rejected: "Microsoft must be able to call web.public_url from the internet, over https with a certificate that it trusts.",
    AccessDenied: "Check the application's permissions; a mailbox has 1,000 subscriptions at most, over all applications.",
    Stale: "Another installation with the same client_id watches this mailbox: switch graph.notifications off in one of them.",
}


def _with_hint(error: RemoteError) -> RemoteError:
    """The same refusal, with what it means when somebody subscribes."""
    return type(error)(
        error.message,
        service=error.service,
        status=error.status,
        code=error.code,
        request_id=error.request_id,
        client_request_id=error.client_request_id,
        hint=_HINTS[type(error)],
    )


def _path_of(id: str) -> str:
    return f"{_PATH}/{segment(id)}"


def _text(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):{INSTANT}}"


def _expiry(answer: Mapping[str, Any]) -> datetime:
    """When Graph says that it ends, aware, UTC. Seven fractional digits are cut to six."""
    try:
        moment = datetime.fromisoformat(answer["expirationDateTime"])
    except (KeyError, TypeError, ValueError) as error:
        raise unintelligible("a subscription has no expiry") from error
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _same(text: object, resource: str) -> bool:
    """Whether two resources are one: Graph gives them back with or without a slash in front. Ids in them are case-sensitive."""
    return isinstance(text, str) and text.strip("/") == resource.strip("/")
