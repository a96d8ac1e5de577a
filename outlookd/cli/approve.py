"""``outlookd approve``: a person's word that what a guard holds may be done."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import click

from outlookd.app import App, Installation
from outlookd.cli.options import config_option, install, quiet_logs, selection_options
from outlookd.cli.roster import call_roster
from outlookd.errors import OutlookdError
from outlookd.settings import JobSettings


@click.command("approve")
@click.argument("hash_", metavar="HASH")
@config_option
@selection_options
def command(hash_: str, file: Path, user: str | None, kind: str | None) -> int:
    """Release what a guard holds under HASH, for the next run.

    HASH is the one that `outlookd plan` or a run's message names. The plan is made anew first: what came since, and was not seen by
    whoever approves, stays held. Nothing is written to GoPaaS or Outlook by this command.
    """
    quiet_logs()
    released = asyncio.run(_approve(install(file), user, kind, hash_))
    for job in released:
        click.echo(f"{job.user}, {job.type}: released; the next run carries it out.")
    if not released:
        raise OutlookdError(f"Nothing is held under {hash_} now.", hint="`outlookd plan` shows what is held, with its hash.")
    return 0


async def _approve(installation: Installation, user: str | None, kind: str | None, name: str) -> Sequence[JobSettings]:
    async with App(installation) as app:
        called = await call_roster(app, user, kind)
        return [job for job in called.jobs if await app.approve(job, name)]
