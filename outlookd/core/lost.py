"""Pairs of an older state whose half was made again since, under another id that the state does not know.

An old copy of the state still names the half that went. Taken at its word, the missing half would be made a third time, beside
the second (complaint 12). Both sides tell: an item carries the pair's stamp, a row has the key that comes next. Its generation says
nothing: one whose state was lost or forgotten meanwhile was counted from the beginning again. Asked only while the state is doubted
(`core.seal`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from outlookd.core.marker import Marker, parse_marker, record_key
from outlookd.core.model import Base, Link, LinkStatus, Record
from outlookd.core.rules import Rules
from outlookd.core.verdict import SHOWN, Seen, glance


def find_successors(links: Iterable[Link], gopaas: Seen, outlook: Seen, rules: Rules) -> tuple[Link, ...]:
    """The links whose half has a successor, as they should be remembered.

    One whose Outlook half has one is left without a half, under the later of both generations: pairing finds it by its stamp.
    Nothing is concluded from a listing that does not show everything.
    """
    if not (gopaas.snapshot and outlook.snapshot):
        return ()
    live = [link for link in links if link.status in (LinkStatus.ACTIVE, LinkStatus.DETACHED)]
    items, rows = _loose_items(live, outlook, rules), _loose_rows(live, gopaas)
    found = []
    for link in live:
        successor = items.get(link.gopaas_id)
        if successor is not None and not _is_there(link, outlook):
            generation = max(link.generation, successor.generation)
            found.append(replace(link, outlook_id="", outlook=Base(), generation=generation))
        elif not _is_there(link, gopaas) and (row := _next_row(link, rows, rules)) is not None:
            found.append(replace(link, gopaas_id=row.id, gopaas=Base(), generation=link.generation + 1))
    return tuple(found)


def _is_there(link: Link, seen: Seen) -> bool:
    """Whether the half is shown, or may exist all the same."""
    return glance(link, seen).verdict in SHOWN or link.side_id(seen.side) in seen.unreadable


def _loose_items(links: Iterable[Link], outlook: Seen, rules: Rules) -> dict[str, Marker]:
    """The latest stamp of ours for each key, on items that no pair has."""
    linked = {link.outlook_id for link in links}
    found: dict[str, Marker] = {}
    for id, item in outlook.records.items():
        marker = parse_marker(item.marker)
        if id not in linked and marker is not None and marker.install in rules.installs and marker.scope == rules.scope:
            found[marker.key] = max(marker, found.get(marker.key, marker), key=lambda marker: marker.generation)
    return found


def _loose_rows(links: Iterable[Link], gopaas: Seen) -> Mapping[str, Record]:
    linked = {link.gopaas_id for link in links}
    return {key: row for key, row in gopaas.records.items() if key not in linked}


def _next_row(link: Link, rows: Mapping[str, Record], rules: Rules) -> Record | None:
    """The row that was made when this one was deleted (`decision`: born in Outlook, edited there, made again once)."""
    keys = (record_key(install, rules.user, f"{link.gopaas_id}#{link.generation + 1}") for install in rules.installs)
    return next((rows[key] for key in keys if key in rows), None)
