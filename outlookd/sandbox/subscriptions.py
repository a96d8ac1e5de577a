"""Who is to be told about changes of a mailbox, and what they are told (Graph page, section 7). Knows no HTTP.

The orders come from `graph/subscriptions.py`, the changes from the mailboxes (`happenings.py`); the letters that result are carried
by `courier.py`. A subscription is bound to the application and the person that made it, and ends at its expiry without a word.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, TypeAlias

from outlookd.sandbox.clock import Now, timestamp
from outlookd.sandbox.happenings import CHANGE_TYPES, Happening, Kind
from outlookd.sandbox.ids import Family
from outlookd.sandbox.refusal import Refusal
from outlookd.sandbox.switches import Switches

LONGEST = timedelta(minutes=10_080)
"""What Graph grants at most for contacts and events."""
SHORTEST = timedelta(minutes=45)
"""An expiry that is nearer is put off to this."""


class Lifecycle(StrEnum):
    """What a subscription's second address hears about the subscription itself."""

    REAUTHORIZE = "reauthorizationRequired"
    """Nothing is delivered until somebody authorises the subscription again."""
    REMOVED = "subscriptionRemoved"
    MISSED = "missed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """What is watched: the contacts or the events of a mailbox; of one folder or calendar, unless `container` is empty."""

    owner: str
    kind: Kind
    container: str = ""


@dataclass(slots=True, kw_only=True)
class Subscription:
    """A standing order. `creator` is the person whose token made it, empty for an application's own; `family` that of its ids.

    `resource` is the path as it was written. `expires` moves with each renewal; `authorized` is False while Graph waits for one.
    """

    client_id: str
    creator: str
    topic: Topic
    resource: str
    change_types: tuple[str, ...]
    notification_url: str
    lifecycle_url: str
    client_state: str | None
    family: Family
    expires: datetime
    authorized: bool = True
    id: str = field(default_factory=lambda: str(uuid.uuid4()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One notification under way. `what` and `about` are what faults are matched against: ``updated Users/…/Events/…``.

    `parting` says that it is sent although its subscription is gone, or never was.
    """

    url: str
    what: str
    about: str
    content: Mapping[str, Any]
    written: datetime
    subscription_id: str
    parting: bool = False


Deliver: TypeAlias = Callable[[Letter], object]


def nobody_delivers(_letter: Letter) -> None:
    """What becomes of a letter while no Graph runs."""


class Subscriptions:
    """Every subscription of one tenant. `deliver` is set by whoever carries letters."""

    def __init__(self, tenant_id: str, switches: Switches, now: Now) -> None:
        self.deliver: Deliver = nobody_delivers
        self._tenant_id = tenant_id
        self._switches = switches
        self._now = now
        self._by_id: dict[str, Subscription] = {}
        self._by_owner: dict[str, list[Subscription]] = {}

    def check(self, wanted: Subscription) -> None:
        """Whether the order can be taken. Raises Refusal ``Conflict`` for a twin, ``Forbidden`` when the mailbox has too many."""
        others = self._of_mailbox(wanted.topic.owner)
        same = (wanted.client_id, wanted.creator, wanted.topic, set(wanted.change_types))
        if any((other.client_id, other.creator, other.topic, set(other.change_types)) == same for other in others):
            raise Refusal("Conflict", "Subscription already exists for the requested combination.")
        if len(others) >= self._switches.subscriptions_per_mailbox:
            raise Refusal("Forbidden", "Subscription quota limit reached for the mailbox.")

    def add(self, wanted: Subscription) -> None:
        """Take the order. Raises as `check`."""
        self.check(wanted)
        self._by_id[wanted.id] = wanted
        self._by_owner.setdefault(wanted.topic.owner, []).append(wanted)

    def of(self, client_id: str, creator: str) -> Sequence[Subscription]:
        """Those that an application made for a person (or for itself) and that have not expired, oldest first."""
        return [found for found in self.all() if (found.client_id, found.creator) == (client_id, creator)]

    def all(self) -> Sequence[Subscription]:
        """Everybody's."""
        return [found for owner in list(self._by_owner) for found in self._of_mailbox(owner)]

    def find(self, id: str) -> Subscription:
        """The subscription with this id. Raises Refusal ``ResourceNotFound``, also once it has expired."""
        found = self._by_id.get(id)
        if found is None or found.expires <= self._now():
            raise not_found()
        return found

    def renew(self, subscription: Subscription, expires: datetime) -> None:
        """Move the expiry; that authorises, too."""
        subscription.expires = expires
        subscription.authorized = True

    def remove(self, subscription: Subscription, *, tell: bool = False) -> None:
        """End a subscription; `tell` says so to its second address, as Graph does when it was Graph's own decision."""
        del self._by_id[subscription.id]
        self._by_owner[subscription.topic.owner].remove(subscription)
        if tell:
            self.announce(subscription, Lifecycle.REMOVED)

    def announce(self, subscription: Subscription, event: Lifecycle) -> None:
        """Tell the second address, if there is one, about the subscription itself."""
        if event is Lifecycle.REAUTHORIZE:
            subscription.authorized = False
        if subscription.lifecycle_url:
            content = {**self._envelope(subscription), "lifecycleEvent": event.value}
            self._send(subscription, subscription.lifecycle_url, event.value, subscription.resource, content, parting=True)

    def happened(self, happening: Happening) -> None:
        """Write to everybody who watches this."""
        if happening.is_discarded:
            return
        for subscription in self._of_mailbox(happening.owner):
            if subscription.authorized and self._concerns(subscription, happening):
                self._send(subscription, subscription.notification_url, *self._told(subscription, happening))

    def forge(self, subscription: Subscription, changes: Mapping[str, Any]) -> None:
        """Send what a stranger might: a letter to the subscription's address, with `changes` in place of what is true."""
        type_name = subscription.topic.kind.value.capitalize()
        about = f"Users/{subscription.topic.owner}/{type_name}/{'AAMkA' + 'f' * 40}="
        true = {**self._envelope(subscription), "changeType": "updated", "resource": about, "resourceData": None}
        self._send(subscription, subscription.notification_url, "forged", about, {**true, **changes}, parting=True)

    def is_wanted(self, letter: Letter) -> bool:
        """Whether a letter is still to be delivered: its subscription may have ended meanwhile."""
        subscription = self._by_id.get(letter.subscription_id)
        return letter.parting or (subscription is not None and subscription.expires > self._now())

    def dump(self) -> list[dict[str, Any]]:
        """Every subscription as plain data; its `clientState` is a secret and stays here."""
        return [
            {
                "id": item.id,
                "applicationId": item.client_id,
                "creator": item.creator,
                "owner": item.topic.owner,
                "resource": item.resource,
                "changeType": ",".join(item.change_types),
                "notificationUrl": item.notification_url,
                "lifecycleNotificationUrl": item.lifecycle_url,
                "expirationDateTime": timestamp(item.expires),
                "authorized": item.authorized,
            }
            for item in self.all()
        ]

    # --- inside ------------------------------------------------------------------------------------------------------------

    def _of_mailbox(self, owner: str) -> Sequence[Subscription]:
        """The living ones of a mailbox; the others are forgotten on the way."""
        held, instant = self._by_owner.get(owner, []), self._now()
        for expired in [item for item in held if item.expires <= instant]:
            self.remove(expired)
        return list(held)

    def _concerns(self, subscription: Subscription, happening: Happening) -> bool:
        topic = subscription.topic
        if topic.kind is not happening.kind or CHANGE_TYPES[happening.change] not in subscription.change_types:
            return False
        if topic.container:
            return topic.container == happening.container
        return happening.is_default or self._switches.subscription_scope == "mailbox"

    def _told(self, subscription: Subscription, happening: Happening) -> tuple[str, str, dict[str, Any]]:
        """What happened, to what, and the notification about it."""
        what, id = CHANGE_TYPES[happening.change], happening.ids[subscription.family]
        collection = happening.kind.value.capitalize()
        about = f"Users/{happening.owner}/{collection}/{id}"
        data = {
            "@odata.type": f"#Microsoft.Graph.{collection.removesuffix('s')}",
            "@odata.id": about,
            "@odata.etag": happening.etag,
            "id": id,
        }
        return what, about, {**self._envelope(subscription), "changeType": what, "resource": about, "resourceData": data}

    def _envelope(self, subscription: Subscription) -> dict[str, Any]:
        return {
            "subscriptionId": subscription.id,
            "subscriptionExpirationDateTime": precise(subscription.expires, zone="+00:00"),
            "clientState": subscription.client_state,
            "tenantId": self._tenant_id,
        }

    def _send(
        self, subscription: Subscription, url: str, what: str, about: str, content: Mapping[str, Any], *, parting: bool = False
    ) -> None:
        self.deliver(
            Letter(
                url=url,
                what=what,
                about=about,
                content=content,
                written=self._now(),
                subscription_id=subscription.id,
                parting=parting,
            )
        )


def not_found() -> Refusal:
    """What Graph says about a subscription that is gone, or another's."""
    return Refusal("ResourceNotFound", "The object was not found.")


def precise(instant: datetime, *, zone: str = "Z") -> str:
    """An instant with the seven fractional digits that subscriptions have; answers end in ``Z``, notifications in ``+00:00``."""
    return f"{instant:%Y-%m-%dT%H:%M:%S.%f}0{zone}"
