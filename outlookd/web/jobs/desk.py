"""What the pages ask of the rest of the house, and the values that they show. Decides nothing; `app.pages.desk` implements it.

Everything is keyed by login or by job, and the rooms ask `Visitor.may_see` first: nothing here knows who is asking (threat T18).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Literal, Protocol

from outlookd.core.model import Direction, RunStatus, Side, Tally, Value
from outlookd.web.remedies import Remedy

__all__ = [
    "Answer",
    "Desk",
    "Disputed",
    "Fault",
    "HeldBack",
    "Overview",
    "Panel",
    "Remedy",
    "Result",
    "SetAside",
    "Standing",
    "Underway",
    "Waiting",
    "address_of",
]

_ADDRESS_DIGITS = 16


def address_of(job: str) -> str:
    """A job's name in addresses: its id holds a login, and addresses end up in histories and in a proxy's log."""
    return hashlib.sha256(job.encode()).hexdigest()[:_ADDRESS_DIGITS]


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """How many records a run would write now, as counted at `at`."""

    count: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Underway:
    """A run under way. `stage` is a key of `words.sync.stages`, empty before the first.

    `total` is None while nobody knows. `share` is of the whole run, from 0 to 1, and never falls while the run lasts.
    """

    stage: str
    done: int
    total: int | None
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """How the last run ended. `message` is English and may quote names: text, never markup."""

    status: RunStatus
    at: datetime
    created: Tally
    updated: Tally
    deleted: Tally
    conflicts: int
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldBack:
    """What a guard withholds until a person agrees. `count` records; an empty `name` cannot be approved."""

    guard: str
    count: int
    name: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAside:
    """A record that could not be handled and is tried again. `id` is the side's id; `reason` is English text.

    `field` is what the side calls the field that is at fault, where it is one: a GoPaaS column, an Outlook property.
    """

    side: Side
    id: str
    field: str
    reason: str
    retry_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Disputed:
    """What was changed on both sides, and what became of it. `name` is what people call the record.

    `values` are a field's name, as GoPaaS has it where it can, and what it was in GoPaaS and in Outlook. `kept` is whose it is now.
    Personal: shown to those who may see the job, and never logged.
    """

    at: datetime
    name: str
    values: tuple[tuple[str, Value, Value], ...]
    kept: Side


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One job, as its page shows it.

    `waiting` is None before the first count, which goes on if `counting`; `bar` is None while nothing runs. `due`: a run was asked
    for and comes once there is room. `held` is what the last count found, `held_count` what the last run held back. `set_aside` may
    be the first few of `set_aside_count`, and `disputed` is the latest of what was changed on both sides. `sign_in`: only a
    sign-in helps, a new one where the mailbox was `connected` before.
    """

    job: str
    login: str
    resource: Literal["contacts", "events"]
    direction: Direction
    folder: str
    waiting: Waiting | None
    counting: bool
    bar: Underway | None
    due: bool
    last: Result | None
    last_success: datetime | None
    next_run: datetime | None
    held: tuple[HeldBack, ...]
    held_count: int
    set_aside: tuple[SetAside, ...]
    set_aside_count: int
    sign_in: bool
    connected: bool
    remedy: Remedy | None
    disputed: tuple[Disputed, ...]

    @property
    def address(self) -> str:
        """The job's name in addresses."""
        return address_of(self.job)

    @property
    def busy(self) -> bool:
        """Whether something runs, or is about to."""
        return self.bar is not None or self.due


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One job, as the administrator's table shows it. `state` is how the last run ended; None: there was none yet."""

    job: str
    login: str
    resource: Literal["contacts", "events"]
    state: RunStatus | None
    running: bool
    last_success: datetime | None
    next_run: datetime | None
    held: int
    set_aside: int
    sign_in: bool
    stale: bool

    @property
    def address(self) -> str:
        """The job's name in addresses."""
        return address_of(self.job)

    @property
    def trouble(self) -> int:
        """How badly it needs somebody: 0 not at all."""
        if self.sign_in or self.state is RunStatus.REAUTH:
            return 4
        if self.state is RunStatus.FAILED:
            return 3
        if self.state is RunStatus.HELD or self.held:
            return 2
        return 1 if self.stale or self.set_aside else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A settings record that is not followed, and why. `login` is empty where the record does not say whose it is."""

    record: str
    login: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """The whole installation.

    `unread` is why the settings records could not be read last time, in English; empty when they could. `plugins` are names with
    their state; `secret_expires` is the day that the settings name.
    """

    version: str
    standings: tuple[Standing, ...]
    faults: tuple[Fault, ...]
    unread: str
    plugins: tuple[tuple[str, str], ...]
    secret_expires: date | None


class Answer(StrEnum):
    """What became of a button that was pressed. CHANGED: what was to be approved is no longer held. LATER: not possible now."""

    STARTED = "started"
    RUNNING = "running"
    APPROVED = "approved"
    CHANGED = "changed"
    LATER = "later"


class Desk(Protocol):
    """Where the pages get what they show. Jobs are named by id. Raises StoreError where the database does."""

    def jobs_of(self, login: str) -> Sequence[str]:
        """The ids of that person's jobs."""
        ...

    def find(self, address: str) -> tuple[str, str] | None:
        """The id and the login of the job with that address."""
        ...

    async def panels(self, login: str) -> Sequence[Panel]:
        """One per job of that person, calendars first. Has what waits counted where that is due."""
        ...

    async def start(self, job: str) -> Answer:
        """Have the job run now, unless it runs already or is about to: a double click is one run (threat T21)."""
        ...

    async def approve(self, job: str, name: str) -> Answer:
        """Release what a guard holds under that name, and have the job run."""
        ...

    async def recreate(self, job: str) -> Answer:
        """Have the job run now, and make its Outlook folder again if that is what is missing."""
        ...

    async def connect(self, login: str) -> str:
        """A one-time link with which that person connects a mailbox. Raises OutlookdError."""
        ...

    async def overview(self) -> Overview:
        """Everything, for an administrator."""
        ...
