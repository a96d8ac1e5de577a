"""Every occurrence of some series within a window, marker included, or the word that it could not be had.

What a change feed shows of a series is a hint: its occurrences come as stubs, and one that was deleted is not mentioned at all
(traps 1, 2; complaint 34). So a series that was touched is read again, whole; a part of one would look like deletions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import structlog

from outlookd.errors import NotFound, RemoteError, ServerTrouble
from outlookd.graph.batch import Answered, Item, Refused, send_batch
from outlookd.graph.links import within
from outlookd.graph.marker import EXPAND_MARKER, labelled, marker_of
from outlookd.graph.paging import SMALL, Pager

if TYPE_CHECKING:
    from collections.abc import Sequence

    from outlookd.core.model import Payload, Span
    from outlookd.graph.batch import Reply
    from outlookd.graph.client import GraphClient

UTC_TIMES: Final = 'outlook.timezone="UTC"'
"""A ``Prefer`` that goes with every request about events, so that all of their times are read alike."""
VIEW_PAGE: Final = 500
"""Occurrences or events asked for on a page: a year of working days fits."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesReading:
    """What was found. Each master asked for is in exactly one of `whole`, `gone` and `unread`; `payloads` are of the whole ones."""

    payloads: tuple[Payload, ...]
    whole: tuple[str, ...]
    gone: tuple[str, ...]
    unread: tuple[str, ...]


async def read_series(client: GraphClient, masters: Sequence[str], window: Span) -> SeriesReading:
    """Read the occurrences of these series in `window`, in one batch for every twenty and one request for each further page."""
    items = [
        Item(ref=master, method="GET", path=_path(client, master, window, VIEW_PAGE), prefer=(UTC_TIMES,)) for master in masters
    ]
    replies = await send_batch(client, items)
    found: dict[str, list[Payload]] = {}
    gone, unread = [], []
    for master in masters:
        try:
            found[master] = await _occurrences(client, master, window, replies[master])
        except NotFound:
            gone.append(master)
        except RemoteError as error:
            log.warning("graph.series.unread", error=type(error).__name__, status=error.status, code=error.code)
            unread.append(master)
    return SeriesReading(
        payloads=tuple(payload for payloads in found.values() for payload in payloads),
        whole=tuple(found),
        gone=tuple(gone),
        unread=tuple(unread),
    )


async def _occurrences(client: GraphClient, master: str, window: Span, reply: Reply) -> list[Payload]:
    """All of them, from the answer that a batch brought. Raises the error of whatever page is missing."""
    pager = Pager(client, size=VIEW_PAGE, prefer=(UTC_TIMES,))
    match reply:
        case Answered(payload=payload):
            first = dict(payload)
        case Refused(error=ServerTrouble()):
            # An endless series can be too much for one page (trap 22), and a batch does not try twice.
            pager = Pager(client, size=SMALL, prefer=(UTC_TIMES,))
            first = await pager.first(lambda size: _path(client, master, window, size))
        case Refused(error=error):
            raise error
    return [labelled(item, marker_of(item)) async for items in pager.pages(first) for item in items]


def _path(client: GraphClient, master: str, window: Span, top: int) -> str:
    return within(client.path("events", master, "instances", top=top, expand=EXPAND_MARKER), window)
