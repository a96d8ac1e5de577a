"""What a person's orders about single records (an undo, a choice between two values) look at, and what they leave as it is.

What is written for an order, the order's own module knows: `core.undo`, `core.resolution`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from outlookd.core.model import Payload, Record, Side


@dataclass(frozen=True, slots=True, kw_only=True)
class Half:
    """What one side shows of a pair now. Without a `record`, `missing` says why. `columns` is the row as GoPaaS sends it."""

    record: Record | None = None
    missing: str = ""
    columns: Payload = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Something that an order leaves as it is. No `field`: the whole record. `reason` is a part of a sentence."""

    side: Side
    id: str
    field: str
    reason: str
