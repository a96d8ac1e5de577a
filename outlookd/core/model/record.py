"""What a side shows: one record in canonical fields, or that it is gone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeAlias

Scalar: TypeAlias = str | int | bool | None
Value: TypeAlias = Scalar | tuple[str, ...]
"""A canonical field value. ``None`` means "nothing there": empty strings, empty lists and ``{}`` are all normalised to it.
Dates are ISO strings (``2026-11-22``); lists are tuples of strings in the order shown."""

Fields: TypeAlias = Mapping[str, Value]
Payload: TypeAlias = Mapping[str, Any]
"""JSON as one side sends it, untouched."""


class Side(StrEnum):
    """One of the two sides. Both are replicas: neither is "the source" except inside one action."""

    GOPAAS = "gopaas"
    OUTLOOK = "outlook"

    @property
    def other(self) -> Side:
        """The opposite side."""
        return Side.OUTLOOK if self is Side.GOPAAS else Side.GOPAAS

    @property
    def label(self) -> str:
        """What people call it, in every language."""
        return "GoPaaS" if self is Side.GOPAAS else "Outlook"


class Direction(StrEnum):
    """Which way a job writes. Contacts default to TO_OUTLOOK (an export), calendars to BOTH."""

    BOTH = "both"
    TO_OUTLOOK = "to_outlook"
    TO_GOPAAS = "to_gopaas"

    def writes(self, side: Side) -> bool:
        """Whether this direction allows writing to `side`."""
        match self:
            case Direction.BOTH:
                return True
            case Direction.TO_OUTLOOK:
                return side is Side.OUTLOOK
            case Direction.TO_GOPAAS:
                return side is Side.GOPAAS


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """When something takes place: aware, UTC, the end not included. Both may be equal."""

    start: datetime
    end: datetime


class Bar(StrEnum):
    """Why something that a side shows is not to be copied to the other one (design rules 8, 11; complaint 25)."""

    PRIVATE = "private"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    UNDATED = "undated"
    OF_ANOTHER = "of another user"


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One object as one side shows it, in canonical fields.

    `id` is the GoPaaS key (``cle``) or the immutable Graph id. `version` is the side's opaque change mark (an etag; empty for
    GoPaaS): it only ever prefilters. `digest` is a fingerprint of *everything a person could have edited* on that object,
    mapped or not: it tells whether anybody touched an exported contact; `extra` says that it holds something which no mapped field
    covers (notes, another number), and which we therefore cannot have written. `marker` is our stamp, when the payload carried it
    (Outlook only). `natural` is the natural key used for adoption (``e-mail|name`` for contacts), or empty; `hidden` is the
    fingerprint (`natural_hash`) of the one that it would have if its texts were not hidden. `modified` is the side's own
    modification time (aware, UTC) and is only ever used by the ``newest`` policy; `modified_exact` says that it is known to the
    second. `overflow` are list values beyond what Outlook can hold (GoPaaS only): they are no part of any comparison, and are put
    back behind whatever is written to that column (Graph trap 20).

    What only events have: `span`, when it takes place. `pointer`, the Outlook id that the row's column names, empty where it names
    none (GoPaaS only, and no part of any comparison; None: the map names no such column, or the row was not seen); `shared` says
    that another user's job keeps that event in step (the engine finds out). `series` and `original_start`, which occurrence of
    which series it is (Outlook only): the day on which the pattern puts it, ``2026-11-22``, wherever it was moved. `meeting`, what
    all copies of one meeting in several mailboxes have in common. `barred`, why it is not copied; `attended`, it has other
    attendees; `guest`, somebody else organises it; `sealed`, fields that must stay in Outlook as they are (the body of an online
    meeting).
    """

    side: Side
    id: str
    version: str = ""
    fields: Fields = field(default_factory=dict)
    overflow: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    digest: str = ""
    marker: str = ""
    extra: bool = False
    natural: str = ""
    hidden: str = ""
    modified: datetime | None = None
    modified_exact: bool = False
    span: Span | None = None
    pointer: str | None = None
    series: str = ""
    original_start: str = ""
    meeting: str = ""
    barred: Bar | None = None
    attended: bool = False
    guest: bool = False
    sealed: frozenset[str] = frozenset()
    shared: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Tombstone:
    """A side says that this id is no longer where we look (``@removed``). A hint, never a proof: design rule 3."""

    side: Side
    id: str
