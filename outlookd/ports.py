"""What the engine asks of the world, as protocols: the two sides, the store, the clock, the tokens, the handlers.

The shell implements them (`gopaas/`, `graph/`, `store/`, `entra/`), `outlookd.testing` has an in-memory twin of each, and one
contract suite runs over both. Nothing here does anything.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol, TypeAlias
from zoneinfo import ZoneInfo

from outlookd.core.container import Container
from outlookd.core.fieldmap import FieldMap, FieldSpec, Transform
from outlookd.core.model import (
    Commit,
    Conflict,
    Direction,
    Fields,
    Intent,
    JournalEntry,
    Link,
    Payload,
    Quarantined,
    Record,
    RunReport,
    Side,
    Sighting,
    Span,
    Watermark,
)
from outlookd.errors import OutlookdError

__all__ = [
    "Absent",
    "Accounts",
    "Adapter",
    "Binding",
    "Clock",
    "Container",
    "Done",
    "Failed",
    "Found",
    "Handler",
    "JobContext",
    "ListingEnd",
    "Page",
    "Reading",
    "RowAdapter",
    "Store",
    "TokenSource",
    "Transform",
    "Unreadable",
    "Write",
    "WriteResult",
]


class Clock(Protocol):
    """Time, so that tests can bend it."""

    def now(self) -> datetime:
        """The wall clock: aware, UTC. For records of what happened, never for measuring."""
        ...

    def monotonic(self) -> float:
        """Seconds that never jump. For measuring and waiting."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait without blocking the loop."""
        ...


class TokenSource(Protocol):
    """Access tokens for one mailbox."""

    async def token(self, *, claims: str = "", refresh: bool = False) -> str:
        """A bearer token for Graph. `refresh` skips the cached one; `claims` is a decoded claims challenge (CAE).

        Raises SignInNeeded, CredentialsRefused or Unreachable.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class JobContext:
    """What a handler may know about the job it works for.

    `now` is the moment the run began (aware, UTC): GoPaaS expects the client to set modification dates. `private` is what becomes
    of private events: left out, or shown as a busy time without any text (design rule 11). `settings` is the plugin's own table.
    """

    job: str
    user: str
    zone: ZoneInfo
    fieldmap: FieldMap
    now: datetime | None = None
    user_field: str = ""
    private: Literal["skip", "busy"] = "skip"
    settings: Mapping[str, Any] = field(default_factory=dict)


class Handler(Protocol):
    """One kind of record, as a pure pair of functions. Implemented by plugins; does no I/O and reads no clock."""

    kind: str
    """The word of the settings, lower case: ``contact``."""
    resource: Literal["contacts", "events"]
    """Which Graph collection holds this kind."""
    default_direction: Direction
    fields: Mapping[str, FieldSpec]
    """Every canonical field, by full Graph path."""
    aliases: Mapping[str, str]
    """GoPaaS's map keys that differ from the canonical name: ``emailAdresses`` -> ``emailAddresses``."""

    def normalize(self, side: Side, payload: Payload, context: JobContext) -> Record:
        """What `side` shows, in canonical fields: all fields of every group that the map touches.

        Raises BadRecord when the payload cannot be understood.
        """
        ...

    def render(self, side: Side, fields: Fields, context: JobContext, *, new: bool) -> Payload:
        """The JSON that makes `side` show `fields`. `fields` always holds whole groups; ``None`` clears.

        For Outlook: the body of POST (`new`) or PATCH, without marker. For GoPaaS: a flat object without ``cle``, with the
        modification date and, for a new record, the creation date and the user.
        Raises BadRecord when a value cannot be expressed.
        """
        ...


# --- reading a side ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingEnd:
    """How a listing ended.

    `snapshot`: it enumerated everything (as opposed to changes since the watermark). `complete`: nothing can be missing from
    it: every page arrived, pages agree with each other, no key came twice, the count agrees. Only a complete snapshot makes
    absence a piece of evidence, and for Graph it never does. `reason` says why it is not complete. `window` is the part of time
    that a snapshot covers; None: all of it. `restart` is set when the listing began a new change feed: what to remember at once, so
    that a run which fails before it can keep its place does not begin yet another one (complaint 35).
    """

    watermark: Watermark
    snapshot: bool
    complete: bool
    reason: str = ""
    window: Span | None = None
    restart: Watermark | None = None


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


# --- writing a side ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """One write to one side, ready to send. `ref` correlates the answer (the intent's id).

    `id` is empty for an Outlook create; for GoPaaS it is always the key. `marker` is stamped in the same request (Outlook
    creates and restamps). `version` goes into If-Match where the side knows it; empty: unconditional. `follows` is the ref of an
    earlier write of the same call that changes this item's version (another occurrence of its series): this one is done only if
    that one was, and right after it.
    """

    ref: str
    op: Literal["create", "update", "delete"]
    id: str = ""
    payload: Payload = field(default_factory=dict)
    marker: str = ""
    version: str = ""
    follows: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """The side did it. `payload` is what it shows now, or None when it does not say (GoPaaS, deletes)."""

    ref: str
    id: str
    payload: Payload | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """The side did not do it, or nobody knows. `ambiguous`: it may have happened; look before resending."""

    ref: str
    error: OutlookdError
    ambiguous: bool = False


WriteResult: TypeAlias = Done | Failed


class Adapter(Protocol):
    """One side of one job. All I/O with that side, no decision about meaning.

    Every method raises the errors of `outlookd.errors`; retrying what may be retried, waiting as told and limiting what is in
    flight happen inside. `requests` counts HTTP requests sent, batches as one.
    """

    side: Side
    batch_size: int
    """How many writes `write` sends in one request at most: the engine's unit of intent and commit."""

    @property
    def requests(self) -> int:
        """HTTP requests sent so far."""
        ...

    def changes(self, since: Watermark | None, *, full: bool = False) -> AsyncIterator[Page]:
        """What changed since the watermark, or everything; the last page carries `end`.

        `full` asks for everything although there is a watermark, which the side then may go on using: a periodic reconciliation
        need not start a new change feed (complaint 35). Raises WatermarkExpired when the watermark is no longer accepted,
        ContainerMissing when our folder is gone.
        """
        ...

    async def read(self, ids: Sequence[str]) -> Mapping[str, Reading]:
        """Each id as the side shows it now, marker and everything a person can attach included."""
        ...

    async def find(self, marker: str, id: str) -> Sequence[Payload]:
        """What the side holds under our idempotency mark: the marker in Outlook, the key in GoPaaS. For recovery."""
        ...

    async def write(self, writes: Sequence[Write]) -> Sequence[WriteResult]:
        """Send at most `batch_size` writes. One result per write, in any order; never raises for a single write.

        Raises only when nothing of the batch can have happened (SignInNeeded, CredentialsRefused, Unreachable before sending).
        """
        ...


class RowAdapter(Adapter, Protocol):
    """The GoPaaS side: nothing protects a row from two writers, so it can be looked at once more just before a write."""

    async def latest(self, ids: Sequence[str]) -> Mapping[str, Reading]:
        """Those of `ids` that may have changed since the last listing, as they are now; the others are left out.

        As few requests as it takes, never one for each of many (sync-model 5.10). Says nothing about absence.
        """
        ...


class FolderAdapter(Adapter, Protocol):
    """The Outlook side: it has containers (contact folders, calendars) to choose from before anything can be read."""

    container: str
    """Id of the folder or calendar this adapter reads and writes; empty until chosen."""
    window: Span | None
    """The part of time to read; None, and without meaning for contacts: all of it. Set before reading."""

    async def translate(self, ids: Sequence[str]) -> Mapping[str, str]:
        """Ids of the older kind, which change when an item is moved, as immutable ones.

        "" where the side says that there is nothing to translate. An id that is missing from the answer is unknown: whatever it
        names may exist, so nothing may be made in its place.
        """
        ...

    async def attachments(self, ids: Sequence[str]) -> Mapping[str, bool]:
        """Which contacts carry something that no payload shows (a photo). Asked before a deletion only."""
        ...

    async def containers(self) -> Sequence[Container]:
        """All contact folders with name and marker, the default folder left out (Graph does not list it); or all calendars."""
        ...

    async def create_container(self, name: str, marker: str) -> Container:
        """Create the folder, stamped in the same request.

        Raises Rejected with code ``ErrorFolderExists`` when the name is taken.
        """
        ...

    async def stamp_container(self, id: str, marker: str) -> None:
        """Put our marker on an existing folder."""
        ...


# --- remembering ---------------------------------------------------------------------------------------------------------


class Store(Protocol):
    """What must survive. Every method that writes is one durable transaction; none is held across a network call.

    Raises StoreFull, StoreError.
    """

    async def install_id(self) -> str:
        """A random id of this installation, made once. Part of every marker."""
        ...

    def lease(self, job: str) -> AbstractAsyncContextManager[None]:
        """Hold this job for as long as the block runs. Raises JobBusy while another live process holds it."""
        ...

    async def links(self, job: str) -> Sequence[Link]:
        """Every link of the job, whatever its status."""
        ...

    async def others(self, job: str, *, meetings: Collection[str] = (), outlook_ids: Collection[str] = ()) -> Sequence[Link]:
        """Living links of *other* jobs over any of these meetings or Outlook items: two users may have copies of one meeting."""
        ...

    async def sightings(self, job: str) -> Sequence[Sighting]:
        """The unlinked records last seen."""
        ...

    async def watermark(self, job: str, side: Side) -> Watermark | None: ...

    async def container(self, job: str) -> Container | None:
        """The Outlook folder that this job owns, once chosen."""
        ...

    async def keep_container(self, job: str, container: Container | None) -> None: ...

    async def begin_run(self, *, run: str, job: str, user: str, type: str, started: datetime) -> None: ...

    async def finish_run(self, report: RunReport) -> None: ...

    async def runs(self, job: str, limit: int = 20) -> Sequence[RunReport]:
        """The latest runs, newest first; unfinished ones left out."""
        ...

    async def intend(self, intents: Sequence[Intent]) -> None:
        """Write intents down, durably, before the call they announce."""
        ...

    async def open_intents(self, job: str) -> Sequence[Intent]:
        """Intents neither VERIFIED nor VOID, oldest first."""
        ...

    async def commit(self, commits: Sequence[Commit]) -> None:
        """Store all of them, or none."""
        ...

    async def advance(
        self,
        job: str,
        *,
        watermarks: Mapping[Side, Watermark],
        seen: Sequence[Sighting] = (),
        unseen: Sequence[tuple[Side, str]] = (),
        replace_sightings: Sequence[Side] = (),
    ) -> None:
        """Move watermarks, and with them the sightings they cover: `seen` are added or replaced, `unseen` removed.

        `replace_sightings` names sides that were enumerated in full: whatever is not in `seen` goes.
        """
        ...

    async def quarantine(self, job: str) -> Sequence[Quarantined]: ...

    async def keep_quarantine(
        self, job: str, *, put: Sequence[Quarantined] = (), lift: Sequence[tuple[Side, str]] = ()
    ) -> None: ...

    async def conflicts(self, job: str) -> Sequence[Conflict]: ...

    async def journal(self, run: str) -> Sequence[JournalEntry]: ...

    async def note(self, job: str, key: str, value: str) -> None:
        """Remember one word about a job (an approved plan's hash, the last listing's size)."""
        ...

    async def notes(self, job: str) -> Mapping[str, str]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """The mailbox that a GoPaaS login signed in with: tenant and object id, never the mail address (it can change)."""

    login: str
    tenant: str
    object_id: str
    home_account: str
    bound_at: datetime


class Accounts(Protocol):
    """Who is signed in. Token caches go in and out as bytes that the caller has encrypted."""

    async def binding(self, login: str) -> Binding | None: ...

    async def owner(self, tenant: str, object_id: str) -> str | None:
        """The login that this account is bound to."""
        ...

    async def bind(self, binding: Binding, cache: bytes) -> None:
        """Store both together. Raises AccessDenied when this mailbox already belongs to another login."""
        ...

    async def forget(self, login: str) -> bool:
        """Forget the login's mailbox with its tokens, and whatever lets a browser in as this login. False: there was none."""
        ...

    async def cache(self, login: str) -> bytes | None: ...

    async def keep_cache(self, login: str, cache: bytes) -> None: ...

    async def add_ticket(self, digest: str, login: str, expires: datetime) -> None:
        """A one-time connect link, by the hash of its secret."""
        ...

    async def peek_ticket(self, digest: str, now: datetime) -> str | None:
        """The login a live ticket is for."""
        ...

    async def take_ticket(self, digest: str, now: datetime) -> str | None:
        """The same, and the ticket is spent."""
        ...

    async def keep_flow(self, digest: str, flow: bytes, expires: datetime) -> None:
        """A sign-in in progress, by the hash of its state; `flow` is encrypted by the caller."""
        ...

    async def take_flow(self, digest: str, now: datetime) -> bytes | None:
        """The same, once only."""
        ...
