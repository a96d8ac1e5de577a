"""``/jobs/{job}/plan``: what the next run would do, record by record and field by field, and what waits for a person's word.

Knows what a person may see and press. A plan reads both sides, so it is made only when somebody presses the button for it; the
page shows the latest one, with its time. An approval names exactly what was shown: what changed meanwhile is not approved, and is
shown anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from outlookd.core.model import Op, Side
from outlookd.web.history.about import About, Roll, about_in
from outlookd.web.history.errands import Errand
from outlookd.web.history.lines import Known, Line
from outlookd.web.history.paging import Paged, number_in, paged
from outlookd.web.history.plans import HeldPart, Planned, Plans
from outlookd.web.history.sheet import draw, noted
from outlookd.web.jobs.desk import Answer, Desk
from outlookd.web.site import Site
from outlookd.web.site.forms import read_form
from outlookd.web.site.visitors import Visitors

__all__ = ["PlanRoom"]

_PART: Final = "part"
_FEW: Final = 5
"""Records of a held part that stand on the first page: whoever approves looks at all of them on a page of their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanView:
    """The page. `part` is the number of the held part that is shown whole, from 1; 0 for what would be written."""

    errand: Errand[Planned] | None
    part: int
    number: int

    @property
    def held(self) -> HeldPart | None:
        """The part that is shown whole."""
        planned = self.errand.result if self.errand is not None else None
        return planned.held[self.part - 1] if planned is not None and 0 < self.part <= len(planned.held) else None

    @property
    def shown(self) -> Paged[Line]:
        """The writes of this page."""
        planned = self.errand.result if self.errand is not None else None
        lines = self.held.lines if self.held is not None else planned.lines if planned is not None else ()
        return paged(lines, self.number)

    @property
    def records(self) -> Paged[Known]:
        """The undecided records of the part that is shown whole."""
        return paged(self.held.records if self.held is not None else (), self.number)

    def few(self, part: HeldPart) -> Sequence[Line]:
        """The first writes of a held part."""
        return part.lines[:_FEW]

    def few_records(self, part: HeldPart) -> Sequence[Known]:
        """Its first undecided records."""
        return part.records[:_FEW]

    def has_more(self, part: HeldPart) -> bool:
        """Whether there are more than the first ones."""
        return max(len(part.lines), len(part.records)) > _FEW

    def counts(self, planned: Planned) -> Sequence[tuple[Side, Sequence[int]]]:
        """Creates, updates and deletes, per side that has any."""
        rows = [
            (side, [planned.count(op, side) for op in (Op.CREATE, Op.UPDATE, Op.DELETE)]) for side in (Side.OUTLOOK, Side.GOPAAS)
        ]
        return [(side, counts) for side, counts in rows if any(counts)]


class PlanRoom:
    """The page of what one job would do."""

    def __init__(self, plans: Plans, desk: Desk, roll: Roll, visitors: Visitors, site: Site) -> None:
        self._plans = plans
        self._desk = desk
        self._roll = roll
        self._visitors = visitors
        self._site = site

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_get(self._site.path("/jobs/{job}/plan"), self._show, allow_head=False)
        app.router.add_post(self._site.path("/jobs/{job}/plan"), self._ask)
        app.router.add_post(self._site.path("/jobs/{job}/plan/approve"), self._approve)

    async def _show(self, request: web.Request) -> web.StreamResponse:
        visitor = await self._visitors.require(request)
        about = about_in(request, self._roll, visitor)
        part = request.query.get(_PART, "")
        view = PlanView(
            errand=self._plans.look(about.job),
            part=int(part[:4]) if part.isascii() and part.isdigit() else 0,
            number=number_in(request),
        )
        return draw(self._site, request, "plan.html", {"view": view}, about=about, visitor=visitor)

    async def _ask(self, request: web.Request) -> web.StreamResponse:
        visitor = await self._visitors.require(request)
        about = about_in(request, self._roll, visitor)
        address = f"{about.path}/plan"
        raise web.HTTPSeeOther(self._site.path(address if self._plans.ask(about.job) else noted(address, "crowded")))

    async def _approve(self, request: web.Request) -> web.StreamResponse:
        visitor = await self._visitors.require(request)
        about = about_in(request, self._roll, visitor)
        name = (await read_form(request)).get("name", "")
        answer = await self._desk.approve(about.job, name) if name else Answer.CHANGED
        self._settle(about, answer)
        raise web.HTTPSeeOther(self._site.path(noted(f"{about.path}/plan", answer)))

    def _settle(self, about: About, answer: Answer) -> None:
        """What was approved is about to be done, so the plan is out of date; what has changed is shown as it is now."""
        if answer is Answer.APPROVED:
            self._plans.forget(about.job)
        elif answer is Answer.CHANGED:
            self._plans.ask(about.job)
