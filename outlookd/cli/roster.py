"""The roster as commands use it: read anew where others are asked anyway, and what is wrong with it said on stderr."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from outlookd.cli.options import select
from outlookd.errors import ConfigurationError, OutlookdError

if TYPE_CHECKING:
    from outlookd.app import App
    from outlookd.settings import JobSettings, RecordFault


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """The jobs that are meant, and what kept others from being among them."""

    jobs: Sequence[JobSettings]
    faults: Sequence[RecordFault]
    trouble: OutlookdError | None = None

    @property
    def exit_status(self) -> int:
        """What it means for the command. A reading that failed means nothing as long as an earlier one names jobs."""
        if self.faults:
            return ConfigurationError.exit_status
        return self.trouble.exit_status if self.trouble is not None and not self.jobs else 0


async def call_roster(app: App, user: str | None, kind: str | None) -> Called:
    """The jobs that are meant, after GoPaaS was asked for its settings records. Raises a usage error (exit 2) when nobody is."""
    from outlookd.cli import render

    await app.roster.refresh()
    called = selected(app, user, kind)
    if called.trouble is not None:
        click.echo("The settings records could not be read, so those of the last reading count:", err=True)
        for line in render.message_lines(str(called.trouble), indent="  "):
            click.echo(line, err=True)
    for line in render.fault_lines(called.faults):
        click.echo(line, err=True)
    return called


def selected(app: App, user: str | None, kind: str | None) -> Called:
    """The jobs that are meant, as last read. Whoever has a faulty record is known, though without a job."""
    roster = app.roster
    jobs = select(app.jobs(), user, kind, known=[fault.login for fault in roster.faults])
    faults = [fault for fault in roster.faults if user in (None, fault.login)]
    return Called(jobs=jobs, faults=faults, trouble=roster.trouble)
