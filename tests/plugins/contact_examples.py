"""Jobs, rows and contacts to try the contacts handler on, and an Outlook that shows what was sent as the real one does."""

from __future__ import annotations

import string
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

import outlookd_transforms
from outlookd import FieldMap, JobContext, TransformRegistry, Value
from outlookd.core.fieldmap import parse_map
from outlookd_contacts.fields import ADDRESS_PARTS, ADDRESSES, SPECS
from outlookd_contacts.handler import ContactsHandler
from outlookd_contacts.reading import fill_slots, read_field

HANDLER = ContactsHandler()
PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 7, 1, 22, 30, tzinfo=UTC)
GOPAAS_MAP = {
    "givenName": "prenom",
    "surname": "nom",
    "emailAdresses": "email",
    "mobilePhone": "telephone",
    "birthday": "date_naissance",
    "jobTitle": "fonction",
    "companyName": "societe",
    "street": "rue",
    "postalCode": "cp",
    "city": "ville",
}
"""The ten names of GoPaaS's own form, as its form writes them."""

_registry = TransformRegistry()
outlookd_transforms.register_transforms(_registry)


def fieldmap(entries: Mapping[str, str] = GOPAAS_MAP, *, two_way: bool = False) -> FieldMap:
    return parse_map(entries, specs=HANDLER.fields, aliases=HANDLER.aliases, transforms=_registry.items, two_way=two_way)


def context(entries: Mapping[str, str] = GOPAAS_MAP, *, zone: ZoneInfo = PARIS, user_field: str = "") -> JobContext:
    return JobContext(job="j", user="claire", zone=zone, fieldmap=fieldmap(entries), now=NOW, user_field=user_field)


def shown_by_outlook(body: Mapping[str, Any], before: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What Graph shows after this POST or PATCH: objects and lists replaced whole, absent addresses as ``{}`` (graph.md 1.3)."""
    properties = dict.fromkeys(name for name in SPECS if "." not in name and "[" not in name)
    shown: dict[str, Any] = {**properties, "id": "AAMk1", "@odata.etag": 'W/"1"', **(before or {})}
    for name, value in body.items():
        if name in ADDRESSES and value is not None:
            parts = {part: value.get(part) or "" for part in ADDRESS_PARTS}
            shown[name] = parts if any(parts.values()) else {}
        else:
            shown[name] = value
    return shown


TEXT = st.text(string.ascii_letters + "éèàçœ '-ß0123456789", min_size=1, max_size=12)
MAIL = st.builds("{}@example.com".format, st.text(string.ascii_letters, min_size=1, max_size=8))
RAW: Mapping[str, st.SearchStrategy[Value]] = {
    "text": st.none() | TEXT,
    "date": st.none() | st.dates(date(1601, 1, 2)).map(str),
    "list": st.none() | st.lists(TEXT | MAIL, max_size=5).map(tuple),
}


@st.composite
def contents(draw: st.DrawFn, names: frozenset[str]) -> dict[str, Value]:
    """Canonical fields for these names, as the handler would have read them somewhere."""
    raw = {name: draw(MAIL | st.none() if name.startswith("emailAddresses[") else RAW[SPECS[name].kind]) for name in sorted(names)}
    return fill_slots({name: read_field(name, value) for name, value in raw.items()})
