"""What several commands share: where the configuration is, which jobs are meant, which exit status several results make."""

from __future__ import annotations

import difflib
import logging
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from outlookd.app import Installation
    from outlookd.settings import JobSettings

DEFAULT_FILE = "/etc/outlookd/outlookd.toml"

JSON_WANTED = "outlookd.json"
"""Where the context notes that ``--json`` was given."""

Command = TypeVar("Command", bound=Callable[..., Any])

NO_JOB = "There is no job: no [[job]] in the configuration, and no settings record in GoPaaS."

SEVERITY = (1, 78, 4, 75, 3)
"""Which status a command ends with when its parts ended differently: what needs a person most."""


def config_option(command: Command) -> Command:
    """``--config FILE``, as every command takes it."""
    return click.option(
        "--config",
        "file",
        metavar="FILE",
        envvar="OUTLOOKD_CONFIG",
        default=DEFAULT_FILE,
        show_default=True,
        type=click.Path(path_type=Path),
        help="The configuration; the environment variable OUTLOOKD_CONFIG names it as well.",
    )(command)


def unused_config_option(command: Command) -> Command:
    """``--config`` where it changes nothing: scripts may pass it to every command alike."""
    return click.option(
        "--config", metavar="FILE", expose_value=False, help="Accepted and not read: this command writes its own configuration."
    )(command)


def json_option(command: Command) -> Command:
    """``--json``: the answer for programs."""
    return click.option("--json", "as_json", is_flag=True, callback=_note_json, help="Answer in JSON.")(command)


def _note_json(context: click.Context, _parameter: click.Parameter, wanted: bool) -> bool:
    """Remember the wish where the group finds it: it answers for commands that end in an error."""
    context.meta[JSON_WANTED] = wanted
    return wanted


def selection_options(command: Command) -> Command:
    """``--user`` and ``--type``: which jobs are meant."""
    user = click.option("--user", metavar="LOGIN", help="Only this GoPaaS user's jobs.")
    kind = click.option("--type", "kind", metavar="contact|calendar", help="Only jobs of this type.")
    return user(kind(command))


def install(file: Path) -> Installation:
    """Read the configuration and load the plugins. Raises ConfigurationError."""
    from outlookd.app import load_installation

    return load_installation(file, os.environ)


def quiet_logs() -> None:
    """For commands that a person waits for: only what is unusual, on stderr."""
    from outlookd.runtime.logs import configure_logs

    configure_logs(level=logging.WARNING)


def daemon_logs() -> None:
    """For processes that stay: everything that happens, with priorities when systemd's journal listens."""
    from outlookd.runtime.logs import configure_logs

    configure_logs(journal="JOURNAL_STREAM" in os.environ and not sys.stderr.isatty())


def select(jobs: Sequence[JobSettings], user: str | None, kind: str | None, *, known: Iterable[str] = ()) -> Sequence[JobSettings]:
    """The jobs that are meant. Raises a usage error (exit 2) that names the known ones when there is none.

    `known` are users who may be named although they have no job.
    """
    without = set(known) - {job.user for job in jobs}
    require_user(user, sorted({job.user for job in jobs} | without))
    if user in without:
        return ()
    wanted = kind.strip().lower() if kind else None
    chosen = [job for job in jobs if user in (None, job.user) and wanted in (None, job.type)]
    if wanted and not chosen:
        known_types = sorted({job.type for job in jobs if user in (None, job.user)})
        whose = f" of {user}" if user else ""
        raise click.UsageError(f"No job{whose} has the type {wanted!r}. {_known('types', known_types)}")
    return chosen


def require_user(user: str | None, known: Sequence[str]) -> None:
    """Refuse a login that no job is for (exit 2), naming the nearest one or those that exist."""
    if user is None or user in known:
        return
    close = difflib.get_close_matches(user, known, n=1)
    meant = f"Did you mean {close[0]!r}? " if close else ""
    raise click.UsageError(f"No job is configured for the user {user!r}. {meant}{_known('users', known)}")


def _known(what: str, names: Sequence[str]) -> str:
    if not names:
        return NO_JOB
    shown = ", ".join(names[:20])
    return f"Known {what}: {shown}{', ...' if len(names) > 20 else ''}."


def worst(statuses: Iterable[int]) -> int:
    """The exit status of several results."""
    found = {status for status in statuses if status}
    return next((status for status in SEVERITY if status in found), max(found, default=0))
