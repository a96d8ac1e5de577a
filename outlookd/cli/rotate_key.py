"""``outlookd rotate-key``: another state key, without anybody signing in again."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from outlookd.cli.options import config_option, json_option, quiet_logs
from outlookd.errors import ConfigurationError

if TYPE_CHECKING:
    from outlookd.store.rotation import Rotation

_BY_HAND = (
    "Put a new key (openssl rand -base64 32) on the first line of the file that it comes from, keep the present one on the second, "
    "and run this command without --new."
)
_DROP_BY_HAND = "Everything is sealed with the first key now. Remove the other lines from the file that they come from."


@click.command("rotate-key")
@click.option("--new", is_flag=True, help="Make a new key and put it in front of the others in state.key_file.")
@click.option("--drop", is_flag=True, help="Afterwards remove all keys but the first from state.key_file.")
@config_option
@json_option
def command(file: Path, *, new: bool, drop: bool, as_json: bool) -> int:
    """Seal every sign-in and settings record anew with the first key of state.key_file. Nobody has to sign in again.

    Stop the daemon before, start it afterwards. With --new the key is made here; without, you have put your own on the first line.
    Former keys stay in the file until --drop: they open older backups. A crash at any moment leaves everything readable.

    Exit status: 0 done, 1 failed or refused, 3 done but something opens with no key, 78 configuration.
    """
    from outlookd.cli import render

    quiet_logs()
    rotation = asyncio.run(_rotate(file, new=new, drop=drop))
    if as_json:
        click.echo(render.as_json(_data(rotation)))
    else:
        for line in _lines(rotation, changed=new or drop):
            click.echo(line)
    return 3 if any(table.closed for table in rotation.tables) else 0


async def _rotate(file: Path, *, new: bool, drop: bool) -> Rotation:
    """Without the plugins: a wrong map is no reason to keep a key."""
    from outlookd.sealing import KEY_BYTES, read_keys
    from outlookd.settings import load_settings
    from outlookd.settings.whereabouts import key_file_of
    from outlookd.store.files import path_of
    from outlookd.store.rotation import rotate

    settings = load_settings(file, os.environ).state
    made = secrets.token_bytes(KEY_BYTES) if new else None
    keys = read_keys(settings.key.get_secret_value())
    return await rotate(path_of(settings.url), keys, new=made, drop=drop, write=_writer(key_file_of(file, os.environ)))


def _writer(file: Path | None) -> Callable[[Sequence[bytes]], None]:
    """What replaces the keys in their file. Raises ConfigurationError, having changed nothing, where that is not ours to write."""
    from outlookd.sealing import write_keys
    from outlookd.store.files import replace_private

    def write(keys: Sequence[bytes]) -> None:
        hint = _BY_HAND if len(keys) > 1 else _DROP_BY_HAND
        if file is None:
            raise ConfigurationError("The state key comes from the environment, which this command cannot change.", hint=hint)
        try:
            replace_private(file, write_keys(keys).encode())
        except OSError as error:
            raise ConfigurationError(f"{file} cannot be replaced by this user ({error.strerror}).", hint=hint) from error

    return write


def _data(rotation: Rotation) -> dict[str, object]:
    return {
        "keys": rotation.keys,
        "tables": {table.table: {"sealed": table.opened, "closed": table.closed} for table in rotation.tables},
    }


def _lines(rotation: Rotation, *, changed: bool) -> list[str]:
    """What was done. `changed`: the keys are others than before."""
    sealed = ", ".join(f"{table.table}: {table.opened}" for table in rotation.tables) or "there is no state database yet"
    closed = [table for table in rotation.tables if table.closed]
    lines = [f"Sealed anew with the first key ({sealed})."]
    lines += [f"{table.table}: {table.closed} open with no key and were left as they are." for table in closed]
    if rotation.keys > 1:
        former = "The former key is" if rotation.keys == 2 else f"{rotation.keys - 1} former keys are"
        lines.append(f"{former} still in state.key_file, for older backups; --drop removes what is not the first.")
    if rotation.keys > 1 or changed:
        lines.append("Keep a copy of the first key apart from the backups.")
    else:
        lines.append("There is only this key, as before: --new makes another one, or put your own on the first line.")
    lines.append("Start the daemon: systemctl start outlookd")
    return lines
