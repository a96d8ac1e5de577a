"""What only calendar jobs need between reading and deciding: the calendar itself, ids of the older kind, other people's copies."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import assert_never

import structlog

from outlookd.core.container import Container, Missing, Use, choose_calendar
from outlookd.core.meetings import inheriting, yielding
from outlookd.core.model import Commit, Link, LinkStatus, Side
from outlookd.core.pointers import of_others, ownerless, to_read, to_translate, translated, unexplained, unknown, waiting
from outlookd.core.series import reseat, to_ask
from outlookd.core.settle import without_half
from outlookd.errors import ContainerMissing, OutlookdError
from outlookd.ports import Absent
from outlookd.sync.guardian import face
from outlookd.sync.observe import View, put_off, reread
from outlookd.sync.state import State

log = structlog.get_logger()

UNANSWERED = OutlookdError("Outlook could not say whether the event that its column names exists")


async def open_calendar(state: State, *, look: bool, recreate: bool = False) -> bool:
    """Point the adapter at the job's calendar. Returns whether it is another one than before, of which nothing is known.

    `look` asks Outlook even when we know it. `recreate` is a person's word that a calendar which was deleted may be replaced by the
    one that has its name now. Raises ContainerMissing, KeptElsewhere.
    """
    store, outlook = state.deps.store, state.deps.outlook
    known = await store.container(state.job.id)
    if known is not None and not (look or recreate):
        outlook.container = known.id
        return False
    found = await outlook.containers()
    choice = choose_calendar(found, known=known, name=state.job.folder)
    if isinstance(choice, Missing) and known is not None and recreate:
        choice = choose_calendar(found, known=None, name=state.job.folder)
    match choice:
        case Use(container=container):
            await face(state, container.id, container.seal)
            outlook.container = container.id
            replaced = known is not None and known.id != container.id
            if replaced:
                # Durable before the new one is ours: no pair may take its lost half for a person's deletion.
                await state.commit([Commit(link=without_half(link)) for link in state.links.values() if link.outlook_id])
            if not state.dry and container != known:
                await store.keep_container(state.job.id, container)
            return replaced
        case Missing(reason=reason):
            again = f"then run `outlookd sync --user {state.job.user} --type calendar --recreate-folder`"
            raise ContainerMissing(
                f"{reason}; nothing was changed.",
                hint=f"Create it in Outlook{f', {again}' if known else ''}, or name another one as this job's `folder` "
                "(none means the user's own calendar).",
            )
        case _:
            assert_never(choice)


async def face_calendar(state: State, found: Sequence[Container]) -> None:
    """Judge the seal of the calendar that a run would choose among these, if it is there. Raises KeptElsewhere."""
    known = await state.deps.store.container(state.job.id)
    choice = choose_calendar(found, known=known, name=state.job.folder)
    if isinstance(choice, Use):
        await face(state, choice.container.id, choice.container.seal)


async def follow_series(state: State, gopaas: View, outlook: View) -> None:
    """Point links at the new ids of their occurrences, before anything takes the old ones for missing (complaint 16)."""
    known = frozenset(sighting.id for sighting in await state.deps.store.sightings(state.job.id))
    links, seen = list(state.links.values()), outlook.freeze()
    moved = reseat(links, seen, known)
    if rowless := await _gone(state, to_ask(links, moved, gopaas.freeze())):
        moved = reseat(links, seen, known, rowless)
    await state.commit([Commit(link=link) for link in moved])
    if moved:
        log.info("sync.series.followed", occurrences=len(moved))


async def _gone(state: State, keys: Sequence[str]) -> frozenset[str]:
    """Which of these records GoPaaS says do not exist. One of which nothing can be said counts as there: no second one is made."""
    readings = await state.deps.gopaas.read(keys) if keys else {}
    return frozenset(key for key, reading in readings.items() if isinstance(reading, Absent))


async def resolve_pointers(state: State, gopaas: View, outlook: View) -> None:
    """Make the Outlook ids in the rows' columns comparable: immutable, and known to be this user's or another's.

    What the old button wrote is an id that changed whenever the event was moved; Graph translates it (design rule 14). A row whose
    event may exist, though nobody could say so, waits.
    """
    links = list(state.links.values())
    odd = unexplained(gopaas.records, links, outlook.freeze())
    others = await _others(state, outlook_ids=[row.pointer for row in odd.values() if row.pointer])
    gopaas.records |= of_others(odd, links, others, owned=bool(state.context.user_field))
    asked = to_translate(odd, links, others, outlook.freeze(), state.rules)
    if not asked:
        return
    names = await state.deps.outlook.translate(sorted({row.pointer for row in asked.values() if row.pointer}))
    known = translated(asked, names)
    gopaas.records |= known
    await reread(state, outlook, to_read(known, links, outlook.freeze(), state.rules))
    unanswered = unknown(asked, names)
    _let_wait(state, gopaas, unanswered | waiting(known, links, outlook.freeze()))
    if unanswered:
        rows, events = ownerless(links, gopaas.records, outlook.freeze())
        put_off(gopaas, rows)
        put_off(outlook, events)


def _let_wait(state: State, gopaas: View, keys: Collection[str]) -> None:
    """Leave rows to the next run, together with what may belong to them, and see to it that they are listed then."""
    for key in sorted(keys):
        gopaas.resting[key] = gopaas.records[key]
        state.poison(Side.GOPAAS, key, UNANSWERED, lenient=True)
    put_off(gopaas, keys)


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
    return tuple(link for link in found if _place(link.job) == _place(state.job.id) and _user(link.job) != _user(state.job.id))


def _user(job: str) -> str:
    return job.partition("/")[0]


def _place(job: str) -> list[str]:
    """The type and table of a job's id, ``user/type/table/folder``."""
    return job.split("/")[1:3]
