"""SQL about intents: the write-ahead rows by which a crash is cleared up.

A row is an open intent: concluding one deletes it. The journal has what was written, and copies of it that nothing asks for
any more would be more than half of the file, and personal data (kept with emptied columns, they still held their pages).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlite_utils import Database

from outlookd.core.model import Intent, IntentState
from outlookd.errors import StoreError
from outlookd.store.codec import intent_columns, intent_of
from outlookd.store.statements import upsert

_COLUMNS = (
    "id", "job", "run", "op", "side", "link_id", "link", "before", "after", "longer", "sent_at", "state", "rule", "mails", "seen",
    "image", "conflicts", "undoes", "resolves",
)  # fmt: skip

_ANNOUNCE = upsert("intent", _COLUMNS, key=["id"])
_CLOSED = frozenset({IntentState.VERIFIED, IntentState.VOID})


def announce_intents(db: Database, intents: Iterable[Intent]) -> None:
    """Write intents down. One that is still open may be announced again (a resend), and keeps its place in the order."""
    db.conn.executemany(_ANNOUNCE, [intent_columns(intent) for intent in intents])


def load_open_intents(db: Database, job: str) -> Sequence[Intent]:
    """What may have happened and is not known to have, oldest first."""
    return [intent_of(row) for row in db.query("SELECT * FROM intent WHERE job = ? ORDER BY seq", [job])]


def move_intent(db: Database, id: str, state: IntentState) -> None:
    """Advance or conclude an open intent.

    Raises StoreError when there is none by this id: the caller's picture of what is in flight would be wrong.
    """
    if state in _CLOSED:
        moved = db.execute("DELETE FROM intent WHERE id = ?", [id]).rowcount
    else:
        moved = db.execute("UPDATE intent SET state = ? WHERE id = ?", [state.value, id]).rowcount
    if moved != 1:
        raise StoreError("a write was to be recorded whose intent is unknown or concluded; nothing was written")
