"""What became of a write that was announced but never answered, concluded from what the side shows now (sync-model 5.8)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from outlookd.core.model import Commit, Intent, IntentState, Link, Op, Record, Side
from outlookd.core.settle import refresh, with_base
from outlookd.core.verdict import Proof


def conclude_create(intent: Intent, found: Sequence[Record]) -> Commit | None:
    """The link of a create that did happen; None when nothing was found.

    Of several items under one mark (a resend met a late arrival) the lowest id is kept; the others stay where they are.
    """
    if not found:
        return None
    shown = min(found, key=lambda record: record.id)
    return Commit(intent=intent.id, state=IntentState.VERIFIED, link=_linked(intent.link, shown, shown.fields))


def conclude_change(intent: Intent, shown: Record | None, proof: Proof) -> Commit | None:
    """Whether an update or delete happened. `shown` is the item as it is, None unless it was found; None: ask again next time.

    An update that is not seen exactly as sent is treated as never sent: bases stay, and the next comparison finds out.
    """
    if proof is Proof.UNKNOWN:
        return None
    if intent.op is Op.DELETE and proof is Proof.GONE:
        return Commit(intent=intent.id, state=IntentState.VERIFIED, link=intent.link)
    if (
        intent.op is Op.UPDATE
        and shown is not None
        and all(shown.fields.get(name) == value for name, value in intent.after.items())
    ):
        return Commit(intent=intent.id, state=IntentState.VERIFIED, link=_linked(intent.link, shown, intent.after))
    return Commit(intent=intent.id, state=IntentState.VOID)


def _linked(link: Link, shown: Record, names: Iterable[str]) -> Link:
    base = refresh(link.base(shown.side), shown, names)
    link = with_base(link, shown.side, replace(base, digest=shown.digest, settled=True, before={}))
    if shown.side is Side.GOPAAS:
        return link
    return replace(link, outlook_id=shown.id, marker=shown.marker or link.marker)
