"""``outlookd plan``: what a run would change, and nothing written anywhere."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from outlookd.cli.options import config_option, install, json_option, quiet_logs, selection_options, worst
from outlookd.cli.progress import shown
from outlookd.cli.roster import Called, call_roster
from outlookd.errors import OutlookdError

if TYPE_CHECKING:
    from outlookd.app import App, Installation
    from outlookd.core.model import Plan, Quarantined
    from outlookd.settings import JobSettings
    from outlookd.sync.job import Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One job's plan, or why there is none, when it was made, and the records that runs have set aside."""

    job: JobSettings
    plan: Plan | OutlookdError
    made: datetime
    quarantine: Sequence[Quarantined]

    @property
    def exit_status(self) -> int:
        """What this job means for the command's exit status."""
        if isinstance(self.plan, OutlookdError):
            return self.plan.exit_status
        return 3 if self.plan.held or self.quarantine else 0


@click.command("plan")
@config_option
@selection_options
@json_option
def command(file: Path, user: str | None, kind: str | None, *, as_json: bool) -> int:
    """Show what a run would change, record by record, and what a guard would hold. Writes nothing.

    Exit status: 0 shown, 3 something would be held or is quarantined, 4 a sign-in is needed, 75 try again later, 78 configuration.
    """
    quiet_logs()
    called, planned = asyncio.run(_plan(install(file), user, kind))
    _show(planned, as_json=as_json)
    return worst([called.exit_status, *(each.exit_status for each in planned)])


async def _plan(installation: Installation, user: str | None, kind: str | None) -> tuple[Called, Sequence[Planned]]:
    from outlookd.app import open_existing

    planned: list[Planned] = []
    async with open_existing(installation) as app:
        called = await call_roster(app, user, kind)
        with shown() as progress_of:
            for job in called.jobs:
                plan = await _plan_one(app, job, progress_of(f"{job.user} {job.type}"))
                quarantine = await app.store.quarantine(job.id)
                planned.append(Planned(job=job, plan=plan, made=app.clock.now(), quarantine=quarantine))
    return called, planned


async def _plan_one(app: App, job: JobSettings, progress: Progress) -> Plan | OutlookdError:
    try:
        return await app.plan(job, progress=progress)
    except OutlookdError as error:
        return error


def _show(planned: Sequence[Planned], *, as_json: bool) -> None:
    from outlookd.cli import render

    if as_json:
        click.echo(render.as_json({"plans": [_data(each) for each in planned]}))
    for each in planned:
        if isinstance(each.plan, OutlookdError):
            for line in render.message_lines(str(each.plan), indent=f"{each.job.user}, {each.job.type}: "):
                click.echo(line, err=True)
        elif not as_json:
            for line in render.plan_lines(each.job, each.plan, each.quarantine, now=each.made):
                click.echo(line)


def _data(planned: Planned) -> dict[str, Any]:
    from outlookd.cli import render

    if isinstance(planned.plan, OutlookdError):
        return render.failure_data(planned.job, planned.plan)
    return render.plan_data(planned.job, planned.plan, planned.quarantine)
