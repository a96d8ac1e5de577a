"""What happens to the items of one mailbox, numbered, noted for the change feeds, and told to whoever watches.

Knows neither contacts nor events; what a write makes of them is their store's business (`mailbox.py`, `calendar_store.py`).
"""

from __future__ import annotations

from typing import Protocol

from outlookd.sandbox.clock import Now
from outlookd.sandbox.delta import Change, ChangeLog, Event
from outlookd.sandbox.happenings import Happening, Kind, Watch
from outlookd.sandbox.ids import Family


class Container(Protocol):
    """A folder or a calendar."""

    id: str
    changes: ChangeLog


class Item(Protocol):
    """A contact, or a single event or series."""

    immutable_id: str
    classic_id: str
    revision: int

    @property
    def etag(self) -> str: ...


class Chronicle:
    """Of the mailbox of `owner`. `default` and `discarded` are its container of this kind and its Deleted Items, by id."""

    def __init__(self, owner: str, kind: Kind, *, default: str, discarded: str, now: Now, watch: Watch) -> None:
        self._owner = owner
        self._kind = kind
        self._default = default
        self._discarded = discarded
        self._now = now
        self._watch = watch
        self._sequence = 0

    def record(self, item: Item, container: Container, event: Event, part: str | None = None) -> None:
        """Give an item its next revision, for what happened to it in this container. `part` as in `Change`."""
        self._sequence += 1
        item.revision = self._sequence
        change = Change(
            sequence=self._sequence,
            at=self._now(),
            event=event,
            contact=item.immutable_id,
            classic_id=item.classic_id,
            part=part,
        )
        container.changes.add(change)
        self._watch(
            Happening(
                owner=self._owner,
                kind=self._kind,
                container=container.id,
                is_default=container.id == self._default,
                is_discarded=container.id == self._discarded,
                change=event,
                ids={Family.IMMUTABLE: item.immutable_id, Family.CLASSIC: item.classic_id},
                etag=item.etag,
            )
        )
