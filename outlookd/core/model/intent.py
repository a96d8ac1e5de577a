"""What is written down around a write: the intent before it, the journal line and the commit after it, or why there was none."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from outlookd.core.model.action import Op
from outlookd.core.model.link import Conflict, Link
from outlookd.core.model.record import Fields, Side


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
