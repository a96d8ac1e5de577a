"""How the nouns of the model become columns and come back equal: pure, without a database.

It knows the shape of our rows. It does not know SQL, it does not know which side means what, and how single values become text
is in `values.py`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias, TypeVar

from outlookd.core.model import (
    Base,
    Conflict,
    Intent,
    IntentState,
    JournalEntry,
    Link,
    LinkStatus,
    Op,
    Origin,
    Quarantined,
    RunKind,
    RunReport,
    RunStatus,
    Side,
    Tally,
)
from outlookd.errors import StoreError
from outlookd.store.values import (
    dump_fields,
    dump_json,
    dump_moment,
    dump_span,
    load_fields,
    load_json,
    load_moment,
    load_span,
)

Row: TypeAlias = Mapping[str, Any]
"""One row as the database shows it, by column name."""
Columns: TypeAlias = dict[str, Any]
"""One row to be written, by column name."""

_Noun = TypeVar("_Noun")


def _guarded(decode: Callable[[Row], _Noun]) -> Callable[[Row], _Noun]:
    """`decode`, with a row that makes no sense reported as a StoreError instead of whatever broke first."""

    @functools.wraps(decode)
    def checked(row: Row) -> _Noun:
        try:
            return decode(row)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise StoreError(
                f"the state database holds a row that cannot be understood ({decode.__name__})",
                code="SQLITE_CORRUPT",
                hint="Restore the last backup.",
            ) from error

    return checked


# --- links ---------------------------------------------------------------------------------------------------------------


_OF_EVENTS: Columns = {
    "series": "",
    "original_start": "",
    "meeting": "",
    "attended": False,
    "guest": False,
    "sealed": "[]",
    "gopaas_span": None,
    "outlook_span": None,
}
"""What a link had not before there were events. Its table got the columns; an intent's JSON from back then is without them."""


def link_columns(link: Link) -> Columns:
    """A link as columns; each base as six columns that start with its side's name."""
    columns: Columns = {
        "id": link.id,
        "job": link.job,
        "gopaas_id": link.gopaas_id,
        "outlook_id": link.outlook_id,
        "status": link.status.value,
        "origin": link.origin.value,
        "marker": link.marker,
        "touched": link.touched,
        "generation": link.generation,
        "series": link.series,
        "original_start": link.original_start,
        "meeting": link.meeting,
        "attended": link.attended,
        "guest": link.guest,
        "sealed": dump_json(sorted(link.sealed)),
    }
    for side in Side:
        base = link.base(side)
        columns |= {
            f"{side}_fields": dump_fields(base.fields),
            f"{side}_version": base.version,
            f"{side}_digest": base.digest,
            f"{side}_settled": base.settled,
            f"{side}_before": dump_fields(base.before),
            f"{side}_span": dump_span(base.span),
        }
    return columns


@_guarded
def link_of(row: Row) -> Link:
    """The way back."""
    return Link(
        id=row["id"],
        job=row["job"],
        gopaas_id=row["gopaas_id"],
        outlook_id=row["outlook_id"],
        status=LinkStatus(row["status"]),
        origin=Origin(row["origin"]),
        gopaas=_base(row, "gopaas"),
        outlook=_base(row, "outlook"),
        marker=row["marker"],
        touched=bool(row["touched"]),
        generation=row["generation"],
        series=row["series"],
        original_start=row["original_start"],
        meeting=row["meeting"],
        attended=bool(row["attended"]),
        guest=bool(row["guest"]),
        sealed=_names(row["sealed"]),
    )


def dump_link(link: Link) -> str:
    """A link as one text, for an intent: it says what *will* be true, so it cannot be a row among the links yet."""
    return dump_json(link_columns(link))


def load_link(text: str) -> Link:
    """The way back, also for what was written before links knew of events."""
    return link_of(_OF_EVENTS | load_json(text))


def _names(text: str) -> frozenset[str]:
    """Most links seal nothing, and a run starts with reading every link."""
    return frozenset() if text == "[]" else frozenset(load_json(text))


def _base(row: Row, side: str) -> Base:
    return Base(
        fields=load_fields(row[f"{side}_fields"]),
        version=row[f"{side}_version"],
        digest=row[f"{side}_digest"],
        settled=bool(row[f"{side}_settled"]),
        before=load_fields(row[f"{side}_before"]),
        span=load_span(row[f"{side}_span"]),
    )


# --- writes: intents, journal, conflicts ---------------------------------------------------------------------------------


def intent_columns(intent: Intent) -> Columns:
    """An intent as columns. The link's id stands in a column of its own, to be searched by."""
    return {
        "id": intent.id,
        "job": intent.job,
        "run": intent.run,
        "op": intent.op.value,
        "side": intent.side.value,
        "link_id": intent.link.id,
        "link": dump_link(intent.link),
        "before": dump_fields(intent.before),
        "after": dump_fields(intent.after),
        "longer": dump_fields(intent.longer),
        "sent_at": dump_moment(intent.sent_at),
        "state": intent.state.value,
        "rule": intent.rule,
        "mails": intent.mails,
        "seen": _dump_seen(intent.seen),
        "image": dump_json(dict(intent.image)),
        "conflicts": dump_json([conflict_columns(conflict) for conflict in intent.conflicts]),
        "undoes": intent.undoes,
        "resolves": dump_json(list(intent.resolves.items())),
    }


@_guarded
def intent_of(row: Row) -> Intent:
    """The way back."""
    return Intent(
        id=row["id"],
        job=row["job"],
        run=row["run"],
        op=Op(row["op"]),
        side=Side(row["side"]),
        link=load_link(row["link"]),
        before=load_fields(row["before"]),
        after=load_fields(row["after"]),
        longer=load_fields(row["longer"]),
        sent_at=load_moment(row["sent_at"]),
        state=IntentState(row["state"]),
        rule=row["rule"],
        mails=bool(row["mails"]),
        seen=_load_seen(row["seen"]),
        image=load_json(row["image"]),
        conflicts=tuple(conflict_of(entry) for entry in load_json(row["conflicts"])),
        undoes=row["undoes"],
        resolves={seq: Side(side) if side else None for seq, side in load_json(row["resolves"])},
    )


def entry_columns(entry: JournalEntry) -> Columns:
    """A journal line as columns."""
    return {
        "run": entry.run,
        "at": dump_moment(entry.at),
        "op": entry.op.value,
        "side": entry.side.value,
        "link": entry.link,
        "gopaas_id": entry.gopaas_id,
        "outlook_id": entry.outlook_id,
        "before": dump_fields(entry.before),
        "after": dump_fields(entry.after),
        "reason": entry.reason,
        "rule": entry.rule,
        "mails": entry.mails,
        "seen": _dump_seen(entry.seen),
        "image": dump_json(dict(entry.image)),
        "undone": entry.undone,
    }


@_guarded
def entry_of(row: Row) -> JournalEntry:
    """The way back."""
    return JournalEntry(
        run=row["run"],
        at=load_moment(row["at"]),
        op=Op(row["op"]),
        side=Side(row["side"]),
        link=row["link"],
        gopaas_id=row["gopaas_id"],
        outlook_id=row["outlook_id"],
        before=load_fields(row["before"]),
        after=load_fields(row["after"]),
        reason=row["reason"],
        rule=row["rule"],
        mails=bool(row["mails"]),
        seen=_load_seen(row["seen"]),
        image=load_json(row["image"]),
        undone=row["undone"],
        seq=row.get("seq", 0),
    )


def _dump_seen(seen: Mapping[Side, str]) -> str:
    return dump_json({side.value: word for side, word in seen.items()})


def _load_seen(text: str) -> dict[Side, str]:
    return {Side(side): word for side, word in load_json(text).items()}


def conflict_columns(conflict: Conflict) -> Columns:
    """A conflict as columns (``field_group``, because GROUP is a word of SQL)."""
    return {
        "link": conflict.link,
        "field_group": conflict.group,
        "winner": None if conflict.winner is None else conflict.winner.value,
        "gopaas": dump_fields(conflict.gopaas),
        "outlook": dump_fields(conflict.outlook),
        "base": dump_fields(conflict.base),
        "rule": conflict.rule,
    }


@_guarded
def conflict_of(row: Row) -> Conflict:
    """The way back."""
    return Conflict(
        link=row["link"],
        group=row["field_group"],
        winner=None if row["winner"] is None else Side(row["winner"]),
        gopaas=load_fields(row["gopaas"]),
        outlook=load_fields(row["outlook"]),
        base=load_fields(row["base"]),
        rule=row["rule"],
        # What the table adds; an intent keeps its conflicts without it.
        at=load_moment(row["at"]) if row.get("at") else None,
        resolved=Side(row["resolved"]) if row.get("resolved") else None,
        settled=load_moment(row["resolved_at"]) if row.get("resolved_at") else None,
        seq=row.get("seq", 0),
    )


# --- runs and quarantine -------------------------------------------------------------------------------------------------


def report_columns(report: RunReport) -> Columns:
    """A finished run as columns; each tally as one column per side."""
    columns: Columns = {
        "run": report.run,
        "job": report.job,
        "user": report.user,
        "type": report.type,
        "status": report.status.value,
        "started": dump_moment(report.started),
        "unchanged": report.unchanged,
        "conflicts": report.conflicts,
        "held": report.held,
        "quarantined": report.quarantined,
        "requests": dump_json(dict(report.requests)),
        "mail_writes": report.mail_writes,
        "seconds": report.seconds,
        "message": report.message,
        "exit_status": report.exit_status,
        "kind": report.kind.value,
    }
    for name, tally in (("created", report.created), ("updated", report.updated), ("deleted", report.deleted)):
        columns |= {f"{name}_gopaas": tally.gopaas, f"{name}_outlook": tally.outlook}
    return columns


@_guarded
def report_of(row: Row) -> RunReport:
    """The way back."""
    return RunReport(
        run=row["run"],
        job=row["job"],
        user=row["user"],
        type=row["type"],
        status=RunStatus(row["status"]),
        started=load_moment(row["started"]),
        created=_tally(row, "created"),
        updated=_tally(row, "updated"),
        deleted=_tally(row, "deleted"),
        unchanged=row["unchanged"],
        conflicts=row["conflicts"],
        held=row["held"],
        quarantined=row["quarantined"],
        requests=load_json(row["requests"]),
        mail_writes=row["mail_writes"],
        seconds=row["seconds"],
        message=row["message"],
        exit_status=row["exit_status"],
        kind=RunKind(row["kind"]),
    )


def _tally(row: Row, name: str) -> Tally:
    return Tally(gopaas=row[f"{name}_gopaas"], outlook=row[f"{name}_outlook"])


def quarantine_columns(job: str, record: Quarantined) -> Columns:
    """A quarantined record of `job` as columns."""
    return {
        "job": job,
        "side": record.side.value,
        "id": record.id,
        "reason": record.reason,
        "since": dump_moment(record.since),
        "retry_at": dump_moment(record.retry_at),
        "attempts": record.attempts,
    }


@_guarded
def quarantined_of(row: Row) -> Quarantined:
    """The way back."""
    return Quarantined(
        side=Side(row["side"]),
        id=row["id"],
        reason=row["reason"],
        since=load_moment(row["since"]),
        retry_at=load_moment(row["retry_at"]),
        attempts=row["attempts"],
    )
