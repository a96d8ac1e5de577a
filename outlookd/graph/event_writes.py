"""Writes to events as items of a batch, and what became of them.

The last door before Graph: nothing that names attendees passes it, whatever was decided before (design rule 7), and a create says
who it is, so that sending it twice makes one event (design rule 13).
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Final

from outlookd.errors import BadRecord, RemoteError
from outlookd.graph.batch import Item, Refused
from outlookd.graph.evidence import result_of
from outlookd.graph.marker import stamped
from outlookd.graph.series import UTC_TIMES
from outlookd.ports import Failed, Write, WriteResult

if TYPE_CHECKING:
    from outlookd.graph.batch import Reply
    from outlookd.graph.client import GraphClient

TRANSACTIONS: Final = uuid.UUID("5d4c42d1-52f6-4d0a-9a2b-0f4c1e2a7b63")
"""The namespace of our transaction ids. Never change this: a create that is being recovered would be sent under another id."""

_USED_ALREADY = "errorduplicatetransactionid"


def transaction_of(marker: str) -> str:
    """The transaction id of the event that carries this marker: the same whenever, and by whichever process, it is asked for."""
    return str(uuid.uuid5(TRANSACTIONS, marker))


def forbidden(write: Write) -> Failed | None:
    """The refusal of a write that names attendees: Graph would mail them at once, and no switch prevents it (trap 12)."""
    if not any(name.casefold().partition("@")[0] == "attendees" for name in write.payload):
        return None
    return Failed(ref=write.ref, error=BadRecord("Attendees are never written to Outlook.", field="attendees"))


def item_of(write: Write, client: GraphClient, calendar: str) -> Item:
    """The request that carries out `write`; a create goes into `calendar`."""
    body = stamped(write.payload, write.marker) if write.marker else write.payload
    match write.op:
        case "create":
            path = client.path("calendars", calendar, "events")
            body = {**body, "transactionId": transaction_of(write.marker)} if write.marker else body
            return Item(ref=write.ref, method="POST", path=path, body=body, prefer=(UTC_TIMES,))
        case "update":
            path = client.path("events", write.id)
            version = "" if write.follows else write.version
            return Item(
                ref=write.ref, method="PATCH", path=path, body=body, version=version, prefer=(UTC_TIMES,), follows=write.follows
            )
        case "delete":
            return Item(ref=write.ref, method="DELETE", path=client.path("events", write.id), version=write.version)


def outcome_of(write: Write, reply: Reply) -> WriteResult:
    """What became of a write.

    A transaction id that was used before says that our create happened, or that its event was deleted since: it is in doubt,
    and to be looked for by its marker. Its status is 400 or 409 (trap 15).
    """
    match reply:
        case Refused(error=RemoteError() as error) if error.code.casefold() == _USED_ALREADY:
            return Failed(ref=write.ref, error=error, ambiguous=True)
        case _:
            return result_of(write, reply)
