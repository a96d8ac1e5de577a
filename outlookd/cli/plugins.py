"""``outlookd plugins``: what is installed, what became of it, and what it brought."""

from __future__ import annotations

from pathlib import Path

import click

from outlookd.cli.options import config_option, install, json_option, quiet_logs


@click.command("plugins")
@config_option
@json_option
def command(file: Path, *, as_json: bool) -> int:
    """List every plugin that was found, whether it works, and the handlers, transforms and policies it provides."""
    from outlookd.cli import render

    quiet_logs()
    records = install(file).plugins.records
    if as_json:
        plugins = [
            {
                "name": record.name,
                "origin": record.origin,
                "state": str(record.state),
                "reason": record.reason,
                "provides": list(record.provides),
            }
            for record in records
        ]
        click.echo(render.as_json({"plugins": plugins}))
        return 0
    rows = [(record.name, record.state.value, record.origin, record.reason or ", ".join(record.provides)) for record in records]
    for line in render.table_lines(("plugin", "state", "from", "provides, or why not"), rows):
        click.echo(line)
    return 0
