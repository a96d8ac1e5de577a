"""``outlookd quarantine``: records that could not be handled, why, and what to do; and having them tried again at once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from outlookd.cli import render
from outlookd.cli.options import config_option, install, json_option, quiet_logs, selection_options
from outlookd.cli.roster import selected
from outlookd.core.model import Quarantined
from outlookd.errors import OutlookdError
from outlookd.web.remedies import Cure, cure_of
from outlookd.web.words.causes import cause_of
from outlookd.web.words.cures import CURES
from outlookd.web.words.languages import Language

if TYPE_CHECKING:
    from outlookd.app import Installation
    from outlookd.settings import JobSettings


@click.group("quarantine", invoke_without_command=True)
@config_option
@selection_options
@json_option
@click.pass_context
def command(context: click.Context, file: Path, user: str | None, kind: str | None, *, as_json: bool) -> int:
    """List records that are set aside: since when and why, how often they were tried and when they are tried again.

    Exit status: 0 there are none, 3 there are some, 78 configuration.
    """
    if context.invoked_subcommand is not None:
        context.default_map = {"retry": {"file": file}}
        return 0
    quiet_logs()
    found, now = asyncio.run(_list(install(file), user, kind))
    if as_json:
        click.echo(render.as_json({"quarantine": [_data(job, entry) for job, entry in found]}))
    else:
        for job, entry in found:
            for line in _lines(job, entry, now):
                click.echo(line)
        if not found:
            click.echo("No record is set aside.")
    return 3 if found else 0


@command.command("retry")
@click.argument("id_", metavar="[ID]", default="")
@click.option("--all", "everything", is_flag=True, help="Every record that is set aside.")
@config_option
@selection_options
def retry_command(id_: str, file: Path, user: str | None, kind: str | None, *, everything: bool) -> int:
    """Have a record tried in the next run, whatever its turn is: after its cause was mended, say.

    ID is the record's key in GoPaaS or its id in Outlook, as the list shows it.
    """
    if bool(id_) == everything:
        raise click.UsageError("Name one record's ID, or say --all.")
    quiet_logs()
    tried = asyncio.run(_retry(install(file), user, kind, id_))
    if not tried and id_:
        raise OutlookdError(f"{id_!r} is not set aside.", hint="`outlookd quarantine` lists what is.")
    click.echo(f"{render.count_text(tried, 'record')} will be tried in the next run; `outlookd sync` begins one now.")
    return 0


async def _list(
    installation: Installation, user: str | None, kind: str | None
) -> tuple[Sequence[tuple[JobSettings, Quarantined]], datetime]:
    from outlookd.app import open_existing
    from outlookd.app.history.quarantine import set_aside

    async with open_existing(installation, read_only=True) as app:
        jobs = {job.id for job in selected(app, user, kind).jobs}
        found = [(job, entry) for job, entry in await set_aside(app, user=user) if job.id in jobs]
        return found, app.clock.now()


async def _retry(installation: Installation, user: str | None, kind: str | None, id: str) -> int:
    from outlookd.app import App
    from outlookd.app.history.quarantine import retry, set_aside

    async with App(installation) as app:
        jobs = {job.id for job in selected(app, user, kind).jobs}
        found = [(job, entry) for job, entry in await set_aside(app, user=user) if job.id in jobs and id in ("", entry.id)]
        return sum([await retry(app, job.id, entry.side, entry.id) for job, entry in found])


def _lines(job: JobSettings, entry: Quarantined, now: datetime) -> Iterator[str]:
    yield f"{render.side_name(entry.side)} {render.visible(entry.id)} ({render.visible(job.user)}, {job.type})"
    yield f"    {cause_of(entry.reason, Language.ENGLISH)}"
    yield f"    {CURES.of(Language.ENGLISH)[cure_of(entry.reason)]}"
    since = entry.since.astimezone().isoformat(sep=" ", timespec="seconds")
    yield f"    since {since}, tried {render.count_text(entry.attempts, 'time')}, next try {render.next_try(entry, now)}"


def _data(job: JobSettings, entry: Quarantined) -> dict[str, Any]:
    cure: Cure = cure_of(entry.reason)
    return {
        "user": job.user,
        "type": job.type,
        "job": job.id,
        **render.quarantine_data(entry),
        "cure": str(cure),
        "what_to_do": CURES.of(Language.ENGLISH)[cure],
    }
