"""``outlookd forget``: end what a user signed in to, so that the mailbox can go to another user, or to nobody."""

from __future__ import annotations

import asyncio
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from outlookd.cli.options import config_option, install, json_option, quiet_logs
from outlookd.errors import OutlookdError

if TYPE_CHECKING:
    from outlookd.app import Installation


@click.command("forget")
@click.argument("login", metavar="LOGIN")
@config_option
@json_option
def command(login: str, file: Path, *, as_json: bool) -> int:
    """Forget the mailbox that the GoPaaS user LOGIN signed in with: its tokens, open links and browser sessions.

    Nothing else is removed: what was synchronized stays on both sides, and so do the links between records, the journal and the
    backups. The user's jobs stop until somebody signs in for LOGIN again. Nothing is written to GoPaaS or Outlook.
    """
    from outlookd.cli import render

    quiet_logs()
    if not asyncio.run(_forget(install(file), login)):
        raise OutlookdError("No mailbox is connected to this user.", hint="`outlookd status` names every user that has jobs.")
    if as_json:
        click.echo(render.as_json({"login": login, "forgotten": True}))
        return 0
    click.echo(f"{render.visible(login)}: the sign-in is forgotten. The links between records and the journal stay.")
    click.echo(f"To connect a mailbox again: outlookd connect {shlex.quote(render.visible(login))}", err=True)
    return 0


async def _forget(installation: Installation, login: str) -> bool:
    from outlookd.app import App

    async with App(installation) as app:
        return await app.store.accounts.forget(login)
