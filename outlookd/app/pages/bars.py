"""How far a run is, as one share of the whole that never falls. A bar that runs backwards is believed by nobody.

Knows that a run reads one side, then the other, then writes, and may do all of it again to see what it wrote. Kept here and not in
the browser, so that a second window and a reloaded page show the same.
"""

from __future__ import annotations

from datetime import datetime

from outlookd.app.parts.board import Board, Live
from outlookd.web.jobs.desk import Underway

_SPANS = {"gopaas": (0.0, 0.25), "outlook": (0.25, 0.5), "writes": (0.5, 1.0)}
"""Where the long stages lie on the bar; the others do not move it. Writing is what takes long."""


class Bars:
    """The bars of the runs under way."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._reached: dict[str, tuple[datetime, float]] = {}

    def of(self, job: str) -> Underway | None:
        """The job's bar, or None when nothing runs."""
        live = self._board.live(job)
        if live is None:
            self._reached.pop(job, None)
            return None
        began, reached = self._reached.get(job, (live.started, 0.0))
        share = max(_share(live), reached if began == live.started else 0.0)
        self._reached[job] = live.started, share
        return Underway(stage=live.stage, done=live.done, total=live.total, share=share)


def _share(live: Live) -> float:
    first, last = _SPANS.get(live.stage, (0.0, 0.0))
    return first + (last - first) * min(1.0, live.done / live.total) if live.total else first
