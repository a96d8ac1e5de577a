"""Plans as the plan page sees them: `web.history.plans.Plans` over an opened installation."""

from __future__ import annotations

from collections.abc import Mapping

from outlookd.app.composition import App
from outlookd.app.pages.errands import Errands
from outlookd.app.pages.telling import Teller, known, teller_of
from outlookd.core.model import WRITES, Held, Link, Plan
from outlookd.core.plan import plan_hash
from outlookd.settings import JobSettings
from outlookd.sync.job import Progress
from outlookd.web.history.errands import Errand
from outlookd.web.history.lines import Known
from outlookd.web.history.plans import HeldPart, Planned
from outlookd.web.jobs.desk import HeldBack

__all__ = ["AppPlans"]


class AppPlans:
    """Implements `web.history.plans.Plans`."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._errands: Errands[Planned] = Errands("plan", app.clock)

    async def aclose(self) -> None:
        """End what goes on in the background."""
        await self._errands.close()

    def look(self, job: str) -> Errand[Planned] | None:
        """The latest plan that somebody asked for."""
        return self._errands.look((job,))

    def ask(self, job: str) -> bool:
        """Have one made, unless that is going on."""
        settings = self._app.roster.find(job)
        if settings is None:
            return True

        async def make(progress: Progress) -> Planned:
            return await self._make(settings, progress)

        return self._errands.begin((job,), make, owner=settings.user)

    def forget(self, job: str) -> None:
        """The latest one is no longer so."""
        self._errands.forget(job)

    async def _make(self, job: JobSettings, progress: Progress) -> Planned:
        plan = await self._app.plan(job, progress=progress)
        # Names of what a guard did not even let be decided; nothing else needs the pairs.
        undecided = any(held.links for held in plan.held)
        links = {link.id: link for link in await self._app.store.links(job.id)} if undecided else {}
        return planned_of(plan, links, teller_of(self._app.plugins.handlers.get(job.type)))


def planned_of(plan: Plan, links: Mapping[str, Link], teller: Teller) -> Planned:
    """The plan as a page shows it. What only changes what is remembered is left out."""
    return Planned(
        hash=plan_hash(plan),
        lines=tuple(teller.planned(action) for action in plan.actions if action.op in WRITES),
        held=tuple(_part(held, links, teller) for held in plan.held),
        unchanged=plan.unchanged,
        waiting=plan.waiting,
    )


def _part(held: Held, links: Mapping[str, Link], teller: Teller) -> HeldPart:
    return HeldPart(
        held=HeldBack(guard=held.guard, count=len(held.actions) or len(held.links), name=held.hash, reason=held.reason),
        lines=tuple(teller.planned(action) for action in held.actions),
        # Twins are held by their Outlook ids, everything else by its pair.
        records=tuple(known(links[id]) if id in links else Known(id=id, name="") for id in held.links),
    )
