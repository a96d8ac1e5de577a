"""Text that is not ours, fit for a page: what people have typed in GoPaaS and in Outlook, whatever it is and however long."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import takewhile
from typing import Final

__all__ = ["LONGEST_VALUE", "LONGEST_WHOLE", "Quoted", "quoted", "shown"]

LONGEST_VALUE: Final = 200
"""Of what is seen of a field's value at once: a note may be a page long."""

LONGEST_WHOLE: Final = 20_000
"""Of what is seen of it when it is unfolded: ten pages. A field of GoPaaS may hold more, and a page shows fifty records."""

_BEFORE: Final = 40
"""Characters before the place where two long values begin to differ: enough to find it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quoted:
    """A value as a page shows it, its line breaks kept. `whole` is all of it where `text` is only a part; else empty."""

    text: str
    whole: str = ""


def shown(text: str, longest: int = LONGEST_VALUE) -> str:
    """`text` in one line, without what turns or hides other text, and not too long."""
    clean = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return clean if len(clean) <= longest else f"{clean[:longest]}…"


def quoted(one: str, other: str) -> tuple[Quoted, Quoted]:
    """Two values that stand beside each other. Of long ones that part is shown in which they first differ."""
    one, other = _whole(one), _whole(other)
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
    start = max(0, same - _BEFORE) if same >= LONGEST_VALUE - _BEFORE else 0
    return _part(one, start), _part(other, start)


def _whole(text: str) -> str:
    """`text` line by line, without what turns or hides other text."""
    lines = ("".join(char if char.isprintable() else " " for char in line) for line in text.splitlines())
    clean = "\n".join(lines).strip("\n")
    return clean if len(clean) <= LONGEST_WHOLE else f"{clean[:LONGEST_WHOLE]}…"


def _part(text: str, start: int) -> Quoted:
    if len(text) <= LONGEST_VALUE:
        return Quoted(text=text)
    part = text[start : start + LONGEST_VALUE]
    return Quoted(text=f"{'…' if start else ''}{part}{'…' if start + LONGEST_VALUE < len(text) else ''}", whole=text)
