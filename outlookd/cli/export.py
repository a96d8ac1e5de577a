"""``outlookd export``: everything the state database holds about a user, for that person to read."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from outlookd.cli.options import config_option, install, json_option, quiet_logs
from outlookd.errors import OutlookdError

if TYPE_CHECKING:
    from outlookd.app import Installation

Rows = Mapping[str, Sequence[Mapping[str, Any]]]


@click.command("export")
@click.argument("login", metavar="LOGIN")
@click.option(
    "--to",
    "target",
    metavar="FILE",
    required=True,
    type=click.Path(path_type=Path, resolve_path=True, dir_okay=False),
    help="The file to make; only its owner may read it.",
)
@config_option
@json_option
def command(login: str, target: Path, file: Path, *, as_json: bool) -> int:
    """Write everything that the state database holds about the GoPaaS user LOGIN to a file, as JSON that a person can read.

    Tokens are not in it, only that there is a sign-in. What GoPaaS and Outlook hold is not in it either: ask there.
    """
    if target.exists():
        raise click.UsageError(f"{target} is there already; name a file that is not.")
    from outlookd.cli import render

    quiet_logs()
    rows = asyncio.run(_read(install(file), login))
    if not any(rows.values()):
        raise OutlookdError("Nothing is known about this user.", hint="Logins are compared letter by letter.")
    _write(target, {"login": login, "signed_in": bool(rows["account"]), "tables": rows})
    counts = {table: len(found) for table, found in rows.items()}
    if as_json:
        click.echo(render.as_json({"login": login, "path": str(target), "rows": counts}))
        return 0
    click.echo(f"{target} holds what is known about {render.visible(login)}:")
    click.echo("\n".join(render.table_lines(("table", "rows"), [(table, str(count)) for table, count in counts.items()])))
    return 0


async def _read(installation: Installation, login: str) -> Rows:
    from outlookd.app import open_existing

    async with open_existing(installation) as app:
        return await app.store.personal.export(login)


def _write(target: Path, document: Mapping[str, Any]) -> None:
    from outlookd.store.files import write_private

    # Not orjson: a side may have shown half a character, which only JSON's own escape can carry.
    text = json.dumps(document, indent=2, ensure_ascii=False).encode(errors="backslashreplace")
    try:
        write_private(target, text + b"\n")
    except OSError as error:
        hint = "Name a file in a directory of yours."
        raise OutlookdError(f"{target} cannot be written: {error.strerror}.", hint=hint) from error
