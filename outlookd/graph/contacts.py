"""A user's Outlook contacts as one side of a job: folders, changes, single contacts, writes.

Speaks `ports.FolderAdapter`. Knows which calls contacts need and what their answers are evidence of; decides nothing. Items
are addressed below the mailbox, not below the folder, so that a contact that somebody moved is found where it is now and not
taken for a deleted one (design rule 3).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from outlookd.core.container import Container
from outlookd.core.model import Side, Watermark
from outlookd.errors import ContainerMissing, NotFound, OutlookdError, RemoteError, Unintelligible, WatermarkExpired
from outlookd.graph.batch import MAX_ITEMS, Answered, Item, Refused, send_batch
from outlookd.graph.delta import items_of, parse_page
from outlookd.graph.errors import unintelligible
from outlookd.graph.links import trusted
from outlookd.graph.marker import EXPAND_MARKER, labelled, marker_filter, marker_of, stamped
from outlookd.graph.translation import translate_ids
from outlookd.ports import Absent, Done, Failed, Found, ListingEnd, Page, Reading, Unreadable, Write, WriteResult

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from outlookd.core.model import Payload, Span
    from outlookd.graph.batch import Reply
    from outlookd.graph.client import GraphClient
    from outlookd.graph.delta import DeltaPage

PAGE_SIZE: Final = "odata.maxpagesize=1000"
"""Asked for on every delta page. Never ``$top``: with delta it cuts the enumeration short (trap 21)."""

_LISTING_FROM = 61
"""With so many ids, listing the folder takes fewer requests than asking for each (20 to a batch)."""


class ContactsAdapter:
    """The contacts of one mailbox; `container` is the folder's id, empty until the engine has chosen one."""

    side = Side.OUTLOOK
    batch_size = MAX_ITEMS

    def __init__(self, client: GraphClient, *, container: str = "") -> None:
        self.container = container
        self.window: Span | None = None
        self._client = client
        self._contact_folders: dict[str, bool] = {}

    @property
    def requests(self) -> int:
        """HTTP requests sent through this adapter's client, a batch as one."""
        return self._client.requests

    # --- folders ---------------------------------------------------------------------------------------------------------

    async def containers(self) -> Sequence[Container]:
        """All contact folders with their marker; Graph leaves the default folder out (trap 18)."""
        path = self._client.path("contactFolders", top=250, expand=EXPAND_MARKER)
        return [_container(folder) async for folder in self._collection(path)]

    async def create_container(self, name: str, marker: str) -> Container:
        """Create a folder below the default one, stamped in the same request.

        Raises Rejected with code ``ErrorFolderExists`` when the name is taken, also by a folder that is hidden.
        """
        body = stamped({"displayName": name}, marker)
        folder = _container(await self._client.write("POST", self._client.path("contactFolders"), body))
        return Container(id=folder.id, name=folder.name, marker=marker, parent=folder.parent)

    async def stamp_container(self, id: str, marker: str) -> None:
        """Put our marker on a folder that exists."""
        await self._client.write("PATCH", self._client.path("contactFolders", id), stamped({}, marker))

    # --- reading ---------------------------------------------------------------------------------------------------------

    async def changes(self, since: Watermark | None, *, full: bool = False) -> AsyncIterator[Page]:
        """The folder's changes since the watermark, or all its contacts. Payloads carry no marker: delta cannot show it.

        Only a new feed shows all contacts, so `full` begins one: a folder has no window, and a feed over it costs what a listing
        does.

        The watermark of a first listing has `full_at` set to when it began; later ones keep it. The end says `complete`,
        because a listing that broke off raises instead. Raises WatermarkExpired, ContainerMissing.
        """
        link = since.cursor if since is not None and not full else ""
        full_at = since.full_at if since is not None and link else self._client.clock.now()
        snapshot = not link
        page = await self._first_page(link)
        while page.next:
            yield Page(payloads=page.payloads, removed=page.removed)
            page = await self._page(page.next)
        end = ListingEnd(watermark=Watermark(cursor=page.delta, full_at=full_at), snapshot=snapshot, complete=True)
        yield Page(payloads=page.payloads, removed=page.removed, end=end)

    async def read(self, ids: Sequence[str]) -> Mapping[str, Reading]:
        """Each contact as it is now, marker included, wherever in the mailbox it is.

        Absent needs two answers of the same call: Graph's "no such item", and our folder read without trouble. Whether a
        contact carries a photo is asked separately, see `attachments`. Raises ContainerMissing when our folder is gone: its
        contacts are then missing for a reason that a person must judge.
        """
        wanted = list(dict.fromkeys(ids))
        readings: dict[str, Reading] = await self._listed(wanted) if len(wanted) >= _LISTING_FROM else {}
        items = [
            Item(ref=key, method="GET", path=self._client.path("contacts", key, expand=EXPAND_MARKER))
            for key in wanted
            if key not in readings
        ]
        replies = await send_batch(self._client, items)
        absence = await self._absence(replies)
        readings |= {key: self._reading(reply, absence) for key, reply in replies.items()}
        return {key: await self._unless_deleted(reading) for key, reading in readings.items()}

    async def attachments(self, ids: Sequence[str]) -> Mapping[str, bool]:
        """Whether each contact carries a photo, which is something a person added and no payload shows.

        Asked before a deletion, so an id that Graph would not answer for counts as carrying one: a contact kept by mistake is
        seen, a lost photo is not. Asked one by one, because "no photo" is a 404 and would break a chain at every step.
        """
        carried: dict[str, bool] = {}
        for key in ids:
            try:
                await self._client.get(self._client.path("contacts", key, "photo"))
            except NotFound:
                carried[key] = False
            except RemoteError as error:
                if not error.retryable and not isinstance(error, Unintelligible):
                    raise
                carried[key] = True
            else:
                carried[key] = True
        return carried

    async def translate(self, ids: Sequence[str]) -> Mapping[str, str]:
        """Older ids as immutable ones, as far as Graph can tell."""
        return await translate_ids(self._client, ids)

    async def find(self, marker: str, id: str) -> Sequence[Payload]:  # noqa: ARG002 - the key is GoPaaS's idempotency mark
        """The contacts of our folder that carry exactly this marker: after a crash, whether a create happened."""
        members = self._members(top=100, filter=marker_filter(marker))
        return [labelled(item, marker) async for item in members if marker_of(item) == marker]

    # --- writing ---------------------------------------------------------------------------------------------------------

    async def write(self, writes: Sequence[Write]) -> Sequence[WriteResult]:
        """Send the writes in order, as one chained batch.

        The results of creates and restamps carry the marker just written; those of other updates none, because Graph's
        answer to a write does not show it.
        """
        replies = await send_batch(self._client, [self._item(write) for write in writes])
        return [_result(write, replies[write.ref]) for write in writes]

    def _item(self, write: Write) -> Item:
        body = stamped(write.payload, write.marker) if write.marker else write.payload
        match write.op:
            case "create":
                path = self._client.path("contactFolders", self.container, "contacts")
                return Item(ref=write.ref, method="POST", path=path, body=body)
            case "update":
                path = self._client.path("contacts", write.id)
                return Item(ref=write.ref, method="PATCH", path=path, body=body, version=write.version)
            case "delete":
                return Item(ref=write.ref, method="DELETE", path=self._client.path("contacts", write.id), version=write.version)

    # --- the steps -------------------------------------------------------------------------------------------------------

    async def _first_page(self, link: str) -> DeltaPage:
        if link:
            try:
                trusted(link, self._client.root)
            except Unintelligible as error:
                # The settings name another Graph than the one this watermark came from.
                raise WatermarkExpired("The watermark belongs to another Graph.", service="graph", code=error.code) from error
            return await self._page(link)
        path = self._client.path("contactFolders", self.container, "contacts", "delta")
        try:
            return parse_page(await self._client.get(path, prefer=[PAGE_SIZE]))
        except NotFound:
            await self._check_folder()
            raise

    async def _page(self, link: str) -> DeltaPage:
        try:
            return parse_page(await self._client.follow(link, prefer=[PAGE_SIZE]), link=link)
        except NotFound as error:
            await self._check_folder()
            # The folder is there, only this token is not known any more (trap 32): after a mailbox move, for instance.
            raise WatermarkExpired(
                "Graph no longer knows this delta link.", service="graph", status=error.status, code=error.code
            ) from error

    async def _check_folder(self) -> None:
        """Read our folder: the canary that the mailbox is healthy. Raises ContainerMissing when the folder is gone."""
        try:
            await self._client.get(self._client.path("contactFolders", self.container))
        except NotFound as error:
            raise ContainerMissing(
                "The Outlook contacts folder of this job no longer exists.",
                hint="Nothing was deleted. Restore the folder in Outlook, or allow outlookd to create a new one.",
            ) from error

    async def _absence(self, replies: Mapping[str, Reply]) -> Reading:
        """What "no such item" means right now: Absent when the folder can be read, else Unreadable."""
        if not any(isinstance(reply, Refused) and isinstance(reply.error, NotFound) for reply in replies.values()):
            return Absent()
        try:
            await self._check_folder()
        except RemoteError as error:
            return Unreadable(error=error)
        return Absent()

    def _reading(self, reply: Reply, absence: Reading) -> Reading:
        match reply:
            case Answered(payload=payload) if isinstance(payload.get("id"), str):
                return Found(
                    payload=labelled(payload, marker_of(payload)), elsewhere=payload.get("parentFolderId") != self.container
                )
            case Answered():
                return Unreadable(error=unintelligible("a contact has no id"))
            case Refused(error=NotFound()):
                return absence
            case Refused(error=error):
                return Unreadable(error=error)

    async def _unless_deleted(self, reading: Reading) -> Reading:
        """Absent for a contact that lies where no contact folder is: in Deleted Items, where an immutable id may still find it.

        Without this a deletion would look like a person's moving the contact away. A folder is asked about once per run.
        """
        if not isinstance(reading, Found) or not reading.elsewhere:
            return reading
        parent = str(reading.payload.get("parentFolderId") or "")
        if parent not in self._contact_folders:
            try:
                await self._client.get(self._client.path("contactFolders", parent))
            except NotFound:
                self._contact_folders[parent] = False
            except RemoteError as error:
                return Unreadable(error=error)
            else:
                self._contact_folders[parent] = True
        return reading if self._contact_folders[parent] else Absent()

    async def _listed(self, wanted: Sequence[str]) -> dict[str, Reading]:
        missing = set(wanted)
        found: dict[str, Reading] = {}
        async for item in self._members(top=999):
            if item.get("id") in missing:
                found[item["id"]] = Found(payload=labelled(item, marker_of(item)))
        return found

    async def _members(self, **options: str | int) -> AsyncIterator[Payload]:
        """Our folder's contacts with their markers, narrowed by OData `options`. Raises ContainerMissing."""
        path = self._client.path("contactFolders", self.container, "contacts", expand=EXPAND_MARKER, **options)
        try:
            async for item in self._collection(path):
                yield item
        except NotFound:
            await self._check_folder()
            raise

    async def _collection(self, path: str) -> AsyncIterator[Payload]:
        """Every item of a collection, page after page. Raises Unintelligible when a page points at one already read."""
        body = await self._client.get(path)
        seen = set[str]()
        while True:
            for item in items_of(body):
                yield item
            link = body.get("@odata.nextLink")
            if not link:
                return
            if not isinstance(link, str) or link in seen:
                raise unintelligible("the pages of a collection go round in a circle")
            seen.add(link)
            body = await self._client.follow(link)


def _container(folder: Payload) -> Container:
    match folder.get("id"):
        case str(id) if id:
            name, parent = folder.get("displayName"), folder.get("parentFolderId")
            return Container(id=id, name=str(name or ""), marker=marker_of(folder), parent=str(parent or ""))
        case _:
            raise unintelligible("a folder has no id")


def _result(write: Write, reply: Reply) -> WriteResult:
    match reply:
        case Refused(error=error) if write.op == "delete" and _is_gone(error):
            return Done(ref=write.ref, id=write.id)
        case Refused(error=error, ambiguous=ambiguous):
            return Failed(ref=write.ref, error=error, ambiguous=ambiguous)
        case Answered(payload=payload) if isinstance(payload.get("id"), str):
            return Done(ref=write.ref, id=payload["id"], payload=labelled(payload, write.marker))
        case Answered() if write.op == "create":
            return Failed(ref=write.ref, error=unintelligible("a created contact has no id"), ambiguous=True)
        case Answered():
            return Done(ref=write.ref, id=write.id)


def _is_gone(error: OutlookdError) -> bool:
    """What a delete wanted is the case already: 404 for this item, or 410 (graph.md 6.3)."""
    return isinstance(error, NotFound | WatermarkExpired)
