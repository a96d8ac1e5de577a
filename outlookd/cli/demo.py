"""``outlookd demo``: everything at once, so that a stranger sees contacts arrive and appointments travel within a minute.

The sandbox and the daemon share this process, but they meet over HTTP only: the same code that will run in production, with the
real MSAL between them. The person at the browser is the sandbox's user, and signs in through the same pages as everybody.
"""

from __future__ import annotations

import asyncio
import os
import ssl
import sys
import webbrowser
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from outlookd.cli.options import json_option, unused_config_option, worst
from outlookd.cli.progress import shown
from outlookd.cli.sandbox import place, started
from outlookd.errors import OutlookdError

if TYPE_CHECKING:
    from outlookd.app import App
    from outlookd.core.model import RunReport
    from outlookd.sandbox.server import Sandbox


ITEM_SECONDS = 0.04
"""What Graph seems to need for one contact of a batch while somebody watches."""


@click.command("demo")
@unused_config_option
@click.option("--once", is_flag=True, help="Run every job once, show what was created, and end.")
@click.option("--directory", type=click.Path(path_type=Path, file_okay=False), help="Keep configuration and state there.")
@click.option("--contacts", default=200, show_default=True, type=click.IntRange(0, 100_000), help="How many contacts to invent.")
@click.option("--signed-in", is_flag=True, help="Sign the user in and synchronise at once: for a machine without a browser.")
@json_option
def command(directory: Path | None, contacts: int, *, once: bool, signed_in: bool, as_json: bool) -> int:
    """Start a sandbox and the daemon, and stay until Ctrl-C.

    Follow the link that it prints: sign in as the sandbox's user, press both buttons of the page, and watch. Then open the other
    pages that it names, move an appointment on either one, and see it move on the other a few seconds later.
    """
    from outlookd.cli.options import quiet_logs

    quiet_logs()
    with place(directory) as where:
        return asyncio.run(_show(where, contacts, once=once, signed_in=signed_in or once, as_json=as_json))


async def _show(directory: Path, contacts: int, *, once: bool, signed_in: bool, as_json: bool) -> int:
    from outlookd.app import App, load_installation, new_metrics, pages

    async with (
        started(directory, contacts, appointments=True) as (sandbox, config),
        App(load_installation(config, os.environ), metrics=new_metrics()) as app,
        pages(app),
    ):
        reports = await _sign_in_and_run(app, sandbox, as_json=as_json) if signed_in else []
        if not once:
            await _stay(app, sandbox, config, signed_in=signed_in)
    return worst(report.exit_status for report in reports) if once else 0


async def _sign_in_and_run(app: App, sandbox: Sandbox, *, as_json: bool) -> Sequence[RunReport]:
    from outlookd.cli import render

    for login in sorted({job.user for job in app.jobs()}):
        await sign_in(app, sandbox, login)
        click.echo(f"{login} has signed in at the sandbox's Entra.", err=True)
    reports = await _run_jobs(app)
    if as_json:
        click.echo(render.as_json({"runs": [render.run_data(report) for report in reports]}))
    else:
        _print(reports)
    return reports


async def _stay(app: App, sandbox: Sandbox, config: Path, *, signed_in: bool) -> None:
    """Run the jobs at their interval until Ctrl-C. Those of somebody who has not signed in wait for a button on the page."""
    from outlookd.app import schedule, take_orders
    from outlookd.sandbox.seed import CLAIRE

    orders = take_orders()
    # As long as Microsoft takes, or nobody would see a bar move.
    sandbox.directory.switches.item_latency = ITEM_SECONDS
    start = f"{app.settings.web.public_url}/" if signed_in else (await app.connect(CLAIRE)).url
    async with schedule(app, after_run=_announce, hurry=orders.hurry):
        _invite(app, sandbox, config, start, signed_in=signed_in)
        if not signed_in and sys.stdout.isatty() and _has_screen():
            await asyncio.to_thread(webbrowser.open, start)
        await orders.stop.wait()


def _has_screen() -> bool:
    """Whether a browser that is started would have a window, and not take over the terminal."""
    return sys.platform == "darwin" or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


async def _run_jobs(app: App) -> Sequence[RunReport]:
    with shown() as progress_of:
        return [await app.sync(job, progress=progress_of(f"{job.user} {job.type}")) for job in app.jobs()]


def _print(reports: Sequence[RunReport]) -> None:
    from outlookd.cli import render

    for report in reports:
        for line in render.run_lines(report):
            click.echo(line)
        click.echo(f"  created in Outlook: {report.created.outlook}")
        click.echo(f"  created in GoPaaS:  {report.created.gopaas}")


def _invite(app: App, sandbox: Sandbox, config: Path, start: str, *, signed_in: bool) -> None:
    """Where to look, and what to try."""
    from outlookd.sandbox.seed import CLAIRE, UPNS

    at_gopaas, at_outlook = sandbox.addresses.gopaas_page, sandbox.addresses.outlook_page
    places = {
        "Start here": start,
        "GoPaaS": f"{at_gopaas}tables/contact/",
        "  agenda": f"{at_gopaas}tables/action/",
        "Outlook": at_outlook,
        "  calendar": f"{at_outlook}outlook/{UPNS[CLAIRE]}/calendar/",
        "configuration": str(config),
    }
    for name, place_of_it in places.items():
        click.echo(f"{name + ':':<15}{place_of_it}")
    seconds = int(min((job.interval.total_seconds() for job in app.jobs()), default=0))
    if not signed_in:
        click.echo(
            'Follow the first address, sign in as "Claire Aubrac" (your browser will object to the certificate of localhost: it is '
            "the demo's own, go on), and press both buttons.",
            err=True,
        )
    click.echo(
        "Open agenda and calendar side by side. Move an event in Outlook, and the record moves; change the time, the place or the "
        f"note of the record, and the event follows: each way within {seconds} seconds. Enter a new one on either page, and it "
        "appears on the other. A contact that you change in GoPaaS changes in Outlook too. Ctrl-C ends the demo.",
        err=True,
    )


async def _announce(report: RunReport) -> None:
    """A line for a run that did something; the quiet ones stay quiet."""
    from outlookd.cli import render

    written = (report.created, report.updated, report.deleted)
    if any(tally.gopaas or tally.outlook for tally in written) or report.message:
        for line in render.run_lines(report):
            click.echo(f"{datetime.now().astimezone():%H:%M:%S} {line}")


async def sign_in(app: App, sandbox: Sandbox, login: str) -> None:
    """Do what the person behind `login` would do with the link: press the button there, and the one with their name at Entra.

    Raises OutlookdError when the sign-in did not end with a mailbox.
    """
    import aiohttp
    from yarl import URL

    from outlookd.sandbox.seed import UPNS

    trust = ssl.create_default_context(cafile=str(sandbox.addresses.ca_file))
    accounts = {**UPNS, **{member.login: member.upn for member in sandbox.members}}
    person = sandbox.directory.user(accounts.get(login, ""))
    if person is None:
        raise OutlookdError(f"{login} has no account at the sandbox.")
    link = (await app.connect(login)).url
    browser = aiohttp.ClientSession(
        # A cookie of an address without a name is only kept by a jar that is told to.
        cookie_jar=aiohttp.CookieJar(unsafe=True),
        connector=aiohttp.TCPConnector(ssl=trust),
        headers={"Sec-Fetch-Site": "same-origin"},
    )
    async with browser:
        async with browser.post(link, allow_redirects=False) as answer:
            authorize = URL(answer.headers.get("Location", ""), encoded=True)
        if authorize.host:
            # What the button with the person's name sends: the request again, and who it is.
            form = {**authorize.query, "user": person.object_id}
            async with browser.post(authorize.with_query(None), data=form) as answer:
                await answer.read()
    if await app.store.accounts.binding(login) is None:
        raise OutlookdError(
            f"{login} could not sign in at the sandbox.", hint="Its pages may have changed; try `outlookd sandbox`."
        )
