"""Graph's delta protocol: one page of changes at a time, with the link to go on from.

Knows the shape of a page, and that everything in it is a hint: the same id may come twice, pages may be empty, our own writes
come back, a removal may be a move (graph.md 1.5, traps 5, 6). Does not know what the items are, nor when to start over.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from outlookd.graph.errors import unintelligible

if TYPE_CHECKING:
    from collections.abc import Mapping

    from outlookd.core.model import Payload


@dataclass(frozen=True, slots=True, kw_only=True)
class DeltaPage:
    """Items and removals in the order received. Exactly one of the links is set: `next` while there is more, `delta` at the end."""

    payloads: tuple[Payload, ...]
    removed: tuple[str, ...]
    next: str = ""
    delta: str = ""


def parse_page(body: Mapping[str, Any], *, link: str = "") -> DeltaPage:
    """Read one page; `link` is the address it came from.

    A page without items is not the end: only the link tells. Raises Unintelligible when the page has no items list, not
    exactly one link, or points at itself: reading on for ever would look like a very long mailbox.
    """
    items = items_of(body)
    following, delta = body.get("@odata.nextLink") or "", body.get("@odata.deltaLink") or ""
    if not isinstance(following, str) or not isinstance(delta, str) or bool(following) is bool(delta):
        raise unintelligible("a delta page must have either a next link or a delta link")
    if following and following == link:
        raise unintelligible("a delta page points at itself")
    return DeltaPage(
        payloads=tuple(item for item in items if "@removed" not in item),
        removed=tuple(_id_of(item) for item in items if "@removed" in item),
        next=following,
        delta=delta,
    )


def items_of(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The items of any Graph collection. Raises Unintelligible when there is no list: that is never "empty"."""
    items = body.get("value")
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise unintelligible("a collection must have a list of objects")
    return items


def _id_of(item: Mapping[str, Any]) -> str:
    match item.get("id"):
        case str(id) if id:
            return id
        case _:
            raise unintelligible("a removal names no id")
