"""Occurrences of a series found again after their ids changed (complaint 16): by their place in the series, never by the id.

The ids of occurrences change when the pattern of their series does. Whoever then takes the old ones for deleted and the new ones
for new doubles a whole series in the CRM.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta

from outlookd.core.model import Link, LinkStatus, Record
from outlookd.core.verdict import Observation, Seen, Verdict, glance

LIVING = frozenset(LinkStatus) - {LinkStatus.TOMBSTONE}


def reseat(
    links: Iterable[Link], outlook: Seen, known: frozenset[str] = frozenset(), rowless: Collection[str] = ()
) -> tuple[Link, ...]:
    """The links whose occurrence is shown under another id now, pointing at it.

    First by the day on which the pattern puts the occurrence. When not one known occurrence of a series kept its place, the series
    was moved as a whole, or a single event became one, or it became a single event, which then has its id: each link takes the
    unlinked occurrence that is nearest in time. Otherwise what is missing is missing: an occurrence that a person deleted must not
    become another one. `known` are ids that an earlier run saw and left alone (beyond the horizon of series, above their cap): a
    series that was moved has new ids, so what had its id before is another occurrence, however near. Last come those that a person
    deleted and that the series shows again (`_returned`), unless their record is gone, too: `rowless` are those keys (`to_ask`).
    """
    if not outlook.records:
        return ()
    living = [link for link in links if link.status in LIVING]
    free, members = _free(living, outlook), _members(living)
    moved: list[Link] = []
    for series, records in free.items():
        judged = [(link, glance(link, outlook)) for link in members.get(series, ())]
        lost = [link for link, observation in judged if _is_missing(observation)]
        placed = _by_place(lost, records)
        # A link without half is no occurrence that could have kept its place: its own was deleted long ago.
        expected = [link for link, observation in judged if observation.fresh and observation.verdict is not Verdict.LOST]
        if not placed and lost and len(lost) == len(expected):
            placed = _by_time(lost, [record for record in records if record.id not in known])
        placed += _returned([link for link, _ in judged if link.gopaas_id not in rowless], placed, records, outlook)
        moved += [_at(link, record) for link, record in placed]
    return tuple(moved)


def to_ask(links: Sequence[Link], moved: Iterable[Link], gopaas: Seen) -> tuple[str, ...]:
    """The keys of records that may be gone, of the series in which `reseat` gave a pair without an Outlook half one again.

    On a pair whose record is gone, too, an occurrence would rest for ever: it is new.
    """
    resting = {link.id: link for link in links if _is_resting(link)}
    series = {link.series for link in moved if link.id in resting}
    shown = gopaas.records.keys() | gopaas.same | gopaas.unreadable
    return tuple(link.gopaas_id for link in resting.values() if link.series in series and link.gopaas_id not in shown)


def _is_resting(link: Link) -> bool:
    """Whether it is the pair of an occurrence that a person deleted."""
    return link.status is LinkStatus.DETACHED and not link.outlook_id and bool(link.original_start)


def _is_missing(observation: Observation) -> bool:
    """Whether the old id shows nothing any more. Asked for already and found gone is no deletion where another has its place."""
    return observation.verdict is Verdict.ABSENT or (observation.verdict is Verdict.DELETED and observation.record is None)


def _free(living: Sequence[Link], outlook: Seen) -> dict[str, list[Record]]:
    """What is shown without a link, by series; an event that has the id of a known series stands for it."""
    linked, series_known = {link.outlook_id for link in living}, {link.series for link in living}
    free: dict[str, list[Record]] = {}
    for record in outlook.records.values():
        series = record.id if record.id in series_known else record.series
        if series and record.id not in linked:
            free.setdefault(series, []).append(record)
    return free


def _members(living: Iterable[Link]) -> dict[str, list[Link]]:
    """The links of each series, and of each single event that may have become one."""
    members: dict[str, list[Link]] = {}
    for link in living:
        for series in {link.series, link.outlook_id} - {""}:
            members.setdefault(series, []).append(link)
    return members


def _by_place(lost: Sequence[Link], records: Sequence[Record]) -> list[tuple[Link, Record]]:
    places = {record.original_start: record for record in records if record.original_start}
    return [(link, places[link.original_start]) for link in lost if link.original_start in places]


def _by_time(lost: Sequence[Link], records: Sequence[Record]) -> list[tuple[Link, Record]]:
    """One to one, the closest first; ties by id, so that the same input always gives the same pairs."""
    distances = sorted((_distance(link, record), link.id, record.id) for link in lost for record in records)
    by_link, by_record = {link.id: link for link in lost}, {record.id: record for record in records}
    pairs: list[tuple[Link, Record]] = []
    for _, link_id, record_id in distances:
        if link_id in by_link and record_id in by_record:
            pairs.append((by_link.pop(link_id), by_record.pop(record_id)))
    return pairs


def _returned(
    links: Sequence[Link], placed: Sequence[tuple[Link, Record]], records: Sequence[Record], outlook: Seen
) -> list[tuple[Link, Record]]:
    """Pairs whose occurrence a person deleted, with the one that stands where it would be by now.

    Outlook shows the deleted days of a series again once its pattern changes; a row of its own would be a second one of that day.
    By place only, and only where all the others were moved equally far: the nearest in time may be another day.
    """
    resting = [link for link in links if _is_resting(link)]
    taken = {record.id for _, record in placed}
    free = {record.original_start: record for record in records if record.id not in taken}
    stayed = [(link, outlook.records[link.outlook_id]) for link in links if link.outlook_id in outlook.records]
    shifts = {_day(record) - _day(link) for link, record in (*placed, *stayed) if link.original_start and record.original_start}
    if len(shifts) > 1:
        return []
    shift = next(iter(shifts), timedelta())
    places = {f"{_day(link) + shift}": link for link in sorted(resting, key=lambda link: link.id)}
    return [(link, free[place]) for place, link in places.items() if place in free]


def _day(half: Link | Record) -> date:
    return date.fromisoformat(half.original_start)


def _distance(link: Link, record: Record) -> timedelta:
    if link.outlook.span is None or record.span is None:
        return timedelta.max
    return abs(link.outlook.span.start - record.span.start)


def _at(link: Link, record: Record) -> Link:
    return replace(link, outlook_id=record.id, series=record.series, original_start=record.original_start, meeting=record.meeting)
