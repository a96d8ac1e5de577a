"""A person's data, shown and forgotten: what is asked of Graph first, and what must not run meanwhile.

Which rows those are is `store.personal`'s knowledge.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass

import structlog

from outlookd.app.composition import App
from outlookd.errors import OutlookdError
from outlookd.graph.subscriptions import SubscriptionDesk

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """How many rows went, by table. `unended` subscriptions could not be ended at Graph: they run out by themselves within days."""

    removed: Mapping[str, int]
    unended: int

    @property
    def anything(self) -> bool:
        """Whether there was anything to forget."""
        return any(self.removed.values())


async def forget_person(app: App, login: str) -> Forgotten:
    """Forget everything about `login`. Its jobs are held meanwhile, so that no run remembers anything anew.

    Raises JobBusy when one of them runs, before anything has changed; StoreError, StoreFull.
    """
    async with AsyncExitStack() as held:
        for job in sorted({*await app.store.personal.jobs(login), *(job.id for job in app.jobs(login))}):
            await held.enter_async_context(app.store.lease(job))
        unended = await _end_subscriptions(app, login)
        removed = await app.store.personal.forget(login)
    log.info("personal.forgotten", rows=sum(removed.values()))
    return Forgotten(removed=removed, unended=unended)


async def _end_subscriptions(app: App, login: str) -> int:
    """Ask Graph to tell no more, with the sign-in that is about to go. Returns how many it did not end."""
    circumstances = await app.store.subscriptions.circumstances()
    unended = 0
    for subscription in circumstances.held:
        if subscription.login == login:
            try:
                await SubscriptionDesk(app.graph_as(login), "").delete(subscription.id)
            except OutlookdError as error:
                log.warning("personal.subscription.left", error=type(error).__name__)
                unended += 1
    return unended
