"""Who belongs to whom, finished before anything is decided.

In this order: the link in the store, the Outlook id in the row's column, our marker on the item, another installation's marker on
an event that looks alike, the natural key (design rules 6, 13, 14). A marker on a second id while the first lives is a copy that a
person made, and is no claim (complaint 7). What cannot be paired is new.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from outlookd.core.births import births, key_for, keys_for, own_key
from outlookd.core.eligibility import has_outlived, importable, is_exportable
from outlookd.core.marker import natural_hash, parse_marker
from outlookd.core.meetings import owners
from outlookd.core.model import Bar, Link, LinkStatus, Record, Side, Sighting
from outlookd.core.rules import Rules
from outlookd.core.verdict import SHOWN, Seen, glance


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Two records without a link that belong together. `by_marker`: our stamp, key or column says so; else their natural keys."""

    gopaas: Record
    outlook: Record
    by_marker: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Following:
    """Our copy of a meeting, and the link of another job that keeps its record in step."""

    outlook: Record
    owner: Link


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairing:
    """Everything that takes part in this run, sorted into what must be decided.

    `links` are known pairs; `relinks` are those without an Outlook half whose marked item is in the folder. `matches` are pairs to
    be made; `new_gopaas` and `new_outlook` have no partner. `strangers` are Outlook records that we leave alone. `orphans` are
    those of them whose marker of ours names a record that is neither linked nor listed: never a source for a new record, since
    theirs may still exist. `following` are copies of meetings that another job takes care of. `twins` are records of both sides
    that could belong to more than one of the other side: nobody guesses (complaint 18).
    """

    links: tuple[Link, ...]
    matches: tuple[Match, ...]
    relinks: tuple[tuple[Link, Record], ...]
    new_gopaas: tuple[Record, ...]
    new_outlook: tuple[Record, ...]
    strangers: tuple[Record, ...]
    orphans: tuple[Record, ...]
    following: tuple[Following, ...] = ()
    twins: tuple[Record, ...] = ()


def pair(
    links: Iterable[Link],
    gopaas: Seen,
    outlook: Seen,
    rules: Rules,
    *,
    others: Iterable[Link] = (),
    made: Collection[str] = (),
) -> Pairing:
    """Sort what both sides showed.

    `others` are links of other jobs over the same meetings, `made` those keys whose record exists of what `births.contested` says.
    """
    links = tuple(links)
    known = _living(links)
    loose = _unlinked(known, gopaas, outlook)
    claims, doubles = _claimed(loose, known, rules, made)
    told = _told(loose, claims, doubles, known, gopaas)
    rest = loose.without(told)
    lost = _stamped_elsewhere(rest, rules)
    rest = rest.without(lost)
    alike = _alike(rest, rules)
    rest = rest.without(alike)
    following = _followed(rest.items.values(), owners(others))
    rest = rest.passing_over(entry.outlook for entry in following)
    invited = _invited(rest, rules)
    rest = rest.without(invited)
    matches = (*told.matches, *lost.matches, *alike.matches, *invited.matches)
    paired = {match.outlook.id for match in matches} | {record.id for _, record in told.relinks}
    strangers = tuple(record for id, record in loose.items.items() if id not in paired)
    taken = known.keys() | {match.gopaas.id for match in matches}
    arrived = _arrived(rest.items.values(), claims, known, taken, rules)
    return Pairing(
        links=links,
        matches=matches,
        relinks=told.relinks,
        new_gopaas=_new_rows(rest.rows.values(), links, rules),
        new_outlook=importable(arrived, links, rules),
        strangers=strangers,
        orphans=tuple(record for record in strangers if _is_orphan(record, taken, rules)),
        following=following,
        twins=(*told.twins, *lost.twins, *alike.twins, *invited.twins),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """What one step knows: pairs, and records about which it does not guess. Nobody after it looks at either."""

    matches: tuple[Match, ...] = ()
    relinks: tuple[tuple[Link, Record], ...] = ()
    twins: tuple[Record, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Loose:
    """Records for which no place was found yet, by id: rows of GoPaaS, items of Outlook."""

    rows: Mapping[str, Record]
    items: Mapping[str, Record]

    def without(self, found: _Found) -> _Loose:
        """What is left for the next step."""
        items = (*(match.outlook for match in found.matches), *(record for _, record in found.relinks))
        return self.passing_over((*(match.gopaas for match in found.matches), *items, *found.twins))

    def passing_over(self, records: Iterable[Record]) -> _Loose:
        """The same without these."""
        ids: dict[Side, set[str]] = {side: set() for side in Side}
        for record in records:
            ids[record.side].add(record.id)
        return _Loose(
            rows={id: row for id, row in self.rows.items() if id not in ids[Side.GOPAAS]},
            items={id: item for id, item in self.items.items() if id not in ids[Side.OUTLOOK]},
        )


def _unlinked(known: Mapping[str, Link], gopaas: Seen, outlook: Seen) -> _Loose:
    linked = {link.outlook_id for link in known.values()}
    rows = {key: row for key, row in gopaas.records.items() if key not in known}
    named = {natural_hash(row.natural): row.natural for row in rows.values() if row.natural}
    items = {id: item for id, item in outlook.records.items() if id not in linked}
    return _Loose(rows=rows, items={id: _unveiled(item, named) for id, item in items.items()})


def _unveiled(item: Record, named: Mapping[str, str]) -> Record:
    """An item that hides its texts, under the natural key of the rows that show them: a person entered it on both sides.

    Else it keeps what it shows. That finds the block which an installation that was lost made of it.
    """
    return replace(item, natural=named[item.hidden]) if item.hidden in named else item


def _halfless(known: Mapping[str, Link]) -> frozenset[str]:
    """The keys of pairs that lost their Outlook half."""
    return frozenset(key for key, link in known.items() if not link.outlook_id)


def _claimed(
    loose: _Loose, known: Mapping[str, Link], rules: Rules, made: Collection[str]
) -> tuple[dict[str, Record], frozenset[str]]:
    """Which item is whose by column, computed key or stamp, whatever comes first here; and the ids that several rows name."""
    claims = _claims((item for item in loose.items.values() if not own_key(item, made, rules)), rules)
    claims |= _born_here(loose.items.values(), loose.rows.keys() | _halfless(known), rules, made)
    named, doubles = _by_pointer(loose.rows.values(), loose.items)
    elsewhere = doubles.union(named.values())
    torn = {key for key, row in loose.rows.items() if row.pointer in doubles}
    claims = {key: record for key, record in claims.items() if record.id not in elsewhere and key not in torn}
    return claims | {key: loose.items[id] for key, id in named.items()}, doubles


def _told(loose: _Loose, claims: Mapping[str, Record], doubles: Collection[str], known: Mapping[str, Link], gopaas: Seen) -> _Found:
    """What the claims say of rows without a link, and of pairs without an Outlook half whose row is shown."""
    returned = _halfless(known) & claims.keys() & (gopaas.records.keys() | gopaas.same)
    return _Found(
        matches=tuple(Match(gopaas=row, outlook=claims[key], by_marker=True) for key, row in loose.rows.items() if key in claims),
        relinks=tuple((known[key], claims[key]) for key in known if key in returned),
        twins=tuple(r for r in (*loose.rows.values(), *loose.items.values()) if (r.pointer or r.id) in doubles),
    )


def _stamped_elsewhere(rest: _Loose, rules: Rules) -> _Found:
    """Events with the stamp of another installation whose key is a row of ours.

    A state that was lost took the installation's name with it: then all our own stamps look like this, and each row would be made
    a second time (complaint 12). They may also be what another installation makes of the same table (complaint 15), so that a
    stamp and likeness together are a pair, and a stamp alone is left to a person.
    """
    stamped: dict[str, list[Record]] = {}
    for item in sorted(rest.items.values(), key=lambda item: item.id):
        marker = parse_marker(item.marker)
        if rules.resource == "events" and marker and marker.install not in rules.installs and marker.scope == rules.scope:
            stamped.setdefault(marker.key, []).append(item)
    matches, twins = [], []
    for row in rest.rows.values():
        if row.barred is None and (items := stamped.get(row.id)):
            same = [item for item in items if row.natural and item.natural == row.natural]
            if len(same) == 1:
                matches.append(Match(gopaas=row, outlook=same[0], by_marker=False))
            else:
                twins += [row, *items]
    return _Found(matches=tuple(matches), twins=tuple(twins))


def _alike(rest: _Loose, rules: Rules) -> _Found:
    """What nothing but likeness brings together. An item that carries a stamp is somebody's already.

    A row that is not to be copied looks for nothing: a view of several people shows everybody's row of one date.
    """
    mine = [row for row in rest.rows.values() if row.barred is None]
    return _likeness(mine, (item for item in rest.items.values() if not item.marker), rules)


def _invited(rest: _Loose, rules: Rules) -> _Found:
    """Invitations that a colleague, who organises the meeting, has a row of: the colleague's job may not have told us yet."""
    theirs = [row for row in rest.rows.values() if row.barred is Bar.OF_ANOTHER]
    return _likeness(theirs, (item for item in rest.items.values() if item.guest and not item.marker), rules)


def _likeness(rows: Iterable[Record], items: Iterable[Record], rules: Rules) -> _Found:
    matches, unclear = _by_natural_key(rows, items, exact=rules.resource == "events")
    return _Found(matches=tuple(matches), twins=tuple(unclear))


def _followed(items: Iterable[Record], led: Mapping[str, Link]) -> tuple[Following, ...]:
    return tuple(Following(outlook=item, owner=led[item.meeting]) for item in items if item.meeting in led)


def _arrived(
    items: Iterable[Record], claims: Mapping[str, Record], known: Mapping[str, Link], taken: Collection[str], rules: Rules
) -> tuple[Record, ...]:
    """Items that nobody in GoPaaS knows of, each once. `taken` are the keys whose item was found: another one is a copy."""
    halfless = _halfless(known)
    # Whoever claims a row that is known, shown or not, is never made anew: its record would be overwritten.
    claiming = {claims[key].id for key in halfless & claims.keys()}
    fresh = [
        item
        for item in items
        if item.id not in claiming
        and not (_is_foreign(item, rules) or _is_orphan(item, taken, rules))
        and _claimed_key(item.marker) not in halfless
    ]
    # Two copies of one meeting in one calendar are one record, and so is one that is back while its record is known.
    one_each = {
        key_for(item, rules): item
        for item in sorted(fresh, key=lambda item: item.id, reverse=True)
        if known.keys().isdisjoint(keys_for(item, rules))
    }
    return tuple(one_each.values())


def _new_rows(rows: Iterable[Record], links: Iterable[Link], rules: Rules) -> tuple[Record, ...]:
    """Rows that nobody in Outlook knows of. One that we remember did not outlive its event unnoticed."""
    remembered = {link.gopaas_id for link in links}
    return tuple(row for row in rows if (row.id in remembered or not has_outlived(row)) and is_exportable(row, rules))


def wanted(links: Iterable[Link], gopaas: Seen, sightings: Iterable[Sighting]) -> tuple[str, ...]:
    """The ids of unlinked Outlook records, seen in an earlier run, that a new row may belong to: they must be read again."""
    live = _living(links)
    naturals = {natural_hash(record.natural) for key, record in gopaas.records.items() if key not in live and record.natural}
    # By our stamp an item also finds back to a pair that lost its Outlook half; by its natural key it finds new rows only.
    keys = {key for key in gopaas.records.keys() | gopaas.same if key not in live or not live[key].outlook_id}
    return tuple(s.id for s in sightings if (s.natural and s.natural in naturals) or _claimed_key(s.marker) in keys)


def _living(links: Iterable[Link]) -> dict[str, Link]:
    return {link.gopaas_id: link for link in links if link.status is not LinkStatus.TOMBSTONE}


def returning(links: Iterable[Link], gopaas: Seen) -> tuple[str, ...]:
    """The Outlook ids of detached pairs whose row is shown again: what became of them meanwhile must be read.

    Without a version it is the Outlook half that rests (`decision.park`): then Outlook says when it is back.
    """
    return tuple(
        link.outlook_id
        for link in links
        if link.status is LinkStatus.DETACHED
        and link.outlook_id
        and link.outlook.version
        and (row := glance(link, gopaas)).fresh
        and row.verdict in SHOWN
    )


def _claimed_key(text: str) -> str | None:
    marker = parse_marker(text)
    return marker.key if marker else None


def _claims(records: Iterable[Record], rules: Rules) -> dict[str, Record]:
    """Which unlinked record claims which key by our marker: of several, the one re-created last; of copies, the lowest id."""
    claims: dict[str, tuple[int, Record]] = {}
    for record in sorted(records, key=lambda record: record.id):
        marker = parse_marker(record.marker)
        if marker and marker.install in rules.installs and marker.scope == rules.scope:
            claim = claims.setdefault(marker.key, (marker.generation, record))
            claims[marker.key] = claim if claim[0] >= marker.generation else (marker.generation, record)
    return {key: record for key, (_, record) in claims.items()}


def _born_here(records: Iterable[Record], keys: Collection[str], rules: Rules, made: Collection[str]) -> dict[str, Record]:
    """Records that we copied into GoPaaS under one of `keys`, which can be computed: unmarked ones, and copies of marked ones.

    The state was lost since; or they were deleted and are back, from the bin or with their series.
    """
    found: dict[str, Record] = {}
    for record in sorted(records, key=lambda record: record.id):
        born = births(record, rules)
        unmarked = not record.marker or own_key(record, made, rules)
        if unmarked and (key := next((key for key in born if key in keys), None)) is not None:
            found.setdefault(key, record)
    return found


def _by_pointer(rows: Iterable[Record], loose: Mapping[str, Record]) -> tuple[dict[str, str], frozenset[str]]:
    """Which row names which unlinked record in its column; and the ids that several rows name."""
    named: dict[str, list[str]] = {}
    for row in rows:
        if row.pointer and row.pointer in loose:
            named.setdefault(row.pointer, []).append(row.id)
    doubles = frozenset(id for id, keys in named.items() if len(keys) > 1)
    return {keys[0]: id for id, keys in named.items() if id not in doubles}, doubles


def _is_foreign(record: Record, rules: Rules) -> bool:
    """Whether it was made by another installation, or for another table in the same calendar: never a source (complaint 15)."""
    marker = parse_marker(record.marker)
    if marker is None:
        return False
    return marker.install not in rules.installs or (rules.resource == "events" and marker.scope != rules.scope)


def _is_orphan(record: Record, taken: Collection[str], rules: Rules) -> bool:
    """Whether our stamp names a record that is neither linked nor found."""
    marker = parse_marker(record.marker)
    return marker is not None and marker.install in rules.installs and marker.scope == rules.scope and marker.key not in taken


def _by_natural_key(rows: Iterable[Record], records: Iterable[Record], *, exact: bool) -> tuple[list[Match], list[Record]]:
    """Pair rows with what a person or the old button left, one to one, the best agreement first.

    Equal candidates are taken in the order of their ids, so that the same input always gives the same pairs; what is left over
    stays a stranger and is never deleted. `exact`: where one side shows more of a kind than the other nobody guesses, since the one
    left over would be made on the other side; those are returned as unclear.
    """
    candidates, wanting = _grouped(records), _grouped(rows)
    matches, unclear = [], []
    if exact:
        for key in sorted(candidates.keys() & wanting.keys()):
            if len(candidates[key]) != len(wanting[key]):
                unclear += [*wanting.pop(key), *candidates.pop(key)]
    for row in sorted((row for kind in wanting.values() for row in kind), key=lambda r: r.id):
        if free := candidates.get(row.natural):
            best = max(free, key=lambda record: _agreement(row.fields, record.fields))
            free.remove(best)
            matches.append(Match(gopaas=row, outlook=best, by_marker=False))
    return matches, unclear


def _grouped(records: Iterable[Record]) -> dict[str, list[Record]]:
    """Records by natural key, in the order of their ids; those that nothing identifies left out."""
    groups: dict[str, list[Record]] = {}
    for record in sorted(records, key=lambda r: r.id):
        if record.natural:
            groups.setdefault(record.natural, []).append(record)
    return groups


def _agreement(left: Mapping[str, object], right: Mapping[str, object]) -> int:
    return sum(1 for name, value in left.items() if value is not None and right.get(name) == value)
