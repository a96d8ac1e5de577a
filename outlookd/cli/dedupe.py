"""``outlookd dedupe``: copies that other tools left in an Outlook folder, shown, and taken away when a person says so."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from outlookd.cli import render
from outlookd.cli.options import NO_JOB, config_option, install, json_option, quiet_logs, selection_options, worst
from outlookd.cli.progress import shown
from outlookd.cli.roster import Called, call_roster
from outlookd.errors import OutlookdError

if TYPE_CHECKING:
    from outlookd.app import App, Installation
    from outlookd.core.copies import Cluster, Copy
    from outlookd.core.model import RunReport
    from outlookd.settings import JobSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What one job's folder holds more than once, or why nobody could look; and what became of it.

    `report` is of the run that took copies away, if one did. `declined`: a person was asked and did not want that.
    """

    job: JobSettings
    clusters: Sequence[Cluster] = ()
    trouble: OutlookdError | None = None
    report: RunReport | None = None
    declined: bool = False

    @property
    def removable(self) -> Sequence[str]:
        """The Outlook ids of the copies that may go."""
        return [copy.record.id for cluster in self.clusters for copy in cluster.copies if not copy.stays]

    @property
    def exit_status(self) -> int:
        """What this job means for the command's exit status: 3 when copies are left that only a person can judge."""
        if self.trouble is not None:
            return self.trouble.exit_status
        if self.report is not None and self.report.exit_status:
            return self.report.exit_status
        if self.declined:
            return 1
        return 3 if any(copy.stays for cluster in self.clusters for copy in cluster.copies) else 0


@click.command("dedupe")
@config_option
@selection_options
@click.option("--preview", is_flag=True, help="Only show what stands twice and what would go. Writes nothing.")
@click.option("--yes", is_flag=True, help="Take the copies away without asking.")
@json_option
def command(file: Path, user: str | None, kind: str | None, *, preview: bool, yes: bool, as_json: bool) -> int:
    """Find items that stand more than once in the Outlook folder of a job, and take away the copies that nobody touched.

    A copy goes only if it shows nothing that the kept item does not show, holds no notes, photo or file, belongs to no other
    record, has no attendees, and, in a calendar, carries a stamp of outlookd. Everything else is listed with what differs, for a
    person to decide. What goes lies in Outlook's Deleted Items, and `outlookd undo RUN` puts it back. GoPaaS is not written to.

    Exit status: 0 done, 1 failed, not agreed to, or a job that was never synchronised, 3 copies (or a folder that is gone) are for
    a person to judge, 4 a sign-in is needed, 75 try again later, 78 configuration.
    """
    quiet_logs()
    if as_json and not (preview or yes):
        raise click.UsageError("--json asks nobody: add --preview or --yes.")
    installation = install(file)
    called, found = asyncio.run(_find_all(installation, user, kind))
    if not as_json:
        _show(found)
    if not preview:
        # Asked outside the event loop, which would take the first Ctrl-C for itself and let the question stand.
        agreed = [each if yes else _asked(each) for each in found]
        found = asyncio.run(_remove_all(installation, agreed))
    if as_json:
        click.echo(render.as_json({"duplicates": [_data(each) for each in found]}))
    if not called.jobs and not called.exit_status:
        click.echo(NO_JOB, err=True)
    return worst([called.exit_status, *(each.exit_status for each in found)])


def _asked(found: Found) -> Found:
    """Whether a person wants these copies gone, noted."""
    many = len(found.removable)
    question = f"{_name(found.job)}move {render.count_text(many, 'item')} to Deleted Items?"
    if not many or click.confirm(question, err=True):
        return found
    click.echo(f"{_name(found.job)}nothing was changed.", err=True)
    return replace(found, declined=True)


async def _find_all(installation: Installation, user: str | None, kind: str | None) -> tuple[Called, Sequence[Found]]:
    from outlookd.app import App

    async with App(installation) as app:
        called = await call_roster(app, user, kind)
        return called, [await _find(app, job) for job in called.jobs]


async def _remove_all(installation: Installation, found: Sequence[Found]) -> Sequence[Found]:
    """Take away what was agreed to. Nothing is opened where there is nothing."""
    from outlookd.app import App

    if not any(each.removable and not each.declined for each in found):
        return found
    async with App(installation) as app:
        return [await _remove(app, each) if each.removable and not each.declined else each for each in found]


async def _find(app: App, job: JobSettings) -> Found:
    from outlookd.app.history import copies

    with shown() as progress_of:
        try:
            return Found(job=job, clusters=await copies.find(app, job, progress=progress_of(f"{job.user} {job.type}")))
        except OutlookdError as error:
            return Found(job=job, trouble=error)


async def _remove(app: App, found: Found) -> Found:
    from outlookd.app.history import copies

    ids, name = found.removable, _name(found.job)
    with shown() as progress_of:
        report = await copies.remove(app, found.job, ids, progress=progress_of(f"{found.job.user} {found.job.type}"))
    for line in render.message_lines(report.message, indent=name):
        click.echo(line, err=True)
    click.echo(f"{name}{report.deleted.outlook} of {len(ids)} moved to Deleted Items.", err=True)
    if report.deleted.outlook:
        click.echo(f"To put them back: outlookd undo {report.run}", err=True)
    return replace(found, report=report)


def _name(job: JobSettings) -> str:
    return f"{job.user}, {job.type}: "


def _show(found: Sequence[Found]) -> None:
    for each in found:
        name = _name(each.job)
        if each.trouble is not None:
            for line in render.message_lines(str(each.trouble), indent=name):
                click.echo(line, err=True)
            continue
        many = sum(len(cluster.copies) for cluster in each.clusters)
        click.echo(f"{name}{_summary(many, len(each.removable))}")
        for cluster in each.clusters:
            for line in _cluster_lines(cluster):
                click.echo(line)


def _summary(many: int, removable: int) -> str:
    if not many:
        return "nothing stands twice"
    return f"{many} too many, of which {removable} may go and {many - removable} are for a person to judge"


def _cluster_lines(cluster: Cluster) -> Iterator[str]:
    yield f"  {render.visible(cluster.kept.natural)}"
    record = f"the one of record {render.visible(cluster.key)}" if cluster.key else "of no record"
    yield f"    keep {render.visible(cluster.kept.id)}: {record}"
    for copy in cluster.copies:
        yield from _copy_lines(copy)


def _copy_lines(copy: Copy) -> Iterator[str]:
    verdict = f"stays: {copy.stays}" if copy.stays else "may go: nothing in it is lost"
    yield f"    copy {render.visible(copy.record.id)} {verdict}"
    for name, change in sorted(copy.differs.items()):
        yield f"        {render.visible(name)}: kept {render.value_text(change.before)}, copy {render.value_text(change.after)}"


def _data(found: Found) -> dict[str, Any]:
    return {
        "user": found.job.user,
        "type": found.job.type,
        "error": str(found.trouble) if found.trouble is not None else None,
        "run": render.run_data(found.report) if found.report is not None else None,
        "clusters": [
            {
                "key": cluster.key,
                "kept": cluster.kept.id,
                "copies": [
                    {
                        "outlook_id": copy.record.id,
                        "removable": not copy.stays,
                        "reason": copy.stays,
                        "fields": {name: [change.before, change.after] for name, change in copy.differs.items()},
                    }
                    for copy in cluster.copies
                ],
            }
            for cluster in found.clusters
        ],
    }
