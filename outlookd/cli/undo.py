"""``outlookd undo``: what a run wrote, taken back; first shown, field by field, then asked about."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from outlookd.cli import render
from outlookd.cli.options import config_option, install, json_option, quiet_logs, selection_options
from outlookd.cli.progress import shown
from outlookd.cli.roster import call_roster
from outlookd.core.model import RunStatus

if TYPE_CHECKING:
    from outlookd.app import App, Installation
    from outlookd.app.history.undo import Undone
    from outlookd.core.orders import Kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What the command was asked for."""

    run: str
    item: str
    user: str | None
    kind: str | None
    preview: bool
    yes: bool
    as_json: bool
    agreed: str | None = None


@click.command("undo")
@click.argument("run", metavar="[RUN]", default="")
@click.option("--item", metavar="ID", default="", help="Only what was written to this key or Outlook id; without RUN, lately.")
@click.option("--preview", is_flag=True, help="Only show what would go back and what would stay. Writes nothing.")
@click.option("--yes", is_flag=True, help="Take it back without asking.")
@config_option
@selection_options
@json_option
def command(run: str, item: str, file: Path, user: str | None, kind: str | None, *, preview: bool, yes: bool, as_json: bool) -> int:
    """Take back what RUN wrote to GoPaaS and Outlook.

    RUN is a run's name, as `sync --json` and `status --json` give it, or its beginning, six characters at least; `last` is the
    latest run that wrote something. Every field that still shows what the run wrote gets back what was there before. What was
    changed since stays, and so does what could only be restored by mailing somebody or by changing the past; each is named with
    its reason.

    Exit status: 0 everything is as it was, 1 failed or not agreed to, 3 something stays, 4 a sign-in is needed, 75 try again later,
    78 configuration.
    """
    if not run and not item:
        raise click.UsageError("Name a RUN (`last` is the latest one), or an --item.")
    if as_json and not (preview or yes):
        raise click.UsageError("--json asks nobody: add --preview or --yes.")
    quiet_logs()
    order = Order(run=run, item=item, user=user, kind=kind, preview=preview, yes=yes, as_json=as_json)
    installation = install(file)
    if yes and not preview:
        return _report(asyncio.run(_undo(installation, order)), order)
    foreseen = asyncio.run(_foresee(installation, order))
    if not as_json:
        _show(foreseen)
    return _end(foreseen, order) if preview else _ask(order, foreseen, lambda agreed: asyncio.run(_undo(installation, agreed)))


def _ask(order: Order, undone: Undone, carry_out: Callable[[Order], Undone]) -> int:
    """Take back what was shown, once a person agrees to it. What is something else by then is shown and asked about anew."""
    while undone.report is None:
        if not undone.actions:
            return undone.exit_status
        # Asked outside the event loop, which would take the first Ctrl-C for itself and let the question stand.
        if not click.confirm("Take this back?", err=True):
            click.echo("Nothing was changed.", err=True)
            return 1
        undone = carry_out(replace(order, run=undone.run, agreed=undone.hash))
        if undone.overtaken:
            click.echo("Something changed while you looked, and nothing was written. This is how it is now:", err=True)
            _show(undone)
    return _report(undone, order)


def _report(undone: Undone, order: Order) -> int:
    if not order.as_json:
        _tell(undone)
    return _end(undone, order)


async def _foresee(installation: Installation, order: Order) -> Undone:
    """What would go back. Writes nothing."""
    from outlookd.app import open_existing

    async with open_existing(installation) as app:
        await call_roster(app, order.user, order.kind)
        return await _take_back(app, await _run_of(app, order), order, preview=True)


async def _undo(installation: Installation, order: Order) -> Undone:
    """Take it back. Whoever was asked has seen what is wrong with the roster when it was foreseen."""
    from outlookd.app import App

    async with App(installation) as app:
        if order.yes:
            await call_roster(app, order.user, order.kind)
        return await _take_back(app, await _run_of(app, order), order, preview=False)


async def _run_of(app: App, order: Order) -> str:
    from outlookd.app.history.undo import find_run

    return await find_run(app, order.run, user=order.user, kind=order.kind) if order.run else ""


async def _take_back(app: App, run: str, order: Order, *, preview: bool) -> Undone:
    from outlookd.app.history.undo import undo

    with shown() as progress_of:
        return await undo(app, run, item=order.item, preview=preview, agreed=order.agreed, progress=progress_of("undo"))


def _end(undone: Undone, order: Order) -> int:
    if order.as_json:
        click.echo(render.as_json({"undo": _data(undone)}))
    return undone.exit_status


def _show(undone: Undone) -> None:
    """What would go back, and what would stay."""
    for action in undone.actions:
        for line in render.action_lines(action, indent="  "):
            click.echo(line)
    for line in _kept_lines(undone):
        click.echo(line)
    if not undone.actions:
        click.echo("Nothing can be taken back.")


def _tell(undone: Undone) -> None:
    """What was done."""
    report = undone.report
    if report is None:
        return
    for line in render.message_lines(report.message):
        click.echo(line, err=True)
    for line in _kept_lines(undone):
        click.echo(line)
    if report.status is not RunStatus.OK:
        click.echo("The undo failed before its end. Repeat it when what is said above is mended.", err=True)
    click.echo(f"{render.count_text(len(undone.actions), 'write')} taken back.")
    if undone.actions:
        click.echo(f"To bring it back: outlookd undo {report.run}", err=True)


def _kept_lines(undone: Undone) -> Iterator[str]:
    for kept in undone.kept:
        field = f" {render.visible(kept.field)}" if kept.field else ""
        yield f"  = stays in {render.side_name(kept.side)}: {render.visible(kept.id)}{field}: {render.visible(kept.reason)}"


def _data(undone: Undone) -> dict[str, Any]:
    return {
        "run": undone.run,
        "job": undone.job,
        "undone_by": undone.report.run if undone.report is not None else None,
        "status": str(undone.report.status) if undone.report is not None else None,
        "message": undone.report.message if undone.report is not None else "",
        "actions": [render.action_data(action) for action in undone.actions],
        "kept": [_kept_data(kept) for kept in undone.kept],
    }


def _kept_data(kept: Kept) -> dict[str, Any]:
    return {"side": str(kept.side), "id": kept.id, "field": kept.field, "reason": kept.reason}
