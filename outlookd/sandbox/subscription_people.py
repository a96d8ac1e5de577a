"""What Graph itself does about subscriptions on request, or a stranger: the part of `people.py` that nobody at Outlook could do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from outlookd.sandbox.subscriptions import Lifecycle, Subscriptions


class SubscriptionPeople:
    """Those who can end, announce and forge. `id` is a subscription's, from the state."""

    def __init__(self, subscriptions: Subscriptions) -> None:
        self._subscriptions = subscriptions

    @property
    def operations(self) -> tuple[Callable[..., dict[str, Any]], ...]:
        """Everything that can be asked for by name."""
        return (self.remove_subscription, self.send_lifecycle, self.forge_notification)

    def remove_subscription(self, *, id: str, tell: bool = True) -> dict[str, Any]:
        """Let Graph forget a subscription; its lifecycle address hears of it unless `tell` is false."""
        self._subscriptions.remove(self._subscriptions.find(id), tell=tell)
        return {}

    def send_lifecycle(self, *, id: str, event: Lifecycle) -> dict[str, Any]:
        """Send one lifecycle event. After ``reauthorizationRequired`` nothing is delivered until it is followed."""
        subscription = self._subscriptions.find(id)
        if event is Lifecycle.REMOVED:
            self._subscriptions.remove(subscription)
        self._subscriptions.announce(subscription, event)
        return {}

    def forge_notification(self, *, id: str, changes: dict[str, Any]) -> dict[str, Any]:
        """Send a notification to a subscription's address with `changes` in place of what is true (``clientState`` and so on)."""
        self._subscriptions.forge(self._subscriptions.find(id), changes)
        return {}
