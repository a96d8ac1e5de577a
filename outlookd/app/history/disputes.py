"""Conflicts as people ask about them: which wait, which were decided, and choosing otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import structlog

from outlookd.core.model import Conflict, Fields, Link, RunReport, Side
from outlookd.core.orders import Kept
from outlookd.errors import OutlookdError
from outlookd.runtime.metrics import counted_run
from outlookd.sync import resolve as resolving

if TYPE_CHECKING:
    from outlookd.app.composition import App


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute:
    """One field group that two people changed: what each side showed, and `base`, what both had shown before.

    `winner` is whose value the policy kept, None where it left that to a person; `resolved` whose value a person chose. `settled`
    says when a person chose, or when what waited ended by itself. `rule` is the number of the rule that decided.
    """

    number: int
    job: str
    group: str
    gopaas: Fields
    outlook: Fields
    base: Fields
    winner: Side | None
    resolved: Side | None
    at: datetime | None
    link: Link
    settled: datetime | None = None
    rule: str = ""

    @property
    def waits(self) -> bool:
        """Whether a person has still to decide it."""
        return self.winner is None and self.settled is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """What became of a choice: the run that carried it out, what it left as it is, and what each side showed before that."""

    report: RunReport
    kept: tuple[Kept, ...]
    shown: Mapping[Side, Fields]


async def disputes(app: App, *, user: str | None = None, kind: str | None = None, settled: bool = False) -> tuple[Dispute, ...]:
    """Conflicts that wait for a person, the latest first; with `settled` those that somebody or something decided, too."""
    found: list[Dispute] = []
    for job in app.jobs(user, kind):
        conflicts = [conflict for conflict in await app.store.conflicts(job.id) if settled or conflict.waits]
        links = {link.id: link for link in await app.store.links(job.id)} if conflicts else {}
        found += [_dispute(job.id, conflict, links[conflict.link]) for conflict in conflicts if conflict.link in links]
    return tuple(sorted(found, key=lambda dispute: dispute.number, reverse=True))


def _dispute(job: str, conflict: Conflict, link: Link) -> Dispute:
    return Dispute(
        number=conflict.seq,
        job=job,
        group=conflict.group,
        gopaas=conflict.gopaas,
        outlook=conflict.outlook,
        base=conflict.base,
        winner=conflict.winner,
        resolved=conflict.resolved,
        at=conflict.at,
        link=link,
        settled=conflict.settled,
        rule=conflict.rule,
    )


async def resolve(app: App, number: int, side: Side, *, user: str | None = None, insist: bool = False, seen: str = "") -> Resolved:
    """Have both sides show what `side` showed in that conflict, also long after it was decided.

    `insist` writes over what somebody changed since, with `seen` only over the values of that name. What goes wrong in the run is
    in its report. Raises OutlookdError where there is no such conflict, of that user if one is given.
    """
    found = await app.store.conflict(number)
    job = app.roster.find(found[0]) if found is not None else None
    if job is None or user not in (None, job.user):
        raise OutlookdError(f"There is no conflict {number}.", hint="`outlookd conflicts --all` lists them with their numbers.")
    with structlog.contextvars.bound_contextvars(job=job.id, user=job.user):
        with counted_run(app.metrics, resource=app.resource_of(job), trigger="manual") as count:
            settled = await resolving.resolve(*app.prepare(job), number, side, insist=insist, seen=seen)
            count(settled.report)
        return Resolved(report=settled.report, kept=settled.kept, shown=settled.shown)
