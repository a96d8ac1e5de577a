"""A user's Outlook contacts as one side of a job: folders, changes, single contacts, writes.

Speaks `ports.FolderAdapter`. Knows which calls contacts need and what their answers are evidence of; decides nothing. Items
are addressed below the mailbox, not below the folder, so that a contact that somebody moved is found where it is now and not
taken for a deleted one (design rule 3).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from outlookd.core.container import Container
from outlookd.core.model import Side, Watermark
from outlookd.errors import NotFound, RemoteError, Unintelligible
from outlookd.graph.batch import MAX_ITEMS, Answered, Item, Refused, send_batch
from outlookd.graph.errors import unintelligible
from outlookd.graph.evidence import Evidence, result_of
from outlookd.graph.feed import Feed
from outlookd.graph.marker import EXPAND_MARKER, EXPAND_SEAL, labelled, marker_filter, marker_of, seal_of, sealed, stamped
from outlookd.graph.paging import Pager
from outlookd.graph.translation import translate_ids
from outlookd.ports import Found, ListingEnd, Page, Reading, Unreadable, Write, WriteResult

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from outlookd.core.model import Payload, Span
    from outlookd.graph.batch import Reply
    from outlookd.graph.client import GraphClient

_FEED_PAGE: Final = 1000
"""Asked for on every delta page, by header. Never ``$top``: with delta it cuts the enumeration short (trap 21)."""

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
        self._evidence = Evidence(client, "contactFolders")

    @property
    def requests(self) -> int:
        """HTTP requests sent through this adapter's client, a batch as one."""
        return self._client.requests

    # --- folders ---------------------------------------------------------------------------------------------------------

    async def containers(self) -> Sequence[Container]:
        """All contact folders with their marker; Graph leaves the default folder out (trap 18)."""
        return [_container(folder) async for folder in self._collection("contactFolders", top=250, expand=EXPAND_SEAL)]

    async def create_container(self, name: str, marker: str, seal: str = "") -> Container:
        """Create a folder below the default one, stamped and sealed in the same request.

        Raises Rejected with code ``ErrorFolderExists`` when the name is taken, also by a folder that is hidden.
        """
        body = stamped({"displayName": name}, marker, seal)
        folder = _container(await self._client.write("POST", self._client.path("contactFolders"), body))
        return Container(id=folder.id, name=folder.name, marker=marker, parent=folder.parent, seal=seal)

    async def stamp_container(self, id: str, marker: str) -> None:
        """Put our marker on a folder that exists."""
        await self._client.write("PATCH", self._client.path("contactFolders", id), stamped({}, marker))

    async def read_seal(self, id: str) -> str:
        """The seal on a folder; none when it is gone, which whoever reads or writes there finds out."""
        try:
            return seal_of(await self._client.get(self._client.path("contactFolders", id, expand=EXPAND_SEAL)))
        except NotFound:
            return ""

    async def seal_container(self, id: str, seal: str) -> None:
        """Put a seal on a folder."""
        await self._client.write("PATCH", self._client.path("contactFolders", id), sealed(seal))

    # --- reading ---------------------------------------------------------------------------------------------------------

    async def changes(self, since: Watermark | None, *, full: bool = False) -> AsyncIterator[Page]:
        """The folder's changes since the watermark, or all its contacts. Payloads carry no marker: delta cannot show it.

        Only a new feed shows all contacts, so `full` begins one. The watermark of such a listing has `full_at` set to when it
        began; later ones keep it. The end says `complete`, because a listing that broke off raises instead. Raises
        WatermarkExpired, ContainerMissing.
        """
        link = since.cursor if since is not None and not full else ""
        full_at = since.full_at if since is not None and link else self._client.clock.now()
        feed = Feed(self._pager(_FEED_PAGE), self._client.root, self._check_folder)
        path = self._client.path("contactFolders", self.container, "contacts", "delta")
        async for page in feed.resume(link) if link else feed.begin(path):
            mark = Watermark(cursor=page.delta, full_at=full_at)
            end = ListingEnd(watermark=mark, snapshot=not link, complete=True) if page.delta else None
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
        replies = await send_batch(self._client, items, canary=self._evidence.canary(self.container))
        absence = await self._evidence.absence(self.container, replies)
        return readings | {key: await self._reading(reply, absence) for key, reply in replies.items()}

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
        """Older ids as immutable ones, "" for what is in no mailbox of ours; what Graph gives no answer for is left out."""
        return await translate_ids(self._client, ids, self.read)

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
        return [result_of(write, replies[write.ref]) for write in writes]

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

    async def _check_folder(self) -> None:
        await self._evidence.check(self.container)

    async def _reading(self, reply: Reply, absence: Reading) -> Reading:
        match reply:
            case Answered(payload=payload) if isinstance(payload.get("id"), str):
                home = str(payload.get("parentFolderId") or "")
                found = Found(payload=labelled(payload, marker_of(payload)), elsewhere=home != self.container)
                return await self._evidence.unless_deleted(found, home) if found.elsewhere else found
            case Answered():
                return Unreadable(error=unintelligible("a contact has no id"))
            case Refused(error=NotFound()):
                return absence
            case Refused(error=error):
                return Unreadable(error=error)

    async def _listed(self, wanted: Sequence[str]) -> dict[str, Reading]:
        missing = set(wanted)
        found: dict[str, Reading] = {}
        async for item in self._members(top=999):
            if item.get("id") in missing:
                found[item["id"]] = Found(payload=labelled(item, marker_of(item)))
        return found

    async def _members(self, top: int, **options: str) -> AsyncIterator[Payload]:
        """Our folder's contacts with their markers, narrowed by OData `options`. Raises ContainerMissing."""
        try:
            async for item in self._collection("contactFolders", self.container, "contacts", top=top, **options):
                yield item
        except NotFound:
            await self._check_folder()
            raise

    async def _collection(self, *segments: str, top: int, expand: str = EXPAND_MARKER, **options: str) -> AsyncIterator[Payload]:
        """Every item of a collection with its marker, page after page."""
        pager = self._pager(top)
        first = await pager.first(lambda size: self._client.path(*segments, top=size, expand=expand, **options))
        async for items in pager.pages(first):
            for item in items:
                yield item

    def _pager(self, size: int) -> Pager:
        """A reader of pages of one size: contacts have no series that could make one too heavy."""
        return Pager(self._client, size=size, smallest=size)


def _container(folder: Payload) -> Container:
    match folder.get("id"):
        case str(id) if id:
            name, parent = folder.get("displayName"), folder.get("parentFolderId")
            return Container(id=id, name=str(name or ""), marker=marker_of(folder), parent=str(parent or ""), seal=seal_of(folder))
        case _:
            raise unintelligible("a folder has no id")
