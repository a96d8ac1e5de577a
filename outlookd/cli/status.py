"""``outlookd status``: where each job stands, from the state database alone."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from outlookd.cli.options import config_option, install, json_option, quiet_logs, selection_options
from outlookd.cli.roster import Called, selected

if TYPE_CHECKING:
    from outlookd.app import Installation, JobStanding


@click.command("status")
@config_option
@selection_options
@click.option("--verbose", is_flag=True, help="Show what the log calls each user and job, too.")
@json_option
def command(file: Path, user: str | None, kind: str | None, *, verbose: bool, as_json: bool) -> int:
    """Show where each job stands: last run, next run, what is held or set aside, and who must sign in. Asks nobody outside.

    Settings records of GoPaaS that cannot be used are named with their reason, as they were last read.
    """
    from outlookd.cli import render

    quiet_logs()
    called, standings, now = asyncio.run(_standings(install(file), user, kind))
    if as_json:
        faults = [render.fault_data(fault) for fault in called.faults]
        click.echo(render.as_json({"jobs": [render.standing_data(standing) for standing in standings], "faults": faults}))
        return 0
    headings = (*render.STANDING_HEADINGS, *(render.LOG_HEADINGS if verbose else ()))
    rows = [(*render.standing_row(standing), *(render.log_names(standing) if verbose else ())) for standing in standings]
    for line in render.table_lines(headings, rows):
        click.echo(line)
    for standing in standings:
        for line in render.standing_lines(standing, now):
            click.echo(line)
    for line in render.fault_lines(called.faults):
        click.echo(line)
    if not standings and not called.faults:
        click.echo("There is no job, so nobody is synchronised; `outlookd check` says what is configured and what GoPaaS shows.")
    return 0


async def _standings(
    installation: Installation, user: str | None, kind: str | None
) -> tuple[Called, Sequence[JobStanding], datetime]:
    from outlookd.app import open_existing, standing_of

    async with open_existing(installation, read_only=True) as app:
        called = selected(app, user, kind)
        return called, [await standing_of(app, job) for job in called.jobs], app.clock.now()
