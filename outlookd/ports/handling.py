"""Who understands one kind of record, and what it may know of the job: a pair of pure functions, implemented by plugins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol
from zoneinfo import ZoneInfo

from outlookd.core.fieldmap import FieldMap, FieldSpec
from outlookd.core.model import Direction, Fields, Payload, Record, Side


@dataclass(frozen=True, slots=True, kw_only=True)
class JobContext:
    """What a handler may know about the job it works for.

    `now` is the moment the run began (aware, UTC): GoPaaS expects the client to set modification dates. `private` is what becomes
    of private events: left out, or shown as a busy time without any text (design rule 11). `settings` is the plugin's own table.
    """

    job: str
    user: str
    zone: ZoneInfo
    fieldmap: FieldMap
    now: datetime | None = None
    user_field: str = ""
    private: Literal["skip", "busy"] = "skip"
    settings: Mapping[str, Any] = field(default_factory=dict)


class Handler(Protocol):
    """One kind of record, as a pure pair of functions. Implemented by plugins; does no I/O and reads no clock."""

    kind: str
    """The word of the settings, lower case: ``contact``."""
    resource: Literal["contacts", "events"]
    """Which Graph collection holds this kind."""
    default_direction: Direction
    fields: Mapping[str, FieldSpec]
    """Every canonical field, by full Graph path."""
    aliases: Mapping[str, str]
    """GoPaaS's map keys that differ from the canonical name: ``emailAdresses`` -> ``emailAddresses``."""

    def normalize(self, side: Side, payload: Payload, context: JobContext) -> Record:
        """What `side` shows, in canonical fields: all fields of every group that the map touches.

        Raises BadRecord when the payload cannot be understood.
        """
        ...

    def render(self, side: Side, fields: Fields, context: JobContext, *, new: bool) -> Payload:
        """The JSON that makes `side` show `fields`. `fields` always holds whole groups; ``None`` clears.

        For Outlook: the body of POST (`new`) or PATCH, without marker. For GoPaaS: a flat object without ``cle``, with the
        modification date and, for a new record, the creation date and the user.
        Raises BadRecord when a value cannot be expressed.
        """
        ...
