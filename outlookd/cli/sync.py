"""``outlookd sync``: run jobs once, one after the other, and report."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from outlookd.cli.options import NO_JOB, config_option, install, json_option, quiet_logs, selection_options, worst
from outlookd.cli.progress import shown
from outlookd.cli.roster import Called, call_roster

if TYPE_CHECKING:
    from outlookd.app import Installation
    from outlookd.core.model import RunReport


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What a person asks of these runs beyond an ordinary one."""

    full: bool
    recreate_folder: bool
    take_over: bool


@click.command("sync")
@config_option
@selection_options
@json_option
@click.option("--full", is_flag=True, help="Read Outlook completely instead of asking for changes.")
@click.option("--recreate-folder", is_flag=True, help="Make a folder again that was deleted in Outlook.")
@click.option("--take-over", is_flag=True, help="Keep a folder or calendar from now on that another installation kept.")
def command(
    file: Path, user: str | None, kind: str | None, *, as_json: bool, full: bool, recreate_folder: bool, take_over: bool
) -> int:
    """Run jobs once, now, and say what was done. Quarantined records are tried again at once.

    Exit status: 0 done, 1 failed, 3 something is held or quarantined, 4 a sign-in is needed, 75 try again later, 78 configuration.
    """
    quiet_logs()
    wishes = Wishes(full=full, recreate_folder=recreate_folder, take_over=take_over)
    called, reports = asyncio.run(_run(install(file), user, kind, wishes))
    _show(reports, as_json=as_json)
    if not called.jobs and not called.exit_status:
        click.echo(NO_JOB, err=True)
    return worst([called.exit_status, *(report.exit_status for report in reports)])


async def _run(
    installation: Installation, user: str | None, kind: str | None, wishes: Wishes
) -> tuple[Called, Sequence[RunReport]]:
    from outlookd.app import App

    async with App(installation) as app:
        called = await call_roster(app, user, kind)
        with shown() as progress_of:
            return called, [
                await app.sync(
                    job,
                    full=wishes.full,
                    recreate_folder=wishes.recreate_folder,
                    take_over=wishes.take_over,
                    impatient=True,
                    progress=progress_of(f"{job.user} {job.type}"),
                )
                for job in called.jobs
            ]


def _show(reports: Sequence[RunReport], *, as_json: bool) -> None:
    from outlookd.cli import render

    if as_json:
        click.echo(render.as_json({"runs": [render.run_data(report) for report in reports]}))
        return
    for report in reports:
        for line in render.run_lines(report):
            click.echo(line)
