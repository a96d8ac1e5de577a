"""``outlookd plan``: what a run would change, and nothing written anywhere."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from outlookd.cli.options import config_option, install, json_option, quiet_logs, select, selection_options, worst
from outlookd.cli.progress import shown
from outlookd.errors import OutlookdError

if TYPE_CHECKING:
    from outlookd.app import Installation
    from outlookd.core.model import Plan
    from outlookd.settings import JobSettings

    Planned = tuple[JobSettings, Plan | OutlookdError]


@click.command("plan")
@config_option
@selection_options
@json_option
def command(file: Path, user: str | None, kind: str | None, *, as_json: bool) -> int:
    """Show what a run would change, record by record, and what a guard would hold. Writes nothing.

    Exit status: 0 shown, 3 something would be held, 4 a sign-in is needed, 75 try again later, 78 configuration.
    """
    quiet_logs()
    installation = install(file)
    jobs = select(installation.settings.jobs, user, kind)
    planned = asyncio.run(_plan(installation, jobs))
    _show(planned, as_json=as_json)
    return worst(_status(plan) for _, plan in planned)


def _status(plan: Plan | OutlookdError) -> int:
    if isinstance(plan, OutlookdError):
        return plan.exit_status
    return 3 if plan.held else 0


async def _plan(installation: Installation, jobs: Sequence[JobSettings]) -> Sequence[Planned]:
    from outlookd.app import open_existing

    planned: list[Planned] = []
    with shown() as progress_of:
        async with open_existing(installation) as app:
            for job in jobs:
                try:
                    planned.append((job, await app.plan(job, progress=progress_of(f"{job.user} {job.type}"))))
                except OutlookdError as error:
                    planned.append((job, error))
    return planned


def _show(planned: Sequence[Planned], *, as_json: bool) -> None:
    from outlookd.app import told
    from outlookd.cli import render

    plans = [(job, plan) for job, plan in planned if not isinstance(plan, OutlookdError)]
    if as_json:
        click.echo(render.as_json({"plans": [render.plan_data(job, plan) for job, plan in plans]}))
    else:
        for job, plan in plans:
            for line in render.plan_lines(job, plan):
                click.echo(line)
    for job, error in planned:
        if isinstance(error, OutlookdError):
            click.echo(f"{job.user}, {job.type}: {told(error)}", err=True)
