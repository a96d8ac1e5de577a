"""Which records without partner may become a pair. A contact always may; an event has to fit (design rules 7, 10, 11)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from outlookd.core.firewall import is_over
from outlookd.core.marker import is_record_key
from outlookd.core.model import Link, LinkStatus, Record
from outlookd.core.rules import Rules


def is_exportable(row: Record, rules: Rules) -> bool:
    """Whether a GoPaaS row without partner is made in Outlook.

    Never the past (complaint 20), never another user's (complaint 25), never one whose column names another user's event.
    """
    if rules.window is None:
        return row.barred is None
    return row.barred is None and not row.shared and rules.window.admits(row) and not is_over(row, rules.now)


def has_outlived(row: Record) -> bool:
    """Whether a row that we do not know was made from an event. Where that is not found, a person deleted it: it stays deleted."""
    return is_record_key(row.id) and bool(row.pointer)


def importable(records: Iterable[Record], links: Iterable[Link], rules: Rules) -> tuple[Record, ...]:
    """Those Outlook items without partner that are made in GoPaaS. Of one series no more than the cap, what comes next first."""
    if rules.window is None:
        return tuple(record for record in records if record.barred is None)
    # Only those that are still kept: a series goes on for ever, and what is long past must not use up its share.
    living = (
        link
        for link in links
        if link.status is not LinkStatus.TOMBSTONE and rules.window.keeps(link.gopaas.span, link.outlook.span)
    )
    taken = Counter(link.series for link in living)
    chosen = []
    for record in sorted(records, key=lambda record: _nearness(record, rules)):
        if record.barred is not None or not rules.window.admits(record):
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
