"""What a Graph contact may hold, and what Exchange makes of what it is sent (Graph page, sections 1.3 and 1.4).

Pure: properties in, properties out. Knows nothing of folders, ids or HTTP.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, assert_never

from outlookd.sandbox.clock import timestamp
from outlookd.sandbox.refusal import Refusal
from outlookd.sandbox.switches import Switches


class Kind(StrEnum):
    """The type of a property, as far as validation needs it."""

    TEXT = "text"
    TEXTS = "texts"
    EMAILS = "emails"
    EMAIL_SLOT = "email slot"
    ADDRESS = "address"
    INSTANT = "instant"
    READ_ONLY = "read-only"


TEXTS = (
    "displayName",
    "fileAs",
    "givenName",
    "middleName",
    "surname",
    "nickName",
    "initials",
    "title",
    "generation",
    "yomiGivenName",
    "yomiSurname",
    "yomiCompanyName",
    "companyName",
    "department",
    "jobTitle",
    "profession",
    "officeLocation",
    "manager",
    "assistantName",
    "businessHomePage",
    "mobilePhone",
    "personalNotes",
    "spouseName",
)
EMAIL_SLOTS = ("primaryEmailAddress", "secondaryEmailAddress", "tertiaryEmailAddress")
ADDRESS_PARTS = ("street", "city", "state", "countryOrRegion", "postalCode")
PROPERTIES: Mapping[str, Kind] = (
    dict.fromkeys(TEXTS, Kind.TEXT)
    | dict.fromkeys(("categories", "children", "imAddresses", "businessPhones", "homePhones"), Kind.TEXTS)
    | {"emailAddresses": Kind.EMAILS, "birthday": Kind.INSTANT}
    | dict.fromkeys(EMAIL_SLOTS, Kind.EMAIL_SLOT)
    | dict.fromkeys(("homeAddress", "businessAddress", "otherAddress"), Kind.ADDRESS)
    | dict.fromkeys(("id", "changeKey", "createdDateTime", "lastModifiedDateTime", "parentFolderId"), Kind.READ_ONLY)
)
"""Every property of the type. Read-only ones are ignored when sent: clients send whole objects back."""

SLOTS = {"emailAddresses": 3, "businessPhones": 2, "homePhones": 2}
"""How many values the store has room for."""

NAME_PARTS = ("givenName", "middleName", "surname", "generation")


def blank() -> dict[str, Any]:
    """A contact without content, as it reads back."""
    empty: dict[Kind, Any] = {Kind.TEXT: None, Kind.INSTANT: None}
    properties: dict[str, Any] = {}
    for name, kind in PROPERTIES.items():
        if kind in empty:
            properties[name] = None
        elif kind in (Kind.TEXTS, Kind.EMAILS):
            properties[name] = []
        elif kind is Kind.ADDRESS:
            properties[name] = {}
    return properties | {"personalNotes": ""}


def revised(before: Mapping[str, Any], body: Mapping[str, Any], switches: Switches) -> dict[str, Any]:
    """The contact `before` after a POST or PATCH with `body`.

    Lists and nested objects replace what was there, parts included. displayName is made anew when a name changes and
    no displayName is sent, fileAs when it was not somebody's own. Raises Refusal with ``RequestBodyRead`` for an unknown
    property or a wrong type.
    """
    after = dict(before)
    for name, value in body.items():
        if name.startswith("@"):
            continue
        kind = PROPERTIES.get(name)
        if kind is None:
            raise Refusal("RequestBodyRead", f"The property '{name}' does not exist on type 'microsoft.graph.contact'.")
        _write(after, name, kind, value, switches)
    for name, room in SLOTS.items():
        if len(after[name]) > room:
            if switches.overflow == "reject":
                raise Refusal("ErrorPropertyValidationFailure", f"'{name}' holds {room} values at most.")
            after[name] = after[name][:room]
    _regenerate_names(before, after, body)
    return after


def _write(after: dict[str, Any], name: str, kind: Kind, value: Any, switches: Switches) -> None:
    match kind:
        case Kind.READ_ONLY:
            pass
        case Kind.TEXT:
            after[name] = _text(name, value)
        case Kind.TEXTS:
            after[name] = _texts(name, value)
        case Kind.INSTANT:
            after[name] = None if value is None else _birthday(name, value, switches)
        case Kind.ADDRESS:
            after[name] = _address(name, value)
        case Kind.EMAILS:
            known = after[name] if switches.email_names_stick else []
            after[name] = _emails(name, value, known)
        case Kind.EMAIL_SLOT:
            known = after["emailAddresses"]
            slot = EMAIL_SLOTS.index(name)
            sent = _emails(name, [] if value is None else [value], known if switches.email_names_stick else [])
            after["emailAddresses"] = [*known[:slot], *sent, *known[slot + 1 :]]
        case _:
            assert_never(kind)


def _wrong_type(name: str, expected: str) -> Refusal:
    return Refusal("RequestBodyRead", f"Cannot convert the value of property '{name}' to the expected type '{expected}'.")


def _text(name: str, value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    raise _wrong_type(name, "Edm.String")


def _texts(name: str, value: Any) -> list[str]:
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise _wrong_type(name, "Collection(Edm.String)")
    return list(value)


def _birthday(name: str, value: Any, switches: Switches) -> str:
    """An instant in UTC. A bare date is taken as midnight: the update page's own example sends one (section 1.4)."""
    try:
        instant = datetime.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise _wrong_type(name, "Edm.DateTimeOffset") from error
    instant = instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
    if switches.birthday == "normalise":
        instant = instant.replace(hour=11, minute=59, second=0)
    return timestamp(instant)


def _address(name: str, value: Any) -> dict[str, str]:
    """Five parts, or nothing at all. Parts not sent are blanked: nested objects are never merged (Graph trap 17)."""
    if value is None:
        return {}
    parts = _object(name, value, ADDRESS_PARTS, "microsoft.graph.physicalAddress")
    filled = {part: parts.get(part) or "" for part in ADDRESS_PARTS}
    return filled if any(filled.values()) else {}


def _emails(name: str, value: Any, known: list[dict[str, str]]) -> list[dict[str, str]]:
    """Addresses with their display names. One that is no address is dropped without a word (Graph page, section 1.3)."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise _wrong_type(name, "Collection(microsoft.graph.emailAddress)")
    names = {item["address"].casefold(): item["name"] for item in known}
    emails = []
    for item in value:
        email = _object(name, item, ("name", "address"), "microsoft.graph.emailAddress")
        address = email.get("address") or ""
        if "@" in address.strip("@"):
            emails.append({"name": names.get(address.casefold()) or email.get("name") or address, "address": address})
    return emails


def _object(name: str, value: Any, parts: tuple[str, ...], type_name: str) -> dict[str, str | None]:
    if not isinstance(value, Mapping):
        raise _wrong_type(name, type_name)
    sent = {part: content for part, content in value.items() if not part.startswith("@")}
    for part, content in sent.items():
        if part not in parts:
            raise Refusal("RequestBodyRead", f"The property '{part}' does not exist on type '{type_name}'.")
        _text(f"{name}/{part}", content)
    return sent


def _regenerate_names(before: Mapping[str, Any], after: dict[str, Any], body: Mapping[str, Any]) -> None:
    if after["displayName"] is None or (any(part in body for part in NAME_PARTS) and "displayName" not in body):
        after["displayName"] = _display_name(after)
    if "fileAs" not in body and before["fileAs"] in (None, _file_as(before)):
        after["fileAs"] = _file_as(after)


def _display_name(contact: Mapping[str, Any]) -> str:
    parts = [contact[part] for part in NAME_PARTS if contact[part]]
    emails = contact["emailAddresses"]
    return " ".join(parts) or contact["companyName"] or (emails[0]["address"] if emails else "")


def _file_as(contact: Mapping[str, Any]) -> str:
    given = " ".join(contact[part] for part in ("givenName", "middleName") if contact[part])
    parts = [part for part in (contact["surname"], given) if part]
    return ", ".join(parts) or contact["companyName"] or contact["displayName"] or ""
