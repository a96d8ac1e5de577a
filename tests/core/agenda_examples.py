"""Invented calendar records for the tests of the core: one event, its row, their link, and what each side says of them.

Nothing here decides anything. A verdict is made the way a run makes it, from what a side showed (`judge`), so that a table cell does
not depend on which function of the core looks at a bar, a window or an attendee.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from outlookd.core.decision import Decision, decide
from outlookd.core.fieldmap import FieldMap, FieldRule, FieldSpec
from outlookd.core.marker import Marker
from outlookd.core.model import WRITES, Action, Base, Direction, Fields, Link, Op, Origin, Record, Side, Span
from outlookd.core.rules import OutlookDelete, Rules, ViewExit
from outlookd.core.verdict import Proof, Seen, Verdict, judge
from outlookd.core.window import Horizon

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
HORIZON = Horizon(past=60 * DAY, future=365 * DAY, series=90 * DAY)

SPECS = {
    "subject": FieldSpec(name="subject", group="subject"),
    "start": FieldSpec(name="start", group="time"),
    "end": FieldSpec(name="end", group="time"),
    "location": FieldSpec(name="location", group="location"),
    "body": FieldSpec(name="body", group="body"),
}
COLUMNS = {"subject": "titre", "start": "debut", "end": "fin", "location": "lieu", "body": "note"}
RULES = tuple(FieldRule(outlook=name, gopaas=column) for name, column in COLUMNS.items())
MAP = FieldMap(rules=RULES, specs=SPECS)
POINTING_MAP = FieldMap(rules=RULES, specs=SPECS, pointer="outlook")
STATUS = OutlookDelete(field="statut", value="annulé")

U, C, D, X, A, Q = (
    Verdict.UNCHANGED,
    Verdict.CHANGED,
    Verdict.DELETED,
    Verdict.OUT_OF_SCOPE,
    Verdict.ABSENT,
    Verdict.UNKNOWN,
)
KEY, ID = "k1", "o1"


def span(start: datetime, length: timedelta = HOUR) -> Span:
    """An hour from `start`, or another length."""
    return Span(start=start, end=start + length)


FUTURE = span(NOW + 2 * DAY)
LATER = span(NOW + 3 * DAY)
PAST = span(NOW - 10 * DAY)
RUNNING = Span(start=NOW - HOUR, end=NOW + HOUR)
LONG_AGO = span(NOW - 90 * DAY)
FAR = span(NOW + 400 * DAY)


def rules(direction: Direction = Direction.BOTH, **settings: Any) -> Rules:
    """A calendar job's rules at `NOW`; the map has no column for the Outlook id unless one is given."""
    chosen: dict[str, Any] = {
        "fieldmap": MAP,
        "on_view_exit": ViewExit.DETACH,
        "now": NOW,
        "window": HORIZON.at(settings.get("now", NOW)),
        **settings,
    }
    return Rules(job="j", user="ann", install="i", scope="agenda", resource="events", direction=direction, **chosen)


def content(at: Span | None, values: Mapping[str, Any]) -> Fields:
    """The canonical fields of the one event that all examples are about, except for `values`."""
    times = {"start": at.start.isoformat(), "end": at.end.isoformat()} if at else {"start": None, "end": None}
    return {"subject": "Site visit", **times, "location": "Yard 4", "body": "Bring the plans.", **values}


def row(id: str = KEY, *, at: Span | None = FUTURE, **values: Any) -> Record:
    """A GoPaaS row. `values` are fields of the map, or attributes of the record."""
    return _record(Side.GOPAAS, id, at, values)


def event(id: str = ID, *, at: Span | None = FUTURE, **values: Any) -> Record:
    """An Outlook event. `values` are fields of the map, or attributes of the record."""
    return _record(Side.OUTLOOK, id, at, {"version": "1", **values})


def _record(side: Side, id: str, at: Span | None, values: Mapping[str, Any]) -> Record:
    fields = content(at, {name: value for name, value in values.items() if name in SPECS})
    traits = {name: value for name, value in values.items() if name not in SPECS}
    digest = repr(sorted(fields.items())) if side is Side.OUTLOOK else ""
    return Record(side=side, id=id, fields=fields, span=at, **{"digest": digest, **traits})


def marker(origin: Origin = Origin.GOPAAS, *, key: str = KEY, generation: int = 1, install: str = "i") -> str:
    """Our stamp on an event."""
    return str(Marker(install=install, origin=origin, generation=generation, scope="agenda", key=key))


def linked(gopaas: Record, outlook: Record, *, origin: Origin = Origin.GOPAAS, **values: Any) -> Link:
    """The link of two records that agree with themselves. What was born in Outlook carries no stamp yet."""
    known: dict[str, Any] = {
        "id": f"link-{gopaas.id}",
        "marker": "" if origin is Origin.OUTLOOK else marker(origin, key=gopaas.id, generation=values.get("generation", 1)),
        "touched": origin is not Origin.GOPAAS,
        "series": outlook.series,
        "original_start": outlook.original_start,
        "meeting": outlook.meeting,
        "attended": outlook.attended,
        "guest": outlook.guest,
        "sealed": outlook.sealed,
        "outlook_id": outlook.id,
        **values,
    }
    return Link(
        job="j",
        gopaas_id=gopaas.id,
        origin=origin,
        gopaas=Base(fields=gopaas.fields, span=gopaas.span),
        outlook=Base(fields=outlook.fields, version=outlook.version, digest=outlook.digest, span=outlook.span),
        **known,
    )


def link(origin: Origin = Origin.GOPAAS, *, at: Span = FUTURE, traits: Mapping[str, Any] | None = None, **values: Any) -> Link:
    """The link of the one event. `traits` are attributes of its Outlook half."""
    return linked(row(at=at), event(at=at, **(traits or {})), origin=origin, **values)


def listing(side: Side, *records: Record, **values: Any) -> Seen:
    """A complete listing of `side`."""
    return Seen(side=side, **{"records": {record.id: record for record in records}, "snapshot": True, "complete": True, **values})


def rows(*records: Record, **values: Any) -> Seen:
    """A complete listing of the view."""
    return listing(Side.GOPAAS, *records, **values)


def events(*records: Record, **values: Any) -> Seen:
    """A complete listing of the calendar."""
    return listing(Side.OUTLOOK, *records, **values)


def unmentioned(side: Side) -> Seen:
    """A change feed with no news."""
    return Seen(side=side)


def saying(verdict: Verdict, record: Record, edited: Record) -> Seen:
    """What a side shows when its verdict about one record is `verdict`."""
    match verdict:
        case Verdict.UNCHANGED:
            return listing(record.side, record)
        case Verdict.CHANGED:
            return listing(record.side, edited)
        case Verdict.DELETED:
            return listing(record.side, proofs={record.id: Proof.GONE})
        case Verdict.OUT_OF_SCOPE:
            return listing(record.side, proofs={record.id: Proof.EXISTS})
        case Verdict.UNKNOWN:
            return listing(record.side, unreadable=frozenset({record.id}))
        case _:
            return listing(record.side)


def gopaas_says(verdict: Verdict, *, at: Span = FUTURE, to: Span | None = None, **edit: Any) -> Seen:
    """The view's word about the row that was at `at`. When it was edited: it was moved to `to`, or `edit` was done to it."""
    return saying(verdict, row(at=at), row(at=to or at, **_edit(edit, to, "GoPaaS")))


def outlook_says(
    verdict: Verdict,
    *,
    at: Span = FUTURE,
    to: Span | None = None,
    traits: Mapping[str, Any] | None = None,
    **edit: Any,
) -> Seen:
    """The same of the calendar and the event. `traits` are attributes of the event, edited or not."""
    edited = event(at=to or at, **{"version": "2", **(traits or {}), **_edit(edit, to, "Outlook")})
    return saying(verdict, event(at=at, **(traits or {})), edited)


def _edit(edit: Mapping[str, Any], to: Span | None, where: str) -> Mapping[str, Any]:
    return edit if edit or to else {"subject": f"Site visit, edited in {where}"}


def decided(link: Link, gopaas: Seen, outlook: Seen, chosen: Rules | None = None) -> Decision:
    """The decision about one pair, as a run makes it."""
    return decide(link, judge(link, gopaas), judge(link, outlook), chosen or rules())


def words(decision: Decision) -> list[str]:
    """A decision as one reads it in a table. What only brings a base up to date is no act."""
    if decision.waiting:
        return ["wait"]
    acts = [action for action in decision.actions if action.op is not Op.REBASE]
    return sorted(f"{act.op} {act.side}" if act.op in WRITES else str(act.op) for act in acts)


def named(gopaas: Verdict, outlook: Verdict, origin: Origin | None = None) -> str:
    """The name of a table cell."""
    cell = f"gopaas={gopaas}, outlook={outlook}"
    return f"{cell}, born in {origin}" if origin in (Origin.GOPAAS, Origin.OUTLOOK) else f"{cell}, {origin}" if origin else cell


def acts(
    gopaas: Verdict,
    outlook: Verdict,
    origin: Origin = Origin.GOPAAS,
    *,
    at: Span = FUTURE,
    chosen: Rules | None = None,
    traits: Mapping[str, Any] | None = None,
    **values: Any,
) -> tuple[Action, ...]:
    """What is done in one cell of the table. `values` are attributes of the link."""
    pair = link(origin, at=at, traits=traits, **values)
    return decided(pair, gopaas_says(gopaas, at=at), outlook_says(outlook, at=at, traits=traits), chosen).actions


def outcome(gopaas: Verdict, outlook: Verdict, origin: Origin = Origin.GOPAAS, **values: Any) -> list[str]:
    """The same in words; that a pair waits is tested where it matters."""
    return words(Decision(actions=acts(gopaas, outlook, origin, **values)))


SERIES = "master"
FIRST = NOW + DAY


def place(number: int) -> str:
    """The day on which the pattern of a series puts an occurrence."""
    return (FIRST + number * DAY).date().isoformat()


def occurrence(number: int, id: str = "", *, series: str = SERIES, at: Span | None = None, **values: Any) -> Record:
    """One occurrence of a daily series."""
    where = {"at": at or span(FIRST + number * DAY), "original_start": place(number)}
    return event(id or f"{series}-{number}", series=series, **{**where, **values})


def known(number: int, *, series: str = SERIES, **values: Any) -> Link:
    """The link of an occurrence that was copied into GoPaaS."""
    shown = occurrence(number, series=series)
    return linked(row(f"{series}-k{number}", at=shown.span), shown, origin=Origin.OUTLOOK, **values)
