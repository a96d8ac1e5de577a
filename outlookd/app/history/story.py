"""The story of a record: what the journal tells of its past, what was set aside, and how both sides stand now.

Knows where to look; what is told, and in which order, is `core.story`'s and `core.standing`'s.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

import structlog

from outlookd.core.model import JournalEntry, Link, LinkStatus, Side
from outlookd.core.standing import why_at_rest
from outlookd.core.story import Chapter, Scene, Story, recount, set_aside
from outlookd.errors import OutlookdError
from outlookd.settings import JobSettings
from outlookd.sync.inquiry import Present, inquire
from outlookd.sync.job import Progress, silent

if TYPE_CHECKING:
    from outlookd.app.composition import App

MOST_JOBS = 20
"""In so many jobs a record is looked for of which nothing is remembered: each has to read both of its sides."""

NOT_LOOKED_UP = "it could not be looked up: "
"""How the scene begins that tells, with the error's own words, why nobody knows how a record stands now."""

Watch: TypeAlias = Callable[[JobSettings], Progress]
"""Gives the callback that hears how far the reading of one job is."""

Unasked: TypeAlias = Callable[[JobSettings, OutlookdError], None]
"""Hears of a job that could not be asked for a record of which nothing is remembered, and why."""


def unwatched(job: JobSettings) -> Progress:
    """For whoever does not wait."""
    del job
    return silent


async def tell(
    app: App,
    id: str,
    *,
    user: str | None = None,
    kind: str | None = None,
    live: bool = True,
    watch: Watch = unwatched,
    unasked: Unasked | None = None,
) -> tuple[Story, ...]:
    """Everything that is known under a GoPaaS key or an Outlook id, one story for each job; nothing for what nobody knows.

    `user`, `kind`: only jobs of that login, of that type. `live`: both sides are asked, too. What keeps one of them from answering
    is told in the story. Where nothing is remembered, `unasked` hears of it; without that the first trouble is raised unless
    another job knows the record. Raises OutlookdError.
    """
    known = await _known(app, id, app.jobs(user, kind), everywhere=user is None and kind is None)
    if known:
        return tuple([await _tell_known(app, id, past, watch if live else None) for past in known])
    return await _search(app, id, app.jobs(user, kind), watch, unasked) if live else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Past:
    """What is stored about a record in one job. `links` are its pairs, forgotten ones included, oldest first."""

    job: str
    links: tuple[Link, ...]
    lines: tuple[JournalEntry, ...]

    @property
    def link(self) -> Link | None:
        """The pair that counts: the one that is alive, else the last one that was."""
        living = [link for link in self.links if link.status is not LinkStatus.TOMBSTONE]
        return next(iter((*living, *reversed(self.links))), None)


async def _known(app: App, id: str, among: Sequence[JobSettings], *, everywhere: bool) -> Sequence[_Past]:
    """What is stored, by job. `everywhere`: also of jobs that are not configured any more."""
    links = await app.store.find_links(id)
    lines = await app.store.history([id, *(link.id for link in links)])
    jobs = {**{link.id: link.job for link in links}, **await _jobs_of(app, lines, {link.id for link in links})}
    aside = await _jobs_setting_aside(app, id, among)
    own = {job.id for job in among}
    names = dict.fromkeys((*(link.job for link in links), *jobs.values(), *aside))
    return [
        _Past(
            job=name,
            links=tuple(link for link in links if link.job == name),
            lines=tuple(line for line in lines if jobs.get(line.link) == name),
        )
        for name in names
        if everywhere or name in own
    ]


async def _jobs_of(app: App, lines: Sequence[JournalEntry], known: Collection[str]) -> Mapping[str, str]:
    """The jobs of pairs that are forgotten even as links: their runs know."""
    found: dict[str, str] = {}
    for line in lines:
        if line.link not in known and line.link not in found and (report := await app.store.report(line.run)) is not None:
            found[line.link] = report.job
    return found


async def _jobs_setting_aside(app: App, id: str, among: Sequence[JobSettings]) -> Sequence[str]:
    return [job.id for job in among if any(entry.id == id for entry in await app.store.quarantine(job.id))]


async def _tell_known(app: App, id: str, past: _Past, watch: Watch | None) -> Story:
    """What is remembered; with `watch` both sides are asked, too."""
    link, settings = past.link, app.roster.find(past.job)
    pairs = {one.id for one in past.links}
    conflicts = [conflict for conflict in await app.store.conflicts(past.job) if conflict.link in pairs]
    story = Story(
        job=past.job,
        link=link,
        gopaas_id=link.gopaas_id if link is not None else "",
        outlook_id=link.outlook_id if link is not None else "",
        scenes=recount(past.lines, conflicts, link),
    )
    if watch is not None and settings is not None:
        story = await _with_present(app, settings, id, story, watch)
    elif link is not None and (reason := why_at_rest(link)):
        story = replace(story, scenes=(*story.scenes, Scene(at=None, run="", chapter=Chapter.NOW, reason=reason)))
    return await _with_set_aside(app, id, story)


async def _with_present(app: App, settings: JobSettings, id: str, story: Story, watch: Watch) -> Story:
    try:
        present = await _inquire(app, settings, id, watch)
    except OutlookdError as error:
        scene = Scene(at=None, run="", chapter=Chapter.NOW, reason=f"{NOT_LOOKED_UP}{error.sentence}")
        return replace(story, scenes=(*story.scenes, scene), trouble=error)
    return replace(
        story,
        gopaas_id=story.gopaas_id or present.ids[Side.GOPAAS],
        outlook_id=story.outlook_id or present.ids[Side.OUTLOOK],
        scenes=(*story.scenes, *present.scenes),
    )


async def _with_set_aside(app: App, id: str, story: Story) -> Story:
    """What is in quarantine stands right before how things are now."""
    ids = {id, story.gopaas_id, story.outlook_id} - {""}
    aside = [set_aside(entry) for entry in await app.store.quarantine(story.job) if entry.id in ids]
    past = [scene for scene in story.scenes if scene.at is not None]
    now = [scene for scene in story.scenes if scene.at is None]
    return replace(story, scenes=(*past, *aside, *now))


async def _search(app: App, id: str, jobs: Sequence[JobSettings], watch: Watch, unasked: Unasked | None) -> tuple[Story, ...]:
    """Ask both sides of every job for a record of which nothing is remembered."""
    troubles, stories = list[OutlookdError](), list[Story]()
    if len(jobs) > MOST_JOBS:
        raise OutlookdError(
            f"Nothing is remembered under {id!r}, and there are too many jobs to look for it everywhere.",
            hint="Name the user whose record it is (`--user LOGIN`).",
        )
    for job in jobs:
        try:
            present = await _inquire(app, job, id, watch)
        except OutlookdError as error:
            troubles.append(error)
            if unasked is not None:
                unasked(job, error)
            continue
        if present.found:
            ids = present.ids
            story = Story(job=job.id, link=None, gopaas_id=ids[Side.GOPAAS], outlook_id=ids[Side.OUTLOOK], scenes=present.scenes)
            stories.append(await _with_set_aside(app, id, story))
    if troubles and not stories and unasked is None:
        raise troubles[0]
    return tuple(stories)


async def _inquire(app: App, job: JobSettings, id: str, watch: Watch) -> Present:
    with structlog.contextvars.bound_contextvars(job=job.id, user=job.user):
        return await inquire(*app.prepare(job, watch(job)), id)
