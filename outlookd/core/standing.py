"""How one record stands right now, in scenes: what each side shows, what the next run would do with it, or why nothing.

The past is `core.story`'s. What is said here was drawn up by the same pure path as a run's plan, and is never stored.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from outlookd.core.eligibility import has_outlived, why_not_exported, why_not_imported
from outlookd.core.marker import parse_marker
from outlookd.core.model import WRITES, Action, Change, Held, Link, LinkStatus, Op, Plan, Record, Side
from outlookd.core.rules import Rules
from outlookd.core.story import Chapter, Scene
from outlookd.core.verdict import SHOWN, Observation, Verdict

AGREED = "both sides agree, so there is nothing to do"
WAITING = "nothing can be said about it yet, so nothing is done; the next run looks again"
RESTING = "the pair is known and left alone, until it is shown again where this job looks"
FOLLOWING = "another mailbox keeps this meeting's record"
FORGOTTEN = "the pair is forgotten; it would be made anew if it came back"
FAR = "all that is known of it lies outside the part of time that this job keeps in step"
UNLISTED = "it exists, but the view does not show it"
ELSEWHERE = "it exists, but not in the folder or calendar of this job"
MISSING = "it was not found"
UNREAD = "it could not be read"
NO_EXPORT = "this job does not write to Outlook"
NO_IMPORT = "this job does not write to GoPaaS"
STRANGER = "it has no partner, and nothing is to be made of it"
STAMPED = "it carries the stamp of another record or installation, so nothing is made of it"
OUTLIVED = "it was made from an event that is not there any more"
HALF_READ = "nothing new is made in GoPaaS while its listing may have missed a record"

WITHDRAWN = "a person took back what was done; it rests until somebody edits what is left"
RETIRED = (
    "a person took back what was made in GoPaaS; edits reach it only where the view shows it, and undoing the undo restores it"
)

_AT_REST = {
    LinkStatus.DETACHED: RESTING,
    LinkStatus.FOLLOWER: FOLLOWING,
    LinkStatus.TOMBSTONE: FORGOTTEN,
    LinkStatus.WITHDRAWN: WITHDRAWN,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What one side shows of one record now.

    `observation` is the verdict about a known pair's half; of anything else it is None. `record` is what is shown, None where
    nothing is; `listed` says that it is among what the job reads. `unread`: nobody could say.
    """

    id: str
    observation: Observation | None = None
    record: Record | None = None
    listed: bool = False
    unread: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One record, what both sides show of it, and the plan of which it is a part. `whole`: GoPaaS was listed completely."""

    link: Link | None
    sights: Mapping[Side, Sight]
    plan: Plan
    rules: Rules
    whole: bool = True
    remembered: frozenset[str] = field(default_factory=frozenset)
    """Every GoPaaS key that a link of the job has, whatever its status."""


def present(standing: Standing) -> tuple[Scene, ...]:
    """How the record stands: what is seen, then what would be done, or what keeps it back, or why nothing is done."""
    seen = [_seen(side, sight, standing.link) for side, sight in standing.sights.items() if sight.id]
    coming = [*_planned(standing), *_held(standing)]
    return (*seen, *(coming or [_now(reason=_why_nothing(standing))]))


def _now(*, reason: str = "", side: Side | None = None) -> Scene:
    return Scene(at=None, run="", chapter=Chapter.NOW, reason=reason, side=side)


def _seen(side: Side, sight: Sight, link: Link | None) -> Scene:
    """What one side shows. Of a changed half also which fields, from what was agreed to what is shown."""
    if sight.observation is not None and link is not None:
        base = link.base(side).fields
        record = sight.observation.record if sight.observation.verdict is Verdict.CHANGED else None
        shown = record.fields if record is not None else {}
        changed = {name: Change(before=base.get(name), after=value) for name, value in shown.items() if base.get(name) != value}
        word = sight.observation.verdict.value
        return Scene(at=None, run="", chapter=Chapter.NOW, side=side, seen={side: word}, fields=changed)
    if sight.record is None:
        return _now(side=side, reason=UNREAD if sight.unread else MISSING)
    told = sight.record.fields if _is_ours_to_tell(sight.record, sight, link) else {}
    fields = {name: Change(before=None, after=value) for name, value in told.items() if value is not None}
    reason = "" if sight.listed else (UNLISTED if side is Side.GOPAAS else ELSEWHERE)
    return Scene(at=None, run="", chapter=Chapter.NOW, side=side, fields=fields, reason=reason)


def _is_ours_to_tell(record: Record, sight: Sight, link: Link | None) -> bool:
    """Whether the values may be told, not only that the record is there.

    Any id can be asked for, with rights that may reach everybody's records (threat T18). What this job neither lists nor pairs, and
    what is not to be copied (a private appointment, above all), stays with whoever it belongs to.
    """
    paired = link is not None and link.status is not LinkStatus.TOMBSTONE
    return record.barred is None and (sight.listed or paired)


def _planned(standing: Standing) -> Iterator[Scene]:
    for action in standing.plan.actions:
        if _concerns(action, standing) and (action.op is not Op.REBASE or action.reason):
            yield _coming(action, Chapter.NOW, action.reason)


def _held(standing: Standing) -> Iterator[Scene]:
    for held in standing.plan.held:
        actions = [action for action in held.actions if _concerns(action, standing)]
        yield from (_coming(action, Chapter.HELD, held.reason) for action in actions)
        if not actions and _is_named(held, standing):
            yield Scene(at=None, run="", chapter=Chapter.HELD, reason=held.reason)


def _coming(action: Action, chapter: Chapter, reason: str) -> Scene:
    return Scene(
        at=None,
        run="",
        chapter=chapter,
        side=action.side,
        op=action.op,
        rule=action.rule,
        reason=reason,
        fields=action.changes if action.op in WRITES else {},
    )


def _concerns(action: Action, standing: Standing) -> bool:
    if standing.link is not None and action.link.id == standing.link.id:
        return True
    return any(sight.id and action.link.side_id(side) == sight.id for side, sight in standing.sights.items())


def _is_named(held: Held, standing: Standing) -> bool:
    names = {sight.id for sight in standing.sights.values()} | {standing.link.id if standing.link is not None else ""}
    return not names.isdisjoint(set(held.links) - {""})


def _why_nothing(standing: Standing) -> str:
    link = standing.link
    if link is None:
        return _why_alone(standing)
    if at_rest := why_at_rest(link):
        return at_rest
    halves = [sight.observation for sight in standing.sights.values() if sight.observation is not None]
    spans = [half.record.span for half in halves if half.record is not None]
    window = standing.rules.window
    if window is not None and not window.keeps(link.gopaas.span, link.outlook.span, *spans):
        return FAR
    return AGREED if all(half.verdict in SHOWN for half in halves) else WAITING


def why_at_rest(link: Link) -> str:
    """Why a known pair is left alone, as far as its status says; empty for one that is kept in step."""
    if link.status is LinkStatus.WITHDRAWN and link.outlook_id:
        return RETIRED
    return _AT_REST.get(link.status, "")


def _why_alone(standing: Standing) -> str:
    """Why a record that was never paired is left alone."""
    rules, row, item = standing.rules, standing.sights[Side.GOPAAS].record, standing.sights[Side.OUTLOOK].record
    if row is not None:
        if not rules.direction.writes(Side.OUTLOOK):
            return NO_EXPORT
        if not standing.sights[Side.GOPAAS].listed:
            return UNLISTED
        if row.id not in standing.remembered and has_outlived(row):
            return OUTLIVED
        return why_not_exported(row, rules) or WAITING
    if item is None:
        return UNREAD if any(sight.unread for sight in standing.sights.values()) else MISSING
    if not standing.sights[Side.OUTLOOK].listed:
        return ELSEWHERE
    return why_not_imported(item, rules) or _why_stranger(standing, item)


def _why_stranger(standing: Standing, item: Record) -> str:
    if not standing.rules.direction.writes(Side.GOPAAS):
        return NO_IMPORT
    if parse_marker(item.marker) is not None:
        return STAMPED
    return STRANGER if standing.whole else HALF_READ
