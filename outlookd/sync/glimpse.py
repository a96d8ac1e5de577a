"""What both sides show of a few pairs at this moment, for what a person orders: nothing is concluded from what is not there.

A few rows are read by key, many are found in a listing, and what that does not show is read by key. Items are read by id. It
knows nothing of watermarks: the next run reads on where the last one stopped.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import assert_never

from outlookd.core.model import Commit, IntentState, Link, Payload, Side
from outlookd.core.orders import Half
from outlookd.core.settle import settle_listing
from outlookd.errors import BadRecord
from outlookd.ports import Absent, Found, Reading, Unreadable
from outlookd.sync.state import State

GONE = {Side.GOPAAS: "it is gone from GoPaaS", Side.OUTLOOK: "it is gone from Outlook"}
UNCLEAR = {Side.GOPAAS: "GoPaaS could not show it", Side.OUTLOOK: "Outlook could not show it"}
MOVED = "it was moved away"
HALFLESS = "it has nothing there"


async def glimpse(state: State, links: Sequence[Link], *, just_written: bool = False) -> Mapping[str, Mapping[Side, Half]]:
    """Both halves of each link, by the link's id, as they are shown now.

    A row that shows an earlier write of ours for the first time settles it; `just_written` says that it was this run's. Raises
    what concerns a side as a whole.
    """
    rows = await _rows(state, {link.gopaas_id for link in links if link.gopaas_id})
    ids = list(dict.fromkeys(link.outlook_id for link in links if link.outlook_id))
    items = await state.deps.outlook.read(ids) if ids and state.deps.outlook.container else {}
    halves = {
        link.id: {
            Side.GOPAAS: _half(state, Side.GOPAAS, rows.get(link.gopaas_id)),
            Side.OUTLOOK: _half(state, Side.OUTLOOK, items.get(link.outlook_id)),
        }
        for link in links
    }
    await state.commit([commit for link in links if (commit := _settled(state, link, halves, just_written)) is not None])
    return halves


async def _rows(state: State, keys: Collection[str]) -> dict[str, Reading]:
    """The rows by key. A listing shows the columns of its view only; what stands outside it is read whole."""
    rows = dict(await state.deps.gopaas.latest(sorted(keys)) if keys else {})
    rest = sorted(key for key in keys if _says_too_little(state, rows.get(key)))
    return rows | dict(await state.deps.gopaas.read(rest) if rest else {})


def _says_too_little(state: State, reading: Reading | None) -> bool:
    """Whether a first look shows no row, which proves nothing, or not the column that stands for a deletion."""
    column = state.rules.on_outlook_delete.field
    return not isinstance(reading, Found) or (bool(column) and column not in reading.payload)


def _half(state: State, side: Side, reading: Reading | None) -> Half:
    match reading:
        case None:
            return Half(missing=HALFLESS)
        case Found(elsewhere=True) if side is Side.OUTLOOK:
            return Half(missing=MOVED)
        case Found(payload=payload):
            return _read(state, side, payload)
        case Absent():
            return Half(missing=GONE[side])
        case Unreadable():
            return Half(missing=UNCLEAR[side])
        case _:
            assert_never(reading)


def _read(state: State, side: Side, payload: Payload) -> Half:
    try:
        return Half(record=state.normalize(side, payload), columns=payload)
    except BadRecord:
        return Half(missing=UNCLEAR[side])


def _settled(state: State, link: Link, halves: Mapping[str, Mapping[Side, Half]], just_written: bool) -> Commit | None:
    """What is remembered of a row that shows what was written to it."""
    row = halves[link.id][Side.GOPAAS].record
    if row is None or link.gopaas.settled:
        return None
    settled = settle_listing(link, Side.GOPAAS, row, same_run=just_written)
    return Commit(intent=state.unread.pop(link.id, ""), state=IntentState.VERIFIED, link=settled)
