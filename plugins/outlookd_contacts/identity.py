"""Who a contact is: the key by which one that both sides already have is found again, and the name that people see.

Only mapped fields count, so that both sides compute the key from the same knowledge.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

from outlookd import Fields, Value
from outlookd_contacts.fields import EMAILS, slot_names

_PHONES = (
    "mobilePhone",
    "businessPhones",
    *slot_names("businessPhones"),
    "homePhones",
    *slot_names("homePhones"),
)
_DIGITS_THAT_COUNT = 9
"""What a national and an international spelling of one number have in common (``06 39...``, ``+33 6 39...``)."""


def natural_key(fields: Fields, mapped: Collection[str]) -> str:
    """``claire@example.com|claire dupont``, or empty for a contact that nothing identifies.

    Without an e-mail address the first phone number stands in for it, since the same name with the same number is the same person;
    its last nine digits are compared because the two sides may spell it differently. A name alone is nobody: two people may share
    it, and adopting a stranger's contact is worse than adding one.
    """
    known = {name: fields.get(name) for name in mapped}
    name = _folded_name(known)
    if mail := _first(known, (EMAILS, *slot_names(EMAILS))):
        return f"{mail.lower()}|{name}"
    digits = re.sub(r"\D", "", _first(known, _PHONES) or "")[-_DIGITS_THAT_COUNT:]
    return f"{digits}|{name}" if name and len(digits) == _DIGITS_THAT_COUNT else ""


def display_name(fields: Fields) -> str | None:
    """What Outlook shows for a contact whose display name no column supplies: the parts of the name, else the company."""
    parts = (fields.get(part) for part in ("givenName", "middleName", "surname"))
    full = " ".join(part for part in parts if isinstance(part, str))
    company = fields.get("companyName")
    return full or (company if isinstance(company, str) else None)


def _folded_name(known: Fields) -> str:
    """The words of the name without accents, case or order: maps exist that swap first and last name."""
    parts = [known.get("givenName"), known.get("surname")]
    if not any(parts):
        parts = [known.get("displayName")]
    full = " ".join(part for part in parts if isinstance(part, str))
    bare = "".join(char for char in unicodedata.normalize("NFKD", full.casefold()) if not unicodedata.combining(char))
    return " ".join(sorted(re.findall(r"\w+", bare)))


def _first(known: Fields, names: Collection[str]) -> str | None:
    for name in names:
        if found := _head(known.get(name)):
            return found
    return None


def _head(value: Value) -> str | None:
    if isinstance(value, tuple):
        return value[0] if value else None
    return value if isinstance(value, str) else None
