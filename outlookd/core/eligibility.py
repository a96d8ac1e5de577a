"""Which records without partner may become a pair. A contact always may; an event has to fit (design rules 7, 10, 11)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from outlookd.core.firewall import is_over
from outlookd.core.marker import is_record_key
from outlookd.core.model import Bar, Link, LinkStatus, Record
from outlookd.core.rules import Rules

OUTSIDE = "it lies outside the part of time that this job keeps in step"


def is_exportable(row: Record, rules: Rules) -> bool:
    """Whether a GoPaaS row without partner is made in Outlook."""
    return not why_not_exported(row, rules)


def why_not_exported(row: Record, rules: Rules) -> str:
    """Why a GoPaaS row without partner is not made in Outlook, in words; empty when it is.

    Never the past (complaint 20), never another user's (complaint 25), never one whose column names another user's event.
    """
    if row.barred is not None:
        return _barred(row)
    if rules.window is None:
        return ""
    if row.shared:
        return "its column names another user's event"
    if not rules.window.admits(row):
        return OUTSIDE
    return "it is over, and the past is not copied into Outlook" if is_over(row, rules.now) else ""


def why_not_imported(item: Record, rules: Rules) -> str:
    """Why an Outlook item without partner is not made in GoPaaS, in words; empty when nothing in itself speaks against it.

    The cap on series is not the item's own (`importable`).
    """
    if item.barred is not None:
        return _barred(item)
    return OUTSIDE if rules.window is not None and not rules.window.admits(item) else ""


def _barred(record: Record) -> str:
    match record.barred:
        case Bar.OF_ANOTHER:
            return "it belongs to another user"
        case Bar.UNDATED:
            return "it has no date"
        case _:
            return f"it is {record.barred}"


def has_outlived(row: Record) -> bool:
    """Whether a row that we do not know was made from an event. Where that is not found, a person deleted it: it stays deleted."""
    return is_record_key(row.id) and bool(row.pointer)


def importable(records: Iterable[Record], links: Iterable[Link], rules: Rules) -> tuple[Record, ...]:
    """Those Outlook items without partner that are made in GoPaaS. Of one series no more than the cap, what comes next first."""
    if rules.window is None:
        return tuple(record for record in records if not why_not_imported(record, rules))
    # Only those that are still kept: a series goes on for ever, and what is long past must not use up its share.
    living = (
        link
        for link in links
        if link.status is not LinkStatus.TOMBSTONE and rules.window.keeps(link.gopaas.span, link.outlook.span)
    )
    taken = Counter(link.series for link in living)
    chosen = []
    for record in sorted(records, key=lambda record: _nearness(record, rules)):
        if why_not_imported(record, rules):
            continue
        if record.series and taken[record.series] >= rules.window.cap:
            continue
        taken[record.series] += 1
        chosen.append(record)
    return tuple(chosen)


def _nearness(record: Record, rules: Rules) -> tuple[bool, float, str]:
    """What is to come before what is over, each by its distance from now."""
    distance = abs((record.span.start - rules.now).total_seconds()) if record.span else 0.0
    return (is_over(record, rules.now), distance, record.id)
