"""``outlookd forget``: end what a user signed in to, so that the mailbox can go to another user; or forget all about that user."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from outlookd.cli.options import config_option, install, json_option, quiet_logs
from outlookd.errors import OutlookdError

if TYPE_CHECKING:
    from outlookd.app import App, Forgotten, Installation


@click.command("forget")
@click.argument("login", metavar="LOGIN")
@click.option("--all", "everything", is_flag=True, help="Forget everything about LOGIN, and not the sign-in alone.")
@click.option("--although-configured", is_flag=True, help="With --all: even though LOGIN still has a job.")
@click.option("--yes", is_flag=True, help="With --all: do not ask.")
@config_option
@json_option
def command(login: str, file: Path, *, as_json: bool, everything: bool, although_configured: bool, yes: bool) -> int:
    """Forget the mailbox that the GoPaaS user LOGIN signed in with: its tokens, open links and browser sessions.

    What was synchronized stays on both sides. Without --all the links between records and the journal stay as well, and the user's
    jobs stop until somebody signs in for LOGIN again.

    With --all everything that the state database holds about LOGIN goes (`outlookd export` shows it before), and a report says how
    much of what. Backups made before still hold it. Nothing is written to GoPaaS or Outlook.
    """
    if not everything and (although_configured or yes):
        raise click.UsageError("--although-configured and --yes go with --all only.")
    if everything and as_json and not yes:
        raise click.UsageError("--json with --all needs --yes: nobody could be asked.")
    quiet_logs()
    installation = install(file)
    if everything:
        return _forget_all(installation, login, although_configured=although_configured, yes=yes, as_json=as_json)
    return _forget_sign_in(installation, login, as_json=as_json)


# --- the sign-in ---------------------------------------------------------------------------------------------------------


def _forget_sign_in(installation: Installation, login: str, *, as_json: bool) -> int:
    from outlookd.cli import render

    if not asyncio.run(_end_sign_in(installation, login)):
        raise OutlookdError("No mailbox is connected to this user.", hint="`outlookd status` names every user that has jobs.")
    if as_json:
        click.echo(render.as_json({"login": login, "forgotten": True}))
        return 0
    click.echo(f"{render.visible(login)}: the sign-in is forgotten. The links between records and the journal stay.")
    click.echo(f"To connect a mailbox again: outlookd connect {shlex.quote(render.visible(login))}", err=True)
    return 0


async def _end_sign_in(installation: Installation, login: str) -> bool:
    from outlookd.app import App

    async with App(installation) as app:
        return await app.store.accounts.forget(login)


# --- everything ----------------------------------------------------------------------------------------------------------


def _forget_all(installation: Installation, login: str, *, although_configured: bool, yes: bool, as_json: bool) -> int:
    # Asked outside the event loop, which would take the first Ctrl-C for itself and let the question stand.
    if not yes and not _confirmed(login, asyncio.run(_known(installation, login, although_configured=although_configured))):
        click.echo("Nothing was forgotten.", err=True)
        return 1
    forgotten = asyncio.run(_forget(installation, login, although_configured=although_configured))
    if not forgotten.anything:
        raise OutlookdError("Nothing is known about this user.", hint="Logins are compared letter by letter.")
    if as_json:
        from outlookd.cli import render

        click.echo(render.as_json(_data(login, forgotten)))
    else:
        _tell(login, forgotten)
    return 0


async def _known(installation: Installation, login: str, *, although_configured: bool) -> Mapping[str, int]:
    """How many rows there are about `login`, by table. Raises OutlookdError for one who still has a job."""
    from outlookd.app import App

    async with App(installation) as app:
        _require_no_job(app, login, although_configured=although_configured)
        return {table: len(found) for table, found in (await app.store.personal.export(login)).items()}


async def _forget(installation: Installation, login: str, *, although_configured: bool) -> Forgotten:
    from outlookd.app import App, forget_person

    async with App(installation) as app:
        _require_no_job(app, login, although_configured=although_configured)
        return await forget_person(app, login)


def _require_no_job(app: App, login: str, *, although_configured: bool) -> None:
    configured = [app.roster.place_of(job) for job in app.jobs(login)]
    if configured and not although_configured:
        raise OutlookdError(
            f"This user still has a job ({', '.join(configured)}), which would remember everything anew.",
            hint="Remove the job or the settings record first, and reload the daemon; or give --although-configured: the next "
            "run then finds what it made by its stamps, and nothing is made twice.",
        )


def _confirmed(login: str, rows: Mapping[str, int]) -> bool:
    """Ask a person. Whoever cannot be asked has not agreed."""
    from outlookd.cli import render

    click.echo("\n".join(_report(rows)), err=True)
    question = f"Forget all of this about {render.visible(login)}? It cannot be undone"
    return click.confirm(question, default=False, err=True)


def _data(login: str, forgotten: Forgotten) -> dict[str, object]:
    return {
        "login": login,
        "forgotten": True,
        "removed": dict(forgotten.removed),
        "subscriptions_left_to_graph": forgotten.unended,
    }


def _tell(login: str, forgotten: Forgotten) -> None:
    from outlookd.cli import render

    click.echo(f"{render.visible(login)} is forgotten. Removed:")
    click.echo("\n".join(_report(forgotten.removed)))
    if forgotten.unended:
        click.echo(f"Graph did not end {forgotten.unended} subscriptions; they end by themselves within a few days.", err=True)
    click.echo(
        "What was synchronized is still in GoPaaS and Outlook. Backups made before today still hold what was forgotten.", err=True
    )


def _report(rows: Mapping[str, int]) -> list[str]:
    from outlookd.cli import render

    return list(render.table_lines(("table", "rows"), [(table, str(count)) for table, count in rows.items()]))
