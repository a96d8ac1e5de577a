"""What a request header can carry, and the searches that GoPaaS takes as headers.

GoPaaS reads the options of a listing from headers. A value that a header cannot carry must fail here, before the call: on the
wire it would be cut, or start a header of its own (design rule 17). Knows only the two documented operators' syntax.
"""

from __future__ import annotations

from outlookd.core.expression import is_expression
from outlookd.errors import ConfigurationError


def carried(what: str, value: str) -> str:
    """`value`, if a header can carry it: Latin-1, no control character, no blank at either end.

    The check is HTTP's, not that of aiohttp, which refuses line breaks only and sends the rest as UTF-8.

    Raises ConfigurationError, which names `what` and never the value: it may be a secret.
    """
    if any(ord(char) < 0x20 or 0x7F <= ord(char) < 0xA0 for char in value):
        raise ConfigurationError(f"{what} holds a line break or a control character, which a header cannot carry.")
    if any(ord(char) > 0xFF for char in value):
        raise ConfigurationError(f"{what} holds a character outside Latin-1, which a header cannot carry.")
    if value != value.strip():
        raise ConfigurationError(f"{what} begins or ends with a blank, which a header would lose.")
    return value


def equals(field: str, value: str) -> str:
    """The ``advancedSearch`` for the rows whose `field` is `value`.

    An empty value is refused rather than sent: a search without a value could match everybody's rows. So is ``$$`` in front,
    which GoPaaS evaluates in conditions.

    Raises ConfigurationError.
    """
    for what, text in (("the name of the search field", field), ("the value to search for", value)):
        carried(what, text)
        if not text:
            raise ConfigurationError(f"{what} is empty.")
        if "|" in text:
            raise ConfigurationError(f"{what} holds '|', which separates the parts of a GoPaaS search.")
        if is_expression(text):
            raise ConfigurationError(f"{what} begins with '$$', which GoPaaS would evaluate.")
    return f"{field}|equal|{value}|"


def all_of(*searches: str) -> str:
    """One ``advancedSearch`` for the rows that meet every one of `searches`; empty ones ask for nothing."""
    return "AND|".join(search for search in searches if search)
