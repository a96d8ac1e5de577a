"""``outlookd run``: the daemon. Never forks; systemd or a terminal keeps it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import click

from outlookd.cli.options import config_option, daemon_logs, install

if TYPE_CHECKING:
    from outlookd.app import Installation


@click.command("run")
@config_option
def command(file: Path) -> int:
    """Run until told to stop: serve the sign-in pages and run every job at its interval.

    SIGTERM and Ctrl-C let running jobs finish; a second one does not. SIGHUP reads the configuration again: all of it is good, or
    the old one stays.
    """
    daemon_logs()
    asyncio.run(_serve(install(file)))
    return 0


async def _serve(installation: Installation) -> None:
    import structlog

    from outlookd.app import App, new_metrics, serve, take_orders

    for warning in installation.settings.warnings:
        structlog.get_logger().warning("settings.warning", text=warning)
    orders = take_orders(reload=True)
    async with App(installation, metrics=new_metrics()) as app:
        await serve(app, orders)
