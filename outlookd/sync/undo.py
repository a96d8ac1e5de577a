"""Take back what a run wrote, as a run of its own: look at every record concerned, decide, write, look again.

How a line of the journal is taken back is `core.undo`'s. Here is what that needs: the lease, recovery of what was interrupted,
fresh readings of both sides (never our memory), and the path that every write takes. An undo that was interrupted is recovered
like any run and can be repeated: a line that is marked as taken back is passed over.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from outlookd.core.model import WRITES, Action, JournalEntry, LinkStatus, Op, Record, RunKind, RunReport, Side
from outlookd.core.orders import Half, Kept
from outlookd.core.plan import fingerprint
from outlookd.core.settle import announce, settle_write
from outlookd.core.undo import Pair, is_bare, point, take_back
from outlookd.errors import BadRecord
from outlookd.ports import Store
from outlookd.sync.execute import execute
from outlookd.sync.glimpse import GONE, glimpse
from outlookd.sync.guardian import require_trust
from outlookd.sync.job import Deps, Job
from outlookd.sync.recover import recover, recover_in_known_folder
from outlookd.sync.session import conduct, open_state
from outlookd.sync.state import State

REFUSED = "it was changed at this moment, or was refused; the log says more, and the undo can be repeated"
STOPPED = "the undo failed before this was done, and can be repeated"
RESTORED = "it was taken back before, and restored since: take back the undo that restored it"
FORGOTTEN = "nobody remembers any more what it belongs to"
_GONE = (LinkStatus.WITHDRAWN, LinkStatus.TOMBSTONE)


@dataclass(slots=True, kw_only=True)
class Undoing:
    """How far an undo is: what was (or, in a preview, would be) done, what stays, and which lines are settled either way.

    `overtaken`: this is not what a person agreed to, so nothing was done.
    """

    actions: list[Action] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)
    handled: set[int] = field(default_factory=set)
    overtaken: bool = False
    pretended: dict[tuple[Side, str], Half] = field(default_factory=dict)
    """In a preview: what a half would show by now."""


async def preview_undo(job: Job, deps: Deps, run: str, *, item: str = "") -> Undoing:
    """What `undo` would do. Writes nothing anywhere. Raises OutlookdError."""
    state = await open_state(job, deps, run="preview", started=deps.clock.now())
    state.dry = True
    undoing = Undoing()
    container = await deps.store.container(job.id)
    deps.outlook.container = container.id if container is not None else ""
    await _work(state, undoing, run, item)
    undoing.actions = [action for action in undoing.actions if action.op in WRITES]
    return undoing


async def undo(job: Job, deps: Deps, run: str, *, item: str = "", agreed: str | None = None) -> tuple[RunReport, Undoing]:
    """Take back what `run` wrote, newest first; with `item` (a key, an Outlook id or a link's id) only what it wrote there.

    With `agreed`, the fingerprint of a preview's actions, nothing but these: looked at once more under the lease of the job.
    Never raises but for cancellation: the report says what went wrong. Lines that were taken back before are passed over.
    """
    undoing = Undoing()

    async def work(state: State) -> None:
        why = STOPPED
        try:
            await recover_in_known_folder(state, recreate=False)
            if agreed is not None and fingerprint((foreseen := await preview_undo(job, deps, run, item=item)).actions) != agreed:
                undoing.actions, undoing.kept, undoing.overtaken = foreseen.actions, foreseen.kept, True
                return
            await _work(state, undoing, run, item)
            why = REFUSED
        finally:
            if not undoing.overtaken:
                _settle(state, undoing, takeable(await deps.store.journal(run), item), why)

    report = await conduct(job, deps, RunKind.UNDO, work)
    return report, undoing


def takeable(lines: Iterable[JournalEntry], item: str = "") -> list[JournalEntry]:
    """The lines that can be taken back: writes that nobody took back yet, of one item or of all."""
    return [line for line in lines if line.op in WRITES and not line.undone and concerns(line, item)]


async def restored(store: Store, lines: Iterable[JournalEntry]) -> Mapping[int, str]:
    """Which of these lines were taken back and are in force again, because that was taken back too; and by which run, by number."""
    journals: dict[str, dict[str, str]] = {}
    found = {}
    for line in lines:
        run, again = line.undone, False
        while run:
            if run not in journals:
                journals[run] = {entry.link: entry.undone for entry in await store.journal(run) if entry.undone}
            if not (by := journals[run].get(line.link, "")):
                break
            run, again = by, not again
        if again:
            found[line.seq] = run
    return found


def concerns(line: JournalEntry, item: str) -> bool:
    """Whether a line is about `item`, by whatever id of it; any line is about nothing in particular."""
    return not item or item in (line.gopaas_id, line.outlook_id, line.link)


async def _work(state: State, undoing: Undoing, run: str, item: str) -> None:
    await require_trust(state)
    every = [line for line in await state.deps.store.journal(run) if concerns(line, item)]
    again = await restored(state.deps.store, every)
    undoing.kept += [_whole(line, RESTORED) for line in every if line.seq in again]
    lines = takeable(every)
    bare = [line for line in lines if is_bare(line, state.rules)]
    stacks = _by_link(line for line in lines if line not in bare)
    history = await state.deps.store.history(list(stacks)) if stacks else ()
    while tops := [stack.pop() for stack in stacks.values() if stack]:
        await _take_back(state, undoing, tops, history)
    undoing.handled |= {line.seq for line in bare}
    turned = {action.link.id for action in undoing.actions if action.op in (Op.CREATE, Op.DELETE)}
    rows = [line for line in bare if line.side is Side.GOPAAS and line.link not in turned and line.link in state.links]
    undoing.kept += [_named(line) for line in rows if state.links[line.link].status is LinkStatus.ACTIVE]
    await _empty(state, undoing, [line for line in rows if state.links[line.link].status in _GONE])
    if not state.dry:
        await _afterwards(state, undoing)


def _by_link(lines: Iterable[JournalEntry]) -> dict[str, list[JournalEntry]]:
    """The lines by pair, each pair's newest last: one is taken back at a time, so that the next one meets what it left."""
    stacks: dict[str, list[JournalEntry]] = {}
    for line in sorted(lines, key=lambda line: line.seq):
        stacks.setdefault(line.link, []).append(line)
    return stacks


async def _take_back(state: State, undoing: Undoing, lines: Sequence[JournalEntry], history: Sequence[JournalEntry]) -> None:
    """One line of each pair."""
    known = [line for line in lines if line.link in state.links]
    seen = _imagined(await glimpse(state, [state.links[line.link] for line in known]), undoing, state)
    pairs = [_pair(state, line, seen[line.link], history, undoing.handled) for line in known]
    reversals = [take_back(line, pair, state.rules) for line, pair in zip(known, pairs, strict=True)]
    allowed, left = await _allowed(state, [reversal.action for reversal in reversals if reversal.action is not None])
    # Only what is decided is handled: whatever goes wrong before this leaves its lines to be named as not done.
    undoing.handled |= {line.seq for line in lines}
    undoing.kept += [_whole(line, FORGOTTEN) for line in lines if line.link not in state.links]
    undoing.kept += [*(kept for reversal in reversals for kept in reversal.kept), *left]
    undoing.actions += allowed
    if state.dry:
        for action in allowed:
            _pretend(state, undoing, action, seen[action.link.id][action.side])
        return
    state.latest = {}
    await execute(state, allowed)
    if state.ambiguous:
        await recover(state)


def _pair(
    state: State, line: JournalEntry, halves: Mapping[Side, Half], history: Sequence[JournalEntry], handled: set[int]
) -> Pair:
    link = state.links[line.link]
    taking = {entry.undone for entry in history if entry.link == line.link and entry.undone}
    later = (entry for entry in history if entry.link == line.link and entry.seq > line.seq and entry.op in WRITES)
    return Pair(
        link=link,
        halves=halves,
        others=tuple(o for o in state.links.values() if o.gopaas_id and o.gopaas_id == link.gopaas_id and o.id != link.id),
        # What was taken back since, and the line that did it, leave everything as it was.
        later=tuple(e for e in later if not e.undone and e.run not in taking and e.seq not in handled),
        image=_image(state, line),
    )


def _image(state: State, line: JournalEntry) -> Record | None:
    """The item as it was before the write, with every field that can be written, mapped or not."""
    if not line.image:
        return None
    context = state.context
    if line.side is Side.OUTLOOK:
        context = replace(context, fieldmap=context.fieldmap.widened())
    try:
        return state.normalize(line.side, line.image, context)
    except BadRecord:
        return None


async def _allowed(state: State, actions: Sequence[Action]) -> tuple[list[Action], list[Kept]]:
    """The actions that nothing speaks against, no photo or file of a person's and no plugin; and what therefore stays."""
    ids = [action.link.outlook_id for action in actions if action.op is Op.DELETE]
    answers = await state.deps.outlook.attachments(ids) if ids else {}
    allowed, left = [], []
    for action in actions:
        if action.op not in WRITES:
            allowed.append(action)
            continue
        verdict = state.deps.hooks.check_action(action, state.links.get(action.link.id))
        if action.op is Op.DELETE and answers.get(action.link.outlook_id):
            left.append(_left(action, "a person added a photo or a file"))
        elif verdict is not None:
            left.append(_left(action, verdict.reason))
        else:
            allowed.append(action)
    return allowed, left


def _pretend(state: State, undoing: Undoing, action: Action, half: Half) -> None:
    """Let a preview go on as if `action` had been carried out."""
    if half.record is None or action.op not in WRITES:
        return
    after = {**half.record.fields, **{name: change.after for name, change in action.changes.items()}}
    shown = replace(half.record, fields=after)
    gone = Half(missing=GONE[action.side])
    undoing.pretended[action.side, shown.id] = gone if action.op is Op.DELETE else replace(half, record=shown)
    state.links[action.link.id] = settle_write(action, announce(action), shown, state.context.fieldmap, id=shown.id)


def _imagined(seen: Mapping[str, Mapping[Side, Half]], undoing: Undoing, state: State) -> Mapping[str, Mapping[Side, Half]]:
    """What is shown, with what a preview only pretends to have written."""
    pretended = undoing.pretended
    return {
        id: {side: pretended.get((side, state.links[id].side_id(side)), half) for side, half in halves.items()}
        for id, halves in seen.items()
    }


async def _afterwards(state: State, undoing: Undoing) -> None:
    """Let columns name what is there now, and see what GoPaaS stored."""
    await _point(state, [action for action in undoing.actions if action.op in (Op.CREATE, Op.DELETE)])
    if Side.GOPAAS in state.written:
        await glimpse(state, [link for link in state.links.values() if not link.gopaas.settled], just_written=True)


def _settle(state: State, undoing: Undoing, left: Sequence[JournalEntry], why: str) -> None:
    """Find out from the journal what was done and what was not, however the undo ended. `left` are lines nobody took back."""
    waiting = {line.seq for line in left}
    undoing.kept += [_left(action, why) for action in undoing.actions if action.undoes in waiting]
    undoing.kept += [_whole(line, STOPPED) for line in left if line.seq not in undoing.handled and not is_bare(line, state.rules)]
    undoing.actions = [action for action in undoing.actions if action.undoes not in waiting and action.op in WRITES]


async def _empty(state: State, undoing: Undoing, lines: Sequence[JournalEntry]) -> None:
    """Columns that still name what an earlier undo deleted: it died before it came to them."""
    links = [state.links[line.link] for line in lines]
    seen = await glimpse(state, links) if links else {}
    points = [
        point(link, seen[link.id][Side.GOPAAS].record, line.outlook_id, state.rules)
        for link, line in zip(links, lines, strict=True)
    ]
    actions = [replace(action, undoes=line.seq) for action, line in zip(points, lines, strict=True) if action is not None]
    undoing.actions += actions
    if not state.dry:
        state.latest = {}
        await execute(state, actions)


async def _point(state: State, actions: Sequence[Action]) -> None:
    """Let the columns of rows name what these actions have made, and no longer what they have deleted."""
    if not (state.rules.fieldmap.pointer and actions):
        return
    gone = {action.link.id: action.link.outlook_id for action in actions}
    links = [state.links[id] for id in gone]
    seen = await glimpse(state, links)
    points = [point(link, seen[link.id][Side.GOPAAS].record, gone[link.id], state.rules) for link in links]
    state.latest = {}
    await execute(state, [action for action in points if action is not None])


def _named(line: JournalEntry) -> Kept:
    reason = "its column names the event that belongs to it, and would be filled again"
    return Kept(side=line.side, id=line.gopaas_id, field="id", reason=reason)


def _whole(line: JournalEntry, reason: str) -> Kept:
    id = line.gopaas_id if line.side is Side.GOPAAS else line.outlook_id
    return Kept(side=line.side, id=id, field="", reason=reason)


def _left(action: Action, reason: str) -> Kept:
    # What was not made again has no id on its side: its record is named instead.
    id = action.link.side_id(action.side) or action.link.side_id(action.side.other)
    return Kept(side=action.side, id=id, field="", reason=reason)
