"""A row of a GoPaaS view as an event's canonical fields, and back. What every row says about itself is the host's knowledge."""

from __future__ import annotations

from datetime import timedelta

from outlookd import Fields, JobContext, Payload, Value, read_text, write_stamps
from outlookd_calendar.fields import REMINDER_MINUTES, REMINDER_ON, TIME
from outlookd_calendar.occasion import Occasion, complete_row, read_occasion
from outlookd_calendar.values import read_field


def read_row(row: Payload, context: JobContext, default: timedelta) -> tuple[dict[str, Value], Occasion | None]:
    """The mapped fields of a row, and when it takes place: None for a to-do. Raises BadRecord for values that make no sense."""
    fields = {name: read_field(name, value) for name, value in context.fieldmap.read_row(row).items()}
    if fields.get(REMINDER_ON) is False and REMINDER_MINUTES in fields:
        fields[REMINDER_MINUTES] = None
    occasion = read_occasion({name: fields.get(name) for name in TIME}, context.zone, default)
    return (complete_row(fields, occasion) if occasion else fields), occasion


def read_pointer(row: Payload, column: str) -> str | None:
    """The Outlook id that the row shows in `column`, empty where it shows none. None: there is no such column to be seen.

    The difference matters: an empty cell is filled, and one that is never shown would be filled again and again.
    """
    if not column or column not in row:
        return None
    cell = row[column]
    return cell.strip() if isinstance(cell, str) else ""


def is_of_another(row: Payload, context: JobContext) -> bool:
    """Whether the row names somebody else as its user (complaint 25)."""
    cell = row.get(context.user_field) if context.user_field else None
    owner = None if cell is None else read_text(str(cell))
    return owner is not None and owner.casefold() != context.user.strip().casefold()


def render(fields: Fields, context: JobContext, *, new: bool) -> dict[str, str]:
    """The columns that make the row show `fields`, with the dates that GoPaaS leaves to its clients."""
    stamps = write_stamps(context.now, context.zone, user_field=context.user_field, user=context.user, new=new)
    return stamps | context.fieldmap.write_row(fields)
