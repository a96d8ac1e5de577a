"""Whether what a job remembers may be trusted, asked of the seal on its folder or calendar before anything is written.

Three answers (`core.seal` gives them): it may; it is older than the mailbox, or lost, and is *suspended*: everything is read, pairs
are found again, nothing is made or deleted and nobody mailed until both sides were looked at completely once; or the container is
another installation's, and nothing happens until a person decides. A quiet run asks nothing. How often the container was written to
is remembered per container, not per job: two jobs may share a calendar.

A seal that is put there while another copy of the state is writing tells that one, too: it looks again once a minute.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import structlog

from outlookd.core.model import Plan
from outlookd.core.seal import (
    ContainerSeal,
    Memory,
    Standing,
    counted,
    doubt,
    dump_memory,
    first_seal,
    judge_seal,
    load_memory,
    next_seal,
    parse_seal,
)
from outlookd.errors import KeptElsewhere, OutlookdError, RemoteError, StateOutdated
from outlookd.sync.observe import View
from outlookd.sync.state import State, traits

log = structlog.get_logger()

LOOK_AGAIN = 60.0
"""Seconds for which a run writes without looking at the seal again. Not every batch: a first export would cost a third more."""

RESTORED, SUSPENDED, VOUCHED = "restored", "suspended", "vouched"
"""Notes of a job: that its state was put back from a copy; why it is not trusted; the count with which it was last up to date."""

FROM_A_COPY = "the state was restored from a copy"
AHEAD = "the mailbox has seen more than the state remembers, which seems to come from an older copy"
FORGOTTEN = "nothing is remembered of this folder or calendar; it is being found again"
LOST = "the state was lost, and is being found again"
TAKEN = "this installation has taken the place of another one"


async def remember_doubts(state: State) -> None:
    """Go on being careful where an earlier run, or `outlookd restore`, said so; and know whose stamps are ours.

    A run that reads only what changed looks at no seal, and would take an item that is back for a stranger's.
    """
    known = await state.deps.store.container(state.job.id)
    if known is not None:
        _heed(state, await _recall(state, known.id))
    if reason := doubted(await state.deps.store.notes(state.job.id)):
        await _suspend(state, reason)


def doubted(notes: Mapping[str, str]) -> str:
    """Why a job with these notes does not trust its state; empty when it does."""
    return notes.get(SUSPENDED) or (FROM_A_COPY if notes.get(RESTORED) else "")


async def require_trust(state: State) -> None:
    """Refuse what only a state that is trusted can tell: what to take back, to settle or to remove. Raises StateOutdated.

    Only a run that keeps a job in step is careful enough to go on without; a person's orders can wait for one.
    """
    if reason := doubted(await state.deps.store.notes(state.job.id)):
        raise _outdated(reason)


async def face(state: State, container: str, seal: str, *, owner: str = "") -> None:
    """Judge the seal that a container shows. Raises KeptElsewhere.

    `owner` is the installation whose stamp it carries: that of a folder may be older than seals.
    """
    memory, seen = await _recall(state, container), parse_seal(seal)
    if seen is None and owner:
        seen = ContainerSeal(install=owner, epoch=0, key="", at=state.started, nonce="")
    _heed(state, memory)
    standing = judge_seal(seen, memory, state.started)
    if standing is Standing.TRUSTED:
        if memory.vouched < memory.doubted:
            await _note(state, VOUCHED, str(memory.doubted))
        return
    if standing is Standing.DOUBLED and await _is_restored(state):
        standing = Standing.OUTDATED
    if standing in (Standing.DOUBLED, Standing.FOREIGN) and not state.take_over:
        raise _refusal(state, standing, seen)
    await _doubt(state, container, doubt(memory, seen, state.started), standing)


async def vouch(state: State) -> None:
    """Seal the container with the next count, before the first write of a run; what it carries until then is judged first.

    Raises StateOutdated when it turns out that the state is older than the mailbox: nothing that was decided holds. Raises
    KeptElsewhere.
    """
    container = state.deps.outlook.container
    if state.vouched or not container:
        return
    trusted = not state.suspended
    if trusted:
        await require_trust(state)
    await face(state, container, await _read_seal(state, container))
    if trusted and state.suspended:
        raise _outdated(state.suspended)
    await _seal(state, container, await _recall(state, container))


def new_seal(state: State) -> str:
    """The seal of a folder that this run makes."""
    _watch(state, str(first_seal(state.rules.install, state.deps.keys, state.started, _nonce(state))))
    return state.seal


async def keep_watch(state: State) -> None:
    """Look at the seal again if the last look was long ago; a run whose container carries another one has failed (`state.failure`).

    One of several batches in flight looks, the others wait for what it finds.
    """
    async with state.watch:
        now = state.deps.clock.monotonic()
        if state.failure is not None or not state.seal or now - state.looked_at <= LOOK_AGAIN:
            return
        state.looked_at = now
        try:
            if not await _is_ours(state):
                state.failure = _overtaken()
        except OutlookdError as error:
            state.failure = error


def is_clear(state: State, plan: Plan, gopaas: View, outlook: View) -> bool:
    """Whether a look at both sides showed all of them and left no doubt."""
    whole = all(view.end is not None and view.end.snapshot and view.end.complete for view in (gopaas, outlook))
    return whole and not state.ambiguous and not {"shrink", "incomplete", "unread"} & {held.guard for held in plan.held}


async def trust_again(state: State) -> None:
    """End the suspension, at the end of a run that was in doubt about nothing, unless another copy of the state is at work."""
    try:
        ours = await _is_ours(state)
    except RemoteError as error:
        log.warning("sync.seal.unreadable", **traits(error))
        return
    if not ours:
        log.warning("sync.suspension.kept")
        return
    memory = await _recall(state, state.deps.outlook.container)
    for key, value in ((VOUCHED, str(max(memory.epoch, memory.doubted))), (RESTORED, ""), (SUSPENDED, "")):
        await _note(state, key, value)
    log.info("sync.suspension.ended")


async def _doubt(state: State, container: str, memory: Memory, standing: Standing) -> None:
    """Be careful from now on; and say so on the container at once, so that whoever wrote there last finds out."""
    _heed(state, memory)
    ahead = FROM_A_COPY if await _is_restored(state) else AHEAD
    reasons = {Standing.OUTDATED: ahead, Standing.FORGOTTEN: FORGOTTEN, Standing.BEREFT: LOST}
    await _suspend(state, reasons.get(standing, TAKEN))
    if not state.dry:
        await _seal(state, container, memory)


def _heed(state: State, memory: Memory) -> None:
    state.rules = replace(state.rules, former=frozenset(memory.former))
    state.kept_before = state.kept_before or bool(memory.doubted)


async def _suspend(state: State, reason: str) -> None:
    if not state.suspended and not state.dry:
        log.warning("sync.suspension.began", reason=reason)
        await _note(state, SUSPENDED, reason)
    state.suspended, state.kept_before = state.suspended or reason, True
    state.rules = replace(state.rules, doubtful=True)


async def _seal(state: State, container: str, memory: Memory) -> None:
    """Count first, durably, then seal: a crash in between leaves the state ahead of the mailbox, which is harmless.

    A container that takes no seal (a calendar that somebody else shares) is kept in step all the same, as it was before there were
    seals.
    """
    seal = next_seal(memory, state.started, _nonce(state))
    await state.deps.store.note(_place(state), container, dump_memory(counted(memory, seal)))
    if not state.suspended:
        await _note(state, VOUCHED, str(seal.epoch))
    try:
        await state.deps.outlook.seal_container(container, str(seal))
    except RemoteError as error:
        if error.retryable:
            raise
        log.warning("sync.seal.refused", **traits(error))
        _watch(state, "")
    else:
        _watch(state, str(seal))


def _watch(state: State, seal: str) -> None:
    state.vouched, state.seal, state.looked_at = True, seal, state.deps.clock.monotonic()


def _nonce(state: State) -> str:
    return state.run[:8]


async def _is_ours(state: State) -> bool:
    """Whether the container still carries the seal of this run. One that takes or shows none is as good."""
    return not state.seal or await _read_seal(state, state.deps.outlook.container) in ("", state.seal)


async def _read_seal(state: State, container: str) -> str:
    try:
        return await state.deps.outlook.read_seal(container)
    except RemoteError as error:
        if error.retryable:
            raise
        log.warning("sync.seal.unreadable", **traits(error))
        return ""


async def _recall(state: State, container: str) -> Memory:
    store, notes = state.deps.store, await state.deps.store.notes(state.job.id)
    fresh = Memory(
        install=state.rules.install,
        keys=state.deps.keys,
        vouched=int(notes.get(VOUCHED) or 0),
        remembers=bool(state.links),
    )
    return load_memory((await store.notes(_place(state))).get(container, ""), fresh)


def _place(state: State) -> str:
    """Where a user's containers are remembered, by id. Below the login, so that whoever forgets it forgets this."""
    return f"{state.job.user}/seals"


async def _is_restored(state: State) -> bool:
    return bool((await state.deps.store.notes(state.job.id)).get(RESTORED))


async def _note(state: State, key: str, value: str) -> None:
    if not state.dry:
        await state.deps.store.note(state.job.id, key, value)


def _outdated(reason: str) -> StateOutdated:
    return StateOutdated(f"{reason}; nothing was written.", hint="Run `outlookd sync` for this job first.")


def _overtaken() -> StateOutdated:
    return StateOutdated(
        "another copy of this state has begun to write to this mailbox; nothing more was sent.",
        hint="Stop one of the two. The next run looks at everything before it writes.",
    )


def _refusal(state: State, standing: Standing, seen: ContainerSeal | None) -> KeptElsewhere:
    order = f"outlookd sync --user {state.job.user} --type {state.job.type.lower()} --take-over"
    when = f"{seen.at:%Y-%m-%d %H:%M} UTC" if seen is not None else "some time"
    if standing is Standing.DOUBLED:
        return KeptElsewhere(
            f"two copies of one state database are at work: another one wrote to this mailbox on {when}; nothing was changed.",
            hint=f"Stop the other outlookd, then run `{order}` here.",
        )
    name = seen.install if seen is not None else "unknown"
    return KeptElsewhere(
        f"another outlookd installation ({name}) keeps this mailbox's folder or calendar, and wrote there on {when}; "
        "nothing was changed.",
        hint=f"Stop one of the two. To go on here, run `{order}`.",
    )
