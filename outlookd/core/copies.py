"""What stands more than once in an Outlook folder, and which of it may be taken away when a person asks for it.

Older tools, a second installation or a create that arrived late leave copies; nobody may lose anything by their removal
(complaints 14, 18). Who asked, and when, is not known here. What is not certain stays, with the reason.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

from outlookd.core.marker import parse_marker
from outlookd.core.merge import changes
from outlookd.core.model import Action, Change, Link, LinkStatus, Op, Origin, Record, Side, Value
from outlookd.core.rules import Rules
from outlookd.core.settle import described
from outlookd.core.writes import new_link


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """One item too many. `stays` says why it may not be taken away, empty when it may.

    `differs` are the fields in which it shows something that the kept one does not: kept value before, its own after. It is what a
    merge by hand would have to look at.
    """

    record: Record
    stays: str = ""
    differs: Mapping[str, Change] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """Items that look alike: the one that is kept, the key of its GoPaaS record (empty: it has none), and the others."""

    kept: Record
    key: str
    copies: tuple[Copy, ...]


def lookalikes(items: Iterable[Record]) -> tuple[tuple[str, ...], ...]:
    """The ids of items with one natural key, group by group. Occurrences are left out: their series is one thing."""
    groups: dict[str, list[str]] = {}
    for item in items:
        if item.natural and not item.series:
            groups.setdefault(item.natural, []).append(item.id)
    return tuple(tuple(sorted(ids)) for _, ids in sorted(groups.items()) if len(ids) > 1)


def cluster(items: Collection[Record], links: Iterable[Link], rules: Rules, *, carrying: Collection[str]) -> Cluster:
    """Judge one group of lookalikes. `items` were read singly, stamps included; `carrying` are ids with a photo or a file.

    What a living pair holds is kept; without one, what shows the most. Of equals the lowest id, on every call.
    """
    keys = {link.outlook_id: link.gopaas_id for link in links if link.status is not LinkStatus.TOMBSTONE and link.outlook_id}
    kept = min(items, key=lambda item: (item.id not in keys, item.extra is False, -len(_shown(item)), item.id))
    others = sorted((item for item in items if item.id != kept.id), key=lambda item: item.id)
    return Cluster(
        kept=kept,
        key=keys.get(kept.id, ""),
        copies=tuple(_judge(item, kept, rules, linked=item.id in keys, carrying=item.id in carrying) for item in others),
    )


def removals(clusters: Iterable[Cluster], rules: Rules, *, wanted: Collection[str]) -> tuple[Action, ...]:
    """The deletions of those copies that may go and that a person has seen; `wanted` are their ids."""
    return tuple(
        _remove(copy.record, rules) for each in clusters for copy in each.copies if not copy.stays and copy.record.id in wanted
    )


def _judge(item: Record, kept: Record, rules: Rules, *, linked: bool, carrying: bool) -> Copy:
    shown, known = _shown(item), _shown(kept)
    differs = {name: Change(before=known.get(name), after=value) for name, value in shown.items() if known.get(name) != value}
    return Copy(record=item, stays=_why_stay(item, rules, linked=linked, carrying=carrying, differs=bool(differs)), differs=differs)


def _why_stay(item: Record, rules: Rules, *, linked: bool, carrying: bool, differs: bool) -> str:
    """Why a person must look at it; empty for what a machine made and nobody touched since."""
    if linked:
        return "it belongs to another record of GoPaaS"
    if item.guest:
        return "somebody else organises it"
    if item.attended:
        return "other people would be told"
    if item.hidden:
        # What it shows is the same busy time for any two of them; what it says was not compared.
        return "it is private"
    if differs:
        return "it shows other values"
    if item.extra:
        return "it holds more than is synchronised, such as notes"
    if carrying:
        return "a person added a photo or a file"
    # A folder of contacts is ours as a whole; in a calendar only a stamp tells what a machine made.
    if rules.resource == "events" and parse_marker(item.marker) is None:
        return "it does not carry our stamp; a person may have made it"
    if item.span is not None and item.span.start <= rules.now:
        return "it has begun"
    return ""


def _shown(item: Record) -> dict[str, Value]:
    return {name: value for name, value in item.fields.items() if value is not None}


def _remove(item: Record, rules: Rules) -> Action:
    """It has no pair, so it gets the tombstone of one: the journal's line and an undo need something to belong to."""
    link = replace(new_link(f"copy/{item.id}", rules, origin=Origin.OUTLOOK), gopaas_id="", outlook_id=item.id, marker=item.marker)
    shown = _shown(item)
    return Action(
        op=Op.DELETE,
        side=Side.OUTLOOK,
        link=described(replace(link, status=LinkStatus.TOMBSTONE), item),
        reason="a copy that nobody touched",
        rule="6",
        changes=changes(shown, dict.fromkeys(shown)),
        version=item.version,
    )
