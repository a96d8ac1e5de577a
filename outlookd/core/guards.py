"""What a run may not do without a person: mass deletion, change or creation, believing an empty side, mail (design rule 15).

A guard holds back one class of writes and lets the rest go on. What it holds has a hash; approving that hash releases exactly that
and nothing that came later. An approval is remembered write by write: of what was approved, what is left after an interruption
still passes, and what came since is held under a hash of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from outlookd.core.model import WRITES, Action, Held, Link, LinkStatus, Op, Plan, Side
from outlookd.core.plan import fingerprint, hash_of
from outlookd.core.rules import Limits
from outlookd.core.verdict import SHOWN, Observation, Seen, Verdict, glance


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """What is missing from a side.

    `held`: what is not believed. `excused`: what a person approved; ids of links. There may be both. `vanished`: what is to be
    remembered as held, on either side, as in `Held.releases`. `doubted`: so much is missing that the side itself is not believed.
    """

    held: Held | None = None
    excused: frozenset[str] = frozenset()
    vanished: frozenset[str] = frozenset()
    doubted: bool = False

    def may_ask(self, link: Link) -> bool:
        """Whether the link may be asked for, if it is missing: the answer could end in a deletion."""
        if self.doubted:
            return link.id in self.excused
        return self.held is None or link.id not in self.held.links


def review(
    plan: Plan,
    *,
    limits: Limits,
    pairs: Collection[str],
    allow_mail: bool,
    approved: Collection[str],
    excused: Collection[str] = (),
    deleted: int = 0,
    created: int = 0,
    steady: bool = False,
    suspended: str = "",
) -> Plan:
    """The plan with whatever a guard withholds moved from `actions` to `held`.

    `pairs` are the links that were kept before the run, `deleted` and `created` what earlier rounds of it have done. `steady`:
    the job has had its first run, so that new records are not its first ones. `approved` is what was released, as in
    `Held.releases`. `excused` are links whose disappearance was approved: their deletion is what the person agreed to, and needs no
    second approval. `suspended` says why the state is not trusted, if it is not.
    """
    plan = _hold_doubtful(plan, suspended)
    allowed = max(limits.deletes_min, len(pairs) * limits.deletes_percent // 100)
    plan = _hold_deletes(plan, allowed, deleted, approved, excused)
    plan = _hold_mass_change(plan, limits, pairs, approved)
    if steady:
        most = max(limits.creates_min, len(pairs) * limits.creates_percent // 100)
        plan = _hold_creates(plan, most, created, pairs, approved)
    return _hold_mail(plan, allow_mail=allow_mail)


def shrunk(
    links: Iterable[Link],
    seen: Seen,
    limits: Limits,
    approved: Collection[str],
    aside: Iterable[Link] = (),
    vanished: Collection[str] = (),
) -> Absence:
    """Whether a side suddenly shows so little that its absences must not even be looked into (complaint 1).

    Compared with the pairs that we know, not with the last listing, so that two bad listings in a row are caught twice. A side
    that really loses a little every day is not: each loss is proved by itself, and stays below the limits on deletions.

    `aside` are pairs that are remembered and not kept in step just now. Nobody misses them, but a side that shows one that was let
    go, or is far away, is not empty, and not another one. Whether the last pair beside them may go would otherwise depend on
    whether they were let go in this run or in the one before. They make no larger share of absences credible.

    `vanished` is what an earlier run held. It stays held until it is shown again or approved, however small a share it has become:
    the new rows of a view that shows others are soon pairs, too.
    """
    judged = [(link, glance(link, seen)) for link in links if link.status is LinkStatus.ACTIVE]
    # What lies outside the window of a listing was not asked for: neither missing nor a sign of health.
    known = [link for link, observation in judged if observation.fresh or not seen.snapshot]
    absent = [link for link, observation in judged if observation.verdict is Verdict.ABSENT]
    empty = bool(known) and len(absent) == len(known) and not any(_is_shown(link, seen) for link in aside)
    units, all_units = {link.unit for link in absent}, {link.unit for link in known}
    doubted = empty or len(units) > max(limits.deletes_min, len(all_units) * limits.shrink_percent // 100)
    names = {link.id: _vanishing(seen.side, link.id) for link in sorted(absent, key=lambda link: link.id)}
    excused = frozenset(id for id, name in names.items() if name in approved)
    held = {id: name for id, name in names.items() if id not in excused and (doubted or name in vanished)}
    waiting = _still_vanished(vanished, judged, seen.side) if vanished else frozenset()
    if not held:
        return Absence(excused=excused, vanished=waiting)
    side = "the GoPaaS view" if seen.side is Side.GOPAAS else "Outlook"
    what = "shows nothing" if empty else f"shows only {len(known) - len(absent)}"
    more = "nothing more" if excused else "nothing"
    reason = f"{side} {what} of {len(known)} known records; {more} is deleted until this is approved"
    if not doubted:
        reason = f"{side} still misses {len(held)} records that vanished together; none of them is deleted until this is approved"
    return Absence(
        held=_held_missing(seen.side, reason, held),
        excused=excused,
        vanished=waiting.union(held.values()),
        doubted=doubted,
    )


def _held_missing(side: Side, reason: str, names: Mapping[str, str]) -> Held:
    """Links that are missing together, by their ids. The same ones have the same hash, whatever is there beside them."""
    return Held(guard="shrink", reason=reason, links=tuple(names), hash=hash_of((side, *names)), releases=tuple(names.values()))


def _vanishing(side: Side, id: str) -> str:
    """The name of one absence, as in `Held.releases`."""
    return f"shrink:{side}:{id}"


def _still_vanished(vanished: Collection[str], judged: Sequence[tuple[Link, Observation]], side: Side) -> frozenset[str]:
    """What was held on the other side, or on this one, which says nothing of it now. What is no kept pair any more is forgotten."""
    silent = {_vanishing(side, link.id) for link, seen in judged if not seen.fresh or seen.verdict is Verdict.UNKNOWN}
    return frozenset(name for name in vanished if name in silent or not name.startswith(_vanishing(side, "")))


def _is_shown(link: Link, seen: Seen) -> bool:
    """Whether a side shows a pair of `aside`. One that is gone counts for nothing: a filter that is turned round shows just those.

    Nor does a colleague's record.
    """
    observation = glance(link, seen)
    ended = link.status in (LinkStatus.TOMBSTONE, LinkStatus.FOLLOWER)
    return not ended and observation.fresh and observation.verdict in SHOWN


def doubted(links: Iterable[Link], seen: Seen, reason: str) -> Held | None:
    """What an incomplete listing does not show: nothing is concluded from it, but a person should know. `reason` says why."""
    if not seen.snapshot or seen.complete:
        return None
    hidden = [link.id for link in links if link.status is LinkStatus.ACTIVE and glance(link, seen).verdict is Verdict.UNKNOWN]
    if not hidden:
        return None
    return Held(
        guard="incomplete",
        reason=f"a listing was incomplete ({reason}); {len(hidden)} records that it does not show are left as they are",
        links=tuple(sorted(hidden)),
    )


def unread(ids: Collection[str]) -> Held | None:
    """What was listed in Outlook and cannot be read singly: nothing new is made as long as nobody knows whose it is.

    No time ends this by itself: an item of ours, whose stamp nobody sees, may have a row that no longer looks like it. Whether it
    does, a person can see in Outlook, and approve that the rest goes on (`released_unread`).
    """
    if not ids:
        return None
    names = tuple(_unread_name(id) for id in sorted(ids))
    return Held(
        guard="unread",
        reason=f"{len(ids)} items in Outlook cannot be read just now; what is new on either side waits",
        links=tuple(sorted(ids)),
        hash=hash_of(names),
        releases=names,
    )


def released_unread(ids: Iterable[str], approved: Collection[str]) -> frozenset[str]:
    """Which of the items that cannot be read a person said to go on without: they are set aside, and wait for nothing else."""
    return frozenset(id for id in ids if _unread_name(id) in approved)


def is_blocked(ids: Collection[str], approved: Collection[str]) -> bool:
    """Whether one of the items that cannot be read still keeps everything new from being made."""
    return bool(frozenset(ids) - released_unread(ids, approved))


def _unread_name(id: str) -> str:
    return f"unread:{id}"


def spare(plan: Plan, carrying: Collection[str]) -> Plan:
    """The plan without deletions of Outlook items that carry something of a person's (a photo, a file): those are detached instead.

    `carrying` are Outlook ids.
    """
    return replace(plan, actions=tuple(_detach(action) if _deletes(action, carrying) else action for action in plan.actions))


def _deletes(action: Action, ids: Collection[str]) -> bool:
    return action.op is Op.DELETE and action.link.outlook_id in ids


def _detach(action: Action) -> Action:
    link = replace(action.link, status=LinkStatus.DETACHED, touched=True)
    return Action(
        op=Op.DETACH, side=action.side, link=link, reason=f"{action.reason}, but a person added a photo or a file", rule="12"
    )


def _hold_doubtful(plan: Plan, reason: str) -> Plan:
    """While the state may be older than what it is compared with, nothing is made or deleted and nobody mailed (sync-model 5.8).

    What looks new may be what another copy of this state makes at the same moment. No approval opens this: it ends by itself with
    the first complete look at both sides, and what is still to be made or deleted then is done by the next run.
    """
    if not reason:
        return plan
    return _hold(
        plan,
        "suspended",
        f"{reason}; what is new, deletes or could send mail waits until both sides were read completely once",
        lambda action: action.op is Op.CREATE or _is_deletion(action) or (action.op in WRITES and action.mails),
        None,
    )


def _hold_deletes(plan: Plan, allowed: int, done: int, approved: Collection[str], excused: Collection[str]) -> Plan:
    deletes = {action.link.id for action in plan.actions if _is_deletion(action)} - set(excused)
    if done + len({action.link.unit for action in plan.actions if _is_deletion(action) and action.link.id in deletes}) <= allowed:
        return plan
    return _hold(
        plan,
        "deletes",
        f"{done + len(deletes)} deletions at once, more than the {allowed} that are allowed",
        lambda action: _is_deletion(action) and action.link.id in deletes,
        approved,
    )


def _is_deletion(action: Action) -> bool:
    """A deletion, or what stands for one in GoPaaS, which cannot delete: a column set because a person deleted in Outlook."""
    return action.op is Op.DELETE or action.retires


def _hold_mass_change(plan: Plan, limits: Limits, pairs: Collection[str], approved: Collection[str]) -> Plan:
    """One field changing everywhere is a mapping accident more often than a will (a renamed column, a new transform).

    Only pairs that were kept before the run count: adopting a folder full of contacts is no accident.
    """
    allowed = max(limits.deletes_min, len(pairs) * limits.field_percent // 100)

    def is_plain(action: Action) -> bool:
        return action.op is Op.UPDATE and action.link.id in pairs

    # A series that a person moved is one act, however many occurrences it has.
    acts = {(name, action.link.unit) for action in plan.actions if is_plain(action) for name in action.changes}
    counts = Counter(name for name, _ in acts)
    suspicious = {name for name, count in counts.items() if count > allowed}
    if not suspicious:
        return plan
    return _hold(
        plan,
        "field",
        f"{', '.join(sorted(suspicious))} would change in more than {limits.field_percent} % of the records at once",
        lambda action: is_plain(action) and not suspicious.isdisjoint(action.changes),
        approved,
    )


def _hold_creates(plan: Plan, allowed: int, done: int, pairs: Collection[str], approved: Collection[str]) -> Plan:
    """Many new records at once are a view that lost its filter, or an imported calendar, as often as a will (sync-model 5.9).

    What is made again of a pair that we know is not new, and a series is one.
    """

    def is_new(action: Action) -> bool:
        return action.op is Op.CREATE and action.link.id not in pairs

    count = done + len({action.link.unit for action in plan.actions if is_new(action)})
    if count <= allowed:
        return plan
    return _hold(plan, "creates", f"{count} new records at once, more than the {allowed} that are allowed", is_new, approved)


def _hold_mail(plan: Plan, *, allow_mail: bool) -> Plan:
    """The mail firewall's last door (design rule 7). Only the setting opens it, never an approval."""
    if allow_mail:
        return plan
    reason = "these writes could send mail to other people; only `allow_mail = true` sends them"
    return _hold(plan, "mail", reason, lambda action: action.op in WRITES and action.mails, None)


def _hold(plan: Plan, guard: str, reason: str, chosen: Callable[[Action], bool], approved: Collection[str] | None) -> Plan:
    """Move what is `chosen` to `held`, unless it is approved. None: no approval can release it, so it has no name to approve."""
    free: list[Action] = []
    held: list[Action] = []
    for action in plan.actions:
        stays = chosen(action) and not (approved and release(guard, action) in approved)
        (held if stays else free).append(action)
    if not held:
        return plan
    return replace(plan, actions=tuple(free), held=(*plan.held, held_by(guard, reason, held, open_=approved is not None)))


def held_by(guard: str, reason: str, actions: Sequence[Action], *, open_: bool) -> Held:
    """What a guard withholds, with the names by which a person releases it if it is `open_` to an approval."""
    name, releases = (fingerprint(actions), tuple(release(guard, action) for action in actions)) if open_ else ("", ())
    return Held(guard=guard, reason=reason, actions=tuple(actions), hash=name, releases=releases)


def release(guard: str, action: Action) -> str:
    """The name of one write that `guard` may let through: exactly this write, and past no other guard."""
    return f"{guard}:{fingerprint([action])}"
