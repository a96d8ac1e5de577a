"""What GoPaaS would evaluate instead of taking it for text (design rule 17): a value with ``$$`` in front.

Nobody has said what GoPaaS trims before it looks. So everything that shows as nothing is taken for trimmed: blanks, control
characters (PHP's ``trim`` takes a NUL too), and characters without width.
"""

from __future__ import annotations

import unicodedata

from outlookd.core.model import Value

_OPENING = "$$"
_UNSEEN = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp"})


def trimmed(text: str) -> str:
    """`text` from the first character on that shows."""
    for place, char in enumerate(text):
        if unicodedata.category(char) not in _UNSEEN:
            return text[place:]
    return ""


def is_expression(text: str) -> bool:
    """Whether GoPaaS would evaluate `text`, or might."""
    return trimmed(text).startswith(_OPENING)


def harmless(text: str) -> str:
    """`text` such that GoPaaS takes it for text."""
    return f"$ {trimmed(text)[1:]}" if is_expression(text) else text


def is_beginning(shown: Value, whole: Value) -> bool:
    """Whether `shown` is the beginning of a text, or all of it, as it is spelled on its way into GoPaaS, whose columns cut."""
    return isinstance(shown, str) and isinstance(whole, str) and harmless(whole).startswith(shown)
