"""``outlookd approve``: a person's word that what a guard holds may be done."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from outlookd.cli.options import config_option, install, quiet_logs, selection_options, worst
from outlookd.cli.progress import ForJob, shown
from outlookd.cli.roster import call_roster
from outlookd.errors import OutlookdError

if TYPE_CHECKING:
    from outlookd.app import App, Installation
    from outlookd.settings import JobSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """The jobs in which something was held under the hash, and those of which no plan could be made."""

    released: Sequence[JobSettings]
    troubles: Sequence[tuple[JobSettings, OutlookdError]]


@click.command("approve")
@click.argument("hash_", metavar="HASH")
@config_option
@selection_options
def command(hash_: str, file: Path, user: str | None, kind: str | None) -> int:
    """Release what a guard holds under HASH, for the next run.

    HASH is the one that `outlookd plan` or a run's message names. The plan is made anew first: what came since, and was not seen by
    whoever approves, stays held. Nothing is written to GoPaaS or Outlook by this command.

    Exit status: 0 released, 1 nothing is held under HASH. When it was not found and a job could not be looked at: 4 a sign-in is
    needed there, 75 try again later, 78 configuration.
    """
    quiet_logs()
    search = asyncio.run(_approve(install(file), user, kind, hash_))
    for job in search.released:
        click.echo(f"{job.user}, {job.type}: released; the next run carries it out.")
    return 0 if search.released else _not_found(hash_, search.troubles)


async def _approve(installation: Installation, user: str | None, kind: str | None, name: str) -> Search:
    from outlookd.app import App

    async with App(installation) as app:
        called = await call_roster(app, user, kind)
        with shown() as progress_of:
            return await seek(app, called.jobs, name, progress_of)


async def seek(app: App, jobs: Sequence[JobSettings], name: str, progress_of: ForJob) -> Search:
    """Release what is held under `name` wherever it is. A job that cannot be looked at keeps nobody from another one's."""
    released, troubles = [], []
    for job in jobs:
        try:
            if await app.approve(job, name, progress=progress_of(f"{job.user} {job.type}")):
                released.append(job)
        except OutlookdError as error:
            troubles.append((job, error))
    return Search(released=released, troubles=troubles)


def _not_found(name: str, troubles: Sequence[tuple[JobSettings, OutlookdError]]) -> int:
    """Say so, and where nobody could look. Raises OutlookdError when everywhere was looked."""
    from outlookd.cli import render

    if not troubles:
        raise OutlookdError(f"Nothing is held under {name} now.", hint="`outlookd plan` shows what is held, with its hash.")
    for job, error in troubles:
        for line in render.message_lines(str(error), indent=f"{job.user}, {job.type}: "):
            click.echo(line, err=True)
    jobs = render.count_text(len(troubles), "job")
    click.echo(f"Nothing is held under {render.visible(name)} elsewhere; {jobs} could not be looked at.", err=True)
    return worst(error.exit_status for _, error in troubles)
