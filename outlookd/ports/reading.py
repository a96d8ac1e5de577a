"""What a side answers when it is read: pages of a listing, and single records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from outlookd.core.model import Payload, Span, Watermark
from outlookd.errors import OutlookdError


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingEnd:
    """How a listing ended.

    `snapshot`: it enumerated everything (as opposed to changes since the watermark). `complete`: nothing can be missing from
    it: every page arrived, pages agree with each other, no key came twice, the count agrees. Only a complete snapshot makes
    absence a piece of evidence, and for Graph it never does. `reason` says why it is not complete. `window` is the part of time
    that a snapshot covers; None: all of it. `restart` is set when the listing began a new change feed: what to remember at once, so
    that a run which fails before it can keep its place does not begin yet another one (complaint 35). `fed` are the ids that the
    feed itself told, series among them, where it was read beside the listing: it may be later than that, whether it was begun or
    resumed. None: the listing is the feed's own.
    """

    watermark: Watermark
    snapshot: bool
    complete: bool
    reason: str = ""
    window: Span | None = None
    restart: Watermark | None = None
    fed: frozenset[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some payloads of a listing, in the order received. `removed` are ids said to be gone. The last page has `end`.

    `total` is how many records the side announces in all, when it does. `whole` are ids of series of which the listing shows every
    occurrence in its window, on this page or another: one that is missing is absent, though nobody says so (complaint 34).
    """

    payloads: tuple[Payload, ...] = ()
    removed: tuple[str, ...] = ()
    whole: tuple[str, ...] = ()
    total: int | None = None
    end: ListingEnd | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The id exists and this is what the side shows. `elsewhere`: it lives outside the folder that we read."""

    payload: Payload
    elsewhere: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent:
    """The side says, while demonstrably healthy, that this id does not exist. Half a proof of deletion."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """No statement: an error, an unknown shape, a side that is not healthy right now."""

    error: OutlookdError


Reading: TypeAlias = Found | Absent | Unreadable
