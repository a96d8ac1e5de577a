"""The names that the last page needs, carried there in a cookie: who was connected to what (threat T2), or who may not yet be.

In a cookie and not in the address (names do not belong into histories and logs) nor in memory (another process may draw the page).
Sealed: what a page does with the login, looking up its registration say, is done for logins of ours only, and nobody can try
which ones there are (threat T16).
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from outlookd.sealing import Seal, SealBroken

__all__ = ["Receipt", "read_receipt", "write_receipt"]

_PURPOSE = "receipt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """A GoPaaS login and the name of the mailbox's account; no mailbox where the directory has not consented yet."""

    login: str
    mailbox: str = ""


def write_receipt(receipt: Receipt, seal: Seal) -> str:
    """The cookie's value: plain ASCII, whatever letters the names have."""
    return seal.seal_text(json.dumps(asdict(receipt)), purpose=_PURPOSE)


def read_receipt(cookie: str, seal: Seal) -> Receipt | None:
    """The names again, or None for a cookie that is missing or not ours. Never fails: a browser may send anything."""
    try:
        return Receipt(**json.loads(seal.open_text(cookie, purpose=_PURPOSE)))
    except SealBroken:
        return None
