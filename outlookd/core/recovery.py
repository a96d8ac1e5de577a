"""What became of a write that was announced but never answered, concluded from what the side shows now (sync-model 5.8)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from outlookd.core.fieldmap import is_stored_as
from outlookd.core.model import Commit, Intent, IntentState, Link, LinkStatus, Op, Record, Side
from outlookd.core.overflow import whole
from outlookd.core.settle import after_deletion, described, refresh, with_base
from outlookd.core.verdict import Proof


def conclude_create(
    intent: Intent, found: Sequence[Record], linked: Collection[str], mapped: Collection[str], *, earlier: bool = False
) -> Commit | None:
    """The link of a create that did happen; None when nothing was found.

    `linked` are ids that belong to other pairs already, `mapped` the fields that were sent (those without a value as empty). Of
    several items under one mark (a person copied it, a resend met a late arrival) the one that shows what was sent is kept, the
    lowest id first; the others stay where they are.

    The base is what was sent, not what is shown: a difference may be a person's edit since, and the next comparison must find it.
    Server normalisation then looks like an edit too, which costs one write and loses nothing. The item counts as touched when it
    shows anything but what was sent. `earlier`: the side said that it was made once before, perhaps in a life that nobody
    remembers: then nothing is agreed yet, so that differing values are a conflict and no edit.
    """
    free = sorted((record for record in found if record.id not in linked), key=lambda record: record.id)
    if not free:
        return None
    shown = max(free, key=lambda record: len(_as_sent(intent, record)))
    sent = {name: intent.after.get(name) for name in mapped}
    touched = shown.extra or any(shown.fields.get(name) != value for name, value in sent.items())
    link = _linked(replace(intent.link, touched=touched), shown, set(shown.fields) - set(mapped))
    base = link.base(shown.side)
    link = with_base(link, shown.side, replace(base, fields={**base.fields, **({} if earlier else sent)}))
    if earlier:
        link = with_base(link, shown.side.other, replace(link.base(shown.side.other), fields={}))
    return Commit(intent=intent.id, state=IntentState.VERIFIED, link=link, conflicts=intent.conflicts)


def _as_sent(intent: Intent, shown: Record) -> frozenset[str]:
    return frozenset(name for name, value in intent.after.items() if shown.fields.get(name) == value)


def conclude_deleted(intent: Intent) -> Commit:
    """A create that the side refuses because it was done once, and whose item is nowhere: a person deleted it since.

    It happens when the state was lost. The pair rests without a half, as it would have if we had seen the deletion.
    """
    link = replace(intent.link, status=LinkStatus.DETACHED, outlook_id="")
    return Commit(intent=intent.id, state=IntentState.VOID, link=link)


def conclude_change(intent: Intent, shown: Record | None, proof: Proof) -> Commit | None:
    """Whether an update or delete happened. `shown` is the item as it is, None unless it was found; None: ask again next time.

    An update that is not seen exactly as sent is treated as never sent: bases stay, and the next comparison finds out. Whatever
    happened, nobody watched the item meanwhile: what it holds beyond the map counts as a person's.
    """
    if proof is Proof.UNKNOWN:
        return None
    if intent.op is Op.DELETE and proof is Proof.GONE:
        return Commit(intent=intent.id, state=IntentState.VERIFIED, link=after_deletion(intent.link), conflicts=intent.conflicts)
    if (
        intent.op is Op.UPDATE
        and intent.after  # one that only names the event in the row's column leaves nothing to see, and is made again
        and shown is not None
        and all(is_stored_as(value, whole(shown, name)) for name, value in {**intent.after, **intent.longer}.items())
    ):
        link = replace(intent.link, touched=intent.link.touched or shown.extra)
        link = _linked(link, shown, intent.after)
        base = link.base(shown.side)
        # Where a list got back what only this side can hold, that counts as a change of this side (`core.settle`).
        link = with_base(link, shown.side, replace(base, fields={**base.fields, **{n: intent.after[n] for n in intent.longer}}))
        return Commit(intent=intent.id, state=IntentState.VERIFIED, link=link, conflicts=intent.conflicts)
    return Commit(intent=intent.id, state=IntentState.VOID)


def _linked(link: Link, shown: Record, names: Iterable[str]) -> Link:
    base = refresh(link.base(shown.side), shown, names)
    link = with_base(link, shown.side, replace(base, digest=shown.digest, settled=True, before={}))
    if shown.side is Side.GOPAAS:
        return link
    return replace(described(link, shown), outlook_id=shown.id, marker=shown.marker or link.marker)
