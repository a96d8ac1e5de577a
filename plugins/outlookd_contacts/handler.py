"""The contacts handler: what the engine sees of this plugin. It only chooses the side; the rules are in the modules beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, assert_never

from outlookd import BadRecord, Direction, Fields, FieldSpec, JobContext, Payload, Record, Side, read_key, read_modified
from outlookd_contacts import gopaas, outlook
from outlookd_contacts.fields import ALIASES, SPECS
from outlookd_contacts.identity import natural_key


class ContactsHandler:
    """Contacts of one Outlook folder, rows of one GoPaaS view. An export unless the settings say otherwise (design section 1)."""

    kind = "contact"
    resource: Literal["contacts", "events"] = "contacts"
    default_direction = Direction.TO_OUTLOOK
    fields: Mapping[str, FieldSpec] = SPECS
    aliases: Mapping[str, str] = ALIASES

    def normalize(self, side: Side, payload: Payload, context: JobContext) -> Record:
        """What `side` shows. GoPaaS: the mapped fields; Outlook: every field of every group that the map touches.

        Raises BadRecord for an object without key, or with a date that is none.
        """
        match side:
            case Side.GOPAAS:
                return self._from_gopaas(payload, context)
            case Side.OUTLOOK:
                return self._from_outlook(payload, context)
            case _:
                assert_never(side)

    def render(self, side: Side, fields: Fields, context: JobContext, *, new: bool) -> Payload:
        """What to send so that `side` shows `fields`. A value beyond what Outlook can hold is left out (Graph trap 20)."""
        match side:
            case Side.GOPAAS:
                return gopaas.render(fields, context, new=new)
            case Side.OUTLOOK:
                return outlook.render(fields, context.fieldmap.mapped, new=new)
            case _:
                assert_never(side)

    def _from_gopaas(self, row: Payload, context: JobContext) -> Record:
        fields = gopaas.read_fields(row, context.fieldmap)
        modified, exact = read_modified(row, context.zone)
        return Record(
            side=Side.GOPAAS,
            id=read_key(row),
            fields=fields,
            overflow=gopaas.read_overflow(row, context.fieldmap),
            natural=natural_key(fields, context.fieldmap.mapped),
            modified=modified,
            modified_exact=exact,
        )

    def _from_outlook(self, payload: Payload, context: JobContext) -> Record:
        identity = payload.get("id")
        if not isinstance(identity, str) or not identity:
            raise BadRecord("the contact has no id", field="id")
        fields = outlook.read_fields(payload, sorted(context.fieldmap.tracked), context.zone)
        modified = outlook.read_modified(payload)
        return Record(
            side=Side.OUTLOOK,
            id=identity,
            version=str(payload.get("@odata.etag") or payload.get("changeKey") or ""),
            fields=fields,
            digest=outlook.digest(payload, context.zone),
            marker=str(payload.get("outlookd.marker") or ""),
            extra=outlook.has_extra(payload, context.fieldmap.mapped, context.zone),
            natural=natural_key(fields, context.fieldmap.mapped),
            modified=modified,
            modified_exact=modified is not None,
        )
