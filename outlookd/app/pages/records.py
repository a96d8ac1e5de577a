"""Single records as the pages see them: `web.history.records.Records` over the rooms of `app.history`.

Who may see a job is asked before; here every question is bound to that job's user, so that no id leads to somebody else's record.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import structlog

from outlookd.app.composition import App
from outlookd.app.history.disputes import Dispute, Resolved, disputes, resolve
from outlookd.app.history.quarantine import retry
from outlookd.app.history.story import NOT_LOOKED_UP, tell
from outlookd.app.pages.errands import Errands
from outlookd.app.pages.takebacks import left_of, names_of
from outlookd.app.pages.telling import Teller, known, name_of, teller_of
from outlookd.core.model import Link, Quarantined, Side
from outlookd.core.resolution import CHANGED, name_of_shown
from outlookd.core.story import Story
from outlookd.sync.job import Progress
from outlookd.web.history.errands import Errand
from outlookd.web.history.lines import Known
from outlookd.web.history.records import Case, Settled, Told, Verdict
from outlookd.web.jobs.desk import SetAside
from outlookd.web.troubles import problem_of

__all__ = ["AppRecords"]

log = structlog.get_logger()


class AppRecords:
    """Implements `web.history.records.Records`."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._errands: Errands[Sequence[Told]] = Errands("why", app.clock)
        self._choices: Errands[Settled] = Errands("choice", app.clock)

    async def aclose(self) -> None:
        """End what goes on in the background."""
        await self._errands.close()
        await self._choices.close()

    async def tell(self, job: str, id: str) -> Sequence[Told]:
        """Everything that is remembered of the job's user under that key or id."""
        settings = self._app.roster.find(job)
        return await self._tell(settings.user, id, live=False) if settings is not None else ()

    def look(self, job: str, id: str) -> Errand[Sequence[Told]] | None:
        """The same with how both sides stand, as somebody asked for it lately."""
        return self._errands.look((job, id))

    def inquire(self, job: str, id: str) -> bool:
        """Have both sides read for it."""
        settings = self._app.roster.find(job)
        if settings is None:
            return True

        async def work(progress: Progress) -> Sequence[Told]:
            progress("gopaas", 0, None)
            return await self._tell(settings.user, id, live=True)

        return self._errands.begin((job, id), work, owner=settings.user)

    async def cases(self, job: str) -> Sequence[Case]:
        """Every conflict of the job, the latest first."""
        settings = self._app.roster.find(job)
        if settings is None:
            return ()
        found = await disputes(self._app, user=settings.user, settled=True)
        return [_case_of(dispute, self._teller(job)) for dispute in found if dispute.job == job]

    def choice(self, job: str, number: int) -> Errand[Settled] | None:
        """What became of the latest choice about that conflict."""
        return self._choices.look((job, str(number)))

    def choose(self, job: str, number: int, side: Side, seen: str = "") -> bool:
        """Have the values of `side` on both sides, in a run of its own."""
        settings = self._app.roster.find(job)
        if settings is None:
            return True

        async def work(progress: Progress) -> Settled:
            found = await self._app.store.conflict(number)
            if found is None or found[0] != job:
                return Settled(verdict=Verdict.GONE, side=side)
            progress("writes", 0, None)
            resolved = await resolve(self._app, number, side, user=settings.user, insist=bool(seen), seen=seen)
            self._errands.forget(job)
            log.info("pages.choice", job=job, status=resolved.report.status)
            if resolved.report.error is not None:
                raise resolved.report.error
            links = {link.id: link for link in await self._app.store.links(job)}
            return _settled_of(resolved, side, links, links.get(found[1].link), self._teller(job))

        return self._choices.begin((job, str(number)), work, owner=settings.user)

    async def aside(self, job: str) -> Sequence[SetAside]:
        """Every record of the job that was set aside, the one that waits longest first."""
        entries = await self._app.store.quarantine(job)
        return [_set_aside_of(entry) for entry in sorted(entries, key=lambda entry: (entry.since, entry.id))]

    async def retry(self, job: str, side: Side, id: str) -> bool:
        """Have a record that was set aside tried in the next run."""
        self._errands.forget(job)
        return await retry(self._app, job, side, id)

    async def _tell(self, login: str, id: str, *, live: bool) -> Sequence[Told]:
        stories = await tell(self._app, id, user=login, live=live)
        cases = await self._cases_of(login) if stories else {}
        return [await self._told(story, id, cases.get(story.link.id, ()) if story.link is not None else ()) for story in stories]

    async def _cases_of(self, login: str) -> Mapping[str, Sequence[Case]]:
        """The conflicts of that person, by the pair."""
        found: dict[str, list[Case]] = {}
        for dispute in await disputes(self._app, user=login, settled=True):
            found.setdefault(dispute.link.id, []).append(_case_of(dispute, self._teller(dispute.job)))
        return found

    async def _told(self, story: Story, id: str, cases: Sequence[Case]) -> Told:
        link, teller = story.link, self._teller(story.job)
        shown = {name: change.after or change.before for scene in story.scenes for name, change in scene.fields.items()}
        name = (known(link).name if link is not None else "") or name_of(shown)
        ids = {id, story.gopaas_id, story.outlook_id} - {""}
        aside = [entry for entry in await self._app.store.quarantine(story.job) if entry.id in ids]
        return Told(
            record=Known(id=story.gopaas_id or story.outlook_id or id, name=name),
            # What an error says is for operators; the page has words of its own for it.
            story=replace(story, scenes=tuple(scene for scene in story.scenes if not scene.reason.startswith(NOT_LOOKED_UP))),
            keys=teller.keys,
            cases=tuple(cases),
            set_aside=tuple(_set_aside_of(entry) for entry in aside),
            problem=problem_of(story.trouble) if story.trouble is not None else None,
        )

    def _teller(self, job: str) -> Teller:
        settings = self._app.roster.find(job)
        return teller_of(self._app.plugins.handlers.get(settings.type) if settings is not None else None)


def _settled_of(resolved: Resolved, side: Side, links: Mapping[str, Link], link: Link | None, teller: Teller) -> Settled:
    """What was left is told with its reason, unless the only one is that somebody changed it: then a person may insist."""
    changed = bool(resolved.kept) and all(kept.reason == CHANGED for kept in resolved.kept)
    verdict = Verdict.CHANGED if changed else Verdict.LEFT if resolved.kept else Verdict.SETTLED
    names = names_of(links.values())
    return Settled(
        verdict=verdict,
        side=side,
        record=known(link) if link is not None else None,
        left=tuple(left_of(kept, names, teller) for kept in resolved.kept),
        values=teller.beside(resolved.shown[Side.GOPAAS], resolved.shown[Side.OUTLOOK]) if changed else (),
        seen=name_of_shown(resolved.shown) if changed else "",
    )


def _case_of(dispute: Dispute, teller: Teller) -> Case:
    return Case(
        number=dispute.number,
        record=known(dispute.link),
        at=dispute.at,
        values=teller.disputed(dispute.gopaas, dispute.outlook),
        kept=dispute.winner,
        chosen=dispute.resolved,
        settled=dispute.settled is not None,
    )


def _set_aside_of(entry: Quarantined) -> SetAside:
    # The sentence about the reason names the field as well.
    return SetAside(side=entry.side, id=entry.id, field="", reason=entry.reason, retry_at=entry.retry_at)
