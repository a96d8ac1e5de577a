"""One canonical value per field: which rule reads which field of a contact. The same on both sides."""

from __future__ import annotations

from collections.abc import Mapping

from outlookd import FieldSpec, Value, read_day, read_text, read_unordered, read_words
from outlookd_contacts import canonical
from outlookd_contacts.fields import EMAILS, SLOTS, SPECS, slot_names

_EMAIL_SLOTS = frozenset(slot_names(EMAILS))


def read_field(name: str, value: Value) -> Value:
    """`value` in canonical form for the field `name`. Idempotent. Raises BadRecord for a date that is none."""
    spec = SPECS[name]
    match spec.kind:
        case "date":
            return read_day(value, field=name)
        case "list":
            return _read_list(spec, value)
        case _:
            return canonical.first_address(value) if name in _EMAIL_SLOTS else read_text(value)


def fill_slots(fields: Mapping[str, Value]) -> dict[str, Value]:
    """The places of a list moved up, so that none is empty before a full one: Outlook's lists have no holes, and hold a value once.

    Only the places that are there take part; a map with ``homePhones[1]`` alone keeps it.
    """
    filled = dict(fields)
    for name in SLOTS:
        places = [slot for slot in slot_names(name) if slot in filled]
        values = list(dict.fromkeys(filled[slot] for slot in places if filled[slot] is not None))
        filled.update(zip(places, values + [None] * (len(places) - len(values)), strict=True))
    return filled


def read_overflow(name: str, value: Value) -> tuple[str, ...]:
    """What a cell holds beyond what its field can show, in order: values without a place, and text that is no address."""
    spec = SPECS[name]
    if name == EMAILS or name in _EMAIL_SLOTS:
        limit = spec.limit if name == EMAILS else 1
        return (canonical.addresses(value) or ())[limit:] + canonical.no_addresses(value)
    if spec.kind != "list" or spec.limit is None:
        return ()
    return (canonical.phones(value) or ())[spec.limit :]


def _read_list(spec: FieldSpec, value: Value) -> Value:
    if spec.name == EMAILS:
        return canonical.addresses(value, limit=spec.limit)
    if spec.name in SLOTS:
        return canonical.phones(value, limit=spec.limit)
    return read_unordered(value) if spec.name == "categories" else read_words(value)
