"""A row of a GoPaaS view as a contact's canonical fields, and back. What every row says about itself is the host's knowledge."""

from __future__ import annotations

from outlookd import FieldMap, Fields, JobContext, Payload, Value, write_stamps
from outlookd_contacts import reading
from outlookd_contacts.reading import fill_slots, read_field


def read_fields(row: Payload, fieldmap: FieldMap) -> dict[str, Value]:
    """The mapped fields of a row. What no column supplies is not there, which is not the same as empty."""
    return fill_slots({name: read_field(name, value) for name, value in fieldmap.read_row(row).items()})


def read_overflow(row: Payload, fieldmap: FieldMap) -> dict[str, tuple[str, ...]]:
    """What of a cell Outlook cannot show: it stays in GoPaaS whatever is written back (Graph trap 20)."""
    rest = {name: reading.read_overflow(name, value) for name, value in fieldmap.read_row(row).items()}
    return {name: values for name, values in rest.items() if values}


def render(fields: Fields, context: JobContext, *, new: bool) -> dict[str, str]:
    """The columns that make the row show `fields`, with the dates that GoPaaS leaves to its clients."""
    stamps = write_stamps(context.now, context.zone, user_field=context.user_field, user=context.user, new=new)
    return stamps | context.fieldmap.write_row(fields)
