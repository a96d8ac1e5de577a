"""Canonical values: one spelling for everything that means the same, so that ``==`` answers "did it change?".

Pure functions, each idempotent: what they return they would return again. They know kinds of values, not sides.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from datetime import date

from outlookd import BadRecord, Value

_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[T ].*)?", re.DOTALL)
_FRENCH = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?:[T ].*)?", re.DOTALL)
_IN_BRACKETS = re.compile(r"<([^<>]*)>")

_FIRST_YEAR = 1601
"""Where Exchange's count of time begins."""

_LIST_BREAKS = re.compile(r"[;,\n]")
# A slash between two numbers has spaces around it; one inside a number ("030/1234") has none.
_PHONE_BREAKS = re.compile(r"[;,\n]|\s/\s")
_EMAIL_BREAKS = re.compile(r"[;,\s]")


def text(value: Value) -> str | None:
    """Text as a person would compare it: NFC, line feeds only, no control characters, no space around it.

    A list in a place for one text is joined with commas.
    """
    if value is None:
        return None
    raw = ", ".join(item for item in value if item.strip()) if isinstance(value, tuple) else str(value)
    clean = raw if raw.isprintable() else _printable(raw)
    return unicodedata.normalize("NFC", clean).strip() or None


def _printable(raw: str) -> str:
    lines = raw.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    return "".join(char for char in lines if char == "\n" or unicodedata.category(char) not in {"Cc", "Cs"})


def day(value: Value, *, field: str) -> str | None:
    """A date as ``2026-11-22``, out of ISO or French order, with or without a time behind it.

    ``0000-00-00`` and ``00/00/0000`` mean no date. Raises BadRecord for anything else that is no date: guessing would write a
    wrong birthday, and taking it for "nothing there" would delete a right one.
    """
    raw = text(value)
    if raw is None:
        return None
    if match := _ISO.fullmatch(raw):
        year, month, number = (int(part) for part in match.groups())
    elif match := _FRENCH.fullmatch(raw):
        number, month, year = (int(part) for part in match.groups())
    else:
        raise BadRecord("this is not a date", field=field)
    if not (year or month or number):
        return None
    if year < _FIRST_YEAR:
        raise BadRecord(f"Outlook holds no date before {_FIRST_YEAR}", field=field)
    try:
        return date(year, month, number).isoformat()
    except ValueError as error:
        raise BadRecord("this date does not exist", field=field) from error


def address(value: Value) -> str | None:
    """One e-mail address in lower case, out of ``Jane <j@example.com>`` too; None for what is none.

    Exchange drops an address that it cannot read without a word, and shows internal ones without ``@`` (Graph trap 19): both are
    left out here, or they would differ for ever.
    """
    raw = text(value)
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
    return _several(value, _EMAIL_BREAKS, address, limit)


def no_addresses(value: Value) -> tuple[str, ...]:
    """What stands in the same text and is no e-mail address ("until 2027"), as one piece; nothing when all of it is."""
    pieces = [piece for item in _items(value) for piece in _EMAIL_BREAKS.split(item) if piece]
    rest = " ".join(piece for piece in pieces if address(piece) is None)
    return (rest,) if rest else ()


def phones(value: Value, *, limit: int | None = None) -> tuple[str, ...] | None:
    """Phone numbers, each once, in the order given; split at ``;``, ``,``, line ends and a slash between spaces."""
    return _several(value, _PHONE_BREAKS, text, limit)


def words(value: Value) -> tuple[str, ...] | None:
    """A list of names, each once, in the order given; split at ``;``, ``,`` and line ends."""
    return _several(value, _LIST_BREAKS, text, None)


def unordered(value: Value) -> tuple[str, ...] | None:
    """The same, sorted: Exchange promises no order for categories (Graph trap 34)."""
    found = words(value)
    return tuple(sorted(found)) if found else None


def _several(
    value: Value, breaks: re.Pattern[str], one: Callable[[Value], str | None], limit: int | None
) -> tuple[str, ...] | None:
    """Split, clean, drop what repeats, and keep what Outlook can hold (Graph trap 20: the rest stays in the CRM)."""
    found = (one(piece) for item in _items(value) for piece in breaks.split(item))
    kept = tuple(dict.fromkeys(item for item in found if item is not None))
    return kept[:limit] or None


def _items(value: Value) -> Iterable[str]:
    if value is None:
        return ()
    if isinstance(value, tuple):
        return [item.replace("\r", "\n") for item in value]
    return [str(value).replace("\r", "\n")]
