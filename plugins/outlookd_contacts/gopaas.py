"""A row of a GoPaaS view as canonical fields, and back. Knows GoPaaS's own columns, not how rows travel."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from outlookd import BadRecord, FieldMap, Fields, JobContext, Payload, Value
from outlookd_contacts import canonical, reading
from outlookd_contacts.reading import fill_slots, read_field


def read_key(row: Payload) -> str:
    """The record's key. Raises BadRecord for a row without one: it could never be found again."""
    key = row.get("cle")
    text = "" if key is None or isinstance(key, bool) else str(key)
    if not text.strip():
        raise BadRecord("the row has no key", field="cle")
    return text


def read_fields(row: Payload, fieldmap: FieldMap) -> dict[str, Value]:
    """The mapped fields of a row. What no column supplies is not there, which is not the same as empty."""
    return fill_slots({name: read_field(name, value) for name, value in fieldmap.read_row(row).items()})


def read_overflow(row: Payload, fieldmap: FieldMap) -> dict[str, tuple[str, ...]]:
    """What of a cell Outlook cannot show: it stays in GoPaaS whatever is written back (Graph trap 20)."""
    rest = {name: reading.read_overflow(name, value) for name, value in fieldmap.read_row(row).items()}
    return {name: values for name, values in rest.items() if values}


def read_modified(row: Payload, zone: ZoneInfo) -> tuple[datetime | None, bool]:
    """When the record was last changed (aware, UTC), and whether that is known to the second.

    GoPaaS stores the wall clock of `zone` in two columns that every writer fills by itself, so a view may lack the hour and a
    row may hold nonsense: neither makes the row unusable.
    """
    try:
        day = canonical.day(_cell(row, "date_modification"), field="date_modification")
    except BadRecord:
        return None, False
    if day is None:
        return None, False
    hour = _hour(_cell(row, "heure_modification"))
    wall = datetime.combine(date.fromisoformat(day), hour or time(), tzinfo=zone)
    try:
        return wall.astimezone(UTC), hour is not None
    except OverflowError:
        return None, False


def render(fields: Fields, context: JobContext, *, new: bool) -> dict[str, str]:
    """The columns that make the row show `fields`, with the modification date that GoPaaS leaves to its clients."""
    row: dict[str, str] = {}
    if context.now is not None:
        wall = context.now.astimezone(context.zone)
        for event in ("modification", "creation") if new else ("modification",):
            row[f"date_{event}"] = wall.strftime("%Y-%m-%d")
            row[f"heure_{event}"] = wall.strftime("%H:%M:%S")
    if new and context.user_field:
        row[context.user_field] = context.user
    return row | context.fieldmap.write_row(fields)


def _cell(row: Payload, column: str) -> str | None:
    cell = row.get(column)
    return cell if isinstance(cell, str) else None


def _hour(text: str | None) -> time | None:
    try:
        return time.fromisoformat(text.strip()) if text and text.strip() else None
    except ValueError:
        return None
