"""What the Outlook id in a row's column is worth, before pairing believes it (design rule 14).

A column may hold the id of a listed event, one of the older kind, one of another user's event, or nonsense. Here is decided which
rows must be asked about, and which wait. Only the word that there is no such event sets a row free: whoever guesses makes a
second event. Knows nothing of how to ask.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from outlookd.core.eligibility import has_outlived, is_exportable
from outlookd.core.model import Bar, Link, LinkStatus, Record
from outlookd.core.rules import Rules
from outlookd.core.verdict import Seen

Rows = Mapping[str, Record]

RESTING = frozenset({LinkStatus.DETACHED, LinkStatus.WITHDRAWN})
"""Whose record nobody keeps in step just now."""


def unexplained(rows: Rows, links: Collection[Link], outlook: Seen) -> Rows:
    """The rows whose column names neither an event that was shown nor the one that they are linked to."""
    own = {key: link.outlook_id for key, link in _living(links).items()}
    return {k: row for k, row in rows.items() if row.pointer and row.pointer not in outlook.records and row.pointer != own.get(k)}


def of_others(rows: Rows, links: Collection[Link], others: Collection[Link], *, owned: bool) -> Rows:
    """Those `rows` that name an event of another user's job, as they are to be judged from now on.

    While that job keeps the record, it is shared and stays with it. Else the column says nothing to us. `owned`: records name
    their user, so a detached one may have been given to ours since.
    """
    linked = _living(links)
    elsewhere = {link.outlook_id for link in others}
    kept = {link.gopaas_id for link in others if link.status not in RESTING or not owned}
    named = {key: row for key, row in rows.items() if row.pointer in elsewhere}
    shared = {key: replace(row, shared=True) for key, row in named.items() if key in kept}
    return shared | {key: replace(row, pointer="") for key, row in named.items() if key not in kept and key not in linked}


def to_translate(rows: Rows, links: Collection[Link], others: Collection[Link], outlook: Seen, rules: Rules) -> Rows:
    """Those `rows` whose id may be of the older kind: all that would be made, and every other one that may own a loose event.

    One that is linked is current. It is in the column of a row that was copied, or is kept by another user's job.
    """
    linked, loose = _living(links), _loose(links, outlook)
    current = _linked_ids(links) | {link.outlook_id for link in others}
    remembered = {link.gopaas_id for link in links}
    free = {key: row for key, row in rows.items() if key not in linked and row.pointer not in current}
    return {key: row for key, row in free.items() if loose or _may_be_made(row, remembered, rules)}


def translated(rows: Rows, names: Mapping[str, str]) -> Rows:
    """`rows` under the ids that are current. What cannot be translated may be current itself; what is unknown is left out."""
    return {key: replace(row, pointer=names[old] or old) for key, row in rows.items() if (old := row.pointer or "") in names}


def to_read(rows: Rows, links: Collection[Link], outlook: Seen, rules: Rules) -> tuple[str, ...]:
    """The ids that must be asked for before `rows` are made in Outlook.

    An event that its row names may lie where no listing shows it: outside the window, or known to the feed for long. One that is
    linked is not asked for: the row is a copy of another, with its column.
    """
    named = {row.pointer for row in rows.values() if row.pointer and is_exportable(row, rules)}
    return tuple(sorted(named - outlook.records.keys() - _linked_ids(links)))


def unknown(rows: Rows, names: Mapping[str, str]) -> frozenset[str]:
    """The keys of those `rows` whose id got no answer. What is not to be kept in step (another user's record) waits for none."""
    return frozenset(key for key, row in rows.items() if row.pointer not in names and row.barred is not Bar.OF_ANOTHER)


def waiting(rows: Rows, links: Collection[Link], outlook: Seen) -> frozenset[str]:
    """The keys of those `rows` whose event could not be read: whether it is there, nobody knows."""
    unread = outlook.unreadable - _linked_ids(links)
    return frozenset(key for key, row in rows.items() if row.pointer in unread and row.barred is not Bar.OF_ANOTHER)


def ownerless(links: Collection[Link], rows: Rows, outlook: Seen) -> tuple[Collection[str], Collection[str]]:
    """The keys of rows and the ids of events that have no link, where both may belong together under ids that are unknown.

    Any of the events could be the one that a row means; so nothing is paired or made of any of them. Without loose events there
    is nothing to confuse, and the other rows go on.
    """
    loose = _loose(links, outlook)
    return (rows.keys() - _living(links).keys() if loose else (), loose)


def _may_be_made(row: Record, remembered: Collection[str], rules: Rules) -> bool:
    """As `pairing` makes them: also a row that is back from the trash can, whose forgotten event may be back as well."""
    return is_exportable(row, rules) and (row.id in remembered or not has_outlived(row))


def _living(links: Collection[Link]) -> dict[str, Link]:
    return {link.gopaas_id: link for link in links if link.status is not LinkStatus.TOMBSTONE}


def _linked_ids(links: Collection[Link]) -> frozenset[str]:
    return frozenset(link.outlook_id for link in _living(links).values() if link.outlook_id)


def _loose(links: Collection[Link], outlook: Seen) -> frozenset[str]:
    """The events shown that have no link."""
    return frozenset(outlook.records.keys() - _linked_ids(links))
