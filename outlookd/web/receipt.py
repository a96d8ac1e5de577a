"""The names that the last page needs, carried there in a cookie: who was connected to what (threat T2), or who may not yet be.

In a cookie and not in the address (names do not belong into histories and logs) nor in memory (another process may draw the page).
It is not signed: it comes back to the browser it was given to, and only its own page shows it.
"""

from __future__ import annotations

import base64
import json
from dataclasses import asdict, dataclass

__all__ = ["Receipt", "read_receipt", "write_receipt"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """A GoPaaS login and the name of the mailbox's account; no mailbox where the directory has not consented yet."""

    login: str
    mailbox: str = ""


def write_receipt(receipt: Receipt) -> str:
    """The cookie's value: plain ASCII, whatever letters the names have."""
    return base64.urlsafe_b64encode(json.dumps(asdict(receipt)).encode()).decode()


def read_receipt(cookie: str) -> Receipt | None:
    """The names again, or None for a cookie that is missing or not ours. Never fails: a browser may send anything."""
    try:
        values = json.loads(base64.urlsafe_b64decode(cookie))
    except (ValueError, RecursionError):
        return None
    match values:
        case {"login": str(login), "mailbox": str(mailbox)} if login:
            return Receipt(login=login, mailbox=mailbox)
        case _:
            return None
