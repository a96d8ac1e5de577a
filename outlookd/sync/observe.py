"""Read both sides of a job into what the core can judge: listings, markers of strangers, proofs of what is missing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import assert_never

import structlog

from outlookd.core.guards import doubted, released_unread, shrunk
from outlookd.core.marker import MARKER_KEY, likenesses, parse_marker
from outlookd.core.model import Commit, Held, IntentState, Link, LinkStatus, Payload, Record, Side, Sighting, Span, Watermark
from outlookd.core.pairing import returning, wanted
from outlookd.core.settle import settle_listing
from outlookd.core.strangers import claimed, sighting_of
from outlookd.core.verdict import Proof, Seen, Verdict, glance, is_quiet, suspects, unread
from outlookd.errors import BadRecord, OutlookdError, WatermarkExpired
from outlookd.ports import Absent, Found, ListingEnd, Reading, Unreadable
from outlookd.sync.state import ID_KEY, State, traits

log = structlog.get_logger()

ASKED_ABOUT = {
    Side.GOPAAS: frozenset({LinkStatus.ACTIVE}),
    Side.OUTLOOK: frozenset({LinkStatus.ACTIVE, LinkStatus.FOLLOWER}),
}
"""Whose disappearance matters: a kept pair's halves, and our copy of a colleague's meeting; its record is the colleague's."""

VANISHED = "vanished"
"""The note under which `State.vanished` is kept."""

DROPPED = OutlookdError("the change was accepted and not kept")
UNREAD = BadRecord("Outlook lists this item and cannot show it; what may belong to it waits")


@dataclass(slots=True, kw_only=True)
class View:
    """One side as this run has seen it so far, growing until it is frozen into a Seen.

    `stamps` are the ids whose marker, or lack of one, was shown: the others must be read before anything is concluded from it.
    `told` are those that the listing itself showed, whatever became of them since.
    """

    side: Side
    records: dict[str, Record] = field(default_factory=dict)
    same: set[str] = field(default_factory=set)
    removed: set[str] = field(default_factory=set)
    unreadable: set[str] = field(default_factory=set)
    proofs: dict[str, Proof] = field(default_factory=dict)
    elsewhere: dict[str, Record] = field(default_factory=dict)
    stamps: set[str] = field(default_factory=set)
    told: set[str] = field(default_factory=set)
    whole: set[str] = field(default_factory=set)
    resting: dict[str, Record] = field(default_factory=dict)
    window: Span | None = None
    end: ListingEnd | None = None

    @property
    def snapshot(self) -> bool:
        """Whether everything was enumerated, as opposed to what changed."""
        return self.end is not None and self.end.snapshot

    def freeze(self, followed: Iterable[str] = ()) -> Seen:
        """What the core judges. `followed` are meetings that other mailboxes have, too."""
        return Seen(
            side=self.side,
            records=self.records,
            same=frozenset(self.same),
            removed=frozenset(self.removed),
            unreadable=frozenset(self.unreadable),
            proofs=self.proofs,
            snapshot=self.snapshot,
            complete=self.end.complete if self.end else False,
            window=self.window,
            elsewhere=self.elsewhere,
            whole=frozenset(self.whole),
            followed=frozenset(followed),
        )


async def read_side(
    state: State, side: Side, since: Watermark | None, *, full: bool = False, just_written: Collection[str] = ()
) -> View:
    """List one side, page by page, keeping only what is news.

    A watermark that is no longer accepted is a normal case: the side is enumerated from the start, and what is missing then is
    merely absent (complaint 33). `full` enumerates although there is a watermark. `just_written` are ids of links whose unanswered
    write this listing shows for the first time.
    """
    try:
        return await _list(state, side, since, full=full, just_written=just_written)
    except WatermarkExpired:
        log.info("sync.watermark.expired", side=side)
        return await _list(state, side, None, full=full, just_written=just_written)


async def _list(state: State, side: Side, since: Watermark | None, *, full: bool, just_written: Collection[str]) -> View:
    view = View(side=side)
    index = _index(state.links.values(), side)
    done = 0
    async for page in state.adapter(side).changes(since, full=full):
        settled: list[Commit] = []
        for payload in page.payloads:
            view.told.add(_id_of(payload, side))
            settled += _take(state, view, index, payload, same_run=just_written)
        for id in page.removed:
            _forget(view, id)
        await state.commit(settled)
        done += len(page.payloads)
        state.deps.progress(str(side), done, page.total)
        view.whole.update(page.whole)
        view.end = page.end or view.end
    view.window = _covered(state, view)
    return view


def _covered(state: State, view: View) -> Span | None:
    """The part of time that this listing had to show. A GoPaaS view is not asked by time, but its rows leave it with time."""
    if view.side is Side.GOPAAS:
        return state.rules.window.outer if state.rules.window is not None else None
    return view.end.window if view.end is not None else None


def _index(links: Iterable[Link], side: Side) -> dict[str, str]:
    return {link.side_id(side): link.id for link in links if link.status is not LinkStatus.TOMBSTONE and link.side_id(side)}


def _take(
    state: State, view: View, index: Mapping[str, str], payload: Mapping[str, object], *, same_run: Collection[str]
) -> list[Commit]:
    """Put one payload where it belongs. Returns what must be stored when it shows an earlier write of ours."""
    side, id = view.side, _id_of(payload, view.side)
    _forget(view, id)
    view.removed.discard(id)
    if MARKER_KEY in payload:
        view.stamps.add(id)
    try:
        record = state.normalize(side, payload)
    except BadRecord as error:
        view.unreadable.add(id)
        state.poison(side, id, error)
        return []
    if state.is_quarantined(side, id):
        view.unreadable.add(id)
        view.resting[id] = record
        return []
    link = state.links.get(index.get(id, ""))
    commits: list[Commit] = []
    if link is not None and not link.base(side).settled:
        settled = settle_listing(link, side, record, same_run=link.id in same_run)
        dropped = settled.base(side.other) != link.base(side.other)
        link = settled
        commits = [Commit(intent=state.unread.pop(link.id, ""), state=IntentState.VERIFIED, link=link)]
        if dropped:
            # Once may be bad luck and is tried again in the next run; a column that never keeps what is written waits for longer.
            state.doubtful.add(link.side_id(side.other))
            state.poison(side, id, DROPPED, lenient=True)
            view.unreadable.add(id)
            return commits
    if link is not None and is_quiet(link, record):
        view.same.add(id)
    else:
        view.records[id] = record
    return commits


def _id_of(payload: Mapping[str, object], side: Side) -> str:
    id = payload.get(ID_KEY[side])
    return "" if id is None else str(id)


def _forget(view: View, id: str) -> None:
    """The last word about an id counts: a listing may repeat it (Graph trap 5)."""
    view.records.pop(id, None)
    view.same.discard(id)
    view.unreadable.discard(id)
    view.removed.add(id)


async def reread(state: State, view: View, ids: Sequence[str]) -> None:
    """Read single ids again and put what they show into the view."""
    if not ids:
        return
    index = _index(state.links.values(), view.side)
    for id, reading in (await state.adapter(view.side).read(ids)).items():
        await state.commit(_apply(state, view, index, id, reading))


def _apply(state: State, view: View, index: Mapping[str, str], id: str, reading: Reading) -> list[Commit]:
    listed = view.side is Side.OUTLOOK or id in view.records or id in view.same
    match reading:
        case Found(payload=payload, elsewhere=False) if listed:
            return _take(state, view, index, payload, same_run=())
        case Found(payload=payload):
            _forget(view, id)
            _take_from_elsewhere(state, view, id, payload)
        case Absent():
            # Not found now, and nothing else says so: one piece of evidence. The next reading is the other (design rule 3).
            missed = _is_missed(state, view, index, id)
            _forget(view, id)
            view.proofs[id] = Proof.GONE if missed else Proof.UNKNOWN
            if not missed:
                # Nor may this answer pass for what the feed told, when the id is asked for again in the same run.
                view.removed.discard(id)
        case Unreadable(error=error):
            missed = _is_missed(state, view, index, id)
            _forget(view, id)
            view.unreadable.add(id)
            if missed:
                # No answer takes nothing back of what the feed or the listing told: the question alone is asked again.
                view.proofs[id] = Proof.UNKNOWN
            else:
                view.removed.discard(id)
            log.warning("sync.probe.failed", side=view.side, **traits(error))
        case _:
            assert_never(reading)
    return []


def _take_from_elsewhere(state: State, view: View, id: str, payload: Payload) -> None:
    """What exists outside of what is listed. A row that cannot be read does not say why it left: its date may be none at all."""
    try:
        view.elsewhere[id] = state.normalize(view.side, payload)
    except BadRecord as error:
        if view.side is Side.GOPAAS:
            view.unreadable.add(id)
            state.poison(view.side, id, error)
            return
    view.proofs[id] = Proof.EXISTS


def _is_missed(state: State, view: View, index: Mapping[str, str], id: str) -> bool:
    """Whether something but the question just asked says that the id is gone: it was removed, or a listing does not show it.

    What no kept pair holds is nobody's loss.
    """
    if view.side is Side.GOPAAS:
        return id not in view.records and id not in view.same
    link = state.links.get(index.get(id, ""))
    if link is None or link.status is not LinkStatus.ACTIVE:
        return True
    return id in view.removed or glance(link, view.freeze()).verdict is Verdict.ABSENT


async def recognise(state: State, gopaas: View, outlook: View, sightings: Sequence[Sighting]) -> None:
    """Learn who the unlinked Outlook records are: change feeds carry no marker (graph.md 4.1), so unknown ones are read singly.

    Strangers seen in earlier runs are read again only when a new row may belong to them, and contacts that we had let rest only
    when their row is back.
    """
    seen = gopaas.freeze()
    linked = {link.outlook_id for link in state.links.values() if link.status is not LinkStatus.TOMBSTONE}
    unknown = [id for id in outlook.records if id not in linked and id not in outlook.stamps]
    known = set(outlook.records) | outlook.same
    links = list(state.links.values())
    back = [*returning(links, seen), *unread(_kept(links), outlook.freeze(), state.rules.fieldmap.mapped), *state.doubtful]
    again = [id for id in wanted(links, seen, sightings) if id not in state.waiting]
    listed = {id: outlook.records[id] for id in unknown}
    await reread(state, outlook, list(dict.fromkeys([*unknown, *(id for id in (*again, *back) if id and id not in known)])))
    state.doubtful.clear()
    # The listing showed what it looks like, though not whose it is.
    outlook.resting |= {id: record for id, record in listed.items() if id in outlook.unreadable}
    loose = outlook.unreadable - linked
    _note_blind(state, outlook, loose.intersection(unknown) if outlook.snapshot else ())
    paired = {link.gopaas_id for link in links if link.status is not LinkStatus.TOMBSTONE}
    _wait_with(gopaas, outlook, linked, paired)
    strangers = [*sightings, *map(sighting_of, outlook.resting.values())]
    put_off(gopaas, claimed(gopaas.records, paired, loose, strangers, state.rules))
    if state.blind:
        # Read from the start, perhaps because the state was lost: whom the unread one belongs to is anybody's guess, so that what
        # is new on either side may be what has a partner there.
        put_off(gopaas, gopaas.records.keys() - {link.gopaas_id for link in links})
        # What it puts off is remembered with its stamp: it may be the next that cannot be read.
        outlook.resting |= {id: record for id, record in outlook.records.items() if id not in linked}
        state.waiting |= outlook.records.keys() - linked
        put_off(outlook, state.waiting & outlook.records.keys())
    state.waiting &= outlook.unreadable if state.blind else frozenset()


def _kept(links: Iterable[Link]) -> list[Link]:
    return [link for link in links if link.status is LinkStatus.ACTIVE]


def _note_blind(state: State, outlook: View, unread: Iterable[str]) -> None:
    """Remember what cannot be read, and set aside what a person said to go on without, for as long as it cannot be read."""
    state.blind.update(unread)
    state.blind &= outlook.unreadable
    aside = {id for (side, id), entry in state.quarantine.items() if side is Side.OUTLOOK and entry.reason == UNREAD.message}
    aside = (aside & outlook.unreadable) | released_unread(state.blind, state.approved)
    state.blind -= aside
    for id in sorted(aside):
        if not state.is_quarantined(Side.OUTLOOK, id):
            state.poison(Side.OUTLOOK, id, UNREAD)


def _wait_with(gopaas: View, outlook: View, linked: Collection[str], known: Collection[str]) -> None:
    """Items that may belong to a row in quarantine wait with it, or they would be made a second time."""
    rows = [row for key, row in gopaas.resting.items() if key not in known]
    ids, keys, alike = {row.pointer for row in rows}, {row.id for row in rows}, frozenset[str]().union(*map(likenesses, rows))
    for id, record in list(outlook.records.items()):
        marker = parse_marker(record.marker)
        named = id in ids or (marker is not None and marker.key in keys)
        if id not in linked and (named or not alike.isdisjoint(likenesses(record))):
            put_off(outlook, [id])


def put_off(view: View, ids: Iterable[str]) -> None:
    """Leave records to the next run."""
    for id in list(ids):
        _forget(view, id)
        view.unreadable.add(id)


async def investigate(state: State, view: View) -> list[Held]:
    """Ask for what is missing, one by one, unless so much is missing that the side itself is not to be believed.

    Returns what must not be believed, and why.
    """
    seen = view.freeze()
    absence = shrunk(state.known(), seen, state.job.limits, state.approved, state.aside(), state.vanished)
    state.excused |= absence.excused
    await _note_vanished(state, absence.vanished)
    asked = [link for link in state.links.values() if link.status in ASKED_ABOUT[view.side]]
    missing = suspects([link for link in asked if absence.may_ask(link)], seen)
    if missing:
        state.deps.progress("probe", 0, len(missing))
        await reread(state, view, missing)
    if absence.doubted and absence.held:
        return [absence.held]
    held = doubted(state.links.values(), seen, view.end.reason) if view.end is not None else None
    return [one for one in (absence.held, held) if one]


async def _note_vanished(state: State, vanished: frozenset[str]) -> None:
    """Write down what is held before anything else is written: what this run makes may hide it from the next one."""
    if vanished != state.vanished and not state.dry:
        await state.deps.store.note(state.job.id, VANISHED, " ".join(sorted(vanished)))
    state.vanished = vanished
