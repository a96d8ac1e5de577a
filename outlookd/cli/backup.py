"""``outlookd backup``: a checked copy of the state database, made while the daemon runs."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from outlookd.cli.options import config_option, json_option, quiet_logs

if TYPE_CHECKING:
    from outlookd.store.backup import Backup

DIRECTORY = Path("/var/backups/outlookd")
"""Made by ``systemd/outlookd.tmpfiles``. Not beside the database: what takes that disk should not take its backups too."""


@click.command("backup")
@click.argument("target", metavar="[FILE]", required=False, type=click.Path(path_type=Path, resolve_path=True, dir_okay=False))
@click.option(
    "--directory",
    metavar="DIR",
    default=DIRECTORY,
    show_default=True,
    type=click.Path(path_type=Path, resolve_path=True, file_okay=False),
    help="Where backups are put, under a name made of the time.",
)
@click.option("--keep", metavar="N", type=click.IntRange(min=1), help="Remove all but the newest N backups of that directory.")
@config_option
@json_option
@click.pass_context
def command(context: click.Context, target: Path | None, directory: Path, keep: int | None, file: Path, *, as_json: bool) -> int:
    """Copy the state database to FILE, or into a directory under a name made of the time.

    The daemon may run. The copy is checked before it gets its name, so what has the name is whole. It holds personal data and
    sealed sign-ins, and only its owner may read it. The key that opens the sign-ins (state.key_file) is not in it:
    keep that elsewhere.

    Exit status: 0 done, 1 failed, 75 no room, 78 configuration.
    """
    if target is not None and (keep is not None or _given(context, "directory")):
        raise click.UsageError(
            "FILE is one backup under a name of your own; --directory and --keep are for many. Use one of the two."
        )
    quiet_logs()
    state = _state(file)
    backup = asyncio.run(_back_up(state, _choose(state, target, directory), keep))
    if as_json:
        _print_json(backup)
        return 0
    click.echo(_sentence(backup))
    return 0


def _given(context: click.Context, name: str) -> bool:
    return context.get_parameter_source(name) is not click.core.ParameterSource.DEFAULT


def _state(file: Path) -> Path:
    """The database that the configuration names. Without the plugins: a wrong map is no reason to go without a backup."""
    from outlookd.settings import load_settings
    from outlookd.store.files import path_of

    return path_of(load_settings(file, os.environ).state.url).absolute()


def _choose(state: Path, target: Path | None, directory: Path) -> Path:
    """The file to write. Raises a usage error (exit 2) for one of the database's own: the copy would take its place."""
    from outlookd.runtime.clock import SystemClock
    from outlookd.store.backup import name_of

    chosen = target or directory / name_of(SystemClock().now())
    if chosen in {Path(f"{state.resolve()}{suffix}") for suffix in ("", "-wal", "-shm", "-journal")}:
        raise click.UsageError(f"{chosen} is the state database itself.")
    return chosen


async def _back_up(state: Path, chosen: Path, keep: int | None) -> Backup:
    from outlookd.runtime.clock import SystemClock
    from outlookd.store.backup import back_up

    return await back_up(state, chosen, clock=SystemClock(), keep=keep)


def _print_json(backup: Backup) -> None:
    from outlookd.cli import render
    from outlookd.store.backup import CHECKED

    answer = {
        "path": str(backup.path),
        "at": backup.at.isoformat(),
        "bytes": backup.bytes,
        "seconds": round(backup.seconds, 3),
        "checked": list(CHECKED),
        "removed": [str(path) for path in backup.removed],
    }
    click.echo(render.as_json(answer))


def _sentence(backup: Backup) -> str:
    from outlookd.store.backup import CHECKED

    *most, last = CHECKED
    checked = f"{', '.join(most)} and {last} are in order"
    done = f"{backup.path}: {_size(backup.bytes)} in {backup.seconds:.1f} s; {checked}."
    if not backup.removed:
        return done
    return f"{done} Removed {len(backup.removed)} older backup{'' if len(backup.removed) == 1 else 's'}."


def _size(count: int) -> str:
    return f"{count / 2**20:.1f} MiB" if count >= 2**20 else f"{count / 2**10:.0f} KiB"
