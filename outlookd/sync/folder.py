"""Find or make the Outlook folder of a job, before anything is read from it. The choice itself is `core.container`'s."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

import structlog

from outlookd.core.container import Choice, Container, Create, Examine, Missing, Taken, Use, choose, is_kin, next_name
from outlookd.core.marker import folder_marker, folder_owner
from outlookd.core.model import Commit, Side
from outlookd.core.settle import without_half
from outlookd.errors import ContainerMissing, Rejected
from outlookd.sync.guardian import face, new_seal
from outlookd.sync.observe import View, read_side
from outlookd.sync.state import State

log = structlog.get_logger()

NAME_TAKEN = "errorfolderexists"


async def open_folder(state: State, gopaas: View, *, look: bool, recreate: bool) -> bool:
    """Point the adapter at the job's folder. Returns whether the folder was made just now, and therefore is empty.

    `look` asks Outlook for its folders even when we know ours (a full reconciliation does). Raises ContainerMissing.
    """
    store, outlook = state.deps.store, state.deps.outlook
    known = await store.container(state.job.id)
    if known and not look and not recreate:
        outlook.container = known.id
        return False
    marker = folder_marker(state.rules.install, state.job.id)
    found = await outlook.containers()
    choice = await _choose(state, found, known, recreate=recreate)
    created = False
    match choice:
        case Use(container=container):
            if container.marker != marker:
                await outlook.stamp_container(container.id, marker)
        case Examine(container=container):
            if await _is_ours(state, container, gopaas):
                await outlook.stamp_container(container.id, marker)
            else:
                container, created = await _create(state, marker, found), True
        case Create():
            container, created = await _create(state, marker, found), True
        case Taken():
            raise taken(state)
        case Missing(reason=reason):
            raise missing(state, reason)
        case _:
            assert_never(choice)
    outlook.container = container.id
    if known is not None and known.id != container.id:
        # Durable before the new folder is ours: whatever happens from here on, no pair takes its lost half for a person's deletion.
        await state.commit([Commit(link=without_half(link)) for link in state.links.values() if link.outlook_id])
    await store.keep_container(state.job.id, container)
    return created


async def peek_folder(state: State, gopaas: View) -> bool:
    """The same for a preview, which writes nothing. Returns whether there is a folder to read."""
    known = await state.deps.store.container(state.job.id)
    choice = await _choose(state, await state.deps.outlook.containers(), known)
    match choice:
        case Use(container=container):
            state.deps.outlook.container = container.id
            return True
        case Examine(container=container):
            return await _is_ours(state, container, gopaas)
        case Create():
            return False
        case Taken():
            raise taken(state)
        case Missing(reason=reason):
            raise missing(state, reason)
        case _:
            assert_never(choice)


async def face_folder(state: State, found: Sequence[Container]) -> None:
    """Judge the seal of the folder that a run would choose among these.

    Raises KeptElsewhere; ContainerMissing when the name is somebody else's. One that is not there is nobody's.
    """
    if isinstance(await _choose(state, found, await state.deps.store.container(state.job.id)), Taken):
        raise taken(state)


async def _choose(state: State, found: Sequence[Container], known: Container | None, *, recreate: bool = False) -> Choice:
    """The choice, once the seals of what may be chosen were judged. Raises KeptElsewhere."""
    lost = known is None or all(folder.id != known.id for folder in found)
    for heritage in sorted(found, key=lambda folder: folder.id) if lost else ():
        owner = folder_owner(heritage.marker, state.job.id)
        if owner and owner != state.rules.install and (heritage.seal or state.take_over):
            # Another installation's folder of this very job: perhaps ours, before the state was lost, or made anew while it was.
            await face(state, heritage.id, heritage.seal, owner=owner)
            break
    former = [folder_marker(install, state.job.id) for install in state.rules.former]
    marker = folder_marker(state.rules.install, state.job.id)
    choice = choose(found, known=known, name=state.job.folder, marker=marker, former=former, recreate=recreate)
    if isinstance(choice, Use):
        await face(state, choice.container.id, choice.container.seal)
    return choice


def missing(state: State, reason: str) -> ContainerMissing:
    """What to tell a person: the job stops until somebody decided (design rule 6)."""
    return ContainerMissing(
        f"{reason}; nothing was changed.",
        hint=f"Put it back in Outlook (Deleted Items keeps it for a while), or run `outlookd sync --user {state.job.user} "
        f"--type {state.job.type.lower()} --recreate-folder` to export into a new one.",
    )


def taken(state: State) -> ContainerMissing:
    """What to tell a person whose folder name is somebody else's."""
    return ContainerMissing(
        f"the Outlook folder {state.job.folder!r} belongs to another job or another outlookd installation; nothing was changed.",
        hint="Give this job another `folder`, or rename that folder in Outlook. If it was this job's, and the installation that "
        f"made it is no more, run `outlookd sync --user {state.job.user} --type {state.job.type.lower()} --take-over`.",
    )


async def _is_ours(state: State, container: Container, gopaas: View) -> bool:
    """Read the folder once and compare natural keys; the adapter stays pointed at it."""
    state.deps.outlook.container = container.id
    contacts = await read_side(state, Side.OUTLOOK, None)
    return is_kin(_naturals(gopaas), _naturals(contacts))


def _naturals(view: View) -> list[str]:
    return [record.natural for record in view.records.values()]


async def _create(state: State, marker: str, found: Sequence[Container]) -> Container:
    """Create the folder. A name may be taken by a folder that no listing shows: the next name is tried then."""
    taken = [folder.name for folder in found]
    while True:
        name = next_name(state.job.folder, taken)
        try:
            container = await state.deps.outlook.create_container(name, marker, new_seal(state))
        except Rejected as error:
            if error.code.lower() != NAME_TAKEN or len(taken) > len(found) + 5:
                raise
            taken.append(name)
        else:
            log.info("sync.folder.created")
            return container
