"""A Graph contact as a flat form, and the form's changes as a Graph body.

A person at Outlook changes one thing at a time, so only what was changed is sent, lists and addresses whole (Graph trap 17).
Pure; knows neither HTTP nor the mailbox.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, assert_never


class FieldKind(StrEnum):
    """How a field is typed in."""

    TEXT = "text"
    LONG_TEXT = "longtext"
    LINES = "lines"
    """One value per line."""
    DATE = "date"


@dataclass(frozen=True, slots=True, kw_only=True)
class FormField:
    """One field. `name` is a Graph property, or one part of it after a slash."""

    name: str
    label: str
    kind: FieldKind = FieldKind.TEXT


def _address(property_name: str, label: str) -> tuple[FormField, ...]:
    parts = (("street", "rue"), ("postalCode", "code postal"), ("city", "ville"), ("countryOrRegion", "pays"))
    return tuple(FormField(name=f"{property_name}/{part}", label=f"{label}, {word}") for part, word in parts)


FIELDS = (
    FormField(name="givenName", label="Prénom"),
    FormField(name="surname", label="Nom"),
    FormField(name="displayName", label="Nom affiché"),
    FormField(name="emailAddresses", label="Adresses e-mail, une par ligne", kind=FieldKind.LINES),
    FormField(name="mobilePhone", label="Mobile"),
    FormField(name="businessPhones", label="Téléphones professionnels, un par ligne", kind=FieldKind.LINES),
    FormField(name="homePhones", label="Téléphones privés, un par ligne", kind=FieldKind.LINES),
    FormField(name="birthday", label="Date de naissance", kind=FieldKind.DATE),
    FormField(name="companyName", label="Société"),
    FormField(name="jobTitle", label="Fonction"),
    *_address("businessAddress", "Adresse professionnelle"),
    *_address("homeAddress", "Adresse privée"),
    FormField(name="categories", label="Catégories, une par ligne", kind=FieldKind.LINES),
    FormField(name="personalNotes", label="Notes", kind=FieldKind.LONG_TEXT),
)
"""What the page offers, in its order."""


def shown(properties: Mapping[str, Any]) -> dict[str, str]:
    """The text of every field for a contact's properties; an empty mapping gives an empty form."""
    return {field.name: _text(field, properties) for field in FIELDS}


def changes(before: Mapping[str, Any], form: Mapping[str, str]) -> dict[str, Any]:
    """The Graph body that makes the contact look like the form: only what differs from what was shown, blanks as null."""
    texts = shown(before)
    touched = [field for field in FIELDS if field.name in form and form[field.name] != texts[field.name]]
    body: dict[str, Any] = {}
    for field in touched:
        name, _, part = field.name.partition("/")
        if part:
            body[name] = body.get(name, dict(before.get(name) or {})) | {part: form[field.name].strip()}
        else:
            body[name] = _value(field, form[field.name])
    return body


def _text(field: FormField, properties: Mapping[str, Any]) -> str:
    name, _, part = field.name.partition("/")
    value = properties.get(name)
    if part:
        return str((value or {}).get(part) or "")
    match field.kind:
        case FieldKind.LINES:
            return "\n".join(item["address"] if isinstance(item, Mapping) else str(item) for item in value or ())
        case FieldKind.DATE:
            return str(value or "")[:10]
        case FieldKind.TEXT | FieldKind.LONG_TEXT:
            return str(value or "")
        case _:
            assert_never(field.kind)


def _value(field: FormField, text: str) -> Any:
    match field.kind:
        case FieldKind.LINES:
            lines = [line.strip() for line in text.split("\n") if line.strip()]
            return [{"address": line, "name": line} for line in lines] if field.name == "emailAddresses" else lines
        case FieldKind.DATE:
            # 11:59 UTC is the same day in every zone from -11:59 to +12:00, and what MS-ASCNTC tells clients to write.
            return f"{text.strip()}T11:59:00Z" if text.strip() else None
        case FieldKind.TEXT:
            return text.strip() or None
        case FieldKind.LONG_TEXT:
            return text
        case _:
            assert_never(field.kind)
