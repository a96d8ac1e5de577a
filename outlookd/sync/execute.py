"""Carry a plan out: intent, call, answer, commit; batch by batch, deletes last.

Every write is announced durably before it is sent (design rule 13) and remembered in one transaction with its journal line once
the side has answered. What a side refuses as stale is read again by the engine; what nobody can tell is left to `recover`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, assert_never

import structlog

from outlookd.core.decision import UNSHOWN, still_as_planned
from outlookd.core.model import WRITES, Action, Commit, Intent, IntentState, Op, Record, Side
from outlookd.core.settle import announce, settle_write
from outlookd.core.writes import takes_more
from outlookd.errors import AccessDenied, BadRecord, MailboxUnusable, NotFound, OutlookdError, RemoteError, Stale
from outlookd.ports import Done, Failed, Found, Reading, Write, WriteResult
from outlookd.sync.guardian import keep_watch, vouch
from outlookd.sync.journal import decided, intend, written
from outlookd.sync.state import State, culprit, traits
from outlookd.sync.untold import expect

log = structlog.get_logger()

MADE_BEFORE = "errorduplicatetransactionid"
"""Graph's word for a create that was done already, at some time (graph.md 2.6)."""

LOOK = 500
"""So many GoPaaS rows are looked at once more at a time, just before they are written: a look lists all that changed today."""

IN_FLIGHT = 3
"""Batches sent at the same time; the adapter may allow fewer (Graph takes four requests per mailbox at once)."""

_VERB: dict[Op, Literal["create", "update", "delete"]] = {Op.CREATE: "create", Op.UPDATE: "update", Op.DELETE: "delete"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One write under way: what was decided, what was announced, what goes out."""

    action: Action
    intent: Intent
    write: Write


async def execute(state: State, actions: Sequence[Action]) -> None:
    """Carry all actions out, in the order of the plan. Raises StateOutdated, KeptElsewhere before anything was done."""
    writes = [action for action in actions if action.op in WRITES]
    if writes:
        await vouch(state)
    await expect(state, writes)
    await _remember(state, [action for action in actions if action.op not in WRITES])
    total, done = len(writes), 0

    def advance(count: int) -> None:
        nonlocal done
        done += count
        state.deps.progress("writes", done, total)

    for deletes in (False, True):
        for side in Side:
            group = [action for action in writes if action.side is side and (action.op is Op.DELETE) is deletes]
            group.sort(key=lambda action: action.link.series)
            for part in _chunks(group, LOOK):
                kept = await (_unless_overtaken(state, part) if side is Side.GOPAAS else _with_images(state, part))
                advance(len(part) - len(kept))
                await _send_all(state, side, kept, advance)


async def _remember(state: State, actions: Sequence[Action]) -> None:
    """What changes only our memory."""
    for chunk in _chunks(actions, 500):
        await state.commit([_remembered(state, action) for action in chunk])
        state.conflicts += sum(conflict.winner is not None for action in chunk for conflict in action.conflicts)
        state.unshown += sum(action.reason == UNSHOWN for action in chunk)


def _remembered(state: State, action: Action) -> Commit:
    """What is decided without a write gets its line too, or nobody could say why a pair rests. A base that follows has none."""
    line = decided(state, action) if action.reason else None
    return Commit(link=action.link, journal=line, conflicts=action.conflicts, undoes=action.undoes, resolves=action.resolves)


async def _send_all(state: State, side: Side, actions: Sequence[Action], advance: Callable[[int], None]) -> None:
    """Send the writes of one side, a few batches at a time; the first batch that cannot be sent at all stops the rest."""
    waiting = _chunks(actions, state.adapter(side).batch_size)

    async def work() -> None:
        for chunk in waiting:
            await keep_watch(state)
            if state.failure is not None:
                return
            await _send(state, side, chunk)
            advance(len(chunk))

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(IN_FLIGHT):
                group.create_task(work())
    except BaseExceptionGroup as errors:
        # Not ``except*``: the Python of Debian 12 (3.11.2) puts what that raises into yet another group.
        ours, others = errors.split(OutlookdError)
        if ours is None or others is not None:
            raise
        raise _first(ours) from errors
    if state.failure is not None:
        raise state.failure


def _first(group: BaseExceptionGroup[OutlookdError]) -> OutlookdError:
    first = group.exceptions[0]
    return _first(first) if isinstance(first, BaseExceptionGroup) else first


async def _send(state: State, side: Side, actions: Sequence[Action]) -> None:
    batch = _chained([sent for action in actions if (sent := _prepare(state, action)) is not None])
    if not batch:
        return
    await state.deps.store.intend([sent.intent for sent in batch])
    try:
        results = await state.adapter(side).write([sent.write for sent in batch])
    except OutlookdError as error:
        # The adapter promises that nothing of the batch has happened.
        state.failure = state.failure or error
        await state.commit([Commit(intent=sent.intent.id, state=IntentState.VOID) for sent in batch])
        return
    by_ref = {result.ref: result for result in results}
    commits = [_answer(state, sent, by_ref[sent.intent.id]) for sent in batch]
    await state.commit([commit for commit in commits if commit is not None])
    for commit in commits:
        if commit is not None and commit.journal is not None:
            await state.deps.hooks.after_write(commit.journal)


def _chained(batch: Sequence[Sent]) -> Sequence[Sent]:
    """The batch, with each write to an occurrence behind the one before it in its series.

    Any of them changes the version of them all: ten edits of one series would otherwise be one done and nine refused, in every run.
    """
    last: dict[str, str] = {}
    chained = []
    for sent in batch:
        series = sent.action.link.series if sent.write.op == "update" and sent.action.side is Side.OUTLOOK else ""
        chained.append(replace(sent, write=replace(sent.write, follows=last.get(series, ""))) if series else sent)
        if series:
            last[series] = sent.write.ref
    return chained


async def _with_images(state: State, actions: Sequence[Action]) -> Sequence[Action]:
    """The writes to Outlook, with the whole item as it is shown now where an undo will need it. What is unreadable has none."""
    ids = [action.link.outlook_id for action in actions if takes_more(action, state.rules)]
    readings = await state.deps.outlook.read(ids) if ids else {}
    return [_pictured(action, readings.get(action.link.outlook_id)) for action in actions]


def _pictured(action: Action, reading: Reading | None) -> Action:
    return replace(action, image=reading.payload) if isinstance(reading, Found) else action


async def _unless_overtaken(state: State, actions: Sequence[Action]) -> Sequence[Action]:
    """The writes whose row still shows what they were decided on (sync-model 5.10): GoPaaS has no If-Match.

    The same look is the image where an undo will need one. The others are read and decided again in the next round, like what
    Graph refuses as stale.
    """
    readings = await _look(state, [action for action in actions if action.op is Op.UPDATE])
    kept = []
    for action in actions:
        reading = readings.get(action.link.gopaas_id)
        if action.op is Op.CREATE or reading is None or _as_planned(state, action, reading):
            kept.append(_pictured(action, reading) if takes_more(action, state.rules) else action)
        else:
            state.again[Side.GOPAAS].add(action.link.gopaas_id)
    return kept


async def _look(state: State, actions: Sequence[Action]) -> Mapping[str, Reading]:
    """The rows as they are now. What a listing does not show of a row that an undo will need whole is read."""
    keys = [action.link.gopaas_id for action in actions]
    readings = await state.deps.gopaas.latest(keys) if keys else {}
    wanting = [action for action in actions if takes_more(action, state.rules)]
    rest = [action.link.gopaas_id for action in wanting if not _shows(readings.get(action.link.gopaas_id), action.raw)]
    return {**readings, **(await state.deps.gopaas.read(rest) if rest else {})}


def _shows(reading: Reading | None, columns: Collection[str]) -> bool:
    return isinstance(reading, Found) and reading.payload.keys() >= set(columns)


def _as_planned(state: State, action: Action, reading: Reading) -> bool:
    if not isinstance(reading, Found):
        return False
    try:
        return still_as_planned(action, state.normalize(Side.GOPAAS, reading.payload), reading.payload)
    except BadRecord:
        return False


def _prepare(state: State, action: Action) -> Sent | None:
    """Render one action; a record that cannot be rendered goes into quarantine."""
    link = announce(action, state.latest.get(action.link.id))
    try:
        payload = {} if action.op is Op.DELETE else _render(state, action)
    except BadRecord as error:
        state.poison(*_culprit(action), error)
        return None
    intent = intend(state, action, link)
    write = Write(
        ref=intent.id,
        op=_VERB[action.op],
        id=link.gopaas_id if action.side is Side.GOPAAS else link.outlook_id,
        payload=payload,
        marker=link.marker if action.restamp or action.op is Op.CREATE else "",
        version=action.version,
    )
    return Sent(action=action, intent=intent, write=write)


def _render(state: State, action: Action) -> dict[str, object]:
    new = action.op is Op.CREATE
    pointer = {state.context.fieldmap.pointer: action.points_to} if action.points_to else {}
    return {**state.render(action.side, action.fields, new=new), **action.raw, **pointer}


def _answer(state: State, sent: Sent, result: WriteResult) -> Commit | None:
    """What one answer changes in the store. None: nobody knows what happened, the intent stays open."""
    match result:
        case Done():
            return _done(state, sent, result)
        case Failed(ambiguous=True, error=error):
            state.ambiguous = True
            if getattr(error, "code", "").lower() == MADE_BEFORE:
                state.made_before.add(sent.intent.id)
            log.warning("sync.write.ambiguous", side=sent.action.side, op=sent.action.op)
            return None
        case Failed(error=error):
            _refused(state, sent.action, error)
            return Commit(intent=sent.intent.id, state=IntentState.VOID)
        case _:
            assert_never(result)


def _done(state: State, sent: Sent, result: Done) -> Commit:
    action, shown = sent.action, _shown(state, sent.action, result)
    link = settle_write(action, sent.intent.link, shown, state.context.fieldmap, id=result.id)
    state.counts[action.op, action.side] += 1
    state.conflicts += len(action.conflicts)
    state.mail_writes += action.mails
    state.written.add(action.side)
    state.latest[link.id] = link
    unread = shown is None and action.op is not Op.DELETE
    if unread:
        state.unread[link.id] = sent.intent.id
    return Commit(
        intent=sent.intent.id,
        state=IntentState.ACKED if unread else IntentState.VERIFIED,
        link=link,
        journal=written(state, sent.intent, link, reason=action.reason, shown=shown),
        conflicts=action.conflicts,
        undoes=action.undoes,
        resolves=action.resolves,
    )


def _shown(state: State, action: Action, result: Done) -> Record | None:
    """What the side shows now. An answer that cannot be read counts as none: the next listing supplies it."""
    if result.payload is None:
        return None
    try:
        return state.normalize(action.side, result.payload)
    except BadRecord:
        return None


def _refused(state: State, action: Action, error: OutlookdError) -> None:
    """A write that did not happen. Stale or vanished items are looked at again; the rest is a poison record or a sick side."""
    log.warning("sync.write.refused", side=action.side, op=action.op, **traits(error))
    id = action.link.side_id(action.side)
    if isinstance(error, Stale | NotFound) and id:
        state.again[action.side].add(id)
    elif isinstance(error, RemoteError) and (error.retryable or isinstance(error, AccessDenied | MailboxUnusable)):
        state.failure = state.failure or error
    else:
        state.poison(*_culprit(action), error)


def _culprit(action: Action) -> tuple[Side, str]:
    return culprit(action.op, action.side, action.link)


def _chunks(actions: Sequence[Action], size: int) -> Iterator[Sequence[Action]]:
    return iter([actions[start : start + size] for start in range(0, len(actions), size)])
