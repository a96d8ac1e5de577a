"""Private events: which ones they are, and what is shown of them where a busy time may be (design rule 11)."""

from __future__ import annotations

from dataclasses import replace

from outlookd import Payload
from outlookd_calendar.fields import SUBJECT, TIME
from outlookd_calendar.outlook import Event

BUSY = "Occupé"
"""The subject that colleagues see. French, as everything that GoPaaS shows them."""

_SHOWN = frozenset(
    {"id", *TIME, "showAs", "sensitivity", "isAllDay", "isCancelled", "type", "iCalUId", "createdDateTime", "lastModifiedDateTime"}
)


def is_private(payload: Payload) -> bool:
    """Whether its owner marked it as personal, private or confidential. A word that nobody knows counts as such."""
    word = payload.get("sensitivity")
    return isinstance(word, str) and word.strip().casefold() not in {"", "normal"}


def masked(event: Event) -> Event:
    """The event with its times and show-as, and without any text, place, category, person or link of its own."""
    fields = {name: value if name in _SHOWN else None for name, value in event.fields.items()}
    return replace(event, fields=fields | {SUBJECT: BUSY})
