"""What an answer proves about an item: that it is gone, that it lives elsewhere, or nothing.

The same for contacts in their folder and events in their calendar. "No such item" proves something only while the mailbox is
demonstrably healthy (design rule 3, trap 25), and an item in Deleted Items is not one that a person moved.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from outlookd.errors import ContainerMissing, NotFound, OutlookdError, RemoteError, WatermarkExpired
from outlookd.graph.batch import Answered, Item, Refused, is_not_found
from outlookd.graph.errors import unintelligible
from outlookd.graph.marker import answered
from outlookd.ports import Absent, Done, Failed, Found, Reading, Unreadable, Write, WriteResult

if TYPE_CHECKING:
    from outlookd.graph.batch import Reply
    from outlookd.graph.client import GraphClient

_GONE = {
    "contactFolders": (
        "The Outlook contacts folder of this job no longer exists.",
        "Nothing was deleted. Restore the folder in Outlook, or allow outlookd to create a new one.",
    ),
    "calendars": (
        "The Outlook calendar of this job no longer exists.",
        "Nothing was deleted. Restore the calendar in Outlook, or name another one for this job.",
    ),
}


_CANARY: Final = "canary"
"""Its name in a batch. No id of Graph's looks like that."""


class Evidence:
    """Weighs answers about the items of one mailbox that live in containers of this kind."""

    def __init__(self, client: GraphClient, kind: Literal["contactFolders", "calendars"]) -> None:
        self._client = client
        self._kind = kind
        self._known: dict[str, bool] = {}

    async def check(self, container: str) -> None:
        """Read our container: the canary that the mailbox is healthy. Raises ContainerMissing when it is gone."""
        try:
            await self._client.get(self._client.path(self._kind, container))
        except NotFound as error:
            message, hint = _GONE[self._kind]
            raise ContainerMissing(message, hint=hint) from error

    def canary(self, container: str) -> Item:
        """The same as `check`, as an item of a batch of reads, whose answer `absence` takes."""
        return Item(ref=_CANARY, method="GET", path=self._client.path(self._kind, container))

    async def absence(self, container: str, replies: dict[str, Reply]) -> Reading:
        """What "no such item" means right now: Absent when our container can be read, else Unreadable.

        Takes the canary's answer out of `replies`. Asks only when one of them says so and the canary did not travel along. Raises
        ContainerMissing: its items are then missing for a reason that a person must judge.
        """
        match replies.pop(_CANARY, None):
            case Answered():
                return Absent()
            case Refused(error=error) if not isinstance(error, NotFound):
                return Unreadable(error=error)
            case _:
                return await self._asked(container) if any(map(is_not_found, replies.values())) else Absent()

    async def _asked(self, container: str) -> Reading:
        try:
            await self.check(container)
        except RemoteError as error:
            return Unreadable(error=error)
        return Absent()

    async def unless_deleted(self, found: Found, home: str) -> Reading:
        """`found`, or Absent if its `home` is no container of this kind: it is then in Deleted Items.

        There an immutable id may still find it, and its deletion would look like a person's moving it away. A container is asked
        about once per run.
        """
        if home not in self._known:
            try:
                await self._client.get(self._client.path(self._kind, home))
            except NotFound:
                self._known[home] = False
            except RemoteError as error:
                return Unreadable(error=error)
            else:
                self._known[home] = True
        return found if self._known[home] else Absent()


def result_of(write: Write, reply: Reply) -> WriteResult:
    """What became of a write. The payload carries the marker just written, because Graph's answer to a write shows none."""
    match reply:
        case Refused(error=error) if write.op == "delete" and _is_gone(error):
            return Done(ref=write.ref, id=write.id)
        case Refused(error=error, ambiguous=ambiguous):
            return Failed(ref=write.ref, error=error, ambiguous=ambiguous)
        case Answered(payload=payload) if isinstance(payload.get("id"), str):
            return Done(ref=write.ref, id=payload["id"], payload=answered(payload, write.marker))
        case Answered() if write.op == "create":
            return Failed(ref=write.ref, error=unintelligible("a created item has no id"), ambiguous=True)
        case Answered():
            return Done(ref=write.ref, id=write.id)


def _is_gone(error: OutlookdError) -> bool:
    """What a delete wanted is the case already: 404 for this item, or 410 (graph.md 6.3)."""
    return isinstance(error, NotFound | WatermarkExpired)
