"""The two sides of a job, behind one protocol each: all I/O, no decision about meaning."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Protocol

from outlookd.core.container import Container
from outlookd.core.model import Payload, Side, Span, Watermark
from outlookd.ports.reading import Page, Reading
from outlookd.ports.writing import Write, WriteResult


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
        """All contact folders with name, marker and seal, without the default one (Graph does not list it); or all calendars."""
        ...

    async def create_container(self, name: str, marker: str, seal: str = "") -> Container:
        """Create the folder, stamped and sealed in the same request.

        Raises Rejected with code ``ErrorFolderExists`` when the name is taken.
        """
        ...

    async def stamp_container(self, id: str, marker: str) -> None:
        """Put our marker on an existing folder."""
        ...

    async def read_seal(self, id: str) -> str:
        """The seal on a folder or calendar (`core.seal`); empty when it carries none, or is gone."""
        ...

    async def seal_container(self, id: str, seal: str) -> None:
        """Put a seal on a folder or calendar, in place of the one that it carries. Its marker stays."""
        ...
