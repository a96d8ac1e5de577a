"""What a run tells about itself, as one RunReport."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from outlookd.core.model import WRITES, Held, Op, RunReport, RunStatus, Side, Tally
from outlookd.errors import ContainerMissing, JobBusy, KeptElsewhere, OutlookdError, RemoteError, SignInNeeded
from outlookd.sync.job import Deps
from outlookd.sync.state import State


def requests_of(deps: Deps) -> dict[str, int]:
    """HTTP requests sent so far, by service."""
    return {"gopaas": deps.gopaas.requests, "graph": deps.outlook.requests}


def timed(report: RunReport, deps: Deps, began: float, before: Mapping[str, int]) -> RunReport:
    """The report with what the run cost. `began` is monotonic; `before` are the requests that had been sent by then."""
    spent = {name: count - before[name] for name, count in requests_of(deps).items()}
    return replace(report, seconds=deps.clock.monotonic() - began, requests=spent)


def counted(report: RunReport, state: State) -> RunReport:
    """The report with what was done, held and set aside."""
    held = state.plan.held
    tally = {op: Tally(gopaas=state.counts[op, Side.GOPAAS], outlook=state.counts[op, Side.OUTLOOK]) for op in WRITES}
    return replace(
        report,
        status=RunStatus.HELD if held else report.status,
        created=tally[Op.CREATE],
        updated=tally[Op.UPDATE],
        deleted=tally[Op.DELETE],
        unchanged=state.unchanged,
        conflicts=state.conflicts,
        held=sum(len(entry.actions) or len(entry.links) for entry in held),
        quarantined=len(state.quarantine),
        mail_writes=state.mail_writes,
        message="; ".join([*(_told(entry) for entry in held), *_unshown(state), *_doubted(state)]),
        exit_status=3 if held or state.quarantine else 0,
        suspended=state.suspended,
    )


def failed(report: RunReport, error: OutlookdError) -> RunReport:
    """The report of a run that `error` ended; what it had done until then stays counted."""
    match error:
        case SignInNeeded():
            status = RunStatus.REAUTH
        case ContainerMissing() | KeptElsewhere():
            status = RunStatus.HELD
        case _:
            status = RunStatus.FAILED
    return replace(
        report,
        status=status,
        message=str(error),
        exit_status=error.exit_status,
        busy=isinstance(error, JobBusy),
        error=error,
        retry_after=error.retry_after if isinstance(error, RemoteError) else None,
    )


def figures(report: RunReport) -> dict[str, str | int | float]:
    """The run as fields of one log line: every number there is, and not a word of its message, which may quote a folder's name."""
    written = {
        f"{name}_{side}": getattr(tally, side.value)
        for name, tally in (("created", report.created), ("updated", report.updated), ("deleted", report.deleted))
        for side in Side
    }
    return {
        "status": report.status,
        "type": report.type,
        **written,
        "unchanged": report.unchanged,
        "conflicts": report.conflicts,
        "held": report.held,
        "quarantined": report.quarantined,
        "mail_writes": report.mail_writes,
        **{f"requests_{service}": count for service, count in report.requests.items()},
        "duration_s": round(report.seconds, 3),
    }


def _unshown(state: State) -> list[str]:
    if not state.unshown:
        return []
    return [f"{state.unshown} records made from Outlook are not shown by the view: let its conditions include them"]


def _doubted(state: State) -> list[str]:
    told = any(held.guard == "suspended" for held in state.plan.held)
    return [f"{state.suspended}: everything was read again"] if state.suspended and not told else []


def _told(held: Held) -> str:
    return f"{held.reason} (`outlookd approve {held.hash}` releases it)" if held.hash else held.reason
