"""Text that is not ours, fit for a line of a page: what people have typed in GoPaaS and in Outlook, whatever it is."""

from __future__ import annotations

from typing import Final

__all__ = ["LONGEST_VALUE", "shown"]

LONGEST_VALUE: Final = 200
"""Of a field's value: a note may be a page long."""


def shown(text: str, longest: int = LONGEST_VALUE) -> str:
    """`text` in one line, without what turns or hides other text, and not too long."""
    clean = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return clean if len(clean) <= longest else f"{clean[:longest]}…"
