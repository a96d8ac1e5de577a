"""``outlookd check``: everything that is wrong, at once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
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
@click.option("--offline", is_flag=True, help="Look at settings, secrets and plugins only; open nothing and call nobody.")
@json_option
def command(file: Path, *, as_json: bool, offline: bool) -> int:
    """Find everything that is wrong: settings, secrets, plugins, database, GoPaaS, Microsoft, views, sign-ins, folders.

    Writes nothing to GoPaaS or Outlook.

    Exit status: 0 all is well, 3 a record is quarantined or a folder is gone, 78 configuration, 4 a sign-in is needed,
    75 somebody does not answer.
    """
    quiet_logs()
    try:
        installation = install(file)
    except ConfigurationError as error:
        if not as_json:
            raise
        _print_json([{"level": "problem", "about": "settings", "text": fault} for fault in error.faults or (str(error),)])
        return error.exit_status
    findings = asyncio.run(_check(installation, print_each=not as_json, offline=offline))
    if as_json:
        _print_json([{"level": str(finding.level), "about": finding.about, "text": finding.text} for finding in findings])
    click.echo(_verdict([str(finding.level) for finding in findings]), err=True)
    return worst(finding.exit_status for finding in findings)


def _verdict(levels: Sequence[str]) -> str:
    """The last line. Only silence of all checks is order: a warning is there to be read."""
    problems, warnings = (_counted(levels.count(level), level) for level in ("problem", "warning"))
    match "problem" in levels, "warning" in levels:
        case False, False:
            return "Everything is in order."
        case False, True:
            return f"No problem found, but {warnings}."
        case True, False:
            return f"{problems} found."
        case _:
            return f"{problems} and {warnings} found."


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _print_json(findings: list[dict[str, str]]) -> None:
    from outlookd.cli import render

    click.echo(render.as_json({"findings": findings}))


async def _check(installation: Installation, *, print_each: bool, offline: bool) -> list[Finding]:
    from outlookd.app import check
    from outlookd.cli.render import message_lines

    findings = []
    async for finding in check(installation, offline=offline):
        findings.append(finding)
        if print_each:
            for line in message_lines(finding.text, indent=f"{_WORDS[finding.level]:<8} {finding.about}: "):
                click.echo(line)
    return findings
