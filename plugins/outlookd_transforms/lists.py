"""One cell that holds several values. There is no "first of the list": on the way back it would erase the others."""

from __future__ import annotations

import re

from outlookd import Transform, Value


class Separated:
    """Values in one cell, split by a character and joined by it again. Each value is kept once, without space around it."""

    def __init__(self, name: str, *, split: str, join: str, lower: bool = False) -> None:
        self.name = name
        self._split = re.compile(split)
        self._join = join
        self._lower = lower

    def to_outlook(self, value: Value) -> Value:
        """The cell as a list."""
        if not isinstance(value, str | tuple):
            return value
        cells = (value,) if isinstance(value, str) else value
        pieces = (piece.strip() for cell in cells for piece in self._split.split(cell))
        return tuple(dict.fromkeys(piece.lower() if self._lower else piece for piece in pieces if piece)) or None

    def to_gopaas(self, value: Value) -> Value:
        """The list as one cell."""
        return self._join.join(value) if isinstance(value, tuple) else value


TRANSFORMS: tuple[Transform, ...] = (
    Separated("list_semicolon", split=r"[;\n]", join="; "),
    Separated("list_comma", split=r"[,\n]", join=", "),
    Separated("email_list", split=r"[;,\s]", join="; ", lower=True),
)
