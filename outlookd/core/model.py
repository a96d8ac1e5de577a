"""The nouns of the house: what a side shows, what we remember, what we decide.

Everything here is a frozen value without behaviour that could act. Field values are in *canonical form*: both sides of a
pair use the same field names (the full Graph path, such as ``businessAddress.city``) and the same value types, so that two
values may be compared with ``==``. "Mapping" is for fields only, "link" for ids only.
"""

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
    (Outlook only). `natural` is the natural key used for adoption (``e-mail|name`` for contacts), or empty. `modified` is the
    side's own modification time (aware, UTC) and is only ever used by the ``newest`` policy; `modified_exact` says that it is
    known to the second. `overflow` are list values beyond what Outlook can hold (GoPaaS only): they are no part of any
    comparison, and are put back behind whatever is written to that column (Graph trap 20).

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
    """

    ACTIVE = "active"
    DETACHED = "detached"
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
    """Two people changed one field group. The losing value is kept for good (design rule 4).

    `winner` is None while the group is held for a person to decide.
    """

    link: str
    group: str
    winner: Side | None
    gopaas: Fields
    outlook: Fields
    base: Fields
    rule: str


class Op(StrEnum):
    """What is done to one side. CREATE, UPDATE and DELETE write; the others only change what we remember."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    REBASE = "rebase"
    LINK = "link"
    DETACH = "detach"
    FORGET = "forget"


WRITES = frozenset({Op.CREATE, Op.UPDATE, Op.DELETE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One field of one action: what the side shows now, what it will show."""

    before: Value
    after: Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One decision about one pair, on one side. Pure data: printing it is `plan`, carrying it out is `sync`.

    `link` is the link *as it will be remembered once this action is done*, except for the written side's id, version and
    base, which only the side's answer can supply, and for `takes`: the values of the *other* side that become agreed when this
    write is. `changes` are the fields that the write is about; `fields` is the full canonical content to render (whole groups,
    because Graph replaces nested objects and lists whole, trap 17); `raw` are GoPaaS columns set as they are, and `retires` says
    that they stand for a deletion. `points_to` is the Outlook id to be kept in the row's column. `version` is what we believe the
    side shows. `restamp` asks for our marker on an item that has none. `rule` names the rule of design section 5 that decided,
    `reason` says it in words. `mails` says that the write could make the other side send mail (design rule 7).
    """

    op: Op
    side: Side
    link: Link
    reason: str
    rule: str = ""
    changes: Mapping[str, Change] = field(default_factory=dict)
    fields: Fields = field(default_factory=dict)
    takes: Fields = field(default_factory=dict)
    raw: Mapping[str, str] = field(default_factory=dict)
    retires: bool = False
    points_to: str = ""
    version: str = ""
    restamp: bool = False
    mails: bool = False
    conflicts: tuple[Conflict, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What a guard withholds, and why. The rest of the plan goes on (design rule 15).

    `actions` are writes held back; `links` are pairs that were not even decided (a side that shrank). `hash` is what an approval
    names.
    """

    guard: str
    reason: str
    actions: tuple[Action, ...] = ()
    links: tuple[str, ...] = ()
    hash: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What one run would do, in order: creates and updates first, deletes last."""

    actions: tuple[Action, ...] = ()
    held: tuple[Held, ...] = ()
    unchanged: int = 0
    waiting: int = 0
    """Pairs that cannot be decided yet: absent but unproved, unreadable, quarantined, or being recovered."""


class IntentState(StrEnum):
    """SENT: durable before the call. ACKED: the side accepted, not read back yet. VERIFIED, VOID: closed."""

    SENT = "sent"
    ACKED = "acked"
    VERIFIED = "verified"
    VOID = "void"


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """The write-ahead row of one write: enough to find out, after a crash, whether it happened (design rule 13).

    `link` is the link as it will be once the write is verified. `before` and `after` are the canonical fields the write is
    about, `conflicts` the values that it overwrites for good. `sent_at` is aware UTC.
    """

    id: str
    job: str
    run: str
    op: Op
    side: Side
    link: Link
    before: Fields
    after: Fields
    sent_at: datetime
    state: IntentState = IntentState.SENT
    conflicts: tuple[Conflict, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalEntry:
    """Before and after image of one write, for undo and "why"."""

    run: str
    at: datetime
    op: Op
    side: Side
    link: str
    gopaas_id: str
    outlook_id: str
    before: Fields
    after: Fields
    reason: str
    rule: str = ""
    mails: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """Everything that one finished write changes in the store, in one transaction.

    `intent` closes (or, with ACKED, advances) its row. `link` is stored as given; None leaves it. Sightings of its halves go,
    because they are linked now.
    """

    intent: str = ""
    state: IntentState = IntentState.VERIFIED
    link: Link | None = None
    journal: JournalEntry | None = None
    conflicts: tuple[Conflict, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantined:
    """A record that could not be handled: retried at `retry_at`, never forgotten (design rule 16). `id` is the side's id."""

    side: Side
    id: str
    reason: str
    since: datetime
    retry_at: datetime
    attempts: int = 1


class RunStatus(StrEnum):
    """How a run ended; the words of `sync --json`."""

    OK = "ok"
    HELD = "held"
    REAUTH = "reauth"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """One number per side."""

    gopaas: int = 0
    outlook: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RunReport:
    """What one run did. `message` says in one sentence what a person should know or do; empty when all is well.

    `busy`: it did not begin, because another process runs this job. `retry_after`: seconds to wait, when a service named them.
    Both are for whoever started the run; the history does not keep them.
    """

    run: str
    job: str
    user: str
    type: str
    status: RunStatus
    started: datetime
    created: Tally = field(default_factory=Tally)
    updated: Tally = field(default_factory=Tally)
    deleted: Tally = field(default_factory=Tally)
    unchanged: int = 0
    conflicts: int = 0
    held: int = 0
    quarantined: int = 0
    requests: Mapping[str, int] = field(default_factory=dict)
    mail_writes: int = 0
    seconds: float = 0.0
    message: str = ""
    exit_status: int = 0
    busy: bool = field(default=False, compare=False)
    retry_after: float | None = field(default=None, compare=False)
