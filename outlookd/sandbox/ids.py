"""Ids that are as unpleasant as Exchange's: case-sensitive, with ``-``, ``_`` and ``=``, in two families.

Neighbours differ by one character, and some of them by its case only, so that any code that folds case or
forgets to percent-encode meets the wrong item (Graph trap 26).
"""

from __future__ import annotations

import hashlib
import re
import string
from base64 import urlsafe_b64encode
from enum import StrEnum

ALPHABET = string.ascii_uppercase + string.ascii_lowercase + string.digits + "-_"
SHAPE = re.compile(r"AA[A-Za-z0-9_-]{30,}=?")


class Family(StrEnum):
    """Which ids a caller sees. Classic ones change when an item moves to another folder, immutable ones never do."""

    CLASSIC = "classic"
    IMMUTABLE = "immutable"


class IdMint:
    """Makes the ids of one mailbox. The same owner gets the same ids in the same order."""

    def __init__(self, owner: str) -> None:
        self._stem = urlsafe_b64encode(hashlib.sha512(owner.encode()).digest()).decode().rstrip("=")
        self._count = 0

    def classic(self) -> str:
        """An id that holds until the item moves."""
        return f"AAMkA{self._stem}_BGAAAAAA{self._stem[:20]}-{self._next()}AAA="

    def immutable(self) -> str:
        """An id for as long as the item is in this mailbox."""
        return f"AAkALgAA{self._stem[:44]}-_{self._next()}AAA="

    def folder(self) -> str:
        """A container's id: there is only one family of those."""
        return f"AAMkA{self._stem}_AuAAAAAA{self._stem[20:40]}-{self._next()}AAA="

    def _next(self) -> str:
        self._count += 1
        digits, rest = "", self._count
        for _ in range(4):
            rest, digit = divmod(rest, len(ALPHABET))
            digits = ALPHABET[digit] + digits
        return digits


def well_formed(id: str) -> bool:
    """Whether `id` could have come from Exchange at all. A corrupted one gets another answer than an unknown one."""
    return SHAPE.fullmatch(id) is not None
