"""Where a job stands at its folder or calendar, before it is run: what its seal would say to it. Writes nothing anywhere.

A quiet run asks no seal, so that somebody who wants to know must ask without having anything to write. Whether the folder is there
at all is not looked into here: whoever asks has seen the folders.
"""

from __future__ import annotations

from collections.abc import Sequence

from outlookd.core.container import Container
from outlookd.sync.calendar import face_calendar
from outlookd.sync.folder import face_folder
from outlookd.sync.guardian import remember_doubts
from outlookd.sync.job import Deps, Job
from outlookd.sync.session import open_state


async def find_footing(job: Job, deps: Deps, found: Sequence[Container]) -> str:
    """Why the state would not be trusted by a run that finds these folders or calendars; empty when it would be.

    Raises KeptElsewhere where the run would be refused, ContainerMissing where the folder's name is somebody else's, StoreError.
    """
    state = await open_state(job, deps, run="check", started=deps.clock.now())
    state.dry = True
    await remember_doubts(state)
    if state.rules.resource == "events":
        await face_calendar(state, found)
    else:
        await face_folder(state, found)
    return state.suspended
