"""The invariants that every single run must keep, judged by what both sides looked like before and after it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from outlookd.core.marker import parse_marker
from outlookd.core.model import Origin, Side
from simulation.circumstances import CALENDAR, CONTACTS, RETIRED, RETIRED_VALUE
from simulation.ledger import Removed, series_of, thing_of
from simulation.witness import Deed, Item, of_container

if TYPE_CHECKING:
    from simulation.course import History

MOST_WRITES = 3
"""To one thing, in one run: made, and brought up to date in the rounds after."""


def i04_no_inferred_deletion(history: History, deed: Deed) -> Iterator[str]:
    """Whatever outlookd deleted or retired, a person had deleted on the other side, or taken out of the view where the job says so.

    Also: a contact that carries a person's note or photo is never deleted, nor an event of somebody else, with guests, or born in Outlook.
    """
    for was, now in deed.changed:
        if was is not None and now.gone and not was.gone:
            yield from _unfounded(history, deed, was)
        if was is not None and now.off - was.off and not now.gone:
            yield from _unfounded_day(history, was, now)
    for was_row, row in deed.written:
        is_retired = row.get(RETIRED) == RETIRED_VALUE != was_row.get(RETIRED)
        if is_retired and not any(_is_end_of(entry, row) for entry in history.ledger.removed):
            yield f"row {row['cle']} was retired though nobody deleted its item"


def _is_end_of(entry: Removed, row: Mapping[str, Any]) -> bool:
    """Whether a person deleted the item of a row. What was moved elsewhere exists.

    The row of a private event tells only its id, and with it the series that it is a day of: whoever deletes or ends a series does so to its days.
    """
    id = str(row.get("outlook_id") or "")
    same = entry.thing == _thing(row) if _thing(row) else entry.id in {id, series_of(id)}
    return entry.side is Side.OUTLOOK and entry.how in {"deleted", "reshaped"} and same


def _unfounded(history: History, deed: Deed, was: Item) -> Iterator[str]:
    marker = next((found for text in was.markers if (found := parse_marker(text)) is not None), None)
    if marker is None:
        yield f"{was.name} carried no stamp of ours and was deleted"
        return
    exits = ("deleted", "left") if deed.part.settings["on_view_exit"] == "delete" else ("deleted",)
    if not history.ledger.was_removed(Side.GOPAAS, marker.key, *exits):
        yield f"{was.name} was deleted though nobody took its row {marker.key} away"
    if was.content.get("personalNotes") or was.photo:
        yield f"{was.name} was deleted though a person had put something of theirs on it"
    if was.guest or was.attended:
        yield f"{was.name} was deleted though other people are on it"
    if deed.part.type == CALENDAR and marker.origin is not Origin.GOPAAS:
        yield f"{was.name} was deleted though it was not born in GoPaaS"


def _unfounded_day(history: History, was: Item, now: Item) -> Iterator[str]:
    yield f"of {was.name} the days {sorted(map(str, now.off - was.off))} were deleted; no occurrence is born in GoPaaS"


def i06_ownership(history: History, deed: Deed) -> Iterator[str]:
    """What outlookd changes in Outlook carries its stamp, and a stranger's contact in the folder of an export is never changed.

    An event that a person made gets the stamp along with the first thing that is written to it, so the stamp is asked for afterwards.
    """
    for was, now in deed.changed:
        if not now.markers and not (was is not None and was.markers):
            yield f"{now.name} was changed and carries no stamp"
        if now.id in history.ledger.strangers and deed.part.direction != "both":
            yield f"{now.name} is a stranger's and was changed"
        if was is not None and was.guest and _substance(was) != _substance(now):
            yield f"{now.name} belongs to another organiser and was changed"


def _substance(item: Item) -> tuple[object, ...]:
    return (item.content, item.shape, item.days, item.off)


def i07_direction(history: History, deed: Deed) -> Iterator[str]:
    """A job that writes one way asks nothing else of the other side. Our folder itself may be made and stamped by an import, too.

    Not of it is what arrives late in another job's table.
    """
    table = "contact" if deed.part.type == CONTACTS else "action"
    rows = [line for line in deed.writes[Side.GOPAAS] if line.endswith(f"/items/{table}/")]
    if deed.part.direction == "to_outlook" and rows:
        yield f"an export wrote to GoPaaS: {rows[0]}"
    if deed.part.direction == "to_gopaas":
        items = [line for line in deed.writes[Side.OUTLOOK] if not of_container(line)]
        if items:
            yield f"an import wrote to Outlook: {items[0]}"


def i08_no_mail(history: History, mails: int) -> Iterator[str]:
    """Nobody is mailed because of outlookd. Whatever Exchange mailed while a person acted is that person's."""
    for number, mail in list(enumerate(history.stage.world.mail_log))[mails:]:
        if number not in history.ledger.mails:
            yield f"{mail.reason} to {', '.join(mail.recipients)}"


def i09_body_preserved(history: History, deed: Deed) -> Iterator[str]:
    """The body of an event changes only to what a row's note says, and an online meeting keeps its address and its whole body."""
    for was, now in deed.changed:
        if deed.part.type != CALENDAR or was is None or was.content.get("body") == now.content.get("body"):
            continue
        if was.joined:
            yield f"the body of the online meeting {was.name} was rewritten"
        elif not any(entry.side is Side.GOPAAS and entry.field == "note" for entry in history.ledger.written):
            yield f"the body of {was.name} was rewritten though nobody wrote a note"


def i11_bounded_work(history: History, deed: Deed) -> Iterator[str]:
    """One run writes to one thing a few times at most. Retries after a throttle do not count twice in the log of a batch's items."""
    lines = Counter(line.split("?")[0] for line in deed.writes[Side.OUTLOOK] if line.startswith(("PATCH", "DELETE")))
    for line, count in lines.items():
        if count > MOST_WRITES + len(history.stage.world.faults.waiting) + 4 * bool(deed.acted):
            yield f"{count} times {line[:20]}"


def i13_guard(history: History, deed: Deed) -> Iterator[str]:
    """Without an approval a run deletes no more than five things, or a tenth of what there is. A series is one thing, whatever its days."""
    gone = [item.name for was, item in deed.changed if was is not None and item.gone and not was.gone]
    retired = {_thing(row) for was, row in deed.written if row.get(RETIRED) == RETIRED_VALUE != was.get(RETIRED)}
    known = sum(not item.gone for item in deed.before.items.values())
    if not deed.approved and len(gone) + len(retired) > max(5, known // 10):
        yield f"{len(gone)} items deleted and {len(retired)} things retired, of {known}"


def rule17_no_expression(history: History, deed: Deed) -> Iterator[str]:
    """No text of a stranger reaches GoPaaS as an expression (design rule 17)."""
    for entry in history.stage.world.crm.injections:
        yield f"{entry.column} of {entry.cle} begins with $$"
    history.stage.world.crm.injections.clear()


def i14_no_resurrection(history: History, deed: Deed) -> Iterator[str]:
    """Whatever outlookd makes on one side is alive on the other: nothing comes back because of a late or replayed observation.

    Asked of what lived at any moment of the run: a person may have deleted it just then. The row of a private event says of nothing whose it is.
    """
    items = {thing_of(item.name) for sight in (deed.before, deed.after) for item in sight.items.values() if not item.gone}
    rows = {_thing(row) for sight in (deed.before, deed.after) for row in sight.rows.values()}
    source = {thing_of(item.name) for item in deed.before.items.values() if not item.gone} | _acted(deed)
    for was, now in deed.changed:
        if was is None and thing_of(now.name) not in rows:
            yield f"{now.name} was made in Outlook, and no row is alive"
    for was_row, row in deed.written:
        if not was_row and _thing(row) and _thing(row) not in items & source:
            yield f"row {row['cle']} was made, and no item is alive"


def _acted(deed: Deed) -> set[int]:
    return {thing_of(item.name) for id, item in deed.after.items.items() if id in deed.acted}


def _thing(row: Mapping[str, Any]) -> int:
    return thing_of(row.get("prenom") or row.get("intitule"))


CHECKS: tuple[Callable[[History, Deed], Iterator[str]], ...] = (
    i04_no_inferred_deletion,
    i06_ownership,
    i07_direction,
    i09_body_preserved,
    i11_bounded_work,
    i13_guard,
    i14_no_resurrection,
    rule17_no_expression,
)
UNDO_CHECKS: tuple[Callable[[History, Deed], Iterator[str]], ...] = (i07_direction, i11_bounded_work, rule17_no_expression)
