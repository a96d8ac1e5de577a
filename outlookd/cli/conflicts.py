"""``outlookd conflicts``: what two people changed at once, whose value was kept, and choosing the other one."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from outlookd.cli import render
from outlookd.cli.options import config_option, install, json_option, quiet_logs, selection_options
from outlookd.cli.roster import call_roster, selected
from outlookd.core.model import Fields, RunStatus, Side
from outlookd.web.words.languages import Language
from outlookd.web.words.rules import rule_in

if TYPE_CHECKING:
    from outlookd.app import Installation
    from outlookd.app.history.disputes import Dispute, Resolved

LATELY = timedelta(days=7)
"""So long a conflict that was decided is listed without ``--all``: whoever lost a change notices it soon."""


@click.group("conflicts", invoke_without_command=True)
@config_option
@selection_options
@click.option("--all", "everything", is_flag=True, help="Also those that were decided longer ago.")
@json_option
@click.pass_context
def command(context: click.Context, file: Path, user: str | None, kind: str | None, *, everything: bool, as_json: bool) -> int:
    """List what was changed on both sides at once: what waits for a person, and what was decided in the last days.

    Exit status: 0 listed, 3 something waits for a person, 78 configuration.
    """
    if context.invoked_subcommand is not None:
        context.default_map = {"resolve": {"file": file}}
        return 0
    quiet_logs()
    found = asyncio.run(_list(install(file), user, kind, everything=everything))
    if as_json:
        click.echo(render.as_json({"conflicts": [_data(dispute) for dispute in found]}))
    else:
        for dispute in found:
            for line in _lines(dispute):
                click.echo(line)
        if not found:
            click.echo("Nothing waits for a decision." if everything else "Nothing waits, and nothing was decided lately (--all).")
    return 3 if any(dispute.waits for dispute in found) else 0


@command.command("resolve")
@click.argument("number", type=int)
@click.option("--keep", type=click.Choice([side.value for side in Side]), required=True, help="Whose value both sides are to show.")
@click.option("--force", is_flag=True, help="Also where somebody has changed it since: the values there now are replaced.")
@config_option
@json_option
def resolve_command(number: int, keep: str, file: Path, *, force: bool, as_json: bool) -> int:
    """Have both sides show the value of one of them: for what waits, and also long after it was decided.

    What somebody changed since is shown and left as it is, unless --force is given. Mail is never sent for it.

    Exit status: 0 done, 1 failed, 3 something was left as it is, 4 a sign-in is needed, 75 try again later, 78 configuration.
    """
    quiet_logs()
    side = Side(keep)
    resolved = asyncio.run(_resolve(install(file), number, side, force=force))
    if as_json:
        click.echo(render.as_json(_resolved_data(number, side, resolved)))
    else:
        for line in _resolved_lines(number, side, resolved):
            click.echo(line)
    if resolved.report.status in (RunStatus.OK, RunStatus.HELD):
        return 3 if resolved.kept else 0
    return resolved.report.exit_status


async def _list(installation: Installation, user: str | None, kind: str | None, *, everything: bool) -> Sequence[Dispute]:
    from outlookd.app import open_existing
    from outlookd.app.history.disputes import disputes

    async with open_existing(installation, read_only=True) as app:
        jobs = {job.id for job in selected(app, user, kind).jobs}
        since = app.clock.now() - LATELY
        found = [dispute for dispute in await disputes(app, user=user, settled=True) if dispute.job in jobs]
        return [dispute for dispute in found if everything or dispute.waits or _is_late(dispute, since)]


def _is_late(dispute: Dispute, since: datetime) -> bool:
    return max((moment for moment in (dispute.at, dispute.settled) if moment is not None), default=since) >= since


async def _resolve(installation: Installation, number: int, side: Side, *, force: bool) -> Resolved:
    from outlookd.app import App
    from outlookd.app.history.disputes import resolve

    async with App(installation) as app:
        await call_roster(app, None, None)
        return await resolve(app, number, side, insist=force)


# --- for people -----------------------------------------------------------------------------------------------------------


def _lines(dispute: Dispute) -> Iterator[str]:
    yield f"{dispute.number}  {render.visible(dispute.link.gopaas_id)}: {_state(dispute)}"
    for name, value in dispute.gopaas.items():
        if value != dispute.outlook.get(name):
            shown = [render.value_text(one) for one in (value, dispute.outlook.get(name), dispute.base.get(name))]
            yield "    {}: GoPaaS {} | Outlook {} | before {}".format(render.visible(name), *shown)
    rule = rule_in(dispute.rule, Language.ENGLISH)
    if rule:
        yield f"    Rule {dispute.rule}: {rule}"
    if dispute.waits:
        yield f"    Decide with: outlookd conflicts resolve {dispute.number} --keep gopaas|outlook"


def _state(dispute: Dispute) -> str:
    if dispute.resolved is not None:
        return f"a person chose {render.side_name(dispute.resolved)}, {_moment(dispute.settled)}"
    if dispute.winner is not None:
        return f"{render.side_name(dispute.winner)} was kept, {_moment(dispute.at)}"
    if dispute.settled is not None:
        return f"ended without a choice, {_moment(dispute.settled)}"
    return f"waits for a decision since {_moment(dispute.at)}"


def _moment(moment: datetime | None) -> str:
    return moment.astimezone().isoformat(sep=" ", timespec="seconds") if moment is not None else "at an unknown time"


def _values(values: Fields) -> str:
    return "; ".join(f"{render.visible(name)} {render.value_text(value)}" for name, value in values.items())


def _resolved_lines(number: int, side: Side, resolved: Resolved) -> Iterator[str]:
    yield from render.message_lines(resolved.report.message)
    for kept in resolved.kept:
        yield f"Left as it is in {render.side_name(kept.side)}: {render.visible(kept.reason)}."
    if resolved.kept:
        for shown, values in resolved.shown.items():
            yield f"    {render.side_name(shown)} shows: {_values(values)}"
        yield "Nothing was decided; --force replaces what was changed since."
    elif resolved.report.status in (RunStatus.OK, RunStatus.HELD):
        yield f"Conflict {number} is decided: both sides show the value of {render.side_name(side)}."
        yield f"To choose otherwise: outlookd conflicts resolve {number} --keep {side.other}"


# --- for programs ---------------------------------------------------------------------------------------------------------


def _data(dispute: Dispute) -> dict[str, Any]:
    return {
        "number": dispute.number,
        "job": dispute.job,
        "key": dispute.link.gopaas_id,
        "outlook_id": dispute.link.outlook_id,
        "group": dispute.group,
        "gopaas": dict(dispute.gopaas),
        "outlook": dict(dispute.outlook),
        "before": dict(dispute.base),
        "kept": str(dispute.winner) if dispute.winner is not None else None,
        "chosen": str(dispute.resolved) if dispute.resolved is not None else None,
        "waits": dispute.waits,
        "rule": dispute.rule,
        "at": dispute.at.isoformat() if dispute.at is not None else None,
        "settled": dispute.settled.isoformat() if dispute.settled is not None else None,
    }


def _resolved_data(number: int, side: Side, resolved: Resolved) -> dict[str, Any]:
    return {
        "number": number,
        "chosen": str(side),
        "run": resolved.report.run,
        "status": str(resolved.report.status),
        "message": resolved.report.message,
        "kept": [{"side": str(kept.side), "id": kept.id, "field": kept.field, "reason": kept.reason} for kept in resolved.kept],
        "shown_before": {str(shown): dict(values) for shown, values in resolved.shown.items()},
    }
