"""``outlookd status``: where each job stands, from the state database alone."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from outlookd.cli.options import config_option, install, json_option, quiet_logs, select, selection_options

if TYPE_CHECKING:
    from outlookd.app import Installation, JobStanding
    from outlookd.settings import JobSettings


@click.command("status")
@config_option
@selection_options
@json_option
def command(file: Path, user: str | None, kind: str | None, *, as_json: bool) -> int:
    """Show where each job stands: last run, next run, what is held or set aside, and who must sign in. Asks nobody outside."""
    from outlookd.cli import render

    quiet_logs()
    installation = install(file)
    standings = asyncio.run(_standings(installation, select(installation.settings.jobs, user, kind)))
    if as_json:
        click.echo(render.as_json({"jobs": [render.standing_data(standing) for standing in standings]}))
        return 0
    for line in render.table_lines(render.STANDING_HEADINGS, [render.standing_row(standing) for standing in standings]):
        click.echo(line)
    for standing in standings:
        for line in render.standing_lines(standing):
            click.echo(line)
    return 0


async def _standings(installation: Installation, jobs: Sequence[JobSettings]) -> Sequence[JobStanding]:
    from outlookd.app import open_existing, standing_of

    async with open_existing(installation, read_only=True) as app:
        return [await standing_of(app, job) for job in jobs]
