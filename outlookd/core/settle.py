"""What a link remembers after a side has answered: bases are what a side *shows*, never what was sent (design rule 1).

Two moments: an answer to a write (`settle_write`), and a listing that shows a write to a side which answers with nothing
(`settle_listing`, GoPaaS).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from outlookd.core.expression import is_beginning
from outlookd.core.fieldmap import FieldMap, is_stored_as
from outlookd.core.model import Action, Base, Link, LinkStatus, Op, Record, Side, Value


def with_base(link: Link, side: Side, base: Base) -> Link:
    """`link` with another base for `side`."""
    return replace(link, gopaas=base) if side is Side.GOPAAS else replace(link, outlook=base)


def described(link: Link, item: Record) -> Link:
    """`link`, remembering what its Outlook half is: which occurrence of what, and how it is protected."""
    return replace(
        link,
        series=item.series,
        original_start=item.original_start,
        meeting=item.meeting,
        attended=item.attended,
        guest=item.guest,
        sealed=item.sealed,
    )


def refresh(base: Base, shown: Record, names: Iterable[str]) -> Base:
    """`base` agreeing with what is shown for `names`, and with the version seen. The digest stays: it dates the last write."""
    fields = {**base.fields, **{name: shown.fields.get(name) for name in names}}
    return replace(base, fields=fields, version=shown.version, span=shown.span)


def prune(link: Link, fieldmap: FieldMap) -> Link:
    """`link` without what its bases know of fields that are no longer mapped: nobody watches those, so it would be out of date."""
    for side, names in ((Side.GOPAAS, fieldmap.mapped), (Side.OUTLOOK, fieldmap.tracked)):
        base = link.base(side)
        if not base.fields.keys() <= names:
            kept = {name: value for name, value in base.fields.items() if name in names}
            link = with_base(link, side, replace(base, fields=kept))
    return link


def without_half(link: Link) -> Link:
    """`link` after its folder was lost. A pair that was resting has nothing left to come back to: its row would be new."""
    resting = link.status is LinkStatus.DETACHED
    return replace(link, outlook_id="", status=LinkStatus.TOMBSTONE if resting else link.status)


def after_deletion(link: Link) -> Link:
    """`link` after its Outlook half was deleted by us. If it rests it names nothing: what comes back from the bin is found."""
    return replace(link, outlook_id="") if link.status is LinkStatus.WITHDRAWN else link


def announce(action: Action, latest: Link | None = None) -> Link:
    """The link as it will be once `action` is verified, but for the written side's answer: what an intent remembers.

    `latest` is the pair's link after another action of the same run (a merge may write to both sides).
    """
    link = action.link
    if latest is not None:
        link = replace(latest, status=link.status, marker=latest.marker or link.marker, touched=latest.touched or link.touched)
    other = link.base(action.side.other)
    return with_base(link, action.side.other, replace(other, fields={**other.fields, **action.takes}))


def settle_write(action: Action, link: Link, shown: Record | None, fieldmap: FieldMap, *, id: str) -> Link:
    """The link after `action` was done on its side. `link` is as announced; `shown` is what the side answered, None if nothing.

    Only the groups that were written take their base from the answer: an edit in another group that came in between must still
    be found by the next comparison.
    """
    side = action.side
    link = replace(link, gopaas_id=id) if side is Side.GOPAAS else replace(link, outlook_id=id)
    if action.op is Op.DELETE:
        return after_deletion(link)
    if shown is None:
        return with_base(link, side, _unsettled(link.base(side), action))
    written = {fieldmap.group_of(name) for name in action.fields}
    names = [name for name in shown.fields if fieldmap.group_of(name) in written]
    base = refresh(link.base(side), shown, names)
    return with_base(replace(link, marker=shown.marker or link.marker), side, replace(base, digest=shown.digest))


def _unsettled(base: Base, action: Action) -> Base:
    """All that was sent waits for its echo: a group goes as a whole, and what is sent unchanged may be cut or rewritten, too."""
    before = {name: base.fields.get(name) for name in action.fields if name not in action.changes}
    before |= {name: change.before for name, change in action.changes.items()}
    sent = {name: change.after for name, change in action.changes.items()}
    return replace(base, fields={**base.fields, **sent}, before={**before, **base.before}, settled=False)


def settle_listing(link: Link, side: Side, shown: Record, *, same_run: bool) -> Link:
    """The link once `side` shows again what was written to it without an answer.

    Per written field: shown as sent, it is agreed. Shown as it was before, the write never arrived: the other side's base goes
    back to that, so that the next decision sees the other side as changed and writes again. But where another field of the same
    write arrived just now, all of it did, and the field was cut back to what it showed. Shown as something else, it was normalised
    if we look right after writing (`same_run`), and is agreed as shown; if we look later, a person may have edited it, so the base
    stays as sent and the difference counts as that person's change, as do other words where the text was sent unchanged. A list
    that shows more than was sent got back what only this side can hold: that counts as a change of this side at once.
    """
    base, other = link.base(side), link.base(side.other)
    if base.settled:
        return link
    fields, others = dict(base.fields), dict(other.fields)
    arrived = same_run and any(_is_kept(base.fields.get(name), shown.fields.get(name), old) for name, old in base.before.items())
    for name, before in base.before.items():
        value = shown.fields.get(name)
        if is_stored_as(base.fields.get(name), value):
            fields[name] = value
            continue
        if value == before and not arrived:
            fields[name] = others[name] = before
        elif same_run and not _moved_up(base.fields.get(name), value) and not _was_typed(base.fields.get(name), value, before):
            fields[name] = value
    settled = replace(base, fields=fields, before={}, settled=True, version=shown.version, digest=shown.digest, span=shown.span)
    return with_base(with_base(link, side, settled), side.other, replace(other, fields=others))


def _is_kept(sent: Value, shown: Value, before: Value) -> bool:
    """Whether a field shows that it was written: what was sent, or the beginning of it where a column is too short."""
    return shown != before and (is_beginning(shown, sent) or is_stored_as(sent, shown))


def _was_typed(sent: Value, shown: Value, before: Value) -> bool:
    """Whether a text that was sent as GoPaaS showed it is another one now: GoPaaS may cut it, but other words are a person's."""
    if not isinstance(sent, str) or not isinstance(shown, str) or sent != before:
        return False
    return not is_beginning(shown.strip(), sent.strip())


def _moved_up(sent: Value, shown: Value) -> bool:
    """Whether a list shows what was sent and then more (the overflow that Outlook could not hold before)."""
    start = sent if isinstance(sent, tuple) else ()
    if not isinstance(shown, tuple) or not isinstance(sent, tuple | None):
        return False
    return len(shown) > len(start) and shown[: len(start)] == start
