"""Which subscriptions the jobs of an opened installation need, and their keeper for as long as the daemon runs."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from outlookd.app.composition import App
from outlookd.app.jobs.objections import direction_of
from outlookd.app.notifications.keeper import Demand, Desk, Keeper
from outlookd.app.parts.register import Wake
from outlookd.core.subscriptions import Wanted, resource_of
from outlookd.errors import OutlookdError
from outlookd.graph.subscriptions import SubscriptionDesk
from outlookd.runtime.loops import end
from outlookd.settings import JobSettings
from outlookd.store.subscriptions import Circumstances
from outlookd.web.doors.notifications import NOTIFICATIONS


class JobNeeds:
    """What the jobs need, as they are now. Implements `keeper.Needs`."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._url = f"{app.settings.web.public_url}{NOTIFICATIONS}"

    def demand(self, circumstances: Circumstances) -> Demand:
        """One subscription per login and resource, for the jobs that fetch news from Outlook; none while notifications are off."""
        demand: defaultdict[Wanted, list[str]] = defaultdict(list)
        if self._app.settings.graph.notifications:
            for job in self._app.jobs():
                wanted = self._wanted(job, circumstances)
                if wanted is not None:
                    demand[wanted].append(job.id)
        return demand

    def desk(self, login: str) -> Desk | None:
        """Graph, as the login calls it."""
        for job in self._app.jobs(user=login):
            with suppress(OutlookdError):  # its runs fail in the same way, and say why
                return SubscriptionDesk(self._app.graph(job), self._url)
        return None

    def _wanted(self, job: JobSettings, circumstances: Circumstances) -> Wanted | None:
        handler = self._app.plugins.handlers.get(job.type)
        bound_at = circumstances.bound.get(job.user)
        if handler is None or (bound_at is None and not self._app.identities.of_application):
            return None
        place = circumstances.containers.get(job.id, "")
        resource = resource_of(handler.resource, direction_of(job, handler), folder=job.folder, container=place)
        if resource is None:
            return None
        try:
            mailbox = self._app.graph(job).mailbox.strip("/")
        except OutlookdError:
            return None  # as above
        return Wanted(login=job.user, resource=f"{mailbox}/{resource}", bound_at=bound_at)


@asynccontextmanager
async def subscriptions(app: App, wake: Wake) -> AsyncIterator[None]:
    """Have Graph tell us what changes, for as long as the block runs; `wake` runs a job soon, by its id.

    The pages must answer already: Graph tries our address before it takes an order. With ``graph.notifications = false`` what was
    ordered before is ended.
    """
    keeper = Keeper(app.store.subscriptions, app.register, JobNeeds(app), app.clock, meter=app.meter)
    keeping = asyncio.create_task(keeper.keep(wake), name="subscriptions")
    try:
        yield
    finally:
        app.register.close()
        await end([keeping])
