"""Find copies in the Outlook folder of a job, and take away those that a person has seen and that nobody touched.

What may go is `core.copies`'s to say. A removal is a run like any other: announced, journaled, soft in Outlook, undone like one.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from outlookd.core.copies import Cluster, cluster, lookalikes, removals
from outlookd.core.model import Payload, Record, RunKind, RunReport, Side
from outlookd.errors import BadRecord, OutlookdError
from outlookd.ports import Found
from outlookd.sync.execute import execute
from outlookd.sync.guardian import require_trust
from outlookd.sync.job import Deps, Job
from outlookd.sync.recover import recover_in_known_folder
from outlookd.sync.session import conduct, open_state
from outlookd.sync.state import State


async def find_copies(job: Job, deps: Deps) -> Sequence[Cluster]:
    """What stands more than once, and what may go. Writes nothing anywhere. Raises OutlookdError."""
    state = await open_state(job, deps, run="dedupe", started=deps.clock.now())
    state.dry = True
    return await _clusters(state)


async def remove_copies(job: Job, deps: Deps, ids: Collection[str]) -> RunReport:
    """Take away those of `ids` that may still go: everything is read and judged again first. Never raises, like any run."""

    async def work(state: State) -> None:
        await recover_in_known_folder(state, recreate=False)
        await execute(state, removals(await _clusters(state), state.rules, wanted=ids))

    return await conduct(job, deps, RunKind.DEDUPE, work)


async def _clusters(state: State) -> Sequence[Cluster]:
    await require_trust(state)
    container = await state.deps.store.container(state.job.id)
    if container is None:
        raise OutlookdError(
            "nothing has been synchronised for this job yet, so nothing can stand there twice.",
            hint="Run `outlookd sync` first: it adopts what it finds.",
        )
    state.deps.outlook.container = container.id
    groups = lookalikes((await _listed(state)).values())
    readings = await _read(state, [id for group in groups for id in group])
    found = [[readings[id] for id in group if id in readings] for group in groups]
    linked = {link.outlook_id for link in state.links.values()}
    asked = [item.id for group in found for item in group if item.id not in linked]
    answers = await state.deps.outlook.attachments(asked) if asked else {}
    carrying = frozenset(id for id, carries in answers.items() if carries)
    links = tuple(state.links.values())
    return [cluster(group, links, state.rules, carrying=carrying) for group in found if len(group) > 1]


async def _listed(state: State) -> dict[str, Record]:
    """Everything in the folder, whatever is remembered of it. The change feed goes on where it was (complaint 35)."""
    since = await state.deps.store.watermark(state.job.id, Side.OUTLOOK)
    records: dict[str, Record] = {}
    async for page in state.deps.outlook.changes(since, full=True):
        for payload in page.payloads:
            _keep(state, records, payload)
        state.deps.progress(str(Side.OUTLOOK), len(records), page.total)
    return records


async def _read(state: State, ids: Sequence[str]) -> dict[str, Record]:
    """Each id with its stamp, which no listing shows. What cannot be read, or is elsewhere by now, is left out."""
    records: dict[str, Record] = {}
    for reading in (await state.deps.outlook.read(ids)).values() if ids else ():
        if isinstance(reading, Found) and not reading.elsewhere:
            _keep(state, records, reading.payload)
    return records


def _keep(state: State, records: dict[str, Record], payload: Payload) -> None:
    try:
        record = state.normalize(Side.OUTLOOK, payload)
    except BadRecord:
        return  # what cannot be understood is never a copy of anything
    records[record.id] = record
