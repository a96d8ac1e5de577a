"""Dying at a chosen moment: the power cut, the kill -9, the lost answer."""

from __future__ import annotations


class Crash(BaseException):
    """The process is gone. Not an Exception on purpose: no handler of ours may survive it."""


class Crasher:
    """Counts the moments at which something outside this process changes, and raises Crash at the chosen one.

    Share one between both memory adapters and the store. `arm(n)` dies at the n-th moment from now, counted from 1; `moments`
    says how many there were, so that a test can walk through all of them.
    """

    def __init__(self) -> None:
        self.moments = 0
        self._fatal: int | None = None

    def arm(self, moment: int | None) -> None:
        """Die at that moment from now; None: live."""
        self.moments = 0
        self._fatal = moment

    def pass_moment(self) -> None:
        """One more moment went by. Raises Crash."""
        self.moments += 1
        if self._fatal is not None and self.moments >= self._fatal:
            raise Crash
