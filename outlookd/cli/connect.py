"""``outlookd connect``: a link for one person."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import click

from outlookd.cli.options import config_option, install, json_option, quiet_logs
from outlookd.cli.roster import call_roster
from outlookd.errors import ConfigurationError

if TYPE_CHECKING:
    from outlookd.app import Installation
    from outlookd.entra import Ticket


@click.command("connect")
@click.argument("login")
@config_option
@json_option
@click.option("--replace", is_flag=True, help="Allow another mailbox than the one that LOGIN signed in with before.")
def command(login: str, file: Path, *, as_json: bool, replace: bool) -> int:
    """Print a one-time link with which the person behind the GoPaaS user LOGIN signs in at Microsoft.

    Whoever opens the link connects their mailbox to LOGIN: give it to that person only. It is valid for one day.
    """
    from outlookd.cli import render

    quiet_logs()
    ticket = asyncio.run(_issue(install(file), login, replace=replace))
    if as_json:
        click.echo(render.as_json({"login": login, "url": ticket.url, "expires": ticket.expires.isoformat()}))
        return 0
    click.echo(ticket.url)
    click.echo(
        f"Give this link to {render.visible(login)} only. It works once, within a day, while `outlookd run` is running.", err=True
    )
    return 0


async def _issue(installation: Installation, login: str, *, replace: bool) -> Ticket:
    from outlookd.app import App

    async with App(installation) as app:
        if not (await call_roster(app, login, None)).jobs:
            raise ConfigurationError("This user has no job.", hint="Correct the settings record first.")
        return await app.connect(login, replace=replace)
