"""One meeting in several mailboxes: one record, kept in step by one of them, followed by the others (sync-model 5.13).

Each participant has an own copy with an own id, and only iCalUId is common to all (complaint 13). The first mailbox that brings a
meeting into the CRM owns its record. A follower's link only remembers that the meeting is known.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from outlookd.core.model import Link, LinkStatus
from outlookd.core.verdict import Seen

_OWNING = frozenset({LinkStatus.ACTIVE, LinkStatus.DETACHED, LinkStatus.WITHDRAWN})


def owners(others: Iterable[Link]) -> Mapping[str, Link]:
    """Which link of another job keeps which meeting's record. Of several, always the same one."""
    found: dict[str, Link] = {}
    for link in sorted(others, key=_seniority):
        if link.meeting and _owns(link):
            found.setdefault(link.meeting, link)
    return found


def holds_copy(link: Link) -> bool:
    """Whether this mailbox is known to have a copy of the meeting. One that rests without a version lost it, or hides it."""
    return bool(link.outlook_id) and (link.status is not LinkStatus.DETACHED or bool(link.outlook.version))


def _owns(link: Link) -> bool:
    """Whether it keeps its record, or may again. One whose own copy of the meeting is gone or hidden does not (no version)."""
    return link.status in _OWNING and holds_copy(link)


def yielding(links: Iterable[Link], others: Iterable[Link]) -> tuple[Link, ...]:
    """Our links that become followers: two jobs took up the same meeting under one record at the same time.

    Who organises it keeps it, else the job whose name comes first, so that both sides of the race decide alike.
    """
    rivals = owners(other for other in others if other.status is LinkStatus.ACTIVE)
    return tuple(
        replace(link, status=LinkStatus.FOLLOWER)
        for link in links
        if link.status is LinkStatus.ACTIVE
        and (rival := rivals.get(link.meeting)) is not None
        and rival.gopaas_id == link.gopaas_id
        and _seniority(rival) < _seniority(link)
    )


def inheriting(links: Iterable[Link], others: Iterable[Link], gopaas: Seen, outlook: Seen) -> tuple[Link, ...]:
    """Our followers that nobody leads any more and whose record was given to us: they make way for a pair of our own.

    It happens when the owner's copy is gone and somebody in the CRM gave the record to another participant.
    """
    led = {link.meeting for link in others if link.status is LinkStatus.ACTIVE}
    return tuple(
        replace(link, status=LinkStatus.TOMBSTONE)
        for link in links
        if link.status is LinkStatus.FOLLOWER
        and link.meeting not in led
        and link.outlook_id in outlook.records
        and (row := gopaas.records.get(link.gopaas_id)) is not None
        and row.barred is None
    )


def _seniority(link: Link) -> tuple[bool, bool, str]:
    return (link.status is not LinkStatus.ACTIVE, link.guest, link.job)
