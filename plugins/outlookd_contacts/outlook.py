"""A Graph contact as canonical fields, and back.

Builds JSON by hand: SDKs drop nulls, and then nothing can be cleared (Graph trap 17).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from outlookd import BadRecord, Fields, Payload, Value
from outlookd_contacts import birthday
from outlookd_contacts.fields import ADDRESS_PARTS, ADDRESSES, EMAILS, SLOTS, SPECS, slot_names
from outlookd_contacts.identity import display_name
from outlookd_contacts.reading import read_field

_SLOT_OWNERS = {slot: name for name in SLOTS for slot in slot_names(name)}
_COMPOSED = frozenset({"displayName", "fileAs", "initials"})
_EDITABLE = tuple(name for name, spec in sorted(SPECS.items()) if not spec.read_only and name not in _SLOT_OWNERS)


def read_fields(payload: Payload, names: Iterable[str], zone: ZoneInfo) -> dict[str, Value]:
    """The fields `names` as this contact shows them. Raises BadRecord for a shape that no contact has."""
    return {name: _read(payload, name, zone) for name in names}


def read_modified(payload: Payload) -> datetime | None:
    """When Exchange last changed the contact, which includes changes that nobody made. Aware, UTC."""
    given = payload.get("lastModifiedDateTime")
    try:
        return datetime.fromisoformat(given).astimezone(UTC) if isinstance(given, str) and given else None
    except ValueError:
        return None


def digest(payload: Payload, zone: ZoneInfo) -> str:
    """A fingerprint of everything a person can edit on a contact, mapped or not.

    Exchange's own marks (etag, dates, folder) are left out, and so are the names beside e-mail addresses, which it changes by
    itself (Graph trap 19). Addresses that we do not synchronise are in.
    """
    seen: dict[str, Value] = {name: _read_for_digest(payload, name, zone) for name in _EDITABLE}
    seen[EMAILS] = tuple(text.lower() for text in _addresses(payload.get(EMAILS)))
    shown = {name: value for name, value in seen.items() if value}
    return hashlib.blake2b(json.dumps(shown, sort_keys=True).encode(), digest_size=16).hexdigest()


def has_extra(payload: Payload, mapped: Collection[str], zone: ZoneInfo) -> bool:
    """Whether the contact holds something that no mapped field covers. What Exchange composes by itself does not count."""
    covered = {_SLOT_OWNERS.get(name, name) for name in mapped} | _COMPOSED
    return any(_read_for_digest(payload, name, zone) for name in _EDITABLE if name not in covered)


def render(fields: Fields, mapped: Collection[str], *, new: bool) -> dict[str, Any]:
    """The body of a POST (`new`) or PATCH that makes the contact show `fields`.

    Addresses and lists are complete, because Graph replaces them whole. A new contact leaves out what is empty; an existing one
    gets ``null``, ``[]`` or empty parts, which clear. A display name that no column supplies is composed anew with every change
    of the name: left out, it would go on showing the old one or whatever Exchange makes of it (graph.md 1.3).
    """
    body: dict[str, Any] = {}
    for name, value in fields.items():
        spec = SPECS[name]
        if spec.read_only or "." in name or name in _SLOT_OWNERS:
            continue
        body[name] = _written(name, value)
    for address in ADDRESSES:
        if any(name.startswith(f"{address}.") for name in fields):
            body[address] = {part: fields.get(f"{address}.{part}") for part in ADDRESS_PARTS}
    for name in SLOTS:
        places = [slot for slot in slot_names(name) if slot in fields]
        if places:
            body[name] = _written(name, tuple(str(fields[slot]) for slot in places if fields[slot] is not None))
    if "displayName" not in mapped and any(SPECS[name].group == "name" for name in fields):
        body["displayName"] = display_name(fields)
    return {name: value for name, value in body.items() if not _is_empty(value)} if new else body


def _read(payload: Payload, name: str, zone: ZoneInfo) -> Value:
    if owner := _SLOT_OWNERS.get(name):
        whole = _read(payload, owner, zone)
        place = slot_names(owner).index(name)
        return whole[place] if isinstance(whole, tuple) and place < len(whole) else None
    outer, _, part = name.partition(".")
    raw = payload.get(outer)
    if part:
        raw = raw.get(part) if isinstance(raw, dict) else None
    if name == EMAILS:
        return read_field(name, tuple(_addresses(raw)))
    value = _value(name, raw)
    if SPECS[name].kind == "date" and isinstance(value, str) and value:
        return birthday.from_graph(value, zone)
    return read_field(name, value)


def _read_for_digest(payload: Payload, name: str, zone: ZoneInfo) -> Value:
    """As `_read`, but an unmapped birthday that nobody understands is no reason to refuse the contact."""
    try:
        return _read(payload, name, zone)
    except BadRecord:
        return json.dumps(payload.get(name), sort_keys=True)


def _value(name: str, raw: object) -> Value:
    match raw:
        case None | str() | bool() | int():
            return raw
        case list():
            return tuple(item for item in raw if isinstance(item, str))
        case _:
            raise BadRecord("this value has a shape that a contact cannot have", field=name)


def _addresses(raw: object) -> list[str]:
    """The address texts of ``[{"name", "address"}]``; an entry may lack its address (Graph trap 19)."""
    entries = raw if isinstance(raw, list) else []
    texts = (entry.get("address") for entry in entries if isinstance(entry, dict))
    return [text for text in texts if isinstance(text, str) and text]


def _written(name: str, value: Value) -> Any:
    items = value if isinstance(value, tuple) else ()
    if name == EMAILS:
        return [{"address": item, "name": item} for item in items[: SLOTS[name]]]
    match SPECS[name].kind:
        case "list":
            return list(items[: SPECS[name].limit])
        case "date":
            return birthday.to_graph(value) if isinstance(value, str) else None
        case _:
            return value


def _is_empty(value: Any) -> bool:
    return not any(value.values()) if isinstance(value, dict) else value is None or value == []
