"""The calendar handler: what the engine sees of this plugin. It only chooses the side; the rules are in the modules beside it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Literal, assert_never

from outlookd import (
    BadRecord,
    Bar,
    Direction,
    Fields,
    FieldSpec,
    JobContext,
    Payload,
    Record,
    Side,
    natural_hash,
    read_key,
    read_modified,
)
from outlookd_calendar import gopaas, meeting, outlook, privacy
from outlookd_calendar.fields import ALIASES, SPECS
from outlookd_calendar.identity import natural_key
from outlookd_calendar.moments import read_instant
from outlookd_calendar.writing import write_event


class CalendarHandler:
    """Events of one Outlook calendar, rows of one GoPaaS view, kept the same both ways unless the settings say otherwise.

    `default_minutes` is how long an event lasts whose row names no end.
    """

    kind = "calendar"
    resource: Literal["contacts", "events"] = "events"
    default_direction = Direction.BOTH
    fields: Mapping[str, FieldSpec] = SPECS
    aliases: Mapping[str, str] = ALIASES

    def __init__(self, *, default_minutes: int = 60) -> None:
        self._default = timedelta(minutes=default_minutes)

    def normalize(self, side: Side, payload: Payload, context: JobContext) -> Record:
        """What `side` shows. GoPaaS: the mapped fields; Outlook: every field of every group that the map touches.

        Raises BadRecord for an object without key, and for times or words that cannot be understood.
        """
        match side:
            case Side.GOPAAS:
                return self._from_gopaas(payload, context)
            case Side.OUTLOOK:
                return self._from_outlook(payload, context)
            case _:
                assert_never(side)

    def render(self, side: Side, fields: Fields, context: JobContext, *, new: bool) -> Payload:
        """What to send so that `side` shows `fields`. Raises BadRecord for an event without a start, or one that ends before it."""
        match side:
            case Side.GOPAAS:
                return gopaas.render(fields, context, new=new)
            case Side.OUTLOOK:
                return write_event(fields, context.fieldmap.mapped, context.zone, self._default, new=new)
            case _:
                assert_never(side)

    def _from_gopaas(self, row: Payload, context: JobContext) -> Record:
        key, barred = read_key(row), Bar.OF_ANOTHER if gopaas.is_of_another(row, context) else None
        try:
            fields, occasion = gopaas.read_row(row, context, self._default)
        except BadRecord:
            # A colleague's mistyped time is the colleague's: one record in quarantine, not one for everybody who sees the row.
            if barred is None:
                raise
            fields, occasion = {}, None
        modified, exact = read_modified(row, context.zone)
        return Record(
            side=Side.GOPAAS,
            id=key,
            fields=fields,
            natural=self._natural(fields, context),
            modified=modified,
            modified_exact=exact,
            span=occasion.span if occasion else None,
            pointer=gopaas.read_pointer(row, context.fieldmap.pointer),
            barred=barred or (Bar.UNDATED if occasion is None else None),
        )

    def _from_outlook(self, payload: Payload, context: JobContext) -> Record:
        event = outlook.read_event(payload, context.zone)
        private = privacy.is_private(payload)
        shown = privacy.masked(event) if private and context.private == "busy" else event
        series, original_start = meeting.series_of(payload, event, context.zone)
        attended, guest = meeting.is_attended(payload, event), meeting.is_guest(payload)
        modified = read_instant(payload.get("lastModifiedDateTime"))
        mapped = context.fieldmap.mapped
        return Record(
            side=Side.OUTLOOK,
            id=event.id,
            version=str(payload.get("@odata.etag") or payload.get("changeKey") or ""),
            fields={name: shown.fields[name] for name in sorted(context.fieldmap.tracked)},
            digest=outlook.digest(payload, event),
            marker=str(payload.get("outlookd.marker") or ""),
            extra=outlook.has_extra(payload, event, mapped),
            natural=self._natural(shown.fields, context),
            hidden=natural_hash(self._natural(event.fields, context)) if shown is not event else "",
            modified=modified,
            modified_exact=modified is not None,
            span=event.span,
            series=series,
            original_start=original_start,
            meeting=meeting.meeting_of(event, original_start) if attended or guest else "",
            barred=meeting.bar_of(payload, event, hidden=private and context.private == "skip"),
            attended=attended,
            guest=guest,
            sealed=mapped if shown is not event else meeting.sealed_fields(payload, event),
        )

    def _natural(self, fields: Fields, context: JobContext) -> str:
        return natural_key(fields, context.fieldmap.mapped, context.zone, self._default)
