"""One run of one job: observe, decide, carry out, remember, until nothing is left to do.

    run(job) -> read both sides -> pair -> draft -> review -> execute -> commit -> watermarks

One path serves both directions. A run that wrote to a side reads that side once more, so that its own echo is known before the
next run (and costs the next run nothing).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from outlookd.core.births import contested, keys_for
from outlookd.core.guards import held_by, release, review, spare, unread
from outlookd.core.loops import MEMORY, circling
from outlookd.core.lost import find_successors
from outlookd.core.marker import is_record_key, parse_marker
from outlookd.core.meetings import holds_copy
from outlookd.core.model import WRITES, Action, Commit, Held, JournalEntry, Link, Op, Plan, RunKind, RunReport, Side
from outlookd.core.pairing import Pairing, pair
from outlookd.core.plan import draft, plan_hash
from outlookd.errors import OutlookdError, StateOutdated
from outlookd.hookspecs import Hold
from outlookd.ports import Found
from outlookd.sync.calendar import follow_series, neighbours, resolve_pointers
from outlookd.sync.disputes import keep_disputes
from outlookd.sync.execute import execute
from outlookd.sync.guardian import is_clear, remember_doubts, trust_again, vouch
from outlookd.sync.job import Deps, Job
from outlookd.sync.observe import View, investigate, read_side, recognise, reread
from outlookd.sync.place import Round, carry_over, keep_place, resume_place
from outlookd.sync.recover import recover, recover_in_known_folder
from outlookd.sync.session import APPROVED, conduct, open_state
from outlookd.sync.sources import HELD, MAP, choose_start, map_of, peek_at_outlook, read_gopaas, read_on, read_outlook
from outlookd.sync.state import State, culprit

ROUNDS = 4
"""A run looks again after writing. Two rounds settle nearly everything; what is left after four waits for the next run."""

SAMPLE = 3
"""So many keys tell whether a job that knows nothing has been here before."""


async def run(
    job: Job,
    deps: Deps,
    *,
    full: bool = False,
    recreate_folder: bool = False,
    impatient: bool = False,
    take_over: bool = False,
) -> RunReport:
    """Synchronise one job once and report. Never raises but for cancellation: the report says what went wrong and what to do.

    `full` enumerates Outlook anew instead of asking for changes. `recreate_folder` is a person's word that a deleted folder may
    be made again, `take_over` that this installation keeps the folder or calendar from now on, whoever kept it before. `impatient`
    tries quarantined records at once: somebody asked by hand, perhaps after mending the cause.
    """

    async def synchronise(state: State) -> None:
        state.impatient, state.take_over = impatient, take_over
        await _synchronise(state, full=full, recreate=recreate_folder)

    return await conduct(job, deps, RunKind.SYNC, synchronise)


async def preview(job: Job, deps: Deps) -> Plan:
    """What `run` would do, without writing anything anywhere. Raises OutlookdError."""
    return (await survey(job, deps))[1].plan


async def survey(job: Job, deps: Deps) -> tuple[State, Round]:
    """Everything that a plan comes from. Writes nothing anywhere. Raises OutlookdError."""
    state = await open_state(job, deps, run="preview", started=deps.clock.now())
    state.dry = True
    await remember_doubts(state)
    gopaas = await read_side(state, Side.GOPAAS, None)
    outlook = await peek_at_outlook(state, await choose_start(state, full=False), gopaas)
    await resume_place(state, outlook)
    return state, await _decide(state, gopaas, outlook)


async def _synchronise(state: State, *, full: bool, recreate: bool) -> None:
    """All rounds of one run."""
    await remember_doubts(state)
    await recover_in_known_folder(state, recreate=recreate)
    # Whoever takes a place looks at all of it, were it only to say so there.
    start = await choose_start(state, full=full or state.take_over or bool(state.suspended))
    gopaas = await read_gopaas(state, full=start.full)
    outlook = await read_outlook(state, start, gopaas, recreate=recreate)
    await resume_place(state, outlook)
    if state.suspended:
        await vouch(state)
    conclusive = clear = False
    for number in range(ROUNDS):
        round_ = await _decide_on_enough(state, gopaas, outlook)
        try:
            await _carry_out(state, round_)
        except StateOutdated:
            if state.failure is not None:
                raise
            # Nothing was written yet. What was decided rests on a memory that is too old.
            round_ = await _look_at_everything(state)
            await _carry_out(state, round_)
        if number == 0:
            state.unchanged = round_.plan.unchanged
            conclusive = _is_conclusive(state, round_)
            clear = is_clear(state, round_.plan, round_.gopaas, round_.outlook)
        await keep_disputes(state, round_)
        await keep_place(state, round_)
        if number == ROUNDS - 1 or not (state.written or any(state.again.values())):
            break
        gopaas, outlook = await _look_again(state, round_)
    if state.suspended and clear:
        await trust_again(state)
    await _keep_quarantine(state)
    await state.deps.store.note(state.job.id, MAP, map_of(state))
    await state.deps.store.note(state.job.id, HELD, "1" if state.plan.held else "")
    if state.approved and conclusive:
        await _use_up_approvals(state)


def _is_conclusive(state: State, round_: Round) -> bool:
    """Whether what was approved was there to be done, if it was there at all: nothing was read in part, no state is doubted."""
    ends = (round_.gopaas.end, round_.outlook.end)
    return not state.suspended and all(end is None or end.complete for end in ends)


async def _use_up_approvals(state: State) -> None:
    """An approval is for one run that comes to its end: what it did not find, nobody has approved for later.

    A run that failed on the way leaves it for what is left. One given meanwhile stays.
    """
    given = set((await state.deps.store.notes(state.job.id)).get(APPROVED, "").split())
    await state.deps.store.note(state.job.id, APPROVED, " ".join(sorted(given - state.approved)))


async def _decide_on_enough(state: State, gopaas: View, outlook: View) -> Round:
    round_ = await _decide(state, gopaas, outlook)
    if not gopaas.snapshot and _needs_all_rows(state, round_):
        round_ = await _decide(state, await read_side(state, Side.GOPAAS, None), outlook)
    return round_


async def _look_at_everything(state: State) -> Round:
    """Both sides completely, whatever the watermarks say, and what follows from it."""
    gopaas = await read_side(state, Side.GOPAAS, None)
    since = await state.deps.store.watermark(state.job.id, Side.OUTLOOK)
    return await _decide(state, gopaas, await read_on(state, since, full=True))


def _needs_all_rows(state: State, round_: Round) -> bool:
    """Whether what was changed lately in GoPaaS is not enough to know before this round's writes.

    A record that seems to be missing may be one that nobody changed. And one that somebody deleted since the last full listing
    would come back as a torso: GoPaaS makes a record of whatever is sent under a key that it does not know.
    """
    new = bool(round_.pairing.new_outlook) and state.rules.direction.writes(Side.GOPAAS)
    return new or any(action.side is Side.GOPAAS and action.op in WRITES for action in round_.plan.actions)


async def approve(job: Job, deps: Deps, name: str) -> bool:
    """Release what a guard holds under the hash `name`, or everything that the plan of that hash holds, for the next run.

    The plan is made anew: what came since is not approved. Returns whether anything is held under that name.
    Raises OutlookdError when the plan cannot be made.
    """
    plan = await preview(job, deps)
    named = [held for held in plan.held if held.hash and name in (held.hash, plan_hash(plan))]
    if named:
        before = (await deps.store.notes(job.id)).get(APPROVED, "").split()
        released = {release for held in named for release in held.releases}
        await deps.store.note(job.id, APPROVED, " ".join(sorted(released.union(before))))
    return bool(named)


async def _decide(state: State, gopaas: View, outlook: View) -> Round:
    """Everything between seeing and doing: strangers, missing records, pairs, decisions, guards."""
    sightings = await state.deps.store.sightings(state.job.id)
    others: tuple[Link, ...] = ()
    if state.rules.resource == "events":
        await follow_series(state, gopaas, outlook)
        await resolve_pointers(state, gopaas, outlook)
    await recognise(state, gopaas, outlook, sightings)
    if state.suspended:
        successors = find_successors(state.links.values(), gopaas.freeze(), outlook.freeze(), state.rules)
        await state.commit([Commit(link=link) for link in successors])
    if state.rules.resource == "events":
        others = await neighbours(state, gopaas, outlook)
    shrinks = [held for view in (gopaas, outlook) for held in await investigate(state, view)]
    if held := unread(state.blind):
        shrinks.append(held)
    links = list(state.links.values())
    seen_gopaas, seen_outlook = gopaas.freeze(), outlook.freeze(link.meeting for link in others if holds_copy(link))
    writes = state.rules.direction.writes(Side.GOPAAS)
    made = await _found(state, contested(links, seen_outlook, state.rules)) if writes else frozenset()
    pairing = pair(links, seen_gopaas, seen_outlook, state.rules, others=others, made=made)
    existing = made | await _existing(state, pairing, gopaas)
    plan = draft(pairing, seen_gopaas, seen_outlook, state.rules, existing=existing)
    await _break_circles(state, plan)
    plan = _without_poison(state, plan)
    plan = review(
        plan,
        limits=state.job.limits,
        pairs=state.pairs,
        allow_mail=state.rules.allow_mail,
        approved=state.approved,
        excused=state.excused,
        deleted=state.counts[Op.DELETE, Side.OUTLOOK],
        created=sum(state.counts[Op.CREATE, side] for side in Side),
        steady=state.kept_before or (state.steady and bool(state.pairs)),
        suspended=state.suspended,
    )
    plan = _ask_plugins(state, spare(plan, await _carrying(state, plan)))
    return Round(gopaas=gopaas, outlook=outlook, pairing=pairing, plan=replace(plan, held=(*shrinks, *plan.held)))


async def _break_circles(state: State, plan: Plan) -> None:
    """Set pairs aside whose last writes went round in circles (`core.loops`): a later try shows whether they still do."""
    updates = [action for action in plan.actions if action.op is Op.UPDATE]
    if state.dry or not updates:
        return
    past: dict[str, list[JournalEntry]] = {}
    for line in await state.deps.store.history([action.link.id for action in updates], since=state.started - MEMORY):
        past.setdefault(line.link, []).append(line)
    for action in updates:
        if fields := circling(action, past.get(action.link.id, [])):
            error = OutlookdError(f"loop suspected: {', '.join(fields)} was written there and back again within an hour")
            state.poison(*culprit(action.op, action.side, action.link), error)


def _without_poison(state: State, plan: Plan) -> Plan:
    """The plan without writes about what is set aside, earlier in this run or until its turn comes.

    A record that is shown is not even read while it waits; one that is gone, and whose deletion was refused, is only known by this.
    """
    kept = [a for a in plan.actions if a.op not in WRITES or not state.is_quarantined(*culprit(a.op, a.side, a.link))]
    return replace(plan, actions=tuple(kept))


async def _existing(state: State, pairing: Pairing, gopaas: View) -> frozenset[str]:
    """Which of the keys that Outlook items stand for belong to records outside the view. Asked only by jobs that may write there.

    An orphan may be a copy that a person made, with a record of its own: it is asked for by its stamp and by its own key.
    A job that knows no pair has lost its state when its view shows records made from Outlook, when items there carry its stamp, or
    when one of the first keys is taken: then every key is asked for. So it is while the state is doubted.
    """
    if not state.rules.direction.writes(Side.GOPAAS):
        return frozenset()
    keys = [marker.key for record in pairing.orphans if (marker := parse_marker(record.marker)) is not None]
    keys += [key for record in pairing.orphans for key in keys_for(record, state.rules)]
    doubted = bool(state.suspended)
    born = [key for record in pairing.new_outlook for key in keys_for(record, state.rules)] if doubted or not state.pairs else []
    stamped = doubted or any(match.outlook.marker for match in pairing.matches)
    if stamped or any(is_record_key(key) for key in gopaas.records):
        return await _found(state, [*keys, *born])
    first = await _found(state, [*keys, *born[:SAMPLE]])
    return first | await _found(state, born[SAMPLE:]) if first.intersection(born) else first


async def _found(state: State, keys: Sequence[str]) -> frozenset[str]:
    readings = await state.deps.gopaas.read(keys) if keys else {}
    return frozenset(key for key, reading in readings.items() if isinstance(reading, Found))


async def _carrying(state: State, plan: Plan) -> frozenset[str]:
    """Which of the contacts about to be deleted carry a photo: only a person puts one there."""
    ids = [action.link.outlook_id for action in plan.actions if action.op is Op.DELETE and action.side is Side.OUTLOOK]
    answers = await state.deps.outlook.attachments(ids) if ids else {}
    return frozenset(id for id, carries in answers.items() if carries)


def _ask_plugins(state: State, plan: Plan) -> Plan:
    """Let plugins hold or refuse single writes. Both keep the write out of this run and show it with their reason."""
    allowed: list[Action] = []
    held: list[Held] = []
    for action in plan.actions:
        verdict = state.deps.hooks.check_action(action, state.links.get(action.link.id)) if action.op in WRITES else None
        if verdict is None or (isinstance(verdict, Hold) and release("plugin", action) in state.approved):
            allowed.append(action)
        else:
            held.append(held_by("plugin", verdict.reason, [action], open_=isinstance(verdict, Hold)))
    return replace(plan, actions=tuple(allowed), held=(*plan.held, *held)) if held else plan


async def _carry_out(state: State, round_: Round) -> None:
    state.written, state.again, state.latest = set(), {side: set() for side in Side}, {}
    state.plan = round_.plan
    await execute(state, round_.plan.actions)
    if state.ambiguous:
        await recover(state)
        # What was found done was done after the listing: an old reading of it would look like somebody's edit back.
        state.written.update(Side)


async def _look_again(state: State, round_: Round) -> tuple[View, View]:
    """Read again what this run has written to, and what refused a write as stale."""
    gopaas, outlook = round_.gopaas, View(side=Side.OUTLOOK)
    stale = {side: sorted(state.again[side]) for side in Side}
    if Side.GOPAAS in state.written:
        since = await state.deps.store.watermark(state.job.id, Side.GOPAAS)
        made = any(action.op is Op.CREATE and action.side is Side.GOPAAS for action in round_.plan.actions)
        gopaas = await read_side(state, Side.GOPAAS, since, full=made, just_written=set(state.unread))
    if Side.OUTLOOK in state.written:
        outlook = await read_on(state, await state.deps.store.watermark(state.job.id, Side.OUTLOOK))
    await reread(state, gopaas, stale[Side.GOPAAS])
    await reread(state, outlook, stale[Side.OUTLOOK])
    carry_over(state, round_, outlook)
    return gopaas, outlook


async def _keep_quarantine(state: State) -> None:
    due = [key for key in state.quarantine if key not in state.requarantined and not state.is_quarantined(*key)]
    put = [state.quarantine[key] for key in state.requarantined]
    if put or due:
        await state.deps.store.keep_quarantine(state.job.id, put=put, lift=due)
    for key in due:
        del state.quarantine[key]
