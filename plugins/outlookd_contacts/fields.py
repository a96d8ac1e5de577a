"""Every property of a Graph contact as canonical fields: names, groups, limits, and the other spellings that maps may use.

Source: graph.md 1.3. Two views exist of each list of e-mails and phones: the list as one field (``businessPhones``), and its
places one by one (``businessPhones[0]``), so that two columns of the CRM can feed two places. They are separate groups that
write the same property; one map uses one of the two.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from outlookd import FieldKind, FieldSpec, Spellings

ADDRESSES = ("homeAddress", "businessAddress", "otherAddress")
ADDRESS_PARTS = ("street", "city", "state", "countryOrRegion", "postalCode")
EMAILS = "emailAddresses"
SLOTS: Mapping[str, int] = MappingProxyType({EMAILS: 3, "businessPhones": 2, "homePhones": 2})
"""How many values Outlook can hold (MAPI's fixed places, Graph trap 20)."""

_NAME = ("givenName", "middleName", "surname", "displayName", "title", "generation", "initials", "nickName")
_COMPANY = ("companyName", "department", "jobTitle", "profession", "officeLocation")
_SINGLE = (
    "mobilePhone",
    "fileAs",
    "manager",
    "assistantName",
    "businessHomePage",
    "personalNotes",
    "spouseName",
    "yomiGivenName",
    "yomiSurname",
    "yomiCompanyName",
)
_LISTS = ("imAddresses", "children", "categories")
_READ_ONLY = ("id", "createdDateTime", "lastModifiedDateTime", "changeKey", "parentFolderId")


def slot_names(name: str) -> tuple[str, ...]:
    """The places of a list, one by one: ``homePhones[0]``, ``homePhones[1]``."""
    return tuple(f"{name}[{place}]" for place in range(SLOTS[name]))


def _specs() -> Iterator[FieldSpec]:
    yield from (_spec(name, "name") for name in _NAME)
    yield from (_spec(name, "company") for name in _COMPANY)
    yield from (_spec(name, name) for name in _SINGLE)
    yield _spec("birthday", "birthday", "date")
    for name in _LISTS:
        yield _spec(name, name, "list")
    for name, limit in SLOTS.items():
        yield FieldSpec(name=name, group=name, kind="list", limit=limit)
        yield from (_spec(slot, f"{name}[]") for slot in slot_names(name))
    for address in ADDRESSES:
        yield from (_spec(f"{address}.{part}", address) for part in ADDRESS_PARTS)
    for name in _READ_ONLY:
        yield FieldSpec(name=name, group=name, read_only=True)


def _spec(name: str, group: str, kind: FieldKind = "text") -> FieldSpec:
    return FieldSpec(name=name, group=group, kind=kind)


SPECS: Mapping[str, FieldSpec] = MappingProxyType({spec.name: spec for spec in _specs()})


ALIASES = Spellings(
    SPECS,
    {
        # The spelling of GoPaaS's own form, in every map that exists.
        "emailAdresses": EMAILS,
        "email": EMAILS,
        "emails": EMAILS,
        "emailAddress": EMAILS,
        "primaryEmailAddress": f"{EMAILS}[0]",
        "secondaryEmailAddress": f"{EMAILS}[1]",
        "tertiaryEmailAddress": f"{EMAILS}[2]",
        "businessPhone": "businessPhones",
        "homePhone": "homePhones",
        "street": "businessAddress.street",
        "postalCode": "businessAddress.postalCode",
        "city": "businessAddress.city",
        "state": "businessAddress.state",
        "country": "businessAddress.countryOrRegion",
        "countryOrRegion": "businessAddress.countryOrRegion",
        "company": "companyName",
        "notes": "personalNotes",
    },
)
