"""Ids of the older kind, which change when an item is moved, as immutable ones (graph.md section 3).

GoPaaS's own button wrote the older kind into its records; what it left behind is adopted by them (design rule 14). Knows nothing
of what the ids name: contacts and events are translated alike. "There is no such item" and "no answer" are two things here: from
the first one something new may be made.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, assert_never

import structlog

from outlookd.errors import AccessDenied, NotFound, Rejected, RemoteError
from outlookd.graph.delta import items_of
from outlookd.graph.errors import codes_of
from outlookd.ports import Absent, Found, Reading, Unreadable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence

    from outlookd.graph.client import GraphClient

MAX_IDS: Final = 1000
"""Graph refuses more in one call."""

log = structlog.get_logger()


_NOTHING: Final = frozenset(
    {"erroritemnotfound", "errorinvalididmalformed", "errorinvalidid", "errorinvalididempty", "errorinvalidmailboxitemid"}
)
"""Codes that say that this mailbox has no item of that id, and never had it under that id."""


async def translate_ids(
    client: GraphClient, ids: Sequence[str], read: Callable[[Sequence[str]], Awaitable[Mapping[str, Reading]]]
) -> dict[str, str]:
    """Immutable ids by older ones; "" where there is nothing to translate. What got no clear answer is left out.

    A call that Graph refuses as a whole (it needs a permission of its own, and one bad id can spoil it) is replaced by `read`: an
    item that is read by its old id shows the immutable one. Raises what concerns the whole mailbox: Unreachable, SignInNeeded,
    MailboxUnusable and the like, and what `read` raises.
    """
    wanted = list(dict.fromkeys(ids))
    found: dict[str, str] = {}
    for start in range(0, len(wanted), MAX_IDS):
        some = wanted[start : start + MAX_IDS]
        body = {"inputIds": some, "sourceIdType": "restId", "targetIdType": "restImmutableEntryId"}
        try:
            answer = await client.ask(client.path("translateExchangeIds"), body)
        except (AccessDenied, Rejected, NotFound) as error:
            log.warning("graph.ids.untranslated", count=len(some), status=error.status, code=error.code)
            found |= _names(await read(some))
        else:
            found |= _translations(items_of(answer))
    return found


def _translations(answers: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    for answer in answers:
        match answer:
            case {"sourceId": str(source), "errorDetails": Mapping() as details} if details:
                if any(code.casefold() in _NOTHING for code in codes_of({"error": details})):
                    yield source, ""
            case {"sourceId": str(source), "targetId": str(target)} if target:
                yield source, target


def _names(readings: Mapping[str, Reading]) -> Iterator[tuple[str, str]]:
    for id, reading in readings.items():
        match reading:
            case Found(payload=payload):
                yield id, str(payload["id"])
            case Absent():
                yield id, ""
            case Unreadable(error=RemoteError(code=code)) if code.casefold() in _NOTHING:
                yield id, ""
            case Unreadable():
                log.warning("graph.ids.unanswered", error=type(reading.error).__name__)
            case _:
                assert_never(reading)
