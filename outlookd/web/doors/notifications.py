"""``/notifications``: where Microsoft calls when something changed in a mailbox.

Anybody can call here. A call shows that it comes from Graph by the secret of a subscription of ours, and even then it is only a
reason to look earlier: no content is believed, kept or logged (threat T12). A stranger learns nothing either, since every call that
can be read gets the same answer. All work is looking things up in memory, so that ten thousand forged calls cost little, and a
real one is answered long before the three seconds that Graph allows (graph.md 7.3).
"""

from __future__ import annotations

import hashlib
import hmac
import math
from collections import Counter, OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from typing import Any, Final, Protocol

import orjson
import structlog
from aiohttp import web

from outlookd.core.subscriptions import Subscription, digest_of
from outlookd.meter import SILENT, Meter, Notified
from outlookd.ports import Clock
from outlookd.web.site import Site
from outlookd.web.site.bodies import read_body

__all__ = ["NOTIFICATIONS", "USUAL", "Announcement", "Notifications", "Switchboard"]

log = structlog.get_logger()

NOTIFICATIONS: Final = "/notifications"
"""The path below the public address, for both kinds of notification."""

USUAL: Final = frozenset({200, 202, 400, 408, 413, 503})
"""Answers that have no line in the access log: anybody can cause any number of them, and each notification is counted."""

_LARGEST: Final = 256 * 1024
"""Bytes. Graph puts many notifications of less than a kilobyte into one call; the other pages take 64 KB."""
_MOST: Final = 1_000
_LONGEST_TOKEN: Final = 1_024
_REMEMBERED: Final = 10_000
_COMPLAIN_EVERY: Final = 60.0


class Announcement(StrEnum):
    """What Graph says about a subscription itself (graph.md 7.4)."""

    REAUTHORIZE = "reauthorizationRequired"
    REMOVED = "subscriptionRemoved"
    MISSED = "missed"


class Switchboard(Protocol):
    """Who knows our subscriptions and whom they concern. Answers from memory, at once."""

    @property
    def is_open(self) -> bool:
        """Whether our subscriptions are known already: while we start, Graph is told to come again."""
        ...

    def shake_hands(self) -> bool:
        """Whether we are asking Graph for a subscription right now, and so expect it to try our address."""
        ...

    def find(self, id: str) -> Subscription | None:
        """A subscription of ours."""
        ...

    def changed(self, subscription: Subscription) -> None:
        """Something that it watches has changed."""
        ...

    def announced(self, subscription: Subscription, event: Announcement) -> None:
        """Graph has something to say about the subscription itself."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class _Notice:
    """One notification, as far as it is looked at.

    `item` and `version` are fingerprints of what changed and of the state in which it is now; empty where the notice does not say.
    """

    subscription: str
    client_state: str
    announcement: Announcement | None
    item: bytes = b""
    version: bytes = b""


class Notifications:
    """The room. Every notification is counted under what became of it."""

    def __init__(self, site: Site, switchboard: Switchboard, clock: Clock, *, meter: Meter = SILENT) -> None:
        self._site = site
        self._switchboard = switchboard
        self._meter = meter
        self._complaints = _Complaints(clock)
        self._latest: OrderedDict[bytes, bytes] = OrderedDict()

    def add_to(self, app: web.Application) -> None:
        """Add the route."""
        app.router.add_post(self._site.path(NOTIFICATIONS), self._receive)

    async def _receive(self, request: web.Request) -> web.Response:
        token = request.query.get("validationToken")
        if token is not None:
            return self._shake_hands(token)
        try:
            content = await read_body(request, largest=_LARGEST)
        except web.RequestPayloadError:
            self._count("malformed")
            raise
        if not self._switchboard.is_open:
            return web.Response(status=HTTPStatus.SERVICE_UNAVAILABLE, headers={"Retry-After": "10"})
        self._take(content)
        return web.Response(status=HTTPStatus.ACCEPTED)

    def _shake_hands(self, token: str) -> web.Response:
        """Say the token, but only when we have asked to be called: nobody else can subscribe our address or use us as an echo.

        Safe without a lock, because Graph calls while it works on our request, and answers that request afterwards.
        """
        if not self._switchboard.shake_hands():
            return web.Response(status=HTTPStatus.BAD_REQUEST, text="outlookd is here, but has not asked for a validation.")
        if not (0 < len(token) <= _LONGEST_TOKEN and token.isascii() and token.isprintable()):
            return web.Response(status=HTTPStatus.BAD_REQUEST, text="This is no validation token.")
        return web.Response(text=token, content_type="text/plain", charset="utf-8")

    def _take(self, content: bytes) -> None:
        """Count every notification, and pass on what is news: each subscription's changes once, however many they are."""
        changed: dict[str, Subscription] = {}
        for notice in _notices(content):
            subscription = self._switchboard.find(notice.subscription) if notice is not None else None
            outcome = self._judge(notice, subscription)
            self._count(outcome)
            if outcome != "accepted" or notice is None or subscription is None:
                continue
            if notice.announcement is None:
                changed[subscription.id] = subscription
            else:
                self._switchboard.announced(subscription, notice.announcement)
        for subscription in changed.values():
            self._switchboard.changed(subscription)

    def _count(self, outcome: Notified) -> None:
        self._meter.notified(outcome)
        if outcome not in {"accepted", "duplicate"}:
            self._complaints.add(outcome)

    def _judge(self, notice: _Notice | None, subscription: Subscription | None) -> Notified:
        if notice is None:
            return "malformed"
        if subscription is None:
            return "unknown_subscription"
        if not hmac.compare_digest(digest_of(notice.client_state), subscription.client_state):
            return "bad_client_state"
        return "duplicate" if self._is_repeated(notice) else "accepted"

    def _is_repeated(self, notice: _Notice) -> bool:
        """Whether the last thing that was said of this item is the same: Graph tells of one change up to three times (trap 30).

        Only in succession: an item that was deleted, restored and deleted again is news each time.
        """
        if not notice.item or not notice.version:
            return False
        repeated = self._latest.get(notice.item) == notice.version
        self._latest[notice.item] = notice.version
        self._latest.move_to_end(notice.item)
        if len(self._latest) > _REMEMBERED:
            self._latest.popitem(last=False)
        return repeated


class _Complaints:
    """Says in the log what was refused, once a minute at most: a flood of calls must not become a flood of lines."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._counts: Counter[str] = Counter()
        self._last: dict[str, float] = {}

    def add(self, outcome: Notified) -> None:
        self._counts[outcome] += 1
        now = self._clock.monotonic()
        if now - self._last.get(outcome, -math.inf) >= _COMPLAIN_EVERY:
            log.warning("notification.refused", outcome=outcome, count=self._counts.pop(outcome))
            self._last[outcome] = now


def _notices(content: bytes) -> Iterator[_Notice | None]:
    """The notifications of a body; None for each that is none, and one None for a body that cannot be read."""
    try:
        body = orjson.loads(content)
    except orjson.JSONDecodeError:
        body = None
    items = body.get("value") if isinstance(body, dict) else None
    if not isinstance(items, list) or not 0 < len(items) <= _MOST:
        yield None
        return
    for item in items:
        yield _notice(item)


def _notice(item: object) -> _Notice | None:
    if not isinstance(item, dict):
        return None
    subscription, state, event = item.get("subscriptionId"), item.get("clientState"), item.get("lifecycleEvent")
    if not isinstance(subscription, str):
        return None
    # Without a secret it is a notification all the same: one that nobody vouches for.
    state = state if isinstance(state, str) else ""
    if event is not None:
        return _announcement(subscription, state, event)
    change, data = item.get("changeType"), item.get("resourceData")
    if not isinstance(change, str):
        return None
    what, version = _fingerprints(subscription, change, data if isinstance(data, dict) else {})
    return _Notice(subscription=subscription, client_state=state, announcement=None, item=what, version=version)


def _announcement(subscription: str, state: str, event: object) -> _Notice | None:
    try:
        return _Notice(subscription=subscription, client_state=state, announcement=Announcement(str(event)))
    except ValueError:
        return None


def _fingerprints(subscription: str, change: str, data: dict[str, Any]) -> tuple[bytes, bytes]:
    """Which item, and in which state: by its etag, which every change moves. What was deleted needs none."""
    id, etag = data.get("id"), data.get("@odata.etag")
    if not isinstance(id, str) or not (isinstance(etag, str) or change == "deleted"):
        return b"", b""
    return _fingerprint(subscription, id), _fingerprint(change, str(etag))


def _fingerprint(*words: str) -> bytes:
    return hashlib.blake2b("\0".join(words).encode(), digest_size=16).digest()
