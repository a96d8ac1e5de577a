"""Answers as text for people and as plain data for ``--json``. Nothing here reads or decides.

Field values come from strangers: control characters are shown as escapes, so that none of them reaches the terminal.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import orjson

from outlookd.core.fieldmap import cell
from outlookd.core.model import WRITES, Action, Change, Held, Op, Plan, Quarantined, RunReport, RunStatus, Side, Tally, Value
from outlookd.core.plan import plan_hash
from outlookd.errors import ConfigurationError, ContainerMissing, OutlookdError, SignInNeeded
from outlookd.runtime.logs.redaction import pseudonym

if TYPE_CHECKING:
    from outlookd.app import JobStanding
    from outlookd.settings import JobSettings, RecordFault

_SIGNS = {Op.CREATE: "+", Op.UPDATE: "~", Op.DELETE: "-"}
_WIDEST = 60
_LONGEST_LIST = 20


def as_json(value: object) -> str:
    """`value` as indented JSON."""
    return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()


# --- runs ----------------------------------------------------------------------------------------------------------------


def run_data(report: RunReport) -> dict[str, Any]:
    """One run in the shape of ``sync --json`` (design section 6)."""
    return {
        "run": report.run,
        "user": report.user,
        "type": report.type,
        "status": str(report.status),
        "created": _both(report.created),
        "updated": _both(report.updated),
        "deleted": _both(report.deleted),
        "unchanged": report.unchanged,
        "conflicts": report.conflicts,
        "held": report.held,
        "quarantined": report.quarantined,
        "requests": {name: report.requests.get(name, 0) for name in ("gopaas", "graph")},
        "mail_writes": report.mail_writes,
        "seconds": round(report.seconds, 3),
        "message": report.message,
    }


def run_lines(report: RunReport) -> Iterator[str]:
    """One run for people: a line of what was done, and one for each thing to know."""
    yield f"{report.user}, {report.type}: {report.status}. {_done(report)} ({_effort(report)})"
    if report.quarantined:
        records = count_text(report.quarantined, "record")
        yield f"  {records} cannot be handled now and will be tried again; `outlookd quarantine` says why"
    yield from message_lines(report.message, indent="  ")


def message_lines(message: str, *, indent: str = "") -> Iterator[str]:
    """A message of ours, line by line: each fault of a configuration has its own."""
    yield from (f"{indent}{visible(line)}" for line in message.split("\n") if line)


def _done(report: RunReport) -> str:
    parts = []
    for side in (Side.OUTLOOK, Side.GOPAAS):
        counts = [
            f"{count} {word}"
            for word, tally in (("created", report.created), ("updated", report.updated), ("deleted", report.deleted))
            if (count := getattr(tally, side.value))
        ]
        if counts:
            parts.append(f"{side.label}: {', '.join(counts)}")
    parts.append(f"{report.unchanged} unchanged")
    if report.conflicts:
        parts.append(count_text(report.conflicts, "conflict"))
    if report.held:
        parts.append(f"{report.held} held")
    return "; ".join(parts) + "."


def _effort(report: RunReport) -> str:
    requests = f"{count_text(report.requests.get('gopaas', 0), 'request')} to GoPaaS, {report.requests.get('graph', 0)} to Graph"
    wrote = any(tally.gopaas or tally.outlook for tally in (report.created, report.updated, report.deleted))
    # What `outlookd undo` takes, as much of it as tells runs apart.
    return f"{requests}, {report.seconds:.1f} s{f', run {report.run[:8]}' if wrote else ''}"


def _both(tally: Tally) -> dict[str, int]:
    return {"gopaas": tally.gopaas, "outlook": tally.outlook}


def count_text(number: int, noun: str) -> str:
    """``1 write``, ``2 writes``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


# --- errors and quarantine -----------------------------------------------------------------------------------------------


def error_data(error: OutlookdError) -> dict[str, Any]:
    """What kept a command from answering, as ``--json`` says it instead of the answer."""
    faults = list(error.faults) if isinstance(error, ConfigurationError) else []
    return {"error": {"message": error.sentence, "faults": faults, "exit_status": error.exit_status}}


def failure_data(job: JobSettings, error: OutlookdError) -> dict[str, Any]:
    """A job of which there is no plan, beside those of which there is one."""
    return {
        "user": job.user,
        "type": job.type,
        "status": str(_status_of(error)),
        "message": str(error),
        "hash": None,
        "actions": [],
    }


def _status_of(error: OutlookdError) -> RunStatus:
    """The word that a run which ends so has for it."""
    match error:
        case SignInNeeded():
            return RunStatus.REAUTH
        case ContainerMissing():
            return RunStatus.HELD
        case _:
            return RunStatus.FAILED


def quarantine_data(entry: Quarantined) -> dict[str, Any]:
    """One record that is set aside."""
    return {
        "side": str(entry.side),
        "key": entry.id,
        "reason": entry.reason,
        "since": _iso(entry.since),
        "next_try": _iso(entry.retry_at),
        "attempts": entry.attempts,
    }


def quarantine_lines(entries: Sequence[Quarantined], *, now: datetime, indent: str = "") -> Iterator[str]:
    """Records that are set aside, for people: which, why, and when they are tried again."""
    for entry in entries[:_LONGEST_LIST]:
        reason = visible(entry.reason.rstrip("."))
        record = f"{entry.side.label} {visible(entry.id)}"
        yield f"{indent}cannot be handled: {record}: {reason}; next try {next_try(entry, now)}"
    if len(entries) > _LONGEST_LIST:
        yield f"{indent}... and {len(entries) - _LONGEST_LIST} more; --json lists all of them"


def next_try(entry: Quarantined, now: datetime) -> str:
    """When a record is tried again. One that waits for nothing is tried whenever it is read: its time lies in the past."""
    return _short(entry.retry_at) if entry.retry_at > now else "with the next reading"


# --- plans ---------------------------------------------------------------------------------------------------------------


def plan_data(job: JobSettings, plan: Plan, quarantine: Sequence[Quarantined] = ()) -> dict[str, Any]:
    """One plan in the shape of ``plan --json``. Actions that only change what is remembered are left out, but for links."""
    return {
        "user": job.user,
        "type": job.type,
        "status": str(RunStatus.HELD if plan.held else RunStatus.OK),
        "hash": plan_hash(plan),
        "actions": [action_data(action) for action in _shown(plan.actions)],
        "held": [_held_data(held) for held in plan.held],
        "unchanged": plan.unchanged,
        "waiting": plan.waiting,
        "quarantine": [quarantine_data(entry) for entry in quarantine],
    }


def action_data(action: Action) -> dict[str, Any]:
    """One write in the shape of ``plan --json``."""
    return {
        "op": str(action.op),
        "side": str(action.side),
        "key": action.link.gopaas_id,
        "outlook_id": action.link.outlook_id,
        "reason": action.reason,
        "rule": action.rule,
        "mails": action.mails,
        "fields": {name: [change.before, change.after] for name, change in _changes(action)},
    }


def _changes(action: Action) -> list[tuple[str, Change]]:
    """Every value that would be sent, the GoPaaS columns that are set as they are included; what these hold is rarely known.

    The Outlook id that goes into a record stands under its name in every map, ``id``.
    """
    raw = {column: Change(before=cell(action.image.get(column)), after=value) for column, value in action.raw.items()}
    pointer = {"id": Change(before=None, after=action.points_to)} if action.points_to else {}
    return sorted({**action.changes, **raw, **pointer}.items())


def _held_data(held: Held) -> dict[str, Any]:
    return {
        "guard": held.guard,
        "reason": held.reason,
        "hash": held.hash,
        "actions": [action_data(action) for action in held.actions],
        "pairs": len(held.links),
    }


def plan_lines(job: JobSettings, plan: Plan, quarantine: Sequence[Quarantined] = (), *, now: datetime) -> Iterator[str]:
    """One plan for people, made `now`: record by record, field by field."""
    yield f"{job.user}, {job.type}: {_summary(plan)}"
    for action in _shown(plan.actions):
        yield from action_lines(action, indent="  ")
    for held in plan.held:
        size = len(held.actions) or len(held.links)
        released = f"; hash {held.hash}" if held.hash else ""
        yield f"  HELD by the guard {held.guard!r}: {visible(held.reason)} ({size}{released})"
        for action in held.actions:
            yield from action_lines(action, indent="    ")
    yield from quarantine_lines(quarantine, now=now, indent="  ")


def _summary(plan: Plan) -> str:
    writes = sum(1 for action in plan.actions if action.op in WRITES)
    held = sum(len(held.actions) or len(held.links) for held in plan.held)
    parts = [count_text(writes, "write") if writes else "nothing to write", f"{plan.unchanged} unchanged"]
    parts += [f"{held} held"] if held else []
    parts += [f"{plan.waiting} waiting"] if plan.waiting else []
    return ", ".join(parts)


def action_lines(action: Action, *, indent: str) -> Iterator[str]:
    """One write for people, field by field."""
    mails = " [could send mail]" if action.mails else ""
    reason = f": {visible(action.reason)}" if action.reason else ""
    name = action.link.gopaas_id or action.link.outlook_id
    where = f" in {action.side.label}" if action.op in WRITES else ""
    yield f"{indent}{_SIGNS.get(action.op, '=')} {action.op}{where} {visible(name)}{reason}{mails}"
    for field, change in _changes(action):
        yield f"{indent}    {visible(field)}: {value_text(change.before)} -> {value_text(change.after)}"


def _shown(actions: Iterable[Action]) -> list[Action]:
    return [action for action in actions if action.op is not Op.REBASE]


def value_text(value: Value) -> str:
    """A field's value on one line, cut where it would fill the screen."""
    match value:
        case None:
            return "(nothing)"
        case tuple():
            return ", ".join(value_text(item) for item in value)
        case _:
            text = visible(str(value))
            return f"{text[: _WIDEST - 1]}…" if len(text) > _WIDEST else text


def side_name(side: Side) -> str:
    """What people call a side."""
    return side.label


def visible(text: str) -> str:
    """`text` on one line, with everything that could move a terminal's cursor written as an escape."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in text)


# --- standings and tables ------------------------------------------------------------------------------------------------


def standing_data(standing: JobStanding) -> dict[str, Any]:
    """One job in the shape of ``status --json``."""
    return {
        "user": standing.job.user,
        "type": standing.job.type,
        "job": standing.job.id,
        **dict(zip(("log_user", "log_job"), log_names(standing), strict=True)),
        "state": standing.state,
        "message": standing.message,
        "last_run": _iso(standing.last_run),
        "run": standing.run or None,
        "kind": str(standing.kind) if standing.kind is not None else None,
        "last_success": _iso(standing.last_success),
        "next_run": _iso(standing.next_run),
        "counts": {"linked": standing.linked, "detached": standing.detached, "following": standing.following},
        "held": standing.held,
        "suspended": standing.suspended,
        "quarantined": len(standing.quarantine),
        "quarantine": [quarantine_data(entry) for entry in standing.quarantine],
        "sign_in": standing.sign_in,
    }


def standing_row(standing: JobStanding) -> Sequence[str]:
    """One job as a row under `STANDING_HEADINGS`."""
    return (
        standing.job.user,
        standing.job.type,
        standing.state,
        "yes" if standing.sign_in == "signed_in" else "NEEDED",
        str(standing.linked),
        str(standing.detached),
        str(standing.held),
        str(len(standing.quarantine)),
        _short(standing.last_success),
        _short(standing.next_run),
    )


STANDING_HEADINGS = (
    "user", "type", "state", "signed in", "linked", "detached", "held", "quarantined", "last success", "next run",
)  # fmt: skip


def log_names(standing: JobStanding) -> Sequence[str]:
    """What the log calls the user and the job, under `LOG_HEADINGS`: it names nobody, and an administrator has to find somebody."""
    return (pseudonym(standing.job.user), pseudonym(standing.job.id))


LOG_HEADINGS = ("user in the log", "job in the log")


def standing_lines(standing: JobStanding, now: datetime) -> Iterator[str]:
    """What there is to know of a job beyond its row."""
    name = f"{standing.job.user}, {standing.job.type}: "
    if standing.suspended and standing.suspended not in standing.message:
        yield f"{name}{standing.suspended}: nothing is made or deleted until both sides were read completely once"
    yield from message_lines(standing.message, indent=name)
    yield from quarantine_lines(standing.quarantine, now=now, indent=name)


def fault_data(fault: RecordFault) -> dict[str, Any]:
    """A settings record that is no job, as ``status --json`` tells it."""
    return {"record": fault.record, "user": fault.login, "reason": fault.sentence}


def fault_lines(faults: Sequence[RecordFault]) -> Iterator[str]:
    """Settings records that are no jobs, for people."""
    for fault in faults:
        whose = f" of {visible(fault.login)}" if fault.login else ""
        yield f"The settings record {visible(fault.record)}{whose} is not used: {visible(fault.sentence)}"


def table_lines(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Rows in columns as wide as they need to be. Plain text: it reads the same in a terminal, a mail and a pipe."""
    cells = [[visible(cell) for cell in row] for row in (headings, *rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(headings))]
    for row in cells:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _short(moment: datetime | None) -> str:
    """In the zone of whoever reads, and with its offset, since logs and colleagues may be in another one."""
    return moment.astimezone().isoformat(sep=" ", timespec="seconds") if moment else "-"
