"""What only calendar jobs need between reading and deciding: the calendar itself, ids of the older kind, other people's copies."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

import structlog

from outlookd.core.container import Missing, Use, choose_calendar
from outlookd.core.eligibility import has_outlived, is_exportable
from outlookd.core.meetings import inheriting, yielding
from outlookd.core.model import Commit, Link, LinkStatus, Record
from outlookd.core.series import reseat
from outlookd.errors import ContainerMissing
from outlookd.sync.observe import View, reread
from outlookd.sync.state import State

log = structlog.get_logger()


async def open_calendar(state: State, *, look: bool) -> None:
    """Point the adapter at the job's calendar. `look` asks Outlook even when we know it. Raises ContainerMissing."""
    store, outlook = state.deps.store, state.deps.outlook
    known = await store.container(state.job.id)
    if known is not None and not look:
        outlook.container = known.id
        return
    choice = choose_calendar(await outlook.containers(), known=known, name=state.job.folder)
    match choice:
        case Use(container=container):
            outlook.container = container.id
            if not state.dry and container != known:
                await store.keep_container(state.job.id, container)
        case Missing(reason=reason):
            raise ContainerMissing(
                f"{reason}; nothing was changed.",
                hint="Create it in Outlook, or name another one as this job's `folder` (none means the user's own calendar).",
            )
        case _:
            assert_never(choice)


async def follow_series(state: State, outlook: View) -> None:
    """Point links at the new ids of their occurrences, before anything takes the old ones for missing (complaint 16)."""
    moved = reseat(state.links.values(), outlook.freeze())
    await state.commit([Commit(link=link) for link in moved])
    if moved:
        log.info("sync.series.followed", occurrences=len(moved))


async def resolve_pointers(state: State, gopaas: View, outlook: View) -> None:
    """Make the Outlook ids in the rows' columns comparable: immutable, and known to be this user's or another's.

    What the old button wrote is an id that changed whenever the event was moved; Graph translates it (design rule 14).
    """
    linked = {link.gopaas_id: link for link in state.links.values() if link.status is not LinkStatus.TOMBSTONE}
    odd = {key: row for key, row in gopaas.records.items() if row.pointer and not _is_ours(row, linked.get(key), outlook)}
    others = await _others(state, outlook_ids=[row.pointer for row in odd.values() if row.pointer])
    elsewhere, kept = {link.outlook_id for link in others}, {link.gopaas_id for link in others if _keeps(link, state)}
    gopaas.records |= {key: replace(row, shared=True) for key, row in odd.items() if row.pointer in elsewhere and key in kept}
    unlinked = {key: row for key, row in odd.items() if key not in linked}
    gopaas.records |= {k: replace(row, pointer="") for k, row in unlinked.items() if row.pointer in elsewhere and k not in kept}
    unlinked = {key: row for key, row in unlinked.items() if row.pointer not in elsewhere}
    wanted = {key: row for key, row in unlinked.items() if outlook.snapshot or _may_be_made(row, state)}
    if not wanted:
        return
    names = await state.deps.outlook.translate(sorted({row.pointer for row in wanted.values() if row.pointer}))
    known = {key: replace(row, pointer=names[old]) for key, row in wanted.items() if (old := row.pointer or "") in names}
    gopaas.records |= known
    # An event that its row names may lie where no listing shows it: outside the window, or known to the feed for long.
    new = [row for row in {**wanted, **known}.values() if row.pointer and is_exportable(row, state.rules)]
    hidden = {row.pointer for row in new if row.pointer} - outlook.records.keys() - {link.outlook_id for link in linked.values()}
    await reread(state, outlook, sorted(hidden))


def _may_be_made(row: Record, state: State) -> bool:
    return is_exportable(row, state.rules) and not has_outlived(row)


def _keeps(link: Link, state: State) -> bool:
    """Whether another user's job still keeps its record in step. A record with an owner may have been given to our user since."""
    return link.status is not LinkStatus.DETACHED or not state.context.user_field


def _is_ours(row: Record, link: Link | None, outlook: View) -> bool:
    return row.pointer in outlook.records or (link is not None and row.pointer == link.outlook_id)


async def neighbours(state: State, gopaas: View, outlook: View) -> tuple[Link, ...]:
    """Links of other people's jobs over the same table and the same meetings. Ours may lead from now on, or follow."""
    meetings = {record.meeting for record in outlook.records.values() if record.meeting}
    meetings |= {link.meeting for link in state.links.values() if link.meeting and link.status is not LinkStatus.TOMBSTONE}
    others = await _others(state, meetings=sorted(meetings))
    links = list(state.links.values())
    turned = [*yielding(links, others), *inheriting(links, others, gopaas.freeze(), outlook.freeze())]
    await state.commit([Commit(link=link) for link in turned])
    return others


async def _others(state: State, *, meetings: list[str] | None = None, outlook_ids: list[str] | None = None) -> tuple[Link, ...]:
    """Only those of jobs over the same table: another table's record of the same meeting is another record."""
    if not meetings and not outlook_ids:
        return ()
    found = await state.deps.store.others(state.job.id, meetings=meetings or (), outlook_ids=outlook_ids or ())
    return tuple(link for link in found if _place(link.job) == _place(state.job.id))


def _place(job: str) -> list[str]:
    """The type and table of a job's id, ``user/type/table/folder``."""
    return job.split("/")[1:3]
