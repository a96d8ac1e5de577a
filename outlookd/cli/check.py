"""``outlookd check``: everything that is wrong, at once."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import click

from outlookd.cli.options import config_option, install, json_option, quiet_logs, worst
from outlookd.errors import ConfigurationError

if TYPE_CHECKING:
    from outlookd.app import Finding, Installation

_WORDS = {"ok": "ok", "warning": "WARNING", "problem": "PROBLEM"}


@click.command("check")
@config_option
@json_option
def command(file: Path, *, as_json: bool) -> int:
    """Find everything that is wrong: settings, secrets, plugins, database, GoPaaS, Microsoft, views, sign-ins, folders.

    Writes nothing to GoPaaS or Outlook.

    Exit status: 0 all is well, 78 configuration, 4 a sign-in is needed, 75 somebody does not answer.
    """
    quiet_logs()
    try:
        installation = install(file)
    except ConfigurationError as error:
        if not as_json:
            raise
        _print_json([{"level": "problem", "about": "settings", "text": fault} for fault in error.faults or (str(error),)])
        return error.exit_status
    findings = asyncio.run(_check(installation, print_each=not as_json))
    if as_json:
        _print_json([{"level": str(finding.level), "about": finding.about, "text": finding.text} for finding in findings])
    problems = sum(1 for finding in findings if finding.level == "problem")
    click.echo(f"{problems} problem{'' if problems == 1 else 's'} found." if problems else "Everything is in order.", err=True)
    return worst(finding.exit_status for finding in findings)


def _print_json(findings: list[dict[str, str]]) -> None:
    from outlookd.cli import render

    click.echo(render.as_json({"findings": findings}))


async def _check(installation: Installation, *, print_each: bool) -> list[Finding]:
    from outlookd.app import check
    from outlookd.cli.render import visible

    findings = []
    async for finding in check(installation):
        findings.append(finding)
        if print_each:
            click.echo(f"{_WORDS[finding.level]:<8} {finding.about}: {visible(finding.text)}")
    return findings
