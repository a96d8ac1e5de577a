"""``outlookd connect``: a link for one person, a sign-in with a code, or a link for a directory's administrator."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from outlookd.cli.options import config_option, install, json_option, quiet_logs
from outlookd.cli.roster import call_roster
from outlookd.errors import ConfigurationError

if TYPE_CHECKING:
    from outlookd.app import App, Installation
    from outlookd.entra import DeviceAnswer, Ticket


@click.command("connect")
@click.argument("login", required=False, metavar="[LOGIN|DIRECTORY]")
@config_option
@json_option
@click.option("--replace", is_flag=True, help="Allow another mailbox than the one that LOGIN signed in with before.")
@click.option("--device", is_flag=True, help="Sign in here and now, with a code that is typed into Microsoft's page on any device.")
@click.option("--yes", is_flag=True, help="With --device: connect whatever account signed in, without asking.")
@click.option(
    "--admin-consent", is_flag=True, help="Print the link with which the administrator of DIRECTORY allows the application."
)
def command(login: str | None, file: Path, *, as_json: bool, replace: bool, device: bool, yes: bool, admin_consent: bool) -> int:
    """Print a one-time link with which the person behind the GoPaaS user LOGIN signs in at Microsoft.

    Whoever opens the link connects their mailbox to LOGIN: give it to that person only. It is valid for one day.
    """
    if admin_consent and (device or yes or replace):
        raise click.UsageError("--admin-consent goes with no other option: it connects nobody.")
    if yes and not device:
        raise click.UsageError("--yes goes with --device only: a link asks the person.")
    if as_json and device and not yes:
        raise click.UsageError("--json with --device needs --yes: nobody could be asked.")
    if not (login or admin_consent):
        raise click.UsageError("Missing argument 'LOGIN': the GoPaaS user whose mailbox is to be connected.")
    quiet_logs()
    installation = install(file)
    if admin_consent:
        return _show_consent(asyncio.run(_consent(installation, login or "")), as_json=as_json)
    if device:
        return _device(installation, str(login), as_json=as_json, replace=replace, yes=yes)
    return _show_link(str(login), asyncio.run(_issue(installation, str(login), replace=replace)), as_json=as_json)


# --- a link for one person ---------------------------------------------------------------------------------------------------


async def _issue(installation: Installation, login: str, *, replace: bool) -> Ticket:
    from outlookd.app import App

    async with App(installation) as app:
        await _require_job(app, login)
        return await app.connect(login, replace=replace)


def _show_link(login: str, ticket: Ticket, *, as_json: bool) -> int:
    from outlookd.cli import render

    if as_json:
        return _answer({"login": login, "url": ticket.url, "expires": ticket.expires.isoformat()})
    click.echo(ticket.url)
    click.echo(
        f"Give this link to {render.visible(login)} only. It works once, within a day, while `outlookd run` is running.", err=True
    )
    return 0


async def _require_job(app: App, login: str) -> None:
    if not (await call_roster(app, login, None)).jobs:
        raise ConfigurationError("This user has no job.", hint="Correct the settings record first.")


# --- a code for another device -----------------------------------------------------------------------------------------------


def _device(installation: Installation, login: str, *, as_json: bool, replace: bool, yes: bool) -> int:
    from outlookd.cli import render

    answer = asyncio.run(_await_sign_in(installation, login))
    # Asked outside the event loop, which would take the first Ctrl-C for itself and let the question stand.
    if not (yes or _confirmed(answer)):
        click.echo("Nothing was changed.", err=True)
        return 1
    asyncio.run(_bind(installation, answer, replace=replace))
    if as_json:
        return _answer({"login": login, "mailbox": answer.mailbox})
    click.echo(f"The mailbox {render.visible(answer.mailbox)} now belongs to the GoPaaS user {render.visible(login)}.")
    return 0


async def _await_sign_in(installation: Installation, login: str) -> DeviceAnswer:
    """Show the code, and wait for whoever enters it. Nothing is stored."""
    from outlookd.app import App
    from outlookd.cli import render

    async with App(installation) as app:
        await _require_job(app, login)
        device = app.identities.device
        code = await device.begin(login)
        click.echo(
            f"Open {render.visible(code.address)} on any device and enter the code {render.visible(code.user_code)}.", err=True
        )
        click.echo(f"Waiting for the sign-in, {code.life / 60:.0f} minutes at most. Ctrl-C gives up.", err=True)
        return await device.wait(code)


async def _bind(installation: Installation, answer: DeviceAnswer, *, replace: bool) -> None:
    from outlookd.app import App

    async with App(installation) as app:
        await app.identities.device.bind(answer, replace=replace)


def _confirmed(answer: DeviceAnswer) -> bool:
    """Both names, because nothing else ties the account to the login: the code may have been typed by anybody (threat T2)."""
    from outlookd.cli import render

    names = f"{render.visible(answer.mailbox)} signed in. Connect it to the GoPaaS user {render.visible(answer.login)}?"
    return click.confirm(names, default=False, err=True)


# --- a link for an administrator ---------------------------------------------------------------------------------------------


async def _consent(installation: Installation, directory: str) -> Mapping[str, str]:
    """The link of each registration, by its client id."""
    from outlookd.app import App

    async with App(installation) as app:
        await app.roster.refresh()
        logins = sorted({job.user for job in app.jobs()}) or [""]
        owners = {app.identities.authority(login).client_id: login for login in reversed(logins)}
        return {client: app.identities.consent.link(login, tenant=directory) for client, login in owners.items()}


def _show_consent(links: Mapping[str, str], *, as_json: bool) -> int:
    from outlookd.entra.consent import LINK_LIFE

    if as_json:
        return _answer({"links": [{"client_id": client, "url": url} for client, url in links.items()]})
    for url in links.values():
        click.echo(url)
    click.echo(
        "Give this link to an administrator of the Microsoft directory. The answer comes back to `outlookd run`; "
        f"the link works for {LINK_LIFE.days} days.",
        err=True,
    )
    return 0


def _answer(data: Mapping[str, Any]) -> int:
    from outlookd.cli import render

    click.echo(render.as_json(data))
    return 0
