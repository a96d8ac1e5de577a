"""What is remembered of a pair and of a side: two ids, a base for each, and how far a side was read."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from outlookd.core.model.record import Fields, Side, Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """A side's fields as *read back* at the last agreement, never as sent (design rule 1).

    `settled` is False between a write to a side that does not answer with what it stored (GoPaaS) and the next listing that
    shows it; `before` then holds what the written fields were, so that a write that never arrived can be told from one that
    was normalised. `span` is when the half last took place, agreed or not: a listing of a window need not show what lies outside.
    """

    fields: Fields = field(default_factory=dict)
    version: str = ""
    digest: str = ""
    settled: bool = True
    before: Fields = field(default_factory=dict)
    span: Span | None = None


class LinkStatus(StrEnum):
    """ACTIVE: kept in step. DETACHED: known, left alone until it comes back into scope. TOMBSTONE: gone on purpose.

    FOLLOWER: this mailbox's copy of a meeting whose record another user's job keeps in step (sync-model 5.13); never written.
    WITHDRAWN: a person took back that we made one half of the other; it rests until somebody edits what is left.
    """

    ACTIVE = "active"
    DETACHED = "detached"
    WITHDRAWN = "withdrawn"
    FOLLOWER = "follower"
    TOMBSTONE = "tombstone"


class Origin(StrEnum):
    """Where a pair was born. ADOPTED pairs (found on both sides) give no side the right to delete."""

    GOPAAS = "gopaas"
    OUTLOOK = "outlook"
    ADOPTED = "adopted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Two ids that are one thing, and one base per side.

    `id` is ours and never changes; `generation` counts re-creations, so that every create has its own idempotency key.
    `touched` is set for good once a person edited the Outlook half outside what we write. `marker` is what the Outlook half
    is stamped with. `series`, `original_start` and `meeting` are the Outlook half's, as in Record: an occurrence is found again by
    them when its id changes (complaint 16). `attended`, `guest` and `sealed` are the Outlook half's too, as last shown: a write to
    an event that no listing mentioned must be classified all the same (design rule 7).
    """

    id: str
    job: str
    gopaas_id: str
    outlook_id: str = ""
    status: LinkStatus = LinkStatus.ACTIVE
    origin: Origin = Origin.GOPAAS
    gopaas: Base = field(default_factory=Base)
    outlook: Base = field(default_factory=Base)
    marker: str = ""
    touched: bool = False
    generation: int = 1
    series: str = ""
    original_start: str = ""
    meeting: str = ""
    attended: bool = False
    guest: bool = False
    sealed: frozenset[str] = frozenset()

    @property
    def unit(self) -> str:
        """What one human act concerns: a whole series, or this pair alone. Guards count these."""
        return self.series or self.id

    def base(self, side: Side) -> Base:
        """That side's base."""
        return self.gopaas if side is Side.GOPAAS else self.outlook

    def side_id(self, side: Side) -> str:
        """That side's id; empty when the half does not exist yet."""
        return self.gopaas_id if side is Side.GOPAAS else self.outlook_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Watermark:
    """Where to continue reading a side. `cursor` is opaque (a delta link); `full_at` is when the side was last read in full."""

    cursor: str = ""
    full_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """An unlinked record that we saw and left alone. `natural` is a hash: no personal data is kept for strangers."""

    side: Side
    id: str
    natural: str = ""
    marker: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """Two people changed one field group. The losing value is kept (design rule 4).

    One that waits is kept until somebody decides; a decided one goes when `[retention] conflicts` has passed since.

    `winner` is None where the policy left it to a person. `seq` is its number, 0 until the store gave it one; `at` when it was
    decided, or began to wait (aware, UTC). `resolved` is the side whose values a person chose afterwards, `settled` when that was,
    or when a group that waited ceased to by itself, because people made both sides agree: then nobody chose.
    """

    link: str
    group: str
    winner: Side | None
    gopaas: Fields
    outlook: Fields
    base: Fields
    rule: str
    at: datetime | None = field(default=None, compare=False)
    resolved: Side | None = field(default=None, compare=False)
    settled: datetime | None = field(default=None, compare=False)
    seq: int = field(default=0, compare=False)

    @property
    def waits(self) -> bool:
        """Whether a person has still to decide it."""
        return self.winner is None and self.settled is None

    def values(self, side: Side) -> Fields:
        """What `side` showed."""
        return self.gopaas if side is Side.GOPAAS else self.outlook
