"""Find out what became of writes that were announced but never answered, before anything new is planned (sync-model 5.8).

A create is looked for by its marker or key; found, it is linked; not found, it is given `recovery_wait` since it was sent (the
request may still be travelling), looked for again, and only then given up, so that the next decision makes it anew under the same
marker. An update or delete is compared with what the side shows. The conclusions are drawn in `core.recovery`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import structlog

from outlookd.core.model import Commit, Intent, IntentState, LinkStatus, Op, Payload, Record, Side
from outlookd.core.recovery import conclude_change, conclude_create, conclude_deleted
from outlookd.core.verdict import Proof
from outlookd.errors import BadRecord, ContainerMissing, OutlookdError
from outlookd.ports import Absent, Found, Reading
from outlookd.sync.journal import written
from outlookd.sync.sources import explained
from outlookd.sync.state import State, culprit

log = structlog.get_logger()

UNANSWERED = OutlookdError("the side did not answer, and did not do it")
FOUND = "found done after an interruption"


async def recover_in_known_folder(state: State, *, recreate: bool) -> None:
    """Recover interrupted writes. They can only be looked for where they were sent: in the folder we remember."""
    known = await state.deps.store.container(state.job.id)
    if known is None:
        return
    state.deps.outlook.container = known.id
    try:
        await recover(state)
    except ContainerMissing as error:
        if not recreate:
            raise explained(state, error) from error
        await _give_up(state)
        await recover(state)


async def recover(state: State) -> None:
    """Settle every open intent of the job that was sent and not answered."""
    intents = await state.deps.store.open_intents(state.job.id)
    await _expect_echoes(state, [intent for intent in intents if intent.state is IntentState.ACKED])
    sent = [intent for intent in intents if intent.state is IntentState.SENT]
    if not sent:
        return
    log.info("sync.recovery.started", intents=len(sent))
    unseen = [intent for intent in sent if intent.op is Op.CREATE and not await _find(state, intent)]
    missing = await _look_again(state, unseen)
    for intent in missing:
        if intent.id in state.made_before:
            await state.commit([conclude_deleted(intent)])
        else:
            await state.commit([Commit(intent=intent.id, state=IntentState.VOID)])
            _doubt(state, intent, IntentState.VOID)
    for side in Side:
        await _compare(state, side, [intent for intent in sent if intent.op is not Op.CREATE and intent.side is side])
    state.ambiguous = False


async def _give_up(state: State) -> None:
    """Close the open intents of a folder that no longer exists: nothing of theirs can have survived."""
    intents = await state.deps.store.open_intents(state.job.id)
    lost = [intent for intent in intents if intent.side is Side.OUTLOOK]
    await state.commit([Commit(intent=intent.id, state=IntentState.VOID) for intent in lost])


async def _expect_echoes(state: State, acked: Sequence[Intent]) -> None:
    """Accepted writes that no listing has shown yet: the next listing closes them, unless their pair is no longer kept."""
    live = {id for id, link in state.links.items() if link.status is LinkStatus.ACTIVE}
    state.unread.update({intent.link.id: intent.id for intent in acked if intent.link.id in live})
    await state.commit([Commit(intent=intent.id) for intent in acked if intent.link.id not in live])


async def _look_again(state: State, missing: Sequence[Intent]) -> Sequence[Intent]:
    """Wait until even the youngest create had its time to arrive, then search once more. GoPaaS creates are idempotent by key."""
    outlook = [intent for intent in missing if intent.side is Side.OUTLOOK]
    if not outlook:
        return missing
    age = state.deps.clock.now() - max(intent.sent_at for intent in outlook)
    wait = (state.job.recovery_wait - age).total_seconds()
    if wait > 0:
        state.deps.progress("recovery", 0, len(outlook))
        await state.deps.clock.sleep(wait)
        outlook = [intent for intent in outlook if not await _find(state, intent)]
    return [intent for intent in missing if intent.side is Side.GOPAAS] + outlook


async def _find(state: State, intent: Intent) -> bool:
    """Whether the created item exists after all; if so, the link is made now."""
    payloads = await state.adapter(intent.side).find(intent.link.marker, intent.link.gopaas_id)
    found = [record for payload in payloads if (record := _read(state, intent.side, payload)) is not None]
    if len(found) > 1:
        log.warning("sync.recovery.twins", side=intent.side, count=len(found))
    linked = {link.side_id(intent.side) for link in state.links.values() if link.status is not LinkStatus.TOMBSTONE}
    earlier = intent.id in state.made_before
    commit = conclude_create(intent, found, linked, state.rules.fieldmap.mapped, earlier=earlier)
    if commit is not None:
        await _close(state, intent, commit)
    return commit is not None


async def _close(state: State, intent: Intent, commit: Commit) -> None:
    """Store what was concluded. A write that did happen gets its line in the journal after all."""
    done = commit.state is IntentState.VERIFIED
    if done and commit.link:
        line = written(state, intent, commit.link, reason=FOUND)
        commit = replace(commit, journal=line, undoes=intent.undoes, resolves=intent.resolves)
    await state.commit([commit])
    state.counts[intent.op, intent.side] += done
    state.mail_writes += done and intent.mails
    if done and intent.side is Side.OUTLOOK and commit.link is not None and intent.op is not Op.DELETE:
        # It may lie where no listing shows it, with a person's edits since.
        state.doubtful.add(commit.link.outlook_id)
    state.conflicts += len(commit.conflicts)


async def _compare(state: State, side: Side, intents: Sequence[Intent]) -> None:
    """Updates and deletes: done if the side shows it, otherwise as if never sent; the next decision compares anyway."""
    if not intents:
        return
    readings = await state.adapter(side).read([intent.link.side_id(side) for intent in intents])
    for intent in intents:
        commit = _conclude(state, intent, readings.get(intent.link.side_id(side)))
        if commit is not None:
            await _close(state, intent, commit)
            _doubt(state, intent, commit.state)


def _doubt(state: State, intent: Intent, concluded: IntentState) -> None:
    """Sent in this run, never answered, and not done: nobody knows whether trying at once again helps."""
    if concluded is IntentState.VOID and intent.run == state.run:
        state.poison(*culprit(intent.op, intent.side, intent.link), UNANSWERED, lenient=True)


def _conclude(state: State, intent: Intent, reading: Reading | None) -> Commit | None:
    match reading:
        case Found(payload=payload):
            return conclude_change(intent, _read(state, intent.side, payload), Proof.EXISTS)
        case Absent():
            return conclude_change(intent, None, Proof.GONE)
        case _:
            return conclude_change(intent, None, Proof.UNKNOWN)


def _read(state: State, side: Side, payload: Payload) -> Record | None:
    try:
        return state.normalize(side, payload)
    except BadRecord:
        log.warning("sync.recovery.unreadable", side=side)
        return None
