"""``/subscriptions`` over HTTP (Graph page, section 7.2): order, list, renew, authorise again, end.

What may be ordered is in `subscription_form.py`; whom a change concerns in `sandbox/subscriptions.py`; the delivery is
`courier.py`'s.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeAlias

from outlookd.sandbox.directory import Directory
from outlookd.sandbox.graph.call import Answer, Call
from outlookd.sandbox.graph.errors import GraphError
from outlookd.sandbox.graph.odata import whole_number
from outlookd.sandbox.graph.subscription_form import read_expiry, read_fields, read_order
from outlookd.sandbox.subscriptions import Subscription, not_found, precise
from outlookd.sandbox.tokens import Grant

PAGE = 100
"""Subscriptions in one page of a list; a guess."""

ShakeHands: TypeAlias = Callable[[str], Awaitable[str]]
"""Asks an address whether it wants to be notified. Returns what was wrong, nothing if it does."""


class SubscriptionDesk:
    """The subscriptions of `directory`. A token opens only those that its application made with a token of the same person."""

    def __init__(self, directory: Directory, shake_hands: ShakeHands) -> None:
        self._directory = directory
        self._held = directory.subscriptions
        self._shake_hands = shake_hands

    async def answer(self, call: Call, grant: Grant) -> Answer:
        """The answer to a call below ``/subscriptions``. Raises GraphError, Refusal."""
        _, *rest = call.segments
        match (call.method, *(segment.lower() for segment in rest[1:])):
            case ("GET",) if not rest:
                return self._list(call, grant)
            case ("POST",) if not rest:
                return await self._create(call, grant)
            case ("GET",):
                return self._shown(call, self._own(grant, rest[0]))
            case ("PATCH",) if rest:
                return self._renew(call, self._own(grant, rest[0]))
            case ("DELETE",) if rest:
                self._held.remove(self._own(grant, rest[0]))
                return Answer(status=204)
            case ("POST", "reauthorize" | "microsoft.graph.reauthorize" | "reauthorize()"):
                return self._reauthorize(self._own(grant, rest[0]))
            case (_,):
                raise GraphError(405, "Request_BadRequest", "Specified HTTP method is not allowed for the request target.")
            case _:
                raise GraphError(400, "BadRequest", f"Resource not found for the segment '{rest[-1]}'.")

    async def _create(self, call: Call, grant: Grant) -> Answer:
        wanted = read_order(self._directory, call, grant)
        self._held.check(wanted)
        for url in filter(None, (wanted.notification_url, wanted.lifecycle_url)):
            if problem := await self._shake_hands(url):
                raise GraphError(400, "ValidationError", f"Subscription validation request failed. {problem}")
        self._held.add(wanted)
        context = f"{call.root}/$metadata#subscriptions/$entity"
        body = {"@odata.context": context, **_view(wanted), "clientState": wanted.client_state}
        return Answer(status=201, body=body)

    def _list(self, call: Call, grant: Grant) -> Answer:
        if unknown := set(call.query) - {"skiptoken"}:
            raise GraphError(400, "BadRequest", f"The query option '${min(unknown)}' is not supported.")
        first = whole_number("skiptoken", call.query.get("skiptoken", "0"))
        own: Sequence[Subscription] = self._held.of(grant.client_id, grant.object_id)
        body: dict[str, Any] = {"@odata.context": f"{call.root}/$metadata#subscriptions"}
        body["value"] = [_view(item) for item in own[first : first + PAGE]]
        if len(own) > first + PAGE:
            body["@odata.nextLink"] = f"{call.root}/subscriptions?%24skiptoken={first + PAGE}"
        return Answer(body=body)

    def _renew(self, call: Call, subscription: Subscription) -> Answer:
        """Only the expiry can be changed: a lifecycle address, for one, cannot be added later."""
        body = read_fields(call, ("expirationDateTime",))
        self._held.renew(subscription, read_expiry(body["expirationDateTime"], self._directory.now()))
        return self._shown(call, subscription)

    def _reauthorize(self, subscription: Subscription) -> Answer:
        self._held.renew(subscription, subscription.expires)
        return Answer(status=self._directory.switches.reauthorize_status)

    def _own(self, grant: Grant, id: str) -> Subscription:
        """Another application's or person's subscription is as good as none."""
        found = self._held.find(id)
        if (found.client_id, found.creator) != (grant.client_id, grant.object_id):
            raise not_found()
        return found

    @staticmethod
    def _shown(call: Call, subscription: Subscription) -> Answer:
        return Answer(body={"@odata.context": f"{call.root}/$metadata#subscriptions/$entity", **_view(subscription)})


def _view(item: Subscription) -> dict[str, Any]:
    """A subscription as it reads back: without its `clientState`, which only the answer to its creation repeats."""
    return {
        "id": item.id,
        "resource": item.resource,
        "applicationId": item.client_id,
        "changeType": ",".join(item.change_types),
        "clientState": None,
        "notificationUrl": item.notification_url,
        "notificationQueryOptions": None,
        "lifecycleNotificationUrl": item.lifecycle_url or None,
        "expirationDateTime": precise(item.expires),
        "creatorId": item.creator or item.client_id,
        "includeResourceData": None,
        "latestSupportedTlsVersion": "v1_2",
        "encryptionCertificate": None,
        "encryptionCertificateId": None,
        "notificationUrlAppId": None,
    }
