"""From where a run reads each side: what changed since the last one, or everything.

Knows watermarks and their notes. What is read means nothing here.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass

from outlookd.core.model import Commit, Side, Watermark
from outlookd.core.settle import prune
from outlookd.errors import ContainerMissing
from outlookd.sync.calendar import open_calendar
from outlookd.sync.folder import missing, open_folder, peek_folder
from outlookd.sync.observe import View, read_side
from outlookd.sync.state import State

MAP = "map"
"""A note of a job: the fingerprint of the map that its bases were remembered under."""
HELD = "held"
"""Another one: filled while a guard holds something. What was changed in GoPaaS lately no longer shows it."""

SPREAD = 0.25
"""The share of `full_interval` over which the full reconciliations of many jobs are spread."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """Where to go on reading Outlook (`since`; None: from the start), and whether to read both sides in `full`."""

    since: Watermark | None
    full: bool


async def choose_start(state: State, *, full: bool) -> Start:
    """Decide how much to read.

    In full after a change of the map, since no base knows the new fields, and when the last full reconciliation is too long ago:
    deletions are sometimes never delivered (Graph trap 29).
    """
    since = await state.deps.store.watermark(state.job.id, Side.OUTLOOK)
    state.full_at = since.full_at if since is not None else None
    known = (await state.deps.store.notes(state.job.id)).get(MAP)
    state.steady = known == map_of(state)
    if state.steady:
        return Start(since=since, full=full or since is None or _is_due(state, since))
    pruned = [(link, prune(link, state.rules.fieldmap)) for link in state.links.values()]
    await state.commit([Commit(link=new) for old, new in pruned if new is not old])
    # A calendar's change feed outlives its map: it tells what changed, not what it shows (complaint 35).
    return Start(since=since if state.rules.resource == "events" else None, full=True)


def map_of(state: State) -> str:
    """What bases are remembered under: the map, and the direction, since another one asks about other records."""
    return f"{state.rules.fieldmap.fingerprint}/{state.rules.direction}"


def _is_due(state: State, since: Watermark) -> bool:
    """Whether a side is to be read in full again. Jobs that began together part over time: each has its own share of the spread."""
    if since.full_at is None:
        return True
    share = zlib.crc32(state.job.id.encode()) / 2**32
    return state.started - since.full_at >= state.job.full_interval * (1 - SPREAD * share)


async def read_gopaas(state: State, *, full: bool) -> View:
    """The view, or only what was changed there since the last look where the adapter can tell (`RowAdapter`).

    Everything, when a person asked for this run, and when something waits that was changed earlier.
    """
    since = await state.deps.store.watermark(state.job.id, Side.GOPAAS)
    state.held = bool((await state.deps.store.notes(state.job.id)).get(HELD))
    waits = bool(state.impatient or state.approved or state.quarantine or state.unread or state.held)
    everything = full or waits or since is None or _is_due(state, since)
    return await read_side(state, Side.GOPAAS, since, full=everything)


async def read_outlook(state: State, start: Start, gopaas: View, *, recreate: bool) -> View:
    """Find the folder or calendar of the job, and read it. Raises ContainerMissing."""
    if state.rules.resource == "events":
        replaced = await open_calendar(state, look=start.full, recreate=recreate)
        since = None if replaced else start.since
        view = await read_on(state, since, full=start.full and since is not None)
        if view.end is not None and view.end.restart is not None:
            await state.deps.store.advance(state.job.id, watermarks={Side.OUTLOOK: view.end.restart})
        return view
    made = await open_folder(state, gopaas, look=start.full and start.since is not None, recreate=recreate)
    return View(side=Side.OUTLOOK) if made else await read_on(state, None if start.full or recreate else start.since)


async def peek_at_outlook(state: State, start: Start, gopaas: View) -> View:
    """The same for a preview, which changes nothing, and finds nothing where there is no folder yet.

    A calendar is listed as it is: a change feed whose place is not kept is used up by being asked (Graph trap 4).
    """
    if state.rules.resource == "events":
        await open_calendar(state, look=False)
        return await read_side(state, Side.OUTLOOK, None, full=True)
    if await peek_folder(state, gopaas):
        return await read_side(state, Side.OUTLOOK, start.since)
    return View(side=Side.OUTLOOK)


async def read_on(state: State, since: Watermark | None, *, full: bool = False) -> View:
    """Read Outlook where the adapter points to. Raises ContainerMissing, in words that say what can be done about it."""
    try:
        return await read_side(state, Side.OUTLOOK, since, full=full)
    except ContainerMissing as error:
        raise explained(state, error) from error


def explained(state: State, error: ContainerMissing) -> ContainerMissing:
    """The error in words that say what can be done. Of a calendar, which is never made by us, the adapter said it."""
    return error if state.rules.resource == "events" else missing(state, "the folder was deleted in Outlook")
