"""One of a user's calendars as one side of a job: changes, single events, writes.

Speaks `ports.FolderAdapter`. Hands out single events, occurrences and exceptions as Graph shows them in UTC. Knows which calls a
calendar needs and what their answers are evidence of; what an event is, and what may be done with it, is the handler's and the
core's to say. Events are addressed below the mailbox, not below the calendar, so that one that somebody moved is found where it
is now (design rule 3).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from outlookd.core.container import Container
from outlookd.core.model import Side
from outlookd.errors import NotFound, RemoteError, Unintelligible
from outlookd.graph.batch import MAX_ITEMS, Answered, Item, Refused, send_batch
from outlookd.graph.calendar_changes import CalendarChanges
from outlookd.graph.calendar_cursor import load_cursor
from outlookd.graph.errors import unintelligible
from outlookd.graph.event_writes import forbidden, item_of, outcome_of
from outlookd.graph.evidence import Evidence
from outlookd.graph.marker import EXPAND_MARKER, EXPAND_SEAL, labelled, marker_filter, marker_of, seal_of, sealed
from outlookd.graph.paging import Pager
from outlookd.graph.series import UTC_TIMES
from outlookd.graph.translation import translate_ids
from outlookd.ports import Found, Page, Reading, Unreadable, Write, WriteResult

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from outlookd.core.model import Payload, Span, Watermark
    from outlookd.graph.batch import Reply
    from outlookd.graph.client import GraphClient

_EXPAND = f"{EXPAND_MARKER},calendar($select=id)"
"""For events read by id: only the calendar that one is in tells whether it was moved."""


class EventsAdapter:
    """The events of one calendar; `container` is its id, empty until the engine has chosen one.

    `window` is the part of time to read, margin included; it must be set before `changes`.
    """

    side = Side.OUTLOOK
    batch_size = MAX_ITEMS

    def __init__(self, client: GraphClient, *, container: str = "", window: Span | None = None) -> None:
        self.container = container
        self.window = window
        self._client = client
        self._evidence = Evidence(client, "calendars")

    @property
    def requests(self) -> int:
        """HTTP requests sent through this adapter's client, a batch as one."""
        return self._client.requests

    # --- calendars -------------------------------------------------------------------------------------------------------

    async def containers(self) -> Sequence[Container]:
        """All calendars of the mailbox. None shows a marker: see `stamp_container`."""
        pager = Pager(self._client, size=100)
        first = await pager.first(lambda size: self._client.path("calendars", top=size, expand=EXPAND_SEAL))
        return [_container(calendar) async for calendars in pager.pages(first) for calendar in calendars]

    async def create_container(self, name: str, marker: str, seal: str = "") -> Container:  # noqa: ARG002 - see `stamp_container`
        """Create a calendar that a person asked for. Raises Rejected with code ``ErrorFolderExists`` when the name is taken."""
        return _container(await self._client.write("POST", self._client.path("calendars"), {"name": name}))

    async def stamp_container(self, id: str, marker: str) -> None:
        """Nothing: a calendar is its owner's and is known by its id. Folders are stamped because they are ours as a whole."""

    async def read_seal(self, id: str) -> str:
        """The seal on a calendar; none when it is gone, which whoever reads or writes there finds out."""
        try:
            return seal_of(await self._client.get(self._client.path("calendars", id, expand=EXPAND_SEAL)))
        except NotFound:
            return ""

    async def seal_container(self, id: str, seal: str) -> None:
        """Put a seal on a calendar, the user's own included: it says who writes there, not whose it is."""
        await self._client.write("PATCH", self._client.path("calendars", id), sealed(seal))

    # --- reading ---------------------------------------------------------------------------------------------------------

    async def changes(self, since: Watermark | None, *, full: bool = False) -> AsyncIterator[Page]:
        """What changed in the window since the watermark, or everything in it. Of these, the feed's single events show no marker.

        `full` lists the window and goes on with the feed that there is; so does a watermark that never ended a listing.
        Without a feed that serves, because the window has slid out of it or Graph has forgotten it, the window is listed as
        well, and another one begun at most once a day. The end is not complete when a series could not be read.
        Raises ContainerMissing, WatermarkExpired for what is no cursor of ours, and ValueError when no window was set.
        """
        wanted = self.window
        if wanted is None:
            raise ValueError("a calendar is read by its window, and none was set")
        cursor = load_cursor(since.cursor) if since is not None and since.cursor else None
        reading = CalendarChanges(self._client, self.container, self._check)
        if since is None or cursor is None or full or since.full_at is None or not cursor.covers(wanted):
            pages = reading.everything(wanted, cursor, may_begin=since is not None or not full)
        else:
            pages = reading.since(since, cursor, wanted)
        async for page in pages:
            yield page

    async def read(self, ids: Sequence[str]) -> Mapping[str, Reading]:
        """Each event as it is now, marker included, whichever calendar it is in.

        Absent needs two answers of the same call: Graph's "no such item", and our calendar read without trouble. The master of a
        series is found elsewhere, since no listing shows it: a single event that was made to repeat has become one. Raises
        ContainerMissing when our calendar is gone.
        """
        items = [
            Item(ref=key, method="GET", path=self._client.path("events", key, expand=_EXPAND), prefer=(UTC_TIMES,))
            for key in dict.fromkeys(ids)
        ]
        replies = await send_batch(self._client, items, canary=self._evidence.canary(self.container))
        absence = await self._evidence.absence(self.container, replies)
        return {key: await self._reading(reply, absence) for key, reply in replies.items()}

    async def find(self, marker: str, id: str) -> Sequence[Payload]:  # noqa: ARG002 - the key is GoPaaS's idempotency mark
        """The events of our calendar that carry exactly this marker: after a crash, whether a create happened."""
        options = {"filter": marker_filter(marker), "expand": EXPAND_MARKER}
        pager = Pager(self._client, size=100, prefer=(UTC_TIMES,))
        try:
            first = await pager.first(lambda size: self._client.path("calendars", self.container, "events", top=size, **options))
            return [labelled(item, marker) async for items in pager.pages(first) for item in items if marker_of(item) == marker]
        except NotFound:
            await self._check()
            raise

    async def translate(self, ids: Sequence[str]) -> Mapping[str, str]:
        """Older ids as immutable ones, "" for what is in no mailbox of ours; what Graph gives no answer for is left out."""
        return await translate_ids(self._client, ids, self.read)

    async def attachments(self, ids: Sequence[str]) -> Mapping[str, bool]:
        """Whether each event carries a file, which a person must have added: we attach none.

        Asked before a deletion, so an id that Graph would not answer for counts as carrying one. Raises what concerns more than
        one event.
        """
        items = [
            Item(ref=key, method="GET", path=self._client.path("events", key, select="hasAttachments"))
            for key in dict.fromkeys(ids)
        ]
        replies = await send_batch(self._client, items)
        return {key: _has_attachments(reply) for key, reply in replies.items()}

    # --- writing ---------------------------------------------------------------------------------------------------------

    async def write(self, writes: Sequence[Write]) -> Sequence[WriteResult]:
        """Send the writes in order, as one chained batch; one that names attendees is not sent at all (design rule 7).

        The results of creates and restamps carry the marker just written; those of other updates none, because Graph's answer to
        a write does not show it.
        """
        refusals = {write.ref: refusal for write in writes if (refusal := forbidden(write)) is not None}
        items = [item_of(write, self._client, self.container) for write in writes if write.ref not in refusals]
        replies = await send_batch(self._client, items)
        return [refusals.get(write.ref) or outcome_of(write, replies[write.ref]) for write in writes]

    # --- the steps -------------------------------------------------------------------------------------------------------

    async def _check(self) -> None:
        await self._evidence.check(self.container)

    async def _reading(self, reply: Reply, absence: Reading) -> Reading:
        match reply:
            case Answered(payload=payload) if isinstance(payload.get("id"), str):
                return await self._found(payload)
            case Answered():
                return Unreadable(error=unintelligible("an event has no id"))
            case Refused(error=NotFound()):
                return absence
            case Refused(error=error):
                return Unreadable(error=error)

    async def _found(self, payload: Payload) -> Reading:
        """An event, without the calendar that was asked for along with it, since no listing shows that.

        One that names none is taken to be ours: leaving it alone for good would be worse than going on with it.
        """
        calendar = payload.get("calendar")
        home = str(calendar.get("id") or "") if isinstance(calendar, dict) else ""
        moved = home not in {"", self.container}
        plain = {name: value for name, value in payload.items() if name.partition("@")[0] != "calendar"}
        outside = moved or plain.get("type") == "seriesMaster"
        found = Found(payload=labelled(plain, marker_of(plain)), elsewhere=outside)
        return await self._evidence.unless_deleted(found, home) if moved else found


def _container(calendar: Payload) -> Container:
    match calendar.get("id"):
        case str(id) if id:
            default = calendar.get("isDefaultCalendar") is True
            return Container(id=id, name=str(calendar.get("name") or ""), default=default, seal=seal_of(calendar))
        case _:
            raise unintelligible("a calendar has no id")


def _has_attachments(reply: Reply) -> bool:
    match reply:
        case Answered(payload=payload):
            return payload.get("hasAttachments") is not False
        case Refused(error=NotFound()):
            return False
        case Refused(error=RemoteError() as error) if error.retryable or isinstance(error, Unintelligible):
            return True
        case Refused(error=error):
            raise error
