"""``outlookd sandbox``: the other side of everything, on this machine."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click

from outlookd.cli.options import json_option, unused_config_option

if TYPE_CHECKING:
    from outlookd.sandbox.server import Sandbox


@click.command("sandbox")
@unused_config_option
@click.option("--directory", type=click.Path(path_type=Path, file_okay=False), help="Where to put configuration and certificate.")
@click.option("--contacts", default=32, show_default=True, type=click.IntRange(0, 100_000), help="How many contacts to invent.")
@click.option("--appointments", is_flag=True, help="Invent appointments of every kind on both sides, Outlook's included.")
@click.option("--users", default=0, type=click.IntRange(0, 20_000), help="How many more people to invent, for a test of load.")
@json_option
def command(directory: Path | None, contacts: int, *, appointments: bool, users: int, as_json: bool) -> int:
    """Start an Entra, a Graph and a GoPaaS on free ports of this machine, with invented data, until Ctrl-C.

    Prints their addresses and the configuration with which the other commands find them (--json: one line). With --users the
    configuration has a job for each of them, which needs no sign-in and runs once a minute.
    """
    from outlookd.cli.options import quiet_logs

    quiet_logs()
    with place(directory) as where:
        asyncio.run(_stay(where, contacts, appointments=appointments, users=users, as_json=as_json))
    return 0


@contextmanager
def place(directory: Path | None) -> Iterator[Path]:
    """The directory that was asked for, or a temporary one that goes at the end."""
    if directory is not None:
        yield directory
        return
    with TemporaryDirectory(prefix="outlookd-sandbox-") as made:
        yield Path(made)


@asynccontextmanager
async def started(
    directory: Path,
    contacts: int,
    *,
    appointments: bool = False,
    users: int = 0,
    jobs: Collection[str] = ("contact", "calendar"),
) -> AsyncIterator[tuple[Sandbox, Path]]:
    """A running sandbox, and the configuration for these of its user's jobs. `appointments` fills the calendars on both sides.

    With `users` more people the configuration has their jobs instead, and a longer interval.
    """
    from outlookd.sandbox.server import Sandbox, write_configuration

    async with await Sandbox.start(directory, contacts=contacts, appointments=appointments, users=users) as sandbox:
        yield (
            sandbox,
            write_configuration(
                sandbox,
                directory,
                web_listen=f"127.0.0.1:{free_port()}",
                jobs=jobs,
                crowd=bool(users),
                interval="60s" if users else "5s",
            ),
        )


def free_port() -> int:
    """A port that nobody uses right now."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def describe(sandbox: Sandbox, config: Path) -> Iterator[tuple[str, str]]:
    """What there is to open and to use, by name."""
    yield "gopaas_page", sandbox.addresses.gopaas_page
    yield "outlook_page", sandbox.addresses.outlook_page
    yield "gopaas", sandbox.addresses.gopaas
    yield "graph", sandbox.addresses.graph
    yield "entra", sandbox.addresses.entra
    yield "ca_file", str(sandbox.addresses.ca_file)
    yield "config", str(config)


async def _stay(directory: Path, contacts: int, *, appointments: bool, users: int, as_json: bool) -> None:
    import orjson

    from outlookd.app import take_orders

    orders = take_orders()
    async with started(directory, contacts, appointments=appointments, users=users) as (sandbox, config):
        known = dict(describe(sandbox, config))
        if as_json:
            click.echo(orjson.dumps(known).decode())
        else:
            for name, value in known.items():
                click.echo(f"{name:<13} {value}")
            click.echo("Everything in it is invented. Ctrl-C ends it.", err=True)
        await orders.stop.wait()
