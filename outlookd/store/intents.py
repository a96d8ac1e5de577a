"""SQL about intents: the write-ahead rows by which a crash is cleared up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlite_utils import Database

from outlookd.core.model import Intent, IntentState
from outlookd.errors import StoreError
from outlookd.store.codec import intent_columns, intent_of
from outlookd.store.statements import upsert

_COLUMNS = ("id", "job", "run", "op", "side", "link_id", "link", "before", "after", "sent_at", "state")

# A closed intent does not match, so nothing happens to it and the caller learns it from the number of rows.
_ANNOUNCE = f"{upsert('intent', _COLUMNS, key=['id'])} WHERE intent.state IN ('sent', 'acked')"
# `state IN ('sent', 'acked')` is always written so: SQLite takes the partial index for the very same words only.
_MOVE = "UPDATE intent SET state = ? WHERE id = ? AND state IN ('sent', 'acked')"
_LOAD_OPEN = "SELECT * FROM intent WHERE job = ? AND state IN ('sent', 'acked') ORDER BY seq"


def announce_intents(db: Database, intents: Iterable[Intent]) -> None:
    """Write intents down. One that is still open may be announced again (a resend); a closed one never opens again.

    Raises StoreError.
    """
    for intent in intents:
        if db.execute(_ANNOUNCE, intent_columns(intent)).rowcount != 1:
            raise StoreError("an intent that is closed was announced again; nothing was written")


def load_open_intents(db: Database, job: str) -> Sequence[Intent]:
    """What may have happened and is not known to have, oldest first."""
    return [intent_of(row) for row in db.query(_LOAD_OPEN, [job])]


def move_intent(db: Database, id: str, state: IntentState) -> None:
    """Advance or close an open intent.

    Raises StoreError when there is none by this id: the caller's picture of what is in flight would be wrong.
    """
    if db.execute(_MOVE, [state.value, id]).rowcount != 1:
        raise StoreError("a write was to be recorded whose intent is unknown or closed; nothing was written")
