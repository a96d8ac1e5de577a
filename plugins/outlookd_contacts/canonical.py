"""Canonical e-mail addresses and phone numbers: one spelling for everything that means the same.

Pure functions, each idempotent: what they return they would return again. They know kinds of values, not sides.
"""

from __future__ import annotations

import re
import unicodedata

from outlookd import Value, cell_items, read_several, read_text

_IN_BRACKETS = re.compile(r"<([^<>]*)>")

# A slash between two numbers has spaces around it; one inside a number ("030/1234") has none.
_PHONE_BREAKS = re.compile(r"[;,\n]|\s/\s")
_EMAIL_BREAKS = re.compile(r"[;,\s]")


def address(value: Value) -> str | None:
    """One e-mail address in lower case, out of ``Jane <j@example.com>`` too; None for what is none.

    Exchange drops an address that it cannot read without a word, and shows internal ones without ``@`` (Graph trap 19): both are
    left out here, or they would differ for ever.
    """
    raw = read_text(value)
    if raw is None:
        return None
    bracketed = _IN_BRACKETS.search(raw)
    word = (bracketed.group(1) if bracketed else raw).strip().removeprefix("mailto:").lower()
    word = unicodedata.normalize("NFC", word)
    local, at, domain = word.rpartition("@")
    broken = not at or not local or not domain or "@" in local or re.search(r"[\s<>;,]", word)
    return None if broken else word


def first_address(value: Value) -> str | None:
    """The first e-mail address of a text that may hold several, for a place that holds one."""
    found = addresses(value, limit=1)
    return found[0] if found else None


def addresses(value: Value, *, limit: int | None = None) -> tuple[str, ...] | None:
    """E-mail addresses, each once, in the order given; split at ``;``, ``,`` and white space."""
    return read_several(value, _EMAIL_BREAKS, address, limit=limit)


def no_addresses(value: Value) -> tuple[str, ...]:
    """What stands in the same text and is no e-mail address ("until 2027"), as one piece; nothing when all of it is."""
    pieces = [piece for item in cell_items(value) for piece in _EMAIL_BREAKS.split(item) if piece]
    rest = " ".join(piece for piece in pieces if address(piece) is None)
    return (rest,) if rest else ()


def phones(value: Value, *, limit: int | None = None) -> tuple[str, ...] | None:
    """Phone numbers, each once, in the order given; split at ``;``, ``,``, line ends and a slash between spaces."""
    return read_several(value, _PHONE_BREAKS, read_text, limit=limit)
