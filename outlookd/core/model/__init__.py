"""The nouns of the house: what a side shows, what we remember, what we decide.

Everything here is a frozen value without behaviour that could act. Field values are in *canonical form*: both sides of a
pair use the same field names (the full Graph path, such as ``businessAddress.city``) and the same value types, so that two
values may be compared with ``==``. "Mapping" is for fields only, "link" for ids only.
"""

from __future__ import annotations

from outlookd.core.model.action import WRITES, Action, Change, Held, Op, Plan
from outlookd.core.model.intent import Commit, Intent, IntentState, JournalEntry, Quarantined
from outlookd.core.model.link import Base, Conflict, Link, LinkStatus, Origin, Sighting, Watermark
from outlookd.core.model.record import Bar, Direction, Fields, Payload, Record, Scalar, Side, Span, Tombstone, Value
from outlookd.core.model.run import INTERRUPTED, RunKind, RunReport, RunStatus, Tally

__all__ = [
    "INTERRUPTED",
    "WRITES",
    "Action",
    "Bar",
    "Base",
    "Change",
    "Commit",
    "Conflict",
    "Direction",
    "Fields",
    "Held",
    "Intent",
    "IntentState",
    "JournalEntry",
    "Link",
    "LinkStatus",
    "Op",
    "Origin",
    "Payload",
    "Plan",
    "Quarantined",
    "Record",
    "RunKind",
    "RunReport",
    "RunStatus",
    "Scalar",
    "Side",
    "Sighting",
    "Span",
    "Tally",
    "Tombstone",
    "Value",
    "Watermark",
]
