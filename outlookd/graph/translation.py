"""Ids of the older kind, which change when an item is moved, as immutable ones (graph.md section 3).

GoPaaS's own button wrote the older kind into its records; what it left behind is adopted by them (design rule 14). Knows nothing
of what the ids name: contacts and events are translated alike.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import structlog

from outlookd.errors import AccessDenied, NotFound, Rejected
from outlookd.graph.delta import items_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from outlookd.graph.client import GraphClient

MAX_IDS: Final = 1000
"""Graph refuses more in one call."""

log = structlog.get_logger()


async def translate_ids(client: GraphClient, ids: Sequence[str]) -> dict[str, str]:
    """Immutable ids by older ones. An id that Graph cannot translate is left out, as is everything in a call that it refuses.

    A refusal is no failure: without a translation the records are only looked for in other ways. Raises what concerns the whole
    mailbox: Unreachable, SignInNeeded, MailboxUnusable and the like.
    """
    wanted = list(dict.fromkeys(ids))
    found: dict[str, str] = {}
    for start in range(0, len(wanted), MAX_IDS):
        body = {"inputIds": wanted[start : start + MAX_IDS], "sourceIdType": "restId", "targetIdType": "restImmutableEntryId"}
        try:
            answer = await client.ask(client.path("translateExchangeIds"), body)
        except (AccessDenied, Rejected, NotFound) as error:
            log.warning("graph.ids.untranslated", count=len(body["inputIds"]), status=error.status, code=error.code)
        else:
            found |= _translations(items_of(answer))
    return found


def _translations(answers: Sequence[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    for answer in answers:
        match answer:
            case {"sourceId": str(source), "targetId": str(target)} if target and not answer.get("errorDetails"):
                yield source, target
