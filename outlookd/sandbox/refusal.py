"""How the mailbox says no: with one of Exchange's error codes. Which HTTP status goes with a code is the Graph layer's business."""

from __future__ import annotations

from collections.abc import Mapping


class Refusal(Exception):
    """A request that Exchange does not carry out.

    `code` is Graph's error code, `message` its English text, `extra` what else the error says.
    """

    def __init__(self, code: str, message: str, extra: Mapping[str, str] | None = None) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.extra = dict(extra or {})


def not_in_store() -> Refusal:
    """What Exchange says about any id that it does not know."""
    return Refusal("ErrorItemNotFound", "The specified object was not found in the store.")
