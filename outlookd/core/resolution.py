"""A person decides between two values: what is written where, or why it is not. And which conflicts begin and cease to wait.

A choice may come years after a policy has decided: the loser's value was kept for that (design rule 4). It is written only over
what the conflict left behind; what somebody typed since is shown first.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from outlookd.core.decision import notice_touch
from outlookd.core.firewall import is_over, shield
from outlookd.core.merge import Merge, grouped
from outlookd.core.model import Action, Conflict, Fields, Link, LinkStatus, Op, Record, Side
from outlookd.core.orders import Kept
from outlookd.core.rules import Rules
from outlookd.core.verdict import Observation, Verdict, dirty
from outlookd.core.writes import writes

RULE = "4"
HELD = "changed on both sides, and a person is to decide"
OVER = "it waited for a person, and both sides agree by now"
CHANGED = "it was changed since; look at it, and insist if it is to be replaced"

_CHOSEN = {Side.GOPAAS: "a person chose the value of GoPaaS", Side.OUTLOOK: "a person chose the value of Outlook"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """What a choice comes to: `actions`, each only when the one before it was done; or `kept`, and then nothing is written."""

    actions: tuple[Action, ...] = ()
    kept: tuple[Kept, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The values of `side` are to be on both sides, in the words of `conflict`.

    `insist`: whatever stands there by now. With `seen`, the name of what a person was shown (`name_of_shown`), only over that.
    """

    conflict: Conflict
    side: Side
    insist: bool = False
    seen: str = ""

    @property
    def wanted(self) -> Fields:
        """What both sides are to show."""
        return self.conflict.values(self.side)

    @property
    def counts(self) -> Side | None:
        """Whose values both sides show since the conflict was decided; None while it waits, or where it ended by itself."""
        return self.conflict.resolved or self.conflict.winner


def settle(choice: Choice, link: Link, gopaas: Record, outlook: Record, rules: Rules) -> Resolution:
    """Carry a person's choice to both sides. `link` is an active pair, the records are what both sides show just now.

    All of it or nothing: where one of the two writes is not allowed, none is made. Mail is never sent for a choice.
    """
    shown = {Side.GOPAAS: gopaas, Side.OUTLOOK: outlook}
    targets = [side for side in Side if not _has(choice, link, shown[side])]
    kept = [*_forbidden(choice, link, gopaas, outlook, rules, targets), *_overtaken(choice, link, shown, targets)]
    if kept:
        return Resolution(kept=tuple(kept))
    if not targets:
        return Resolution(actions=(confirm(choice, link),))
    return Resolution(actions=_write(choice, link, gopaas, outlook, rules, targets))


def confirm(choice: Choice, link: Link) -> Action:
    """Only remember that a person chose what stands there already."""
    return Action(
        op=Op.REBASE,
        side=choice.side,
        link=link,
        reason=_CHOSEN[choice.side],
        rule=RULE,
        resolves={choice.conflict.seq: choice.side},
    )


def _has(choice: Choice, link: Link, record: Record) -> bool:
    """Whether a side shows what was chosen, or what it made of it."""
    if _only(choice, record.fields) == choice.wanted:
        return True
    return choice.counts is choice.side and not _is_changed(choice, link, record)


def _is_changed(choice: Choice, link: Link, record: Record) -> bool:
    """Whether a side does not show any more what the conflict left there."""
    if choice.counts is None:
        return not choice.conflict.waits or _only(choice, record.fields) != choice.conflict.values(record.side)
    agreed = _only(choice, link.base(choice.counts).fields) == choice.conflict.values(choice.counts)
    return not agreed or bool(dirty(link.base(record.side), record.fields, choice.wanted))


def _only(choice: Choice, fields: Fields) -> Fields:
    return {name: fields.get(name) for name in choice.wanted}


def _overtaken(choice: Choice, link: Link, shown: Mapping[Side, Record], targets: Collection[Side]) -> Iterator[Kept]:
    for side in targets if not _insists(choice, shown) else ():
        if _is_changed(choice, link, shown[side]):
            yield _kept(choice, shown[side], CHANGED)


def _insists(choice: Choice, shown: Mapping[Side, Record]) -> bool:
    """Whether a person wants what stands there by now replaced, and not something else that they saw there."""
    values = {side: _only(choice, record.fields) for side, record in shown.items()}
    return choice.insist and choice.seen in ("", name_of_shown(values))


def name_of_shown(shown: Mapping[Side, Fields]) -> str:
    """A name for exactly these values of both sides, which says nothing of them."""
    values = sorted((side.value, sorted(fields.items())) for side, fields in shown.items())
    return hashlib.sha256(repr(values).encode()).hexdigest()[:16]


def _forbidden(
    choice: Choice, link: Link, gopaas: Record, outlook: Record, rules: Rules, targets: Collection[Side]
) -> Iterator[Kept]:
    if grouped(rules.fieldmap).get(choice.conflict.group) != tuple(sorted(choice.wanted)):
        yield _kept(choice, outlook, "the map of this job has changed since")
        return
    for record in (gopaas, outlook):
        if record.side not in targets:
            continue
        if not rules.direction.writes(record.side):
            yield _kept(choice, record, f"this job does not write to {record.side.label}")
        elif record.side is Side.OUTLOOK and (reason := _why_protected(choice, link, gopaas, outlook, rules)):
            yield _kept(choice, record, reason)


def _why_protected(choice: Choice, link: Link, gopaas: Record, outlook: Record, rules: Rules) -> str:
    """Why nothing may be written to the Outlook half; empty when it may be. No setting lets a choice send mail."""
    cover = shield(link, gopaas, outlook, rules)
    if cover.mirrored:
        return "somebody else organises it"
    if cover.mails:
        return "other people would be told"
    if any(rules.fieldmap.specs[name].read_only for name in choice.wanted):
        return "only Outlook decides this field"
    if not cover.sealed.isdisjoint(choice.wanted):
        return "it is over" if is_over(outlook, rules.now) else "the text of an online meeting stays as it is"
    return ""


def _kept(choice: Choice, record: Record, reason: str) -> Kept:
    return Kept(side=record.side, id=record.id, field=choice.conflict.group, reason=reason)


def _write(
    choice: Choice, link: Link, gopaas: Record, outlook: Record, rules: Rules, targets: Collection[Side]
) -> tuple[Action, ...]:
    """The writes, Outlook's first: it is the side that refuses what is stale.

    A write to one side takes what the other shows as agreed. Where both are written, the first one says that the second side shows
    the chosen value already: if that then fails, or we die in between, the next run finds an edit there and takes the first
    write back, and the conflict is as undecided as it was. The second one adds nothing to what the first one remembered.
    """
    verdict = Verdict.CHANGED if dirty(link.outlook, outlook.fields) else Verdict.UNCHANGED
    link = notice_touch(link, Observation(verdict=verdict, record=outlook))
    result = Merge(writes={side: dict(choice.wanted) if side in targets else {} for side in Side})
    cover = shield(link, gopaas, outlook, rules)
    reason = _CHOSEN[choice.side]
    decision = writes(link, gopaas, outlook, result, rules, cover, restamp=False, reason=reason, rule=RULE)
    found = {action.side: action for action in decision.actions}
    actions = [found[side] for side in (Side.OUTLOOK, Side.GOPAAS) if side in targets]
    if len(actions) > 1:
        actions = [replace(actions[0], takes=choice.wanted), replace(actions[1], takes={})]
    return (*actions[:-1], replace(actions[-1], resolves={choice.conflict.seq: choice.side}))


def keep_waiting(
    links: Mapping[str, Link], waiting: Sequence[Conflict], disputes: Sequence[Conflict], judged: Collection[str]
) -> tuple[Action, ...]:
    """What begins to wait for a person, and what ceases to.

    `waiting` are the conflicts remembered as undecided, `disputes` what a run found to be disputed, `judged` the links of which it
    could say so. The same two values are one conflict, however many runs find them; where one of them was edited it is another one,
    so that a number always means the values that a person has seen.
    """
    known = {_identity(conflict) for conflict in waiting}
    found = {_identity(dispute) for dispute in disputes}
    begun = [dispute for dispute in disputes if dispute.link in links and _identity(dispute) not in known]
    ended = [conflict for conflict in waiting if _identity(conflict) not in found and conflict.link in judged]
    return (
        *(_note(links[dispute.link], HELD, conflicts=(dispute,)) for dispute in begun),
        *(_note(links[conflict.link], OVER, resolves={conflict.seq: None}) for conflict in ended),
    )


def _identity(conflict: Conflict) -> tuple[object, ...]:
    values = (tuple(sorted(fields.items())) for fields in (conflict.gopaas, conflict.outlook))
    return (conflict.link, conflict.group, *values)


def _note(
    link: Link, reason: str, *, conflicts: tuple[Conflict, ...] = (), resolves: Mapping[int, Side | None] | None = None
) -> Action:
    return Action(
        op=Op.REBASE, side=Side.OUTLOOK, link=link, reason=reason, rule=RULE, conflicts=conflicts, resolves=resolves or {}
    )


def is_resolvable(link: Link | None) -> bool:
    """Whether both halves of a conflict's pair are still kept in step."""
    return link is not None and link.status is LinkStatus.ACTIVE
