"""The decision table: one known pair -> its actions.

Rows and columns are `sync-model.md` 5.4 (events) and 5.5 (contacts). Everything is decided here, so that carrying it out needs no
judgement. Pairs that are only about to be made are `core.introduction`'s.
"""

from __future__ import annotations

from dataclasses import replace

from outlookd.core.eligibility import is_exportable
from outlookd.core.fieldmap import cell
from outlookd.core.firewall import is_over, shield, why_not_delete
from outlookd.core.introduction import make_in_gopaas, make_in_outlook
from outlookd.core.marker import record_key
from outlookd.core.merge import Merge, changes, conflict, grouped, merge
from outlookd.core.model import Action, Bar, Base, Conflict, Link, LinkStatus, Op, Origin, Payload, Record, Side
from outlookd.core.overflow import extended, whole
from outlookd.core.policy import birth_side
from outlookd.core.rules import Rules, ViewExit
from outlookd.core.settle import described, refresh, with_base
from outlookd.core.verdict import SHOWN, Observation, Verdict, dirty, remembered
from outlookd.core.writes import Decision, note, writes

UNSHOWN = "the view does not show the record that was made from Outlook"
TAKEN_OUT = "what was changed in Outlook took the row out of the view"
GONE = frozenset({Verdict.DELETED, Verdict.OUT_OF_SCOPE, Verdict.LOST})


def decide(link: Link, gopaas: Observation, outlook: Observation, rules: Rules) -> Decision:
    """The table for a known pair. Its actions say what both sides were judged to show."""
    decision = _decide(link, gopaas, outlook, rules)
    seen = {Side.GOPAAS: gopaas.verdict.value, Side.OUTLOOK: outlook.verdict.value}
    return replace(decision, actions=tuple(replace(action, seen=seen) for action in decision.actions))


def _decide(link: Link, gopaas: Observation, outlook: Observation, rules: Rules) -> Decision:
    match link.status:
        case LinkStatus.TOMBSTONE:
            return Decision()
        case LinkStatus.FOLLOWER:
            return _follow_on(link, outlook)
        case LinkStatus.DETACHED:
            return _resume(link, gopaas, outlook, rules)
        case LinkStatus.WITHDRAWN:
            return _stay_withdrawn(link, gopaas, outlook, rules)
        case LinkStatus.ACTIVE:
            pass
    if _is_far(link, gopaas, outlook, rules):
        return Decision()
    if {gopaas.verdict, outlook.verdict} & {Verdict.UNKNOWN, Verdict.ABSENT}:
        return Decision(waiting=True)
    return _decide_known(notice_touch(link, outlook), gopaas, outlook, rules)


def _decide_known(link: Link, gopaas: Observation, outlook: Observation, rules: Rules) -> Decision:
    """The cells in which both sides say something definite."""
    g, o = gopaas.verdict, outlook.verdict
    if g in SHOWN and o is Verdict.LOST:
        return _made_again(link, _shown(gopaas), rules)
    if g in SHOWN and o in SHOWN:
        return _keep_in_step(link, _shown(gopaas), _shown(outlook), rules)
    if g in GONE and o in GONE:
        return _both_gone(link, outlook, rules)
    if g in GONE:
        return _retire(link, gopaas, outlook, rules)
    if o is Verdict.OUT_OF_SCOPE:
        return _let_go(link, outlook, rules)
    return _outlook_half_deleted(link, gopaas, outlook, rules)


def _follow_on(link: Link, outlook: Observation) -> Decision:
    """A colleague's record is never written. A copy that is gone is forgotten: the record's owner counts who still has one."""
    gone = outlook.verdict is Verdict.DELETED or (outlook.verdict is Verdict.OUT_OF_SCOPE and outlook.record is None)
    if not gone:
        return Decision()
    return note(Op.FORGET, replace(link, status=LinkStatus.TOMBSTONE), "our copy of a colleague's meeting is gone", "13")


def _is_far(link: Link, gopaas: Observation, outlook: Observation, rules: Rules) -> bool:
    """Whether all that is known of the pair, shown or remembered, lies outside the window: it is left alone until it is back."""
    if rules.window is None:
        return False
    shown = [observation.record.span for observation in (gopaas, outlook) if observation.record is not None]
    return not rules.window.keeps(link.gopaas.span, link.outlook.span, *shown)


def notice_touch(link: Link, outlook: Observation) -> Link:
    """`link`, marked for good once a person edited anything of the Outlook half, mapped or not."""
    record = outlook.record
    if link.touched or record is None or record.digest == link.outlook.digest:
        return link
    return replace(link, touched=True)


def _keep_in_step(link: Link, gopaas: Record, outlook: Record, rules: Rules) -> Decision:
    cover = shield(link, gopaas, outlook, rules)
    result = merge(link, gopaas, outlook, rules, cover)
    # An event is a person's: it gets our stamp along with the first thing that we write to it, never by a write of its own.
    restamp = not link.marker and rules.resource == "contacts" and rules.direction.writes(Side.OUTLOOK)
    return writes(link, gopaas, outlook, result, rules, cover, restamp=restamp, reason=_why(result), rule="1")


def _why(result: Merge) -> str:
    if any(conflict.winner is not None for conflict in result.conflicts):
        return "changed on both sides"
    return (
        "changed in " + " and ".join(side.other.name for side in Side if result.writes[side]) if any(result.writes.values()) else ""
    )


def _both_gone(link: Link, outlook: Observation, rules: Rules) -> Decision:
    """Neither side shows it. What still exists in Outlook is only known to rest: it must not come back as something new.

    A cancelled event stands in the calendar until its user takes it out. Forgotten, it would get another one beside it when the row
    comes back from the trash can, because no change feed mentions it again. It rests for good: nobody makes anew what its
    organiser cancelled, whether its user has taken it out since or not.
    """
    if rules.resource == "events" and outlook.record is not None and outlook.verdict is Verdict.DELETED:
        return park(link, outlook, "cancelled by who organises it")
    if rules.resource == "events" and outlook.verdict is Verdict.OUT_OF_SCOPE:
        return park(link, outlook, "neither side shows it")
    return note(Op.FORGET, replace(link, status=LinkStatus.TOMBSTONE), "both halves are gone", "2")


def _retire(link: Link, gopaas: Observation, outlook: Observation, rules: Rules) -> Decision:
    """The row is gone or left the view: only what we made there is taken back, and only where that hurts nobody."""
    left, moved = gopaas.verdict, _left_by_date(link, gopaas, rules)
    where = "left the view" if left is Verdict.OUT_OF_SCOPE else "was deleted in GoPaaS"
    keep = moved or (left is Verdict.OUT_OF_SCOPE and rules.on_view_exit is not ViewExit.DELETE)
    if keep or not rules.direction.writes(Side.OUTLOOK):
        return _rest(link, f"the row {where}", "12")
    if left is Verdict.OUT_OF_SCOPE and not link.gopaas.settled:
        return _rest(link, UNSHOWN if link.origin is Origin.OUTLOOK else TAKEN_OUT, "12")
    if _may_return(link, outlook, rules, left):
        return _made_again_in_gopaas(link, _shown(outlook), rules)
    if link.origin is not Origin.GOPAAS:
        return _rest(link, f"the row {where}, but we did not make the {_thing(rules)}", "6")
    shown = outlook.record or remembered(Side.OUTLOOK, link)
    if reason := why_not_delete(link, shown, rules):
        return _rest(link, f"the row {where}, but {reason}", "12" if rules.resource == "contacts" else "7")
    lost = _lost_edit(link, shown, dirty(link.outlook, shown.fields), rules) if rules.resource == "events" else ()
    before = {name: value for name, value in shown.fields.items() if value is not None}
    action = Action(
        op=Op.DELETE,
        side=Side.OUTLOOK,
        link=replace(link, status=LinkStatus.TOMBSTONE),
        reason=f"the row {where}",
        rule="3" if left is Verdict.DELETED else "12",
        changes=changes(before, dict.fromkeys(before)),
        version=shown.version,
        mails=rules.resource == "events" and shown.attended,
        conflicts=lost,
    )
    return Decision(actions=(action,))


def _left_by_date(link: Link, gopaas: Observation, rules: Rules) -> bool:
    """Whether an appointment left the view only because it takes place at another time, or has lost its date: nobody gave it up."""
    row = gopaas.record
    return rules.resource == "events" and row is not None and (row.barred is Bar.UNDATED or row.span != link.gopaas.span)


def _thing(rules: Rules) -> str:
    return "event" if rules.resource == "events" else "contact"


def _rest(link: Link, reason: str, rule: str) -> Decision:
    """Keep the item and know it, until its row is back."""
    return note(Op.DETACH, replace(link, status=LinkStatus.DETACHED), reason, rule)


def _may_return(link: Link, outlook: Observation, rules: Rules, left: Verdict) -> bool:
    """A record made from Outlook was deleted in GoPaaS while a person edited the event: the edit wins, once (design rule 5)."""
    return (
        rules.resource == "events"
        and left is Verdict.DELETED
        and outlook.verdict is Verdict.CHANGED
        and link.origin is Origin.OUTLOOK
        and link.generation == 1
        and not rules.doubtful
        and rules.direction.writes(Side.GOPAAS)
    )


def _made_again_in_gopaas(link: Link, item: Record, rules: Rules) -> Decision:
    """Under another key: the old one may lie in GoPaaS's trash can."""
    generation = link.generation + 1
    key = record_key(rules.install, rules.user, f"{link.gopaas_id}#{generation}")
    again = replace(link, gopaas_id=key, generation=generation)
    reason = "deleted in GoPaaS, but edited in Outlook where it was born"
    return Decision(actions=(make_in_gopaas(again, item, rules, reason=reason, rule="5"),))


def _outlook_half_deleted(link: Link, gopaas: Observation, outlook: Observation, rules: Rules) -> Decision:
    """A person deleted the Outlook half while the row is still there (design rules 5 and 12).

    While the state is doubted nobody knows who deleted it: it may be an undo that is forgotten. Then the row is not retired either.
    """
    row = _shown(gopaas)
    # What no base knows was never agreed: it could not be filled in (`merge.adopt`) or was mapped since. Nobody edited it.
    edited = dirty(link.gopaas, row.fields, link.gopaas.fields)
    if not rules.direction.writes(Side.GOPAAS):
        if rules.resource == "contacts":
            return Decision(actions=(_again(link, row, rules, "deleted in Outlook; the folder mirrors the view", "5"),))
        return _without_half(link, outlook, "deleted in Outlook", ())
    cancelled = outlook.record is not None
    if edited and _edit_wins(link, row, rules) and not cancelled:
        return Decision(actions=(_again(link, row, rules, "deleted in Outlook, but edited in GoPaaS where it was born", "5"),))
    lost = _lost_edit(link, row, edited, rules)
    if rules.doubtful and not cancelled:
        return _without_half(link, outlook, "gone from Outlook while the state was lost or put back: nobody knows why", lost)
    reason = "cancelled by who organises it" if cancelled else "deleted in Outlook"
    target = rules.on_outlook_delete
    if not target.field or link.origin is Origin.ADOPTED:
        return _without_half(link, outlook, reason, lost)
    action = Action(
        op=Op.UPDATE,
        side=Side.GOPAAS,
        link=_halved(with_base(link, Side.GOPAAS, refresh(link.gopaas, row, row.fields)), outlook),
        reason=reason,
        rule="12",
        raw={target.field: target.value},
        retires=True,
        conflicts=lost,
    )
    return Decision(actions=(action,))


def _edit_wins(link: Link, row: Record, rules: Rules) -> bool:
    """Whether an edited row makes its deleted Outlook half anew: once, where the pair was born here, and never the past.

    Nor where the edit may be an old one: whoever deleted it did so knowing of it.
    """
    born_here = birth_side(link) is Side.GOPAAS and link.generation == 1 and not rules.doubtful
    return born_here and rules.direction.writes(Side.OUTLOOK) and not is_over(row, rules.now)


def _without_half(link: Link, outlook: Observation, reason: str, lost: tuple[Conflict, ...]) -> Decision:
    return note(Op.DETACH, _halved(link, outlook), reason, "12", conflicts=lost)


def _halved(link: Link, outlook: Observation) -> Link:
    """The link after its Outlook half went. A cancelled event still stands in the calendar, and must not come back as new."""
    if outlook.record is not None:
        return _parked(link, outlook)
    return replace(link, status=LinkStatus.DETACHED, outlook_id="")


def _made_again(link: Link, row: Record, rules: Rules) -> Decision:
    """The folder was lost with everything in it, and a person asked for a new one."""
    if not rules.direction.writes(Side.OUTLOOK) or is_over(row, rules.now):
        return note(Op.DETACH, replace(link, status=LinkStatus.DETACHED, outlook_id=""), "its folder was deleted", "6")
    return Decision(actions=(_again(link, row, rules, "its folder was made again", "6"),))


def _lost_edit(link: Link, shown: Record, edited: frozenset[str], rules: Rules) -> tuple[Conflict, ...]:
    """What the deleted half's partner, `shown`, was edited to in the fields `edited`: kept, since the deletion wins."""
    fields = {shown.side: shown.fields, shown.side.other: {}}
    return tuple(
        conflict(link, group, names, fields[Side.GOPAAS], fields[Side.OUTLOOK], shown.side.other, rule="5")
        for group, names in grouped(rules.fieldmap).items()
        if not edited.isdisjoint(names)
    )


def _again(link: Link, row: Record, rules: Rules, reason: str, rule: str) -> Action:
    fresh = replace(link, generation=link.generation + 1, outlook=Base(), touched=False)
    return make_in_outlook(fresh, row, rules, reason=reason, rule=rule)


def _let_go(link: Link, outlook: Observation, rules: Rules) -> Decision:
    """The Outlook half is somewhere else, or no longer for others to see. A contact that was moved away is the person's own."""
    if rules.resource == "contacts":
        moved = replace(link, status=LinkStatus.DETACHED, outlook_id="")
        return note(Op.DETACH, moved, "the contact was moved out of our folder", "3")
    barred = outlook.record.barred if outlook.record is not None else None
    return park(link, outlook, f"the event is {barred}" if barred else "the event is not in this calendar any more")


def park(link: Link, outlook: Observation, reason: str) -> Decision:
    """Leave the pair alone until Outlook shows its half again by itself."""
    return note(Op.DETACH, _parked(link, outlook), reason, "11")


def _parked(link: Link, outlook: Observation) -> Link:
    """Without a version: nothing needs to be asked, Outlook will tell (`pairing.returning`)."""
    if outlook.record is not None:
        link = described(link, outlook.record)
    return replace(link, status=LinkStatus.DETACHED, outlook=replace(link.outlook, version=""))


def _resume(link: Link, gopaas: Observation, outlook: Observation, rules: Rules) -> Decision:
    """A detached pair whose halves are both shown again goes on where it stopped, if its Outlook half is still ours.

    When the row came back, the caller has asked for the other half by id (`pairing.returning`): nobody watched it meanwhile.
    """
    if not link.outlook_id or gopaas.verdict not in SHOWN or _is_far(link, gopaas, outlook, rules):
        return Decision()
    if link.outlook.version and not gopaas.fresh:
        # Its row had left the view, and a listing of what changed lately does not say that it is back.
        return Decision()
    row = _shown(gopaas)
    if outlook.verdict in SHOWN and not outlook.fresh:
        return Decision()
    if outlook.verdict in SHOWN:
        reason = "both sides show it again" if rules.resource == "events" else "back in the view"
        return _go_on(link, gopaas, outlook, rules, reason)
    if rules.resource == "events":
        return (
            park(link, outlook, "its event is not to be copied") if link.outlook.version and outlook.verdict in GONE else Decision()
        )
    if outlook.verdict is Verdict.DELETED and not rules.direction.writes(Side.GOPAAS):
        active = replace(link, status=LinkStatus.ACTIVE)
        return Decision(actions=(_again(active, row, rules, "back in the view; its contact was deleted in Outlook", "5"),))
    if outlook.verdict in GONE:
        gone = replace(link, status=LinkStatus.DETACHED, outlook_id="")
        return note(Op.DETACH, gone, "back in the view, but its contact is gone", "12")
    return Decision(waiting=True)


def _go_on(link: Link, gopaas: Observation, outlook: Observation, rules: Rules, reason: str) -> Decision:
    """Keep a pair that rested in step again, from what both sides show now."""
    row, item = _shown(gopaas), _shown(outlook)
    active = notice_touch(replace(link, status=LinkStatus.ACTIVE), outlook)
    cover = shield(active, row, item, rules)
    result = merge(active, row, item, rules, cover)
    return writes(active, row, item, result, rules, cover, restamp=False, reason=reason, rule="3", always=True)


def _stay_withdrawn(link: Link, gopaas: Observation, outlook: Observation, rules: Rules) -> Decision:
    """Do not make again what a person took back, until somebody edits what is left: then it is wanted after all.

    An edit must have been seen: what a listing of recent changes does not mention says nothing.
    """
    if not gopaas.fresh or gopaas.verdict not in SHOWN or _is_far(link, gopaas, outlook, rules):
        return Decision()
    edited = Verdict.CHANGED in (gopaas.verdict, outlook.verdict)
    if outlook.fresh and outlook.verdict in SHOWN:
        return _go_on(link, gopaas, outlook, rules, "edited after it was taken back") if edited else Decision()
    row, gone = _shown(gopaas), not link.outlook.fields
    if not (gone and gopaas.verdict is Verdict.CHANGED and rules.direction.writes(Side.OUTLOOK) and is_exportable(row, rules)):
        return Decision()
    active = replace(link, status=LinkStatus.ACTIVE)
    return Decision(actions=(_again(active, row, rules, "edited in GoPaaS after it was taken back", "5"),))


def _shown(observation: Observation) -> Record:
    if observation.record is None:
        raise AssertionError("a shown half always has a record")
    return observation.record


def still_as_planned(action: Action, shown: Record, columns: Payload) -> bool:
    """Whether the row still shows what `action` was decided on, in all of the cells that it writes. `columns` is the row as sent.

    What stands for a deletion concerns the whole row: one that was edited since is decided again. A column that is set as it is was
    decided on only where its image was taken then, as an undo does.
    """
    if any(name in columns and cell(columns[name]) != cell(action.image[name]) for name in action.raw if name in action.image):
        return False
    if action.retires and dirty(action.link.gopaas, shown.fields):
        return False
    before = {name: extended(change.before, action.overflow.get(name, ())) for name, change in action.changes.items()}
    # What stands beside a change in its group is sent as it was: a value that came since would be gone without a trace.
    return all(whole(shown, name) == value for name, value in {**action.fields, **before}.items())
