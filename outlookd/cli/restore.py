"""``outlookd restore``: a backup in the place of the state database."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from outlookd.cli.options import config_option, json_option, quiet_logs

if TYPE_CHECKING:
    from outlookd.store.restore import Restored


@click.command("restore")
@click.argument("source", metavar="FILE", type=click.Path(path_type=Path, resolve_path=True, dir_okay=False))
@click.option("--closed-too", is_flag=True, help="Accept sign-ins that the present key does not open: those users sign in again.")
@config_option
@json_option
def command(source: Path, file: Path, *, as_json: bool, closed_too: bool) -> int:
    """Put the backup FILE in the place of the state database. Refused while the daemon or another command has that open.

    FILE is copied and checked first: integrity, foreign keys, schema, and that state.key_file opens its sign-ins. The present
    database is kept under another name, which is printed. Nothing is written to GoPaaS or Outlook.

    The state is then older than the mailboxes: until a job has compared both sides once, it deletes nothing and sends no mail.

    Exit status: 0 done, 1 failed or refused, 75 no room, 78 configuration.
    """
    from outlookd.cli import render

    quiet_logs()
    restored = _restore(file, source, closed_too=closed_too)
    if as_json:
        click.echo(render.as_json(_data(source, restored)))
        return 0
    for line in _lines(source, restored):
        click.echo(line)
    return 0


def _restore(file: Path, source: Path, *, closed_too: bool) -> Restored:
    """Without the plugins: a wrong map is no reason to go without a state."""
    from outlookd.runtime.clock import SystemClock
    from outlookd.sealing import Seal, read_keys
    from outlookd.settings import load_settings
    from outlookd.store.files import path_of
    from outlookd.store.restore import restore

    settings = load_settings(file, os.environ).state
    seal = Seal(read_keys(settings.key.get_secret_value()))
    return restore(source, path_of(settings.url), seal=seal, now=SystemClock().now(), closed_too=closed_too)


def _data(source: Path, restored: Restored) -> dict[str, object]:
    return {
        "source": str(source),
        "former": str(restored.former) if restored.former else None,
        "bytes": restored.bytes,
        "latest_run": restored.latest.isoformat() if restored.latest else None,
        "jobs": list(restored.jobs),
        "closed": restored.closed,
    }


def _lines(source: Path, restored: Restored) -> list[str]:
    when = f", whose last run began at {restored.latest:%Y-%m-%d %H:%M} UTC" if restored.latest else ", in which no job has run"
    lines = [f"The state database is now the one of {source}{when}."]
    if restored.former is None:
        lines.append("There was none before.")
    else:
        lines.append(f"The former one is {restored.former}; to have it back: outlookd restore {restored.former}")
    if restored.closed:
        lines.append(f"{restored.closed} sign-ins or settings records cannot be opened: `outlookd status` says who must sign in.")
    lines.append("Read `outlookd plan`, then start the daemon. Until a job has compared both sides once, it deletes nothing.")
    return lines
