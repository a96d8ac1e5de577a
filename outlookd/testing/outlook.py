"""Outlook in memory: contact folders, items with etags, a change feed without markers, soft rules as Graph has them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from outlookd.core.container import Container
from outlookd.core.model import Payload, Side, Span, Watermark
from outlookd.errors import ContainerMissing, NotFound, Rejected, Stale, Unreachable, WatermarkExpired
from outlookd.ports import Absent, Done, Failed, Found, ListingEnd, Page, Reading, Write, WriteResult
from outlookd.testing.crash import Crasher

MARKER_KEY = "outlookd.marker"


@dataclass(slots=True, kw_only=True)
class Item:
    """One contact: its folder, its body, the hidden stamp, and its place in the order of changes."""

    folder: str
    body: dict[str, Any]
    etag: int
    marker: str = ""
    photo: bool = False


@dataclass(slots=True, kw_only=True)
class MemoryOutlook:
    """Implements `ports.FolderAdapter`, and is at the same time the mailbox that a test edits as "the person at Outlook".

    `expire()` forgets all change tokens (410). `lose_answers` is how many coming batches take effect without anybody learning
    it. `lagging` ids are not shown by the change feed yet. `gone` says when which id left which folder.
    """

    crasher: Crasher = field(default_factory=Crasher)
    side: Side = Side.OUTLOOK
    batch_size: int = 20
    container: str = ""
    window: Span | None = None
    requests: int = 0
    folders: dict[str, Container] = field(default_factory=dict)
    items: dict[str, Item] = field(default_factory=dict)
    gone: dict[tuple[str, str], int] = field(default_factory=dict)
    lagging: set[str] = field(default_factory=set)
    lose_answers: int = 0
    clock: int = 0
    epoch: int = 0

    # --- the person at Outlook

    def add(self, folder: str, body: Mapping[str, Any], *, marker: str = "") -> str:
        """A person makes (or copies) a contact; returns its id."""
        self.clock += 1
        id = f"item-{self.clock}"
        self.items[id] = Item(folder=folder, body=dict(body), etag=self.clock, marker=marker)
        return id

    def edit(self, id: str, **changes: Any) -> None:
        """A person edits a contact."""
        self.clock += 1
        item = self.items[id]
        item.body.update(changes)
        item.etag = self.clock

    def churn(self, id: str) -> None:
        """Exchange touches an item without changing anything (graph.md 2.10)."""
        self.edit(id)

    def delete(self, id: str) -> None:
        """A person deletes a contact."""
        self.clock += 1
        self.gone[self.items.pop(id).folder, id] = self.clock

    def move(self, id: str, folder: str) -> None:
        """A person moves a contact to another folder."""
        self.clock += 1
        item = self.items[id]
        self.gone[item.folder, id] = self.clock
        item.folder, item.etag = folder, self.clock

    def add_folder(self, name: str, *, marker: str = "") -> str:
        """A person makes a folder; returns its id. Raises Rejected when the name is taken, in whatever case."""
        if any(folder.name.casefold() == name.casefold() for folder in self.folders.values()):
            raise Rejected("the name is taken", service="graph", status=409, code="ErrorFolderExists")
        self.clock += 1
        id = f"folder-{self.clock}"
        self.folders[id] = Container(id=id, name=name, marker=marker, parent="root")
        return id

    def delete_folder(self, id: str) -> None:
        """A person deletes a folder with all that is in it."""
        del self.folders[id]
        for item in [key for key, item in self.items.items() if item.folder == id]:
            del self.items[item]

    def expire(self) -> None:
        """Every change token is forgotten."""
        self.epoch += 1

    # --- ports.FolderAdapter

    async def containers(self) -> Sequence[Container]:
        self.requests += 1
        return list(self.folders.values())

    async def create_container(self, name: str, marker: str, seal: str = "") -> Container:
        self.crasher.pass_moment()
        self.requests += 1
        id = self.add_folder(name, marker=marker)
        self.folders[id] = replace(self.folders[id], seal=seal)
        self.crasher.pass_moment()
        return self.folders[id]

    async def stamp_container(self, id: str, marker: str) -> None:
        self.requests += 1
        if id not in self.folders:
            raise NotFound("no such folder", service="graph", status=404, code="ErrorItemNotFound")
        self.folders[id] = replace(self.folders[id], marker=marker)

    async def read_seal(self, id: str) -> str:
        self.requests += 1
        return self.folders[id].seal if id in self.folders else ""

    async def seal_container(self, id: str, seal: str) -> None:
        self.requests += 1
        if id not in self.folders:
            raise NotFound("no such folder", service="graph", status=404, code="ErrorItemNotFound")
        self.folders[id] = replace(self.folders[id], seal=seal)
        self.crasher.pass_moment()

    async def translate(self, ids: Sequence[str]) -> Mapping[str, str]:
        """Nothing to translate: contacts never were remembered by an id of the older kind."""
        return dict.fromkeys(ids, "")

    async def attachments(self, ids: Sequence[str]) -> Mapping[str, bool]:
        self.requests += 1
        return {id: id in self.items and self.items[id].photo for id in ids}

    async def changes(self, since: Watermark | None, *, full: bool = False) -> AsyncIterator[Page]:
        self.requests += 1
        self._require_folder()
        started = full or since is None or not since.cursor
        epoch, seen = map(int, since.cursor.split("-")) if since and not started else (self.epoch, 0)
        if epoch != self.epoch:
            raise WatermarkExpired("the token is forgotten", service="graph", status=410, code="SyncStateNotFound")
        fresh = sorted((i.etag, id) for id, i in self.items.items() if i.folder == self.container and i.etag > seen)
        shown = [(etag, id) for etag, id in fresh if id not in self.lagging]
        removed = [id for (folder, id), at in self.gone.items() if folder == self.container and at > seen and not started]
        # A lagging item comes later: the cursor may not pass it.
        hidden = [etag for etag, id in fresh if id in self.lagging]
        cursor = min(hidden) - 1 if hidden else self.clock
        end = ListingEnd(watermark=Watermark(cursor=f"{self.epoch}-{cursor}"), snapshot=started, complete=True)
        still = [id for id in removed if id not in self.items or self.items[id].folder != self.container]
        yield Page(payloads=tuple(self._payload(id) for _, id in shown), removed=tuple(still), end=end)

    async def read(self, ids: Sequence[str]) -> Mapping[str, Reading]:
        self.requests += 1
        if any(id not in self.items for id in ids):
            self._require_folder()
        return {id: self._reading(id) for id in ids}

    async def find(self, marker: str, id: str) -> Sequence[Payload]:
        del id
        self.requests += 1
        self._require_folder()
        return [
            self._payload(key, marked=True) for key, i in self.items.items() if i.marker == marker and i.folder == self.container
        ]

    async def write(self, writes: Sequence[Write]) -> Sequence[WriteResult]:
        self.crasher.pass_moment()
        self.requests += 1
        results = [self._write(write) for write in writes]
        self.crasher.pass_moment()
        if self.lose_answers:
            self.lose_answers -= 1
            lost = Unreachable("the answer was lost", service="graph")
            return [Failed(ref=write.ref, error=lost, ambiguous=True) for write in writes]
        return results

    def _write(self, write: Write) -> WriteResult:
        match write.op:
            case "create" if self.container not in self.folders:
                return Failed(
                    ref=write.ref, error=NotFound("no such folder", service="graph", status=404, code="ErrorItemNotFound")
                )
            case "create":
                id = self.add(self.container, write.payload, marker=write.marker)
                return Done(ref=write.ref, id=id, payload=self._payload(id, marked=True))
            case "delete" if write.id not in self.items:
                return Done(ref=write.ref, id=write.id)
            case _ if write.id not in self.items:
                return Failed(ref=write.ref, error=NotFound("no such item", service="graph", status=404, code="ErrorItemNotFound"))
            case _ if write.version and write.version != str(self.items[write.id].etag):
                return Failed(
                    ref=write.ref, error=Stale("it changed", service="graph", status=412, code="ErrorIrresolvableConflict")
                )
            case "delete":
                self.delete(write.id)
                return Done(ref=write.ref, id=write.id)
            case "update":
                self.edit(write.id, **write.payload)
                self.items[write.id].marker = write.marker or self.items[write.id].marker
                # Graph's answer to a PATCH shows no stamp: only one that was just written is known.
                return Done(ref=write.ref, id=write.id, payload=self._payload(write.id, marked=bool(write.marker)))

    def _require_folder(self) -> None:
        if self.container not in self.folders:
            raise ContainerMissing("the folder is gone")

    def _reading(self, id: str) -> Reading:
        if id not in self.items:
            return Absent()
        return Found(payload=self._payload(id, marked=True), elsewhere=self.items[id].folder != self.container)

    def _payload(self, id: str, *, marked: bool = False) -> Payload:
        item = self.items[id]
        payload = {**item.body, "id": id, "@odata.etag": str(item.etag), "parentFolderId": item.folder}
        return {**payload, MARKER_KEY: item.marker} if marked and item.marker else payload
