"""What a cell of a GoPaaS row says, and what a row says about itself: the same for every kind of record.

One spelling for everything that means the same, so that ``==`` answers "did it change?". The readers of values are idempotent:
what they return they would return again. This module knows GoPaaS's own columns, but neither maps nor how rows travel.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from outlookd.core.model import Payload, Value
from outlookd.errors import BadRecord

_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[T ].*)?", re.DOTALL)
_FRENCH = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?:[T ].*)?", re.DOTALL)
_BREAKS = re.compile(r"[;,\n]")

_FIRST_YEAR = 1601
"""Where Exchange's count of time begins."""


def read_text(value: Value) -> str | None:
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


def read_day(value: Value, *, field: str) -> str | None:
    """A date as ``2026-11-22``, out of ISO or French order, with or without a time behind it.

    ``0000-00-00`` and ``00/00/0000`` mean no date. Raises BadRecord for anything else that is no date: guessing would write a
    wrong day, and taking it for "nothing there" would delete a right one.
    """
    raw = read_text(value)
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


def read_words(value: Value) -> tuple[str, ...] | None:
    """A list of names, each once, in the order given; split at ``;``, ``,`` and line ends."""
    return read_several(value, _BREAKS, read_text)


def read_unordered(value: Value) -> tuple[str, ...] | None:
    """The same, sorted: Exchange promises no order for categories (Graph trap 34)."""
    found = read_words(value)
    return tuple(sorted(found)) if found else None


def read_several(
    value: Value, breaks: re.Pattern[str], read: Callable[[Value], str | None], *, limit: int | None = None
) -> tuple[str, ...] | None:
    """A list out of one cell: split at `breaks`, each part as `read` sees it, and each value once.

    Only the first `limit` values are taken: the rest stays in the CRM (Graph trap 20).
    """
    found = (read(piece) for item in cell_items(value) for piece in breaks.split(item))
    kept = tuple(dict.fromkeys(item for item in found if item is not None))
    return kept[:limit] or None


def cell_items(value: Value) -> tuple[str, ...]:
    """The texts of a cell before they are split, with line feeds only."""
    if value is None:
        return ()
    items = value if isinstance(value, tuple) else (str(value),)
    return tuple(item.replace("\r", "\n") for item in items)


def read_key(row: Payload) -> str:
    """The record's key. Raises BadRecord for a row without one: it could never be found again."""
    key = row.get("cle")
    text = "" if key is None or isinstance(key, bool) else str(key)
    if not text.strip():
        raise BadRecord("the row has no key", field="cle")
    return text


def read_modified(row: Payload, zone: ZoneInfo) -> tuple[datetime | None, bool]:
    """When the record was last changed (aware, UTC), and whether that is known to the second.

    GoPaaS stores the wall clock of `zone` in two columns that every writer fills by itself, so a view may lack the hour and a
    row may hold nonsense: neither makes the row unusable.
    """
    try:
        day = read_day(_shown(row, "date_modification"), field="date_modification")
    except BadRecord:
        return None, False
    if day is None:
        return None, False
    hour = _hour(_shown(row, "heure_modification"))
    wall = datetime.combine(date.fromisoformat(day), hour or time(), tzinfo=zone)
    try:
        return wall.astimezone(UTC), hour is not None
    except OverflowError:
        return None, False


def write_stamps(now: datetime | None, zone: ZoneInfo, *, user_field: str, user: str, new: bool) -> dict[str, str]:
    """The columns that GoPaaS leaves to whoever writes a row: when it was changed.

    A `new` one also gets when and for whom it was made. Dates and times are the wall clock of `zone` at `now` (aware), which may
    be unknown; `user_field` may be empty.
    """
    stamps: dict[str, str] = {}
    if now is not None:
        wall = now.astimezone(zone)
        for event in ("modification", "creation") if new else ("modification",):
            stamps[f"date_{event}"] = wall.strftime("%Y-%m-%d")
            stamps[f"heure_{event}"] = wall.strftime("%H:%M:%S")
    if new and user_field:
        stamps[user_field] = user
    return stamps


def _shown(row: Payload, column: str) -> str | None:
    cell = row.get(column)
    return cell if isinstance(cell, str) else None


def _hour(text: str | None) -> time | None:
    try:
        return time.fromisoformat(text.strip()) if text and text.strip() else None
    except ValueError:
        return None
