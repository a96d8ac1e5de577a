"""Outlook items without a partner: what is remembered of them, and which rows may be theirs while they cannot be read.

Knows nothing of pairs that are to be made (`core.pairing`), nor of why an item cannot be read.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from outlookd.core.births import birth_keys
from outlookd.core.marker import natural_hash, parse_marker
from outlookd.core.model import Record, Sighting
from outlookd.core.rules import Rules


def sighting_of(record: Record) -> Sighting:
    """What is remembered of an item that is left alone, so that a later row finds it: nothing personal (`Sighting`)."""
    return Sighting(side=record.side, id=record.id, natural=record.hidden or natural_hash(record.natural), marker=record.marker)


def claimed(
    rows: Mapping[str, Record], paired: Collection[str], unread: Collection[str], sightings: Iterable[Sighting], rules: Rules
) -> frozenset[str]:
    """The keys of `rows` that may belong to an item that cannot be read: whatever is made of them now could be there twice.

    `unread` are the ids of such items, `sightings` what is remembered of them, `paired` the keys that have a partner. A row looks
    like one, bears its id or the key of what is made of it, or is named by its stamp. Only the stamp may name a pair, too: one that
    lost its Outlook half.
    """
    remembered = [sighting for sighting in sightings if sighting.id in unread]
    naturals = {sighting.natural for sighting in remembered if sighting.natural}
    born = {key for id in unread for key in birth_keys(id, rules)}
    stamps = {marker.key for sighting in remembered if (marker := parse_marker(sighting.marker)) is not None}
    return frozenset(
        key
        for key, row in rows.items()
        if key in stamps or (key not in paired and (key in born or row.pointer in unread or natural_hash(row.natural) in naturals))
    )
