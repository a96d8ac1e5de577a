"""One meeting in several mailboxes: one record, kept in step by one of them, followed by the others (sync-model 5.13).

Each participant has an own copy with an own id, and only iCalUId is common to all (complaint 13). The first mailbox that brings a
meeting into the CRM owns its record. A follower's link only remembers that the meeting is known.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from outlookd.core.model import Link, LinkStatus

_OWNING = frozenset({LinkStatus.ACTIVE, LinkStatus.DETACHED})


def owners(others: Iterable[Link]) -> Mapping[str, Link]:
    """Which link of another job keeps which meeting's record. Of several, always the same one."""
    found: dict[str, Link] = {}
    for link in sorted(others, key=_seniority):
        if link.meeting and link.status in _OWNING:
            found.setdefault(link.meeting, link)
    return found


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


def _seniority(link: Link) -> tuple[bool, bool, str]:
    return (link.status is not LinkStatus.ACTIVE, link.guest, link.job)
