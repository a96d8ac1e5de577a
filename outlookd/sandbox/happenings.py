"""That something happened to a contact or an event, told to whoever watches a mailbox.

The same moments that the change feeds record (`delta.py`), so a write through Graph, a page or the control API is told alike. Knows
nothing of subscriptions: `subscriptions.py` listens.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import TypeAlias

from outlookd.sandbox.delta import Event
from outlookd.sandbox.ids import Family


class Kind(StrEnum):
    """What a thing is, in the word that paths use for its collection."""

    CONTACTS = "contacts"
    EVENTS = "events"


CHANGE_TYPES: Mapping[Event, str] = MappingProxyType({Event.ADDED: "created", Event.CHANGED: "updated", Event.REMOVED: "deleted"})
"""What a change is called in a notification."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One change of one item, seen from the folder or calendar (`container`) that it happened in.

    `owner` is the mailbox's object id. Of an occurrence the item is its series: Graph tells about the master (docs#5520).
    """

    owner: str
    kind: Kind
    container: str
    is_default: bool
    is_discarded: bool
    change: Event
    ids: Mapping[Family, str]
    etag: str


Watch: TypeAlias = Callable[[Happening], None]


def nobody_watches(_happening: Happening) -> None:
    """What a mailbox outside of any directory does."""
