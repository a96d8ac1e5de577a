"""What is written down around a write: the intent before it, the journal line and the commit after it, or why there was none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from outlookd.core.model.action import Op
from outlookd.core.model.link import Conflict, Link
from outlookd.core.model.record import Fields, Payload, Side


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
    about, columns set as they are included, `longer` those that are sent as a longer list than is compared (values that only
    GoPaaS can hold). `rule`, `mails`, `seen` and `image` are for the line in the journal; `conflicts` the values that it
    overwrites for good. `undoes` is the number of the
    journal line that this write takes back (0: none), `resolves` says by number which conflicts it settles, and whose values a
    person chose (None: nobody's, they agreed by themselves). `sent_at` is aware UTC.
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
    longer: Fields = field(default_factory=dict)
    rule: str = ""
    mails: bool = False
    seen: Mapping[Side, str] = field(default_factory=dict)
    image: Payload = field(default_factory=dict)
    conflicts: tuple[Conflict, ...] = ()
    undoes: int = 0
    resolves: Mapping[int, Side | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalEntry:
    """Before and after image of one write, or a decision that changed only what we remember: for undo and "why".

    `seq` is its number, 0 until the store gave it one. `seen` is what each side was judged to show when this was decided, as words
    of `core.verdict`. `image` is the whole item as the side showed it, kept where the canonical fields are not all that a write
    took away. `undone` names the run that took the write back.
    """

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
    seen: Mapping[Side, str] = field(default_factory=dict)
    image: Payload = field(default_factory=dict)
    undone: str = ""
    seq: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """Everything that one finished write changes in the store, in one transaction.

    `intent` closes (or, with ACKED, advances) its row. `link` is stored as given; None leaves it. Sightings of its halves go,
    because they are linked now. `undoes` and `resolves` are the intent's: the journal line is marked as taken back and the
    conflicts as settled, in the same transaction.
    """

    intent: str = ""
    state: IntentState = IntentState.VERIFIED
    link: Link | None = None
    journal: JournalEntry | None = None
    conflicts: tuple[Conflict, ...] = ()
    undoes: int = 0
    resolves: Mapping[int, Side | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantined:
    """A record that could not be handled: retried at `retry_at`, never forgotten (design rule 16). `id` is the side's id."""

    side: Side
    id: str
    reason: str
    since: datetime
    retry_at: datetime
    attempts: int = 1
