"""Under which keys GoPaaS records are made of Outlook items, and what such a key tells about an item (design rule 13).

A key can be computed from the item alone. So what was made of it is found again when nothing is remembered, and a person's copy can
be told from what was copied. Knows nothing of pairs that are to be made.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from outlookd.core.marker import birth_key, meeting_key, parse_marker, record_key
from outlookd.core.model import Link, LinkStatus, Record
from outlookd.core.rules import Rules
from outlookd.core.verdict import Seen


def key_for(record: Record, rules: Rules) -> str:
    """The key of the GoPaaS record that is made of `record`, whoever's mailbox shows it."""
    return keys_for(record, rules)[0]


def keys_for(record: Record, rules: Rules) -> tuple[str, ...]:
    """That key, then those under which an installation whose place we took made the record."""
    return tuple(meeting_key(record, install) or birth_key(record, install, rules.user) for install in rules.installs)


def birth_keys(id: str, rules: Rules) -> tuple[str, ...]:
    """Every key that a record made of the item `id` may have, as far as the id alone tells: of no occurrence, of no meeting."""
    return tuple(record_key(install, rules.user, id) for install in rules.installs)


def births(record: Record, rules: Rules) -> tuple[str, ...]:
    """Every key that a record made of `record` may have: of its own, and as a meeting."""
    own = (birth_key(record, install, rules.user) for install in rules.installs)
    return (*own, *(meeting_key(record, install) for install in rules.installs))


def own_key(item: Record, existing: Collection[str], rules: Rules) -> str:
    """The key of the record that was made of an item whose stamp names another one: a person's copy. Empty when none was.

    A copy carries the stamp of what was copied until the view shows the record that was made of it.
    """
    marker = parse_marker(item.marker)
    named = marker.key if marker else ""
    return next((key for key in keys_for(item, rules) if key in existing and key != named), "")


def contested(links: Iterable[Link], outlook: Seen, rules: Rules) -> tuple[str, ...]:
    """The keys of what may have been made of items that carry one stamp, where no living pair has it: one is a copy of the other.

    Their ids do not tell which. A record of its own does, wherever it is.
    """
    stamped: dict[str, list[Record]] = {}
    for item in outlook.records.values():
        marker = parse_marker(item.marker)
        if marker and marker.install in rules.installs and marker.scope == rules.scope:
            stamped.setdefault(marker.key, []).append(item)
    shared = {key: items for key, items in stamped.items() if len(items) > 1}
    if not shared:
        return ()
    paired = {link.gopaas_id for link in links if link.status is not LinkStatus.TOMBSTONE and link.outlook_id}
    return tuple(own for key, items in shared.items() if key not in paired for item in items for own in keys_for(item, rules))
