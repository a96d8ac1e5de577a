"""Change tracking of a mailbox's contact folders and calendars: what happened, and the tokens to ask for the rest with.

Graph page, sections 1.5 and 1.6. A *chain* is one caller's tracking of one folder, begun by a request without token. Each *round*
ends in a delta token of a new *generation*; only the newest three generations work. Knows no HTTP and no content of items; which
rows a calendar's changes become is decided by its caller.
"""

from __future__ import annotations

import json
import random
from base64 import urlsafe_b64decode, urlsafe_b64encode
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from outlookd.sandbox.clock import Now
from outlookd.sandbox.refusal import Refusal
from outlookd.sandbox.switches import Switches

KEPT = 3
"""Generations (and rounds in progress) that a chain remembers: the error text of SyncStateNotFound lists three."""


class Event(StrEnum):
    """What happened to an item, seen from one folder."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What happened to one item (`contact`). `classic_id` is the id that it had in the folder: a moved one has another by now.

    `part` is about calendars: the day of the only occurrence that changed, "" if only the series' own row did, None for everything.
    """

    sequence: int
    at: datetime
    event: Event
    contact: str
    classic_id: str
    part: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """An item that has left the folder, by both of its ids."""

    immutable_id: str
    classic_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeltaPage:
    """Part of a round: immutable ids of items to show, and those that are gone, in order. Exactly one token is set."""

    entries: Sequence[str | Gone]
    skip_token: str = ""
    delta_token: str = ""


class ChangeLog:
    """Everything that happened in one folder, oldest first."""

    def __init__(self) -> None:
        self._changes: list[Change] = []

    def add(self, change: Change) -> None:
        """Append; sequences only grow."""
        self._changes.append(change)

    def between(self, after: int, upto: int) -> list[Change]:
        """The changes with ``after < sequence <= upto``."""
        first = bisect_right(self._changes, after, key=lambda change: change.sequence)
        last = bisect_right(self._changes, upto, key=lambda change: change.sequence)
        return self._changes[first:last]

    def last_before(self, instant: datetime) -> int:
        """The sequence of the newest change that is not younger than `instant`."""
        position = bisect_right(self._changes, instant, key=lambda change: change.at)
        return self._changes[position - 1].sequence if position else 0


@dataclass(slots=True, kw_only=True)
class _Round:
    entries: Sequence[str | Gone]
    upto: int
    generation: int = 0


@dataclass(slots=True, kw_only=True)
class _Chain:
    folder_id: str
    baked: Mapping[str, Any]
    highest: int = 0
    positions: dict[int, int] = field(default_factory=dict)
    rounds: dict[int, _Round] = field(default_factory=dict)
    started: int = 0


class Tracker:
    """All chains of one mailbox."""

    def __init__(self, switches: Switches, now: Now) -> None:
        self._switches = switches
        self._now = now
        self._chains: dict[int, _Chain] = {}
        self._begun = 0

    def begin(self, folder_id: str, log: ChangeLog, present: Sequence[str], baked: Mapping[str, Any]) -> str:
        """Start a chain over a folder that holds the contacts `present`. Returns the token of its first page.

        `baked` is what the caller's query asked for and every later page keeps.
        """
        self._begun += 1
        chain = self._chains[self._begun] = _Chain(folder_id=folder_id, baked=baked)
        upto = self._visible(log)
        hidden = {change.contact for change in log.between(upto, 2**63) if change.event is Event.ADDED}
        entries: list[str | Gone] = [contact for contact in present if contact not in hidden]
        return self._open_round(self._begun, chain, entries, upto)

    def resume(self, token: str, log: ChangeLog, present: frozenset[str]) -> str:
        """Open the next round of the chain that issued the delta token. Returns the token of its first page.

        Raises Refusal ``SyncStateNotFound`` for a generation that is no longer kept.
        """
        changes, upto = self.since(token, log)
        first: dict[str, Change] = {}
        last: dict[str, Change] = {}
        for change in changes:
            first.setdefault(change.contact, change)
            last[change.contact] = change
        entries: list[str | Gone] = []
        for contact, change in last.items():
            if contact in present:
                entries.append(contact)
            elif first[contact].event is not Event.ADDED:  # created and deleted between two rounds: never seen (docs#5301)
                entries.append(Gone(immutable_id=contact, classic_id=change.classic_id))
        return self.proceed(token, entries, upto)

    def since(self, token: str, log: ChangeLog) -> tuple[Sequence[Change], int]:
        """The visible changes after a delta token, and the sequence up to which they are complete.

        A feed that begins to lag has nothing to tell, but its tokens never go back behind what they stand for already. Otherwise
        an item that was shown would count as made and deleted between two rounds, and its removal would never be told.
        Raises Refusal ``SyncStateNotFound`` for a generation that is no longer kept.
        """
        _, chain, generation, _ = self._read(token, "delta")
        position = chain.positions.get(generation)
        if position is None:
            raise _lost(generation, chain)
        upto = max(position, self._visible(log))
        return log.between(position, upto), upto

    def proceed(self, token: str, entries: Sequence[str | Gone], upto: int) -> str:
        """Open the next round of the chain behind a delta token with these entries. Returns the token of its first page."""
        number, chain, _, _ = self._read(token, "delta")
        return self._open_round(number, chain, list(entries), upto)

    def page(self, token: str, size: int) -> DeltaPage:
        """The page behind a skip token; asking twice gives the same. Raises Refusal ``SyncStateNotFound``."""
        number, chain, started, offset = self._read(token, "skip")
        this = chain.rounds.get(started)
        if this is None:
            raise _lost(started, chain)
        if offset < 0:
            return DeltaPage(entries=(), skip_token=_token("skip", number, started, 0))
        if self._switches.delta_oversize:
            size += (size + 1) // 2
        entries = this.entries[offset : offset + size]
        if offset + size < len(this.entries):
            return DeltaPage(entries=entries, skip_token=_token("skip", number, started, offset + size))
        if not this.generation:
            chain.highest += 1
            this.generation = chain.highest
            chain.positions[this.generation] = this.upto
            for old in sorted(chain.positions)[:-KEPT]:
                del chain.positions[old]
        return DeltaPage(entries=entries, delta_token=_token("delta", number, this.generation, 0))

    def folder_of(self, token: str, kind: str) -> str:
        """The folder that a token of this kind (``skip`` or ``delta``) belongs to."""
        return self._read(token, kind)[1].folder_id

    def baked(self, token: str, kind: str = "skip") -> Mapping[str, Any]:
        """What the first request of the chain asked for."""
        return self._read(token, kind)[1].baked

    def expire(self) -> None:
        """Forget every generation of every chain, as a server that lost its cache does."""
        for chain in self._chains.values():
            chain.positions.clear()
            chain.rounds.clear()

    def _open_round(self, number: int, chain: _Chain, entries: list[str | Gone], upto: int) -> str:
        chain.started += 1
        top = chain.baked.get("top")
        if top is not None:
            entries = entries[:top]
        if self._switches.delta_duplicates:
            entries = entries + entries[::3]
        if self._switches.delta_shuffle:
            random.Random(number * 1000 + chain.started).shuffle(entries)  # noqa: S311  (repeatable on purpose)
        chain.rounds[chain.started] = _Round(entries=tuple(entries), upto=upto)
        chain.rounds.pop(chain.started - KEPT, None)
        return _token("skip", number, chain.started, -1 if self._switches.delta_empty_first else 0)

    def _visible(self, log: ChangeLog) -> int:
        return log.last_before(self._now() - timedelta(seconds=self._switches.delta_lag))

    def _read(self, token: str, kind: str) -> tuple[int, _Chain, int, int]:
        try:
            said, number, count, offset = json.loads(urlsafe_b64decode(token))
            chain = self._chains[number]
        except (ValueError, TypeError, KeyError) as error:
            raise Refusal("SyncStateInvalid", "The sync state is not valid.") from error
        if said != kind:
            raise Refusal("SyncStateInvalid", f"The token is not a {kind} token.")
        return number, chain, count, offset


def _token(kind: str, number: int, count: int, offset: int) -> str:
    return urlsafe_b64encode(json.dumps([kind, number, count, offset]).encode()).decode()


def _lost(generation: int, chain: _Chain) -> Refusal:
    kept = "".join(f"[{known}]" for known in sorted(chain.positions))
    message = f"The sync state generation is not found; generation={generation};[highest={chain.highest}]{kept}."
    return Refusal("SyncStateNotFound", message)
