"""What a person takes back, and what stays as it is all the same."""

from __future__ import annotations

from dataclasses import dataclass

from outlookd.core.model import Side


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What is left as it is, and why: `reason` is a fragment of a sentence. No `field` means the whole record."""

    side: Side
    id: str
    field: str
    reason: str
